"""`kind: strategy`: the frame in which objectives, goals and initiatives stand. One project has one."""

from typing import Annotated, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Model, Name
from leadline.catalog.definitions.calendar import Day


class Part(Model):
    """A named part of a strategy."""

    name: Name
    title: str | None = None
    description: str | None = None
    owner: str | None = None

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()


class Theme(Part):
    """A line of thought through the objectives; it may stand under a pillar."""

    pillar: Name | None = None


class Behaviour(Part):
    """What customers are wanted to do, and in which stage of their life as customers."""

    stage: Name | None = None


class Strategy(Definition):
    """Perspectives (the map's bands, from the top), pillars, themes, customers' stages and behaviours.

    `scorecard` says where objectives are measured (default: the project's). `perspective_at_most` is the share of that
    scorecard's weight, in percent, above which a perspective is said to be overweight.
    """

    kind: Literal["strategy"]
    scorecard: Name | None = None
    perspectives: Annotated[tuple[Part, ...], Field(strict=False)] = (
        Part(name="finance", title="Finance"),
        Part(name="customer", title="Customer"),
        Part(name="process", title="Process"),
        Part(name="people", title="People and growth"),
    )
    pillars: Annotated[tuple[Part, ...], Field(strict=False)] = ()
    themes: Annotated[tuple[Theme, ...], Field(strict=False)] = ()
    stages: Annotated[tuple[Part, ...], Field(strict=False)] = ()
    behaviours: Annotated[tuple[Behaviour, ...], Field(strict=False)] = ()
    perspective_at_most: Annotated[float, Field(gt=0, le=100)] = 50


class Reach(Model):
    """The figure that shows that a goal is reached: a metric's value, of a unit or of everything."""

    metric: Name
    unit: Name | None = None
    value: float


class Goal(Definition):
    """What is to be true by a day: strategic (where the company wants to be) or transformation (what it becomes).

    `reach` is the figure that shows it, if one does.
    """

    kind: Literal["goal"]
    type: Literal["strategic", "transformation"] = "strategic"
    pillar: Name | None = None
    theme: Name | None = None
    by: Day | None = None
    reach: Reach | None = None


class Initiative(Definition):
    """Work with a beginning, an end and a budget (in the project's currency), for the sake of objectives.

    The budget is shared equally among its objectives.
    """

    kind: Literal["initiative"]
    objectives: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
    goal: Name | None = None
    budget: Annotated[float, Field(ge=0)] = 0
    spent: Annotated[float, Field(ge=0)] | None = None
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    state: Literal["planned", "running", "done", "stopped"] = "running"
