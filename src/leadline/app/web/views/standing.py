"""How a period stands, and what was said of it, as the scorecard, the executive page and a metric's page show it."""

from collections import Counter
from collections.abc import Mapping
from functools import partial

from leadline.app import periods as p
from leadline.app.seen import EVERYTHING, ready_for, shown
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.contexts.standing import Lack, Remark, Standing
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.catalog.definitions import Scorecard
from leadline.metrics.periods import Period
from leadline.scorecards.commentary import Required, missing_parts, required
from leadline.scorecards.freezing import frozen, score_units, segment_of, units_of
from leadline.scorecards.readiness import Readiness, UnitReady
from leadline.scorecards.results import ScorecardResult
from leadline.store.closings import Closing, Frozen
from leadline.store.commentary import Comment
from leadline.store.ledger_reader import LedgerReader

FORMATS = ("pdf", "pptx", "xlsx")
WRITING = "scorecards:comment:write"
REMARKS = 8
"""So many comments stand on one page."""


def standing(reading: Reading, result: ScorecardResult) -> Standing | None:
    """Say how a period stands; None while it is not over, and where a unit is shown that does not report."""
    scorecard, period = result.scorecard, result.period
    if period.end > reading.published.generation.as_of.date():
        return None
    reporting = units_of(reading.published, scorecard.name)
    if result.unit not in reporting:
        return None
    with reading.ledger.read() as reader:
        closing = reader.frozen.latest(scorecard.name, period.label)
        state = reader.frozen.state(closing)
        if closing is not None and state != "reopened":
            return _closed(reading, reader, closing, result)
        ready = _ready(reading, reader, scorecard, period)
    wanted = [one for one in ready.units if result.unit in (scorecard.unit, one.unit)]
    address = partial(to.scorecard_period, scorecard.name, period.label)
    lacking = tuple(
        Lack(_label(reading, one.unit), _counted(one), address(unit=one.unit)) for one in wanted if one.gaps
    )
    key = "standing.whole" if not lacking else "standing.due" if not ready.overdue else "standing.overdue"
    words = say(
        key, ready=len(wanted) - len(lacking), units=len(wanted), due=dates.day(ready.due, short=True)
    )
    return Standing(say(f"periods.state.{state}"), words, not lacking, lacking, address(unit=result.unit))


def _ready(reading: Reading, reader: LedgerReader, scorecard: Scorecard, period: Period) -> Readiness:
    """Say what a period lacks. Its figures are kept, for they cost; what was said of them is read each time."""
    published, name = reading.published, scorecard.name
    results = reading.once(
        ("ready", name, period.label),
        lambda: score_units(published, name, period, units_of(published, name), viewer=EVERYTHING),
    )
    as_of = published.generation.as_of  # a page asks no clock: it is kept until something changes
    day = as_of.astimezone(reading.tz).date()
    found = p.ready(published, reader, name, period, today=day, results=results)
    return ready_for(published, reading.viewer, found)


def _counted(one: UnitReady) -> str:
    """Count what a unit lacks: 2 figures, 3 comments. Figures that are late, provisional or not there are one kind."""
    kinds = Counter(_LACKS.get(gap.kind, "lack.figures") for gap in one.gaps)
    return ", ".join(say(key, count=count) for key, count in kinds.items())


_LACKS = {"commentary": "lack.comments", "dispute": "lack.disputes", "not over": "lack.not_over"}


def _label(reading: Reading, unit: str | None) -> str:
    units = reading.catalog.units
    return units.label(unit) if unit in units.names else unit or say("pick.all_units")


def _closed(reading: Reading, reader: LedgerReader, closing: Closing, result: ScorecardResult) -> Standing:
    mine = [b for b in p.beside(reader.frozen, closing) if b.was.unit == result.unit and b.was.metric]
    moved = sum(
        one.now is not None and shown(reading.published, reading.viewer, one.was, result.period)
        for one in mine
    )
    day = dates.day(closing.closed_at.astimezone(reading.tz).date(), short=True)
    key = "standing.restated" if moved else "standing.closed"
    return Standing(
        say(f"periods.state.{reader.frozen.state(closing)}"),
        say(key, who=closing.actor, day=day, count=moved, lacked=len(closing.lacking)),
        not closing.lacking,
        (),
        to.scorecard_period(closing.scorecard, closing.period, unit=result.unit),
    )


def closed_as(reading: Reading, result: ScorecardResult) -> Mapping[tuple[str, str | None], Link]:
    """Give what a closed period's figures were, by metric and unit, where they are others now; with the way to why."""
    name, label = result.scorecard.name, result.period.label
    with reading.ledger.read() as reader:
        closing = reader.frozen.latest(name, label)
        if closing is None or reader.frozen.state(closing) == "reopened":
            return {}
        lines = [b for b in p.beside(reader.frozen, closing) if b.was.unit == result.unit and b.was.metric]
    found = {}
    for one in lines:
        if (
            segment_of(one.was)
            or one.now is None
            or not shown(reading.published, reading.viewer, one.was, result.period)
        ):
            continue
        unit = one.was.of_unit
        value = style_of(reading, one.was).value(one.was.value) if one.was.value is not None else ""
        words = say("standing.was", value=value) if value else say("standing.was_none")
        found[one.was.metric or "", unit] = Link(
            words, to.bridge(name, label, figure=one.was.path, unit=one.was.unit)
        )
    return found


def selective(reading: Reading, scorecard: Scorecard) -> tuple[str, ...]:
    """Say where comments on a scorecard keep to good news."""
    if scorecard.reporting is None:
        return ()
    with reading.ledger.read() as reader:
        found = p.selectivity(reading.published, reader, scorecard.name)
    return tuple(say("periods.selective", scorecard=scorecard.label, words=one.words) for one in found)


def packs(name: str, period: str, unit: str | None) -> tuple[Link, ...]:
    """Give where the review pack of a period is, in each format."""
    return tuple(Link(say(f"periods.pack.{one}"), to.pack(name, period, one, unit=unit)) for one in FORMATS)


def remarks(reading: Reading, result: ScorecardResult) -> tuple[Remark, ...]:
    """Give what was said of a scorecard's measures in a period, what is required first, and what is missing of it."""
    scorecard = result.scorecard
    asked, figures, said, write = p.template(scorecard), *_asked_of(reading, result)
    units = units_of(reading.published, scorecard.name)
    needed = {one.metric: one for one in required(asked, figures, said, units)} if scorecard.reporting else {}
    labels = {f.metric: f.label for f in figures if f.metric}
    about = [*needed, *(name for name in labels if name not in needed and (name, result.unit) in said)]
    return tuple(
        _remark(
            result, name, labels[name], said.get((name, result.unit)), needed.get(name), write=write,
            order=asked.parts,
        )
        for name in about[:REMARKS]
    )  # fmt: skip


def unsaid(reading: Reading, result: ScorecardResult) -> Mapping[str, Link]:
    """Give where a comment is required and is not there or not whole, by metric; for who may write, the way to it."""
    if result.scorecard.reporting is None:
        return {}
    figures, said, write = _asked_of(reading, result)
    found = {}
    units = units_of(reading.published, result.scorecard.name)
    for one in required(p.template(result.scorecard), figures, said, units):
        if words := missing_words(one):
            href = to.scorecard_period(result.scorecard.name, result.period.label, unit=result.unit)
            found[one.metric] = Link(words, f"{href}#say-{one.metric}" if write else "")
    return found


def _asked_of(
    reading: Reading, result: ScorecardResult
) -> tuple[list[Frozen], Mapping[tuple[str | None, str | None], Comment], bool]:
    """Give the measures of which something may be said, what was said of them, and whether who asks may say more."""
    scorecard, period = result.scorecard, result.period
    figures = [f for f in frozen(reading.published, [result]) if f.node == "measure"]
    figures = [
        f for f in figures if f.unit == result.unit and shown(reading.published, reading.viewer, f, period)
    ]
    with reading.ledger.read() as reader:
        said = reader.commentary.current(scorecard.name, period.label)
        closing = reader.frozen.latest(scorecard.name, period.label)
        is_open = closing is None or reader.frozen.state(closing) == "reopened"
    is_open = is_open and period.end <= reading.published.generation.as_of.date()
    return figures, said, is_open and reading.may(WRITING, result.unit)


def _remark(
    result: ScorecardResult,
    metric: str,
    label: str,
    comment: Comment | None,
    need: Required | None,
    *,
    write: bool,
    order: tuple[str, ...],
) -> Remark:
    href = to.scorecard_period(result.scorecard.name, result.period.label, unit=result.unit)
    parts = comment.parts if comment else {}
    return Remark(
        about=label,
        when="",
        missing=missing_words(need),
        parts=tuple((part_label(name), parts[name]) for name in p.ordered(order, parts)),
        by=say("periods.by", author=comment.author, version=comment.version) if comment else "",
        href=f"{href}#said-{metric}",
        write=f"{href}#say-{metric}" if write else "",
    )


def of_metric(reading: Reading, metric: str, unit: str | None) -> tuple[Remark, ...]:
    """Give what was said of a metric for a unit, on every scorecard, the newest period first."""
    with reading.ledger.read() as reader:
        found = [c for c in reader.commentary.of_metric(metric) if c.scorecard in reading.catalog.scorecards]
    made = []
    for one in sorted(found, key=lambda c: (c.period, c.number), reverse=True):
        scorecard = reading.catalog.scorecards[one.scorecard]
        if one.unit != (unit or scorecard.unit):
            continue
        template = p.template(scorecard)
        lacking = missing_parts(template, one.parts) if scorecard.reporting else ()
        period = reading.published.periods.parse(one.period)
        href = to.scorecard_period(one.scorecard, one.period, unit=one.unit)
        made.append(
            Remark(
                about=scorecard.label,
                when=dates.period(period),
                missing=_incomplete(lacking) if lacking else "",
                parts=tuple(
                    (part_label(name), one.parts[name]) for name in p.ordered(template.parts, one.parts)
                ),
                by=say("periods.by", author=one.author, version=one.version),
                href=f"{href}#said-{metric}",
                write="",
            )
        )
    return tuple(made[:REMARKS])


def missing_words(need: Required | None) -> str:
    """Say what is missing of a comment that is required; empty where nothing is."""
    if need is None or need.standing == "complete":
        return ""
    return say("periods.missing") if need.standing == "missing" else _incomplete(need.lacking)


def _incomplete(lacking: tuple[str, ...]) -> str:
    return say("periods.incomplete", parts=", ".join(part_label(part).lower() for part in lacking))


def part_label(name: str) -> str:
    """Give a part of a comment in words."""
    return name.replace("_", " ").capitalize()


def style_of(reading: Reading, was: Frozen) -> NumberStyle:
    """Give how a frozen figure is written: as its metric is now, in the unit of measure that it was frozen in."""
    metric = reading.catalog.metrics.get(was.metric or "")
    return NumberStyle(was.measured_in, metric.decimals if metric else None)
