"""What the record holds of one metric's figure: as it was closed, over longer windows, and what people said of it."""

from collections.abc import Mapping, Sequence

from leadline.app import periods as p
from leadline.app.seen import shown
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.contexts.standing import ClosedFigure, FigureRecord, LongerFigure
from leadline.app.web.numbers import NumberStyle, whole
from leadline.app.web.reading import PURPOSE, Reading
from leadline.app.web.texts import say
from leadline.app.web.views import standing
from leadline.app.web.wording import figures
from leadline.catalog.definitions import Metric
from leadline.errors import LeadlineError
from leadline.metrics.longer import ROLLING, Longer, has_longer, longer, periods_in
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.query import Query
from leadline.scorecards.as_closed import Part, Together, together
from leadline.scorecards.freezing import segment_of
from leadline.store.closings import Closing, Frozen

KINDS: tuple[Longer, ...] = ("to_date", "rolling")
AsFrozen = Mapping[str, tuple[Closing, Frozen]]
"""A metric's frozen figure of one unit, by the label of its period."""


def record(
    reading: Reading, metric: Metric, focus: Period, *, unit: str | None, where: Mapping[str, str]
) -> FigureRecord:
    """Give what the record holds of a figure; of a slice nothing is closed, and nothing is said."""
    if where:
        return FigureRecord()
    return FigureRecord(
        closed=closed(reading, metric, focus, unit),
        longer=tuple(one for one in (window(reading, metric, focus, unit, kind) for kind in KINDS) if one),
        remarks=standing.of_metric(reading, metric.name, unit) if reading.sees(metric.name, unit) else (),
    )


def closed(reading: Reading, metric: Metric, focus: Period, unit: str | None) -> tuple[ClosedFigure, ...]:
    """Give a figure as each scorecard closed it, with what it came to since."""
    found = []
    with reading.ledger.read() as reader:
        closings = [c for c in reader.frozen.in_force() if c.period == focus.label and c.grain == focus.grain]
        for closing in closings:
            for one in p.beside(reader.frozen, closing):
                if _unit(one.was) == unit and one.was.metric == metric.name and not segment_of(one.was):
                    if shown(reading.published, reading.viewer, one.was, focus):
                        found.append(_closed(reading, closing, one))
                    break
    return tuple(found)


def _unit(was: Frozen) -> str | None:
    return was.path.partition("@")[2] or was.unit


def _closed(reading: Reading, closing: Closing, one: p.Beside) -> ClosedFigure:
    was, style = one.was, standing.style_of(reading, one.was)
    card = reading.catalog.scorecards.get(closing.scorecard)
    now = ""
    if one.now is not None:
        known = one.now.value is not None
        now = (
            say("periods.withheld")
            if one.now.withheld
            else style.value(one.now.value or 0.0)
            if known
            else one.now.status
        )
    bridge = to.bridge(closing.scorecard, closing.period, figure=was.path, unit=was.unit)
    return ClosedFigure(
        scorecard=Link(
            card.label if card else closing.scorecard,
            to.scorecard_period(closing.scorecard, closing.period, unit=was.unit),
        ),
        value=style.value(was.value) if was.value is not None else was.status,
        interval=style.interval(was.low, was.high) if was.value is not None else "",
        n=whole(was.n),
        version=str(was.version or ""),
        now=now,
        why=bridge if one.now is not None and not one.now.withheld else "",
    )


def window(
    reading: Reading, metric: Metric, focus: Period, unit: str | None, kind: Longer
) -> LongerFigure | None:
    """Give a figure over a window that ends with a period, as it is now and with closed periods as they were."""
    within = periods_in(reading.published, kind, focus)
    if not has_longer(metric) or len(within) < 2:
        return None
    query = Query(metric.name, reading.viewer, PURPOSE, grain=focus.grain, unit=unit)
    try:
        now = reading.once(
            ("longer", metric.name, focus.label, unit, kind),
            lambda: longer(reading.published, query, kind, focus),
        )
    except LeadlineError:  # the project's windows do not reach so far, or its units hold it back
        return None
    if now is None or now.value is None:
        return None
    style = figures.style(metric, now)
    frozen = frozen_at(reading, metric, within, unit)
    old = _together(reading, metric, within, frozen, unit) if frozen else None
    label = say("record.to_date") if kind == "to_date" else say(
        "record.rolling", count=ROLLING[focus.grain], grain=focus.grain
    )  # fmt: skip
    return LongerFigure(
        label=label,
        window=say("record.from_to", first=dates.period(within[0]), last=dates.period(within[-1])),
        value=style.value(now.value),
        interval=style.interval(now.low, now.high),
        as_closed=_said(style, old) if old else "",
        words=_which(within, frozen, old),
    )


def frozen_at(
    reading: Reading, metric: Metric, within: Sequence[Period], unit: str | None
) -> dict[str, tuple[Closing, Frozen]]:
    """Give a metric's closed figures of some periods: of each period that of the first scorecard that closed it."""
    labels = {one.label: one for one in within}
    found: dict[str, tuple[Closing, Frozen]] = {}
    with reading.ledger.read() as reader:
        closings = {c.id: c for c in reader.frozen.in_force() if c.period in labels}
        kept = reader.frozen.of_metric(metric.name, closings)
    for closing in sorted(closings.values(), key=lambda c: c.number):
        for was in kept.get(closing.id, ()):
            if (
                _unit(was) == unit
                and not segment_of(was)
                and shown(reading.published, reading.viewer, was, labels[closing.period])
            ):
                found.setdefault(closing.period, (closing, was))
    return found


def _together(
    reading: Reading, metric: Metric, within: Sequence[Period], frozen: AsFrozen, unit: str | None
) -> Together | None:
    query = Query(
        metric.name, reading.viewer, PURPOSE, grain=within[0].grain, unit=unit, since=within[0].start,
        until=within[-1].end,
    )  # fmt: skip
    now: dict[str, Observation] = {one.period: one for one in reading.figures(query)[0]}
    parts = []
    for one in within:
        if one.label in frozen:
            was = frozen[one.label][1]
            parts.append(Part(one.label, was.value, was.low, was.high, was.n, closed=True))
        elif one.label in now:
            seen = now[one.label]
            parts.append(Part(one.label, seen.value, seen.low, seen.high, seen.n, closed=False))
    return together(metric, parts)


def _said(style: NumberStyle, one: Together) -> str:
    return f"{style.value(one.value)} {style.interval(one.low, one.high)}".strip()


def _which(within: Sequence[Period], frozen: AsFrozen, old: Together | None) -> str:
    if not frozen:
        return ""
    if old is None:
        return say("record.cannot")
    return say(
        "record.which", periods=", ".join(dates.period(one) for one in within if one.label in old.closed)
    )
