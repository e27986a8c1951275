"""A source fills columns that its fact has, and those that must not be missing."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find sources of derived facts, columns that the fact has not, and required columns that nothing fills."""
    for source in catalog.sources.values():
        fact = catalog.facts.get(source.fact)
        if fact is None:
            continue
        if fact.from_:
            yield Problem(
                "error", "fact-is-derived", f"{fact.name!r} is derived from {fact.from_!r}; it cannot be loaded.",
                catalog.place(source, "fact"), f"Load {fact.from_!r}.",
            )  # fmt: skip
            continue
        for name in source.columns:
            if name not in fact.loaded:
                yield Problem(
                    "error", "unknown-column", f"The fact {fact.name!r} has no column {name!r}.",
                    catalog.place(source, "columns", name),
                    suggest(name, fact.columns)
                    or f"To add it: kind: fact, name: {fact.name}, extends: {fact.name}, columns: …",
                )  # fmt: skip
        for name, column in fact.loaded.items():
            filled = name in source.columns or not source.header_names or name in source.header_names
            if not filled and (column.required or name in fact.key):
                yield Problem(
                    "error", "column-not-filled", f"{name!r} of {fact.name!r} is required, and nothing fills it.",
                    catalog.place(source, "columns"), f"Map it: `{name}: …`.",
                )  # fmt: skip
