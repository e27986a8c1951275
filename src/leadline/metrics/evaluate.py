"""Answers queries: picks states (or, for several columns at once, the rows), merges them, and says how sure it is.

Queries that read the same states are answered by one statement, so a scorecard costs a handful of them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import starmap
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlglot import exp

from leadline.catalog.definitions import GRAINS, Count, Metric, Quantile, Sum
from leadline.errors import QueryError, suggest
from leadline.metrics import estimate, terms
from leadline.metrics.compile import STATE, Merge, finest, merged, slice_alias, term_alias
from leadline.metrics.graft import WallClock
from leadline.metrics.observation import Observation, Status
from leadline.metrics.periods import Period, local_label
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.states import StateTable

NOT_IN_A_PART = ""
"""The unit name of rows that belong to none of the parts asked for."""


def evaluate(published: Published, query: Query) -> list[Observation]:
    """Answer one query: observations by period, then unit, then slice. Raises QueryError with what to do."""
    return evaluate_many(published, [query])[0]


def evaluate_many(published: Published, queries: Sequence[Query]) -> list[list[Observation]]:
    """Answer several queries, each as `evaluate` would, with as few statements as their states allow."""
    requests = [_Request.of(published, query) for query in queries]
    groups: dict[object, list[int]] = {}
    for index, request in enumerate(requests):
        groups.setdefault(request.shared, []).append(index)
    answers: list[list[Observation]] = [[] for _ in queries]
    for indexes in groups.values():
        metrics = list({requests[i].metric.name: requests[i].metric for i in indexes}.values())
        rows = published.engine.read(requests[indexes[0]].statement(published, metrics))
        columns = {name: rows.column(name).to_pylist() for name in ("period", "unit")}
        columns |= {
            slice_alias(c): rows.column(slice_alias(c)).to_pylist() for c in requests[indexes[0]].query.by
        }
        for i in indexes:
            answers[i] = _Answer(published, requests[i]).observations(rows, columns)
    return answers


@dataclass(frozen=True)
class _Request:
    """A checked query: what to read and how to add it up."""

    query: Query
    metric: Metric
    merge: Merge
    table: StateTable | None
    covered: tuple[date, date] | None

    @classmethod
    def of(cls, published: Published, query: Query) -> "_Request":
        metric = published.metric(query.metric)
        _check(published, metric, query)
        covered = published.coverage(metric.name)
        columns = query.columns
        table = (
            published.tables.get((metric.name, columns[0] if columns else None)) if len(columns) < 2 else None
        )
        since = query.since or (covered[0] if covered else None)
        until = query.until or (covered[1] + timedelta(days=1) if covered else None)
        periods = published.periods
        if query.since is None and since is not None:
            since = periods.start(query.grain, since)
        if until is not None and query.grain != "hour":
            last = periods.period(query.grain, until - timedelta(days=1))
            until = last.end if query.until is None or last.start < until else until
        merge = Merge(
            grain=query.grain,
            periods=periods,
            finest=metric.finest,
            clock=WallClock.of(published.catalog, metric),
            units=_parts(published, query) if query.by_unit else None,
            within=sorted(published.catalog.units.descendants(query.unit)) if query.unit else None,
            by=query.by,
            where=tuple(sorted(query.where.items())),
            since=since.isoformat() if since else None,
            until=until.isoformat() if until else None,
        )
        return cls(query, metric, merge, table, covered)

    @property
    def shared(self) -> object:
        """Requests with equal values read the same rows in the same way."""
        if self.table is None or isinstance(self.metric, Quantile):
            return (id(self),)
        units = (
            tuple((k, tuple(v)) for k, v in self.merge.units.items())
            if self.merge.units is not None
            else None
        )
        within = tuple(self.merge.within) if self.merge.within is not None else None
        m = self.merge
        return (self.table.name, m.grain, units, within, m.by, m.where, m.since, m.until)

    def statement(self, published: Published, metrics: Sequence[Metric]) -> exp.Select:
        """Give the one statement that answers for all these metrics."""
        if self.table is not None:
            table = self.table
            source = published.engine.published([published.generation.id], table.name, table.columns, STATE)
            return merged(source, metrics, self.merge)
        rows = finest(
            published.facts,
            [self.metric],
            self.query.columns,
            by_batch=False,
            histogram=isinstance(self.metric, Quantile),
        )
        return merged(rows.subquery(STATE), metrics, self.merge)


def _check(published: Published, metric: Metric, query: Query) -> None:
    if query.grain not in GRAINS:
        raise QueryError(
            f"{query.grain!r} is not a grain.", code="unknown-grain", hint=f"Choose from {', '.join(GRAINS)}."
        )
    if query.grain == "hour" and metric.finest != "hour":
        raise QueryError(
            f"{metric.name} is kept by day; it has no figures by hour.",
            code="grain-too-fine",
            hint="Add `finest: hour` to the metric and refresh.",
        )
    for column in query.columns:
        if column not in metric.by:
            declared = ", ".join(metric.by) or "no column at all"
            raise QueryError(
                f"{metric.name} is not sliced by {column!r}; it declares {declared}.",
                code="unknown-slice",
                hint=suggest(column, metric.by) or "Add the column to the metric's `by` and refresh.",
            )
    units = published.catalog.units
    if query.unit is not None and query.unit not in units.names:
        raise QueryError(
            f"There is no unit {query.unit!r}.", code="unknown-unit", hint=suggest(query.unit, units.names)
        )
    if (query.unit or query.by_unit) and published.catalog.facts[metric.of].unit is None:
        raise QueryError(
            f"{metric.name} cannot be told apart by unit: the fact {metric.of!r} has no unit column.",
            code="no-unit",
            hint=f"Give `{metric.of}` a `unit:` column, or ask without a unit.",
        )
    if query.since and query.until and query.since >= query.until:
        raise QueryError("The time asked for ends before it begins.", code="empty-time")


def _parts(published: Published, query: Query) -> dict[str, list[str]]:
    units = published.catalog.units
    parts = units.children(query.unit) if query.unit else units.roots
    return {part: sorted(units.descendants(part)) for part in parts}


@dataclass(frozen=True)
class _Answer:
    published: Published
    request: _Request

    def observations(self, rows: Any, keys: Mapping[str, list[Any]]) -> list[Observation]:
        """Turn merged states into observations, with a row for each period that has nothing to show."""
        query = self.request.query
        found: dict[tuple[Any, str | None, _Values], _Figure] = {}
        columns = [keys[slice_alias(c)] for c in query.by]
        slices: list[_Values] = list(zip(*columns, strict=True)) if columns else [()] * rows.num_rows
        for i, figure in self._figures(rows, keys, slices):
            found[keys["period"][i], keys["unit"][i], slices[i]] = figure
        places = {(unit, values) for _, unit, values in found}
        if not query.by and not query.by_unit:
            places.add((None, ()))
        if query.by_unit:
            places |= {(part, ()) for part in self.request.merge.units or ()} if not query.by else set()
        answer = [
            self._observation(found.get((start, unit, values)), period, unit, values)
            for start, period in self._asked(keys["period"])
            for unit, values in sorted(
                places, key=lambda place: (place[0] or "", [v or "" for v in place[1]])
            )
        ]
        return [o for o in answer if o.n or o.unit != NOT_IN_A_PART]

    def _asked(self, starts: list[Any]) -> Iterator[tuple[Any, Period]]:
        merge = self.request.merge
        if merge.since is None or merge.until is None:
            return
        if merge.grain == "hour":
            zone = ZoneInfo(self.request.merge.clock.zone)
            for start in sorted(set(starts)):
                local: datetime = start.astimezone(zone)
                yield (
                    start,
                    Period(local.date(), local.date() + timedelta(days=1), local_label(local), "hour"),
                )
            return
        since, until = date.fromisoformat(merge.since), date.fromisoformat(merge.until)
        for period in self.published.periods.between(merge.grain, since, until):
            yield period.start, period

    def _figures(
        self, rows: Any, keys: Mapping[str, list[Any]], slices: "list[_Values]"
    ) -> Iterator[tuple[int, "_Figure"]]:
        metric = self.request.metric
        if isinstance(metric, Quantile):
            yield from self._quantiles(metric, rows, keys, slices)
            return
        sums = {
            name: np.nan_to_num(rows.column(term_alias(metric.name, name)).to_numpy(zero_copy_only=False))
            for name in terms.names(metric)
        }
        found = estimate.estimate(metric, sums)
        for i in range(rows.num_rows):
            if sums["n"][i]:
                yield i, _Figure(found.value[i], found.low[i], found.high[i], int(found.n[i]))

    def _quantiles(
        self, metric: Quantile, rows: Any, keys: Mapping[str, list[Any]], slices: "list[_Values]"
    ) -> Iterator[tuple[int, "_Figure"]]:
        buckets = rows.column("h").to_numpy(zero_copy_only=False).astype(np.float64)
        counts = rows.column("n").to_numpy(zero_copy_only=False).astype(np.float64)
        groups: dict[tuple[Any, ...], list[int]] = {}
        for i in range(rows.num_rows):
            groups.setdefault((keys["period"][i], keys["unit"][i], slices[i]), []).append(i)
        for members in groups.values():
            order = np.asarray(members)[np.argsort(buckets[members])]
            yield members[0], _Figure(*estimate.quantile(metric, buckets[order], counts[order]))

    def _observation(
        self, figure: "_Figure | None", period: Period, unit: str | None, values: "_Values"
    ) -> Observation:
        query, metric = self.request.query, self.request.metric
        named = [*zip(query.by, values, strict=True), *((c, v or None) for c, v in query.where.items())]
        figure = figure or self._nothing(period)
        status, note = self._status(metric, figure, period)
        if status not in HIDDEN and math.isnan(figure.low) and not math.isnan(figure.value):
            note = f"{note} No interval: the rows show no spread to judge by.".strip()
        return Observation(
            metric=metric.name,
            version=self.published.version("metric", metric.name),
            period=period.label,
            grain=query.grain,
            unit=unit if query.by_unit else query.unit,
            slice=", ".join(starmap(slice_label, named)),
            value=_shown(figure.value, status),
            low=_shown(figure.low, status),
            high=_shown(figure.high, status),
            n=figure.n,
            status=status,
            method=estimate.method(metric),
            note=note,
            start=period.start,
            end=period.end,
        )

    def _nothing(self, period: Period) -> "_Figure":
        """A count or a sum of no rows is 0 where facts are known to cover the period; all else has no value."""
        covered = self.request.covered
        inside = (
            covered is not None
            and covered[0] <= period.start
            and period.end <= covered[1] + timedelta(days=1)
        )
        if inside and isinstance(self.request.metric, Count | Sum):
            if isinstance(self.request.metric, Count):
                found = estimate.estimate(self.request.metric, {"n": np.zeros(1)})
                return _Figure(0.0, float(found.low[0]), float(found.high[0]), 0)
            return _Figure(0.0, math.nan, math.nan, 0)
        return _Figure(math.nan, math.nan, math.nan, 0)

    def _status(self, metric: Metric, figure: "_Figure", period: Period) -> tuple[Status, str]:
        if figure.n == 0 and math.isnan(figure.value):
            return "no data", ""
        if figure.n < metric.minimum_n:
            return "suppressed", f"Fewer than {metric.minimum_n} rows."
        if math.isnan(figure.value):
            return "no data", "The denominator is zero."
        if not self.published.is_final(metric.name, period):
            return "provisional", "More rows may still arrive for this period."
        return "final", ""


_Values = tuple[str | None, ...]
"""The values of the columns that a query slices by."""

HIDDEN: frozenset[Status] = frozenset({"suppressed", "no data"})


@dataclass(frozen=True, slots=True)
class _Figure:
    value: float
    low: float
    high: float
    n: int


def _shown(number: float, status: Status) -> float | None:
    return None if status in HIDDEN or math.isnan(number) else float(number)


def slice_label(column: str, value: str | None) -> str:
    """Name a slice; rows without a value are `(none)`, and a value that is written so stands in quotes."""
    if value is None:
        return f"{column}=(none)"
    return f"{column}='(none)'" if value == "(none)" else f"{column}={value}"
