"""Worlds in which nothing changed, and how often a comparison says that something did.

The one rule: where the rate is above its level it is written down. docs/statistics.md shows what `python -m
tests.insights.comparison_worlds` prints; a test compares the two.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadline.insights.stats.comparison import (
    Moments,
    binomial_floors,
    compare,
    compare_totals,
    poisson_floors,
)
from leadline.insights.stats.dependence import widening

Array = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], tuple[Array, Array]]
"""Gives y and x, days x series."""
DAYS = 364
WEEKDAY = np.arange(DAYS) % 7
WEEK = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.3, 0.2])[WEEKDAY]
"""A service desk's week: the weekend brings a fifth to a third."""
SEED = 20260302
FULL = 10_000
SHAPES = {"week": (7, 7), "month": (28, 31), "quarter": (91, 90)}


@dataclass(frozen=True)
class Quiet:
    """A world without change. `kind` is share, mean or count."""

    kind: str
    world: str
    draw: Draw


def false_alarms(quiet: Quiet, times: int) -> dict[str, tuple[float, float]]:
    """Give, for each length of periods, the percentage of p <= 0.05, and that of p <= 0.001, of all series."""
    rng = np.random.default_rng([SEED, *quiet.world.encode()])
    y, x = quiet.draw(rng, times)
    return {name: _rates(quiet.kind, y, x, *shape) for name, shape in SHAPES.items()}


def _rates(kind: str, y: Array, x: Array, now: int, before: int) -> tuple[float, float]:
    p = compared(kind, y, x, now, before)
    return 100 * float((p <= 0.05).mean()), 100 * float((p <= 0.001).mean())


def compared(kind: str, y: Array, x: Array, now: int, before: int) -> Array:
    """Compare the last `now` days with the `before` days before them; give p. NaN (not compared) stays."""
    one, other = slice(-now, None), slice(-now - before, -now)
    if kind == "count":
        wide = widening(y, x, weekly=True)
        floors = poisson_floors(y[one], y[other])
        days = WEEKDAY[: len(y)]
        return compare_totals(y[one], y[other], days[one], days[other], floors=floors, widening=wide).p
    first, second = Moments.of(y[one], x[one]), Moments.of(y[other], x[other])
    floors = binomial_floors((first.sy, first.sx), (second.sy, second.sx)) if kind == "share" else (0.0, 0.0)
    return compare(first, second, floors=floors, widening=widening(y, x)).p


def _volume(rng: np.random.Generator, mean: float, times: int) -> Array:
    return rng.poisson(mean * WEEK[:, None], (DAYS, times)).astype(np.float64)


def resembling(rng: np.random.Generator, times: int, resemblance: float) -> Array:
    """Standard normal days x series, each day's correlation with the next being `resemblance`."""
    noise = rng.normal(size=(DAYS, times))
    for day in range(1, DAYS):
        noise[day] = resemblance * noise[day - 1] + (1 - resemblance**2) ** 0.5 * noise[day]
    return noise


def _share(mean: float, p: float, *, spread: float = 0.0, weekend: float = 0.0) -> Draw:
    """Binomial days; `spread` is the beta-binomial correlation within a day, `weekend` is taken off the share then."""

    def draw(rng: np.random.Generator, times: int) -> tuple[Array, Array]:
        n = _volume(rng, mean, times)
        chance = np.broadcast_to((p - weekend * (WEEKDAY >= 5))[:, None], n.shape)
        if spread:
            size = 1 / spread - 1
            chance = rng.beta(chance * size, (1 - chance) * size)
        return rng.binomial(n.astype(int), chance).astype(np.float64), n

    return draw


def _mean(mean: float, sigma: float, *, day: float = 0.0, resemblance: float = 0.0) -> Draw:
    """Gamma rows of deviation `sigma` (mean 1); each day has its own level, of deviation `day`."""

    def draw(rng: np.random.Generator, times: int) -> tuple[Array, Array]:
        n = _volume(rng, mean, times)
        total = rng.gamma(np.maximum(n, 1e-9) / sigma**2, sigma**2) * (n > 0)
        return total * np.exp(day * resembling(rng, times, resemblance)), n

    return draw


def _count(mean: float, *, spread: float = 0.0, day: float = 0.0, resemblance: float = 0.0) -> Draw:
    """Poisson days; `spread` is the variance of a gamma factor on each day."""

    def draw(rng: np.random.Generator, times: int) -> tuple[Array, Array]:
        rate = np.repeat(mean * WEEK[:, None], times, axis=1)
        if spread:
            rate *= rng.gamma(1 / spread, spread, rate.shape)
        if day:
            rate *= np.exp(day * resembling(rng, times, resemblance))
        y = rng.poisson(rate).astype(np.float64)
        return y, np.ones_like(y)

    return draw


def quiets() -> Iterator[Quiet]:
    """Give every quiet world. Volumes follow the week in all of them."""
    yield Quiet("share", "80 % of 50 a day", _share(50, 0.8))
    yield Quiet(
        "share",
        "80 % of 50 a day, days differ, weekends 10 points lower",
        _share(50, 0.8, spread=0.02, weekend=0.1),
    )
    yield Quiet("share", "2 % of 50 a day, days differ", _share(50, 0.02, spread=0.01))
    yield Quiet("share", "50 % of 2 a day", _share(2, 0.5))
    yield Quiet("share", "2 % of 3 a day", _share(3, 0.02))
    yield Quiet("mean", "5 skewed rows a day", _mean(5, 1.5))
    yield Quiet("mean", "50 rows a day, days differ by 10 %", _mean(50, 1.0, day=0.1))
    yield Quiet("mean", "50 rows a day, days differ by 30 %", _mean(50, 1.0, day=0.3))
    yield Quiet("count", "0.1 a day", _count(0.1))
    yield Quiet("count", "30 a day", _count(30))
    yield Quiet("count", "200 a day, days differ by 22 %", _count(200, spread=0.05))
    yield Quiet("count", "200 a day, days differ by 70 %", _count(200, spread=0.5))
    yield Quiet("mean", "days resemble: 0.3", _mean(50, 0.5, day=0.2, resemblance=0.3))
    yield Quiet("count", "days resemble: 0.3", _count(200, day=0.2, resemblance=0.3))
    yield Quiet("mean", "days resemble: 0.6", _mean(50, 0.5, day=0.2, resemblance=0.6))
    yield Quiet("count", "days resemble: 0.6", _count(200, day=0.2, resemblance=0.6))
    yield Quiet("mean", "slow drift: 0.95", _mean(50, 0.5, day=0.05, resemblance=0.95))


def table(times: int = FULL) -> str:
    """Give the table of docs/statistics.md."""
    lines = [
        "| kind | quiet world | " + " | ".join(f"{name} 5 % | {name} 0.1 %" for name in SHAPES) + " |",
        "|---|---|" + "---:|---:|" * len(SHAPES),
    ]
    for quiet in quiets():
        cells = [f"{a:.1f} | {b:.2f}" for a, b in false_alarms(quiet, times).values()]
        lines.append(f"| {quiet.kind} | {quiet.world} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
