"""What a query reads of one row metric, and how it is added up: a checked request, ready to be compiled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import pyarrow as pa
from sqlglot import exp

from leadline.catalog.definitions import Conversion, Grain, Manual, RowMetrics, Stock
from leadline.catalog.federation import held_in, holds_in
from leadline.errors import QueryError
from leadline.metrics.families import StateTable
from leadline.metrics.finest import Products, finest
from leadline.metrics.graft import WallClock
from leadline.metrics.merging import STATE, Merge, Window, merged
from leadline.metrics.periods import Period, Periods
from leadline.metrics.plans import slotted
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.shapes import shape
from leadline.metrics.viewing import refused_unless_seen
from leadline.metrics.windows import Span, window


@dataclass(frozen=True)
class Request:
    """A checked query of one row metric: what to read and how to add it up."""

    query: Query
    metric: RowMetrics
    merge: Merge
    table: StateTable | None
    covered: tuple[date, date] | None
    asked: tuple[Period, ...]
    """The periods asked for, in order; none for hours, which are those that have rows."""
    span: Span | None = None

    @classmethod
    def of(cls, published: Published, query: Query, metric: RowMetrics, span: Span | None) -> "Request":
        """Make the request for a metric, itself asked for or part of what is."""
        refused_unless_seen(published, query)
        query = narrowed(published, query)
        covered = published.coverage(query.metric)
        columns = query.columns
        table = published.table(metric.name, columns)
        if query.dimensions not in {None, metric.dimensions}:
            metric, table = metric.model_copy(update={"dimensions": query.dimensions}), None
        since, until = bounds(published, query, covered)
        asked = tuple(periods(published, query, since, until))
        merge = Merge(
            grain=query.grain,
            periods=published.periods,
            finest=metric.finest,
            clock=WallClock.of(published.catalog, metric),
            units=parts(published, query) if query.by_unit else None,
            within=_within(published, query),
            by=query.by,
            where=tuple(sorted(query.where.items())),
            since=since.isoformat() if since else None,
            until=until.isoformat() if until else None,
        )
        merge = _narrowed(published, query, metric, merge)
        if span is not None:
            windows = tuple(Window(p.start, *window(published, span, p)) for p in asked)
            first = min((w.since for w in windows), default=None)
            merge = replace(merge, windows=windows, since=first.isoformat() if first else merge.since)
        return cls(query, metric, merge, table, covered, asked, span)

    @property
    def shared(self) -> object:
        """Requests with equal values read the same rows in the same way."""
        if self.table is None or shape(self.metric) not in {"terms", "changes"}:
            return (id(self),)
        m = self.merge
        units = tuple((k, tuple(v)) for k, v in m.units.items()) if m.units is not None else None
        within = tuple(m.within) if m.within is not None else None
        return (
            self.table.name,
            m.grain,
            units,
            within,
            m.by,
            m.where,
            m.since,
            m.until,
            m.windows,
            m.whole_only,
        )

    def read(self, published: Published, metrics: Sequence[RowMetrics], products: Products = ()) -> pa.Table:
        """Read what answers for all these metrics, in one statement."""
        if self.table is None or not published.at_rest:
            return published.engine.read(self.statement(published, metrics, products))
        sources = published.sources
        source = sources.of(self.table, self.merge, counted=True)
        if (months := sources.months(source)) is not None:
            return months.merged(metrics, source.fit(self.merge), products)
        open_, merge, shape, values = slotted(source, source.fit(self.merge))
        named = tuple(metric.name for metric in metrics), tuple((a.name, b.name) for a, b in products)
        prepared = published.plans.prepared(
            published.engine, (named, shape), lambda: merged(sources.rows(open_), metrics, merge, products)
        )
        return prepared(values)

    def is_at_hand(self, published: Published) -> bool:
        """Tell whether what it reads is in memory."""
        if self.table is None or not published.at_rest:
            return False
        source = published.sources.of(self.table, self.merge, counted=True)
        return published.sources.has(source)

    def statement(
        self, published: Published, metrics: Sequence[RowMetrics], products: Products = ()
    ) -> exp.Select:
        """Give the one statement that answers for all these metrics."""
        if self.table is not None:
            source, merge = published.states(self.table, self.merge)
            return merged(source, metrics, merge, products)
        rows = finest(published.facts, list(metrics), self.query.columns, by_batch=False, products=products)
        return merged(rows.subquery(STATE), metrics, self.merge, products)


def narrowed(published: Published, query: Query) -> Query:
    """Let a local variant, asked for everything, answer for the unit in which it holds, and say so.

    Raises QueryError where it is made of variants that hold in different units.
    """
    units = held_in(published.catalog, query.metric)
    if not units or query.unit is not None:
        return query
    inner = [one for one in units if holds_in(published.catalog, query.metric, one)]
    if not inner:
        raise QueryError(
            f"{query.metric} is made of local variants that hold in {' and '.join(units)}: no figure is of both.",
            code="adaptation-elsewhere",
            hint="Show them side by side, or use the global metrics.",
        )
    whole = query.by_unit and not published.catalog.units.children(inner[0])
    return replace(query, unit=inner[0], by_unit=query.by_unit and not whole)


def bounds(
    published: Published, query: Query, covered: tuple[date, date] | None
) -> tuple[date | None, date | None]:
    """Give the first day asked for and the day after the last, in whole periods where the query leaves them open."""
    since = query.since or (covered[0] if covered else None)
    until = query.until or (covered[1] + timedelta(days=1) if covered else None)
    if query.since is None and since is not None:
        since = published.periods.start(query.grain, since)
    if until is not None and query.grain != "hour":
        last = published.periods.period(query.grain, until - timedelta(days=1))
        until = last.end if query.until is None or last.start < until else until
    return since, until


def periods(published: Published, query: Query, since: date | None, until: date | None) -> Iterator[Period]:
    """Give the periods that a query asks for, where they are known before its rows are."""
    if since is not None and until is not None and query.grain != "hour":
        yield from _between(published.periods, query.grain, since, until)


@lru_cache(maxsize=256)
def _between(calendar: Periods, grain: Grain, since: date, until: date) -> tuple[Period, ...]:
    """The queries of a page ask for the same periods."""
    return tuple(calendar.between(grain, since, until))


def _within(published: Published, query: Query) -> list[str] | None:
    """Give the units whose rows are read; None for all rows, those of no unit too."""
    units = published.catalog.units
    if query.parts is not None:
        return sorted({unit for part in query.parts for unit in units.descendants(part)})
    return sorted(units.descendants(query.unit)) if query.unit else None


def parts(published: Published, query: Query) -> dict[str, list[str]]:
    """Give the units that a query by unit shows, each with the units it is made of."""
    units = published.catalog.units
    shown = units.children(query.unit) if query.unit else units.roots
    if query.parts is not None:
        shown = tuple(part for part in shown if part in query.parts)
    return {part: sorted(units.descendants(part)) for part in shown}


def _narrowed(published: Published, query: Query, metric: RowMetrics, merge: Merge) -> Merge:
    """Fit a request to types that are read otherwise than by adding up the days of a period."""
    if isinstance(metric, Stock):
        # the level at the end of a period is made of all changes before it, from a month's first day on: what was
        # added up by month answers, and no rows lie before the first that is covered
        covered = published.coverage(metric.name)
        first = published.periods.start("month", covered[0]) if covered else None
        return replace(merge, since=first.isoformat() if first else None)
    if isinstance(metric, Conversion):
        settled = published.settled_until(metric)
        if settled is not None and merge.until is not None:
            return replace(merge, until=min(merge.until, settled.isoformat()))
    if isinstance(metric, Manual):
        units = {name: [name] for name in merge.units} if merge.units is not None else None
        whole = query.unit is None and not query.by_unit
        within = [query.unit] if query.unit and not query.by_unit else None
        return replace(merge, grain=metric.every, units=units, within=within, whole_only=whole)
    return merge
