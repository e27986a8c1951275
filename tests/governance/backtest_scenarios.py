"""How often the interval of a difference between two versions holds the truth, by simulation.

`python -m tests.governance.backtest_scenarios` prints the table of docs/statistics.md. Customers have 1 to 5 rows each
that are alike; both versions read the same rows, as a change of definition does.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadline.insights.stats import resampling as r

Array = npt.NDArray[np.float64]
DRAWN = r.weights()
BUCKET = np.log(1.01)


@dataclass(frozen=True)
class Sample:
    """Rows: whose they are (hashed into groups), their value, their age, whether they are done, chance of their own."""

    group: npt.NDArray[np.int64]
    customer: npt.NDArray[np.int64]
    value: Array
    open: npt.NDArray[np.bool_]
    other: Array


def sample(chance: np.random.Generator, customers: int) -> Sample:
    """Draw customers: a Poisson number of them, each with rows that are alike."""
    count = chance.poisson(customers)
    rows = chance.integers(1, 6, size=count)
    customer = np.repeat(np.arange(count), rows)
    own = np.repeat(chance.normal(0, 0.7, size=count), rows)
    value = np.exp(1 + own + chance.normal(0, 0.7, size=customer.size))
    opened = chance.random(customer.size) < 0.2
    group = chance.integers(0, r.GROUPS, size=count)[customer]
    return Sample(group, customer, value, opened, chance.random(customer.size))


def _sums(s: Sample, x: Array) -> Array:
    return np.bincount(s.group, weights=x, minlength=r.GROUPS)


def _ratio(s: Sample, x: Array, y: Array) -> tuple[float, Array]:
    a, b = _sums(s, x), _sums(s, y)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(b.sum() / a.sum()), (DRAWN @ b) / (DRAWN @ a)


def _total(s: Sample, x: Array) -> tuple[float, Array]:
    a = _sums(s, x)
    return float(a.sum()), DRAWN @ a


def _quantile(s: Sample, keep: npt.NDArray[np.bool_], q: float) -> tuple[float, Array]:
    bucket = np.ceil(np.log(s.value[keep]) / BUCKET)
    points, place = np.unique(bucket, return_inverse=True)
    counts = np.zeros((r.GROUPS, points.size))
    np.add.at(counts, (s.group[keep], place), 1)
    middles = 2 * 1.01**points / 2.01
    found = r.quantiles(np.vstack([np.ones(r.GROUPS), DRAWN]), middles, counts, q)
    return float(found[0]), found[1:]


def _reached(s: Sample, keep: npt.NDArray[np.bool_], q: float) -> tuple[float, Array]:
    times, place = np.unique(np.ceil(np.log(s.value[keep]) / BUCKET), return_inverse=True)
    events, censored = np.zeros((r.GROUPS, times.size)), np.zeros((r.GROUPS, times.size))
    np.add.at(events, (s.group[keep], place), ~s.open[keep])
    np.add.at(censored, (s.group[keep], place), s.open[keep])
    found = r.reached(np.vstack([np.ones(r.GROUPS), DRAWN]), 2 * 1.01**times / 2.01, events, censored, q)
    return float(found[0]), found[1:]


def _distinct(s: Sample, keep: npt.NDArray[np.bool_]) -> tuple[float, Array]:
    _, first = np.unique(s.customer[keep], return_index=True)
    counts = np.bincount(s.group[keep][first], minlength=r.GROUPS).astype(np.float64)
    return float(counts.sum()), DRAWN @ counts


def _index(s: Sample, high: float) -> tuple[float, Array]:
    """Two parts of different kinds, put together: a share and a mean, as an index does."""
    share, mean = (
        _ratio(s, np.ones_like(s.value), (s.value > high).astype(float)),
        _ratio(s, np.ones_like(s.value), s.value),
    )
    return share[0] * 50 + mean[0] * 5, share[1] * 50 + mean[1] * 5


Figure = Callable[[Sample], tuple[float, Array]]
_EVERY = Callable[[Sample], npt.NDArray[np.bool_]]
WORLDS: Mapping[str, tuple[Figure, Figure, float]] = {
    "share, another bound": (
        lambda s: _ratio(s, np.ones_like(s.value), (s.value > 4).astype(float)),
        lambda s: _ratio(s, np.ones_like(s.value), (s.value > 3).astype(float)), 0.0),
    "mean, rows left out": (
        lambda s: _ratio(s, np.ones_like(s.value), s.value),
        lambda s: _ratio(s, (s.other < 0.8).astype(float), s.value * (s.other < 0.8)), 0.0),
    "sum, rows left out": (
        lambda s: _total(s, s.value), lambda s: _total(s, s.value * (s.other < 0.9)), 0.0),
    "count, rows left out": (
        lambda s: _total(s, np.ones_like(s.value)), lambda s: _total(s, (s.other < 0.9).astype(float)), 0.0),
    "distinct, rows left out": (
        lambda s: _distinct(s, s.other < 2), lambda s: _distinct(s, s.other < 0.6), 0.0),
    "median, rows left out": (
        lambda s: _quantile(s, s.other < 2, 0.5), lambda s: _quantile(s, s.value > 1.5, 0.5), 0.01),
    "90 % quantile, rows left out": (
        lambda s: _quantile(s, s.other < 2, 0.9), lambda s: _quantile(s, s.value < 12, 0.9), 0.01),
    "median to 60 % quantile": (
        lambda s: _quantile(s, s.other < 2, 0.5), lambda s: _quantile(s, s.other < 2, 0.6), 0.01),
    "duration, rows left out": (
        lambda s: _reached(s, s.other < 2, 0.5), lambda s: _reached(s, s.value > 1.5, 0.5), 0.01),
    "index, another bound": (lambda s: _index(s, 4), lambda s: _index(s, 3), 0.0),
}  # fmt: skip


@dataclass(frozen=True)
class Coverage:
    """How often the interval held the truth, of those that gave one; and how many gave none."""

    world: str
    customers: int
    covered: float
    silent: float


def coverage(customers: int, samples: int, seed: int = 5) -> Iterator[Coverage]:
    """Draw samples of about so many customers, and count."""
    large = sample(np.random.default_rng(99), 300_000)
    for world, (old, new, rounding) in WORLDS.items():
        per = new(large)[0] - old(large)[0]
        truth = per * customers / 300_000 if world.split(",")[0] in {"sum", "count", "distinct"} else per
        chance = np.random.default_rng(seed)
        held = told = 0
        for _ in range(samples):
            one = sample(chance, customers)
            (was, drew), (now, drew_too) = old(one), new(one)
            found = r.difference(
                now - was,
                drew_too - drew,
                len(np.unique(one.group)),
                rounding=rounding * (abs(was) + abs(now)) / 2,
            )
            if found is not None:
                told += 1
                held += found.low <= truth <= found.high
        yield Coverage(world, customers, held / max(told, 1), 1 - told / samples)


def table(samples: int) -> Iterator[str]:
    """Give the rows of the table."""
    for customers in (30, 100, 1000):
        for one in coverage(customers, samples):
            yield f"| {one.world} | {customers:,} | {100 * one.covered:.1f} | {100 * one.silent:.1f} |"


if __name__ == "__main__":
    for line in table(int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
        sys.stdout.write(line + "\n")
