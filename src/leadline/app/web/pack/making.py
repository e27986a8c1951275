"""Fills a review pack: from the record of a period, the series of its deviating measures, and the definitions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from leadline.app.periods import Beside, ordered
from leadline.app.record import Record, record
from leadline.app.web import dates
from leadline.app.web.charts.specs import BulletSpec, TrendSpec
from leadline.app.web.contexts.pieces import Mark
from leadline.app.web.numbers import NumberStyle, share, whole
from leadline.app.web.pack.contents import Action, Method, Pack, Row, Sheet, Variance
from leadline.app.web.pack.contents import Notice as About
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import lives, trends
from leadline.app.web.views.aims import aims
from leadline.app.web.views.periods import named, segment
from leadline.app.web.wording import documents, figures, marks, targets
from leadline.catalog.definitions import Grain, Metric
from leadline.metrics.evaluate import evaluate
from leadline.metrics.marks import Emergency
from leadline.metrics.observation import Notice, Observation, Status
from leadline.metrics.query import Query, Viewer
from leadline.metrics.viewing import as_seen
from leadline.scorecards.commentary import told_at
from leadline.scorecards.freezing import segment_of
from leadline.scorecards.scoring import ScoreStatus
from leadline.scorecards.tree import PURPOSE, find
from leadline.store.closings import Frozen

PERIODS = 13
_DEVIATING = ("off target", "at risk")
_DEPTHS = {"scorecard": 0, "perspective": 0, "objective": 1, "measure": 2}


def make(
    reading: Reading, name: str, label: str, *, viewer: str | Viewer, today: date, unit: str | None = None
) -> Pack:
    """Fill the pack of a scorecard's period: its own unit (or `unit`) first, then the units that report beside it.

    Raises:
        QueryError: there is no such scorecard or period.
    """
    period = reading.published.periods.parse(label)
    read = partial(record, reading.published, name=name, period=period, viewer=viewer, today=today)
    with reading.ledger.read() as reader:
        first = read(reader, unit=unit)
        others = [] if unit else [read(reader, unit=one) for one in first.units if one != first.unit]
    return _Maker(reading, first, viewer).pack([first, *others])


@dataclass(frozen=True)
class _Maker:
    """One pack being filled."""

    reading: Reading
    first: Record
    viewer: str | Viewer

    def pack(self, records: list[Record]) -> Pack:
        scorecard = find(self.reading.catalog, self.first.name)
        generation = self.reading.published.generation
        closing = self.first.closing if self.first.is_frozen else None
        variances = tuple(self._variances(records))
        return Pack(
            project=self.reading.catalog.project.label,
            title=scorecard.label,
            period=dates.period(self.first.period),
            unit=self._unit(self.first.unit),
            state=say("pack.closed" if closing else "pack.open"),
            facts=self._facts(),
            at=closing.closed_at if closing else generation.as_of,
            notices=tuple(self._notices(records)),
            sheets=tuple(self._sheet(found) for found in records),
            variances=tuple(_keyed(n, one) for n, one in enumerate(variances, 1)),
            said=self._parts(self.first, None),
            actions=tuple(
                Action(one.row.label, one.unit, text, one.owner)
                for one in variances
                for name, text in one.parts
                if name == part_label("action")
            ),
            lacking=tuple(
                (self._unit(gap.unit), gap.words) for one in self.first.ready.units for gap in one.gaps
            )
            if closing is None
            else tuple(("", text) for text in closing.lacking),
            moved=tuple(
                (self._unit(line.was.unit), named(self.reading, line.was), self._was(line), self._now(line))
                for found in records
                for line in found.moved
            ),
            methods=tuple(self._methods()),
            notes=(
                say("foot.method"),
                say("pack.note.rollup"),
                say("pack.note.restated"),
                say("pack.note.commentary"),
            ),
        )

    def _facts(self) -> tuple[tuple[str, str], ...]:
        generation, zone = self.reading.published.generation, self.reading.zone
        facts = [
            (say("periods.fact.generation"), generation.id),
            (say("pack.as_of"), dates.instant(generation.as_of, zone)),
        ]
        one = self.first.closing
        if one is not None and self.first.is_frozen:
            facts = [
                (say("periods.fact.by"), f"{one.actor}, {dates.instant(one.closed_at, zone)}"),
                (say("periods.fact.generation"), one.generation),
                (say("periods.fact.hash"), one.hash),
            ]
        return tuple(facts)

    def _unit(self, unit: str | None) -> str:
        units = self.reading.catalog.units
        return units.label(unit) if unit in units.names else unit or say("pick.all_units")

    def _sheet(self, found: Record) -> Sheet:
        whole_ = next(line.was for line in found.lines if line.was.node == "scorecard")
        return Sheet(
            self._unit(found.unit),
            _mark(whole_.verdict),
            targets.score(whole_.score),
            share(whole_.confidence, 1, 0),
            tuple(self._row(line) for line in found.lines),
        )

    def _row(self, line: Beside) -> Row:
        was = line.was
        style, mark = self._style(was), _mark(was.verdict)
        told = say("bullet.none", metric=was.label, status=mark.word.lower())
        if was.score is not None:
            told = say(
                "bullet.score", metric=was.label, score=targets.score(was.score), status=mark.word.lower()
            )
        return Row(
            depth=_DEPTHS[was.node],
            label=named(self.reading, was),
            mark=mark,
            words=_value(style, was.value, was.status) if was.metric else "",
            interval=style.interval(was.low, was.high) if was.value is not None else "",
            n_words=whole(was.n) if was.metric else "",
            target=self._target(was, style),
            score_words=targets.score(was.score) if was.score is not None else "",
            restated=self._now(line) if line.now else "",
            told=tuple(self._told(line)),
            style=style,
            value=was.value,
            low=was.low,
            high=was.high,
            n=was.n,
            score=was.score,
            goal=was.goal,
            version=was.version,
            weight=was.weight,
            bullet=BulletSpec(
                was.score, was.score_low, was.score_high, told, mark.tone, was.status == "provisional"
            ),
        )

    def _told(self, line: Beside) -> Iterator[str]:
        """Say what must be known of a figure, in a few words each."""
        was = line.was
        if was.metric and was.value is not None and was.status not in {"final", "", was.verdict}:
            yield say(f"status.{was.status}")
        if was.metric is not None:
            yield from dict.fromkeys(say(f"lives.{n.what}") for n in self._ends(was.metric))
            if any((e.metric, e.version) == (was.metric, was.version) for e in self._emergencies):
                yield say("lives.emergency_word")
        if line.now is not None:
            yield say("pack.restated", value=self._now(line))

    def _ends(self, metric: str) -> tuple[Notice, ...]:
        return self.reading.published.marks.ends(self.reading.catalog, metric)

    @property
    def _emergencies(self) -> tuple[Emergency, ...]:
        return self.reading.published.marks.emergencies

    def _notices(self, records: list[Record]) -> Iterator[About]:
        """Give what stands above all else: ends, emergencies, comments that keep to good news."""
        used = {
            (line.was.metric, line.was.version)
            for found in records
            for line in found.lines
            if line.was.metric
        }
        names = dict.fromkeys(line.was.metric or "" for line in self.first.lines if line.was.metric)
        for alert in lives.of_measures(self.reading, names):
            yield About(alert.mark, alert.text)
        labels = {line.was.metric: line.was.label for line in self.first.lines}
        for one in self._emergencies:
            if (one.metric, one.version) in used:
                words = f"{labels.get(one.metric, one.metric)}: {one.notice.text}"
                yield About(marks.named("refused", "lives.emergency", "bad"), words)
        for flagged in self.first.selective:
            words = say("periods.selective", scorecard=find(self.reading.catalog, self.first.name).label,
                        words=flagged.words)  # fmt: skip
            yield About(marks.named("stale", "periods.commentary", "risk"), words)

    def _style(self, was: Frozen) -> NumberStyle:
        metric = self.reading.catalog.metrics.get(was.metric or "")
        return NumberStyle(was.measured_in, metric.decimals if metric else None)

    def _target(self, was: Frozen, style: NumberStyle) -> str:
        if was.metric is None or was.goal is None:
            return ""
        higher = was.red_flag is None or was.goal >= was.red_flag
        return targets.bound(style, was.goal, higher=higher)

    def _was(self, line: Beside) -> str:
        was = line.was
        return (
            targets.score(was.score)
            if was.metric is None
            else _value(self._style(was), was.value, was.status)
        )

    def _now(self, line: Beside) -> str:
        now = line.now
        if now is None:
            return ""
        if now.withheld:
            return say("periods.withheld")
        word = f", {_mark(now.verdict).word.lower()}" if now.verdict != line.was.verdict else ""
        value = (
            targets.score(now.score)
            if line.was.metric is None
            else _value(self._style(line.was), now.value, now.status)
        )
        return say("pack.less", value=value) if not word and value == self._was(line) else f"{value}{word}"

    def _parts(self, found: Record, metric: str | None) -> tuple[tuple[str, str], ...]:
        comment = found.comments.get(metric)
        said = comment.parts if comment else {}
        return tuple((part_label(name), said[name]) for name in ordered(found.template.parts, said))

    def _variances(self, records: list[Record]) -> Iterator[Variance]:
        """Give each deviating figure once: one that stands on several units' scorecards under its own unit."""
        units = tuple(found.unit for found in records)
        seen: set[tuple[str, str | None, str]] = set()
        for found in records:
            for line in found.lines:
                was = line.was
                if was.metric is None or was.verdict not in _DEVIATING or told_at(was, units) != was.unit:
                    continue
                key = (was.metric, was.of_unit, segment(was) or "")
                if key not in seen:
                    seen.add(key)
                    yield self._variance(found, line)

    def _missing(self, found: Record, metric: str | None) -> str:
        need = next((one for one in found.wanted if one.metric == metric), None)
        if need is None or need.standing == "complete":
            return ""
        lacking = ", ".join(part_label(part).lower() for part in need.lacking)
        return say("periods.missing" if metric not in found.comments else "periods.incomplete", parts=lacking)

    def _variance(self, found: Record, line: Beside) -> Variance:
        was = line.was
        metric = self.reading.catalog.metrics.get(was.metric or "")
        comment = found.comments.get(was.metric)
        by = say("periods.by", author=comment.author, version=comment.version) if comment else ""
        owner = (targets.owner(metric) if metric else "") or say("metric.nobody")
        row, parts, missing = (
            self._row(line),
            self._parts(found, was.metric),
            self._missing(found, was.metric),
        )
        label = self._unit(was.of_unit)
        if metric is None:
            return Variance(label, row, was.label, owner, None, (), parts, missing, by)
        series = self._series(found, was)
        now = next((one for one in series if one.start == found.period.start), None)
        aim = self._aim(metric, found, was, now)
        sentence = trends.sentence(metric, now, None, aim, series)
        trend, lines = (
            self._trend(metric, series, found=found, was=was, aim=aim, sentence=sentence)
            if series
            else (None, ())
        )
        return Variance(label, row, sentence, owner, trend, lines, parts, missing, by)

    def _trend(
        self,
        metric: Metric,
        series: list[Observation],
        *,
        found: Record,
        was: Frozen,
        aim: trends.Aim | None,
        sentence: str,
    ) -> tuple[TrendSpec | None, tuple[str, ...]]:
        """Give the drawing that the metric's page has, marks and all; the period itself with the targets of then."""
        life = lives.life_of(self.reading, "metric", metric.name)
        noted, lines = lives.marked(self.reading, metric, series, life, figures.style(metric, series[-1]))
        spec = trends.trend(metric, series, found.period, aim, title=sentence, summary=sentence, noted=noted)
        if spec is not None and found.is_frozen:
            points = tuple(
                replace(point, goal=was.goal, red_flag=was.red_flag) if point.here and aim else point
                for point in spec.points
            )
            spec = replace(spec, points=points)
        return spec, tuple(f"{line.short}: {line.text}" if line.short else line.text for line in lines)

    def _series(self, found: Record, was: Frozen) -> list[Observation]:
        """Give the periods before as they are now, and this one as it was frozen."""
        periods, grain = self.reading.published.periods, found.period.grain
        chosen: Grain = grain
        since = periods.back(found.period, PERIODS - 1).start
        query = Query(
            was.metric or "", self.viewer, PURPOSE, chosen, unit=was.of_unit, since=since, until=found.period.end,
            where=segment_of(was),
        )  # fmt: skip
        published, asked = as_seen(self.reading.published, query)
        return [self._as_frozen(one, found, was) for one in evaluate(published, asked)]

    def _as_frozen(self, one: Observation, found: Record, was: Frozen) -> Observation:
        if one.start != found.period.start or not found.is_frozen:
            return one
        status: Status = was.status  # type: ignore[assignment]  # it was one when it was frozen
        return replace(one, value=was.value, low=was.low, high=was.high, n=was.n, status=status, former=None)

    def _aim(self, metric: Metric, found: Record, was: Frozen, now: Observation | None) -> trends.Aim | None:
        """Give what this scorecard asks of the figure, with the status that it had."""
        asked = aims(
            self.reading, metric, grain=found.period.grain, unit=was.of_unit, where=segment_of(was), now=now
        )
        verdict: ScoreStatus = was.verdict  # type: ignore[assignment]  # it was one when it was frozen
        return next((replace(one, status=verdict) for one in asked if one.scorecard.name == found.name), None)

    def _methods(self) -> Iterator[Method]:
        seen: set[str] = set()
        for line in self.first.lines:
            name = line.was.metric
            if name is None or name in seen:
                continue
            seen.add(name)
            metric = self.reading.catalog.metrics.get(name)
            now = self.reading.published.versions.get(("metric", name))
            changed = metric is None or now is None or now.version != line.was.version
            words = (
                (say("pack.redefined"),)
                if changed or metric is None
                else documents.words(self.reading.catalog, metric)
            )
            yield Method(line.was.label, str(line.was.version or ""), words)


def _keyed(nth: int, one: Variance) -> Variance:
    """Give a variance whose drawing has names of its own among all others."""
    return one if one.trend is None else replace(one, trend=replace(one.trend, key=f"trend-{nth}"))


def part_label(name: str) -> str:
    """Give a part of a comment in words."""
    return name.replace("_", " ").capitalize()


def _value(style: NumberStyle, value: float | None, status: str) -> str:
    if value is not None:
        return style.value(value)
    return say(f"status.{status}").lower() if status in {"suppressed", "no data"} else status


def _mark(verdict: str) -> Mark:
    known: ScoreStatus = verdict  # type: ignore[assignment]  # it was one when it was frozen
    return marks.of(known)
