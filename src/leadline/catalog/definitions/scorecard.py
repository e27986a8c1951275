"""`kind: scorecard`: perspectives, objectives and measures, with weights, targets and the rule for gaps."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Model, Name
from leadline.catalog.definitions.calendar import Day
from leadline.catalog.definitions.reporting import Reporting
from leadline.catalog.definitions.score_rules import ScoredBy

Share = Annotated[float, Field(ge=0)]

RollUp = Literal[
    "weighted", "worst", "best", "most_frequent_ties_worst", "most_frequent_ties_best", "count", "none"
]
"""How children's scores become their parent's (CONVENTIONS A.3). `count` only counts statuses; `none`: the parent has
no score."""


class DatedWeight(Model):
    """A weight that holds from a day on, until the next one does."""

    from_: Day = Field(alias="from")
    weight: Share


class Weighted(Model):
    """What weighs among its siblings: one weight, or several, each from a day on; before the first none."""

    weight: Share | Annotated[tuple[DatedWeight, ...], Field(strict=False, min_length=1)] = 1

    @property
    def weights(self) -> tuple[tuple[date, float], ...]:
        """Give every weight with the day from which it holds."""
        if isinstance(self.weight, tuple):
            return tuple((one.from_, one.weight) for one in self.weight)
        return ((date.min, self.weight),)

    def weight_on(self, day: date) -> float:
        """Give the weight that holds on a day."""
        return next((weight for since, weight in reversed(self.weights) if since <= day), 0.0)


class OwnTarget(Model):
    """Targets that hold for one unit and what is below it, or from a day on, or both, instead of the measure's own."""

    unit: Name | None = None
    from_: Day | None = Field(default=None, alias="from")
    red_flag: float
    goal: float
    stretch: float | None = None


class Measure(Weighted):
    """A metric on a scorecard, with its score rule.

    goal_red_flag (CONVENTIONS A.2.1): `red_flag` scores 3.33, `goal` 6.67 of 10; a goal below the red flag means that
    lower is better. `stretch`, beyond the goal, scores 10, linearly from the goal; without it, 10 is at
    goal + (goal - red flag). Other rules say their numbers under `score`. A value on a border belongs to the band that
    `borders` names. `substitute` is the value of a period without a figure, where the scorecard asks for one.
    `targets` are those of a unit, or from a day on: the nearest unit's holds, then the latest.
    `benchmarks` (what others reach, by who says so) and `expectation` (what customers expect) speak for targets; they
    decide no figure.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"benchmarks", "expectation"}

    metric: Name
    unit: Name | None = None
    score: Literal["goal_red_flag", "unscored"] | ScoredBy = "goal_red_flag"
    red_flag: float | None = None
    goal: float | None = None
    stretch: float | None = None
    borders: Literal["better", "worse"] = "better"
    substitute: float | None = None
    targets: Annotated[tuple[OwnTarget, ...], Field(strict=False)] = ()
    benchmarks: dict[str, float] = Field(default_factory=dict)
    expectation: float | None = None


class ScorecardObjective(Weighted):
    """An objective's place on a scorecard. `roll_up` says how its measures' scores become its own."""

    objective: Name
    roll_up: RollUp | None = None
    measures: Annotated[tuple[Measure, ...], Field(strict=False, min_length=1)]


class Perspective(Weighted):
    """One perspective (customer, process, people, financial, or the company's own)."""

    name: Name
    title: str | None = None
    roll_up: RollUp | None = None
    objectives: Annotated[tuple[ScorecardObjective, ...], Field(strict=False, min_length=1)]

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()


class MissingData(Model):
    """What a measure without a figure does to those above it (CONVENTIONS A.4).

    `redistribute`: its weight goes to its siblings. `blank`: nothing above it has a score. `zero`: it scores 0.
    `most_recent`: the last figure of at most `within` periods before stands in; `last_year`: that of the same period
    last year; `substitute`: the measure's own. Whatever stands in is no data: below `minimum_confidence` percent of the
    weight with data, the parent shows no colour. A suppressed figure is a gap that nothing fills.
    """

    rule: Literal["redistribute", "blank", "zero", "most_recent", "last_year", "substitute"] = "redistribute"
    within: Annotated[int, Field(ge=1, le=12)] = 3
    minimum_confidence: Annotated[float, Field(ge=0, le=100)] = 50


class Scorecard(Definition):
    """A tree of perspectives, objectives and measures, read at one period grain for one unit (default: all)."""

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"reporting"}

    kind: Literal["scorecard"]
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    unit: Name | None = None
    perspectives: Annotated[tuple[Perspective, ...], Field(strict=False, min_length=1)]
    missing_data: MissingData = MissingData()
    roll_up: RollUp = "weighted"
    reporting: Reporting | None = None
    long_term_at_least: Annotated[float, Field(ge=0, le=100)] | None = None
    """Percent of the weight that measures for the long term must have."""
