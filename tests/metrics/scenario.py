"""A world with a known truth, and how often an interval drawn from it holds that."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadline.metrics.intervals import Interval

Array = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Interval]
SEED = 20260301
FULL = 40_000


@dataclass(frozen=True)
class Scenario:
    """One world: `draw` gives the intervals of so many samples from it; a costly one is given fewer."""

    method: str
    world: str
    truth: float
    draw: Draw
    costly: bool = False


def measure(scenario: Scenario, times: int) -> tuple[float, float]:
    """Give the percentage of intervals that hold the truth, and that of samples that gave none."""
    rng = np.random.default_rng([SEED, *scenario.world.encode()])
    _, low, high = scenario.draw(rng, times // 20 if scenario.costly else times)
    given = ~(np.isnan(low) & np.isnan(high))
    inside = (np.nan_to_num(low, nan=-np.inf) <= scenario.truth) & (
        scenario.truth <= np.nan_to_num(high, nan=np.inf)
    )
    return 100 * float(inside[given].mean()), 100 * float(1 - given.mean())
