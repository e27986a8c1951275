"""How skewed rows bend the interval of their mean or sum: Hall's transformation of the studentised figure.

The rare large row of a right-skewed sample was mostly not seen yet, so the truth lies farther above the mean than below
it. T = (mean - truth) / standard error has the distribution of t once it is transformed by

    G(T) = T + a T^2/3 + a^2 T^3/27 + a/6,    a = skewness / sqrt(n).

Source: Hall 1992, On the removal of skewness by transformation, JRSS B 54:221. Measured: docs/statistics.md.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FROM = 4
"""So few rows at least; fewer say nothing of their skewness."""
_FLAT = 1e-7
"""Skewness that moves no end by a visible digit; below, the inverse is all rounding."""
_CANCELLED = 1e-12
"""A central sum below this share of its largest term is rounding."""


def of_mean(n: Array, sx: Array, sxx: Array, sxxx: Array) -> Array:
    """Give the skewness of a mean, g/sqrt(n), from the sums of its rows' powers; 0 for fewer than four rows.

    g is the sample skewness G1 of Joanes, Gill 1998, The Statistician 47:183 (scipy.stats.skew, bias=False).
    """
    enough = n >= FROM
    size = np.where(enough, n, float(FROM))
    m = np.where(enough, sx, 0.0) / size
    squares = _central(sxx, -m * sx)
    cubes = _central(sxxx, -3 * m * sxx, 3 * m**2 * sx, -(m**3) * size)
    known = enough & (squares > 0)
    per = np.divide(cubes, np.where(known, squares, 1.0) ** 1.5)
    found: Array = np.where(known, per * np.sqrt(size * (size - 1)) / (size - 2), 0.0)
    return found


def bent(a: Array, t: Array) -> Array:
    """Give T such that G(T) = t, for skewness `a` of the figure: t itself where there is none; grows with t."""
    flat = np.abs(a) < _FLAT
    safe = np.where(flat, 1.0, a)
    found: Array = np.where(flat, t, 3 / safe * (np.cbrt(1 + safe * (t - safe / 6)) - 1))
    return found


def _central(*parts: Array) -> Array:
    total = np.sum(parts, axis=0)
    largest = np.max(np.abs(parts), axis=0)
    found: Array = np.where(np.abs(total) > _CANCELLED * largest, total, 0.0)
    return found
