"""Metrics that follow something over time find its columns: a way in and a way out, an entity, a later event."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import (
    Column,
    ColumnType,
    Conversion,
    Distinct,
    Duration,
    Fact,
    Metric,
    RowMetric,
    Stock,
)
from leadline.catalog.problems import Problem
from leadline.catalog.values import of_column
from leadline.errors import suggest

_INSTANTS = frozenset({"instant", "date"})
_ENTITIES = frozenset({"text", "integer", "unit"})


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find columns of stocks, durations, distinct counts and conversions that are missing or of the wrong type."""
    for metric in catalog.metrics.values():
        fact = catalog.facts.get(metric.of) if isinstance(metric, RowMetric) else None
        if fact is not None:
            yield from _columns(catalog, metric, fact)


def _columns(catalog: Catalog, metric: Metric, fact: Fact) -> Iterator[Problem]:
    if isinstance(metric, Stock | Duration | Distinct | Conversion) and metric.weight is not None:
        yield Problem(
            "error", "not-weighted", f"A metric of type {metric.type} has no weights.", catalog.place(metric, "weight"),
            "Leave `weight` out.",
        )  # fmt: skip
    if isinstance(metric, Stock | Duration):
        yield from _column(catalog, metric, fact, metric.until, _INSTANTS, "until")
        kinds = {fact.columns[c].type for c in (metric.from_, metric.until) if c in fact.columns}
        if len(kinds & _INSTANTS) > 1:
            yield Problem(
                "error", "wrong-column-type", "`from` and `until` must both be dates or both be instants.",
                catalog.place(metric, "until"),
            )  # fmt: skip
        if isinstance(metric, Duration) and metric.hours == "business":
            yield from _business(catalog, metric, kinds)
    elif isinstance(metric, Distinct):
        yield from _column(catalog, metric, fact, metric.entity, _ENTITIES, "entity")
    elif isinstance(metric, Conversion):
        yield from _column(catalog, metric, fact, metric.entity, _ENTITIES, "entity")
        yield from _following(catalog, metric, fact)


def _business(catalog: Catalog, metric: Duration, kinds: set[ColumnType]) -> Iterator[Problem]:
    place = catalog.place(metric, "hours")
    if catalog.calendar.business_hours is None:
        yield Problem(
            "error", "no-business-hours", "Business time is counted, and the project's calendar has no business hours.",
            place, "Add `business_hours:` to the project's calendar.",
        )  # fmt: skip
    if "date" in kinds:
        yield Problem(
            "error", "wrong-column-type", "Business time runs between instants, not between dates.", place
        )
    if metric.clock != "project":
        yield Problem(
            "error", "clock-of-rows", "Business hours of a duration run on the project's clock.",
            catalog.place(metric, "clock"), "Leave `clock` out.",
        )  # fmt: skip


def _following(catalog: Catalog, metric: Conversion, fact: Fact) -> Iterator[Problem]:
    later = metric.followed_by
    other = catalog.facts.get(later.fact)
    if other is None:
        return
    entity = later.entity or metric.entity
    path = ("followed_by", "entity") if later.entity else ("followed_by", "fact")
    yield from _column(catalog, metric, other, entity, _ENTITIES, *path)
    if entity in other.columns and metric.entity in fact.columns:
        ours, theirs = fact.columns[metric.entity].type, other.columns[entity].type
        if of_column(ours) != of_column(theirs):
            yield Problem(
                "error", "wrong-column-type",
                f"{metric.entity!r} is {ours}, and {entity!r} of {other.name!r} is {theirs}.",
                catalog.place(metric, *path),
            )  # fmt: skip
    instant = later.at or other.at
    if instant is None:
        yield Problem(
            "error", "no-instant", f"Nothing says when a row of {other.name!r} happens.",
            catalog.place(metric, "followed_by"), "Name a column: `at: …`.",
        )  # fmt: skip
    elif later.at:
        yield from _column(catalog, metric, other, instant, _INSTANTS, "followed_by", "at")
    ours_at = metric.instant(fact)
    if instant in other.columns and ours_at in fact.columns:
        kinds = {other.columns[instant].type, fact.columns[ours_at].type}
        if len(kinds) > 1 or "date" in kinds:
            yield Problem(
                "error", "wrong-column-type", "Both events of a conversion need an instant: a horizon is a length "
                "of time.", catalog.place(metric, "followed_by"),
            )  # fmt: skip
    for nth, name in enumerate(later.same):
        for place in (fact, other):
            yield from _column(catalog, metric, place, name, None, "followed_by", "same", nth)


def behind(catalog: Catalog, fact: Fact, name: str) -> Column | None:
    """Give a column of a fact, or of the fact behind one of its references."""
    own, _, theirs = name.partition(".")
    column = fact.columns.get(own)
    if column is None or not theirs:
        return column
    other = catalog.facts.get(column.references or "")
    return other.columns.get(theirs) if other else None


def _column(
    catalog: Catalog, metric: Metric, fact: Fact, name: str, types: frozenset[str] | None, *path: str | int
) -> Iterator[Problem]:
    column = behind(catalog, fact, name)
    if column is None:
        yield Problem(
            "error", "unknown-column", f"{fact.name!r} has no column {name!r}.", catalog.place(metric, *path),
            suggest(name, fact.columns),
        )  # fmt: skip
    elif types is not None and column.type not in types:
        yield Problem(
            "error", "wrong-column-type", f"`{path[-1]}` cannot be {name!r}, which is {column.type}.",
            catalog.place(metric, *path), f"It takes one of these types: {', '.join(sorted(types))}.",
        )  # fmt: skip
