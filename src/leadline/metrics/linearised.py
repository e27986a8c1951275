"""How much a figure varies, from its sums: each term is a sum over rows, and a figure is a smooth function of a few.

The variance of a figure f(s) of sums s over a random number of rows is g' C g, with g the slope of f in each sum and
C the sums of products of what rows add to them (delta method for compound Poisson sums; Saerndal, Swensson, Wretman
1992, 5.5). For ratios it equals the usual linearised variance, since g' s = 0.
"""

from collections.abc import Mapping

from leadline.catalog.definitions import Balance, Conversion, Count, Mean, Ratio, RowMetrics, Share, Sum
from leadline.metrics.estimate import scale
from leadline.metrics.terms import basics

Sums = Mapping[str, float]


def slopes(metric: RowMetrics, sums: Sums) -> dict[str, float]:
    """Give the slope of a figure (as shown) in each of its basic terms; none where it has no value."""
    factor = scale(metric)
    match metric:
        case Sum() | Count():
            return {basics(metric)[0]: factor}
        case Share() | Conversion() | Mean():
            size, total = basics(metric)
            return _quotient({total: 1.0}, size, sums, factor)
        case Ratio():
            return _quotient({"sy": 1.0}, "sx", sums, factor)
        case Balance():
            size, up, down = basics(metric)
            return _quotient({up: 1.0, down: -1.0}, size, sums, factor)
        case _:
            return {}


def _quotient(above: Mapping[str, float], below: str, sums: Sums, factor: float) -> dict[str, float]:
    size = sums[below]
    if size == 0:
        return {}
    value = sum(sign * sums[name] for name, sign in above.items()) / size
    return {**{name: factor * sign / size for name, sign in above.items()}, below: -factor * value / size}


def products(metric: RowMetrics, sums: Sums) -> dict[tuple[str, str], float]:
    """Give the sums over rows of products of a metric's own basic terms; a pair stands there once."""
    weighted = metric.weight is not None
    s = sums
    match metric:
        case Share() if weighted:
            return {("sw", "sw"): s["sw2"], ("sw", "swk"): s["sw2k"], ("swk", "swk"): s["sw2k"]}
        case Share() | Conversion():
            return {("n", "n"): s["n"], ("n", "k"): s["k"], ("k", "k"): s["k"]}
        case Balance():
            n, up, down = basics(metric)
            two = {n: "sw2", up: "sw2p", down: "sw2m"} if weighted else {name: name for name in (n, up, down)}
            return {
                (n, n): s[two[n]], (up, up): s[two[up]], (down, down): s[two[down]], (n, up): s[two[up]],
                (n, down): s[two[down]],
            }  # fmt: skip
        case Ratio():
            return {("sx", "sx"): s["sxx"], ("sy", "sy"): s["syy"], ("sx", "sy"): s["sxy"]}
        case Mean() if weighted:
            return {("sw", "sw"): s["sw2"], ("sw", "swx"): s["sw2x"], ("swx", "swx"): s["sw2xx"]}
        case Mean():
            return {("n", "n"): s["n"], ("n", "sx"): s["sx"], ("sx", "sx"): s["sxx"]}
        case Sum():
            return {("sx", "sx"): s["sxx"]}
        case Count():
            return {("n", "n"): s["n"]}
        case _:
            return {}


def variance(metric: RowMetrics, sums: Sums) -> float | None:
    """Give the variance of a figure as shown; None where its sums do not tell."""
    slope = slopes(metric, sums)
    if not slope:
        return None
    total = 0.0
    for (a, b), product in products(metric, sums).items():
        total += (1 if a == b else 2) * slope.get(a, 0.0) * slope.get(b, 0.0) * product
    return max(total, 0.0)


def covariance(
    one: Mapping[str, float], other: Mapping[str, float], crossed: Mapping[tuple[str, str], float]
) -> float:
    """Give the covariance of two figures from their slopes and the sums of products of their terms."""
    return sum(one.get(a, 0.0) * other.get(b, 0.0) * product for (a, b), product in crossed.items())
