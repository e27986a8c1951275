"""What is to be expected of counts and of distributions, from those before: pure numbers, with stated false alarms."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True, slots=True)
class Interval:
    """How many rows are to be expected, and between which counts they lie unless something happened."""

    expected: float
    low: float
    high: float
    history: int


def count_interval(before: Sequence[float], false_alarms: float) -> Interval:
    """Give the prediction interval of the next count of a series without trend; needs at least two counts.

    On the scale of 2·sqrt(x + 3/8), where counts of any size have about the same spread (Anscombe 1948, Biometrika
    35:246), it is Student's for one further value: mean ± t(1-a/2, n-1) · s · sqrt(1 + 1/n). Spread below that of
    chance alone (s² < 1, Poisson) is taken as chance alone, judged by the normal distribution.
    """
    n = len(before)
    scaled = [2 * math.sqrt(x + 0.375) for x in before]
    mean = math.fsum(scaled) / n
    variance = math.fsum((x - mean) ** 2 for x in scaled) / (n - 1)
    by_spread = _special().stdtrit(n - 1, 1 - false_alarms / 2) * math.sqrt(variance)
    by_chance = -_special().ndtri(false_alarms / 2)
    reach = max(float(by_spread), float(by_chance)) * math.sqrt(1 + 1 / n)
    return Interval(_count(mean), _count(mean - reach), _count(mean + reach), n)


def each(false_alarms: float, tests: int) -> float:
    """Share a rate of false alarms out among independent tests (Šidák): 1 - (1 - a)^(1/tests)."""
    return -math.expm1(math.log1p(-false_alarms) / max(tests, 1))


def _count(scaled: float) -> float:
    """Turn the scale of 2·sqrt(x + 3/8) back."""
    return max(0.0, (max(scaled, 0.0) / 2) ** 2 - 0.375)


@dataclass(frozen=True, slots=True)
class Drift:
    """The population stability index between two samples, what of it chance explains, and who moved most."""

    index: float
    threshold: float
    degrees: int
    moved: str
    before: float
    now: float


def drift(before: Mapping[str, int], now: Mapping[str, int], false_alarms: float) -> Drift | None:
    """Compare two samples by category; None if there is too little to compare.

    PSI = Σ (p - q)·ln(p / q). Without drift, PSI / (1/n + 1/m) is about chi-squared with one degree less than there
    are categories (Yurdakul, Naranjo 2020, Journal of Risk Model Validation 14(4)); `threshold` is its quantile times
    (1/n + 1/m). Categories of fewer than five expected rows are put together; half a row is added to each.
    """
    n, m = sum(before.values()), sum(now.values())
    first, second = _pooled(before, now)
    if len(first) < 2 or min(n, m) < 1:
        return None
    size = len(first)
    index, moved, most = 0.0, "", -1.0
    for name in first:
        q = (first[name] + 0.5) / (n + 0.5 * size)
        p = (second[name] + 0.5) / (m + 0.5 * size)
        part = (p - q) * math.log(p / q)
        index += part
        if part > most:
            moved, most = name, part
    threshold = float(_special().chdtri(size - 1, false_alarms)) * (1 / n + 1 / m)
    return Drift(index, threshold, size - 1, moved, first[moved] / n, second[moved] / m)


def _pooled(before: Mapping[str, int], now: Mapping[str, int]) -> tuple[Counter[str], Counter[str]]:
    """Put together what is too rare to be judged alone: fewer than five expected rows in either sample."""
    n, m = sum(before.values()), sum(now.values())
    total = max(n + m, 1)
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for name in sorted({*before, *now}):
        both = before.get(name, 0) + now.get(name, 0)
        shown = name if both * min(n, m) / total >= 5 else "(rare values)"
        first[shown] += before.get(name, 0)
        second[shown] += now.get(name, 0)
    return first, second


def _special() -> ModuleType:
    import scipy.special  # noqa: PLC0415 - a fifth of a second that loading without such checks never needs

    found: ModuleType = scipy.special
    return found
