"""Values given in one unit of measure or currency, and shown in another: by a factor, or by dated rates.

Rates are rows of the fact `exchange_rate`. A row's amount is converted at the rate that held on the row's own day (the
spot rate at the date of the transaction, IAS 21.21), by the metric's clock. Where there is none, the amount is null,
so that the row counts in nothing; it is never taken at 1.
"""

from collections.abc import Iterable

from sqlglot import exp

from leadline.catalog.composition import instant
from leadline.catalog.definitions import Money, RowMetric, Valued, seconds
from leadline.catalog.units_of_measure import factor
from leadline.catalog.wall_clock import WallClock, column
from leadline.metrics.facts import Facts
from leadline.metrics.naming import digest
from leadline.store.casts import as_type

RATES = "exchange_rate"
_FROM, _RATE, _SINCE, _NEXT = "from_currency", "rate", "_since", "_next"
_VALUES = "r"


def in_measure(metric: RowMetric, field: str, value: exp.Expr) -> exp.Expr:
    """Give a field's value in what the metric is measured in; null where there is no rate."""
    given = metric.given_in if isinstance(metric, Valued) else None
    if isinstance(metric, Valued) and isinstance(given, Money) and field in given.of:
        return _times(value, rate(metric))
    if isinstance(given, str) and field in {"value", "numerator"}:
        by = exp.Literal.number(repr(factor(given, metric.measured_in)))
        return _times(value, as_type(by, "double"))
    return value


def rate(metric: Valued) -> exp.Expr:
    """Give a row's rate: 1 for what is in the metric's own currency, null where none is known."""
    money = _money(metric)
    same = exp.EQ(this=column(money.currency), expression=exp.Literal.string(into(metric)))
    one = as_type(exp.Literal.number(1), "double")
    found = exp.column(_RATE, table=_alias(metric), quoted=True)
    return exp.Case(ifs=[exp.If(this=same, true=one)], default=found)


def into(metric: Valued) -> str:
    """Name the currency that a metric's amounts are converted into."""
    return _money(metric).to or metric.measured_in


def with_rates(facts: Facts, query: exp.Select, metrics: Iterable[RowMetric]) -> exp.Select:
    """Join to each row the rates that metrics ask for: one rate or none, so that no row is doubled."""
    joined = set[str]()
    for metric in metrics:
        if not isinstance(metric, Valued) or metric.money is None or _alias(metric) in joined:
            continue
        alias = _alias(metric)
        joined.add(alias)
        at = instant(facts.catalog, metric)
        day: exp.Expr = column(at)
        if facts.catalog.dimension_type(metric, at) != "date":
            day = as_type(WallClock.of(facts.catalog, metric).local(day), "date")
        since, until = (exp.column(name, table=alias, quoted=True) for name in (_SINCE, _NEXT))
        same = exp.EQ(
            this=exp.column(_FROM, table=alias, quoted=True), expression=column(metric.money.currency)
        )
        open_ = exp.Is(this=until, expression=exp.null())
        later = exp.GT(this=until.copy(), expression=day.copy())
        held = exp.and_(same, exp.LTE(this=since, expression=day), exp.paren(exp.or_(open_, later)))
        query = query.join(_rates(facts, metric, alias), on=held, join_type="left", copy=False)
    return query


def columns(metrics: Iterable[RowMetric]) -> set[str]:
    """Name the columns of metrics' facts that say which currency an amount is in."""
    return {m.money.currency for m in metrics if isinstance(m, Valued) and m.money is not None}


def read(metrics: Iterable[RowMetric]) -> set[str]:
    """Name the fact of rates, if metrics read it."""
    return {RATES} if columns(metrics) else set()


def _rates(facts: Facts, metric: Valued, alias: str) -> exp.Subquery:
    """Give the rates into a metric's currency, each with the first day and the day after the last on which it holds."""
    money, complete = _money(metric), facts.complete or facts
    names = [_FROM, "to_currency", "valid_from", "valid_until", _RATE]
    following = exp.Window(
        this=exp.Lead(this=_of("valid_from")),
        partition_by=[_of(_FROM)],
        order=exp.Order(expressions=[exp.Ordered(this=_of("valid_from"))]),
    )
    ends: list[exp.Expr] = [following, _of("valid_until")]
    if money.no_older_than:
        days = exp.Interval(
            this=exp.Literal.string(str(seconds(money.no_older_than) // 86400)), unit=exp.var("day")
        )
        ends.append(as_type(exp.Add(this=_of("valid_from"), expression=days), "date"))
    return (
        exp.select(
            _of(_FROM), _of(_RATE), exp.alias_(_of("valid_from"), _SINCE, quoted=True),
            exp.alias_(_earliest(ends), _NEXT, quoted=True),
        )
        .from_(complete.scan(RATES, names, _VALUES))
        .where(
            exp.EQ(this=_of("to_currency"), expression=exp.Literal.string(into(metric))),
            exp.GT(this=_of(_RATE), expression=exp.Literal.number(0)),
        )
        .subquery(alias)
    )  # fmt: skip


def _earliest(ends: list[exp.Expr]) -> exp.Expr:
    """Give the earliest of dates of which any may be null: engines do not agree on what `least` makes of null."""
    first, *rest = ends
    for other in rest:
        sooner = exp.LT(this=other.copy(), expression=first.copy())
        missing = exp.Is(this=first.copy(), expression=exp.null())
        first = exp.Case(ifs=[exp.If(this=exp.or_(missing, sooner), true=other.copy())], default=first.copy())
    return first


def _alias(metric: Valued) -> str:
    money = _money(metric)
    return f"rate_{digest([money.currency, into(metric), money.no_older_than], 8)}"


def _money(metric: Valued) -> Money:
    if metric.money is None:
        raise AssertionError("only metrics over amounts of money have rates")
    return metric.money


def _of(name: str) -> exp.Column:
    return exp.column(name, table=_VALUES, quoted=True)


def _times(value: exp.Expr, by: exp.Expr) -> exp.Expr:
    return exp.paren(exp.Mul(this=as_type(exp.paren(value), "double"), expression=by))
