"""Direct standardisation: what a figure would be if the rows had a declared mix of segments, products or channels.

A standardised figure is the sum over strata of the mix's share times the stratum's own figure. Arrays have strata in
their last axis; `mix` holds one share for each, not below 0, and is divided by its sum over the strata with rows.
What share of the mix that is, `covered` says: below 1, the figure is of another mix than the declared one.
"""

import numpy as np
import numpy.typing as npt

from leadline.metrics.intervals import (
    LEVEL,
    Array,
    Interval,
    adjusted_wald_balance,
    t_quantile,
    wilson,
)


def _numbers(*arguments: npt.ArrayLike) -> list[Array]:
    return list(np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in arguments)))


def covered(n: npt.ArrayLike, mix: npt.ArrayLike) -> Array:
    """Give the share 0..1 of the reference mix whose strata have rows."""
    rows, shares = _numbers(n, mix)
    found: Array = np.where(rows > 0, shares, 0.0).sum(-1) / shares.sum(-1)
    return found


def _weights(n: Array, mix: Array) -> Array:
    inside = np.where(n > 0, mix, 0.0)
    total = inside.sum(-1, keepdims=True)
    weights: Array = np.divide(inside, total, out=np.zeros_like(inside), where=total > 0)
    return weights


def share(k: npt.ArrayLike, n: npt.ArrayLike, mix: npt.ArrayLike, *, level: float = LEVEL) -> Interval:
    """Standardised share D = sum w k/n with the Wilson interval on the n that says as much.

    var D = sum w^2 q(1-q)/n and n_eff = E(1-E)/var D, with q = (k+1)/(n+2) (Laplace) and E = sum w q, so that a stratum
    of few rows that agree is not taken as known. `n` may be fractional (effective). Source: Wilson 1927 on the
    effective n, as for survey estimates by Kish 1965 and Korn, Graubard 1998; one stratum gives Wilson's interval.
    Of the alternatives tried, Yan and Su's stratified Wilson (2010) and squared-and-added Wilson ends (Zou, Donner
    2008) fall to 80 % with many small strata (docs/statistics.md).
    """
    hits, size, w = _numbers(k, n, mix)
    w = _weights(size, w)
    safe = np.where(size > 0, size, 1.0)
    q = (hits + 1) / (safe + 2)
    centre = (w * q).sum(-1)
    n_eff = _ratio(centre * (1 - centre), (w**2 * q * (1 - q) / safe).sum(-1))
    value = (w * hits / safe).sum(-1)
    return wilson(value * n_eff, n_eff, level=level)


def balance(
    plus: npt.ArrayLike, minus: npt.ArrayLike, n: npt.ArrayLike, mix: npt.ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Standardised balance sum w (plus - minus)/n with the adjusted Wald interval on the n that says as much.

    As `share`, with one more row on each of the three sides of a stratum. Source: Rocks 2016 on the effective n.
    """
    ups, downs, size, w = _numbers(plus, minus, n, mix)
    w = _weights(size, w)
    safe = np.where(size > 0, size, 1.0)
    up, down = (ups + 1) / (safe + 3), (downs + 1) / (safe + 3)
    of_one_row = _of_one_row((w * up).sum(-1), (w * down).sum(-1))
    n_eff = _ratio(of_one_row, (w**2 * _of_one_row(up, down) / safe).sum(-1))
    p, d = (w * ups / safe).sum(-1), (w * downs / safe).sum(-1)
    return adjusted_wald_balance(p * n_eff, d * n_eff, n_eff, level=level)


def mean(
    n: npt.ArrayLike, sx: npt.ArrayLike, sxx: npt.ArrayLike, mix: npt.ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Standardised mean sum w sx/n with Welch's interval on moderated variances.

    A stratum's variance is that of its rows with one degree of freedom more, of the variance pooled over strata:
    (n-1 + 1) in all, so that strata of one row, or of equal rows, do not count as known. Sources: Welch 1947 and
    Satterthwaite 1946; moderation as Smyth 2004 (prior of one degree). None without any spread, or if no stratum has
    two rows.
    """
    size, x, xx, w = _numbers(n, sx, sxx, mix)
    w = _weights(size, w)
    safe = np.where(size > 0, size, 1.0)
    squares = np.where(size > 0, xx - x**2 / safe, 0.0)
    squares = np.where(squares > 1e-12 * np.abs(xx), squares, 0.0)
    free = np.maximum(size - 1, 0.0)
    pooled = _ratio(squares.sum(-1), free.sum(-1))[..., None]
    variance = (squares + pooled) / (free + 1) / safe
    return combined(x / safe, variance, free + 1, w, level=level)


def combined(
    values: npt.ArrayLike,
    variances: npt.ArrayLike,
    degrees: npt.ArrayLike,
    mix: npt.ArrayLike,
    *,
    level: float = LEVEL,
) -> Interval:
    """Weighted sum of independent figures, each with its variance on so many degrees of freedom: a t interval.

    D +- t(f) sqrt(sum w^2 v), f = (sum w^2 v)^2 / sum (w^2 v)^2 / degrees. Sources: Satterthwaite 1946, Biometrics
    2:110; Welch 1947. Strata whose value is NaN are left out and the mix is rescaled. None where the variance of a
    stratum that counts is NaN, or where all are 0.
    """
    value, variance, free, shares = _numbers(values, variances, degrees, mix)
    w = _weights(np.where(np.isnan(value), 0.0, 1.0), shares)
    some = w.sum(-1) > 0
    parts = np.where(w > 0, w**2 * variance, 0.0)
    total = parts.sum(-1)
    f = _ratio(total**2, np.where(w > 0, parts**2 / np.where(free > 0, free, 1.0), 0.0).sum(-1))
    centre = np.where(some, np.where(w > 0, w * value, 0.0).sum(-1), np.nan)
    half = np.where(total > 0, t_quantile(f, level) * np.sqrt(np.where(total > 0, total, 0.0)), np.nan)
    return Interval(centre, centre - half, centre + half)


def of_figures(
    figures: Interval, degrees: npt.ArrayLike, mix: npt.ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Weighted sum of figures with symmetric t intervals (ratios): their variances are taken from their ends.

    `figures` has strata in its last axis, `degrees` those of each figure's t. Source: as `combined`.
    """
    error = (figures.high - figures.low) / 2 / t_quantile(degrees, level)
    return combined(figures.value, error**2, degrees, mix, level=level)


def rate(
    events: npt.ArrayLike, exposure: npt.ArrayLike, mix: npt.ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Standardised rate of events per exposure, D = sum w events/exposure, with the gamma interval.

    With v = sum w^2 events/exposure^2 and m the largest w/exposure: gamma quantiles of shape D^2/v, scale v/D below,
    of shape (D+m)^2/(v+m^2), scale (v+m^2)/(D+m) above. Source: Fay, Feuer 1997, Statistics in Medicine 16:791, table
    II. At least nominal in all that is known of it; far above where one stratum has little exposure and much weight.
    """
    counts, size, w = _numbers(events, exposure, mix)
    w = _weights(size, w)
    per = np.where(size > 0, w / np.where(size > 0, size, 1.0), 0.0)
    value, v, most = (per * counts).sum(-1), (per**2 * counts).sum(-1), per.max(-1)
    some = most > 0
    from scipy.special import gammaincinv  # noqa: PLC0415 - as in intervals: most commands never need it

    tail = (1 - level) / 2
    low = np.where(v > 0, gammaincinv(_ratio(value**2, v, 1.0), tail) * _ratio(v, value, 0.0), 0.0)
    above, square = value + most, v + most**2
    high = gammaincinv(_ratio(above**2, square, 1.0), 1 - tail) * _ratio(square, above, 0.0)
    return Interval(*(np.where(some, end, np.nan) for end in (value, low, high)))


def quantile_weights(n: npt.ArrayLike, mix: npt.ArrayLike) -> tuple[Array, Array]:
    """Give each stratum's weight of one row, w/n, and the effective n of all, 1 / sum w^2/n: for a weighted histogram.

    Source: Kish 1965, 11.2, for weights that are equal within strata.
    """
    size, w = _numbers(n, mix)
    w = _weights(size, w)
    per = np.where(size > 0, w / np.where(size > 0, size, 1.0), 0.0)
    return per, _ratio(np.ones(size.shape[:-1]), (per * w).sum(-1), 0.0)


def design_effect(n: npt.ArrayLike, mix: npt.ArrayLike) -> Array:
    """Give how many times as many rows the mix costs: n / n_eff, at least 1 (Kish 1965, 11.7)."""
    size, _ = _numbers(n, mix)
    return _ratio(size.sum(-1), quantile_weights(n, mix)[1])


def _of_one_row(up: Array, down: Array) -> Array:
    return up + down - (up - down) ** 2


def _ratio(above: Array, below: Array, otherwise: float = np.nan) -> Array:
    return np.divide(
        above, below, out=np.full_like(np.asarray(below, dtype=np.float64), otherwise), where=below > 0
    )
