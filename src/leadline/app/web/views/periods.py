"""The reporting calendar, and one period: what was frozen, what moved since, what is missing, and what was said."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from leadline.app import periods as p
from leadline.app.periods import ordered
from leadline.app.record import Record, record
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import CalendarPage, PeriodPage
from leadline.app.web.contexts.periods import CalendarLine, FrozenLine, Said
from leadline.app.web.contexts.pieces import Link, Mark, Picker
from leadline.app.web.numbers import NumberStyle, whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import pickers
from leadline.app.web.views.home import label_of
from leadline.app.web.views.shells import shell
from leadline.app.web.views.standing import missing_words, packs, part_label
from leadline.app.web.wording import marks, targets
from leadline.scorecards.freezing import segment_of
from leadline.scorecards.readiness import Readiness
from leadline.scorecards.scoring import ScoreStatus
from leadline.scorecards.tree import find
from leadline.store.closings import Frozen

_DEPTHS = {"scorecard": 0, "perspective": 0, "objective": 1, "measure": 2}


def calendar(reading: Reading, asked: Asked) -> CalendarPage:
    """List the last periods of every scorecard."""
    del asked
    with reading.ledger.read() as reader:
        found = p.calendar(reading.published, reader, viewer=reading.viewer, now=_today(reading))
        names = dict.fromkeys(one.scorecard for one in found)
        told = {name: p.selectivity(reading.published, reader, name) for name in names}
    cards = reading.catalog.scorecards
    return CalendarPage(
        shell=shell(reading, say("periods.title"), "home"),
        lines=tuple(_line(reading, one) for one in found),
        notices=tuple(
            say("periods.selective", scorecard=cards[name].label, words=one.words)
            for name, flagged in told.items()
            for one in flagged
        ),
    )


def _line(reading: Reading, one: Readiness) -> CalendarLine:
    ready = sum(unit.is_ready for unit in one.units)
    first = one.gaps[0].words if one.gaps else ""
    more = say("periods.more", count=len(one.gaps) - 1) if len(one.gaps) > 1 else ""
    return CalendarLine(
        reading.catalog.scorecards[one.scorecard].label,
        Link(dates.period(one.period), to.scorecard_period(one.scorecard, one.period.label)),
        say(f"periods.state.{one.state}"),
        dates.day(one.due, short=True),
        one.overdue,
        say("periods.units", ready=ready, count=len(one.units)),
        f"{first} {more}".strip() if one.state in {"open", "reopened"} else "",
    )


def period(reading: Reading, asked: Asked, name: str, period: str) -> PeriodPage:
    """Show one period of a scorecard."""
    found = _read(reading, name, period, asked.unit)
    scorecard, closing = find(reading.catalog, name), found.closing
    address = partial(to.scorecard_period, name)
    newest = reading.published.periods.period(scorecard.period, reading.published.generation.as_of.date())
    title = f"{scorecard.label}, {dates.period(found.period)}"
    asking = next((step for step in found.steps if step.step == "asked"), None)
    return PeriodPage(
        shell=shell(reading, title, "home"),
        title=title,
        scorecard=Link(scorecard.label, to.scorecard(name, period=found.period.label, unit=asked.unit)),
        period=pickers.period(reading, found.period, newest, lambda label: address(label, unit=asked.unit)),
        unit=_unit_picker(reading, found),
        unit_name=found.unit or "",
        state=say(f"periods.state.{found.state}"),
        state_words=_state_words(reading, found),
        facts=_facts(reading, found),
        lines=tuple(_frozen(reading, found, line) for line in found.lines),
        moved=say("periods.moved", count=len(found.moved))
        if found.moved
        else "",
        gaps=tuple(
            (_unit_label(reading, gap.unit), gap.words, gap.owner)
            for unit in found.ready.units
            for gap in unit.gaps
        ) if not found.is_frozen else (),
        accepted=closing.lacking if closing and found.is_frozen else (),
        comments=tuple(_comments(found)),
        selective=tuple(
            say("periods.selective", scorecard=scorecard.label, words=one.words) for one in found.selective
        ),
        packs=packs(name, found.period.label, asked.unit),
        can_close=found.state in {"open", "reopened"} and found.period.end <= reading.published.generation.as_of.date(),
        can_ask=found.state == "closed",
        can_agree=say("periods.asked", who=asking.actor, why=asking.because)
        if asking and found.state == "reopening"
        else "",
        can_comment=not found.is_frozen,
        action=address(found.period.label),
        token=reading.form_token,
    )  # fmt: skip


def close(reading: Reading, given: Mapping[str, str], name: str, period: str) -> str:
    """Close a period. Raises PeriodError where it is not ready and no reason is given."""
    chosen = reading.published.periods.parse(period)
    because = given.get("because", "")[:500]
    p.close_period(
        reading.ledger, reading.published, name, chosen, actor=reading.person.name, today=_today(reading),
        because=because, despite="despite" in given,
    )  # fmt: skip
    return to.scorecard_period(name, period)


def reopen(reading: Reading, given: Mapping[str, str], name: str, period: str) -> str:
    """Ask to reopen a period, or agree to it. Raises PeriodError."""
    p.reopen_period(
        reading.ledger, name, period, actor=reading.person.name, because=given.get("because", "")[:500],
        agree=given.get("step") == "agree",
    )  # fmt: skip
    return to.scorecard_period(name, period)


def comment(reading: Reading, given: Mapping[str, str], name: str, period: str) -> str:
    """Keep a comment. Raises PeriodError where the period is closed."""
    chosen = reading.published.periods.parse(period)
    parts = {key.removeprefix("part."): text[:4000] for key, text in given.items() if key.startswith("part.")}
    unit = given.get("unit") or None
    p.say(
        reading.ledger, reading.published, name, chosen, parts, actor=reading.person.name,
        metric=given.get("metric") or None, unit=unit,
    )  # fmt: skip
    return to.scorecard_period(name, period, unit=unit)


def _read(reading: Reading, name: str, period: str, unit: str | None) -> Record:
    chosen = reading.published.periods.parse(period)
    with reading.ledger.read() as reader:
        return record(
            reading.published, reader, name, chosen, unit=unit, viewer=reading.viewer, today=_today(reading)
        )


def _today(reading: Reading) -> date:
    return reading.now.astimezone(ZoneInfo(reading.zone)).date()


def _unit_label(reading: Reading, unit: str | None) -> str:
    return (
        reading.catalog.units.label(unit)
        if unit in reading.catalog.units.names
        else unit or say("pick.all_units")
    )


def _unit_picker(reading: Reading, found: Record) -> Picker:
    links = tuple(
        Link(
            _unit_label(reading, unit),
            to.scorecard_period(found.name, found.period.label, unit=unit),
            unit == found.unit,
        )
        for unit in found.units
    )
    return Picker(say("pick.unit"), _unit_label(reading, found.unit), links)


def _state_words(reading: Reading, found: Record) -> str:
    if found.is_frozen:
        return say("periods.frozen_words")
    ready = sum(unit.is_ready for unit in found.ready.units)
    key = "periods.ready_words" if found.ready.is_complete else "periods.unready_words"
    return say(
        key, due=dates.day(found.ready.due, short=True), ready=ready, units=len(found.ready.units),
        zone=reading.zone,
    )  # fmt: skip


def _facts(reading: Reading, found: Record) -> tuple[tuple[str, str], ...]:
    one = found.closing
    if one is None:
        return ()
    at = dates.instant(one.closed_at, reading.zone)
    return (
        (say("periods.fact.by"), f"{one.actor}, {at}"),
        (say("periods.fact.figures"), whole(one.figures)),
        (say("periods.fact.version"), str(one.version)),
        (say("periods.fact.generation"), one.generation),
        (say("periods.fact.hash"), one.hash),
        *(((say("periods.fact.because"), one.because),) if one.because else ()),
        *((say(f"periods.fact.{step.step}"), f"{step.actor}: {step.because}") for step in found.steps),
    )


def written(reading: Reading, was: Frozen) -> NumberStyle:
    """Give how a frozen figure is written: as its metric is now, in the unit of measure that it was frozen in."""
    metric = reading.catalog.metrics.get(was.metric or "")
    return NumberStyle(was.measured_in, metric.decimals if metric else None)


def named(reading: Reading, was: Frozen) -> str:
    """Name a figure: a measure that has a unit of its own with that unit."""
    units = reading.catalog.units
    unit = units.label(was.of_unit) if "@" in was.path and was.of_unit in units.names else ""
    return f"{was.label} · {unit}" if unit and unit not in was.label else was.label


def segment(was: Frozen) -> str | None:
    """Give the slice that a figure is of, as addresses have it; None for everything."""
    return label_of(tuple(segment_of(was).items())) or None


def _frozen(reading: Reading, found: Record, line: p.Beside) -> FrozenLine:
    was, now = line.was, line.now
    style = written(reading, was)
    href = (
        to.figure(was.metric, period=found.period.label, unit=was.of_unit, slice=segment(was))
        if was.metric
        else ""
    )
    told, mark = "", None
    if now is not None:
        value = targets.score(now.score) if was.metric is None else _value(style, now.value, now.status)
        told = say("periods.withheld") if now.withheld else value
        mark = _mark(now.verdict) if now.verdict != was.verdict else None
    return FrozenLine(
        depth=_DEPTHS[was.node],
        label=Link(named(reading, was), href),
        value=_value(style, was.value, was.status) if was.metric else "",
        interval=style.interval(was.low, was.high) if was.value is not None else "",
        n=whole(was.n) if was.metric else "",
        version=str(was.version or ""),
        mark=_mark(was.verdict),
        score=targets.score(was.score),
        now=told,
        now_mark=mark,
        why=_why(found, line),
    )


def _why(found: Record, line: p.Beside) -> str:
    """Give where it is worked out why a figure moved."""
    if line.now is None or line.now.withheld or not line.was.metric:
        return ""
    return to.bridge(found.name, found.period.label, figure=line.was.path, unit=line.was.unit)


def _value(style: NumberStyle, value: float | None, status: str) -> str:
    if value is not None:
        return style.value(value)
    return say(f"status.{status}").lower() if status in {"suppressed", "no data"} else status


def _mark(verdict: str) -> Mark:
    known: ScoreStatus = verdict  # type: ignore[assignment]  # it was one when it was frozen
    return marks.of(known)


def _comments(found: Record) -> list[Said]:
    labels: dict[str | None, str] = {line.was.metric: line.was.label for line in found.lines}
    wanted = {one.metric: one for one in found.wanted}
    about: list[str | None] = [*wanted, *(m for m in found.comments if m not in wanted)]
    return [_said(found, metric, labels.get(metric, metric or say("periods.whole"))) for metric in about]


def _said(found: Record, metric: str | None, label: str) -> Said:
    comment = found.comments.get(metric)
    need = next((one for one in found.wanted if one.metric == metric), None)
    parts = comment.parts if comment else {}
    return Said(
        about=label,
        key=metric or "",
        required=missing_words(need),
        parts=tuple((part_label(name), parts[name]) for name in ordered(found.template.parts, parts)),
        by=say("periods.by", author=comment.author, version=comment.version) if comment else "",
        fields=tuple((name, part_label(name), parts.get(name, "")) for name in found.template.parts),
    )
