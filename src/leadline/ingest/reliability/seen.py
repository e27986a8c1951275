"""What was seen of a source: its rows by local day and, where units are awaited each by itself, by unit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Source
from leadline.catalog.definitions.expectation import Every, Expected
from leadline.catalog.wall_clock import WallClock
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.reliability.awaited import BEFORE, REACH, begin, following
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.entries import Batch

_ROWS = "r"


@dataclass(slots=True)
class Seen:
    """Rows of one part of a source by period, and its first and newest day; None where it has no rows.

    Days are those of the unit's clock where a unit is awaited by itself, else of the source's.
    """

    unit: str | None
    zone: str
    counts: Counter[date] = field(default_factory=Counter)
    first: date | None = None
    newest: date | None = None

    def add(self, every: Every, day: date, rows: int) -> None:
        """Count the rows of a day."""
        self.counts[begin(every, day)] += rows
        self.first = min(self.first or day, day)
        self.newest = max(self.newest or day, day)


def seen(
    catalog: Catalog, engine: Engine, source: Source, live: Sequence[Batch], now: datetime
) -> list[Seen]:
    """Count a source's rows up to an instant, by part: each of the units awaited by itself, or the whole.

    Rows dated after `now` tell nothing of whether the feed is there.
    """
    expected, fact = source.expected, catalog.facts[source.fact]
    if expected is None or fact.at is None:
        return []
    zone = source.time_zone or catalog.project.time_zone
    parts = [Seen(unit, catalog.units.time_zone(unit)) for unit in expected.units] or [Seen(None, zone)]
    members = {part.unit: set(catalog.units.descendants(part.unit)) if part.unit else None for part in parts}
    relations = [Relation("fact", fact.name, b.id) for b in live if b.rows_accepted]
    if not relations:
        return parts
    table = engine.read(_by_day(catalog, engine, source, relations, now))
    columns = [table.column(name).to_pylist() for name in ("day", "unit", "rows")]
    for day, unit, rows in zip(*columns, strict=True):
        for part in parts:
            inside = members[part.unit]
            if inside is None or unit in inside:
                part.add(expected.every, day, rows)
    _before_the_window(parts, live, expected)
    return parts


def _before_the_window(parts: Sequence[Seen], live: Sequence[Batch], expected: Expected) -> None:
    """A part without rows in the window had its last before it, where the batches know of one."""
    ends = [b.at_max.date() for b in live if b.at_max]
    firsts = [b.at_min.date() for b in live if b.at_min]
    for part in parts:
        if part.newest is None and ends and not expected.units:
            part.newest = max(ends)
        if firsts:
            part.first = min([part.first, *firsts] if part.first else firsts)


def window(expected: Expected, now: datetime) -> date:
    """Give the first day that is looked at."""
    steps = REACH[expected.every] + BEFORE[expected.every] + 2
    return following(expected.every, begin(expected.every, now.date()), -steps)


def _by_day(
    catalog: Catalog, engine: Engine, source: Source, relations: Sequence[Relation], now: datetime
) -> exp.Query:
    fact, expected = catalog.facts[source.fact], source.expected
    if expected is None or fact.at is None:
        raise AssertionError("only sources with an objective are counted")
    types: dict[str, ValueType] = {fact.at: kind_at_rest(fact.columns[fact.at].type)}
    by_unit = bool(expected.units and fact.unit)
    if by_unit and fact.unit:
        types[fact.unit] = "text"
    at = exp.column(fact.at, table=_ROWS, quoted=True)
    day: exp.Expr = at
    if types[fact.at] == "instant":
        clock = _clock(catalog, source, fact.unit if by_unit else None)
        day = as_type(clock.local(at, exp.column(fact.unit or "", table=_ROWS, quoted=True)), "date")
    unit = exp.column(fact.unit or "", table=_ROWS, quoted=True) if by_unit else as_type(exp.null(), "text")
    since = as_type(exp.Literal.string(window(expected, now).isoformat()), "date")
    last = as_type(exp.Literal.string((now + timedelta(days=1)).date().isoformat()), "date")
    rows = as_type(exp.Count(this=exp.Star()), "bigint")
    keys = [day, unit] if by_unit else [day]
    return (
        exp.select(
            *(exp.alias_(e, n, quoted=True) for n, e in (("day", day), ("unit", unit), ("rows", rows)))
        )
        .from_(engine.scan(relations, types, _ROWS))
        .where(
            exp.GTE(this=day.copy(), expression=since),
            exp.LTE(this=day.copy(), expression=last),
        )
        .group_by(*(key.copy() for key in keys))
    )


def _clock(catalog: Catalog, source: Source, unit: str | None) -> WallClock:
    """Give the source's clock, or that of each unit."""
    own = source.time_zone or catalog.project.time_zone
    zones: dict[str, tuple[str, ...]] = {}
    for name in catalog.units.names if unit else ():
        other = catalog.units.time_zone(name)
        if other != own:
            zones[other] = (*zones.get(other, ()), name)
    return WallClock(own, unit, zones)
