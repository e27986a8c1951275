"""The frame of a strategy: pillars and themes, customers' stages and behaviours, each with its objectives' statuses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.contexts.strategy import ObjectiveStanding, PillarLine, StageLine, ThemeLine
from leadline.app.web.render import slug
from leadline.app.web.texts import say
from leadline.app.web.wording import documents, marks, targets
from leadline.catalog import Catalog
from leadline.catalog.definitions import Goal, Initiative, Metric, Objective, Strategy
from leadline.metrics.observation import Observation
from leadline.scorecards.strategy_map import Placed, StrategyMap


def key(name: str) -> str:
    """Give the place of an objective on the page."""
    return f"o-{slug(name)}"


@dataclass(frozen=True)
class Frame:
    """A strategy's frame, being shown."""

    catalog: Catalog
    found: StrategyMap

    def pillars(self) -> Iterator[PillarLine]:
        """Give each pillar; themes and goals that stand on none come last."""
        declared = self.catalog.strategy
        if declared is None or not (declared.pillars or declared.themes):
            return
        for pillar in declared.pillars:
            yield self._pillar(declared, pillar.name, pillar.label, pillar.owner or "")
        rest = self._pillar(declared, None, say("strategy.no_pillar"), "")
        if rest.goals or rest.themes:
            yield rest

    def _pillar(self, declared: Strategy, name: str | None, label: str, owner: str) -> PillarLine:
        of = {theme.name: theme.pillar for theme in declared.themes}
        goals = [g for g in self.found.goals if (g.pillar or of.get(g.theme or "")) == name]
        themes = [
            ThemeLine(theme.label, self._where(lambda o, theme=theme: o.theme == theme.name))  # type: ignore[misc]  # bound at once
            for theme in declared.themes
            if theme.pillar == name
        ]
        return PillarLine(label, owner, tuple(documents.link(g) for g in goals), tuple(themes))

    def journey(self) -> Iterator[StageLine]:
        """Give each stage of customers' lives, in order; what is of no stage comes last."""
        declared = self.catalog.strategy
        if declared is None or not (declared.stages or declared.behaviours):
            return
        for stage in declared.stages:
            objectives = self._where(lambda o, stage=stage: stage.name in o.stages)  # type: ignore[misc]  # bound at once
            yield StageLine(stage.label, self._behaviours(declared, stage.name), objectives)
        if rest := self._behaviours(declared, None):
            yield StageLine(say("strategy.no_stage"), rest, ())

    def _behaviours(self, declared: Strategy, stage: str | None) -> tuple[ThemeLine, ...]:
        return tuple(
            ThemeLine(one.label, self._where(lambda o, one=one: one.name in o.behaviours))  # type: ignore[misc]  # bound at once
            for one in declared.behaviours
            if one.stage == stage
        )

    def _where(self, belongs: Callable[[Objective], bool]) -> tuple[ObjectiveStanding, ...]:
        return tuple(_standing(one) for one in self.found.objectives() if belongs(one.objective))


def _standing(one: Placed) -> ObjectiveStanding:
    result = one.result
    score = targets.score(result.score) if result and result.score is not None else ""
    link = Link(one.objective.label, f"#{key(one.objective.name)}")
    return ObjectiveStanding(link, marks.of(result.status if result else "no data"), score)


def reached(goal: Goal, metric: Metric, figure: Observation, today: date) -> Mark | None:
    """Say whether a goal is reached: as the whole interval says; one that is not due yet is only open."""
    if goal.reach is None or metric.direction is None or figure.value is None:
        return None
    sign, wanted = (1, goal.reach.value) if metric.direction == "higher" else (-1, -goal.reach.value)
    ends = [None if end is None else end * sign for end in (figure.low, figure.high)]
    worst, best = ends if sign > 0 else ends[::-1]
    if worst is not None and worst >= wanted:
        return marks.named("on target", "goal.reached", "good")
    if best is not None and best < wanted:
        if goal.by is not None and goal.by < today:
            return marks.named("off target", "goal.missed", "bad")
        return marks.named("provisional", "goal.open", "quiet")
    return marks.named("cannot tell", "goal.unsure", "unknown")


def alerts(one: Initiative, today: date) -> tuple[Mark, ...]:
    """Say what is wrong with an initiative by its own dates and money."""
    found = []
    if one.spent is not None and one.spent > one.budget:
        found.append(marks.named("off target", "initiative.over_budget", "bad"))
    if one.state in {"planned", "running"} and one.until is not None and one.until < today:
        found.append(marks.named("at risk", "initiative.late", "risk"))
    elif one.state == "planned" and one.from_ is not None and one.from_ < today:
        found.append(marks.named("at risk", "initiative.not_begun", "risk"))
    return tuple(found)
