"""Intervals when rows come in clusters: several answers of one customer, several calls about one thing.

The clusters are taken as independent, their rows are not. All that is needed are sums over the clusters of their
totals x and y (for a mean: x rows, y the sum of values; for a share: y hits), with squares and products. With one row
in each cluster the intervals are about those of `metrics/intervals.py`.

Instead of the number of clusters G, the effective number e = (sum x)^2 / sum x^2 counts: it is G for clusters of one
size and smaller where a few hold most rows. Plain G (the "CR1" sandwich with t(G-1)) falls short there by up to 7
points of coverage (docs/statistics.md).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from leadline.metrics.intervals import (
    LEVEL,
    Array,
    Interval,
    adjusted_wald_balance,
    delta_ratio,
    n_effective,
    normal_quantile,
    poisson_count,
    t_quantile,
    wilson,
)


class Sums(NamedTuple):
    """Sums over clusters of their totals x and y: float arrays of one shape, one entry for each figure."""

    clusters: Array
    x: Array
    y: Array
    xx: Array
    yy: Array
    xy: Array

    @property
    def effective(self) -> Array:
        """Effective number of clusters (sum x)^2 / sum x^2; 0 without rows."""
        return n_effective(self.x, self.xx)


def sums_of(x: npt.ArrayLike, y: npt.ArrayLike) -> Sums:
    """Give the sums over clusters whose totals are `x` and `y`: arrays of one length, one entry for each cluster."""
    a, b = (np.asarray(totals, dtype=np.float64) for totals in (x, y))
    parts = (float(a.size), a.sum(), b.sum(), a @ a, b @ b, a @ b)
    return Sums(*(np.asarray(part, dtype=np.float64) for part in parts))


def ratio(sums: Sums, *, positive: bool, level: float = LEVEL) -> Interval:
    """Ratio sum y / sum x (a ratio; with `positive` x a mean or a weighted mean) with its between-cluster interval.

    R +- t(e-1) sqrt(e/(e-1) sum over clusters of (y - R x)^2) / |sum x|. Source: linearised between-cluster variance,
    Cochran 1977, 9A.1; Liang, Zeger 1986, Biometrika 73:13; e for G as in Carter, Schnepel, Steigerwald 2017, REStat
    99:698. None in the cases of `intervals.delta_ratio`, and for an effective number of clusters of at most one.
    """
    return delta_ratio(
        sums.clusters, sx=sums.x, sy=sums.y, sxx=sums.xx, syy=sums.yy, sxy=sums.xy, positive=positive, level=level
    )  # fmt: skip


def share(sums: Sums, n: npt.ArrayLike, *, level: float = LEVEL) -> Interval:
    """Share sum y / sum x of `n` rows with the Wilson interval on the n that clusters leave.

    n_eff = p(1-p) / var p with the between-cluster variance of `ratio`, times (z / t(e-1))^2 for what is not known of
    that variance, at most n. Where all rows agree, n_eff is at most e: nothing tells how much clusters hide.
    Source: Korn, Graubard 1998, Survey Methodology 24:193 (there with Clopper and Pearson's interval); Wilson in its
    place as by Dean, Pagano 2015, J. Surv. Stat. Methodol. 3:484. No interval with fewer than two effective clusters
    at unlike answers, none without rows.
    """
    rows = np.asarray(n, dtype=np.float64)
    p = _value(sums)
    size = _effective_rows(sums, rows, p * (1 - p), level)
    return _kept(wilson(p * size, size, level=level), p, size)


def balance(
    sums: Sums, n: npt.ArrayLike, plus: npt.ArrayLike, minus: npt.ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Balance sum y / sum x, y = plus - minus, with the adjusted Wald interval on the n that clusters leave.

    `plus` and `minus` are the sums (of weights) in favour and against; n_eff as in `share`, with p + d - (p-d)^2 for
    p(1-p). Source: Rocks 2016 on the effective n of Korn and Graubard 1998.
    """
    rows, up, down = (np.asarray(a, dtype=np.float64) for a in (n, plus, minus))
    safe = np.where(sums.x > 0, sums.x, 1.0)
    p, d = up / safe, down / safe
    size = _effective_rows(sums, rows, p + d - (p - d) ** 2, level)
    return _kept(adjusted_wald_balance(p * size, d * size, size, level=level), _value(sums), size)


def count(sums: Sums, *, level: float = LEVEL) -> Interval:
    """Number of rows sum x, x rows of each cluster: clusters come as by Poisson, rows with them.

    phi = sum x^2 / sum x rows come at once; Garwood's interval of n/phi, times phi. Source: Garwood 1936 on the scale
    of a compound Poisson, as Dobson and others 1991 for weighted sums. No interval for no rows: nothing tells phi.
    """
    some = sums.x > 0
    scale = np.divide(sums.xx, sums.x, out=np.ones_like(sums.x), where=some)
    value, low, high = (end * scale for end in poisson_count(sums.x / scale, level=level))
    return Interval(value, np.where(some, low, np.nan), np.where(some, high, np.nan))


def _value(sums: Sums) -> Array:
    return np.divide(sums.y, sums.x, out=np.full_like(sums.x, np.nan), where=sums.x > 0)


def _effective_rows(sums: Sums, rows: Array, of_one_row: Array, level: float) -> Array:
    """Rows that would say as much if they were independent; NaN where the clusters cannot tell."""
    found = ratio(sums, positive=True, level=level)
    e = sums.effective
    t = t_quantile(np.maximum(e - 1, 0), level)
    error = np.divide(
        found.high - found.value, t, out=np.full_like(e, np.nan), where=np.isfinite(found.high) & (t > 0)
    )
    agree = of_one_row <= 1e-12
    told = np.divide(of_one_row, error**2, out=rows.copy(), where=error > 0)
    size = np.minimum(told * (normal_quantile(level) / t) ** 2, rows)
    return np.where(sums.x > 0, np.where(agree, np.minimum(e, rows), size), 0.0)


def _kept(found: Interval, value: Array, size: Array) -> Interval:
    """Give the raw value back where there is no interval for it."""
    absent = ~(size > 0)
    return Interval(value, np.where(absent, np.nan, found.low), np.where(absent, np.nan, found.high))
