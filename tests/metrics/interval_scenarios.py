"""Worlds with a known truth, and how often each interval method covers it.

The one rule: a shortfall is written down, not left out. docs/statistics.md shows what `python -m
tests.metrics.interval_scenarios` prints; a test compares the two.
"""

import math
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from leadline.metrics import intervals
from leadline.metrics.intervals import Interval
from tests.metrics import adjusted_scenarios
from tests.metrics.scenario import FULL, Array, Draw, Scenario, measure


def _wilson(p: float, n: int) -> Draw:
    return lambda rng, times: intervals.wilson(rng.binomial(n, p, times), n)


def _weights(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> Array:
    return rng.lognormal(0, sigma, shape)


def _wilson_weighted(p: float, n: int, sigma: float) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        w, hit = _weights(rng, (times, n), sigma), rng.random((times, n)) < p
        return intervals.wilson_weighted((w * hit).sum(1), w.sum(1), (w * w).sum(1))

    return draw


def _wilson_raked(rng: np.random.Generator, times: int) -> Interval:
    """Two groups, answering 60 % and 90 %; the first is half the people and a fifth of the answers."""
    first = rng.random((times, 100)) < 0.2
    w = np.where(first, 0.5 / 0.2, 0.5 / 0.8)
    hit = rng.random((times, 100)) < np.where(first, 0.6, 0.9)
    return intervals.wilson_weighted((w * hit).sum(1), w.sum(1), (w * w).sum(1))


def _balance(p: float, d: float, n: int) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        counts = rng.multinomial(n, [p, d, 1 - p - d], times)
        return intervals.adjusted_wald_balance(counts[:, 0], counts[:, 1], n)

    return draw


def _balance_weighted(p: float, d: float, n: int, sigma: float) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        w, u = _weights(rng, (times, n), sigma), rng.random((times, n))
        plus, minus = (w * (u < p)).sum(1), (w * (u > 1 - d)).sum(1)
        return intervals.adjusted_wald_balance_weighted(plus, minus, w.sum(1), (w * w).sum(1))

    return draw


def _ratio(n: int, sigma_x: float, sigma_e: float) -> Draw:
    """x lognormal, y = 2 x e with e lognormal of mean 1: the ratio of expectations is 2."""

    def draw(rng: np.random.Generator, times: int) -> Interval:
        x = rng.lognormal(0, sigma_x, (times, n))
        y = 2 * x * rng.lognormal(-(sigma_e**2) / 2, sigma_e, (times, n))
        return _delta(x, y)

    return draw


def _ratio_counts(n: int, share: float) -> Draw:
    """Orders with 1, 2, ... items, some late: late items over items, by order."""

    def draw(rng: np.random.Generator, times: int) -> Interval:
        x = rng.geometric(0.5, (times, n)).astype(float)
        return _delta(x, x * (rng.random((times, n)) < share))

    return draw


def _delta(x: Array, y: Array) -> Interval:
    return intervals.delta_ratio(
        x.shape[1], sx=x.sum(1), sy=y.sum(1), sxx=(x * x).sum(1), syy=(y * y).sum(1), sxy=(x * y).sum(1)
    )


Rows = Callable[[np.random.Generator, tuple[int, int]], Array]


class World(NamedTuple):
    """A distribution of rows with its mean."""

    name: str
    draw: Rows
    mean: float


def _mean(n: int, rows: Rows) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        x = rows(rng, (times, n))
        return intervals.mean(n, x.sum(1), (x * x).sum(1), (x**3).sum(1))

    return draw


def _weighted_mean(n: int, sigma: float, rows: Rows) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        w, x = _weights(rng, (times, n), sigma), rows(rng, (times, n))
        wx = w * x
        return intervals.weighted_mean(w.sum(1), (w * w).sum(1), wx.sum(1), (w * wx).sum(1), (wx * wx).sum(1))

    return draw


def _count(rate: float, spread: float = 0.0) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        rates = rate * rng.gamma(1 / spread, spread, times) if spread else np.full(times, rate)
        return intervals.poisson_count(rng.poisson(rates))

    return draw


def _sum(rate: float, rows: Rows) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        number = rng.poisson(rate, times)
        x = rows(rng, (times, int(number.max())))
        x = np.where(np.arange(x.shape[1]) < number[:, None], x, 0.0)
        return intervals.compound_poisson_sum(x.sum(1), (x * x).sum(1), (x**3).sum(1))

    return draw


def _quantile(n: int, q: float, rows: Rows) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        x = np.sort(rows(rng, (times, n)), axis=1)
        lower, point, upper = (int(r) for r in intervals.quantile_order_statistics(n, q))
        none = np.full(times, np.nan)
        return Interval(
            x[:, point - 1], x[:, lower - 1] if lower else none, x[:, upper - 1] if upper <= n else none
        )

    return draw


def _bucketed(n: int, q: float, rows: Rows, sigma: float = 0.0) -> Draw:
    """As a histogram of buckets of ratio 1.01, with weights if sigma is not 0."""

    def draw(rng: np.random.Generator, times: int) -> Interval:
        found = []
        for _ in range(times):
            x = rows(rng, (1, n))[0]
            w = rng.lognormal(0, sigma, n) if sigma else np.ones(n)
            buckets, where = np.unique(np.ceil(np.log(x) / np.log(1.01)), return_inverse=True)
            found.append(
                intervals.quantile_from_buckets(
                    2 * 1.01**buckets / 2.01,
                    np.bincount(where, weights=w),
                    q,
                    n_eff=float(w.sum() ** 2 / (w * w).sum()),
                    relative_error=0.01 / 2.01,
                )
            )
        return Interval(*(np.asarray(ends, dtype=np.float64) for ends in zip(*found, strict=True)))

    return draw


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.normal(100, 15, shape)


def _rating(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.choice([1.0, 2.0, 3.0, 4.0, 5.0], shape, p=[0.08, 0.05, 0.12, 0.3, 0.45])


def _exponential(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.exponential(1, shape)


def _lognormal(sigma: float) -> Rows:
    return lambda rng, shape: rng.lognormal(-(sigma**2) / 2, sigma, shape)


def _pareto(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return 1 + rng.pareto(2.2, shape)


def _refunds(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.lognormal(-0.125, 0.5, shape) * np.where(rng.random(shape) < 0.1, -1, 1)


def _shares() -> Iterator[Scenario]:
    for p, n in ((0.5, 5), (0.3, 12), (0.8, 20), (0.7, 50), (0.8, 100), (0.98, 50), (0.01, 20), (0.01, 1000)):
        yield Scenario("Wilson", f"share {p:.0%}, n = {n}", p, _wilson(p, n))
    for p, n, sigma in ((0.7, 20, 0.5), (0.4, 100, 0.5), (0.7, 50, 0.5), (0.7, 50, 1), (0.95, 200, 1)):
        world = f"share {p:.0%}, n = {n}, weights lognormal {sigma}"
        yield Scenario("Wilson on the effective n", world, p, _wilson_weighted(p, n, sigma))
    world = "two groups raked, 60 % and 90 %, n = 100"
    yield Scenario("Wilson on the effective n", world, 0.75, _wilson_raked)


def _balances() -> Iterator[Scenario]:
    for p, d, n in (
        (0.5, 0.2, 5),
        (0.6, 0.15, 20),
        (0.5, 0.2, 100),
        (0.9, 0.02, 50),
        (0.5, 0.5, 30),
        (0.2, 0.3, 200),
    ):
        yield Scenario("adjusted Wald", f"{p:.0%} up, {d:.0%} down, n = {n}", p - d, _balance(p, d, n))
    for p, d, n, sigma in (
        (0.6, 0.15, 20, 0.5),
        (0.5, 0.2, 50, 0.5),
        (0.5, 0.2, 50, 1),
        (0.85, 0.05, 100, 1),
        (0.3, 0.3, 400, 1),
    ):
        world = f"{p:.0%} up, {d:.0%} down, n = {n}, weights lognormal {sigma}"
        yield Scenario("adjusted Wald on the effective n", world, p - d, _balance_weighted(p, d, n, sigma))


def _ratios() -> Iterator[Scenario]:
    for n, sigma_x, sigma_e in (
        (5, 0.5, 0.5),
        (10, 0.5, 0.5),
        (20, 0.3, 0.3),
        (100, 0.5, 0.5),
        (500, 0.5, 0.5),
        (30, 0.5, 1),
        (30, 1, 1),
        (300, 1, 1),
        (300, 1.5, 1.5),
        (3000, 1, 1),
    ):
        world = f"n = {n}, denominators lognormal {sigma_x}, row ratios lognormal {sigma_e}"
        yield Scenario("delta method", world, 2.0, _ratio(n, sigma_x, sigma_e), costly=n > 1000)
    for n, share in ((20, 0.2), (200, 0.05), (200, 0.2), (500, 0.2), (500, 0.5)):
        yield Scenario(
            "delta method", f"{share:.0%} of items late, {n} orders", share, _ratio_counts(n, share)
        )


def _means() -> Iterator[Scenario]:
    rating, pareto = World("ratings 1 to 5", _rating, 3.99), World("Pareto 2.2", _pareto, 2.2 / 1.2)
    normal, exponential = World("normal", _normal, 100), World("exponential", _exponential, 1)
    half, one, wild = (World(f"lognormal {s}", _lognormal(s), 1) for s in (0.5, 1, 1.5))
    for n, rows in (
        (3, normal), (5, rating), (30, rating), (10, normal), (5, exponential), (20, exponential), (50, exponential),
        (30, half), (10, one), (100, one), (300, one), (100, wild), (1000, wild), (100, pareto),
    ):  # fmt: skip
        yield Scenario("Hall's t", f"{rows.name}, n = {n}", rows.mean, _mean(n, rows.draw))
    for n, sigma, rows in (
        (5, 0.5, normal), (20, 0.5, rating), (20, 1.0, normal), (50, 1.0, exponential), (50, 1.0, one), (500, 1.0, one),
        (100, 0.5, rating), (200, 0.5, exponential), (300, 0.5, half),
    ):  # fmt: skip
        world = f"{rows.name}, n = {n}, weights lognormal {sigma}"
        yield Scenario("linearised t", world, rows.mean, _weighted_mean(n, sigma, rows.draw))


def _totals() -> Iterator[Scenario]:
    for rate, spread in (
        (0.5, 0),
        (2, 0),
        (10, 0),
        (50, 0),
        (100, 0),
        (300, 0),
        (500, 0),
        (1000, 0),
        (50, 0.02),
        (1000, 0.02),
    ):
        extra = f", rate varying by {spread**0.5:.0%}" if spread else ""
        yield Scenario("exact Poisson", f"{rate:g} events{extra}", rate, _count(rate, spread))
    calm, skewed, wild = (World(f"lognormal {s}", _lognormal(s), 1) for s in (0.5, 1, 1.5))
    refunds, pareto = World("a tenth refunds", _refunds, 0.8), World("Pareto 2.2", _pareto, 2.2 / 1.2)
    for rate, rows in (
        (5, calm), (30, calm), (300, calm), (100, skewed), (1000, skewed), (30, wild), (300, wild), (30, refunds),
        (300, pareto), (3000, pareto),
    ):  # fmt: skip
        yield Scenario(
            "compound Poisson", f"{rate} rows, {rows.name}", rate * rows.mean, _sum(rate, rows.draw)
        )


def _quantiles() -> Iterator[Scenario]:
    for n, q, rows, truth, name in (
        (6, 0.5, _exponential, math.log(2), "exponential"),
        (20, 0.5, _lognormal(1.5), math.exp(-1.125), "lognormal 1.5"),
        (60, 0.9, _exponential, math.log(10), "exponential"),
        (200, 0.95, _pareto, 20 ** (1 / 2.2), "Pareto 2.2"),
        (40, 0.8, _normal, 112.6243185, "normal"),
        (50, 0.5, _rating, 4.0, "ratings 1 to 5 (ties)"),
        (20, 0.95, _exponential, math.log(20), "exponential, one end open"),
        (300, 0.5, _lognormal(1.5), math.exp(-1.125), "lognormal 1.5"),
        (500, 0.9, _exponential, math.log(10), "exponential"),
        (1000, 0.5, _normal, 100.0, "normal"),
    ):
        yield Scenario("order statistics", f"quantile {q}, {name}, n = {n}", truth, _quantile(n, q, rows))
    for n, q, sigma in ((100, 0.5, 0), (100, 0.9, 0), (100, 0.5, 0.5), (100, 0.9, 1), (1000, 0.5, 1)):
        extra = f", weights lognormal {sigma}" if sigma else ""
        world = f"quantile {q}, exponential, n = {n}, histogram{extra}"
        draw = _bucketed(n, q, _exponential, sigma)
        yield Scenario("order statistics", world, -math.log(1 - q), draw, costly=True)


def scenarios() -> Iterator[Scenario]:
    """Give every world."""
    for part in (_shares, _balances, _ratios, _means, _totals, _quantiles, adjusted_scenarios.scenarios):
        yield from part()


def table(times: int = FULL) -> str:
    """Give the table of docs/statistics.md."""
    lines = ["| method | world | coverage % | no interval % |", "|---|---|---:|---:|"]
    for s in scenarios():
        covered, none = measure(s, times)
        lines.append(f"| {s.method} | {s.world} | {covered:.1f} | {none:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
