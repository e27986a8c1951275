"""From definitions to queries, purely: facts → finest states, finest states → what was asked.

Two shapes only. `finest` groups a fact's rows by bucket (local day, or the instant of a local hour), unit and slice
columns. `merged` adds finest states up to periods, units and slices; it never sees a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Grain, Metric, Quantile
from leadline.metrics import terms
from leadline.metrics.graft import ROW, WallClock, column, graft, reference_alias
from leadline.metrics.periods import Periods
from leadline.store.engine import Engine, Relation, ValueType

STATE = "s"
BUCKET, UNIT, BATCH = "_bucket", "_unit", "_batch"


@dataclass(frozen=True, slots=True)
class Facts:
    """Which relations hold the rows of each fact, in one generation or on the way to one."""

    catalog: Catalog
    engine: Engine
    relations: Mapping[str, tuple[Relation, ...]]

    def scan(self, fact: str, columns: Sequence[str], alias: str) -> exp.Expr:
        """Give the live rows of a fact with (at least) these columns and `_batch`."""
        types: dict[str, ValueType] = {
            name: value_type(self.catalog.facts[fact].columns[name].type) for name in columns
        }
        return self.engine.scan(self.relations.get(fact, ()), {**types, BATCH: "text"}, alias)


def value_type(column_type: str) -> ValueType:
    """Give how a column's values are stored."""
    return "text" if column_type == "unit" else column_type  # type: ignore[return-value]  # the other names are equal


def slice_alias(path: str) -> str:
    """Name the slice column of a state table."""
    return f"by_{path.replace('.', '__')}"


def term_alias(metric: str, term: str) -> str:
    """Name a term's column in a state table that several metrics share."""
    return f"{metric}__{term}"


def finest(
    facts: Facts,
    metrics: Sequence[Metric],
    columns: Sequence[str],
    *,
    by_batch: bool,
    histogram: bool = False,
    keep: exp.Expr | None = None,
) -> exp.Select:
    """Give the query for the finest states of metrics that share fact, instant, clock and finest grain.

    Columns: `_bucket`, `_unit`, one per slice column, `_batch` when asked, then each term of each metric; for a
    histogram (one quantile metric) `h` and `n` in place of terms. `keep` narrows the rows further.
    """
    first = metrics[0]
    catalog = facts.catalog
    fact = catalog.facts[first.of]
    clock = WallClock.of(catalog, first)
    at = first.at or fact.at or ""
    keys: dict[str, exp.Expr] = {
        BUCKET: _bucket(first, fact.columns[at].type, column(at), clock),
        UNIT: column(fact.unit) if fact.unit else exp.cast(exp.null(), "text"),
        **{slice_alias(c): exp.cast(column(c), "text") for c in columns},
    }
    if by_batch:
        keys[BATCH] = exp.column(BATCH, table=ROW)
    sums: dict[str, exp.Expr] = {}
    conditions: list[exp.Expr] = [exp.Not(this=exp.Is(this=column(at), expression=exp.null()))]
    having: list[exp.Expr] = []
    for metric in metrics:
        rows = _Rows(catalog, metric, clock)
        if histogram:
            keys["h"] = terms.bucket(rows("value"))
            conditions.append(terms.known(metric, rows))
            sums["n"] = exp.cast(exp.Count(this=exp.Star()), "bigint")
            continue
        found = terms.terms(metric, rows)
        having.append(exp.GT(this=found["n"].copy(), expression=exp.Literal.number(0)))
        sums |= {term_alias(metric.name, name): value for name, value in found.items()}
    if keep is not None:
        conditions.append(keep)
    query = _from(facts, first.of, used_columns(catalog, metrics, (at, *columns)))
    selected = [exp.alias_(e, name, quoted=True) for name, e in {**keys, **sums}.items()]
    query = query.select(*selected, copy=False).where(*conditions, copy=False)
    query = query.group_by(*keys.values(), copy=False)
    return query if histogram else query.having(exp.or_(*having, copy=False), copy=False)


@dataclass(frozen=True, slots=True)
class _Rows:
    catalog: Catalog
    metric: Metric
    clock: WallClock

    def __call__(self, field: str) -> exp.Expr:
        return graft(self.catalog.expression(self.metric, field), self.clock)


def fields(metric: Metric) -> tuple[str, ...]:
    """Name the fields of a metric that hold expressions over its fact's rows."""
    possible = ("where", "weight", "when", "plus", "minus", "numerator", "denominator", "value")
    return tuple(name for name in possible if getattr(metric, name, None) is not None)


def used_columns(catalog: Catalog, metrics: Sequence[Metric], also: Sequence[str]) -> tuple[str, ...]:
    """Name every column (or `reference.column`) that the metrics' queries read."""
    fact = catalog.facts[metrics[0].of]
    used = {*also, *((fact.unit,) if fact.unit else ())}
    for metric in metrics:
        for field in fields(metric):
            used |= set(catalog.expression(metric, field).columns)
    return tuple(sorted(used))


def _from(facts: Facts, name: str, used: Sequence[str]) -> exp.Select:
    """Join the fact's rows to the rows they reference; a reference's key is unique, so no row is doubled."""
    fact = facts.catalog.facts[name]
    references: dict[str, set[str]] = {}
    own: set[str] = set()
    for path in used:
        reference, _, last = path.rpartition(".")
        if reference:
            references.setdefault(reference, set()).add(last)
            own.add(reference)
        else:
            own.add(last)
    query = exp.select().from_(facts.scan(name, sorted(own), ROW), copy=False)
    for reference, wanted in sorted(references.items()):
        target = fact.columns[reference].references or ""
        key = facts.catalog.facts[target].key[0]
        alias = reference_alias(reference)
        query = query.join(
            facts.scan(target, sorted({*wanted, key}), alias),
            on=exp.EQ(this=column(reference), expression=exp.column(key, table=alias, quoted=True)),
            join_type="left",
            copy=False,
        )
    return query


def _bucket(metric: Metric, at_type: str, at: exp.Expr, clock: WallClock) -> exp.Expr:
    if at_type == "date":
        return at
    local = clock.local(at)
    if metric.finest == "day":
        return exp.cast(local, "date")
    into_the_hour = exp.Sub(
        this=exp.paren(local), expression=exp.TimestampTrunc(this=local.copy(), unit=exp.var("hour"))
    )
    return exp.Sub(this=at.copy(), expression=exp.paren(into_the_hour))


@dataclass(frozen=True, slots=True)
class Merge:
    """How finest states are added up: into periods, into units (name → the units it is made of), into slices."""

    grain: Grain
    periods: Periods
    finest: Grain
    clock: WallClock
    units: Mapping[str, Sequence[str]] | None = None
    within: Sequence[str] | None = None
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    since: str | None = None
    until: str | None = None


def merged(source: exp.Expr, metrics: Sequence[Metric], merge: Merge) -> exp.Select:
    """Give the query that adds finest states up.

    Columns: `period` (its first day; for hours the instant), `unit`, one per slice column, then every term; for a
    histogram `h` and `n`.
    """
    day = _day(merge)
    period = _state(BUCKET) if merge.grain == "hour" else merge.periods.bucket(merge.grain, day)
    keys: dict[str, exp.Expr] = {"period": period, "unit": _unit(merge)}
    keys |= {slice_alias(c): _state(slice_alias(c)) for c in merge.by}
    sums: dict[str, exp.Expr] = {}
    for metric in metrics:
        if isinstance(metric, Quantile):
            keys["h"] = _state("h")
            sums["n"] = _sum(_state("n"))
        else:
            aliases = [term_alias(metric.name, t) for t in terms.names(metric)]
            sums |= {alias: _sum(_state(alias)) for alias in aliases}
    selected = [exp.alias_(e, name, quoted=True) for name, e in {**keys, **sums}.items()]
    query = exp.select().select(*selected, copy=False).from_(source, copy=False)
    return query.where(*_conditions(merge, day), copy=False).group_by(*keys.values(), copy=False)


def _conditions(merge: Merge, day: exp.Expr) -> list[exp.Expr]:
    conditions: list[exp.Expr] = []
    if merge.since:
        conditions.append(
            exp.GTE(this=day.copy(), expression=exp.cast(exp.Literal.string(merge.since), "date"))
        )
    if merge.until:
        conditions.append(
            exp.LT(this=day.copy(), expression=exp.cast(exp.Literal.string(merge.until), "date"))
        )
    if merge.within is not None:
        conditions.append(_state(UNIT).isin(*merge.within) if merge.within else exp.false())
    for path, value in merge.where:
        state = _state(slice_alias(path))
        if value:
            conditions.append(exp.EQ(this=state, expression=exp.Literal.string(value)))
        else:
            conditions.append(exp.Is(this=state, expression=exp.null()))
    return conditions or [exp.true()]


def _unit(merge: Merge) -> exp.Expr:
    if merge.units is None:
        return exp.cast(exp.null(), "text")
    case = exp.Case()
    for name, members in merge.units.items():
        case = case.when(_state(UNIT).isin(*members, copy=False), exp.Literal.string(name), copy=False)
    return (
        case.else_(exp.Literal.string(""), copy=False)
        if merge.units
        else exp.cast(exp.Literal.string(""), "text")
    )


def _day(merge: Merge) -> exp.Expr:
    if merge.finest == "day":
        return _state(BUCKET)
    return exp.cast(merge.clock.local(_state(BUCKET), _state(UNIT)), "date")


def _state(name: str) -> exp.Expr:
    return exp.column(name, table=STATE, quoted=True)


def _sum(value: exp.Expr) -> exp.Expr:
    return exp.cast(exp.Sum(this=value), "double")
