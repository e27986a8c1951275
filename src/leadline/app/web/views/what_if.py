"""A scorecard with other weights and targets: a form whose answer is the address, so that it can be mailed."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import WhatIfPage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.contexts.trading import InputLine, MeasureInputs, UnitOutcome
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import pickers
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, marks, targets
from leadline.catalog.definitions import Measure, Scorecard
from leadline.catalog.definitions.scorecard import Weighted
from leadline.catalog.weights import measures_of
from leadline.errors import QueryError
from leadline.scorecards.results import MeasureResult
from leadline.scorecards.tree import find, in_force, latest_period
from leadline.scorecards.what_if import Change, Outcome, parse, what_if

UNITS, NAMED = 12, 8
"""So many units below the scorecard's are scored."""


def what_if_page(reading: Reading, asked: Asked, name: str) -> WhatIfPage:
    """Show a scorecard as it is, and as it would be with what was put in."""
    published = reading.published
    newest = latest_period(published, find(reading.catalog, name))
    period = published.periods.parse(asked.period) if asked.period else newest
    period = published.periods.period(newest.grain, period.start)
    card, day = in_force(published, name, period)[1], period.end - timedelta(days=1)
    units = _units(reading, card)
    changes, problem = _asked(card, asked, day)
    put = {f"{c.what}@{c.unit}.{c.field}" if c.unit else f"{c.what}.{c.field}": c.value for c in changes}
    found: list[Outcome] = []
    try:
        found = what_if(published, name, changes, viewer=reading.viewer, units=units, period=period.start)
    except QueryError as error:
        problem = " ".join(filter(None, (error.message, error.hint)))
        changes = []
        found = what_if(published, name, [], viewer=reading.viewer, units=units, period=period.start)
    whole = found[0]
    return WhatIfPage(
        shell=shell(reading, say("what_if.title", scorecard=card.label), "strategy"),
        scorecard=documents.link(card),
        action=to.what_if(name),
        period=pickers.period(reading, period, newest, lambda label: to.what_if(name, period=label)),
        asks_for=period.label if asked.period else "",
        sentence=_sentence(reading, found) if changes else say("what_if.about", period=dates.period(period)),
        above=tuple(_above(card, reading, day, put)),
        stretched=_stretched(found) if changes else "",
        measures=tuple(
            _measure(reading, (measure, day), now, then if changes else None, put)
            for measure, now, then in zip(
                measures_of(card), whole.now.measures(), whole.then.measures(), strict=True
            )
        ),
        outcomes=tuple(_outcome(reading, one) for one in found) if changes else (),
        problem=problem,
        command=_command(name, changes, asked.period or "") if changes else "",
    )


def _units(reading: Reading, card: Scorecard) -> list[str | None]:
    tree = reading.catalog.units
    below = tree.children(card.unit) if card.unit else tree.roots
    if len(below) == 1:
        below = tree.children(below[0]) or below
    return [None, *list(below)[:UNITS]]


def _sentence(reading: Reading, found: Sequence[Outcome]) -> str:
    """Say who turns red: whole scorecards, and measures of each unit."""
    turned = []
    for one in found:
        where = _label(reading, one)
        if one.then.status == "off target" != one.now.status:
            turned.append(say("what_if.red_whole", unit=where))
        turned += [
            say("what_if.red_measure", measure=then.metric.label, unit=where)
            for _, then in one.moved
            if then.status == "off target"
        ]
    if turned:
        more = len(turned) - NAMED
        listed = "; ".join(turned[:NAMED])
        listed = f"{listed}; {say('pay.more', count=more)}" if more > 0 else listed
        return say("what_if.red", turned=listed)
    moved = sum(len(one.moved) + (one.now.status != one.then.status) for one in found)
    return say("what_if.none_red", count=moved)


def _stretched(found: Sequence[Outcome]) -> str:
    """Say where a goal that is harder gives more, and why: the scale of goal and red flag stretches with them."""
    named = []
    for now, then in zip(found[0].now.measures(), found[0].then.measures(), strict=True):
        if (
            now.goal is None
            or then.goal is None
            or now.score is None
            or then.score is None
            or now.rule is None
        ):
            continue
        if (then.goal - now.goal) * now.rule.sign > 0 and then.score > now.score:
            named.append(now.metric.label)
    return say("what_if.stretched", measures=", ".join(dict.fromkeys(named))) if named else ""


def _above(card: Scorecard, reading: Reading, day: date, put: Mapping[str, float]) -> Iterator[InputLine]:
    """Give the weights of perspectives and objectives, one line each."""
    known = reading.catalog.objectives
    for perspective in card.perspectives:
        lines: list[tuple[str, str, Weighted]] = [(perspective.name, perspective.label, perspective)]
        lines += [(o.objective, known[o.objective].label, o) for o in perspective.objectives]
        for name, label, one in lines:
            field = f"{name}.weight"
            yield InputLine(field, label, f"{put.get(field, one.weight_on(day)):g}", field in put)


def _asked(card: Scorecard, asked: Asked, day: date) -> tuple[list[Change], str]:
    """Give what is another number than the scorecard's own on a day."""
    present = {name: value for m in measures_of(card) for name, value in _numbers(m, day)}
    for perspective in card.perspectives:
        present[f"{perspective.name}.weight"] = perspective.weight_on(day)
        present |= {f"{o.objective}.weight": o.weight_on(day) for o in perspective.objectives}
    found: list[Change] = []
    for name, text in asked.numbers:
        if not text or name not in present:
            continue
        try:
            change = parse(f"{name}={text}")
        except QueryError as error:
            return [], " ".join(filter(None, (error.message, error.hint)))
        if change.value != present[name]:
            found.append(change)
    return found, ""


def _numbers(measure: Measure, day: date) -> list[tuple[str, float]]:
    place = f"{measure.metric}@{measure.unit}" if measure.unit else measure.metric
    weight = measure.weight_on(day)
    if measure.score == "unscored":
        return []
    numbers = [("weight", weight)]
    if measure.score == "goal_red_flag":
        given = (("red_flag", measure.red_flag), ("goal", measure.goal), ("stretch", measure.stretch))
        numbers += [(field, value) for field, value in given if value is not None]
    return [(f"{place}.{field}", value) for field, value in numbers]


def _measure(
    reading: Reading,
    of: tuple[Measure, date],
    now: MeasureResult,
    then: MeasureResult | None,
    asked: Mapping[str, float],
) -> MeasureInputs:
    measure, day = of
    inputs = tuple(
        InputLine(
            name, say(f"what_if.{name.rpartition('.')[2]}"), f"{asked.get(name, value):g}", name in asked
        )
        for name, value in _numbers(measure, day)
    )
    unit = measure.unit
    scores = targets.score(now.score)
    if then is not None and then.score != now.score:
        scores = say("what_if.scores", now=scores, then=targets.score(then.score))
    return MeasureInputs(
        metric=Link(now.metric.label, to.metric(now.metric.name)),
        unit=reading.catalog.units.label(unit) if unit else "",
        inputs=inputs,
        now=marks.of_node(now),
        then=marks.of_node(then) if then is not None and then.status != now.status else None,
        scores=scores,
    )


def _label(reading: Reading, one: Outcome) -> str:
    return reading.catalog.units.label(one.unit) if one.unit else say("trade.everything")


def _outcome(reading: Reading, one: Outcome) -> UnitOutcome:
    return UnitOutcome(
        unit=_label(reading, one),
        now=marks.of_node(one.now),
        then=marks.of_node(one.then),
        scores=say("what_if.scores", now=targets.score(one.now.score), then=targets.score(one.then.score)),
        turned=tuple((now.metric.label, marks.of_node(now), marks.of_node(then)) for now, then in one.moved),
    )


def _command(name: str, changes: Sequence[Change], period: str) -> str:
    said = [
        f"{c.what}@{c.unit}.{c.field}={c.value:g}" if c.unit else f"{c.what}.{c.field}={c.value:g}"
        for c in changes
    ]
    when = ["--period", period] if period else []
    return shlex.join(
        ["leadline", "what-if", name, *(part for text in said for part in ("--set", text)), *when]
    )
