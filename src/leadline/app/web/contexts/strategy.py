"""The strategy map, with what it says as a list."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.charts.specs import BarSpec, MapSpec
from leadline.app.web.contexts.home import Verdict
from leadline.app.web.contexts.pieces import Figure, Link, Mark, Picker, Shell


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure of an objective, with its status."""

    metric: Link
    unit: str
    mark: Mark
    figure: Figure
    target: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """What an objective leads to, and what the figures say of it."""

    target: Link
    after: str
    mark: Mark
    told: str
    because: str


@dataclass(frozen=True, slots=True)
class ObjectiveCard:
    """One objective in the list."""

    key: str
    objective: Link
    verdict: Verdict
    description: str
    owner: str
    weighs: str
    measures: tuple[MeasureLine, ...]
    watches: tuple[Link, ...]
    leads_to: tuple[LinkLine, ...]


@dataclass(frozen=True, slots=True)
class BandList:
    """A perspective's objectives."""

    label: str
    objectives: tuple[ObjectiveCard, ...]


@dataclass(frozen=True, slots=True)
class ObjectiveStanding:
    """An objective with its status and score, as one line."""

    objective: Link
    mark: Mark
    score: str


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme with the objectives that it runs through."""

    label: str
    objectives: tuple[ObjectiveStanding, ...]


@dataclass(frozen=True, slots=True)
class PillarLine:
    """A pillar: whose it is, the goals that stand on it, and its themes."""

    label: str
    owner: str
    goals: tuple[Link, ...]
    themes: tuple[ThemeLine, ...]


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage of customers' lives: what they are to do in it with the objectives that aim at that, and all of it."""

    label: str
    behaviours: tuple[ThemeLine, ...]
    objectives: tuple[ObjectiveStanding, ...]


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal: what, by when, whose, and where its figure stands. `figure` None: no figure shows it."""

    goal: Link
    type: str
    by: str
    owner: str
    figure: Figure | None
    reach: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class InitiativeLine:
    """An initiative: for what, until when, whose, its money, and what is wrong with it by its own words."""

    initiative: Link
    objectives: tuple[Link, ...]
    state: str
    until: str
    owner: str
    budget: str
    spent: BarSpec | None
    alerts: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class StrategyPage:
    """The strategy as it stands in one period, for one unit. `map` None: there are no objectives."""

    template: ClassVar[str] = "strategy/page.html"

    shell: Shell
    title: Link
    description: str
    period: Picker | None
    unit: Picker | None
    tally: tuple[tuple[Mark, int], ...]
    tested: str
    map: MapSpec | None
    bands: tuple[BandList, ...]
    pillars: tuple[PillarLine, ...]
    journey: tuple[StageLine, ...]
    goals: tuple[GoalLine, ...]
    initiatives: tuple[InitiativeLine, ...]
    doubts: tuple[str, ...]
