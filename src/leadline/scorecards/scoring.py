"""From a figure to a score and a status: pure numbers.

The one rule: a colour is shown only where the whole interval supports it; a border belongs to the better
band.
"""

import math
from dataclasses import dataclass
from typing import Literal

from leadline.errors import DefinitionError

Band = Literal["on target", "at risk", "off target"]
ScoreStatus = Literal[
    "on target", "at risk", "off target", "cannot tell", "unscored", "suppressed", "no data"
]

TOP = 10.0
GOAL_SCORE = 20 / 3
RED_FLAG_SCORE = 10 / 3
_ROUNDING = 1e-9
_OUT_OF_REACH = 1_000_000_000
"""More rows than this are said to settle nothing: in practice the value lies on the border."""


@dataclass(frozen=True, slots=True)
class GoalRedFlag:
    """The rule goal_red_flag (CONVENTIONS A.2.1, A.2.2): value to score 0..10.

    Straight lines through (red flag - (goal - red flag), 0), (red flag, 10/3), (goal, 20/3), (stretch, 10),
    flat beyond; without a stretch, 10 stands at goal + (goal - red flag). A goal below the red flag means
    lower is better. Raises DefinitionError when the three do not stand in one order.
    """

    red_flag: float
    goal: float
    stretch: float | None = None

    def __post_init__(self) -> None:
        """Refuse targets that give no scale."""
        numbers = (self.red_flag, self.goal, self.goal if self.stretch is None else self.stretch)
        if not all(map(math.isfinite, numbers)):
            raise DefinitionError(f"Targets must be numbers, not {numbers}.", code="score-targets")
        if self.red_flag == self.goal:
            raise DefinitionError(
                f"Red flag and goal are both {self.goal:g}.", code="score-targets", hint="Set them apart."
            )
        if self.stretch is not None and (self.stretch - self.goal) * self.sign <= 0:
            raise DefinitionError(
                f"The stretch {self.stretch:g} is not beyond the goal {self.goal:g}.",
                code="score-targets",
                hint=f"Set it {'above' if self.sign > 0 else 'below'} the goal, or leave it out.",
            )

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return 1 if self.goal > self.red_flag else -1

    def score(self, value: float) -> float:
        """Give the score, 0..10, of a value in the metric's own unit of measure."""
        step = self.goal - self.red_flag
        best = self.goal + step if self.stretch is None else self.stretch
        if (value - self.goal) * self.sign >= 0:
            return _line(value, (self.goal, GOAL_SCORE), (best, TOP))
        if (value - self.red_flag) * self.sign >= 0:
            return _line(value, (self.red_flag, RED_FLAG_SCORE), (self.goal, GOAL_SCORE))
        return _line(value, (self.red_flag, RED_FLAG_SCORE), (self.red_flag - step, 0.0))

    def band(self, value: float) -> Band:
        """Give the band of a value; a value on a border has the better band."""
        return band(value * self.sign, red_flag=self.red_flag * self.sign, goal=self.goal * self.sign)

    def ends(self, low: float | None, high: float | None) -> tuple[float, float]:
        """Give the scores of the worse and the better end; an end not known is the end of the scale."""
        worse, better = (low, high) if self.sign > 0 else (high, low)
        return (
            0.0 if worse is None else self.score(worse),
            TOP if better is None else self.score(better),
        )

    def status(self, low: float | None, high: float | None) -> Band | Literal["cannot tell"]:
        """Give the band that holds the whole interval, or `cannot tell`. None is an end that is not known."""
        worse = -math.inf if low is None else low
        better = math.inf if high is None else high
        first, last = self.band(worse), self.band(better)
        return first if first == last else "cannot tell"

    def settles_at_n(self, value: float | None, low: float | None, high: float | None, n: int) -> int | None:
        """Give the n that would settle `cannot tell`, were value and spread to stay as they are.

        n (h/d)^2, with d the distance from the value to a border of its band and h the interval's reach on
        that side; the larger of the two where both borders are in reach. None when the status is settled,
        when an end of the interval is not known, or when the value lies on a border, which no n settles.
        """
        if value is None or low is None or high is None or n < 1 or self.status(low, high) != "cannot tell":
            return None
        factor = 1.0
        for border in (self.red_flag, self.goal):
            if low <= border <= high:
                distance = abs(value - border)
                reach = value - low if border < value else high - value
                if distance * math.sqrt(_OUT_OF_REACH / n) <= reach:
                    return None
                factor = max(factor, (reach / distance) ** 2)
        return max(n + 1, math.ceil(n * factor))


def band(value: float, *, red_flag: float, goal: float) -> Band:
    """Give the band of a value where higher is better: the border belongs to the better band."""
    if value >= goal:
        return "on target"
    return "at risk" if value >= red_flag else "off target"


def score_status(low: float, high: float) -> Band | Literal["cannot tell"]:
    """Give the band that holds a whole interval of scores (0..10, borders 10/3 and 20/3), or `cannot tell`.

    A rounding error of 1e-9 is given to the better band, so that a mean of goals met is on target.
    """
    first = band(low + _ROUNDING, red_flag=RED_FLAG_SCORE, goal=GOAL_SCORE)
    last = band(high + _ROUNDING, red_flag=RED_FLAG_SCORE, goal=GOAL_SCORE)
    return first if first == last else "cannot tell"


def _line(value: float, one: tuple[float, float], other: tuple[float, float]) -> float:
    """Score on the line through two points, kept between their scores and exact at both."""
    part = (value - one[0]) / (other[0] - one[0])
    return one[1] + (other[1] - one[1]) * part if part < 1 else other[1]
