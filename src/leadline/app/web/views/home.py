"""The scorecard: deviations first, then the tree, then what was found. One period, one unit, all in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import starmap

from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import HomePage
from leadline.app.web.contexts.home import Doubt, MeasureRow, ObjectiveRows, Over, PerspectiveRows
from leadline.app.web.contexts.pieces import Deviation, FindingLine, Link, Picker
from leadline.app.web.numbers import share
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import lives, nodes, over, pickers, serving
from leadline.app.web.views import standing as standings
from leadline.app.web.views.reliability import troubles
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import changes, documents, figures, findings, marks, targets
from leadline.catalog.cascade import instances
from leadline.catalog.scoring import GOAL_SCORE
from leadline.errors import QueryError
from leadline.metrics.observation import slice_label
from leadline.scorecards.results import MeasureResult, ObjectiveResult, ScorecardResult
from leadline.scorecards.scoring import ScoreStatus
from leadline.scorecards.tree import find

DEVIATIONS = 8
FINDINGS = 5
DEVIATING: tuple[ScoreStatus, ...] = ("off target", "at risk")


def home(reading: Reading, asked: Asked) -> HomePage:
    """Show the project's scorecard: the one it names, else the first there is."""
    cards = reading.catalog.scorecards
    name = reading.catalog.project.scorecard or min(cards, default=None)
    if name is None:
        raise QueryError(say("home.no_scorecard"), code="no-scorecard", hint=say("home.no_scorecard.hint"))
    return scorecard(reading, asked, name)


def scorecard(reading: Reading, asked: Asked, name: str) -> HomePage:
    """Show one scorecard."""
    definition = find(reading.catalog, name)
    chosen = reading.published.periods.parse(asked.period) if asked.period else None
    where = segment_of(asked.slice)
    result = reading.scorecard(name, unit=asked.unit, period=chosen.start if chosen else None, where=where)
    as_closed = standings.closed_as(reading, result) if not where else {}
    view = View(reading, result, asked.slice, as_closed, over.view_of(asked.view))
    everything = [
        Placed(o, m, p.share * o.share * m.share)
        for p in result.perspectives
        for o in p.objectives
        for m in o.measures
    ]
    off = sorted((one for one in everything if one.measure.status in DEVIATING), key=gravity)
    undecided = [one for one in everything if one.measure.status == "cannot tell"]
    news = view.findings()
    return HomePage(
        shell=shell(reading, definition.label, "home"),
        scorecard=Link(definition.label, to.definition("scorecard", name)),
        path=view.path(),
        below=view.below(),
        family=view.family(),
        others=view.others(),
        links=view.links(),
        verdict=nodes.verdict_of(result),
        period=pickers.period(
            reading, result.period, nodes.newest_of(reading, definition), partial(view.address, asked.unit)
        ),
        unit=pickers.unit(
            reading, result.unit, lambda unit: view.address(unit, asked.period), within=definition.unit
        ),
        period_state=nodes.state_of(result),
        tally=nodes.tally_of(result),
        record=Link(say("home.periods"), to.scorecard_period(name, result.period.label)),
        deviations=tuple(view.deviation(one) for one in off[:DEVIATIONS]),
        more_deviations=say("home.more", count=len(off) - DEVIATIONS) if len(off) > DEVIATIONS else "",
        undecided=tuple(view.deviation(one) for one in undecided),
        quiet=say(
            "home.quiet" if any(m.status == "on target" for m in result.measures()) else "home.unscored"
        ),
        columns=view.columns(),
        perspectives=view.perspectives(),
        views=view.views(asked),
        stretches=over.columns(reading, result.period, view.shows),
        view_words=say(f"over.words.{view.shows}") if view.shows != "period" else "",
        shows=view.shows,
        findings=tuple(news[:FINDINGS]),
        all_findings=say("home.all_findings", count=len(reading.findings())),
        alerts=lives.of_measures(reading, (m.metric.name for m in result.measures())),
        standing=standings.standing(reading, result) if not where else None,
        remarks=standings.remarks(reading, result) if not where else (),
        selective=standings.selective(reading, definition),
        packs=standings.packs(name, result.period.label, asked.unit),
    )


@dataclass(frozen=True, slots=True)
class Placed:
    """A measure, the objective it stands under, and its share of the whole score."""

    objective: ObjectiveResult
    measure: MeasureResult
    share: float


def gravity(one: Placed) -> tuple[int, float]:
    """Order deviations: off target first, then by how much each holds the whole score below its goal."""
    return DEVIATING.index(one.measure.status), one.share * ((one.measure.score or 0.0) - GOAL_SCORE)


@dataclass(frozen=True)
class View:
    """One scored scorecard, being shown."""

    reading: Reading
    result: ScorecardResult
    slice: str | None = None
    closed: Mapping[tuple[str, str | None], Link] = field(default_factory=dict)
    """What figures were when the period was closed, by metric and unit, where they are others now."""
    shows: over.ViewName = "period"

    def address(self, unit: str | None, period: str | None, view: str | None = None) -> str:
        """Give the address of this scorecard for another period, unit or view."""
        name, shown = self.result.scorecard.name, view or self.shows
        asked = {
            "period": period,
            "unit": unit,
            "slice": self.slice,
            "view": shown if shown != "period" else None,
        }
        return (
            to.home(**asked)
            if name == self.reading.catalog.project.scorecard
            else to.scorecard(name, **asked)
        )

    def views(self, asked: Asked) -> Picker:
        """Give the choice of what the tree shows of its measures."""
        links = tuple(
            Link(say(f"over.view.{name}"), self.address(asked.unit, asked.period, name), name == self.shows)
            for name in over.offered(self.result.period)
        )
        return Picker(say("over.pick"), say(f"over.view.{self.shows}"), links)

    def perspectives(self) -> tuple[PerspectiveRows, ...]:
        """Give the tree; where the view asks for it, with the process measures that serve each objective."""
        shown = serving.widened(self.reading, self.result) if self.shows == "serving" else self.result
        return tuple(
            PerspectiveRows(
                part.perspective.label,
                nodes.verdict_of(part),
                nodes.weight_of(part, shown.perspectives, "tree.of_score"),
                tuple(self.objective(o, part.objectives) for o in part.objectives),
            )
            for part in shown.perspectives
        )

    @cached_property
    def elsewhere(self) -> Mapping[over.Place, Over]:
        """Give the measures over the stretches that the view shows."""
        return over.over(self.reading, self.result, self.shows)

    def columns(self) -> tuple[str, ...]:
        """Give the headings of the comparisons: for years, the one before is the same as last year's."""
        now, periods = self.result.period, self.reading.published.periods
        earlier = dict.fromkeys((periods.back(now), periods.year_ago(now)))
        return tuple(changes.column(before, now) for before in earlier)

    def path(self) -> tuple[Link, ...]:
        """Give the way from everything down to what is shown: units, then the segment or person."""
        name, period = self.result.scorecard.name, self.period
        found = [Link(say("pick.all_units"), self.address(None, period))]
        if self.reading.seen_units is not None or self.result.scorecard.unit:
            found = []
        found += path_to(self.reading, name, self.result.unit, period)
        if self.slice:
            found.append(
                Link(self.slice.partition("=")[2], self.address(self.result.unit, period), here=True)
            )
        return tuple(found) if len(found) > 1 else ()

    def below(self) -> tuple[Link, ...]:
        """Give the units right below the one shown, and, of a team, its people."""
        tree, unit, period = self.reading.catalog.units, self.result.unit, self.period
        under = tree.children(unit) if unit else tree.roots
        found = [Link(tree.label(name), self.address(name, period)) for name in under]
        if self.result.scorecard.agents and unit and not under and not self.slice:
            name = self.result.scorecard.name
            found.append(Link(say("agents.link"), to.agents(name, unit=unit, period=period)))
        return tuple(found)

    @property
    def period(self) -> str:
        """The period shown."""
        return self.result.period.label

    def family(self) -> tuple[Link, ...]:
        """Give the scorecards of one template, the template first."""
        cards = self.reading.catalog.scorecards
        top = cards.get(self.result.scorecard.template or "") or self.result.scorecard
        made = instances(self.reading.catalog, top.name)
        if not made:
            return ()
        return tuple(
            Link(
                card.label,
                to.scorecard(card.name, period=self.period),
                here=card.name == self.result.scorecard.name,
            )
            for card in (cards.get(top.name, top), *made)
        )

    def others(self) -> tuple[Link, ...]:
        """Give the other scorecards, those of other templates by their template alone."""
        cards, mine = self.reading.catalog.scorecards, {one.href for one in self.family()}
        return tuple(
            documents.link(card)
            for card in cards.values()
            if card.template is None and to.scorecard(card.name, period=self.period) not in mine
            and card.name != self.result.scorecard.name
        )  # fmt: skip

    def links(self) -> tuple[Link, ...]:
        """Give the ways to what compares units, and to proposed targets."""
        name, unit = self.result.scorecard.name, self.result.unit
        tree = self.reading.catalog.units
        found = [Link(say("home.executive"), to.executive())]
        if tree.children(unit) if unit else tree.roots:
            found.append(
                Link(say("compare.link"), to.compare(definition=name, unit=unit, period=self.period))
            )
        return (*found, Link(say("targets.link"), to.targets()))

    def objective(self, one: ObjectiveResult, siblings: tuple[ObjectiveResult, ...]) -> ObjectiveRows:
        """Give an objective with its measures."""
        return ObjectiveRows(
            Link(one.objective.label, to.definition("objective", one.objective.name)),
            nodes.verdict_of(one),
            nodes.weight_of(one, siblings, "tree.share"),
            serving.told_apart(self.result, one.objective, [self.measure(m) for m in one.measures]),
            " · ".join(
                filter(
                    None, (targets.owner(one.objective), share(one.share, 1, 0) if len(siblings) > 1 else "")
                )
            ),
            serving.drivers(self.reading, self.result, one.objective) if self.shows == "serving" else (),
        )

    def measure(self, one: MeasureResult) -> MeasureRow:
        """Give one row of the tree."""
        written = figures.style(one.metric, one.observation)
        judge, higher, now = self.reading.judge(), one.higher_is_better, one.observation
        told = partial(changes.change, judge, one.metric, now, higher=higher)
        return MeasureRow(
            metric=self.metric_link(one),
            unit=" · ".join(filter(None, (self.own_unit(one), written.phrase))),
            mark=marks.of_node(one),
            figure=figures.figure(written, now, narrow=True)
            if now
            else figures.absent(one.metric, self.result.period, one.unit, one.reason),
            target=targets.goal(one),
            score=targets.score(one.score),
            bullet=targets.bullet(one),
            spark=targets.spark(one),
            previous=told(one.previous, kind="changed_from_previous"),
            year=told(one.last_year, kind="changed_from_last_year"),
            doubt=self.doubt(one),
            owner=targets.owner(one.metric),
            weight=share(one.counts, 1, 0) if one.weight else "",
            frozen=self.closed.get((one.metric.name, one.unit)),
            over=self.elsewhere.get((one.metric.name, one.unit)),
        )

    def doubt(self, one: MeasureResult) -> Doubt | None:
        """Say what is wrong with the data of a measure, where its figure lacks late rows or a source is unreliable."""
        now = one.observation
        found = self.reading.once(("troubles", one.metric.name), lambda: troubles(self.reading, one.metric))
        if now is None or not found:
            return None
        shown = [link for link in found if link.text in now.note or link.text in now.unreliable]
        if not shown:
            return None
        key = "reliability.unsure" if shown[0].text in now.unreliable else "reliability.late"
        return Doubt(say(key), " ".join(link.text for link in shown))

    def deviation(self, placed: Placed) -> Deviation:
        """Give a measure as what needs attention."""
        one = placed.measure
        row = self.measure(one)
        who = targets.owner(one.metric, placed.objective.objective, self.result.scorecard)
        where = f", {self.own_unit(one)}" if self.own_unit(one) else ""
        return Deviation(
            mark=row.mark,
            metric=Link(f"{row.metric.text}{where}", row.metric.href),
            figure=row.figure,
            target=say("deviation.goal", goal=row.target),
            sure=". ".join(filter(None, (targets.sure(one), row.doubt.words if row.doubt else ""))),
            since=targets.since(one),
            owner=say("deviation.acts", who=who) if who else say("deviation.nobody"),
            spark=row.spark,
        )

    def own_unit(self, one: MeasureResult) -> str:
        """Name the unit that a measure is read for, where that is not the scorecard's own."""
        if one.unit is None or one.unit == self.result.unit:
            return ""
        label = self.reading.catalog.units.label(one.unit)
        return "" if label in one.metric.label else label

    def metric_link(self, one: MeasureResult) -> Link:
        """Give the way to a measure's metric, at the period and unit shown."""
        period = self.result.period
        return Link(
            one.metric.label,
            to.metric(
                one.metric.name,
                grain=period.grain,
                period=period.label,
                unit=one.unit,
                slice=label_of(one.where),
            ),
        )

    def findings(self) -> list[FindingLine]:
        """Give what was found of this scorecard's metrics in this period, for this unit and what is below it."""
        names = {m.metric.name for m in self.result.measures()}
        slices = {label_of(m.where) for m in self.result.measures()}
        units = self.reading.catalog.units
        below = set(units.descendants(self.result.unit)) if self.result.unit else None
        return [
            findings.line(self.reading.published, one)
            for one in self.reading.findings()
            if one.metric in names
            and one.period == self.result.period.label
            and one.kind != "off_target"
            and (below is None or one.unit in below)
            and (not self.result.where or one.slice in slices)
        ]


def path_to(reading: Reading, name: str, unit: str | None, period: str | None) -> list[Link]:
    """Give the way through the units above one, down to it, as far as who asks may see them."""
    tree, seen = reading.catalog.units, reading.seen_units
    chain = [*reversed(tree.ancestors(unit)), unit] if unit else []
    return [
        Link(tree.label(one), to.scorecard(name, unit=one, period=period), here=one == unit)
        for one in chain
        if one and (seen is None or {one, *tree.ancestors(one)} & set(seen))
    ]


def segment_of(text: str | None) -> dict[str, str]:
    """Read `column=value` as it stands in a URL. Raises QueryError for anything else."""
    if not text:
        return {}
    column, sign, value = text.partition("=")
    if not (column and sign and value):
        raise QueryError(
            say("slice.unreadable", text=text), code="unknown-slice", hint=say("home.segment_hint")
        )
    return {column: value}


def label_of(where: tuple[tuple[str, str], ...]) -> str:
    """Give a segment in a metric's columns as a figure's slice is named; empty for everything."""
    return ", ".join(starmap(slice_label, where))
