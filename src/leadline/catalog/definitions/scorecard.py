"""`kind: scorecard`: perspectives, objectives and measures, with weights, targets and the rule for gaps."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Model, Name

Weight = Annotated[float, Field(ge=0)]


class Measure(Model):
    """A metric on a scorecard, with its score rule.

    goal_red_flag (CONVENTIONS A.2.1): `red_flag` scores 3.33, `goal` 6.67 of 10; a goal below the red flag means that
    lower is better. `stretch`, beyond the goal, scores 10, linearly from the goal; without it, 10 is at
    goal + (goal - red flag).
    """

    metric: Name
    unit: Name | None = None
    weight: Weight = 1
    score: Literal["goal_red_flag", "unscored"] = "goal_red_flag"
    red_flag: float | None = None
    goal: float | None = None
    stretch: float | None = None


class ScorecardObjective(Model):
    """An objective's place on a scorecard."""

    objective: Name
    weight: Weight = 1
    measures: Annotated[tuple[Measure, ...], Field(strict=False, min_length=1)]


class Perspective(Model):
    """One perspective (customer, process, people, financial, or the company's own)."""

    name: Name
    title: str | None = None
    weight: Weight = 1
    objectives: Annotated[tuple[ScorecardObjective, ...], Field(strict=False, min_length=1)]

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()


class MissingData(Model):
    """A measure without a figure leaves its weight to its siblings; below `minimum_confidence` percent of the weight
    present, the parent shows no colour."""

    rule: Literal["redistribute"] = "redistribute"
    minimum_confidence: Annotated[float, Field(ge=0, le=100)] = 50


class Scorecard(Definition):
    """A tree of perspectives, objectives and measures, read at one period grain for one unit (default: all)."""

    described_by: ClassVar[frozenset[str]] = Definition.described_by

    kind: Literal["scorecard"]
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    unit: Name | None = None
    perspectives: Annotated[tuple[Perspective, ...], Field(strict=False, min_length=1)]
    missing_data: MissingData = MissingData()
