"""A reference leads to a fact with a key of one column, of the same type."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.catalog.values import of_column


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find references that cannot be followed."""
    for fact in catalog.facts.values():
        for name, column in fact.columns.items():
            target = catalog.facts.get(column.references or "")
            if target is None:
                continue
            place = catalog.place(fact, "columns", name, "references")
            if target.entity is None:
                yield Problem(
                    "error", "bad-reference", f"{target.name!r} has {len(target.key)} key columns; a reference needs "
                    "a fact with one.", place,
                )  # fmt: skip
                continue
            key = target.columns.get(target.entity)
            if key and of_column(key.type) != of_column(column.type):
                yield Problem(
                    "error", "bad-reference",
                    f"{name!r} is {column.type}, and the key of {target.name!r} is {key.type}.", place,
                )  # fmt: skip
