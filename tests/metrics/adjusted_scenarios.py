"""Worlds for the intervals of rows in clusters, of censored times, of standardised and of raked figures.

Drawn and measured as those of interval_scenarios.py, which prints both.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from leadline.metrics import survival
from leadline.metrics.adjusted import clusters, raking, standardise
from leadline.metrics.intervals import Interval
from tests.metrics.scenario import Array, Draw, Scenario

Sizes = Callable[[np.random.Generator, tuple[int, int]], Array]


def _gathered(one_by_one: Iterator[Interval]) -> Interval:
    return Interval(*(np.asarray(ends, dtype=np.float64) for ends in zip(*one_by_one, strict=True)))


# rows in clusters


def _equal(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    del rng
    return np.full(shape, 4.0)


def _geometric(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.geometric(0.4, shape).astype(float)


def _heavy(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.ceil(rng.lognormal(0.5, 1.2, shape))


SIZES: dict[str, Sizes] = {"4 rows each": _equal, "geometric": _geometric, "few hold most": _heavy}


def _sums(x: Array, y: Array) -> clusters.Sums:
    every = np.full(len(x), float(x.shape[1]))
    return clusters.Sums(every, x.sum(1), y.sum(1), (x * x).sum(1), (y * y).sum(1), (x * y).sum(1))


def _share(number: int, p: float, alike: float, sizes: Sizes) -> Draw:
    """Clusters whose own shares are beta with mean p and correlation `alike` between two rows of one."""

    def draw(rng: np.random.Generator, times: int) -> Interval:
        x = sizes(rng, (times, number))
        own = rng.beta(p * (1 / alike - 1), (1 - p) * (1 / alike - 1), x.shape)
        y = rng.binomial(x.astype(int), own).astype(float)
        return clusters.share(_sums(x, y), x.sum(1))

    return draw


def _balance(number: int, p: float, d: float, sizes: Sizes) -> Draw:
    """Half of the clusters answer all alike, the rest as they come."""

    def draw(rng: np.random.Generator, times: int) -> Interval:
        x = sizes(rng, (times, number))
        one = rng.choice([1.0, 0.0, -1.0], x.shape, p=[p, 1 - p - d, d])
        alike = rng.random(x.shape) < 0.5
        up = rng.binomial(x.astype(int), p)
        down = rng.binomial(x.astype(int) - up, d / (1 - p))
        plus = np.where(alike, x * (one > 0), up)
        minus = np.where(alike, x * (one < 0), down)
        return clusters.balance(_sums(x, plus - minus), x.sum(1), plus.sum(1), minus.sum(1))

    return draw


def _mean(number: int, sizes: Sizes, *, skewed: bool) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        x = sizes(rng, (times, number))
        own = rng.lognormal(-0.32, 0.8, x.shape) if skewed else rng.normal(5, 0.6, x.shape)
        y = own * x + (0 if skewed else rng.normal(0, 1, x.shape) * np.sqrt(x))
        return clusters.ratio(_sums(x, y), positive=True)

    return draw


def _count(rate: float, sizes: Sizes) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        number = rng.poisson(rate, times)
        x = sizes(rng, (times, max(int(number.max()), 1)))
        x = np.where(np.arange(x.shape[1]) < number[:, None], x, 0.0)
        return clusters.count(_sums(x, 0 * x))

    return draw


def _clusters() -> Iterator[Scenario]:
    for number, p, alike, sizes in (
        (5, 0.8, 0.3, "4 rows each"),
        (10, 0.8, 0.3, "geometric"),
        (20, 0.8, 0.3, "few hold most"),
        (50, 0.95, 0.3, "geometric"),
        (50, 0.95, 0.3, "few hold most"),
        (100, 0.7, 0.2, "geometric"),
        (200, 0.5, 0.1, "geometric"),
        (200, 0.8, 0.3, "few hold most"),
    ):
        world = f"{number} customers, {sizes}; share {p:.0%}, correlation {alike}"
        yield Scenario("Wilson, clusters", world, p, _share(number, p, alike, SIZES[sizes]))
    for number, p, d, sizes in (
        (10, 0.5, 0.2, "geometric"),
        (30, 0.5, 0.2, "geometric"),
        (30, 0.5, 0.2, "few hold most"),
        (60, 0.4, 0.3, "geometric"),
        (100, 0.8, 0.05, "geometric"),
        (200, 0.5, 0.2, "few hold most"),
    ):
        world = f"{number} customers, {sizes}; {p:.0%} up, {d:.0%} down"
        yield Scenario("adjusted Wald, clusters", world, p - d, _balance(number, p, d, SIZES[sizes]))
    for number, sizes, skewed in (
        (5, "4 rows each", False),
        (10, "geometric", False),
        (10, "few hold most", False),
        (30, "geometric", False),
        (50, "few hold most", False),
        (50, "geometric", True),
        (200, "few hold most", True),
    ):
        rows = "customers' means lognormal 0.8" if skewed else "customers' means normal"
        truth = 1.0 if skewed else 5.0
        draw = _mean(number, SIZES[sizes], skewed=skewed)
        yield Scenario("linearised t, clusters", f"{number} customers, {sizes}; {rows}", truth, draw)
    for rate, sizes, mean in (
        (2, "4 rows each", 4.0),
        (5, "geometric", 2.5),
        (20, "geometric", 2.5),
        (50, "geometric", 2.5),
        (100, "geometric", 2.5),
        (300, "geometric", 2.5),
        (300, "4 rows each", 4.0),
    ):
        world = f"{rate} customers, {sizes}"
        yield Scenario("Poisson, clusters", world, rate * mean, _count(rate, SIZES[sizes]))


# times to an event that for some is still to come


def _time(number: int, q: float, limit: float, sigma: float = 0.0) -> Draw:
    """Times exponential (or lognormal), each watched for a uniform time up to `limit`."""

    def draw(rng: np.random.Generator, times: int) -> Interval:
        def one() -> Interval:
            t = rng.lognormal(0, sigma, number) if sigma else rng.exponential(1, number)
            watched = rng.uniform(0, limit, number) if limit else np.full(number, 1e9)
            is_open = watched < t
            curve = survival.kaplan_meier(np.where(is_open, watched, t), ~is_open, is_open)
            return survival.quantile(curve, q)

        return _gathered(one() for _ in range(times))

    return draw


def _times() -> Iterator[Scenario]:
    for number, q, limit, sigma in (
        (6, 0.5, 0, 0),
        (15, 0.5, 0, 0),
        (10, 0.5, 3, 0),
        (30, 0.5, 3, 0),
        (100, 0.5, 3, 0),
        (100, 0.75, 3, 0),
        (300, 0.9, 3, 0),
        (100, 0.5, 4, 1.5),
    ):
        truth = math.exp(0.0) if sigma else -math.log(1 - q)
        rows = f"lognormal {sigma}" if sigma else "exponential"
        seen = f"watched up to {limit}" if limit else "all watched to the end"
        world = f"quantile {q}, {rows}, n = {number}, {seen}"
        yield Scenario("Brookmeyer-Crowley", world, truth, _time(number, q, limit, sigma), costly=True)


# figures of a reference mix

Sequence = tuple[float, ...]


def _mixed(shares: Sequence, n: tuple[int, ...], p: Sequence) -> Draw:
    return lambda rng, times: standardise.share(rng.binomial(n, p, (times, len(n))), n, shares)


def _mixed_balance(shares: Sequence, n: tuple[int, ...], p: Sequence) -> Draw:
    """Two in three of those who are not in favour are against."""

    def draw(rng: np.random.Generator, times: int) -> Interval:
        up = rng.binomial(n, p, (times, len(n)))
        return standardise.balance(up, rng.binomial(np.array(n) - up, 2 / 3), n, shares)

    return draw


def _mixed_mean(shares: Sequence, n: tuple[int, ...], sigmas: Sequence, *, skewed: bool) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        sx, sxx = np.zeros((times, len(n))), np.zeros((times, len(n)))
        for i, (size, sigma) in enumerate(zip(n, sigmas, strict=True)):
            shape = (times, size)
            x = (
                (i + 1) * rng.lognormal(-(sigma**2) / 2, sigma, shape)
                if skewed
                else rng.normal(i + 1, sigma, shape)
            )
            sx[:, i], sxx[:, i] = x.sum(1), (x * x).sum(1)
        return standardise.mean(n, sx, sxx, shares)

    return draw


def _rate(shares: Sequence, exposure: Sequence, rates: Sequence) -> Draw:
    def draw(rng: np.random.Generator, times: int) -> Interval:
        events = rng.poisson(np.array(exposure) * rates, (times, len(rates)))
        return standardise.rate(events, exposure, shares)

    return draw


MIXES: tuple[tuple[str, Sequence, tuple[int, ...], Sequence], ...] = (
    ("3 strata of 20", (1, 1, 1), (20, 20, 20), (0.8, 0.7, 0.6)),
    ("3 strata, weights 6:3:1, n 10, 40, 150", (6, 3, 1), (10, 40, 150), (0.7, 0.8, 0.9)),
    ("3 strata, weights 5:3:2, n 3, 5, 8", (5, 3, 2), (3, 5, 8), (0.7, 0.8, 0.9)),
    ("10 strata of 5", (1,) * 10, (5,) * 10, tuple(np.linspace(0.4, 0.9, 10))),
    ("20 strata of 2", (1,) * 20, (2,) * 20, tuple(np.linspace(0.3, 0.9, 20))),
    ("3 strata of rare ones, n 200, 400, 30", (5, 3, 2), (200, 400, 30), (0.02, 0.01, 0.03)),
    ("3 strata, n 300, 100, 500", (5, 3, 2), (300, 100, 500), (0.6, 0.8, 0.9)),
)


def _expected(shares: Sequence, values: npt.ArrayLike) -> float:
    return float(np.average(np.asarray(values, dtype=np.float64), weights=shares))


def _standardised() -> Iterator[Scenario]:
    for world, shares, n, p in MIXES:
        yield Scenario("standardised share", world, _expected(shares, p), _mixed(shares, n, p))
        if "rare" not in world:
            truth = _expected(shares, np.array(p) - (1 - np.array(p)) * 2 / 3)
            yield Scenario("standardised balance", world, truth, _mixed_balance(shares, n, p))
    for world, shares, n, sigmas, skewed in (
        ("3 strata of 20, normal", (1, 1, 1), (20, 20, 20), (1, 1, 1), False),
        ("3 strata, weights 6:3:1, n 5, 40, 150, normal", (6, 3, 1), (5, 40, 150), (1, 2, 1), False),
        ("3 strata, weights 5:3:2, n 2, 3, 4, normal", (5, 3, 2), (2, 3, 4), (1, 1, 1), False),
        ("10 strata of 1 and 3, normal", (1,) * 10, (1, 3) * 5, (1,) * 10, False),
        ("5 strata of 8, spreads 1 and 2, normal", (1,) * 5, (8,) * 5, (1, 2, 1, 2, 1), False),
        ("10 strata of 2, spreads 0.3 to 3", (1,) * 10, (2,) * 10, tuple(np.linspace(0.3, 3, 10)), False),
        ("3 strata, n 30, 100, 300, lognormal 1", (5, 3, 2), (30, 100, 300), (1, 1, 1), True),
    ):
        truth = _expected(shares, range(1, len(n) + 1))
        yield Scenario("standardised mean", world, truth, _mixed_mean(shares, n, sigmas, skewed=skewed))
    for world, shares, exposure, rates in (
        ("3 strata, 10 events each", (1, 1, 1), (10, 20, 30), (1, 0.5, 1 / 3)),
        ("3 strata, 1 event each", (1, 1, 1), (1, 1, 1), (1, 1, 1)),
        ("3 strata, weights 6:3:1, 2, 20 and 100 events", (6, 3, 1), (2, 20, 100), (1, 1, 1)),
        ("10 strata, 1 to 10 events", (1,) * 10, tuple(range(1, 11)), (1,) * 10),
        ("2 strata, 100 events each", (1, 3), (100, 100), (1, 1)),
        ("4 strata, 50 events each", (1, 1, 1, 1), (50, 50, 50, 50), (1, 1, 1, 1)),
        ("3 strata, weights 6:3:1, 200, 500 and 300 events", (6, 3, 1), (200, 500, 300), (1, 1, 1)),
        ("2 strata, 1,000 events each", (1, 3), (1000, 1000), (1, 1)),
    ):
        yield Scenario("gamma", world, _expected(shares, rates), _rate(shares, exposure, rates))


# raked figures

PEOPLE = np.outer([0.5, 0.3, 0.2], [0.5, 0.5])
CELLS = np.array([(i, j) for i in range(3) for j in range(2)])


def _raked(number: int, answering: Array, p: Array, *, mean: bool = False) -> Draw:
    """People in three by two groups, who answer as often as `answering`; margins are known, cells are not."""
    chances = (PEOPLE * answering / (PEOPLE * answering).sum()).ravel()

    def one(rng: np.random.Generator) -> Interval:
        rows = rng.multinomial(number, chances)
        there = rows > 0
        n, cells = rows[there], CELLS[there]
        try:
            weights = raking.rake(cells, n, [PEOPLE.sum(1), PEOPLE.sum(0)]).weights
        except raking.RakingError:
            return Interval(*(np.asarray(np.nan) for _ in range(3)))
        if not mean:
            return raking.share(weights, cells, n, rng.binomial(n, p.ravel()[there]))
        groups = [at * rng.lognormal(-0.125, 0.5, size) for at, size in zip(p.ravel()[there], n, strict=True)]
        return raking.mean(weights, cells, n, [g.sum() for g in groups], [g @ g for g in groups])

    return lambda rng, times: _gathered(one(rng) for _ in range(times))


ODD = np.array([[0.2, 0.8], [0.5, 0.5], [1.0, 1.0]])
PRODUCT = np.outer([1.0, 2.0, 5.0], [1.0, 2.0])
ADDING = np.array([[0.9, 0.8], [0.7, 0.6], [0.5, 0.4]])
CROSSING = np.array([[0.9, 0.6], [0.6, 0.9], [0.4, 0.8]])
HIGH = np.array([[0.98, 0.97], [0.95, 0.9], [0.9, 0.85]])


def _rakings() -> Iterator[Scenario]:
    for number, world, answering, p in (
        (50, "answers follow the margins", PRODUCT, ADDING),
        (200, "answers follow the margins", PRODUCT, ADDING),
        (400, "answers near 95 %", PRODUCT, HIGH),
        (200, "who answers and what follows the cells, one of both", PRODUCT, CROSSING),
        (100, "who answers and what follows the cells, the other", ODD, ADDING),
        (200, "who answers and what follows the cells, both", ODD, CROSSING),
    ):
        truth = float((PEOPLE * p).sum())
        yield Scenario(
            "raked share", f"{world}, n = {number}", truth, _raked(number, answering, p), costly=True
        )
    for number, p in (
        (30, ADDING), (100, ADDING), (200, ADDING), (400, ADDING), (800, ADDING), (100, CROSSING), (400, HIGH),
        (800, HIGH),
    ):  # fmt: skip
        name = {id(ADDING): "adding", id(CROSSING): "crossing", id(HIGH): "nearly equal"}[id(p)]
        truth = float((PEOPLE * p).sum())
        draw = _raked(number, PRODUCT, p, mean=True)
        yield Scenario("raked mean", f"lognormal 0.5, effects {name}, n = {number}", truth, draw, costly=True)


def scenarios() -> Iterator[Scenario]:
    """Give every world."""
    for part in (_times, _clusters, _standardised, _rakings):
        yield from part()
