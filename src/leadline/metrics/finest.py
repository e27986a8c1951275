"""From facts to finest states, purely: rows grouped by bucket (local day, or the instant of a local hour), unit, slice
columns and the keys of the metric's shape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.composition import instant, purpose
from leadline.catalog.definitions import (
    Conversion,
    Count,
    Distinct,
    Duration,
    Manual,
    RowMetric,
    RowMetrics,
    Stock,
    Valued,
)
from leadline.catalog.once_per_row import MARK, once_per_row
from leadline.metrics import converting, terms
from leadline.metrics.facts import BATCH, Facts, split
from leadline.metrics.following import with_next
from leadline.metrics.graft import ROW, WallClock, column, graft
from leadline.metrics.joining import joined
from leadline.metrics.shapes import (
    BUCKET_OF_VALUE,
    ENTITY,
    OPEN_SINCE,
    ROWS,
    product_alias,
    shape,
    slice_alias,
    term_alias,
)
from leadline.store.casts import as_type

BUCKET, UNIT = "_bucket", "_unit"
_FIELDS = ("where", "weight", "when", "plus", "minus", "numerator", "denominator", "value")
Products = Sequence[tuple[RowMetrics, RowMetrics]]
"""Pairs of metrics of which the sums of products are kept: what a formula over both needs for its interval."""


def finest(
    facts: Facts,
    metrics: Sequence[RowMetric],
    columns: Sequence[str],
    *,
    by_batch: bool,
    products: Products = (),
    keep: exp.Expr | None = None,
    source: exp.Expr | None = None,
) -> exp.Select:
    """Give the query for the finest states of metrics that share fact, instant, clock and finest grain.

    Several metrics only of the shape `terms`. Columns: `_bucket`, `_unit`, one per slice column, `_batch` when asked,
    the keys of the shape, then each sum. `keep` narrows the rows further; `source` stands in for a conversion's rows,
    as `with_next` gives them.
    """
    plan = _Plan(facts, metrics[0], tuple(columns), by_batch, keep, source=source)
    query = _grouped(plan, metrics, products)
    once_per_row(query, WallClock.of(facts.catalog, metrics[0]))
    return query


def undated(facts: Facts, metric: RowMetric) -> exp.Select:
    """Give the query for the number (`n`) of rows that would count, had they an instant on a known clock."""
    if isinstance(metric, Conversion):
        metric = _rows_of(metric)
    plan = _Plan(facts, metric, (), by_batch=False, keep=None)
    used = used_columns(facts.catalog, (metric,), (plan.instant,))
    bucket = plan.keys()[BUCKET]
    query = (
        plan.joined(used, (metric,))
        .select(exp.alias_(as_type(exp.Count(this=exp.Star()), "bigint"), "n", quoted=True), copy=False)
        .where(exp.Is(this=bucket, expression=exp.null()), terms.known(metric, plan.rows), copy=False)
    )
    once_per_row(query, plan.clock)
    return query


def unfollowed(facts: Facts, metric: Conversion) -> exp.Select:
    """Give the query for the number (`n`) of rows that would count, had they all that an event is followed by."""
    named = (metric.entity, *metric.followed_by.same)
    rows = _rows_of(metric)
    plan = _Plan(facts, rows, (), by_batch=False, keep=None)
    used = used_columns(facts.catalog, (rows,), (plan.instant, *named))
    missing = exp.or_(*(exp.Is(this=column(name), expression=exp.null()) for name in named))
    counted = [_is_known(plan.keys()[BUCKET]), missing, terms.known(rows, plan.rows)]
    n = as_type(exp.Count(this=exp.Star()), "bigint")
    query = plan.joined(used, (rows,)).select(exp.alias_(n, "n", quoted=True), copy=False)
    once_per_row(query.where(*counted, copy=False), plan.clock)
    return query


def _rows_of(metric: Conversion) -> Count:
    """Give the count of a conversion's rows, whether or not they can be followed."""
    return Count(
        kind="metric", type="count", name=metric.name, of=metric.of, where=metric.where, at=metric.at,
        clock=metric.clock, dimensions=metric.dimensions,
    )  # fmt: skip


def unrated(facts: Facts, metric: Valued) -> exp.Select:
    """Give the query for the number (`n`) of rows that would count, had their amounts a rate on their day."""
    plan = _Plan(facts, metric, (), by_batch=False, keep=None)
    bare = metric.model_copy(update={"given_in": None})
    used = used_columns(facts.catalog, (metric,), (plan.instant,))
    rows = as_type(exp.Count(this=exp.Star()), "bigint")
    missing = exp.Is(this=converting.rate(metric), expression=exp.null())
    counted = terms.known(bare, _Rows(facts.catalog, bare, plan.clock))
    query = plan.joined(used, (metric,)).select(exp.alias_(rows, "n", quoted=True), copy=False)
    once_per_row(query.where(missing, counted, copy=False), plan.clock)
    return query


def _grouped(plan: "_Plan", metrics: Sequence[RowMetric], products: Products) -> exp.Select:
    first = metrics[0]
    if isinstance(first, Stock):
        return _changes(plan, first)
    kind = shape(first)
    if kind == "terms":
        return plan.terms(metrics, products)
    rows = plan.rows
    known = [terms.known(first, rows)]
    keys: dict[str, exp.Expr]
    if isinstance(first, Distinct):
        entity = column(first.entity)
        keys = {ENTITY: as_type(entity, "text")}
        known.append(_is_known(entity))
    elif isinstance(first, Duration):
        keys, ordered = _span(plan.facts.catalog, first)
        known.append(ordered)
    else:
        keys = {BUCKET_OF_VALUE: terms.bucket(rows("value"))}
    return plan.query({**plan.keys(), **keys}, {ROWS: as_type(exp.Count(this=exp.Star()), "bigint")}, known)


@dataclass(frozen=True, slots=True)
class _Plan:
    """One pass over a fact's rows: how they are keyed and which are read."""

    facts: Facts
    metric: RowMetric
    columns: tuple[str, ...]
    by_batch: bool
    keep: exp.Expr | None
    at: str = ""
    source: exp.Expr | None = None

    @property
    def clock(self) -> WallClock:
        return WallClock.of(self.facts.catalog, self.metric)

    @property
    def rows(self) -> "_Rows":
        return _Rows(self.facts.catalog, self.metric, self.clock)

    @property
    def instant(self) -> str:
        return self.at or instant(self.facts.catalog, self.metric)

    def keys(self) -> dict[str, exp.Expr]:
        """Give the keys that every shape has."""
        fact = self.facts.catalog.facts[self.metric.of]
        kind = self.facts.catalog.dimension_type(self.metric, self.instant)
        keys: dict[str, exp.Expr] = {
            BUCKET: _bucket(self.metric, kind, column(self.instant), self.clock),
            UNIT: column(fact.unit) if fact.unit else as_type(exp.null(), "text"),
            **{slice_alias(c): as_type(column(c), "text") for c in self.columns},
        }
        if self.by_batch:
            keys[BATCH] = exp.column(BATCH, table=ROW, quoted=True)
        return keys

    def terms(self, metrics: Sequence[RowMetric], products: Products) -> exp.Select:
        """Group by the keys and sum every term; rows that count for no metric make no group."""
        sums: dict[str, exp.Expr] = {}
        having: list[exp.Expr] = []
        for metric in metrics:
            found = terms.terms(metric, _Rows(self.facts.catalog, metric, self.clock))
            having.append(exp.GT(this=found["n"].copy(), expression=exp.Literal.number(0)))
            sums |= {term_alias(metric.name, name): value for name, value in found.items()}
        for one, other in products:
            ours = terms.row_values(one, _Rows(self.facts.catalog, one, self.clock))
            theirs = terms.row_values(other, _Rows(self.facts.catalog, other, self.clock))
            sums |= {
                product_alias(one.name, a, other.name, b): terms.product(x, y)
                for a, x in ours.items()
                for b, y in theirs.items()
            }
        return self.query(self.keys(), sums, [], metrics).having(exp.or_(*having, copy=False), copy=False)

    def query(
        self,
        keys: Mapping[str, exp.Expr],
        sums: Mapping[str, exp.Expr],
        conditions: Sequence[exp.Expr],
        metrics: Sequence[RowMetric] = (),
    ) -> exp.Select:
        used = used_columns(self.facts.catalog, metrics or (self.metric,), (self.instant, *self.columns))
        where = [
            _is_known(keys[BUCKET] if self.clock.column else column(self.instant)),
            *conditions,
            *([self.keep] if self.keep is not None else []),
        ]
        selected = [exp.alias_(e, name, quoted=True) for name, e in keys.items()]
        selected += [exp.alias_(e, name, quoted=True, copy=False) for name, e in sums.items()]
        return (
            self.joined(used, metrics or (self.metric,))
            .select(*selected, copy=False)
            .where(*where, copy=False)
            .group_by(*keys.values(), copy=False)
        )

    def joined(self, used: Sequence[str], metrics: Sequence[RowMetric]) -> exp.Select:
        """Join the rows to what they name, as it was at the instant that decides their period, or as it is; and to the
        rates that metrics ask for."""
        at = instant(self.facts.catalog, self.metric)
        source, dimensions = self._source(used), self.metric.dimensions
        query = joined(self.facts, self.metric.of, used, source, at=at, dimensions=dimensions)
        return converting.with_rates(self.facts, query, metrics)

    def _source(self, used: Sequence[str]) -> exp.Expr | None:
        if not isinstance(self.metric, Conversion):
            of, what_for = self.metric.of, purpose(self.facts.catalog, self.metric)
            own, _ = split((*used, instant(self.facts.catalog, self.metric)))
            return self.facts.counted(of, own, ROW, what_for) if self.facts.left_out.has(of) else None
        if self.source is not None:
            return self.source
        own, _ = split(used)
        return with_next(self.facts, self.metric, own, ROW)


def _changes(whole: _Plan, metric: Stock) -> exp.Select:
    """What enters on a day, less what leaves on it: two passes over the rows, added up."""
    at, until = column(metric.from_), column(metric.until)
    lasting = exp.or_(
        exp.Is(this=until, expression=exp.null()), exp.GTE(this=until.copy(), expression=at.copy())
    )
    both = exp.and_(exp.paren(lasting), _is_known(at), *([whole.keep] if whole.keep is not None else []))
    sides: list[exp.Select] = []
    for sign, name in ((1, metric.from_), (-1, metric.until)):
        plan = replace(whole, keep=both.copy(), at=name)
        rows = plan.rows
        sums = {
            term_alias(metric.name, term): value if sign > 0 else exp.Neg(this=exp.paren(value))
            for term, value in terms.terms(metric, rows).items()
        }
        sides.append(plan.query(plan.keys(), sums, [terms.known(metric, rows)]))
    names = [BUCKET, UNIT, *(slice_alias(c) for c in whole.columns), *([BATCH] if whole.by_batch else [])]
    keys = [exp.column(name, table="c", quoted=True) for name in names]
    aliases = [term_alias(metric.name, term) for term in terms.names(metric)]
    totals = [exp.Sum(this=exp.column(alias, table="c", quoted=True)) for alias in aliases]
    return (
        exp.select(
            *keys, *(exp.alias_(t, a, quoted=True, copy=False) for t, a in zip(totals, aliases, strict=True))
        )
        .from_(exp.union(*sides, distinct=False, copy=False).subquery("c", copy=False))
        .group_by(*(key.copy() for key in keys))
    )


def _span(catalog: Catalog, metric: Duration) -> tuple[dict[str, exp.Expr], exp.Expr]:
    """Give the keys of a duration, and the predicate of the rows that do not end before they begin."""
    begin, end = column(metric.from_), column(metric.until)
    is_date = catalog.facts[metric.of].columns[metric.from_].type == "date"
    unfinished = exp.Is(this=end, expression=exp.null())
    length: exp.Expr
    if is_date:
        days = exp.DateDiff(this=end.copy(), expression=begin.copy(), unit=exp.var("DAY"))
        length = exp.Mul(this=days, expression=exp.Literal.number(86400))
    else:
        length = exp.TimeToUnix(this=exp.Sub(this=end.copy(), expression=begin.copy()))
    if metric.hours == "business":
        minutes = exp.Anonymous(this=MARK, expressions=[begin.copy(), end.copy()])
        length = exp.Mul(this=minutes, expression=exp.Literal.number(60))
    since: exp.Expr = as_type(begin.copy(), "timestamptz")
    if not is_date:
        since = exp.TimestampTrunc(this=begin.copy(), unit=exp.var("MINUTE"))
    keys: dict[str, exp.Expr] = {
        BUCKET_OF_VALUE: exp.Case(
            ifs=[exp.If(this=exp.Not(this=unfinished.copy()), true=terms.bucket(exp.paren(length)))]
        ),
        OPEN_SINCE: exp.Case(ifs=[exp.If(this=unfinished.copy(), true=since)]),
    }
    ordered = exp.or_(unfinished.copy(), exp.GTE(this=end.copy(), expression=begin.copy()))
    return keys, exp.paren(ordered)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Gives the expressions of a metric's fields, grafted; names that begin with _ are columns it reads unasked."""

    catalog: Catalog
    metric: RowMetric
    clock: WallClock

    def __call__(self, field: str) -> exp.Expr:
        match field:
            case terms.NEXT:
                return exp.column(terms.NEXT, table=ROW, quoted=True)
            case "_instant":
                return column(instant(self.catalog, self.metric))
            case "_value" | "_low" | "_high":
                return column(field.removeprefix("_"))
            case "_entry":
                return exp.EQ(this=column("metric"), expression=exp.Literal.string(self.metric.name))
            case _:
                grafted = graft(self.catalog.expression(self.metric, field), self.clock)
                return converting.in_measure(self.metric, field, grafted)


def used_columns(catalog: Catalog, metrics: Sequence[RowMetric], also: Sequence[str]) -> tuple[str, ...]:
    """Name every column (or `reference.column`) that the metrics' queries read."""
    fact = catalog.facts[metrics[0].of]
    used = {*also, instant(catalog, metrics[0]), *((fact.unit,) if fact.unit else ())}
    used |= converting.columns(metrics)
    if metrics[0].clock not in {"project", "unit"}:
        used.add(metrics[0].clock)
    for metric in metrics:
        for field in _FIELDS:
            if getattr(metric, field, None) is not None:
                used |= set(catalog.expression(metric, field).columns)
        match metric:
            case Stock() | Duration():
                used |= {metric.from_, metric.until}
            case Distinct():
                used.add(metric.entity)
            case Manual():
                used |= {"metric", "value", "low", "high"}
            case _:
                pass
    return tuple(sorted(used))


def _bucket(metric: RowMetric, at_type: str, at: exp.Expr, clock: WallClock) -> exp.Expr:
    if at_type == "date":
        return at
    local = clock.local(at)
    if metric.finest == "day":
        return as_type(local, "date")
    into_the_hour = exp.Sub(
        this=exp.paren(local), expression=exp.TimestampTrunc(this=local.copy(), unit=exp.var("hour"))
    )
    return exp.Sub(this=at.copy(), expression=exp.paren(into_the_hour))


def _is_known(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))
