"""From a figure to a score and a status: pure numbers.

The one rule: a colour is shown only where the whole interval supports it. On which side a border lies is part of the
definition; not said, it belongs to the better band.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from leadline.catalog.definitions.score_rules import Band

Borders = Literal["better", "worse"]
Settled = Band | Literal["cannot tell"]

TOP = 10.0
GOAL_SCORE = 20 / 3
RED_FLAG_SCORE = 10 / 3
ROUNDING = 1e-9
BANDS: tuple[Band, ...] = ("off target", "at risk", "on target")
_OUT_OF_REACH = 1_000_000_000
"""More rows than this are said to settle nothing: in practice the value lies on the border."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One side from which values get better: beyond `red_flag` they are off target, from `goal` on they are on it.

    `sign` is 1 where higher is better there, -1 where lower is. Both borders are in the metric's unit of measure, and
    one number where there is nothing between them.
    """

    red_flag: float
    goal: float
    sign: int


class ScoreRule(ABC):
    """How a value is scored (0..10) and which band it is in.

    `breaks` are the values between which the score is a straight line and the band the same; `borders` says to which
    band a value on a border belongs. `is_exact` says that the value itself is judged, not its interval.
    """

    borders: Borders
    is_exact = False

    @property
    @abstractmethod
    def breaks(self) -> tuple[float, ...]:
        """Give the values at which line or band change, ascending."""

    @abstractmethod
    def score(self, value: float) -> float:
        """Give the score of a value, which may be infinite; NaN where it has none."""

    @abstractmethod
    def band(self, value: float) -> Band:
        """Give the band of a value."""

    def ends(self, low: float | None, high: float | None) -> tuple[float, float]:
        """Give the least and the greatest score in an interval; an end not known may be anywhere beyond."""
        scores = [self.score(value) for value in self._candidates(low, high)]
        return min(scores), max(scores)

    def status(self, low: float | None, high: float | None) -> Settled:
        """Give the band that holds the whole interval, or `cannot tell`. None is an end that is not known."""
        found = {self.band(value) for value in self._candidates(low, high)}
        return found.pop() if len(found) == 1 else "cannot tell"

    def settles_at_n(self, value: float | None, low: float | None, high: float | None, n: int) -> int | None:
        """Give the n that would settle `cannot tell`, were value and spread to stay as they are.

        n (h/d)^2, with d the distance from the value to a border of its band and h the interval's reach on
        that side; the larger of the two where both borders are in reach. None when the status is settled,
        when an end of the interval is not known, or when the value lies on a border, which no n settles.
        """
        if value is None or low is None or high is None or n < 1 or self.status(low, high) != "cannot tell":
            return None
        factor = 1.0
        for border in {level for aim in self.aims for level in (aim.red_flag, aim.goal)}:
            if low <= border <= high:
                distance = abs(value - border)
                reach = value - low if border < value else high - value
                if distance * math.sqrt(_OUT_OF_REACH / n) <= reach:
                    return None
                factor = max(factor, (reach / distance) ** 2)
        return max(n + 1, math.ceil(n * factor))

    @cached_property
    def aims(self) -> tuple[Aim, ...]:
        """Give the sides from which values get better: none, one, or two where the best lies in the middle."""
        borders = [(at, self.band(left), self.band(right)) for at, left, right in self._sides()]
        changes = [(at, BANDS.index(one), BANDS.index(other)) for at, one, other in borders if one != other]
        found: list[Aim] = []
        for sign in (1, -1):
            way = [(at, *sorted((one, other))) for at, one, other in changes if (other - one) * sign > 0]
            falls = next((at for at, worse, _ in way if worse == 0), None)
            meets = next((at for at, _, better in reversed(way) if better == len(BANDS) - 1), None)
            if falls is not None or meets is not None:
                red_flag, goal = (meets if falls is None else falls), (falls if meets is None else meets)
                found.append(Aim(red_flag or 0.0, goal or 0.0, sign))
        return tuple(found)

    @property
    def red_flag(self) -> float | None:
        """Give the level beyond which values are off target, where there is one side."""
        return self.aims[0].red_flag if len(self.aims) == 1 else None

    @property
    def goal(self) -> float | None:
        """Give the level from which values are on target, where there is one side."""
        return self.aims[0].goal if len(self.aims) == 1 else None

    @property
    def sign(self) -> int:
        """Give 1 where higher is better, -1 where lower is, 0 where neither."""
        return self.aims[0].sign if len(self.aims) == 1 else 0

    def _candidates(self, low: float | None, high: float | None) -> list[float]:
        """Give values that show every score and band that an interval holds: its ends, its breaks, what is between."""
        first, last = (-math.inf if low is None else low), (math.inf if high is None else high)
        inside = [at for at in self.breaks if first < at < last]
        beside = [math.nextafter(at, way) for at in inside for way in (-math.inf, math.inf)]
        return [first, last, *inside, *(at for at in beside if first <= at <= last), *_between(inside)]

    def _sides(self) -> list[tuple[float, float, float]]:
        """Give each break with a value of the stretch below it and one of that above."""
        breaks = self.breaks
        middles = [breaks[0] - 1.0, *_between(breaks), breaks[-1] + 1.0] if breaks else []
        return [(at, middles[i], middles[i + 1]) for i, at in enumerate(breaks)]


def _between(breaks: Sequence[float]) -> list[float]:
    return [one + (other - one) / 2 for one, other in pairwise(breaks)]


def band_of(score: float, borders: Borders = "better") -> Band:
    """Give the band of a score: borders lie at 10/3 and 20/3. A rounding error of 1e-9 is the border itself."""
    leeway = ROUNDING if borders == "better" else -ROUNDING
    if score + leeway > GOAL_SCORE:
        return "on target"
    return "at risk" if score + leeway > RED_FLAG_SCORE else "off target"


def is_beyond(low: float | None, level: float | None, borders: Borders = "better") -> bool:
    """Tell whether a score, at its lower end, lies beyond a level; on it counts where borders belong to the better."""
    if low is None or level is None:
        return False
    return low + (ROUNDING if borders == "better" else -ROUNDING) > level
