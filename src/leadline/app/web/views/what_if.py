"""A scorecard with other weights and targets: a form whose answer is the address, so that it can be mailed."""

import shlex
from collections.abc import Sequence

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import WhatIfPage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.contexts.trading import InputLine, MeasureInputs, UnitOutcome
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, marks, targets
from leadline.catalog.definitions import Measure, Scorecard
from leadline.catalog.weights import measures_of
from leadline.errors import QueryError
from leadline.scorecards.results import MeasureResult
from leadline.scorecards.tree import find
from leadline.scorecards.what_if import Change, Outcome, parse, what_if

UNITS = 12
"""So many units below the scorecard's are scored."""


def what_if_page(reading: Reading, asked: Asked, name: str) -> WhatIfPage:
    """Show a scorecard as it is, and as it would be with what was put in."""
    card = find(reading.catalog, name)
    units = _units(reading, card)
    changes, problem = _asked(card, asked)
    found: list[Outcome] = []
    try:
        found = what_if(reading.published, name, changes, viewer=reading.viewer, units=units)
    except QueryError as error:
        problem = " ".join(filter(None, (error.message, error.hint)))
        changes = []
        found = what_if(reading.published, name, [], viewer=reading.viewer, units=units)
    whole = found[0]
    return WhatIfPage(
        shell=shell(reading, say("what_if.title", scorecard=card.label), "strategy"),
        scorecard=documents.link(card),
        action=to.what_if(name),
        period=dates.period(whole.now.period),
        measures=tuple(
            _measure(reading, measure, now, then if changes else None, changes)
            for measure, now, then in zip(
                measures_of(card), whole.now.measures(), whole.then.measures(), strict=True
            )
        ),
        outcomes=tuple(_outcome(reading, one) for one in found) if changes else (),
        problem=problem,
        command=_command(name, changes) if changes else "",
    )


def _units(reading: Reading, card: Scorecard) -> list[str | None]:
    tree = reading.catalog.units
    below = tree.children(card.unit) if card.unit else tree.roots
    if len(below) == 1:
        below = tree.children(below[0]) or below
    return [None, *list(below)[:UNITS]]


def _asked(card: Scorecard, asked: Asked) -> tuple[list[Change], str]:
    """Give what is another number than the scorecard's own."""
    present = {name: value for m in measures_of(card) for name, value in _numbers(m)}
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


def _numbers(measure: Measure) -> list[tuple[str, float]]:
    place = f"{measure.metric}@{measure.unit}" if measure.unit else measure.metric
    weight = measure.weights[-1][1]
    if measure.score == "unscored":
        return []
    numbers = [("weight", weight)]
    if measure.score == "goal_red_flag":
        given = (("red_flag", measure.red_flag), ("goal", measure.goal), ("stretch", measure.stretch))
        numbers += [(field, value) for field, value in given if value is not None]
    return [(f"{place}.{field}", value) for field, value in numbers]


def _measure(
    reading: Reading,
    measure: Measure,
    now: MeasureResult,
    then: MeasureResult | None,
    changes: Sequence[Change],
) -> MeasureInputs:
    asked = {f"{c.what}@{c.unit}.{c.field}" if c.unit else f"{c.what}.{c.field}": c.value for c in changes}
    inputs = tuple(
        InputLine(
            name, say(f"what_if.{name.rpartition('.')[2]}"), f"{asked.get(name, value):g}", name in asked
        )
        for name, value in _numbers(measure)
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


def _outcome(reading: Reading, one: Outcome) -> UnitOutcome:
    units = reading.catalog.units
    return UnitOutcome(
        unit=units.label(one.unit) if one.unit else say("trade.everything"),
        now=marks.of_node(one.now),
        then=marks.of_node(one.then),
        scores=say("what_if.scores", now=targets.score(one.now.score), then=targets.score(one.then.score)),
        turned=tuple((now.metric.label, marks.of_node(now), marks.of_node(then)) for now, then in one.moved),
    )


def _command(name: str, changes: Sequence[Change]) -> str:
    said = [
        f"{c.what}@{c.unit}.{c.field}={c.value:g}" if c.unit else f"{c.what}.{c.field}={c.value:g}"
        for c in changes
    ]
    return shlex.join(["leadline", "what-if", name, *(part for text in said for part in ("--set", text))])
