"""How long until it happens, when for some it has not happened yet: Kaplan-Meier, pure numbers in and out.

A row either reached the event after some time or is *censored*: still without it when last looked at. The curve
S(t) is the share not there yet after t. It says nothing beyond the longest time that was watched. Rows are taken
as independent, and those that are still open as no different from the others (censoring without information).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from leadline.metrics.intervals import LEVEL, Array, Interval, normal_quantile

_TIE = 1e-9
"""Two shares this close are equal: products of fractions are not exact."""


class Curve(NamedTuple):
    """A Kaplan-Meier curve: arrays of one length, one entry for each distinct time, times ascending.

    `at_risk` rows not yet there and still watched just before the time, `events` and `censored` at it, `survival`
    the share S(t) not there yet, right after it, `spread` Greenwood's sum of d/(r(r-d)): var log S(t), infinite
    where S(t) is 0. Events and censored rows at one time: the events came first.
    """

    times: Array
    at_risk: Array
    events: Array
    censored: Array
    survival: Array
    spread: Array

    @property
    def n(self) -> int:
        """All rows, censored ones included."""
        return round(float(self.at_risk[0])) if self.times.size else 0

    @property
    def open(self) -> int:
        """Rows that had not reached the event when last looked at."""
        return round(float(self.censored.sum()))

    @property
    def not_reached(self) -> float:
        """Share not there yet at the end of the curve, 0..1; NaN without rows."""
        return float(self.survival[-1]) if self.times.size else float("nan")


def kaplan_meier(times: npt.ArrayLike, events: npt.ArrayLike, censored: npt.ArrayLike) -> Curve:
    """Give the product-limit curve of rows counted by time.

    `times` in any order and any unit, not below 0, may repeat (as when reached rows come by bucket and open rows
    by minute); `events` rows that reached the event at each time, `censored` rows last seen without it at that time.
    S(t) = product over times up to t of 1 - d/r. Source: Kaplan, Meier 1958, JASA 53:457; variance: Greenwood 1926.
    Raises ValueError for times below 0 and for counts that are negative or not finite.
    """
    at, reached, left = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (times, events, censored))
    )
    for numbers in (at, reached, left):
        if not np.isfinite(numbers).all() or (numbers < 0).any():
            raise ValueError("times and counts of rows are finite and not below 0")
    counted = (reached > 0) | (left > 0)
    distinct, where = np.unique(at[counted], return_inverse=True)
    d, c = (
        np.bincount(where, weights=rows[counted], minlength=distinct.size).astype(np.float64)
        for rows in (reached, left)
    )
    r = np.cumsum((d + c)[::-1])[::-1]
    alive = r - d
    with np.errstate(divide="ignore"):
        spread = np.cumsum(np.where(d > 0, d / (r * alive), 0.0))
    survival: Array = np.cumprod(alive / r, dtype=np.float64)
    return Curve(distinct, r, d, c, survival, spread)


def band(curve: Curve, *, level: float = LEVEL) -> Interval:
    """S(t) at each time with its pointwise interval: arrays as long as the curve.

    On the scale log(-log S), by Greenwood: S^exp(+-z sqrt(spread)/log S), which stays within 0..1.
    Source: Kalbfleisch, Prentice 1980, 1.3; Klein, Moeschberger 2003, 4.3. Where nobody got there yet (S = 1) it
    is the exact binomial bound of the rows still watched, (a/2)^(1/r) .. 1; where nobody is left (S = 0), NaN.
    """
    s, z = curve.survival, normal_quantile(level)
    inner = (s > 0) & (s < 1)
    log = np.log(np.where(inner, s, 0.5))
    reach = z * np.sqrt(np.where(inner, curve.spread, 0.0)) / np.abs(log)
    low = np.where(inner, np.exp(log * np.exp(reach)), np.nan)
    high = np.where(inner, np.exp(log * np.exp(-reach)), np.nan)
    whole = s >= 1
    low = np.where(whole, _nobody_yet(curve.at_risk - curve.censored, level), low)
    return Interval(s.copy(), low, np.where(whole, 1.0, high))


def quantile(curve: Curve, q: float = 0.5, *, relative_error: float = 0.0, level: float = LEVEL) -> Interval:
    """Time by which the share `q` of rows is there, with its interval: three numbers as 0-d arrays, in the times' unit.

    The value is the first time with S(t) <= 1-q; NaN says "not reached". The interval holds the times at which the
    pointwise interval of S(t) holds 1-q (Brookmeyer, Crowley 1982, Biometrics 38:29, log-log transformed). An end is
    NaN where the rows do not bound it: a low end with so few rows that even the first event may come after the
    quantile, a high end where the band stays above 1-q as long as rows were watched. `relative_error` is how far a
    time may stand from the rows of its bucket; the ends are moved outward by it. Raises ValueError unless 0 < q < 1.
    """
    if not 0 < q < 1:
        raise ValueError("a quantile lies between 0 and 1")
    target = 1 - q
    found = band(curve, level=level)
    bounded = _nobody_yet(curve.n, level) > target
    low = _first(curve.times, found.low <= target) if bounded else np.nan
    high = _first(curve.times, found.high < target)
    return Interval(
        np.asarray(_first(curve.times, curve.survival <= target + _TIE)),
        np.asarray(low * (1 - relative_error)),
        np.asarray(high * (1 + relative_error)),
    )


def reached_by(curve: Curve, time: float, *, level: float = LEVEL) -> Interval:
    """Share 0..1 there within `time`, with its interval: 0-d arrays. NaN where no row was watched that long.

    1 - S(time) and the ends of `band`. Source: as there.
    """
    index = int(np.searchsorted(curve.times, time * (1 + _TIE), side="right")) - 1
    nothing = np.asarray(np.nan)
    beyond = curve.times.size == 0 or (time > curve.times[-1] and curve.survival[-1] > 0)
    if beyond:
        return Interval(nothing, nothing, nothing)
    if index < 0:
        return Interval(np.asarray(0.0), np.asarray(0.0), np.asarray(1 - _nobody_yet(curve.n, level)))
    s, low, high = (float(a[index]) for a in band(curve, level=level))
    return Interval(np.asarray(1 - s), np.asarray(1 - high), np.asarray(1 - low))


def _nobody_yet(rows: npt.ArrayLike, level: float) -> Array:
    """Exact lower bound of S while none of `rows` got there: (a/2)^(1/rows); 0 without rows."""
    size = np.asarray(rows, dtype=np.float64)
    return np.where(size > 0, ((1 - level) / 2) ** (1 / np.where(size > 0, size, 1.0)), 0.0)


def _first(times: Array, holds: npt.NDArray[np.bool_]) -> float:
    return float(times[int(np.argmax(holds))]) if holds.any() else float("nan")
