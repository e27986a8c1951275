"""Places in an order, as sure as they are: each unit's place is an interval, and units that share places are ties.

Klein, Wright and Wieczorek (2020), A joint confidence region for an overall ranking of populations, JRSS C 69:589. All
values lie in their intervals at once with the confidence asked for; a unit is then certainly behind all whose interval
lies wholly before its own, and before all whose lies wholly behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

LEVEL = 0.95
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Placing:
    """One unit's place, 1 the best: from `first` to `last`. `low` and `high` are the ends that hold for all at once."""

    first: int
    last: int
    low: float | None
    high: float | None


def placings(
    figures: Sequence[tuple[float, float | None, float | None]], better: int, *, level: float = LEVEL
) -> tuple[Placing, ...]:
    """Give each figure's interval of places, from values with their 95 % intervals.

    `better` is 1 where higher is better, else -1. Intervals are widened to hold together (Sidak, figures independent;
    with figures that err together they hold more often than that). A figure without an interval may have any place.
    """
    count = len(figures)
    wider = NormalDist().inv_cdf((1 + level ** (1 / max(count, 1))) / 2) / _Z
    ends = [_widened(one, wider) for one in figures]
    found = []
    for low, high in ends:
        ahead = sum(_beyond(other, (low, high), better) for other in ends)
        behind = sum(_beyond((low, high), other, better) for other in ends)
        found.append(Placing(1 + ahead, count - behind, low, high))
    return tuple(found)


def _widened(
    one: tuple[float, float | None, float | None], wider: float
) -> tuple[float | None, float | None]:
    value, low, high = one
    return (
        None if low is None else value - (value - low) * wider,
        None if high is None else value + (high - value) * wider,
    )


def _beyond(
    one: tuple[float | None, float | None], other: tuple[float | None, float | None], better: int
) -> bool:
    """Tell whether one interval lies wholly on the better side of another."""
    if better > 0:
        return one[0] is not None and other[1] is not None and one[0] > other[1]
    return one[1] is not None and other[0] is not None and one[1] < other[0]
