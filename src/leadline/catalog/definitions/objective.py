"""`kind: objective`: something the company wants, its place in the strategy, and what it leads to."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from leadline.catalog.definitions.base import ColumnPath, Definition, Model, Name

Lag = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,2} (day|week|month|quarter)s?$")]
"""How long an effect takes, in words: `5 days`, `6 weeks`, `2 months`."""

Strength = Literal["weak", "moderate", "strong"]


class Side(Model):
    """The figure in which one side of a link shows: a metric, of a unit or of everything, and of a slice."""

    metric: Name
    unit: Name | None = None
    where: dict[ColumnPath, str] = Field(default_factory=dict)


class LeadsTo(Model):
    """A cause-and-effect link: this objective moves another one, after a time.

    `driver` and `outcome` are the figures in which both show; not said, the measure of either objective that weighs
    most. `strength` is how much of the outcome's movement is expected to follow (correlations of 0.1, 0.3, 0.5).
    `moves` says whether the outcome rises when the driver does; not said, both get better together.
    """

    objective: Name
    after: Lag
    strength: Strength = "moderate"
    driver: Name | Side | None = None
    outcome: Name | Side | None = None
    moves: Literal["together", "apart"] | None = None
    because: str | None = None


class Objective(Definition):
    """What is wanted, in words; a scorecard says by which measures and how much it weighs.

    `importance` is relative to the other objectives (default: its share of the scorecard). `watches` names process
    metrics that serve the objective without being scored.
    """

    kind: Literal["objective"]
    perspective: Name | None = None
    theme: Name | None = None
    goals: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    behaviours: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    stages: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    importance: Annotated[float, Field(ge=0)] | None = None
    watches: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    leads_to: Annotated[tuple[LeadsTo, ...], Field(strict=False)] = ()
