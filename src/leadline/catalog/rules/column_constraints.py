"""A column's constraints fit its type."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find bounds on what is no number, lists of values on what is no text, and bounds that nothing meets."""
    for fact in catalog.facts.values():
        for name, column in fact.columns.items():
            numeric = column.type in {"integer", "number"}
            for bound in ("minimum", "maximum"):
                if getattr(column, bound) is not None and not numeric:
                    yield Problem(
                        "error", "bad-constraint", f"{name!r} is {column.type}; only numbers have a {bound}.",
                        catalog.place(fact, "columns", name, bound),
                    )  # fmt: skip
            if column.one_of is not None and column.type != "text":
                yield Problem(
                    "error", "bad-constraint", f"{name!r} is {column.type}; only texts have a `one_of`.",
                    catalog.place(fact, "columns", name, "one_of"),
                )  # fmt: skip
            if column.masked_as in {"email", "phone", "name", "text"} and column.type != "text":
                yield Problem(
                    "error", "bad-constraint", f"{name!r} is {column.type}; only texts are masked as "
                    f"{column.masked_as}.", catalog.place(fact, "columns", name, "masked_as"),
                )  # fmt: skip
            if column.minimum is not None and column.maximum is not None and column.minimum > column.maximum:
                yield Problem(
                    "error", "bad-constraint", f"No value of {name!r} is at least {column.minimum:g} and at most "
                    f"{column.maximum:g}.", catalog.place(fact, "columns", name, "maximum"),
                )  # fmt: skip
