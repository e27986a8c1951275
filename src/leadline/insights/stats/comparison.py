"""Two periods of one figure compared, with days as clusters.

The one rule: what happens on one day happens together. Rows of a day are never taken as independent; the spread
between days says how sure a difference is, and a floor keeps a few calm days from looking too sure.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
MINIMUM_DAYS = 4.0
"""Fewer effective days than this in either period, and the two are not compared."""
_CANCELLED = 1e-12
"""A residual sum of squares below this share of its largest term is rounding, not spread."""


class Moments(NamedTuple):
    """Sums over the days of a period, for each day its (y, x): arrays of one shape, one element a comparison.

    `days` counts the days with x != 0; `sy`, `sx` are sums, `syy`, `sxx`, `sxy` sums of squares and products of the
    daily totals. The figure is R = sy / sx, where x is the day's rows (or weights, or denominators).
    """

    days: Array
    sy: Array
    sx: Array
    syy: Array
    sxx: Array
    sxy: Array

    @classmethod
    def of(cls, y: npt.ArrayLike, x: npt.ArrayLike, *, axis: int = 0) -> "Moments":
        """Sum daily totals along `axis`."""
        ys, xs = np.broadcast_arrays(np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
        return cls(
            np.asarray((xs != 0).sum(axis=axis), dtype=np.float64),
            ys.sum(axis=axis),
            xs.sum(axis=axis),
            (ys**2).sum(axis=axis),
            (xs**2).sum(axis=axis),
            (ys * xs).sum(axis=axis),
        )


class Comparison(NamedTuple):
    """A difference of two figures: arrays of one shape; NaN where the two cannot be compared.

    `margin` is half the 95 % interval of the difference, `p` two-sided. `now` and `before` are the plain figures;
    `difference` is theirs for ratios, and that at equal weekdays for totals.
    """

    now: Array
    before: Array
    difference: Array
    error: Array
    df: Array
    p: Array
    margin: Array


def compare(
    now: Moments,
    before: Moments,
    *,
    floors: tuple[npt.ArrayLike, npt.ArrayLike] = (0.0, 0.0),
    widening: npt.ArrayLike = 1.0,
    level: float = 0.95,
) -> Comparison:
    """Compare R = sy/sx of two periods.

    var R = w max(floor, e/(e-w) sum over days (y - R x)^2 / sx^2), with e = sx^2/sxx the effective number of days
    (Kish) and w the `widening` for resemblance of near days (1: none). The t statistic has Satterthwaite's
    df = (V1+V2)^2 / (V1^2/d1 + V2^2/d2), d = (e-w)/sqrt(w). e-w and d are 1 at least.
    Sources: linearised ratio with clusters, Cochran 1977, 9A.1 and Saerndal et al. 1992, 5.6; Satterthwaite 1946,
    Biometrics 2:110. e in place of the number of days is exact for daily variance proportional to x, and careful
    where a few days hold most rows. `floors` are variances of R, now and before, that it cannot be below.
    Measured false-alarm rates: docs/statistics.md. NaN where either period has fewer than MINIMUM_DAYS effective
    days, or where no spread at all was seen.
    """
    wide = np.asarray(widening, dtype=np.float64)
    first, v1, df1 = _ratio(now, floors[0], wide)
    second, v2, df2 = _ratio(before, floors[1], wide)
    total = v1 + v2
    df = _over(total**2, v1**2 / df1 + v2**2 / df2)
    return _tested(_Pair(first, second, first - second), total, df, level)


def compare_totals(
    now: npt.ArrayLike,
    before: npt.ArrayLike,
    weekdays_now: npt.ArrayLike,
    weekdays_before: npt.ArrayLike,
    *,
    floors: tuple[npt.ArrayLike, npt.ArrayLike] = (0.0, 0.0),
    widening: npt.ArrayLike = 1.0,
    level: float = 0.95,
) -> Comparison:
    """Compare the daily means of totals (counts, sums) of two periods at equal weekdays.

    `now` and `before` are days x series, a zero for a day without rows; weekdays are 0..6. Least squares of the
    daily total on the period and the weekday: the difference is the period's coefficient b, var b = w max(s^2
    (Z'Z)^-1, floors), s^2 = RSS / left, left = days - coefficients - 2 (w-1), df = left / sqrt(w); both are 1 at
    least. Without the weekdays a month with five weekends would differ from one with four, and the week's own
    pattern would hide every other change.
    Source: Seber and Lee 2003, Linear Regression Analysis, 3.4 and 9.3 (analysis of covariance). NaN where fewer
    than MINIMUM_DAYS degrees of freedom are left, or no spread was seen.
    """
    ys = np.concatenate([np.asarray(now, dtype=np.float64), np.asarray(before, dtype=np.float64)])
    days = np.concatenate([np.asarray(weekdays_now), np.asarray(weekdays_before)])
    length = len(np.asarray(weekdays_now))
    wide = np.asarray(widening, dtype=np.float64)
    period = (np.arange(len(days)) < length).astype(np.float64)
    design = np.column_stack([period, *(days == kind for kind in np.unique(days))]).astype(np.float64)
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ (design.T @ ys)
    squares = ((ys - design @ coefficients) ** 2).sum(axis=0)
    squares = np.where(squares > _CANCELLED * (ys**2).sum(axis=0), squares, 0.0)
    left = len(days) - int(np.linalg.matrix_rank(design.T @ design))
    both = 0 < length < len(days) and left >= MINIMUM_DAYS
    unit = float(inverse[0, 0])
    floor = np.asarray(floors[0], dtype=np.float64) + np.asarray(floors[1], dtype=np.float64)
    free = np.maximum(left - 2 * (wide - 1), 1.0)
    variance = wide * np.maximum(squares / free * unit if both else np.full(ys.shape[1:], np.nan), floor)
    df = np.maximum(free / np.sqrt(wide), 1.0) + np.zeros_like(variance)
    means = (
        part.mean(axis=0) if len(part) else np.full(ys.shape[1:], np.nan)
        for part in (ys[:length], ys[length:])
    )
    first, second = means
    return _tested(_Pair(first, second, coefficients[0]), variance, df, level)


def binomial_floors(now: tuple[Array, Array], before: tuple[Array, Array]) -> tuple[Array, Array]:
    """Give the variances that two shares cannot be below: independent rows at one common share.

    `now` and `before` are (hits k, rows n). p(1-p)/n with p = (k1+k2+1)/(n1+n2+2), so that no hits at all still
    leave a variance. Weighted shares: hits as share times rows; weights only add variance.
    """
    p = (now[0] + before[0] + 1) / (now[1] + before[1] + 2)
    spread = np.clip(p * (1 - p), 0.0, None)
    return _over(spread, now[1]), _over(spread, before[1])


def poisson_floors(now: npt.ArrayLike, before: npt.ArrayLike) -> tuple[Array, Array]:
    """Give the variances that two mean daily counts (days x series) cannot be below: independent events at one rate.

    m/days with m = (events + 1)/(days of both), the events of a day.
    """
    first, second = np.asarray(now, dtype=np.float64), np.asarray(before, dtype=np.float64)
    rate = (first.sum(axis=0) + second.sum(axis=0) + 1) / max(len(first) + len(second), 1)
    return rate / max(len(first), 1), rate / max(len(second), 1)


def _ratio(moments: Moments, floor: npt.ArrayLike, widening: Array) -> tuple[Array, Array, Array]:
    """Give R, its variance, and the degrees of freedom of that variance; NaN where there are too few days."""
    days, y, x, yy, xx, xy = (np.asarray(m, dtype=np.float64) for m in moments)
    effective = np.minimum(days, _over(x**2, xx))
    enough = (effective >= MINIMUM_DAYS) & (x != 0)
    ratio = np.where(enough, _over(y, x), np.nan)
    r = np.nan_to_num(ratio)
    terms = (yy, 2 * r * xy, r**2 * xx)
    squares = terms[0] - terms[1] + terms[2]
    squares = np.where(squares > _CANCELLED * np.max(np.abs(terms), axis=0), squares, 0.0)
    safe = np.where(enough, effective, 2.0)
    left = np.maximum(safe - widening, 1.0)
    variance = widening * np.maximum(safe / left * _over(squares, x**2), floor)
    df = np.maximum(left / np.sqrt(widening), 1.0)
    return ratio, np.where(enough, variance, np.nan), np.where(enough, df, np.nan)


class _Pair(NamedTuple):
    now: Array
    before: Array
    difference: Array


def _tested(pair: _Pair, variance: Array, df: Array, level: float) -> Comparison:
    usable = np.isfinite(df) & np.isfinite(pair.difference) & (variance > 0)
    error = np.sqrt(np.where(usable, variance, 1.0))
    safe_df = np.where(usable, df, 1.0)
    special = _special()
    p = 2 * special.stdtr(safe_df, -np.abs(np.where(usable, pair.difference, 0.0)) / error)
    margin = special.stdtrit(safe_df, (1 + level) / 2) * error
    return Comparison(*(np.where(usable, part, np.nan) for part in (*pair, error, df, p, margin)))


def _over(y: npt.ArrayLike, x: npt.ArrayLike) -> Array:
    above, below = np.broadcast_arrays(np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
    quotient: Array = np.divide(above, below, out=np.zeros_like(above), where=below != 0)
    return quotient


@cache
def _special() -> Any:
    import scipy.special  # noqa: PLC0415 - a fifth of a second that most commands never need

    return scipy.special
