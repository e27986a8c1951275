"""The score rules themselves: lines through points, and lists of which the first that matches decides."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

from leadline.catalog.definitions.score_rules import Band, FirstMatch, Label, Labels, Match, ScoredBy, YesNo
from leadline.catalog.definitions.scorecard import Measure
from leadline.catalog.scoring import GOAL_SCORE, RED_FLAG_SCORE, TOP, Borders, ScoreRule, band_of
from leadline.catalog.units import UnitTree
from leadline.errors import DefinitionError

Point = tuple[float, float]
TOP_ATTAINMENT = 100.0
_EVERYTHING: Mapping[str, str] = {}
_WRITTEN = 0.005
"""A score written to two digits is this near to the third that it stands for."""


@dataclass(frozen=True)
class Line(ScoreRule):
    """Straight lines through points (value, score 0..10), flat beyond them; bands are thirds of the scale.

    Raises DefinitionError when the values do not ascend or a number is not finite.
    """

    points: tuple[Point, ...]
    borders: Borders = "better"

    def __post_init__(self) -> None:
        """Refuse points that give no scale."""
        values = [value for value, _ in self.points]
        if not all(math.isfinite(number) for point in self.points for number in point):
            raise _unusable("A score rule's numbers must be finite.", "Write plain numbers.")
        if len(values) < 2 or any(one >= other for one, other in pairwise(values)):
            raise _unusable(
                f"The values {', '.join(f'{v:g}' for v in values)} do not stand in ascending order, each once.",
                "Order them, and set equal ones apart.",
            )

    def score(self, value: float) -> float:
        """Give the score, 0..10, of a value in the metric's own unit of measure."""
        if value <= self.points[0][0]:
            return self.points[0][1]
        for one, other in pairwise(self.points):
            if value <= other[0]:
                part = (value - one[0]) / (other[0] - one[0])
                return one[1] + (other[1] - one[1]) * part if part < 1 else other[1]
        return self.points[-1][1]

    def band(self, value: float) -> Band:
        """Give the band of a value: that of its score."""
        return band_of(self.score(value), self.borders)

    @cached_property
    def breaks(self) -> tuple[float, ...]:
        """Give the points' values, and those at which a line crosses the border of a band."""
        found = {value for value, _ in self.points}
        for (x, one), (y, other) in pairwise(self.points):
            for level in (RED_FLAG_SCORE, GOAL_SCORE):
                if min(one, other) < level < max(one, other):
                    found.add(x + (level - one) / (other - one) * (y - x))
        return tuple(sorted(found))


@dataclass(frozen=True)
class First(ScoreRule):
    """Lines of conditions, each with a status and a score: the first that holds decides."""

    lines: tuple[Match, ...]
    borders: Borders = "better"

    def score(self, value: float) -> float:
        """Give the score of the first line that holds."""
        return self._line(value).score

    def band(self, value: float) -> Band:
        """Give the status of the first line that holds."""
        return self._line(value).status

    @cached_property
    def breaks(self) -> tuple[float, ...]:
        """Give the levels of all conditions."""
        return tuple(sorted({level for line in self.lines for level in line.conditions.values()}))

    def _line(self, value: float) -> Match:
        return next(line for line in self.lines if line.holds(value))


@dataclass(frozen=True)
class Named(ScoreRule):
    """Values that stand for words, each with a score; any other value has none."""

    labels: tuple[Label, ...]
    borders: Borders = "better"
    is_exact = True

    def score(self, value: float) -> float:
        """Give the score of the label that a value stands for, or NaN."""
        return next((label.score for label in self.labels if label.value == value), math.nan)

    def band(self, value: float) -> Band:
        """Give the band of a label's score; a value without a label is in the worst."""
        score = self.score(value)
        return band_of(score, self.borders) if not math.isnan(score) else "off target"

    @property
    def breaks(self) -> tuple[float, ...]:
        """Give the labels' values."""
        return tuple(sorted(label.value for label in self.labels))

    @property
    def aims(self) -> tuple[()]:
        """Give none."""
        return ()

    def word(self, value: float) -> str | None:
        """Give the word that a value stands for."""
        return next((label.label for label in self.labels if label.value == value), None)


def goal_red_flag(
    red_flag: float, goal: float, stretch: float | None = None, borders: Borders = "better"
) -> Line:
    """The rule goal_red_flag (CONVENTIONS A.2.1, A.2.2): value to score 0..10.

    Straight lines through (red flag - (goal - red flag), 0), (red flag, 10/3), (goal, 20/3), (stretch, 10),
    flat beyond; without a stretch, 10 stands at goal + (goal - red flag). A goal below the red flag means
    lower is better. Raises DefinitionError when the three do not stand in one order.
    """
    if red_flag == goal:
        raise _unusable(f"Red flag and goal are both {goal:g}.", "Set them apart.")
    step = goal - red_flag
    if stretch is not None and (stretch - goal) * step <= 0:
        side = "above" if step > 0 else "below"
        raise _unusable(
            f"The stretch {stretch:g} is not beyond the goal {goal:g}.",
            f"Set it {side} the goal, or leave it out.",
        )
    best = goal + step if stretch is None else stretch
    return _line(
        [(red_flag - step, 0.0), (red_flag, RED_FLAG_SCORE), (goal, GOAL_SCORE), (best, TOP)], borders
    )


def aimed(
    measure: Measure, units: UnitTree, unit: str | None, day: date, where: Mapping[str, str] = _EVERYTHING
) -> Measure:
    """Give a measure with the targets that hold for a unit and a segment on a day.

    The nearest unit's hold; of those the segment's, before those of everything in it; of those the latest. Targets of a
    segment never hold for what is not in it.
    """
    if not measure.targets:
        return measure
    lineage = [unit, *units.ancestors(unit)] if unit in units.names and unit is not None else []
    for here in (*lineage, None):
        held = [
            t
            for t in measure.targets
            if t.unit == here and (t.from_ or date.min) <= day and t.where.items() <= where.items()
        ]
        if held:
            last = max(held, key=lambda t: (len(t.where), t.from_ or date.min))
            return measure.model_copy(
                update={"red_flag": last.red_flag, "goal": last.goal, "stretch": last.stretch}
            )
    return measure


def rule_of(measure: Measure) -> ScoreRule | None:
    """Give a measure's score rule; None where it is unscored or has no targets.

    Raises DefinitionError where its numbers give no scale.
    """
    if measure.score == "unscored":
        return None
    if measure.score == "goal_red_flag":
        if measure.red_flag is None or measure.goal is None:
            return None
        return goal_red_flag(measure.red_flag, measure.goal, measure.stretch, measure.borders)
    return scored_by(measure.score, measure.borders)


def scored_by(rule: ScoredBy, borders: Borders = "better") -> ScoreRule:
    """Give the rule that a definition names. Raises DefinitionError where its numbers give no scale."""
    match rule:
        case YesNo():
            words = (Label(value=1, label="Yes", score=rule.yes), Label(value=0, label="No", score=rule.no))
            return Named(words, borders)
        case Labels():
            if len({label.value for label in rule.labels}) < len(rule.labels):
                raise _unusable("Two labels stand for one value.", "Give each label a value of its own.")
            return Named(rule.labels, borders)
        case FirstMatch():
            part = 1.0 if rule.target is None else rule.target / 100
            return First(tuple(_scaled(line, part) for line in rule.rules), borders)
        case _:
            return _line(_points(rule), borders)


def _points(rule: ScoredBy) -> list[Point]:
    """Give the points of a rule that is made of straight lines."""
    match rule.rule:
        case "piecewise":
            return [(value, third(score)) for value, score in rule.points]
        case "inside":
            (low_flag, high_flag), (low, high) = rule.red_flag, rule.goal
            if not low_flag < low < high < high_flag:
                raise _unusable(
                    "The goal does not lie inside the red flags.", "Write red_flag: [70, 95], goal: [80, 85]."
                )
            below = [(low_flag - (low - low_flag), 0.0), (low_flag, RED_FLAG_SCORE), (low, GOAL_SCORE)]
            above = [(high, GOAL_SCORE), (high_flag, RED_FLAG_SCORE), (high_flag + (high_flag - high), 0.0)]
            return [*below, ((low + high) / 2, TOP), *above]
        case "performance":
            ends = (0.0, TOP) if rule.direction == "higher" else (TOP, 0.0)
            return [(rule.minimum, ends[0]), (rule.maximum, ends[1])]
        case "progress":
            return _two((rule.baseline, 0.0), (rule.target, TOP))
        case "worst_best":
            return _two((rule.worst, 0.0), (rule.best, TOP))
        case "equal_bands":
            part = TOP / (len(rule.edges) - 1)
            up = rule.direction == "higher"
            return [(edge, part * i if up else TOP - part * i) for i, edge in enumerate(rule.edges)]
        case _:
            return _attained(rule)


def _attained(rule: ScoredBy) -> list[Point]:
    """Give the points of an attainment: those of goal_red_flag in percent, as values. Where it peaks, on both sides."""
    assert rule.rule in {"achievement", "reduction", "absolute", "zero_target", "deviation"}  # noqa: S101 - the rest
    peaks = rule.rule in {"absolute", "zero_target"}
    if peaks and not rule.red_flag < rule.goal <= TOP_ATTAINMENT:
        raise _unusable(
            "An attainment of 100 is the best there is.", "Set the goal above the red flag, at most 100."
        )
    stretch = TOP_ATTAINMENT if peaks and rule.goal < TOP_ATTAINMENT else None
    scale = goal_red_flag(rule.red_flag, rule.goal, stretch)
    target = 0.0 if rule.rule == "zero_target" else rule.target
    width = rule.tolerance if rule.rule == "zero_target" else abs(target)
    if width == 0:
        raise _unusable("An attainment of a target of 0 is nowhere.", "Use `rule: zero_target`.")
    if rule.rule == "achievement":
        return [(percent / 100 * width, score) for percent, score in scale.points]
    if rule.rule == "deviation":
        return [(target + percent / 100 * width, score) for percent, score in scale.points]
    if rule.rule == "reduction":
        return sorted(((2 - percent / 100) * width, score) for percent, score in scale.points)
    distances = sorted({max(1 - percent / 100, 0.0) for percent, _ in scale.points} | {0.0})
    one_side = [(d * width, scale.score((1 - d) * 100)) for d in distances]
    return sorted({(target + way * d, score) for d, score in one_side for way in (-1, 1)})


def _scaled(line: Match, part: float) -> Match:
    return line.model_copy(update={name: level * part for name, level in line.conditions.items()})


def _two(one: Point, other: Point) -> list[Point]:
    return sorted([one, other])


def _line(points: Sequence[Point], borders: Borders) -> Line:
    return Line(tuple(points) if points[0][0] < points[-1][0] else tuple(reversed(points)), borders)


def third(score: float) -> float:
    """Give the third that a score written to two digits stands for."""
    return next((third for third in (RED_FLAG_SCORE, GOAL_SCORE) if abs(score - third) < _WRITTEN), score)


def _unusable(message: str, hint: str) -> DefinitionError:
    return DefinitionError(message, code="score-targets", hint=hint)
