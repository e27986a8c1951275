"""Raking: weights under which the rows have the margins they should have, by iterative proportional fitting.

Rows are given as cells: each combination of categories that occurs, with its number of rows (or base weight). All
rows of a cell get one weight; weights are scaled to a mean of 1 over rows. What a margin's target asks for and no row
can give is refused, never skipped.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from leadline.metrics.intervals import (
    LEVEL,
    Array,
    Interval,
    n_effective,
    normal_quantile,
    t_quantile,
    wilson,
)

Codes = npt.NDArray[np.int64]
TOLERANCE = 1e-9
"""How far a margin's share may be from its target when fitting ends."""
ROUNDS = 1_000
_FAR = 1e9
"""A factor beyond this is not on its way to a solution; it must not overflow."""


class RakingError(ValueError):
    """Margins that the rows cannot be given: says why, and which margin and category (positions) if it is one."""

    def __init__(self, reason: str, margin: int | None = None, category: int | None = None) -> None:
        super().__init__(reason)
        self.margin, self.category = margin, category


class Raked(NamedTuple):
    """Weights of the rows of each cell, mean 1 over rows, and what they cost.

    `effective` is Kish's n_eff, `efficiency` n_eff / n in 0..1, `design_effect` its inverse. `clipped` is the share
    of rows whose weight stands at a bound.
    """

    weights: Array
    rounds: int
    effective: float
    efficiency: float
    design_effect: float
    clipped: float


def rake(
    codes: npt.ArrayLike,
    rows: npt.ArrayLike,
    targets: Sequence[npt.ArrayLike],
    *,
    bounds: tuple[float, float] | None = None,
) -> Raked:
    """Give the weights whose margins are the targets.

    `codes` cells x margins: the category of each cell in each margin, counted from 0. `rows` one number for each
    cell. `targets` one array for each margin: a share for each category, divided by their sum. `bounds`, of the
    weight relative to the mean: the weights are then the product of factors, held within them. Raises RakingError for a
    category with a target and no rows, rows without a target, or margins that no weights (within bounds) fulfil.
    Sources: Deming, Stephan 1940, Ann. Math. Stat. 11:427; bounds: Deville, Saerndal 1992, JASA 87:376, case 7 with
    the multiplicative distance.
    """
    cells, size = np.asarray(codes, dtype=np.int64), np.asarray(rows, dtype=np.float64)
    wanted = [_shares(np.asarray(t, dtype=np.float64)) for t in targets]
    _check(cells, size, wanted)
    free, n = np.ones_like(size), float(size.sum())
    for done in range(1, ROUNDS + 1):
        for margin, target in enumerate(wanted):
            own = cells[:, margin]
            if bounds is None:
                has = np.bincount(own, weights=free * size, minlength=target.size) / n
                factors = np.divide(target, has, out=np.zeros_like(target), where=has > 0)
            else:
                factors = _bounded_factors(free, own, size / n, target, bounds)
            free = np.clip(free * factors[own], 1 / _FAR, _FAR)
        weights = free if bounds is None else np.clip(free, *bounds)
        if _error(cells, weights * size / n, wanted) <= TOLERANCE:
            return _found(weights, size, done, bounds)
    bound = "" if bounds is None else f" with weights between {bounds[0]:g} and {bounds[1]:g}"
    raise RakingError(f"no weights fulfil all margins at once{bound}")


def efficiency(weights: npt.ArrayLike) -> tuple[float, float]:
    """Give Kish's effective n of rows with these weights, and its share of n (1, 1, 2, 0.5: 3.24 and 0.81)."""
    w = np.asarray(weights, dtype=np.float64)
    effective = float(n_effective(w.sum(), (w**2).sum()))
    return effective, effective / w.size


def _shares(target: Array) -> Array:
    if not np.isfinite(target).all() or (target < 0).any() or not target.sum() > 0:
        raise ValueError("targets are shares, not below 0")
    shares: Array = target / target.sum()
    return shares


def _check(cells: Codes, size: Array, targets: list[Array]) -> None:
    if cells.ndim != 2 or cells.shape != (size.size, len(targets)) or not targets:
        raise ValueError(
            "codes are cells x margins, with one number of rows for each cell and one target each margin"
        )
    if not (size > 0).all():
        raise ValueError("a cell has rows")
    for margin, target in enumerate(targets):
        has = np.bincount(cells[:, margin], weights=size, minlength=target.size)
        for category in range(has.size):
            asked = category < target.size and target[category] > 0
            if asked and not has[category]:
                raise RakingError("no rows for a category that has a target", margin, category)
            if has[category] and not asked:
                raise RakingError("rows of a category without a target", margin, category)


def _bounded_factors(
    free: Array, own: Codes, shares: Array, target: Array, bounds: tuple[float, float]
) -> Array:
    """Give each category's factor under which its weights, held within bounds, have the target; by halving."""
    low, high = np.full(target.size, -40.0), np.full(target.size, 40.0)
    for _ in range(70):
        middle = (low + high) / 2
        held = np.clip(free * np.exp(middle)[own], *bounds)
        too_much = np.bincount(own, weights=held * shares, minlength=target.size) > target
        low, high = np.where(too_much, low, middle), np.where(too_much, middle, high)
    factors: Array = np.exp((low + high) / 2)
    return factors


def _error(cells: Codes, shares: Array, targets: list[Array]) -> float:
    return max(
        float(np.abs(np.bincount(cells[:, m], weights=shares, minlength=t.size) - t).max())
        for m, t in enumerate(targets)
    )


def _found(weights: Array, size: Array, rounds: int, bounds: tuple[float, float] | None) -> Raked:
    n = float(size.sum())
    effective = float(n_effective((weights * size).sum(), (weights**2 * size).sum()))
    at_bound = np.isin(weights, bounds) if bounds is not None else np.zeros(weights.shape, dtype=bool)
    return Raked(weights, rounds, effective, effective / n, n / effective, float(size[at_bound].sum()) / n)


def mean(
    weights: npt.ArrayLike,
    codes: npt.ArrayLike,
    n: npt.ArrayLike,
    sx: npt.ArrayLike,
    sxx: npt.ArrayLike,
    *,
    level: float = LEVEL,
) -> Interval:
    """Raked mean sum w x / sum w with the interval that knows of the margins: 0-d arrays.

    `weights` and `codes` as of `rake`; `n`, `sx`, `sxx` rows, sum and sum of squares of each cell. M +- t(f) sqrt(n /
    (n - p) sum w^2 e^2) / sum w, e the residuals of the weighted regression of x on the margins' categories (p free
    ones), f = n_eff - p. Source: Deville, Saerndal, Sautory 1993, JASA 88:1013, 3. None if f is below 1 or no spread
    is left.
    """
    w, size, x, xx = (np.asarray(a, dtype=np.float64) for a in (weights, n, sx, sxx))
    value, variance, free = _linearised(w, np.asarray(codes, dtype=np.int64), size, x, xx)
    half = t_quantile(free, level) * np.sqrt(variance) if variance > 0 and free >= 1 else np.asarray(np.nan)
    return Interval(np.asarray(value), np.asarray(value - half), np.asarray(value + half))


def share(
    weights: npt.ArrayLike, codes: npt.ArrayLike, n: npt.ArrayLike, k: npt.ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Raked share sum w k / sum w with Wilson's interval on the n that says as much: 0-d arrays.

    n_eff = p(1-p) / var p by `mean`'s variance, times (z / t)^2 for what is not known of it, at most Kish's where all
    rows agree. Source: Korn, Graubard 1998 on the variance of Deville, Saerndal, Sautory 1993.
    """
    w, size, hits = (np.asarray(a, dtype=np.float64) for a in (weights, n, k))
    value, variance, free = _linearised(w, np.asarray(codes, dtype=np.int64), size, hits, hits)
    if size.sum() <= 0:
        return wilson(0, 0)
    kish = float(n_effective((w * size).sum(), (w**2 * size).sum()))
    if value * (1 - value) <= 1e-12:
        effective = kish
    elif variance > 0 and free >= 1:
        effective = (
            value * (1 - value) / variance * (normal_quantile(level) / float(t_quantile(free, level))) ** 2
        )
    else:
        return Interval(np.asarray(value), np.asarray(np.nan), np.asarray(np.nan))
    return wilson(value * effective, effective, level=level)


def _linearised(w: Array, codes: Codes, n: Array, x: Array, xx: Array) -> tuple[float, float, float]:
    """Give the weighted mean, its variance and the degrees of freedom left."""
    total = float((w * n).sum())
    if total <= 0:
        return float("nan"), 0.0, 0.0
    value = float((w * x).sum()) / total
    columns = [np.ones(n.size)]
    columns += [
        (codes[:, m] == c).astype(np.float64)
        for m in range(codes.shape[1])
        for c in np.unique(codes[:, m])[1:]
    ]
    design = np.stack(columns, axis=1)
    root = np.sqrt(w * n)
    fit, _, rank, _ = np.linalg.lstsq(design * root[:, None], root * x / n, rcond=None)
    centre = design @ fit
    squares = float((w**2 * np.maximum(xx - 2 * centre * x + centre**2 * n, 0.0)).sum())
    rows, lost = float(n.sum()), int(rank)
    if rows <= lost or squares <= 1e-12 * float((w**2 * xx).sum()):
        return value, 0.0, 0.0
    kish = float(n_effective(total, (w**2 * n).sum()))
    return value, rows / (rows - lost) * squares / total**2, kish - lost
