"""How much more a period's figure varies because one day resembles the next.

The one rule: days are not independent just because they are days. What the series' own history shows of resemblance
between near days widens every comparison; it never narrows one.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
LAGS = 7
"""Resemblance is followed over this many days; slower movement than that is change, and is reported as such."""
BLOCK = 28
"""Days whose own level is taken out before looking at resemblance: whole weeks, long against LAGS."""
MINIMUM_DAYS = 56
"""Fewer active days than this say too little about resemblance; the widening is then 1."""
_CALM = 2.5
"""Residuals beyond so many robust standard deviations are drawn in, so that one event is not taken for habit."""


def widening(y: npt.ArrayLike, x: npt.ArrayLike, *, weekly: bool = False) -> Array:
    """Give the factor, at least 1, by which resemblance of near days widens the variance of sum y / sum x.

    `y` and `x` are totals of consecutive days, days x series; days with x = 0 are left out. Residuals e = y - R x are
    taken within blocks of 28 days, each block with its own R (`weekly`: each weekday of a block), divided by sqrt(x)
    to be of like size, and drawn in at 2.5 robust standard deviations. With r_k their correlation at lag k, the factor
    is 1 + 2 sum_{k=1..7} (1 - k/8) r_k (Bartlett weights), divided by what taking out the levels leaves of it where
    days are independent. A change of level inside a block, or an event of some days, counts as a few days of 2.5
    deviations: measured, it widens a year's series by a factor of at most 2 to 4.
    Source: Newey and West 1987, Econometrica 55:703, for the weights; Kendall 1954, Biometrika 41:403, for the bias.
    """
    ys, xs = np.broadcast_arrays(np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
    active = xs != 0
    enough = active.sum(axis=0) >= MINIMUM_DAYS
    if not enough.any():
        return np.ones(ys.shape[1:])
    root, step = np.sqrt(np.abs(xs)), 7 if weekly else 1
    residual = _over(_centred(ys, xs, step), root)
    spread = 1.4826 * np.nanmedian(np.where(active | ~enough, np.abs(residual), np.nan), axis=0)
    limit = np.where(spread > 0, _CALM * spread, np.inf)
    residual = _over(_centred(np.clip(residual, -limit, limit) * root, xs, step), root)
    square = (residual**2).sum(axis=0) / np.maximum(active.sum(axis=0), 1)
    factor = np.ones(ys.shape[1:])
    for lag in range(1, LAGS + 1):
        pairs = np.maximum((active[lag:] & active[:-lag]).sum(axis=0), 1)
        product = (residual[lag:] * residual[:-lag]).sum(axis=0) / pairs
        factor += 2 * (1 - lag / (LAGS + 1)) * _over(product, square)
    left = 1 - 2 / (LAGS + 1) / 3 if weekly else 1 - LAGS / BLOCK
    return np.where(enough & (square > 0), np.maximum(factor / left, 1.0), 1.0)


def _centred(y: Array, x: Array, step: int) -> Array:
    """Take y - R x in every block of 28 days, R for each `step`-th day of it; the last block takes in what is over."""
    residual = np.empty(y.shape)
    last = max(len(y) // BLOCK - 1, 0) * BLOCK
    blocks = (-1, BLOCK // step, step, *y.shape[1:])
    ys, xs = y[:last].reshape(blocks), x[:last].reshape(blocks)
    level = _over(ys.sum(axis=1, keepdims=True), xs.sum(axis=1, keepdims=True))
    residual[:last] = (ys - level * xs).reshape(last, *y.shape[1:])
    for rows in (slice(last + k, None, step) for k in range(step)):
        residual[rows] = y[rows] - _over(y[rows].sum(axis=0), x[rows].sum(axis=0)) * x[rows]
    return residual


def _over(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0)
