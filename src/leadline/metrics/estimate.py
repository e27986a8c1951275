"""From merged states to figures: each metric type's value and interval, in the unit it is measured in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from leadline.catalog.definitions import Balance, Count, Mean, Metric, Quantile, Ratio, Share, Sum
from leadline.metrics import intervals, terms

Floats = npt.NDArray[np.float64]
Sums = Mapping[str, Floats]


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
    if isinstance(metric, Balance):
        return 100.0
    return 100.0 if isinstance(metric, Share | Ratio) and metric.measured_in == "percent" else 1.0


def method(metric: Metric) -> str:
    """Name the interval of a metric, as it stands beside every figure."""
    weighted = " on the effective n" if metric.weight is not None else ""
    match metric:
        case Share():
            return f"Wilson{weighted}"
        case Balance():
            return f"adjusted Wald{weighted}"
        case Ratio():
            return "delta method"
        case Mean():
            return "linearised t" if metric.weight is not None else "t"
        case Sum():
            return "compound Poisson"
        case Count():
            return "exact Poisson"
        case Quantile():
            return "order statistics"
        case _:
            assert_never(metric)


def estimate(metric: Metric, sums: Sums) -> Estimates:
    """Give value, 95 % interval and n of merged terms (arrays of equal length). Not for quantiles: see `quantile`."""
    s = sums
    weighted = metric.weight is not None
    match metric:
        case Share():
            found = (
                intervals.wilson_weighted(s["swk"], s["sw"], s["sw2"])
                if weighted
                else intervals.wilson(s["k"], s["n"])
            )
        case Balance():
            found = (
                intervals.adjusted_wald_balance_weighted(s["swp"], s["swm"], s["sw"], s["sw2"])
                if weighted
                else intervals.adjusted_wald_balance(s["plus"], s["minus"], s["n"])
            )
        case Ratio():
            found = intervals.delta_ratio(
                s["n"], sx=s["sx"], sy=s["sy"], sxx=s["sxx"], syy=s["syy"], sxy=s["sxy"]
            )
        case Mean():
            found = (
                intervals.weighted_mean(s["sw"], s["sw2"], s["swx"], s["sw2x"], s["sw2xx"])
                if weighted
                else intervals.mean(s["n"], s["sx"], s["sxx"])
            )
        case Sum():
            found = intervals.compound_poisson_sum(s["sx"], s["sxx"])
        case Count():
            found = intervals.poisson_count(s["n"])
        case Quantile():
            raise AssertionError("a quantile is estimated from its histogram")
        case _:
            assert_never(metric)
    factor = scale(metric)
    value, low, high = (np.asarray(a, dtype=np.float64) * factor for a in found)
    return Estimates(value, low, high, np.asarray(s["n"], dtype=np.float64), method(metric))


def quantile(metric: Quantile, buckets: Floats, counts: Floats) -> tuple[float, float, float, int]:
    """Give value, low, high and n of one histogram: bucket numbers and how many rows lie in each (both 1-d)."""
    found = intervals.quantile_from_buckets(
        middles(buckets), counts, metric.quantile, relative_error=RELATIVE_ERROR
    )
    return float(found.value), float(found.low), float(found.high), int(counts.sum())


RELATIVE_ERROR = (terms.GAMMA - 1) / (terms.GAMMA + 1)
"""How far a bucket's middle may be from a value in it, as a share of the value."""


def middles(buckets: Floats) -> Floats:
    """Give the value that stands for each bucket number of `terms.bucket`: 2 gamma^i / (gamma + 1)."""
    index = np.abs(buckets) - terms.BUCKET_OFFSET
    size = 2 * np.power(terms.GAMMA, np.where(buckets == terms.ZERO_BUCKET, 0, index)) / (terms.GAMMA + 1)
    return np.where(buckets == terms.ZERO_BUCKET, 0.0, np.sign(buckets) * size)
