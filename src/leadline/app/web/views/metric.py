"""One metric: a trend, where it comes from, what it means. Grain, period, unit and slice are all in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.specs import Change, IntervalSpec
from leadline.app.web.contexts import MetricPage
from leadline.app.web.contexts.metrics import Lineage
from leadline.app.web.contexts.pieces import FindingLine, Link, Mark, Picker
from leadline.app.web.reading import PURPOSE, Reading
from leadline.app.web.texts import say
from leadline.app.web.views import breakdowns, bridging, figure_record, lives, pickers, trends
from leadline.app.web.views.aims import aims, marked, shown
from leadline.app.web.views.reliability import troubles
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import changes, documents, figures, findings, marks, targets
from leadline.app.work import address
from leadline.catalog import Catalog, graph
from leadline.catalog.cascade import agent_columns
from leadline.catalog.composition import dimensions, finest_shown, has_units
from leadline.catalog.definitions import GRAINS, Fact, Grain, Metric, Scorecard, Source
from leadline.catalog.federation import held_in
from leadline.errors import QueryError
from leadline.insights import targets as watched
from leadline.metrics import rights
from leadline.metrics.longer import stretches
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.query import Query
from leadline.scorecards.like_for_like import is_stretch

POINTS: Mapping[Grain, int] = {"day": 62, "week": 53, "month": 25, "quarter": 13, "year": 11}
"""The grains that a page shows, and how many periods of each."""
FINDINGS = 4


def metric(reading: Reading, asked: Asked, name: str) -> MetricPage:
    """Show one metric."""
    held = held_in(reading.catalog, reading.published.metric(name).name)
    if held and asked.unit is None:  # a local variant: everything of it is its own unit
        asked = replace(asked, unit=held[0])
    view = _View(reading, reading.published.metric(name), asked)
    definition, now = view.metric, view.now
    differences = view.changes()
    asked_of = aims(reading, definition, grain=view.grain, unit=asked.unit, where=view.where, now=now)
    aim = asked_of[0] if asked_of else None
    history = [one for one in view.series if one.start <= view.focus.start]
    sentence = trends.sentence(definition, now, differences[0] if differences else None, aim, history)
    lived = lives.of_metric(reading, definition, view.shown_series())
    return MetricPage(
        shell=shell(reading, definition.label, "metrics"),
        title=definition.label,
        description=definition.description or "",
        because=definition.because or "",
        owner=targets.owner(definition) or say("metric.nobody"),
        sentence=sentence,
        figure=figures.figure(figures.style(definition, now), now)
        if now
        else figures.absent(definition, view.focus, asked.unit, say("figure.no_rows")),
        rights=view.rights(),
        mark=_mark(aim, now),
        changes=differences,
        targets=tuple(shown(definition, one, now) for one in asked_of),
        grain=view.grain_picker(),
        period=pickers.period(reading, view.focus, view.newest, view.at_period, count=POINTS[view.grain]),
        unit=view.unit_picker(),
        slice=view.slice_picker(),
        trend=trends.trend(
            definition,
            lived.series,
            view.focus,
            aim,
            title=sentence,
            summary=trends.summary(now, differences),
            noted=lived.marks,
        ),
        breakdowns=view.breakdowns(aim),
        document=documents.document(reading.catalog, definition),
        lineage=_lineage(reading, definition),
        versions=documents.versions(reading.versions("metric", name), reading.zone),
        findings=_findings(reading, definition, view.focus),
        troubles=troubles(reading, definition),
        work=lives.work(reading, address(name, view.focus.label, asked.unit, asked.slice), name),
        alerts=lived.alerts,
        marked=lived.lines,
        bridges=bridging.bridges(
            reading, definition, lived.life, view.focus, unit=asked.unit, where=view.where
        ),
        record=figure_record.record(reading, definition, view.focus, unit=asked.unit, where=view.where),
        history=to.history("metric", name) if reading.may("catalog:definition:read") else "",
    )


def read_slice(catalog: Catalog, definition: Metric, text: str | None) -> Mapping[str, str]:
    """Read `column=value` as it stands in a URL; `(none)` is rows without a value. Raises QueryError."""
    if not text:
        return {}
    column, equals, value = text.partition("=")
    if not equals:
        declared = ", ".join(dimensions(catalog, definition)) or say("words.nothing")
        raise QueryError(
            say("slice.unreadable", text=text), code="unknown-slice", hint=say("slice.hint", columns=declared)
        )
    return {column: "" if value == "(none)" else "(none)" if value == "'(none)'" else value}


def _mark(aim: trends.Aim | None, now: Observation | None) -> Mark | None:
    if now is None:
        return marks.of("no data")
    return marked(aim, now) if aim else marks.of_figure(now.status)


@dataclass(frozen=True)
class _View:
    """One metric as it is asked for."""

    reading: Reading
    metric: Metric
    asked: Asked

    @property
    def grains(self) -> tuple[Grain, ...]:
        """The grains at which the metric is shown."""
        finest = finest_shown(self.reading.catalog, self.metric)
        return tuple(grain for grain in POINTS if GRAINS.index(grain) >= GRAINS.index(finest))

    @cached_property
    def grain(self) -> Grain:
        """The grain asked for, else that of the period, else the one at which the metric is watched."""
        given = self.asked.grain
        if given is None and self.asked.period:
            given = self.reading.published.periods.parse(self.asked.period).grain
        given = given or watched.grains(self.reading.catalog, self.metric.name)[0]
        known: dict[str, Grain] = {grain: grain for grain in self.grains}
        if given not in known:
            raise QueryError(
                say("grain.unknown", grain=given),
                code="unknown-grain",
                hint=say("grain.hint", known=", ".join(known)),
            )
        return known[given]

    @cached_property
    def where(self) -> Mapping[str, str]:
        """The slice asked for."""
        return read_slice(self.reading.catalog, self.metric, self.asked.slice)

    @cached_property
    def newest(self) -> Period:
        """The last period with rows; the refresh's own where there are none at all."""
        published = self.reading.published
        covered = published.coverage(self.metric.name)
        return published.periods.period(
            self.grain, covered[1] if covered else published.generation.as_of.date()
        )

    @cached_property
    def focus(self) -> Period:
        """The period asked for, at the grain of the page; else the last complete one."""
        published = self.reading.published
        if self.asked.period:
            given = published.periods.parse(self.asked.period)
            if given.grain == self.grain:
                return given
            last_day = min(given.end, self.newest.end) - timedelta(days=1)
            return published.periods.period(self.grain, max(last_day, given.start))
        return published.latest_complete(self.metric.name, self.grain) or self.newest

    @cached_property
    def _window(self) -> tuple[Period, Period]:
        """The first and the last period drawn: up to the newest, or around a focus that lies further back."""
        periods, count = self.reading.published.periods, POINTS[self.grain]
        first = periods.back(self.newest, count - 1)
        if self.focus.start >= first.start:
            return first, max(self.newest, self.focus, key=lambda one: one.start)
        return periods.back(self.focus, count - 1), self.focus

    @cached_property
    def series(self) -> list[Observation]:
        """The figures of the page, those it is compared with included, oldest first."""
        published, (first, last) = self.reading.published, self._window
        covered = published.coverage(self.metric.name)
        if covered is None:
            return []
        since = min(first.start, published.periods.year_ago(self.focus).start)
        since = max(since, published.periods.period(self.grain, covered[0]).start)
        if since >= last.end:
            return []
        return self.reading.figures(self._query(since, last))[0]

    @property
    def now(self) -> Observation | None:
        """The figure in focus."""
        return self._at(self.focus)

    def shown_series(self) -> list[Observation]:
        """Give the figures that are drawn."""
        first, _ = self._window
        return [one for one in self.series if one.start >= first.start]

    def changes(self) -> tuple[Change, ...]:
        """Compare the figure in focus with the period before and the same a year before."""
        periods, judge = self.reading.published.periods, self.reading.judge()
        earlier: list[tuple[changes.Kind, Period]] = [("changed_from_previous", periods.back(self.focus))]
        if periods.year_ago(self.focus) != earlier[0][1]:
            earlier.append(("changed_from_last_year", periods.year_ago(self.focus)))
        made = [
            changes.change(judge, self.metric, self.now, self._like(before), kind=kind, higher=self._higher)
            for kind, before in earlier
        ]
        return tuple(one for one in made if one)

    def rights(self) -> tuple[str, ...]:
        """Say how much of the figure in focus there is a right to, and what leaving the rest out does to it."""
        if self.now is None or self.now.status == "suppressed":
            return ()
        query = replace(self._query(self.focus.start, self.focus), by=())
        return self.reading.once(
            ("rights", self.metric.name, self.focus, self.asked.unit, self.asked.slice),
            lambda: rights.sentences(self.metric, rights.coverage(self.reading.published, query, self.focus)),
        )

    def breakdowns(self, aim: trends.Aim | None) -> tuple[IntervalSpec, ...]:
        """Compare the parts of the figure in focus: units, and the declared slices (with one chosen, its siblings)."""
        if self.now is None or self.now.value is None:
            return ()
        parts = [
            self._by_unit(aim),
            *(self._by_slice(column, aim) for column in self.where or self._dimensions),
        ]
        return tuple(one for one in parts if one)

    def at_period(self, label: str) -> str:
        """Give the address for another period."""
        return to.metric(
            self.metric.name, grain=self.grain, period=label, unit=self.asked.unit, slice=self.asked.slice
        )

    def grain_picker(self) -> Picker:
        """Give the choice of a grain."""
        asked = self.asked
        links = tuple(
            Link(
                say(f"grain.{grain}"),
                to.metric(
                    self.metric.name, grain=grain, period=asked.period, unit=asked.unit, slice=asked.slice
                ),
                grain == self.grain,
            )
            for grain in self.grains
        )
        return Picker(say("pick.grain"), say(f"grain.{self.grain}"), links)

    def unit_picker(self) -> Picker:
        """Give the choice of a unit; only everything where the fact knows no units."""

        def href(unit: str | None) -> str:
            return to.metric(
                self.metric.name,
                grain=self.grain,
                period=self.asked.period,
                unit=unit,
                slice=self.asked.slice,
            )

        if not self._has_units:
            return Picker(
                say("pick.unit"), say("pick.all_units"), (Link(say("pick.all_units"), href(None), here=True),)
            )
        held = held_in(self.reading.catalog, self.metric.name)
        return pickers.unit(self.reading, self.asked.unit, href, within=held[0] if held else None)

    def slice_picker(self) -> Picker | None:
        """Give the choice of a slice: back to everything, or one of the values of each declared column."""
        if not self._dimensions:
            return None
        links = [Link(say("pick.no_slice"), self._at_slice(None), not self.where)]
        for column in self._dimensions:
            values = self._values(column)
            links += [
                Link(say("pick.value", column=_words(column), value=one.slice.partition("=")[2]),
                     self._at_slice(one.slice), one.slice == self.asked.slice)
                for one in values[:breakdowns.SHOWN]
            ]  # fmt: skip
        chosen = next((link.text for link in links if link.here), self.asked.slice or "")
        return Picker(say("pick.slice"), chosen, tuple(links))

    @property
    def _higher(self) -> bool | None:
        sign = watched.better(self.reading.catalog, self.metric)
        return None if sign == 0 else sign > 0

    @property
    def _dimensions(self) -> tuple[str, ...]:
        persons = agent_columns(self.reading.catalog)  # people have a page of their own
        return tuple(one for one in dimensions(self.reading.catalog, self.metric) if one not in persons)

    @property
    def _has_units(self) -> bool:
        return has_units(self.reading.catalog, self.metric) and bool(self.reading.catalog.units.names)

    def _like(self, period: Period) -> Observation | None:
        if is_stretch(period.label):
            return stretches(self.reading.published, [self._query(period.start, period)], period)[0]
        return self._at(period)

    def _at(self, period: Period) -> Observation | None:
        return next((one for one in self.series if one.start == period.start), None)

    def _at_slice(self, text: str | None) -> str:
        return to.metric(
            self.metric.name, grain=self.grain, period=self.asked.period, unit=self.asked.unit, slice=text
        )

    def _query(self, since: date, last: Period) -> Query:
        return Query(
            self.metric.name, self.reading.viewer, PURPOSE, grain=self.grain, unit=self.asked.unit,
            since=since, until=last.end, where=self.where,
        )  # fmt: skip

    def _values(self, column: str) -> list[Observation]:
        """The figures of the period in focus by one column, the largest n first."""
        query = Query(
            self.metric.name, self.reading.viewer, PURPOSE, grain=self.grain, by=(column,), unit=self.asked.unit,
            since=self.focus.start, until=self.focus.end,
        )  # fmt: skip
        found = [one for one in self.reading.figures(query)[0] if one.slice and one.n != 0]
        return sorted(found, key=lambda one: -(one.n or 0))

    def _by_slice(self, column: str, aim: trends.Aim | None) -> IntervalSpec | None:
        whole = self.now
        if self.where:
            plain = Query(
                self.metric.name, self.reading.viewer, PURPOSE, grain=self.grain, unit=self.asked.unit,
                since=self.focus.start, until=self.focus.end,
            )  # fmt: skip
            whole = next(iter(self.reading.figures(plain)[0]), None)
        if whole is None:
            return None
        parts = [
            breakdowns.Part(one.slice.partition("=")[2], self._at_slice(one.slice), one)
            for one in self._values(column)
        ]
        held = breakdowns.Whole(self.metric, whole, self._higher, aim)
        return breakdowns.breakdown(held, f"by-{column.replace('.', '-')}", _words(column), parts)

    def _by_unit(self, aim: trends.Aim | None) -> IntervalSpec | None:
        tree, unit = self.reading.catalog.units, self.asked.unit
        if not self._has_units or self.now is None or not (tree.children(unit) if unit else tree.roots):
            return None
        inside = unit
        while inside is None and len(tree.roots) == 1:
            inside = tree.roots[0]
        query = Query(
            self.metric.name, self.reading.viewer, PURPOSE, grain=self.grain, unit=inside, by_unit=True,
            since=self.focus.start, until=self.focus.end, where=self.where,
        )  # fmt: skip
        parts = [
            breakdowns.Part(
                tree.label(one.unit),
                to.metric(
                    self.metric.name,
                    grain=self.grain,
                    period=self.focus.label,
                    unit=one.unit,
                    slice=self.asked.slice,
                ),
                one,
            )
            for one in self.reading.figures(query)[0]
            if one.unit
        ]
        held = breakdowns.Whole(self.metric, self.now, self._higher, aim)
        return breakdowns.breakdown(held, "by-unit", say("breakdown.unit"), parts)


def _words(column: str) -> str:
    return column.rpartition(".")[2].replace("_", " ")


def _lineage(reading: Reading, definition: Metric) -> Lineage:
    above, below = graph.upstream(reading.catalog, definition), graph.downstream(reading.catalog, definition)
    return Lineage(
        sources=tuple(documents.link(one) for one in above if isinstance(one, Source)),
        facts=tuple(documents.link(one) for one in above if isinstance(one, Fact)),
        metric=definition.label,
        scorecards=tuple(documents.link(one) for one in below if isinstance(one, Scorecard)),
    )


def _findings(reading: Reading, definition: Metric, focus: Period) -> tuple[FindingLine, ...]:
    """Give what was found of a metric: of the period in focus first, then the newest."""
    found = [one for one in reading.findings() if one.metric == definition.name]
    found.sort(key=lambda one: one.period != focus.label)
    return tuple(findings.line(reading.published, one) for one in found[:FINDINGS])
