"""From merged states to figures: each metric type's value and interval, in the unit it is measured in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadline.catalog.definitions import (
    Balance,
    Conversion,
    Count,
    Duration,
    Manual,
    Mean,
    Metric,
    Quantile,
    Ratio,
    RowMetric,
    RowMetrics,
    Share,
    Stock,
    Sum,
)
from leadline.metrics import intervals, survival, terms
from leadline.metrics.intervals import Interval

Floats = npt.NDArray[np.float64]
Sums = Mapping[str, Floats]

SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}
"""Seconds in a unit of time."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """Figures of one metric, one per row of its states: arrays of equal length; NaN where there is none."""

    value: Floats
    low: Floats
    high: Floats
    n: Floats
    method: str


def scale(metric: Metric) -> float:
    """Give what a natural value (a fraction) is multiplied with to be in `measured_in`."""
    match metric:
        case Balance():
            return 100.0
        case Share() | Ratio() | Conversion():
            return 100.0 if metric.measured_in == "percent" else 1.0
        case _:
            return 1.0


def method(metric: Metric) -> str:
    """Name the interval of a metric, as it stands beside every figure."""
    weighted = isinstance(metric, RowMetric) and metric.weight is not None
    if isinstance(metric, Mean) and weighted:
        return "linearised t"
    if isinstance(metric, Stock) and metric.value is not None:
        return "compound Poisson"
    return _METHODS[metric.type] + (" on the effective n" if weighted else "")


_METHODS = {
    "share": "Wilson", "conversion": "Wilson", "balance": "adjusted Wald", "ratio": "delta method", "mean": "Hall's t",
    "sum": "compound Poisson", "count": "exact Poisson", "stock": "exact Poisson", "distinct": "exact Poisson",
    "quantile": "order statistics", "duration": "Brookmeyer-Crowley", "manual": "as entered",
    "derived": "delta method over its parts", "index": "delta method over its parts",
    "cumulative": "delta method over its parts",
}  # fmt: skip


def estimate(metric: RowMetrics, sums: Sums) -> Estimates:
    """Give value, 95 % interval and n of merged terms (arrays of equal length). For sums and levels only; other shapes
    have `quantile`, `distinct` and `duration`."""
    found = _interval(metric, sums)
    factor = scale(metric)
    value, low, high = (np.asarray(a, dtype=np.float64) * factor for a in found)
    return Estimates(value, low, high, np.asarray(sums["n"], dtype=np.float64), method(metric))


def together(metrics: Sequence[RowMetrics], sums: Sequence[Sums]) -> list[Estimates]:
    """Give what `estimate` gives for each of several metrics with its sums; those of one kind are done at once."""
    kinds: dict[tuple[type, bool], list[int]] = {}
    for i, metric in enumerate(metrics):
        kinds.setdefault((type(metric), metric.weight is not None), []).append(i)
    found: dict[int, Estimates] = {}
    for members in kinds.values():
        first = metrics[members[0]]
        if len(members) == 1 or isinstance(first, Manual | Stock):
            found |= {i: estimate(metrics[i], sums[i]) for i in members}
            continue
        names = sums[members[0]].keys()
        whole = _interval(first, {name: np.concatenate([sums[i][name] for i in members]) for name in names})
        ends = np.cumsum([len(sums[i]["n"]) for i in members])[:-1]
        for i, *parts in zip(
            members, *(np.split(np.asarray(a, dtype=np.float64), ends) for a in whole), strict=True
        ):
            value, low, high = (part * scale(metrics[i]) for part in parts)
            n = np.asarray(sums[i]["n"], dtype=np.float64)
            found[i] = Estimates(value, low, high, n, method(metrics[i]))
    return [found[i] for i in range(len(metrics))]


def _interval(metric: RowMetrics, s: Sums) -> Interval:
    if metric.weight is not None and isinstance(metric, Share | Balance | Mean):
        return _weighted(metric, s)
    match metric:
        case Share() | Conversion():
            return intervals.wilson(s["k"], s["n"])
        case Balance():
            return intervals.adjusted_wald_balance(s["plus"], s["minus"], s["n"])
        case Ratio():
            return intervals.delta_ratio(
                s["n"], sx=s["sx"], sy=s["sy"], sxx=s["sxx"], syy=s["syy"], sxy=s["sxy"]
            )
        case Mean():
            return intervals.mean(s["n"], s["sx"], s["sxx"], s["sxxx"])
        case Count():
            return intervals.poisson_count(s["n"])
        case Sum() | Stock():
            has_value = isinstance(metric, Sum) or metric.value is not None
            return (
                intervals.compound_poisson_sum(s["sx"], s["sxx"], s["sxxx"])
                if has_value
                else intervals.poisson_count(s["n"])
            )
        case Manual():
            return _entered(s)
        case _:
            raise AssertionError(f"a {metric.type} is not estimated from sums")


def _weighted(metric: Share | Balance | Mean, s: Sums) -> Interval:
    match metric:
        case Share():
            return intervals.wilson_weighted(s["swk"], s["sw"], s["sw2"])
        case Balance():
            return intervals.adjusted_wald_balance_weighted(s["swp"], s["swm"], s["sw"], s["sw2"])
        case Mean():
            return intervals.weighted_mean(s["sw"], s["sw2"], s["swx"], s["sw2x"], s["sw2xx"])


def _entered(s: Sums) -> Interval:
    """What one person entered; two figures for a period are none, nor is a longer period with gaps (`single` 0)."""
    one = s["single"] > 0 if "single" in s else s["n"] == 1
    low, high = (np.where(one & (s["bounded"] == 1), s[end], np.nan) for end in ("low", "high"))
    return Interval(np.where(one, s["sx"], np.nan), low, high)


def distinct(entities: Floats) -> Interval:
    """Give a number of different entities with its interval: arrays of equal length.

    The count itself is exact; its interval is that of a Poisson figure, as for any count.
    """
    return intervals.poisson_count(entities)


def duration(
    metric: Duration, buckets: Floats, ages: Floats, counts: Floats
) -> tuple[float, float, float, int, float]:
    """Give value, low, high, n and the share not there yet, of one group's spans.

    `buckets` are bucket numbers of finished spans and NaN for open ones, `ages` the seconds since which those are open
    (NaN for finished ones), `counts` how many rows lie in each: 1-d arrays of one length.
    """
    finished = ~np.isnan(buckets)
    times = np.where(
        finished, middles(np.where(finished, buckets, 0.0)), np.maximum(np.nan_to_num(ages), 0.0)
    )
    curve = survival.kaplan_meier(
        times / SECONDS[metric.measured_in], np.where(finished, counts, 0), np.where(finished, 0, counts)
    )
    found = survival.quantile(curve, metric.quantile, relative_error=RELATIVE_ERROR)
    return float(found.value), float(found.low), float(found.high), curve.n, curve.not_reached


def quantiles(
    metric: Quantile, histograms: Sequence[tuple[Floats, Floats]]
) -> Iterator[tuple[float, float, float, int]]:
    """Give value, low, high and n of each histogram: bucket numbers, ascending, and how many rows lie in each (1-d)."""
    sizes = np.asarray([counts.sum() for _, counts in histograms], dtype=np.float64)
    ranks = intervals.quantile_order_statistics(np.floor(sizes + 1e-9), metric.quantile)
    for i, (buckets, counts) in enumerate(histograms):
        found = intervals.quantile_from_buckets(
            middles(buckets), counts, metric.quantile, relative_error=RELATIVE_ERROR, ranks=ranks.at(i)
        )
        yield float(found.value), float(found.low), float(found.high), int(sizes[i])


RELATIVE_ERROR = (terms.GAMMA - 1) / (terms.GAMMA + 1)
"""How far a bucket's middle may be from a value in it, as a share of the value."""


def middles(buckets: Floats) -> Floats:
    """Give the value that stands for each bucket number of `terms.bucket`: 2 gamma^i / (gamma + 1)."""
    index = np.abs(buckets) - terms.BUCKET_OFFSET
    size = 2 * np.power(terms.GAMMA, np.where(buckets == terms.ZERO_BUCKET, 0, index)) / (terms.GAMMA + 1)
    return np.where(buckets == terms.ZERO_BUCKET, 0.0, np.sign(buckets) * size)
