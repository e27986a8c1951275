"""Figures with their 95 % intervals, from sufficient statistics: pure numbers in, pure numbers out.

The one rule: everything is in natural scale (a share 0..1, a balance -1..1, else raw); a caller who shows
percent or points multiplies with `Interval.times`. NaN is "there is none": a value without rows, an end that
the rows cannot bear. Arguments are numbers or arrays that broadcast; results are float arrays of the
broadcast shape. Rows are taken as independent. Measured coverage of every method, shortfalls included:
docs/statistics.md.
"""

from functools import cache
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from leadline.metrics import skewness

Array = npt.NDArray[np.float64]
LEVEL = 0.95
_CANCELLED = 1e-12
"""A residual sum of squares below this share of its largest term is rounding, not spread."""


class Interval(NamedTuple):
    """A value with the ends of its interval: float arrays of one shape, NaN where there is none."""

    value: Array
    low: Array
    high: Array

    def times(self, factor: float) -> "Interval":
        """Give it in another scale: 100 for percent and points. Ends stay in order for a negative factor."""
        low, high = (self.low, self.high) if factor >= 0 else (self.high, self.low)
        return Interval(self.value * factor, low * factor, high * factor)


class Ranks(NamedTuple):
    """1-based ranks of order statistics: `lower` is 0 and `upper` is n + 1 where no row bounds that side."""

    lower: npt.NDArray[np.int64]
    point: npt.NDArray[np.int64]
    upper: npt.NDArray[np.int64]

    def at(self, place: int) -> "Ranks":
        """Give the ranks of one of several."""
        return Ranks(*(ranks[place] for ranks in self))


@cache
def _special() -> Any:
    import scipy.special  # noqa: PLC0415 - a fifth of a second that most commands never need

    return scipy.special


def _floats(*numbers: npt.ArrayLike) -> list[Array]:
    return list(np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in numbers)))


def normal_quantile(level: float = LEVEL) -> float:
    """Give the two-sided standard normal quantile: 1.96 for 95 %."""
    return NormalDist().inv_cdf((1 + level) / 2)


def t_quantile(df: npt.ArrayLike, level: float = LEVEL) -> Array:
    """Give the two-sided Student t quantile for `df` > 0 degrees of freedom, else NaN."""
    (degrees,) = _floats(df)
    safe = np.where(degrees > 0, degrees, 1.0)
    return np.where(degrees > 0, _special().stdtrit(safe, (1 + level) / 2), np.nan)


def n_effective(sw: npt.ArrayLike, sww: npt.ArrayLike) -> Array:
    """Give Kish's effective sample size (sum w)^2 / sum w^2; 0 without weight.

    Source: Kish 1965, Survey Sampling, 11.2; CONVENTIONS B.1, B.10 (weights 1, 1, 2, 0.5 give 3.24).
    """
    total, squares = _floats(sw, sww)
    return np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)


def wilson(k: npt.ArrayLike, n: npt.ArrayLike, *, level: float = LEVEL) -> Interval:
    """Share k/n with the Wilson score interval.

    (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), p = k/n.
    Source: Wilson 1927, JASA 22:209; CONVENTIONS B.2 (960/1200: 77.64..82.17 %). Closed under k -> n-k.
    Coverage: 95 % on average over p; a single p near 0 or 1 can dip (to about 84 % where n p is near 0.2).
    `n` may be fractional (effective).
    """
    hits, size = _floats(k, n)
    some = size > 0
    safe = np.where(some, size, 1.0)
    p = np.where(some, hits / safe, np.nan)
    z2 = normal_quantile(level) ** 2
    centre = (p + z2 / (2 * safe)) / (1 + z2 / safe)
    half = np.sqrt(z2) * np.sqrt(np.maximum(p * (1 - p), 0.0) / safe + z2 / (4 * safe**2)) / (1 + z2 / safe)
    low = np.where(p <= 0, 0.0, np.clip(centre - half, 0.0, 1.0))
    high = np.where(p >= 1, 1.0, np.clip(centre + half, 0.0, 1.0))
    return Interval(p, np.where(some, low, np.nan), np.where(some, high, np.nan))


def wilson_weighted(
    swk: npt.ArrayLike, sw: npt.ArrayLike, sww: npt.ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Weighted share sum(w k)/sum(w) with the Wilson interval at Kish's effective n.

    `swk` sum of weights of the rows that count, `sw` of all rows, `sww` sum of squared weights.
    Source: CONVENTIONS B.1. Assumes weights unrelated to the answer within the figure; see
    docs/statistics.md.
    """
    hits, total = _floats(swk, sw)
    size = n_effective(sw, sww)
    p = np.divide(hits, total, out=np.zeros_like(hits), where=total > 0)
    return wilson(p * size, size, level=level)


def adjusted_wald_balance(
    plus: npt.ArrayLike, minus: npt.ArrayLike, n: npt.ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Balance (plus - minus)/n, such as NPS, with Rocks' adjusted Wald interval.

    The value is the plain balance. The interval is centred on the adjusted one: n' = n+3, P' =
    (plus+0.75)/n', D' = (minus+0.75)/n', (P'-D') +- z sqrt((P'+D'-(P'-D')^2)/n'), kept within -1..1 and
    stretched to hold the plain value (needed only for the smallest n, where all answers agree).
    Source: Rocks 2016, JUS 11(2):52; CONVENTIONS B.1 (n=100, P=50, D=20: 30.0, 14.05..44.20).
    """
    ups, downs, size = _floats(plus, minus, n)
    some = size > 0
    value = np.divide(ups - downs, size, out=np.full_like(size, np.nan), where=some)
    more = size + 3
    up, down = (ups + 0.75) / more, (downs + 0.75) / more
    centre = up - down
    half = normal_quantile(level) * np.sqrt(np.maximum(up + down - centre**2, 0.0) / more)
    low = np.minimum(np.clip(centre - half, -1.0, 1.0), value)
    high = np.maximum(np.clip(centre + half, -1.0, 1.0), value)
    return Interval(value, np.where(some, low, np.nan), np.where(some, high, np.nan))


def adjusted_wald_balance_weighted(
    sw_plus: npt.ArrayLike,
    sw_minus: npt.ArrayLike,
    sw: npt.ArrayLike,
    sww: npt.ArrayLike,
    *,
    level: float = LEVEL,
) -> Interval:
    """Weighted balance with the adjusted Wald interval at Kish's effective n (CONVENTIONS B.1)."""
    ups, downs, total = _floats(sw_plus, sw_minus, sw)
    size = n_effective(sw, sww)
    share = np.divide(size, total, out=np.zeros_like(total), where=total > 0)
    return adjusted_wald_balance(ups * share, downs * share, size, level=level)


def delta_ratio(
    n: npt.ArrayLike,
    *,
    sx: npt.ArrayLike,
    sy: npt.ArrayLike,
    sxx: npt.ArrayLike,
    syy: npt.ArrayLike,
    sxy: npt.ArrayLike,
    positive: bool = False,
    level: float = LEVEL,
) -> Interval:
    """Ratio of sums R = sum y / sum x over n rows, by the delta method.

    var R = e/(e-1) * (syy - 2 R sxy + R^2 sxx) / sx^2; R +- t(e-1) sqrt(var R), e = sx^2/sxx the effective number of
    rows: n for equal denominators, smaller where a few hold most of them (n falls 1 to 3 points shorter of coverage).
    Source: Cochran 1977, Sampling Techniques, 6.2-6.4 (linearised ratio estimator, no finite correction); e for n as
    Kish 1965, 11.2.
    Weighted rows: give the sums of w x and w y and their squares and products; the same formula holds.
    No value when sum x is 0. No interval when n < 2; when all rows have one ratio (no spread was seen, and
    nothing honest follows from that without a model); or when the denominator itself cannot be told from 0 at
    this level (t^2 var(mean x) >= (mean x)^2, Fieller 1954), where a ratio has no bounded interval; that is
    not asked of `positive` denominators, which are numbers of rows or sums of weights.
    """
    size, x, y, xx, yy, xy = _floats(n, sx, sy, sxx, syy, sxy)
    e = n_effective(x, xx)
    safe_x = np.where(x != 0, x, 1.0)
    ratio = np.where((x != 0) & (size > 0), y / safe_x, np.nan)
    r = np.nan_to_num(ratio)
    squares = _residual(yy, 2 * r * xy, r**2 * xx)
    t = t_quantile(e - 1, level)
    unbias = np.divide(e, e - 1, out=np.full_like(e, np.nan), where=e > 1 + _CANCELLED)
    half = t * np.sqrt(unbias * squares) / np.abs(safe_x)
    spread_x = np.maximum(xx - x**2 / np.where(size > 0, size, 1.0), 0.0)
    rows = np.divide(size, size - 1, out=np.full_like(size, np.nan), where=size > 1)
    vague = (not positive) & (t_quantile(size - 1, level) ** 2 * rows * spread_x >= x**2)
    none = (size < 2) | (e <= 1) | (squares <= 0) | (x == 0) | vague
    return _around(ratio, half, none=none)


def mean(
    n: npt.ArrayLike,
    sx: npt.ArrayLike,
    sxx: npt.ArrayLike,
    sxxx: npt.ArrayLike | None = None,
    *,
    level: float = LEVEL,
) -> Interval:
    """Mean of n rows from the sums of their first three powers, with the t interval, or, with the third, Hall's.

    mean +- t(n-1) s/sqrt(n), s^2 = (sxx - sx^2/n) / (n-1). From four rows on, skewness moves the ends: mean - s/sqrt(n)
    G(+-t), G(t) = 3/a ((1 + a (t - a/6))^(1/3) - 1), a = g/sqrt(n), g the sample skewness of rows. No interval when n <
    2 or all rows are equal.
    Sources: Student 1908; Hall 1992, JRSS B 54:221 (t in place of z); g: Joanes, Gill 1998, The Statistician 47:183
    (G1). Coverage still falls short for strongly skewed rows at small n (docs/statistics.md).
    """
    size, x, xx = _floats(n, sx, sxx)
    found = delta_ratio(size, sx=size, sy=x, sxx=size, syy=xx, sxy=x, level=level)
    if sxxx is None:
        return found
    a = skewness.of_mean(size, x, xx, np.asarray(sxxx, dtype=np.float64))
    t = t_quantile(size - 1, level)
    deviation = (found.high - found.value) / t
    return Interval(
        found.value,
        found.value - deviation * skewness.bent(a, t),
        found.value - deviation * skewness.bent(a, -t),
    )


def weighted_mean(
    sw: npt.ArrayLike,
    sww: npt.ArrayLike,
    swx: npt.ArrayLike,
    swwx: npt.ArrayLike,
    swwxx: npt.ArrayLike,
    *,
    level: float = LEVEL,
) -> Interval:
    """Weighted mean M = sum w x / sum w with its linearised (Hajek) variance.

    var M = e/(e-1) * sum w^2 (x-M)^2 / (sum w)^2, e = (sum w)^2 / sum w^2; M +- t(e-1) sqrt(var M).
    Arguments: sum w, sum w^2, sum w x, sum w^2 x, sum w^2 x^2.
    Source: Saerndal, Swensson, Wretman 1992, 5.7 (Hajek mean); e/(e-1) in place of n/(n-1) removes the bias
    that one heavy row brings, and is equal to it for equal weights. No interval when e <= 1 or no spread was
    seen.
    """
    w, ww, wx, wwx, wwxx = _floats(sw, sww, swx, swwx, swwxx)
    size = n_effective(w, ww)
    safe = np.where(w > 0, w, 1.0)
    value = np.where(w > 0, wx / safe, np.nan)
    m = np.nan_to_num(value)
    squares = _residual(wwxx, 2 * m * wwx, m**2 * ww)
    enough = size > 1 + 1e-9
    unbias = np.divide(size, size - 1, out=np.full_like(size, np.nan), where=enough)
    half = t_quantile(np.where(enough, size - 1, np.nan), level) * np.sqrt(unbias * squares) / safe
    return _around(value, half, none=~enough | (squares <= 0) | (w <= 0))


def poisson_count(n: npt.ArrayLike, *, level: float = LEVEL) -> Interval:
    """Count n as a Poisson figure with Garwood's exact interval for its mean.

    chi2(a/2; 2n)/2 .. chi2(1-a/2; 2n+2)/2. Source: Garwood 1936, Biometrika 28:437 (n=10: 4.795..18.39).
    Coverage is at least nominal if events are independent; counts that cluster in days vary more than this.
    """
    (count,) = _floats(n)
    special = _special()
    tail = (1 - level) / 2
    low = np.where(count > 0, special.gammaincinv(np.where(count > 0, count, 1.0), tail), 0.0)
    return Interval(count.copy(), low, special.gammaincinv(count + 1, 1 - tail))


def compound_poisson_sum(
    sx: npt.ArrayLike, sxx: npt.ArrayLike, sxxx: npt.ArrayLike | None = None, *, level: float = LEVEL
) -> Interval:
    """Sum over a random number of rows (revenue, minutes): compound Poisson.

    S +- z sqrt(sum x^2): the number of rows is Poisson, so var S = lambda E[x^2], estimated by sum x^2. With cubes,
    their skewness moves the ends by Hall's transformation, as of a mean, with a = sum x^3 / (sum x^2)^(3/2). The end
    away from 0 is at least that of Garwood's interval for k = S^2/sum x^2 events of size S/k each (none if k < 1: then
    rows have both signs). Sources: Ross, Introduction to Probability Models, 5.4.2; Hall 1992, JRSS B 54:221; Dobson,
    Kuulasmaa, Eberle, Scherer 1991, Statistics in Medicine 10:457, with the gamma scale of Fay, Feuer 1997. No interval
    without rows (sum x^2 = 0). Coverage falls short for heavy-tailed rows (docs/statistics.md). Weighted rows: give w x
    for x.
    """
    total, squares = _floats(sx, sxx)
    deviation, z = np.sqrt(np.maximum(squares, 0.0)), normal_quantile(level)
    events = n_effective(total, squares)
    each = np.divide(squares, total, out=np.zeros_like(total), where=events >= 1)
    far = each * _special().gammaincinv(np.maximum(events, 1.0) + 1, (1 + level) / 2)
    value, low, high = _around(total, z * deviation, none=squares <= 0)
    if sxxx is not None:
        some = squares > 0
        a = np.divide(np.asarray(sxxx, dtype=np.float64), deviation**3, out=np.zeros_like(total), where=some)
        sure = np.where(some, z, np.nan)
        low, high = total - deviation * skewness.bent(a, sure), total - deviation * skewness.bent(a, -sure)
    return Interval(
        value,
        np.where(total < 0, np.minimum(low, far), low),
        np.where(total > 0, np.maximum(high, far), high),
    )


def quantile_order_statistics(n: npt.ArrayLike, q: float, *, level: float = LEVEL) -> Ranks:
    """Ranks of the rows that are the q-quantile and the ends of its exact distribution-free interval.

    With B ~ Binomial(n, q): lower = largest r with P(B <= r-1) <= a/2, upper = smallest s with P(B >= s) <=
    a/2; point = ceil(n q). Coverage is at least nominal for any continuous distribution, and for ties.
    Source: Conover 1999, Practical Nonparametric Statistics, 3.2. lower = 0 or upper = n+1: no row bounds
    that side. `n` is rounded down; n = 0 gives point 0.
    """
    size = np.floor(_floats(n)[0])
    tail = (1 - level) / 2
    lower = _binomial_quantile(tail, size, q)
    upper = _binomial_quantile(1 - tail, size, q) + 1
    point = np.clip(np.ceil(size * q - 1e-9), np.minimum(size, 1), size)
    return Ranks(lower.astype(np.int64), point.astype(np.int64), upper.astype(np.int64))


def quantile_from_buckets(
    values: npt.ArrayLike,
    counts: npt.ArrayLike,
    q: float,
    *,
    n_eff: float | None = None,
    relative_error: float = 0.0,
    level: float = LEVEL,
    ranks: Ranks | None = None,
) -> Interval:
    """The q-quantile of a histogram with its order-statistics interval: three numbers as 0-d arrays.

    `values` ascending, one for each bucket, and `counts` its rows (or weight). `relative_error` is how far a
    value may stand from the rows of its bucket: the ends are moved outward by it, so that coverage stays at
    least nominal. With weights, `n_eff` is Kish's effective n: ranks are taken among n_eff rows and found on
    the weighted cumulative distribution (Woodruff 1952, JASA 47:635). An end that no row bounds is NaN. `ranks` may
    be given where those of many histograms were worked out at once.
    """
    points, rows = _floats(values, counts)
    running = np.cumsum(rows)
    total = float(running[-1]) if running.size else 0.0
    if total <= 0:
        nothing = np.asarray(np.nan)
        return Interval(nothing, nothing, nothing)
    size = total if n_eff is None else n_eff
    whole = float(np.floor(size + 1e-9))
    if ranks is None:
        ranks = quantile_order_statistics(whole, q, level=level)
    step = total / max(whole, 1.0)

    def at(target: float) -> float:
        found = int(np.searchsorted(running, target - 1e-9 * total, side="left"))
        return float(points[min(found, points.size - 1)])

    lower, upper = int(ranks.lower), int(ranks.upper)
    low = at((lower - 0.5) * step) if lower >= 1 else np.nan
    high = at(upper * step) if upper <= whole else np.nan
    return Interval(
        np.asarray(at(q * total)),
        np.asarray(low - relative_error * abs(low)),
        np.asarray(high + relative_error * abs(high)),
    )


def _binomial_quantile(p: float, n: Array, q: float) -> Array:
    """Smallest k with P(Binomial(n, q) <= k) >= p, corrected for the rounding of the continuous inverse."""
    special = _special()
    safe = np.maximum(n, 1.0)
    k = np.clip(np.ceil(special.bdtrik(p, safe, q)), 0.0, safe)
    lower = np.maximum(k - 1, 0.0)
    k = np.where((k > 0) & (special.bdtr(lower, safe.astype(np.int64), q) >= p), lower, k)
    return np.where(n > 0, k, 0.0)


def _residual(square: Array, cross: Array, own: Array) -> Array:
    """Sum of squared residuals `square - cross + own`, 0 where it is only rounding."""
    squares = square - cross + own
    floor = _CANCELLED * np.maximum(np.maximum(np.abs(square), np.abs(cross)), np.abs(own))
    return np.where(squares > floor, squares, 0.0)


def _around(value: Array, half: Array, *, none: npt.NDArray[np.bool_]) -> Interval:
    absent = none | np.isnan(value)
    return Interval(value, np.where(absent, np.nan, value - half), np.where(absent, np.nan, value + half))
