"""How often checks and detectors are wrong where nothing happened: simulated, and held to the rate that is declared."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from leadline.ingest.detecting import usual
from leadline.ingest.expectation import count_interval, drift, each

RUNS = 4000
Draw = Callable[[np.random.Generator, int], np.ndarray]


def share(alarms: Sequence[bool]) -> float:
    return sum(alarms) / len(alarms)


def above(rate: float, runs: int) -> float:
    """Give what a share of `runs` with this rate exceeds once in a thousand times (normal approximation)."""
    return rate + 3.09 * (rate * (1 - rate) / runs) ** 0.5


def poisson(mean: float) -> Draw:
    return lambda rng, size: rng.poisson(mean, size)


def overdispersed(mean: float, times: float) -> Draw:
    """Negative binomial counts whose variance is so many times their mean."""
    return lambda rng, size: rng.negative_binomial(mean / (times - 1), 1 / times, size)


@pytest.mark.parametrize("history", [4, 8, 26])
@pytest.mark.parametrize(
    "draw",
    [poisson(5), poisson(50), poisson(5000), overdispersed(50, 5.0), overdispersed(5000, 5.0)],
    ids=["few", "some", "many", "uneven", "many uneven"],
)
def test_a_count_like_those_before_is_hardly_ever_told(draw: Draw, history: int) -> None:
    rate, rng = 0.01, np.random.default_rng(4)
    alarms = []
    for row in draw(rng, (RUNS, history + 1)):  # type: ignore[arg-type]  # a shape is a size
        interval = count_interval([float(x) for x in row[:-1]], rate)
        alarms.append(not interval.low <= row[-1] <= interval.high)
    assert share(alarms) <= above(rate, RUNS)


def test_the_rate_of_a_file_is_shared_out_among_its_periods() -> None:
    assert 1 - (1 - each(0.01, 30)) ** 30 == pytest.approx(0.01, rel=1e-12)
    assert each(0.01, 1) == pytest.approx(0.01, rel=1e-12)


def test_a_count_far_from_those_before_is_told() -> None:
    interval = count_interval([100, 104, 97, 101, 99, 103, 98, 102], 0.001)
    assert 50 < interval.low < 80
    assert 120 < interval.high < 160


@pytest.mark.parametrize("rows", [200, 5000])
@pytest.mark.parametrize("categories", [3, 10, 20])
def test_a_distribution_that_stays_is_hardly_ever_told(categories: int, rows: int) -> None:
    rate, runs, rng = 0.01, 2000, np.random.default_rng(5)
    shares = rng.dirichlet(np.full(categories, 2.0))
    before, now = rng.multinomial(3 * rows, shares, runs), rng.multinomial(rows, shares, runs)
    alarms = []
    for one, other in zip(before, now, strict=True):
        found = drift(named(one), named(other), rate)
        assert found is not None
        alarms.append(found.index > found.threshold)
    assert share(alarms) <= above(rate, runs)


def named(counts: np.ndarray) -> Counter[str]:
    return Counter({f"c{n}": int(count) for n, count in enumerate(counts) if count})


def test_values_that_were_never_seen_are_drift() -> None:
    found = drift({"a": 500, "b": 500}, {"a": 300, "b": 300, "new": 400}, 0.001)
    assert found is not None
    assert found.index > max(found.threshold, 0.25)
    assert found.moved == "new"


@pytest.mark.parametrize("mean", [0.2, 2, 20, 200])
def test_hours_like_the_others_are_hardly_ever_a_burst(mean: float) -> None:
    rate, hours, groups = 0.001, 24 * 28, 40
    rng = np.random.default_rng(6)
    told = 0
    for counts in rng.poisson(mean, (groups, hours)):
        limit = usual([int(x) for x in counts if x], hours, rate)
        told += int((counts > limit).sum())
    assert told / (groups * hours) <= above(rate, groups * hours)


def test_a_burst_among_mostly_empty_hours_is_told() -> None:
    assert usual([1, 2, 1, 1, 3, 1, 40], 24 * 28, 0.00001) < 20
