"""The strategy map: where each objective stands, what leads to what, and whether the figures show it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.specs import BarSpec, MapBand, MapBox, MapLink, MapSpec, Tone
from leadline.app.web.contexts.home import Verdict
from leadline.app.web.contexts.pieces import Figure, Link, Mark, Picker
from leadline.app.web.contexts.strategy import (
    BandList,
    GoalLine,
    InitiativeLine,
    LinkLine,
    MeasureLine,
    ObjectiveCard,
    StrategyPage,
)
from leadline.app.web.numbers import NumberStyle, share
from leadline.app.web.reading import PURPOSE, Reading
from leadline.app.web.texts import say
from leadline.app.web.views import pickers
from leadline.app.web.views.shells import shell
from leadline.app.web.views.strategy_frame import Frame, alerts, key, reached
from leadline.app.web.wording import documents, figures, marks, targets
from leadline.catalog import strategy as strategies
from leadline.catalog.definitions import Goal, Initiative, Scorecard
from leadline.insights.links import TestedLink, recalled
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.query import Query
from leadline.scorecards.results import MeasureResult, ScorecardResult
from leadline.scorecards.scoring import ScoreStatus
from leadline.scorecards.strategy_map import Placed, StrategyMap, strategy_map

DOUBTS = frozenset(
    {
        "all-lagging",
        "counted-twice",
        "goal-unowned",
        "goal-unpursued",
        "initiative-budget",
        "link-downward",
        "metric-without-objective",
        "objective-unmeasured",
        "objective-unused",
        "perspective-elsewhere",
        "perspective-overweight",
        "spend-importance",
    }
)
"""Warnings about a strategy, shown on its page."""
_ORDER: tuple[ScoreStatus, ...] = (
    "off target", "at risk", "cannot tell", "on target", "suspended", "suppressed", "no data", "unscored",
)  # fmt: skip
_LINKS: dict[str, Mark] = {
    "precedes": Mark("moved", "", "good"),
    "against": Mark("worse", "", "bad"),
    "not seen": Mark("no data", "", "quiet"),
    "cannot tell": Mark("cannot tell", "", "quiet"),
}


def strategy(reading: Reading, asked: Asked) -> StrategyPage:
    """Show the strategy in one period of its scorecard."""
    catalog = reading.catalog
    card = strategies.scorecard(catalog)
    chosen = reading.published.periods.parse(asked.period).start if asked.period else None
    result = reading.scorecard(card.name, unit=asked.unit, period=chosen) if card else None
    view = _View(
        reading, result, strategy_map(catalog, result), reading.once(("links",), partial(_links, reading))
    )
    declared = catalog.strategy
    title = declared.label if declared else say("strategy.title")
    return StrategyPage(
        shell=shell(reading, title, "strategy"),
        title=Link(title, to.definition("strategy", declared.name) if declared else ""),
        description=(declared.description or "") if declared else "",
        period=_period(reading, asked, card, result.period) if card and result else None,
        unit=pickers.unit(
            reading, result.unit, lambda unit: to.strategy(period=asked.period, unit=unit), within=card.unit
        )
        if card and result
        else None,
        tally=view.tally(),
        tested=view.tested(),
        map=view.map(),
        bands=view.bands(),
        pillars=tuple(Frame(catalog, view.found).pillars()),
        journey=tuple(Frame(catalog, view.found).journey()),
        goals=tuple(view.goal(one) for one in view.found.goals),
        initiatives=tuple(view.initiative(one) for one in view.found.initiatives),
        doubts=tuple(p.message for p in catalog.problems if p.code in DOUBTS),
    )


def _links(reading: Reading) -> tuple[TestedLink, ...]:
    """Give the links whose both sides who asks may see."""
    found = recalled(reading.published, viewer=reading.person.name)
    return tuple(
        one for one in found
        if all(reading.sees(side.metric) for side in (one.link.driver, one.link.outcome) if side)
    )  # fmt: skip


def _period(reading: Reading, asked: Asked, card: Scorecard, chosen: Period) -> Picker:
    names = {m.metric for p in card.perspectives for o in p.objectives for m in o.measures}
    last = max(covered[1] for covered in map(reading.published.coverage, names) if covered)
    newest = reading.published.periods.period(card.period, last)
    return pickers.period(reading, chosen, newest, lambda period: to.strategy(period=period, unit=asked.unit))


@dataclass(frozen=True)
class _View:
    """A strategy, being shown."""

    reading: Reading
    result: ScorecardResult | None
    found: StrategyMap
    links: tuple[TestedLink, ...]

    def tally(self) -> tuple[tuple[Mark, int], ...]:
        """Count objectives by status."""
        counted = Counter(_status(one) for one in self.found.objectives())
        return tuple((marks.of(status), counted[status]) for status in _ORDER if counted[status])

    def tested(self) -> str:
        """Say how many links there are and how many show."""
        if not self.links:
            return ""
        shown = sum(one.told == "precedes" for one in self.links)
        return say("strategy.tested", count=len(self.links), shown=shown)

    def map(self) -> MapSpec | None:
        """Give the map."""
        if not any(band.objectives for band in self.found.bands):
            return None
        return MapSpec(
            tuple(
                MapBand(band.perspective.label, tuple(_box(one) for one in band.objectives))
                for band in self.found.bands
            ),
            tuple(
                MapLink(one.link.source, one.link.target, one.told, f"{self._ends(one)}: {one.sentence}")
                for one in self.links
            ),
            say("strategy.summary"),
        )

    def bands(self) -> tuple[BandList, ...]:
        """Give the list that says what the map shows."""
        listed = [(band.perspective.label, band.objectives) for band in self.found.bands]
        listed.append((say("strategy.unplaced"), self.found.unplaced))
        return tuple(
            BandList(label, tuple(self._card(one) for one in placed)) for label, placed in listed if placed
        )

    def _ends(self, one: TestedLink) -> str:
        known = self.reading.catalog.objectives
        return f"{known[one.link.source].label} → {known[one.link.target].label}"

    def _card(self, one: Placed) -> ObjectiveCard:
        definition = one.objective
        metrics = self.reading.catalog.metrics
        who = targets.owner(definition)
        return ObjectiveCard(
            key=key(definition.name),
            objective=Link(definition.label, to.definition("objective", definition.name)),
            verdict=Verdict(
                marks.of(_status(one)),
                targets.score(one.result.score) if one.result and one.result.score is not None else "",
                "",
            ),
            description=definition.description or "",
            owner=who or say("strategy.unowned"),
            weighs=say(
                "strategy.weighs", importance=share(one.importance, 1, 0), spend=share(one.spend, 1, 0)
            )
            if self.found.initiatives
            else say("strategy.importance", importance=share(one.importance, 1, 0)),
            measures=tuple(self._measure(m) for m in (one.result.measures if one.result else ())),
            watches=tuple(documents.link(metrics[name]) for name in definition.watches if name in metrics),
            leads_to=tuple(self._link(link) for link in self.links if link.link.source == definition.name),
        )

    def _measure(self, one: MeasureResult) -> MeasureLine:
        written = figures.style(one.metric, one.observation)
        period = self.result.period if self.result else None
        figure = (
            figures.figure(written, one.observation, narrow=True)
            if one.observation
            else figures.absent(one.metric, period, one.unit, one.reason)
            if period
            else Figure("", "", "–", "", "", "")
        )
        unit = self.reading.catalog.units.label(one.unit) if one.unit else ""
        address = to.metric(one.metric.name, period=period.label if period else None, unit=one.unit)
        return MeasureLine(
            Link(one.metric.label, address), unit, marks.of_node(one), figure, targets.goal(one)
        )

    def _link(self, one: TestedLink) -> LinkLine:
        target = self.reading.catalog.objectives[one.link.target]
        return LinkLine(
            target=Link(target.label, f"#{key(target.name)}"),
            after=one.link.declared.after,
            mark=_LINKS[one.told],
            told=one.sentence,
            because=one.link.declared.because or "",
        )

    def goal(self, one: Goal) -> GoalLine:
        """Give a goal, with where its figure stands."""
        figure, wanted, mark = None, "", None
        metric = self.reading.catalog.metrics.get(one.reach.metric) if one.reach else None
        if one.reach and metric:
            wanted = targets.bound(
                figures.style(metric),
                one.reach.value,
                higher=metric.direction != "lower" if metric.direction else None,
            )
            found = self._latest(metric.name, one.reach.unit)
            if found is not None:
                figure = figures.figure(figures.style(metric, found), found, narrow=True)
                mark = reached(one, metric, found, self._today)
        return GoalLine(
            documents.link(one),
            say(f"goal.{one.type}"),
            dates.day(one.by, short=True) if one.by else "",
            targets.owner(one) or say("strategy.unowned"),
            figure,
            wanted,
            mark,
        )

    def _latest(self, metric: str, unit: str | None) -> Observation | None:
        published = self.reading.published
        grain = self.result.period.grain if self.result else "month"
        period = (self.result.period if self.result else None) or published.latest_complete(metric, grain)
        if period is None:
            return None
        query = Query(
            metric, self.reading.viewer, PURPOSE, grain=grain, unit=unit, since=period.start, until=period.end
        )
        found = self.reading.shown(query)[0]
        return found[0] if found else None

    @property
    def _today(self) -> date:
        """The day as of which everything on the page is."""
        return self.reading.published.generation.as_of.astimezone(ZoneInfo(self.reading.zone)).date()

    def initiative(self, one: Initiative) -> InitiativeLine:
        """Give an initiative with its money."""
        style = NumberStyle(self.reading.catalog.project.currency or "", 0)
        known = self.reading.catalog.objectives
        spent = None
        if one.spent is not None and one.budget:
            words = say(
                "strategy.spent", spent=style.value(one.spent).strip(), budget=style.value(one.budget).strip()
            )
            spent = BarSpec(min(one.spent, one.budget), one.budget, words)
        return InitiativeLine(
            documents.link(one),
            tuple(Link(known[n].label, f"#{key(n)}") for n in one.objectives if n in known),
            say(f"initiative.{one.state}"),
            dates.day(one.until, short=True) if one.until else "",
            targets.owner(one) or say("strategy.unowned"),
            style.value(one.budget).strip() if one.budget else "–",
            spent,
            alerts(one, self._today),
        )


def _status(one: Placed) -> ScoreStatus:
    return one.result.status if one.result else "no data"


def _box(one: Placed) -> MapBox:
    mark = marks.of(_status(one))
    score = targets.score(one.result.score) if one.result and one.result.score is not None else ""
    tone: Tone = mark.tone
    words = say(
        "strategy.spoken", objective=one.objective.label, status=mark.word.lower(), score=score or "–"
    )
    name = one.objective.name
    return MapBox(name, one.objective.label, f"#{key(name)}", mark.shape, mark.word, score, tone, words)
