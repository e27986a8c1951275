"""What is expected of a source can be seen in its rows: when they were, of which unit, with which values."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find expectations of facts without an instant, of units that there are not, and of columns that there are not."""
    for source in catalog.sources.values():
        fact, expected = catalog.facts.get(source.fact), source.expected
        if fact is None or expected is None:
            continue
        if fact.at is None:
            yield Problem(
                "error", "no-instant", f"{fact.name!r} has no `at`, so nobody can see when its rows were.",
                catalog.place(source, "expected"), "Give the fact an `at`, or expect nothing of the source.",
            )  # fmt: skip
        if expected.units and fact.unit is None:
            yield Problem(
                "error", "no-unit", f"{fact.name!r} has no `unit`, so its rows cannot be awaited by unit.",
                catalog.place(source, "expected", "units"),
            )  # fmt: skip
        for nth, name in enumerate(expected.units):
            if name not in catalog.units.names:
                yield Problem(
                    "error", "unknown-unit", f"There is no unit {name!r}.",
                    catalog.place(source, "expected", "units", nth), suggest(name, catalog.units.names),
                )  # fmt: skip
        for name in expected.brings:
            if name not in fact.columns:
                yield Problem(
                    "error", "unknown-column", f"{fact.name!r} has no column {name!r}.",
                    catalog.place(source, "expected", "brings", name), suggest(name, fact.columns),
                )  # fmt: skip
