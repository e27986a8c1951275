"""A metric knows when its rows count."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import RowMetric
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find metrics without an instant, with one that is none, or with a clock that their fact cannot keep."""
    for metric in catalog.metrics.values():
        if not isinstance(metric, RowMetric) or metric.of not in catalog.facts:
            continue
        fact = catalog.facts[metric.of]
        name = metric.instant(fact)
        if metric.at and name != metric.at:
            yield Problem(
                "error", "two-instants", f"`from` decides when a row of {metric.name!r} counts, not `at`.",
                catalog.place(metric, "at"), "Remove `at`.",
            )  # fmt: skip
        if name is None:
            yield Problem(
                "error", "no-instant", f"Nothing says when a row of {fact.name!r} counts.", catalog.place(metric, "of"),
                "Name a column of type instant or date: `at: …`.",
            )  # fmt: skip
            continue
        column = fact.columns.get(name)
        if column is None:
            if metric.at or name != fact.at:
                yield Problem(
                    "error", "unknown-column", f"{fact.name!r} has no column {name!r}.",
                    catalog.place(metric, "at" if metric.at else "from"),
                    suggest(name, fact.columns),
                )  # fmt: skip
            continue
        yield from _usable(catalog, metric, name, column.type)
        if metric.clock == "unit" and fact.unit is None:
            yield Problem(
                "error", "no-unit", f"The clock of the unit is asked for, and {fact.name!r} has no unit.",
                catalog.place(metric, "clock"), "Use `clock: project`, or name the fact's unit column.",
            )  # fmt: skip


def _usable(catalog: Catalog, metric: RowMetric, name: str, kind: str) -> Iterator[Problem]:
    place = catalog.place(metric, "at" if metric.at else "of")
    if kind not in {"instant", "date"}:
        yield Problem(
            "error", "wrong-column-type", f"`at` cannot be {name!r}, which is {kind}.", place,
            "An instant or a date decides the period.",
        )  # fmt: skip
    elif kind == "date" and metric.finest == "hour":
        yield Problem(
            "error", "period-too-fine", f"{name!r} is a date: it has no hours.", catalog.place(metric, "finest"),
            "Use `finest: day`, or an instant.",
        )  # fmt: skip
