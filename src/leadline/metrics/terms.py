"""What each metric type sums over rows: its mergeable sufficient statistic. Merging two states is adding them.

Every type also keeps `n`, the rows whose value is known. Rows that `where` leaves out, whose value or weight is null,
or whose instant is null are in no term.
"""

from collections.abc import Callable
from typing import assert_never

from sqlglot import exp

from leadline.catalog.definitions import Balance, Count, Mean, Metric, Quantile, Ratio, Share, Sum

Graft = Callable[[str], exp.Expr]
"""Gives the expression of a metric's field, grafted for the query."""

Terms = dict[str, exp.Expr]

GAMMA = 1.01
"""Ratio of a histogram bucket's bounds: its middle is within 0.5 % of every value in it (DDSketch, Masson 2019)."""
ZERO_BUCKET = 0
BUCKET_OFFSET = 1_000_000
"""Buckets of positive values are numbered from here upwards, of negative values from its negative downwards."""


def names(metric: Metric) -> tuple[str, ...]:
    """Name the terms of a metric, in order."""
    weighted = metric.weight is not None
    match metric:
        case Share():
            return ("n", "k", "sw", "sw2", "swk") if weighted else ("n", "k")
        case Balance():
            return ("n", "plus", "minus", "sw", "sw2", "swp", "swm") if weighted else ("n", "plus", "minus")
        case Ratio():
            return ("n", "sx", "sy", "sxx", "syy", "sxy")
        case Mean():
            return ("n", "sw", "sw2", "swx", "sw2x", "sw2xx") if weighted else ("n", "sx", "sxx")
        case Sum():
            return ("n", "sx", "sxx")
        case Count() | Quantile():
            return ("n",)
        case _:
            assert_never(metric)


def known(metric: Metric, graft: Graft) -> exp.Expr:
    """Give the predicate of the rows that count at all."""
    conditions: list[exp.Expr] = [graft("where")] if metric.where else []
    match metric:
        case Share():
            needed = ["when"]
        case Balance():
            needed = ["plus", "minus"]
        case Ratio():
            needed = ["numerator", "denominator"]
        case Mean() | Sum() | Quantile():
            needed = ["value"]
        case Count():
            needed = []
        case _:
            assert_never(metric)
    if metric.weight is not None:
        needed.append("weight")
    conditions += [exp.Not(this=exp.Is(this=graft(field), expression=exp.null())) for field in needed]
    return exp.and_(*conditions) if conditions else exp.true()


def terms(metric: Metric, graft: Graft) -> Terms:
    """Give each term as an aggregate over rows; a group without rows has zeros."""
    rows = known(metric, graft)
    one: exp.Expr = exp.Literal.number(1)
    found: Terms = {"n": _count(rows)}
    w = _number(graft("weight")) if metric.weight is not None else None
    match metric:
        case Share():
            found["k"] = _count(exp.and_(rows, graft("when")))
            if w is not None:
                found |= _weights(rows, w) | {"swk": _total(exp.and_(rows, graft("when")), w)}
        case Balance():
            found["plus"] = _count(exp.and_(rows, graft("plus")))
            found["minus"] = _count(exp.and_(rows, graft("minus")))
            if w is not None:
                found |= _weights(rows, w)
                found["swp"] = _total(exp.and_(rows, graft("plus")), w)
                found["swm"] = _total(exp.and_(rows, graft("minus")), w)
        case Ratio():
            y, x = _number(graft("numerator")), _number(graft("denominator"))
            pairs = {"sx": (x, one), "sy": (y, one), "sxx": (x, x), "syy": (y, y), "sxy": (x, y)}
            found |= {name: _total(rows, _times(a, b)) for name, (a, b) in pairs.items()}
        case Mean() if w is not None:
            x = _number(graft("value"))
            found |= _weights(rows, w) | {
                "swx": _total(rows, _times(w, x)),
                "sw2x": _total(rows, _times(_times(w, w), x)),
                "sw2xx": _total(rows, _times(_times(w, x), _times(w, x))),
            }
        case Mean() | Sum():
            x = _number(graft("value"))
            found |= {"sx": _total(rows, x), "sxx": _total(rows, _times(x, x))}
        case Count() | Quantile():
            pass
        case _:
            assert_never(metric)
    return found


def bucket(value: exp.Expr) -> exp.Expr:
    """Give the histogram bucket of a value: a whole number that grows with the value."""
    logarithm = exp.Div(
        this=exp.func("ln", exp.func("abs", _number(value))),
        expression=exp.Literal.number(repr(_LOG_GAMMA)),
        typed=False,
        safe=False,
    )
    size = exp.Add(
        this=exp.cast(exp.func("ceil", logarithm), "bigint"), expression=exp.Literal.number(BUCKET_OFFSET)
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


def _weights(rows: exp.Expr, w: exp.Expr) -> Terms:
    return {"sw": _total(rows, w), "sw2": _total(rows, _times(w, w))}


def _number(value: exp.Expr) -> exp.Expr:
    return exp.cast(value.copy(), "double")


def _times(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    if isinstance(b, exp.Literal):
        return a.copy()
    return exp.Mul(this=a.copy(), expression=b.copy())


def _count(rows: exp.Expr) -> exp.Expr:
    return exp.cast(
        _sum(exp.Case().when(rows.copy(), exp.Literal.number(1)).else_(exp.Literal.number(0))), "bigint"
    )


def _total(rows: exp.Expr, value: exp.Expr) -> exp.Expr:
    return _sum(_when(rows, value.copy(), exp.cast(exp.Literal.number(0), "double", copy=False)))


def _when(rows: exp.Expr, value: exp.Expr, otherwise: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=rows.copy(), true=value)], default=otherwise)


def _sum(value: exp.Expr) -> exp.Expr:
    return exp.Sum(this=value)
