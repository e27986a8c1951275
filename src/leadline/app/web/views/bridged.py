"""Why a figure of a closed period is another one now: the bridge from what was frozen to what it comes to, drawn.

It is worked out when somebody asks, from the rows, one at a time; what was worked out is kept with the generation.
"""

import threading

from leadline.app import periods as p
from leadline.app.bridging import Bridge, Step
from leadline.app.seen import shown
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.specs import BridgeSpec, BridgeStep
from leadline.app.web.contexts.periods import BridgePage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.bridging import difference, signed
from leadline.app.web.views.shells import shell
from leadline.app.web.views.standing import style_of
from leadline.errors import QueryError
from leadline.scorecards.tree import find
from leadline.store.closings import Closing

_ONE_AT_A_TIME = threading.Lock()


def bridge_page(reading: Reading, asked: Asked, name: str, period: str) -> BridgePage:
    """Show why a frozen figure moved. Raises QueryError for one that there is not, or that is not for who asks."""
    card, chosen = find(reading.catalog, name), reading.published.periods.parse(period)
    with reading.ledger.read() as reader:
        closing = p.closed(reader.frozen, name, chosen.label)
        lines = [b for b in p.beside(reader.frozen, closing) if b.was.path == asked.figure and b.was.metric]
    line = next((one for one in lines if one.was.unit == (asked.unit or card.unit)), None)
    if line is None or not shown(reading.published, reading.viewer, line.was, chosen):
        raise QueryError(say("bridged.none"), code="bridge-figure")
    label = f"{line.was.label}, {_unit(reading, line)}" if _unit(reading, line) else line.was.label
    title, said = say("bridged.title", label=label), dates.period(chosen)
    crumbs = (
        Link(say("periods.title"), to.periods()),
        Link(f"{card.label}, {said}", to.scorecard_period(name, chosen.label, unit=line.was.unit)),
    )
    frame = shell(reading, title, "home")
    if line.now is None:
        words = say("bridged.same", label=label, period=said)
        return BridgePage(frame, title, crumbs, words, None, "")
    if line.now.withheld:
        return BridgePage(frame, title, crumbs, say("bridged.withheld"), None, "")
    made = _worked_out(reading, closing, line)
    style = style_of(reading, line.was)
    words = say(
        "bridged.lede",
        label=label,
        period=said,
        was=_value(style, line.was.value),
        now=_value(style, made.now),
    )
    cannot = say("bridged.cannot", words=made.cannot_tell) if made.cannot_tell else ""
    return BridgePage(frame, title, crumbs, words, _spec(style, made, title), cannot)


def _unit(reading: Reading, line: p.Beside) -> str:
    unit = line.was.path.partition("@")[2] or line.was.unit
    return reading.catalog.units.label(unit) if unit in reading.catalog.units.names and unit else unit or ""


def _worked_out(reading: Reading, closing: Closing, line: p.Beside) -> Bridge:
    bridges = reading.bridges
    if bridges is None:
        raise QueryError(say("bridged.no_rows"), code="bridge-figure")

    def compute() -> Bridge:
        with _ONE_AT_A_TIME:
            return bridges(closing, line.was, reading.viewer)

    return reading.once(("bridged", closing.id, line.was.key), compute)


def _spec(style: NumberStyle, made: Bridge, title: str) -> BridgeSpec | None:
    """Draw the steps; nothing where one of the ends, or a step between, is no figure."""
    values = [made.was.value, *(step.value for step in made.steps), made.now]
    if any(value is None for value in values):
        return None
    start, apart = made.was.value or 0.0, difference(style)
    steps = [BridgeStep(say("bridged.closed"), None, start, style.value(start))]
    level = start
    for step in made.steps:
        steps.append(_step(apart, level, step))
        level = step.value or 0.0
    end = made.now or 0.0
    steps.append(BridgeStep(say("bridged.now"), None, end, style.value(end)))
    message = say("bridged.message", count=len(made.steps), total=signed(apart, end - start))
    return BridgeSpec("bridged", title, message, say("bridge.what"), say("chart.value"), tuple(steps), style)


def _step(apart: NumberStyle, level: float, step: Step) -> BridgeStep:
    end = step.value or 0.0
    label = say(f"bridged.{step.cause.replace(' ', '_')}")
    return BridgeStep(label, level, end, signed(apart, end - level), step.words)


def _value(style: NumberStyle, value: float | None) -> str:
    return style.value(value) if value is not None else say("status.no data").lower()
