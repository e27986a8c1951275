"""A metric knows when its rows count."""

from collections.abc import Iterator, Mapping

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Conversion, Fact, RowMetric
from leadline.catalog.facts import scope
from leadline.catalog.problems import Problem
from leadline.catalog.values import ValueType
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
        known = scope(fact, catalog.facts).columns
        if name in known:
            yield from _usable(catalog, metric, name, known[name])
        elif metric.at or name != fact.at:
            yield Problem(
                "error", "unknown-column", f"{fact.name!r} has no column {name!r}.",
                catalog.place(metric, "at" if metric.at else "from"), suggest(name, known),
            )  # fmt: skip
        yield from _clock(catalog, metric, fact, known)


def _clock(
    catalog: Catalog, metric: RowMetric, fact: Fact, known: Mapping[str, ValueType]
) -> Iterator[Problem]:
    """Find clocks that nobody has, and what cannot be told by a clock of the row's own."""
    place = catalog.place(metric, "clock")
    if metric.clock == "unit" and fact.unit is None:
        yield Problem(
            "error", "no-unit", f"The clock of the unit is asked for, and {fact.name!r} has no unit.", place,
            "Use `clock: project`, or name the fact's unit column.",
        )  # fmt: skip
    if metric.clock in {"project", "unit"}:
        return
    if metric.clock not in known:
        yield Problem(
            "error", "unknown-column", f"There is no clock {metric.clock!r}: {fact.name!r} has no such column.", place,
            suggest(metric.clock, {"project", "unit", *known}) or "There are `project`, `unit`, and columns that hold "
            "the name of a time zone.",
        )  # fmt: skip
    elif known[metric.clock] != "text":
        yield Problem(
            "error", "wrong-column-type", f"`clock` cannot be {metric.clock!r}, which is {known[metric.clock]}.", place,
            "A text names a time zone, like Europe/Berlin.",
        )  # fmt: skip
    if metric.finest == "hour":
        yield Problem(
            "error", "clock-of-rows", "Hours of rows that each have a clock of their own are no one's hours.",
            catalog.place(metric, "finest"), "Use `finest: day`, or `clock: project`.",
        )  # fmt: skip
    for (kind, of, path), expression in catalog.expressions.items():
        if (kind, of) == ("metric", metric.name) and expression.uses("BUSINESS_MINUTES"):
            yield Problem(
                "error", "clock-of-rows", "Business time is counted on the project's clock or the unit's, not on one "
                "that each row names.", catalog.place(metric, *path), "Count it in a derived fact, or use another "
                "`clock`.",
            )  # fmt: skip


def _usable(catalog: Catalog, metric: RowMetric, name: str, kind: str) -> Iterator[Problem]:
    place = catalog.place(metric, "at" if metric.at else "of")
    if "." in name and isinstance(metric, Conversion):
        yield Problem(
            "error", "instant-elsewhere", f"`at` cannot be {name!r}: a conversion looks ahead from its own row.", place,
            "Name a column of the fact itself.",
        )  # fmt: skip
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
