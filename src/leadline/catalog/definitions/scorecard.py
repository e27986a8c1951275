"""`kind: scorecard`: perspectives, objectives and measures, with weights, targets and the rule for gaps."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from leadline.catalog.definitions.base import ColumnPath, Definition, Model, Name
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
    """Targets that hold instead of the measure's own: for a unit and what is below it, for a segment (`where`: a column
    and its value), from a day on, or for all of these at once."""

    unit: Name | None = None
    where: dict[ColumnPath, str] = Field(default_factory=dict)
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
    `targets` are those of a unit, of a segment, or from a day on: the nearest unit's hold, then the segment's, then the
    latest. `case_mix` names the column of kinds of cases for which an agent's figure is standardised: read for one
    agent, it is what it would be if the agent had the whole's cases.
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
    case_mix: ColumnPath | None = None
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


Adaptable = Literal["weights", "targets", "measures"]
"""What of a template an instance may say otherwise: weights and targets of its measures, and which are left out."""

MeasureName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(@[a-z][a-z0-9_]*)?$")]
"""A measure of a scorecard: its metric, and the unit it is of where it has its own: `churn_rate@uki`."""


class Adaptation(Model):
    """What an instance says otherwise of one measure of its template; what is not written stays as it is there."""

    measure: MeasureName
    weight: Share | None = None
    red_flag: float | None = None
    goal: float | None = None
    stretch: float | None = None
    targets: Annotated[tuple[OwnTarget, ...] | None, Field(strict=False)] = None
    benchmarks: dict[str, float] | None = None
    expectation: float | None = None


class Scorecard(Definition):
    """A tree of perspectives, objectives and measures, read at one period grain for one unit (default: all).

    One with a `template` takes its tree, its period and its rules from that scorecard: for a `unit`, for a segment
    (`where`), for a journey `stage` (the objectives of that stage alone), or several of these. What it says otherwise
    (`adapts`, `leaves_out`) is what the template lets it (`adaptable`). `agents` names the column by which a team's
    figures are told apart by person.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"reporting"}

    kind: Literal["scorecard"]
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    unit: Name | None = None
    where: dict[ColumnPath, str] = Field(default_factory=dict)
    stage: Name | None = None
    template: Name | None = None
    adaptable: Annotated[tuple[Adaptable, ...], Field(strict=False)] = ()
    adapts: Annotated[tuple[Adaptation, ...], Field(strict=False)] = ()
    leaves_out: Annotated[tuple[MeasureName, ...], Field(strict=False)] = ()
    agents: ColumnPath | None = None
    perspectives: Annotated[tuple[Perspective, ...], Field(strict=False)] = ()
    missing_data: MissingData = MissingData()
    roll_up: RollUp = "weighted"
    reporting: Reporting | None = None
    long_term_at_least: Annotated[float, Field(ge=0, le=100)] | None = None
    """Percent of the weight that measures for the long term must have."""
    exceeds_from: Annotated[float, Field(gt=20 / 3, le=10)] | None = None
    """Measures on target whose score is this or more at both ends exceed (Spider Impact's fourth colour)."""
