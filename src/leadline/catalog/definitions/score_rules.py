"""How a measure's value becomes a score of ten: each convention of the field under its own name (CONVENTIONS A.2)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leadline.catalog.definitions.base import Model

Score = Annotated[float, Field(ge=0, le=10)]
Band = Literal["on target", "at risk", "off target"]
Pair = Annotated[tuple[float, float], Field(strict=False)]
Positive = Annotated[float, Field(gt=0)]


class Piecewise(Model):
    """Straight lines through `points` (value, score), flat beyond the first and the last.

    A score written to two digits means the third it stands for: 3.33 is 10/3, 6.67 is 20/3.
    """

    rule: Literal["piecewise"]
    points: Annotated[tuple[Pair, ...], Field(strict=False, min_length=2)]


class Inside(Model):
    """Best in the middle: 10 in the centre of `goal`, 6.67 at its ends, 3.33 at those of `red_flag`."""

    rule: Literal["inside"]
    red_flag: Pair
    goal: Pair


class YesNo(Model):
    """A figure that is 1 (yes) or 0 (no), with a score for each."""

    rule: Literal["yes_no"]
    yes: Score = 10
    no: Score = 0


class Label(Model):
    """A figure's value, the word that stands for it, and its score."""

    value: float
    label: Annotated[str, Field(min_length=1, max_length=60)]
    score: Score


class Labels(Model):
    """Scored text: Failed, Meets, Exceeds. A value that is none of these has no score."""

    rule: Literal["labels"]
    labels: Annotated[tuple[Label, ...], Field(strict=False, min_length=2)]


class Performance(Model):
    """Linear: (value - minimum) / (maximum - minimum); with `direction: lower`, 1 less that (BSC Designer)."""

    rule: Literal["performance"]
    minimum: float
    maximum: float
    direction: Literal["higher", "lower"] = "higher"


class Progress(Model):
    """Linear: (value - baseline) / (target - baseline), whichever way the target lies (BSC Designer)."""

    rule: Literal["progress"]
    baseline: float
    target: float


class WorstBest(Model):
    """Linear: (worst - value) / (worst - best), the value kept between the two (NICE Uptivity)."""

    rule: Literal["worst_best"]
    worst: float
    best: float


class Attainment(Model):
    """What an attainment in percent is scored by: `red_flag` scores 3.33, `goal` 6.67, as in goal_red_flag."""

    red_flag: float
    goal: float


class Achievement(Attainment):
    """Attainment = value / target: above the target is good (Infor, SAP SSM)."""

    rule: Literal["achievement"]
    target: Positive


class Reduction(Attainment):
    """Attainment = 2 - value / target: below the target is good (SAP SSM names it; the formula is ours)."""

    rule: Literal["reduction"]
    target: Positive


class Absolute(Attainment):
    """Attainment = 1 - |value - target| / |target|: closest to the target is good (SAP SSM; the formula is ours)."""

    rule: Literal["absolute"]
    target: float


class ZeroTarget(Attainment):
    """Attainment = 1 - |value| / tolerance: the target is 0 (SAP SSM; the formula is ours)."""

    rule: Literal["zero_target"]
    tolerance: Positive


class Deviation(Attainment):
    """Attainment = (value - target) / |target|: percent above (positive) or below the target (SAP SSM)."""

    rule: Literal["deviation"]
    target: float


class EqualBands(Model):
    """Each band between two `edges` is an equal part of the scale, however wide it is (Microsoft PerformancePoint)."""

    rule: Literal["equal_bands"]
    edges: Annotated[tuple[float, ...], Field(strict=False, min_length=2)]
    direction: Literal["higher", "lower"] = "higher"


class Match(Model):
    """One line of first_match. Without a condition it holds for every value."""

    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    status: Band
    score: Score

    @property
    def conditions(self) -> dict[str, float]:
        """Give the conditions that are written, by name."""
        names = ("at_least", "at_most", "above", "below")
        return {name: level for name in names if (level := getattr(self, name)) is not None}

    def holds(self, value: float) -> bool:
        """Tell whether a value meets all conditions."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


class FirstMatch(Model):
    """The first line whose conditions hold decides (ClearPoint). With a `target`, levels are percent of it."""

    rule: Literal["first_match"]
    target: Positive | None = None
    rules: Annotated[tuple[Match, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _last_holds_always(self) -> Self:
        if self.rules[-1].conditions:
            raise ValueError("the last rule has conditions: a value that meets none would have no status")
        return self


ScoredBy = Annotated[
    Piecewise
    | Inside
    | YesNo
    | Labels
    | Performance
    | Progress
    | WorstBest
    | Achievement
    | Reduction
    | Absolute
    | ZeroTarget
    | Deviation
    | EqualBands
    | FirstMatch,
    Field(discriminator="rule"),
]
