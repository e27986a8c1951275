"""What each metric type sums over rows: its mergeable sufficient statistic. Merging two states is adding them.

Every type also keeps `n`, the rows whose value is known. Rows that `where` leaves out, whose value, weight or entity is
null, or whose instant is null are in no term.
"""

from collections.abc import Callable

from sqlglot import exp

from leadline.catalog.definitions import (
    Balance,
    Conversion,
    Count,
    Manual,
    Mean,
    Quantile,
    Ratio,
    RowMetric,
    Share,
    Stock,
    Sum,
    seconds,
)
from leadline.store.casts import as_type

Graft = Callable[[str], exp.Expr]
"""Gives the expression of a metric's field, grafted for the query."""

Terms = dict[str, exp.Expr]

NEXT = "_next"
"""The instant of the next following event, where rows carry one: see following.py."""

GAMMA = 1.01
"""Ratio of a histogram bucket's bounds: its middle is within 0.5 % of every value in it (DDSketch, Masson 2019)."""
ZERO_BUCKET = 0
BUCKET_OFFSET = 1_000_000
"""Buckets of positive values are numbered from here upwards, of negative values from its negative downwards."""

_NEEDED: dict[type[RowMetric], tuple[str, ...]] = {
    Share: ("when",), Balance: ("plus", "minus"), Ratio: ("numerator", "denominator"), Mean: ("value",),
    Sum: ("value",), Quantile: ("value",),
}  # fmt: skip
"""The expressions that must be known for a row to count."""


def basics(metric: RowMetric) -> tuple[str, ...]:
    """Name the terms that are plain sums over rows and that decide the value; none for other shapes than terms."""
    weighted = metric.weight is not None
    match metric:
        case Share():
            return ("sw", "swk") if weighted else ("n", "k")
        case Conversion():
            return ("n", "k")
        case Balance():
            return ("sw", "swp", "swm") if weighted else ("n", "plus", "minus")
        case Ratio():
            return ("sx", "sy")
        case Mean():
            return ("sw", "swx") if weighted else ("n", "sx")
        case Sum():
            return ("sx",)
        case Count():
            return ("n",)
        case _:
            return ()


def names(metric: RowMetric) -> tuple[str, ...]:
    """Name the terms of a metric, in order."""
    weighted = metric.weight is not None
    match metric:
        case Share():
            return ("n", "k", "sw", "sw2", "swk", "sw2k") if weighted else ("n", "k")
        case Conversion():
            return ("n", "k")
        case Balance():
            if weighted:
                return ("n", "plus", "minus", "sw", "sw2", "swp", "swm", "sw2p", "sw2m")
            return ("n", "plus", "minus")
        case Ratio():
            return ("n", "sx", "sy", "sxx", "syy", "sxy")
        case Mean():
            return ("n", "sw", "sw2", "swx", "sw2x", "sw2xx") if weighted else ("n", "sx", "sxx", "sxxx")
        case Sum():
            return ("n", "sx", "sxx", "sxxx")
        case Stock():
            return ("n", "sx", "sxx", "sxxx") if metric.value is not None else ("n",)
        case Manual():
            return ("n", "sx", "low", "high", "bounded")
        case _:
            return ("n",)


def known(metric: RowMetric, graft: Graft) -> exp.Expr:
    """Give the predicate of the rows that count at all."""
    conditions: list[exp.Expr] = [graft("where")] if metric.where else []
    if isinstance(metric, Manual):
        conditions.append(graft("_entry"))
        conditions.append(exp.Not(this=exp.Is(this=graft("_value"), expression=exp.null())))
    needed = list(_NEEDED.get(type(metric), ()))
    if isinstance(metric, Stock) and metric.value is not None:
        needed.append("value")
    if metric.weight is not None:
        needed.append("weight")
    conditions += [exp.Not(this=exp.Is(this=graft(field), expression=exp.null())) for field in needed]
    return exp.and_(*conditions) if conditions else exp.true()


def terms(metric: RowMetric, graft: Graft) -> Terms:
    """Give each term as an aggregate over rows; a group without rows has zeros."""
    rows = known(metric, graft)
    found: Terms = {"n": _count(rows)}
    w = _number(graft("weight")) if metric.weight is not None else None
    match metric:
        case Share():
            found["k"] = _count(exp.and_(rows, graft("when")))
            if w is not None:
                yes = exp.and_(rows, graft("when"))
                found |= _weights(rows, w) | {"swk": _total(yes, w), "sw2k": _total(yes, _times(w, w))}
        case Conversion():
            found["k"] = _count(exp.and_(rows, _converted(metric, graft)))
        case Balance():
            up, down = exp.and_(rows, graft("plus")), exp.and_(rows, graft("minus"))
            found |= {"plus": _count(up), "minus": _count(down)}
            if w is not None:
                found |= _weights(rows, w) | {"swp": _total(up, w), "swm": _total(down, w)}
                found |= {"sw2p": _total(up, _times(w, w)), "sw2m": _total(down, _times(w, w))}
        case Ratio():
            y, x = _number(graft("numerator")), _number(graft("denominator"))
            one: exp.Expr = exp.Literal.number(1)
            pairs = {"sx": (x, one), "sy": (y, one), "sxx": (x, x), "syy": (y, y), "sxy": (x, y)}
            found |= {name: _total(rows, _times(a, b)) for name, (a, b) in pairs.items()}
        case Mean() | Sum():
            found |= _moments(rows, _number(graft("value")), w if isinstance(metric, Mean) else None)
        case Stock() if metric.value is not None:
            found |= _moments(rows, _number(graft("value")), None)
        case Manual():
            found |= _entered(rows, graft)
        case _:
            pass
    return found


def row_values(metric: RowMetric, graft: Graft) -> Terms:
    """Give what one row adds to each of the `basics`; zero where the row does not count."""
    rows = known(metric, graft)
    one: exp.Expr = as_type(exp.Literal.number(1), "double", copy=False)
    w = _number(graft("weight")) if metric.weight is not None else one

    def yes(field: str) -> exp.Expr:
        return _row(exp.and_(rows, graft(field)), w)

    match metric:
        case Share():
            values = [_row(rows, w), yes("when")]
        case Conversion():
            values = [_row(rows, one), _row(exp.and_(rows, _converted(metric, graft)), one)]
        case Balance():
            values = [_row(rows, w), yes("plus"), yes("minus")]
        case Ratio():
            values = [_row(rows, _number(graft("denominator"))), _row(rows, _number(graft("numerator")))]
        case Mean():
            values = [_row(rows, w), _row(rows, _times(_number(graft("value")), w))]
        case Sum():
            values = [_row(rows, _number(graft("value")))]
        case Count():
            values = [_row(rows, one)]
        case _:
            values = []
    return dict(zip(basics(metric), values, strict=True))


def product(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    """Give the sum over rows of the product of two row values."""
    return _sum(exp.Mul(this=one.copy(), expression=other.copy()))


def _converted(metric: Conversion, graft: Graft) -> exp.Expr:
    """Whether the next following event came within the horizon (or did not)."""
    length = exp.Interval(this=exp.Literal.string(str(seconds(metric.within))), unit=exp.var("second"))
    latest = exp.Add(this=graft("_instant"), expression=length)
    soon = exp.LTE(this=graft(NEXT), expression=latest)
    if metric.counts == "followed":
        return exp.and_(exp.Not(this=exp.Is(this=graft(NEXT), expression=exp.null())), soon)
    return exp.or_(exp.Is(this=graft(NEXT), expression=exp.null()), exp.Not(this=exp.paren(soon)))


def _moments(rows: exp.Expr, x: exp.Expr, w: exp.Expr | None) -> Terms:
    if w is None:
        square = _times(x, x)
        return {"sx": _total(rows, x), "sxx": _total(rows, square), "sxxx": _total(rows, _times(square, x))}
    return _weights(rows, w) | {
        "swx": _total(rows, _times(w, x)),
        "sw2x": _total(rows, _times(_times(w, w), x)),
        "sw2xx": _total(rows, _times(_times(w, x), _times(w, x))),
    }


def _entered(rows: exp.Expr, graft: Graft) -> Terms:
    """A person's figure with its ends, if both were given."""
    low, high = _number(graft("_low")), _number(graft("_high"))
    both = exp.and_(rows, *(exp.Not(this=exp.Is(this=e.copy(), expression=exp.null())) for e in (low, high)))
    return {
        "sx": _total(rows, _number(graft("_value"))),
        "low": _total(both, low),
        "high": _total(both, high),
        "bounded": _count(both),
    }


def _weights(rows: exp.Expr, w: exp.Expr) -> Terms:
    return {"sw": _total(rows, w), "sw2": _total(rows, _times(w, w))}


def _number(value: exp.Expr) -> exp.Expr:
    return as_type(value.copy(), "double", copy=False)


def _times(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    if isinstance(b, exp.Literal):
        return a.copy()
    return exp.Mul(this=a.copy(), expression=b.copy())


def _count(rows: exp.Expr) -> exp.Expr:
    """Count rows; a sum of ones and zeros would keep four times the bytes for each group while it is made."""
    one = exp.If(this=rows.copy(), true=exp.Literal.number(1))
    return as_type(exp.Count(this=exp.Case(ifs=[one])), "bigint", copy=False)


def _total(rows: exp.Expr, value: exp.Expr) -> exp.Expr:
    return _sum(_row(rows, value))


def _row(rows: exp.Expr, value: exp.Expr) -> exp.Expr:
    zero = as_type(exp.Literal.number(0), "double", copy=False)
    return exp.Case(ifs=[exp.If(this=rows.copy(), true=value.copy())], default=zero)


def _sum(value: exp.Expr) -> exp.Expr:
    return exp.Sum(this=value)


def bucket(value: exp.Expr) -> exp.Expr:
    """Give the histogram bucket of a value: a whole number that grows with the value."""
    logarithm = exp.Div(
        this=exp.func("ln", exp.func("abs", _number(value))),
        expression=exp.Literal.number(repr(_LOG_GAMMA)),
        typed=False,
        safe=False,
    )
    size = exp.Add(
        this=as_type(exp.func("ceil", logarithm), "bigint"), expression=exp.Literal.number(BUCKET_OFFSET)
    )
    zero = exp.EQ(this=_number(value), expression=exp.Literal.number(0))
    positive = exp.GT(this=_number(value), expression=exp.Literal.number(0))
    return (
        exp.Case()
        .when(zero, exp.Literal.number(ZERO_BUCKET))
        .when(positive, size)
        .else_(exp.Neg(this=exp.paren(size.copy())))
    )


_LOG_GAMMA = 0.009950330853168083  # ln(1.01)
