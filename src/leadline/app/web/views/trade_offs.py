"""Trade-offs: the list, and one with both sides against each other."""

from collections.abc import Sequence

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.scatter import ScatterPoint, ScatterSpec
from leadline.app.web.contexts import TradeOffPage, TradeOffsPage
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.contexts.trading import StandingLine, TermLine, TradeOffLine
from leadline.app.web.numbers import NumberStyle, share
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, figures, marks
from leadline.catalog.definitions import Bounded, TradeOff
from leadline.catalog.weights import long_term
from leadline.insights.trade_offs import Stand, Standing, Traded, find, statement, weigh


def trade_offs_page(reading: Reading, asked: Asked) -> TradeOffsPage:
    """List the trade-offs, those in conflict first, and how much of each scorecard is for the long term."""
    del asked
    catalog = reading.catalog
    found = [_weighed(reading, one) for one in catalog.trade_offs.values()]
    found.sort(key=lambda one: (-sum(s.in_conflict for s in one.now), one.definition.label.lower()))
    return TradeOffsPage(
        shell=shell(reading, say("trade.title"), "strategy"),
        lines=tuple(_line(reading, one) for one in found),
        terms=tuple(
            TermLine(
                documents.link(card),
                share(long_term(card, catalog.metrics), 1, 0),
                "" if card.long_term_at_least is None else f"{card.long_term_at_least:g}%",
            )
            for card in catalog.scorecards.values()
        ),
        plans=tuple(Link(plan.label, to.incentive(plan.name)) for plan in catalog.incentives.values()),
    )


def trade_off_page(reading: Reading, asked: Asked, name: str) -> TradeOffPage:
    """Show one trade-off."""
    del asked
    definition = find(reading.published, name)
    found = _weighed(reading, definition)
    metrics = [reading.catalog.metrics[side.metric] for side in definition.sides]
    styles = (figures.style(metrics[0]), figures.style(metrics[1]))
    lines = [_standing(reading, found, one, styles) for one in reversed(found.standings)]
    return TradeOffPage(
        shell=shell(reading, definition.label, "strategy"),
        title=definition.label,
        description=definition.description or "",
        owner=definition.owner or say("metric.nobody"),
        sentence=_sentence(reading, found),
        sides=(documents.link(metrics[0]), documents.link(metrics[1])),
        ranges=(_range(definition.sides[0], styles[0]), _range(definition.sides[1], styles[1])),
        chart=_chart(reading, found, styles) if found.standings else None,
        lines=tuple(sorted(lines, key=lambda line: not line.now)),
        document=documents.document(reading.catalog, definition),
    )


def _weighed(reading: Reading, one: TradeOff) -> Traded:
    return reading.once(("trade_off", one.name), lambda: weigh(reading.published, one, viewer=reading.viewer))


def _line(reading: Reading, one: Traded) -> TradeOffLine:
    metrics = [reading.catalog.metrics[side.metric] for side in one.definition.sides]
    conflicts = [s for s in one.now if s.in_conflict]
    return TradeOffLine(
        link=Link(one.definition.label, to.trade_off(one.definition.name)),
        sides=(documents.link(metrics[0]), documents.link(metrics[1])),
        mark=marks.named("off target", "trade.conflict", "bad") if conflicts else _worst(one),
        words=_sentence(reading, one),
    )


def _worst(one: Traded) -> Mark:
    stands = [stand for s in one.now for stand in s.stands]
    if not stands:
        return marks.named("no data", "status.no data", "quiet")
    return stood(next((s for s in ("out of range", "cannot tell", "in range") if s in stands), "cannot tell"))


def stood(stand: Stand) -> Mark:
    """Give the mark of how a figure stands in its range."""
    match stand:
        case "in range":
            return marks.named("on target", "trade.in range", "good")
        case "out of range":
            return marks.named("off target", "trade.out of range", "bad")
        case _:
            return marks.named("cannot tell", "trade.cannot tell", "unknown")


def _sentence(reading: Reading, one: Traded) -> str:
    if not one.latest:
        return say("trade.nothing")
    told = _told(reading, one)
    if not one.unknown:
        return told
    return f"{told} {say('trade.unknown', units=', '.join(_where(reading, unit) for unit in one.unknown))}"


def _told(reading: Reading, one: Traded) -> str:
    conflicts = [s for s in one.now if s.in_conflict]
    if conflicts:
        return " ".join(statement(reading.published, one, s) for s in conflicts)
    period = dates.period(reading.published.periods.parse(one.latest))
    inside = sum(s.stands == ("in range", "in range") for s in one.now)
    return say("trade.quiet", period=period, inside=inside, count=len(one.now))


def _range(side: Bounded, style: NumberStyle) -> str:
    low, high = side.at_least, side.at_most
    if low is not None and high is not None:
        return say("trade.between", low=style.bare(low), high=style.value(high))
    if low is not None:
        return say("trade.at_least", low=style.value(low))
    return say("trade.at_most", high=style.value(high)) if high is not None else ""


def _standing(
    reading: Reading, traded: Traded, one: Standing, styles: tuple[NumberStyle, NumberStyle]
) -> StandingLine:
    values = [
        Link(style.value(value), figures.href(figure))
        for style, value, figure in zip(styles, one.values, one.figures, strict=True)
    ]
    intervals = [style.interval(o.low, o.high) for style, o in zip(styles, one.figures, strict=True)]
    return StandingLine(
        where=_where(reading, one.unit),
        period=dates.period(reading.published.periods.parse(one.period)),
        figures=(values[0], values[1]),
        intervals=(intervals[0], intervals[1]),
        marks=(stood(one.stands[0]), stood(one.stands[1])),
        frontier=say(f"trade.frontier.{one.frontier}"),
        conflict=say("trade.bought") if one.in_conflict else "",
        now=one.period == traded.latest,
    )


def _where(reading: Reading, unit: str | None) -> str:
    units = reading.catalog.units
    return units.label(unit) if unit is not None and unit in units.names else say("trade.everything")


def _chart(reading: Reading, one: Traded, styles: tuple[NumberStyle, NumberStyle]) -> ScatterSpec:
    metrics = [reading.catalog.metrics[side.metric] for side in one.definition.sides]
    points = [_point(reading, one, s, styles) for s in one.standings]
    title = say("trade.chart", one=metrics[0].label, other=metrics[1].label)
    frontier = sorted({s.values for s in one.frontier})
    sides = one.definition.sides
    return ScatterSpec(
        key="trade",
        title=title,
        summary=say("trade.chart.summary"),
        points=tuple(points),
        frontier=tuple(frontier),
        axes=(metrics[0].label, metrics[1].label),
        styles=styles,
        ranges=((sides[0].at_least, sides[0].at_most), (sides[1].at_least, sides[1].at_most)),
        trails=_trails(reading, one.standings),
    )


def _trails(reading: Reading, standings: Sequence[Standing]) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Give the way of each unit through the periods."""
    parse = reading.published.periods.parse
    ways: dict[str | None, list[tuple[float, float]]] = {}
    for one in sorted(standings, key=lambda s: parse(s.period).start):
        ways.setdefault(one.unit, []).append(one.values)
    return tuple(map(tuple, ways.values()))


def _point(
    reading: Reading, traded: Traded, one: Standing, styles: tuple[NumberStyle, NumberStyle]
) -> ScatterPoint:
    first, second = one.figures
    where, period = _where(reading, one.unit), dates.period(reading.published.periods.parse(one.period))
    words = [style.value(value) for style, value in zip(styles, one.values, strict=True)]
    ends = (first.low, first.high, second.low, second.high)
    return ScatterPoint(
        x=one.values[0],
        y=one.values[1],
        ends=tuple(end if end is not None else 0.0 for end in ends),  # type: ignore[arg-type]  # four of them
        label=where,
        spoken=say("trade.spoken", where=where, period=period, one=words[0], other=words[1]),
        href=figures.href(second),
        now=one.period == traded.latest,
        tone="bad"
        if "out of range" in one.stands
        else "good"
        if one.stands == ("in range", "in range")
        else "unknown",
    )
