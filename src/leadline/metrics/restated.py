"""Figures as they were before they were restated: what is read, with the remembered differences added to it.

A difference counts for a period that was final when it came about; what a period gained while it was provisional is
in its first final figure already. So the former figure is always the one that was published first as final.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from sqlglot import exp

from leadline.catalog.definitions import Manual, RowMetrics, Stock
from leadline.metrics import estimate, restating
from leadline.metrics.figures import Figure, Former, Key, Leaf, estimated
from leadline.metrics.finest import Products
from leadline.metrics.merging import STATE, merged
from leadline.metrics.periods import Period, local_label
from leadline.metrics.published import Published
from leadline.metrics.request import Request
from leadline.metrics.restating import CHANGED, FINAL, ROUNDING
from leadline.metrics.shapes import BUCKET_OF_VALUE, ENTITY, ROWS, shape, slice_alias, term_alias
from leadline.metrics.terms import names

Row = dict[str, Any]


def differences(
    published: Published, request: Request, metrics: Sequence[RowMetrics], products: Products
) -> list[Row]:
    """Read the differences to what was, for metrics that are read together; none where nothing was restated."""
    merge, table = request.merge, request.table
    if isinstance(request.metric, Stock):
        merge = replace(merge, since=None)  # a level is made of all changes before it
    if table is None or not published.at_rest or shape(request.metric) == "spans":
        return []
    since, until = (date.fromisoformat(day) if day else None for day in (merge.since, merge.until))
    found = restating.published_differences(published, table.name, since, until)
    if not found:
        return []
    source = published.engine.published(found, table.name, {**table.columns, **restating.KEYS}, STATE)
    also = (FINAL, CHANGED, *((ENTITY,) if ENTITY in table.keys else ()))
    rows: list[Row] = published.engine.read(merged(source, metrics, merge, products, also)).to_pylist()
    return rows


def former(
    published: Published,
    made: Leaf,
    rows: pa.Table,
    differences: Sequence[Row],
    finish: Callable[[pa.Table], Leaf],
) -> Former | None:
    """Give the figures that were others when they were first published as final; None when there are none.

    Where there was no figure at first, for want of rows, the first one that there was counts.
    `finish` makes figures of rows, as `made` was made of `rows`.
    """
    request = made.request
    counted, own = _Counted(published, request), _own(request)
    mine = [row for row in differences if counted.counts(row) and any(row[name] for name in own)]
    if not mine:
        return None
    figures, sums, since = dict[Key, Figure](), dict[Key, Mapping[str, float]](), dict[Key, datetime]()
    while mine:
        if isinstance(request.metric, Stock):
            leaf, changed = _levels(made, mine, own)
        else:
            changed = counted.last(mine)
            of_entities = shape(request.metric) == "entities"
            leaf = (
                _entities(published, made, mine, counted)
                if of_entities
                else finish(_together(made, rows, mine))
            )
        empty = set[Key]()
        for key, when in changed.items():
            period = counted.period(key[0])
            was, now = leaf.at(key, period), made.at(key, period)
            if np.isnan(was.value):
                empty.add(key)
            elif not _alike(leaf, made, key, was, now):
                figures[key], sums[key], since[key] = was, leaf.sums.get(key, {}), when
        mine = counted.later(mine, empty)
    if not figures:
        return None
    return Former(Leaf(request, figures, sums), {key: counted.local(when) for key, when in since.items()})


def _own(request: Request) -> tuple[str, ...]:
    """Name the sums of a metric that stand in its differences."""
    if shape(request.metric) in {"terms", "changes"}:
        return tuple(term_alias(request.metric.name, term) for term in names(request.metric))
    return (ROWS,)


class _Counted:
    """Which differences count for which period: those that came about when it was final."""

    def __init__(self, published: Published, request: Request) -> None:
        self._periods, self._request = published.periods, request
        self._zone = ZoneInfo(request.merge.clock.zone)
        self._project = ZoneInfo(published.catalog.project.time_zone)

    def period(self, start: Any) -> Period:
        """Give the period asked for that a row lies in."""
        grain = self._request.query.grain
        if isinstance(start, datetime):
            local = start.astimezone(self._zone)
            day = self._periods.period("day", local.date())
            return Period(day.start, day.end, local_label(local), "hour")
        return self._periods.period(grain, start)

    def counts(self, row: Row) -> bool:
        """Tell whether the period of a row was final then; a stock's is looked at later."""
        if isinstance(self._request.metric, Stock):
            return True
        return bool(row[FINAL] >= self.period(row["period"]).end)

    def key(self, row: Row) -> Key:
        """Give the figure that a row belongs to."""
        start = row["period"]
        if isinstance(self._request.metric, Manual):
            start = self.period(start).start
        return start, row["unit"], tuple(row[slice_alias(c)] for c in self._request.query.by)

    def local(self, instant: datetime) -> date:
        """Give the day of a refresh, by the project's clock."""
        return instant.astimezone(self._project).date()

    def last(self, rows: Sequence[Row]) -> dict[Key, datetime]:
        """Give the last change of each figure."""
        found = dict[Key, datetime]()
        for row in rows:
            key = self.key(row)
            found[key] = max(found.get(key, row[CHANGED]), row[CHANGED])
        return found

    def later(self, rows: Sequence[Row], keys: AbstractSet[Key]) -> list[Row]:
        """Keep the differences of some figures that came about after the first of each."""
        mine = [(self.key(row), row) for row in rows] if keys else []
        first = dict[Key, datetime]()
        for key, row in mine:
            first[key] = min(first.get(key, row[CHANGED]), row[CHANGED])
        return [row for key, row in mine if key in keys and row[CHANGED] > first[key]]


def _together(made: Leaf, rows: pa.Table, differences: Sequence[Row]) -> pa.Table:
    """Add differences to the rows of present sums that bear the same keys."""
    schema = rows.schema
    by = ["period", "unit", *(slice_alias(c) for c in made.request.query.by)]
    if BUCKET_OF_VALUE in schema.names:
        by.append(BUCKET_OF_VALUE)
    found: dict[tuple[Any, ...], Row] = {tuple(row[k] for k in by): row for row in rows.to_pylist()}
    for row in differences:
        place = tuple(row[k] for k in by)
        there = found.setdefault(place, {name: row[name] if name in by else 0.0 for name in schema.names})
        for name in set(schema.names) - set(by):
            there[name] = _settled(there[name] or 0.0, row.get(name) or 0.0)
    kept = [row for row in found.values() if BUCKET_OF_VALUE not in by or row[ROWS] > 0]
    return pa.Table.from_pylist(kept, schema=schema)


def _settled(now: float, more: float) -> float:
    """Add, and take for zero what differs from it by rounding only."""
    total = now + more
    return 0.0 if abs(total) <= ROUNDING * max(abs(now), abs(more)) else total


def _levels(made: Leaf, differences: Sequence[Row], own: Sequence[str]) -> tuple[Leaf, dict[Key, datetime]]:
    """Add to each level all differences up to it that came about when its period was final."""
    request = made.request
    at_end = isinstance(request.metric, Stock) and request.metric.level == "end"
    places: dict[tuple[Any, ...], list[Row]] = {}
    for row in differences:
        place = row["unit"], tuple(row[slice_alias(c)] for c in request.query.by)
        places.setdefault(place, []).append(row)
    changed: dict[Key, datetime] = {}
    columns: dict[str, list[float]] = {term: [] for term in names(request.metric)}
    for (unit, values), theirs in places.items():
        for period in request.asked:
            last = period.start if at_end else period.start - timedelta(days=1)
            upto = [row for row in theirs if row[FINAL] >= period.end and row["period"] <= last]
            if not upto:
                continue
            key: Key = (period.start, unit, values)
            now = made.sums.get(key, {})
            changed[key] = max(row[CHANGED] for row in upto)
            for term, alias in zip(names(request.metric), own, strict=True):
                columns[term].append(_settled(now.get(term, 0.0), sum(row[alias] or 0.0 for row in upto)))
    numbers = {term: np.asarray(values, dtype=np.float64) for term, values in columns.items()}
    return estimated(request, list(changed), numbers), changed


def _entities(published: Published, made: Leaf, differences: Sequence[Row], counted: _Counted) -> Leaf:
    """Count the entities that were there and are not, and the other way round; the rest are as they are."""
    request = made.request
    now: dict[tuple[Key, Any], float] = {}
    assert request.table is not None  # noqa: S101 - differences are of states at rest
    source, merge = published.states(request.table, request.merge)
    found = merged(source, [request.metric], merge, also=(ENTITY,))
    engine, table = published.engine, request.table
    names_ = restating.published_differences(published, table.name, None, None)
    moved = exp.select(exp.column(ENTITY, table="d", quoted=True)).from_(
        engine.published(names_, table.name, {ENTITY: "text"}, "d")
    )
    among = exp.In(this=exp.column(ENTITY, table=STATE, quoted=True), query=moved.subquery())
    for row in engine.read(found.where(among)).to_pylist():
        now[counted.key(row), row[ENTITY]] = row[ROWS]
    was = dict(now)
    for row in differences:
        place = counted.key(row), row[ENTITY]
        was[place] = was.get(place, 0.0) + row[ROWS]
    gone = dict[Key, int]()
    for (key, entity), before in was.items():
        present = now.get((key, entity), 0.0)
        gone[key] = gone.get(key, 0) + int(before > 0) - int(present > 0)
    numbers = {key: (made.figures[key].value if key in made.figures else 0.0) + n for key, n in gone.items()}
    values = np.asarray(list(numbers.values()), dtype=np.float64)
    return Leaf(request, dict(zip(numbers, _counts(values), strict=True)))


def _counts(values: Any) -> list[Figure]:
    found = estimate.distinct(values)
    ends = zip(found.value, found.low, found.high, strict=True)
    return [Figure(float(v), float(lo), float(hi), int(v)) for v, lo, hi in ends]


def _alike(leaf: Leaf, made: Leaf, key: Key, was: Figure, now: Figure) -> bool:
    """Tell whether a figure is what it was: value, ends and n, and the sums that it is made of, but for rounding."""
    if was.n == 0 and was.value == now.value:
        return True  # nothing was counted, and what came adds up to nothing
    numbers = [(was.value, now.value), (was.low, now.low), (was.high, now.high), (was.n, now.n)]
    before, after = leaf.sums.get(key, {}), made.sums.get(key, {})
    numbers += [(before.get(name, 0.0), after.get(name, 0.0)) for name in {*before, *after}]
    return all(
        (np.isnan(a) and np.isnan(b)) or abs(a - b) <= ROUNDING * max(abs(a), abs(b)) for a, b in numbers
    )
