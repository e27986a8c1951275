"""A figure over several periods, with those that are closed as they were closed: put together from figures, not rows.

Only what figures can tell is put together: sums and counts add up; shares, balances and means are weighed by their n,
which is what they are divided by. Periods count as independent, and the interval is that of a sum (Gauss): a normal
approximation, from the intervals of the periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from leadline.catalog.definitions import Balance, Count, Mean, Metric, Share, Sum

Z = 1.959963984540054
"""Normal quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Part:
    """One period's figure: its value and interval in the metric's unit of measure, n, and whether it was closed."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    closed: bool


@dataclass(frozen=True, slots=True)
class Together:
    """Several periods in one figure. `closed` names the periods that count as they were closed."""

    value: float
    low: float | None
    high: float | None
    n: int
    closed: tuple[str, ...]


def adds_up(metric: Metric) -> bool:
    """Tell whether a metric's figures of several periods tell the figure of all of them."""
    if isinstance(metric, Sum | Count):
        return True
    return isinstance(metric, Share | Balance | Mean) and metric.weight is None


def together(metric: Metric, parts: Sequence[Part]) -> Together | None:
    """Put periods together; None where figures cannot tell, or one of them is suppressed."""
    known = [one for one in parts if one.value is not None]
    if not adds_up(metric) or not known or any(one.value is None and one.n != 0 for one in parts):
        return None
    total = isinstance(metric, Sum | Count)
    weights = [1.0 if total else float(one.n or 0) for one in known]
    whole = 1.0 if total else sum(weights)
    if whole <= 0:
        return None
    value = sum(w * (one.value or 0.0) for w, one in zip(weights, known, strict=True)) / whole
    low, high = _interval(metric, value, known, [w / whole for w in weights])
    closed = tuple(one.label for one in known if one.closed)
    return Together(value, low, high, sum(one.n or 0 for one in known), closed)


def _interval(
    metric: Metric, value: float, known: Sequence[Part], shares: Sequence[float]
) -> tuple[float | None, float | None]:
    if any(one.low is None or one.high is None for one in known):
        return None, None
    errors = [((one.high or 0.0) - (one.low or 0.0)) / (2 * Z) for one in known]
    half = Z * sqrt(sum((share * error) ** 2 for share, error in zip(shares, errors, strict=True)))
    low, high = value - half, value + half
    if isinstance(metric, Share):
        top = 100.0 if metric.measured_in == "percent" else 1.0
        return max(low, 0.0), min(high, top)
    return low, high
