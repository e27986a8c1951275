"""Units compared: ranked with intervals of places, then each one's history on one scale. All of it is in the URL."""

from collections.abc import Sequence
from functools import partial

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.multiples import Multiple
from leadline.app.web.charts.specs import IntervalRow, IntervalSpec
from leadline.app.web.contexts.compare import ComparePage, PlaceLine
from leadline.app.web.contexts.pieces import Link, Picker
from leadline.app.web.numbers import NumberStyle, share, short
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import pickers
from leadline.app.web.views.nodes import newest_of
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import figures, marks, targets
from leadline.catalog.composition import has_units
from leadline.catalog.definitions import Metric
from leadline.catalog.score_rules import aimed, rule_of
from leadline.catalog.scoring import GOAL_SCORE
from leadline.catalog.weights import measures_of
from leadline.errors import QueryError
from leadline.insights import targets as watched
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.scorecards.comparing import (
    Compared,
    Comparison,
    Level,
    Scored,
    compare_metric,
    compare_scores,
    score_history,
    units_below,
)
from leadline.scorecards.ranks import Placing
from leadline.scorecards.results import ScorecardResult
from leadline.scorecards.tree import find

HISTORIES = 16
"""Of so many units the scores of past periods are worked out; each costs a scorecard for every period."""
SHOWN = 40
"""So many units are compared at most; a page with more would be read by nobody."""


def compare(reading: Reading, asked: Asked) -> ComparePage:
    """Compare units by one measure of a scorecard, or by its score."""
    name = (
        asked.definition or reading.catalog.project.scorecard or min(reading.catalog.scorecards, default=None)
    )
    if name is None:
        raise QueryError(say("home.no_scorecard"), code="no-scorecard", hint=say("home.no_scorecard.hint"))
    view = _View(reading, asked, name)
    return view.by_metric(asked.metric) if asked.metric else view.by_score()


class _View:
    """One comparison, being shown."""

    def __init__(self, reading: Reading, asked: Asked, name: str) -> None:
        self.reading, self.asked, self.card = reading, asked, find(reading.catalog, name)
        self.level: Level = "teams" if asked.kind == "teams" else "below"
        self.within = asked.unit or self.card.unit
        found = units_below(reading.catalog, self.within, self.level)
        if not found:
            raise QueryError(say("compare.alone"), code="not-comparable", hint=say("compare.alone_hint"))
        self.left_out = max(len(found) - SHOWN, 0)
        self.units = found[:SHOWN]
        self.period = reading.published.periods.parse(asked.period).start if asked.period else None

    def by_score(self) -> ComparePage:
        """Compare by score."""
        period, found = compare_scores(
            self.reading.published, self.card.name, self.units, viewer=self.reading.viewer, period=self.period
        )
        style = NumberStyle("score", 1)
        rows = tuple(self._scored(one, period.label) for one in found)
        spec = IntervalSpec(
            key="units", title=say("compare.ranked"), message=say("compare.read"), label=say("compare.unit"),
            rows=rows, style=style, goal=GOAL_SCORE, whole_word=say("compare.goal", value=f"{GOAL_SCORE:.1f}"),
        )  # fmt: skip
        ranked = sum(one.placing is not None for one in found)
        places = [(one.unit, one.placing) for one in found]
        known = [one.unit for one in found if one.result.score is not None]
        return self._page(
            period.label, say("compare.score"), spec, self._places(places, ranked),
            multiples=self._histories(known[:HISTORIES], period),
            notes=(say("compare.histories", count=HISTORIES),) if len(known) > HISTORIES else (),
        )  # fmt: skip

    def _histories(self, units: Sequence[str], period: Period) -> tuple[Multiple, ...]:
        """Give each unit's scores of the last periods, on one scale."""
        reading = self.reading
        if not units:
            return ()
        found = reading.once(
            ("score history", self.card.name, period.label, tuple(units)),
            lambda: score_history(reading.published, self.card.name, period, units, viewer=reading.viewer),
        )
        ends = [
            end
            for results in found.values()
            for one in results
            for end in (one.score, one.score_low, one.score_high)
            if end is not None
        ]
        scale = min(GOAL_SCORE, *ends), max(GOAL_SCORE, *ends)
        return tuple(self._history(unit, found[unit], scale) for unit in units)

    def _history(self, unit: str, results: Sequence[ScorecardResult], scale: tuple[float, float]) -> Multiple:
        last, label = results[-1], self.reading.catalog.units.label(unit)
        known = [(one.period, one.score) for one in results if one.score is not None]
        ends = [f"{score:.1f} ({dates.period(period)})" for period, score in (known[0], known[-1])]
        return Multiple(
            label=label, href=to.scorecard(self.card.name, unit=unit, period=last.period.label),
            value=targets.score(last.score), values=tuple(one.score for one in results),
            lows=tuple(one.score_low for one in results), highs=tuple(one.score_high for one in results),
            low=scale[0], high=scale[1], goal=GOAL_SCORE, hollow=last.provisional,
            summary=say("spark.summary", metric=label, first=ends[0], last=ends[-1]),
        )  # fmt: skip

    def by_metric(self, name: str) -> ComparePage:
        """Compare by a metric."""
        catalog = self.reading.catalog
        metric = self.reading.published.metric(name)
        found = compare_metric(
            self.reading.published, name, self.units, viewer=self.reading.viewer, within=self.within,
            grain=self.card.period, better=watched.better(catalog, metric), period=self.period,
        )  # fmt: skip
        written = figures.style(metric)
        goal = self._goal(metric)
        whole = found.whole.value if found.whole and found.ranked else None
        aimed_at = goal is not None and found.ranked
        level = (
            say("breakdown.goal", value=written.round_value(goal)) if aimed_at and goal is not None else ""
        )
        spec = IntervalSpec(
            key="units", title=say("compare.ranked" if found.ranked else "compare.unranked"),
            message=say("compare.read" if found.ranked else "compare.totals"), label=say("compare.unit"),
            rows=tuple(self._row(found, written, one) for one in found.units), style=written, whole=whole,
            whole_word=say("breakdown.whole", value=written.value(whole)) if whole is not None else "",
            goal=goal if found.ranked else None,
            goal_word=level,
        )  # fmt: skip
        notes = [say("compare.least", n=metric.minimum_n)] if metric.minimum_n else []
        column = found.kinds.rpartition(".")[2].replace("_", " ")
        notes.append(say("compare.mixed", column=column) if found.kinds else say("compare.not_mixed"))
        places = self._places([(one.unit, one.placing) for one in found.units], found.of)
        return self._page(
            found.period.label, metric.label, spec, places,
            multiples=self._multiples(found, written, goal), notes=tuple(notes),
        )  # fmt: skip

    def _page(
        self,
        period: str,
        what: str,
        spec: IntervalSpec,
        places: tuple[PlaceLine, ...],
        *,
        multiples: tuple[Multiple, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> ComparePage:
        left = (say("compare.left_out", count=self.left_out),) if self.left_out else ()
        chosen = self.reading.published.periods.parse(period)
        unit = self.reading.catalog.units.label(self.within) if self.within else say("pick.all_units")
        return ComparePage(
            shell=shell(self.reading, say("compare.title", what=what), "home"),
            scorecard=Link(
                self.card.label, to.scorecard(self.card.name, unit=self.within, period=self.asked.period)
            ),
            title=say("compare.title", what=what),
            about=say("compare.about", unit=unit),
            period=pickers.period(
                self.reading, chosen, newest_of(self.reading, self.card), partial(self._at, "period")
            ),
            unit=pickers.unit(self.reading, self.within, partial(self._at, "unit"), within=self.card.unit),
            measure=self._measures(),
            level=self._levels(),
            plot=spec,
            places=places,
            multiples=multiples,
            notes=(*notes, *left),
        )

    def _at(self, key: str, value: str | None) -> str:
        asked = {
            "definition": self.card.name, "metric": self.asked.metric, "period": self.asked.period,
            "unit": self.asked.unit, "kind": self.asked.kind,
        }  # fmt: skip
        return to.compare(**(asked | {key: value}))

    def _measures(self) -> Picker:
        catalog = self.reading.catalog
        names = dict.fromkeys(
            m.metric for m in measures_of(self.card) if has_units(catalog, catalog.metrics[m.metric])
        )
        links = [Link(say("compare.score"), self._at("metric", None), self.asked.metric is None)]
        links += [
            Link(catalog.metrics[name].label, self._at("metric", name), name == self.asked.metric)
            for name in names
        ]
        current = next((link.text for link in links if link.here), self.asked.metric or "")
        return Picker(say("compare.by"), current, tuple(links))

    def _levels(self) -> Picker:
        levels = (("below", None), ("teams", "teams"))
        links = tuple(
            Link(say(f"compare.{name}"), self._at("kind", value), name == self.level)
            for name, value in levels
        )
        return Picker(say("compare.level"), say(f"compare.{self.level}"), links)

    def _goal(self, metric: Metric) -> float | None:
        """Give the goal of the whole on this scorecard, where it has one for the metric."""
        measure = next(
            (m for m in measures_of(self.card) if m.metric == metric.name and m.unit is None), None
        )
        if measure is None:
            return None
        day = self.period or self.reading.published.generation.as_of.date()
        rule = rule_of(aimed(measure, self.reading.catalog.units, self.within, day, self.card.where))
        return rule.goal if rule else None

    def _row(self, found: Comparison, written: NumberStyle, one: Compared) -> IntervalRow:
        now = one.now
        label = self.reading.catalog.units.label(one.unit)
        href = to.metric(
            found.metric.name, grain=found.period.grain, period=found.period.label, unit=one.unit
        )
        if now is None or now.value is None:
            status = now.status if now else "no data"
            return IntervalRow(label, href, href, None, None, None, say(f"status.{status}"), "", "–", status)
        whole = found.whole.value if found.whole else None
        portion = (
            share(now.value, whole) if not found.ranked and whole else self._place(one.placing, found.of)
        )
        return IntervalRow(
            label=label, href=href, figure_href=figures.href(now), value=now.value, low=now.low, high=now.high,
            text=written.brief(now.value), interval=figures.spoken(written, now), n=short(now.n),
            certainty=now.status, portion=portion,
        )  # fmt: skip

    def _scored(self, one: Scored, period: str) -> IntervalRow:
        result, label = one.result, self.reading.catalog.units.label(one.unit)
        href = to.scorecard(self.card.name, unit=one.unit, period=period)
        mark = marks.of_node(result)
        if result.score is None:
            return IntervalRow(label, href, href, None, None, None, mark.word, "", "–", "no data")
        return IntervalRow(
            label=label, href=href, figure_href=href, value=result.score, low=result.score_low, high=result.score_high,
            text=targets.score(result.score), interval=mark.word, n=share(result.confidence, 1, 0),
            certainty="provisional" if result.provisional else "final", portion=mark.word, tone=mark.tone,
        )  # fmt: skip

    def _place(self, placing: Placing | None, of: int) -> str:
        if placing is None:
            return say("compare.no_place")
        key = "compare.place" if placing.first == placing.last else "compare.places"
        return say(key, first=placing.first, last=placing.last, of=of)

    def _places(self, found: Sequence[tuple[str, Placing | None]], of: int) -> tuple[PlaceLine, ...]:
        """Say each unit's place, and of how many it is for sure ahead and behind."""
        label = self.reading.catalog.units.label
        lines = []
        for unit, one in found:
            if one is None:
                continue
            same = one.last - one.first
            lines.append(
                PlaceLine(
                    label(unit), self._place(one, of), say("compare.ahead", count=of - one.last),
                    say("compare.behind", count=one.first - 1), say("compare.tied", count=same) if same else "",
                )
            )  # fmt: skip
        return tuple(lines)

    def _multiples(self, found: Comparison, written: NumberStyle, goal: float | None) -> tuple[Multiple, ...]:
        known = [one for one in found.units if any(o.value is not None for o in one.history)]
        levels = [
            end for one in known for o in one.history for end in (o.value, o.low, o.high) if end is not None
        ]
        if goal is not None and found.ranked:
            levels.append(goal)
        low, high = min(levels, default=0.0), max(levels, default=1.0)
        return tuple(
            self._multiple(found, written, one, (low, high, goal if found.ranked else None)) for one in known
        )

    def _multiple(
        self, found: Comparison, written: NumberStyle, one: Compared, scale: tuple[float, float, float | None]
    ) -> Multiple:
        spark = targets.sparkline(found.metric, one.history)
        last: Observation = one.history[-1]
        return Multiple(
            label=self.reading.catalog.units.label(one.unit),
            href=to.metric(found.metric.name, grain=found.period.grain, period=found.period.label, unit=one.unit),
            value=written.brief(last.value) if last.value is not None else say(f"status.{last.status}"),
            values=tuple(o.value for o in one.history),
            lows=tuple(o.low for o in one.history),
            highs=tuple(o.high for o in one.history),
            low=scale[0], high=scale[1], goal=scale[2], summary=spark.summary,
            hollow=last.status == "provisional",
        )  # fmt: skip
