"""The executive page: the gravest deviations with reasons and actions, customer figures beside financial ones."""

from collections.abc import Sequence
from functools import partial

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.executive import ExecutivePage, Matter, Reason, Side
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import share
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import nodes, pickers
from leadline.app.web.views import standing as standings
from leadline.app.web.views.home import DEVIATING, Placed, View, gravity
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import figures, findings, targets
from leadline.catalog import strategy as strategies
from leadline.catalog.definitions import Scorecard
from leadline.errors import QueryError
from leadline.insights.standing_out import Gap, Part, standing_out
from leadline.scorecards.results import PerspectiveResult
from leadline.scorecards.tree import find
from leadline.store.commentary import Comment
from leadline.store.entries import Finding
from leadline.store.work_entries import Link as WorkLink
from leadline.store.work_entries import Wanted, WorkItem
from leadline.workflow import items

MATTERS = 5
UNDECIDED = 6
ROWS = 6
LONGEST = 110
"""Signs of what somebody said that stand on the sheet."""
"""Figures of one side at most: the page is one screen."""
_BESIDE = ("late_feed", "off_target")
"""Kinds of findings that are no reason: what is said already, and what is wrong with the data of all."""


def executive(reading: Reading, asked: Asked) -> ExecutivePage:
    """Show the strategy's scorecard on one screen."""
    card = strategies.scorecard(reading.catalog)
    if card is None:
        raise QueryError(say("home.no_scorecard"), code="no-scorecard", hint=say("home.no_scorecard.hint"))
    return of(reading, asked, find(reading.catalog, card.name))


def of(reading: Reading, asked: Asked, card: Scorecard) -> ExecutivePage:
    """Show one scorecard on one screen."""
    chosen = reading.published.periods.parse(asked.period) if asked.period else None
    result = reading.scorecard(card.name, unit=asked.unit, period=chosen.start if chosen else None)
    view = View(reading, result, closed=standings.closed_as(reading, result))
    everything = [
        Placed(o, m, p.share * o.share * m.share)
        for p in result.perspectives
        for o in p.objectives
        for m in o.measures
    ]
    off = sorted((one for one in everything if one.measure.status in DEVIATING), key=gravity)
    return ExecutivePage(
        shell=shell(reading, say("executive.title"), "home"),
        scorecard=Link(card.label, view.address(asked.unit, asked.period)),
        sentence=_sentence(off, len(everything)),
        verdict=nodes.verdict_of(result),
        period=pickers.period(
            reading,
            result.period,
            nodes.newest_of(reading, card),
            lambda period: to.executive(period=period, unit=asked.unit),
        ),
        unit=pickers.unit(
            reading, result.unit, lambda unit: to.executive(period=asked.period, unit=unit), within=card.unit
        ),
        period_state=nodes.state_of(result),
        tally=nodes.tally_of(result),
        matters=_matters(view, off[:MATTERS]),
        more=say("home.more", count=len(off) - MATTERS) if len(off) > MATTERS else "",
        quiet=say(
            "home.quiet" if any(m.status == "on target" for m in result.measures()) else "home.unscored"
        ),
        undecided=tuple(view.deviation(one) for one in everything if one.measure.status == "cannot tell")[
            :UNDECIDED
        ],
        columns=view.columns(),
        sides=tuple(_side(view, part) for part in _sides(result.perspectives)),
        standing=standings.standing(reading, result),
    )


def _sentence(off: Sequence[Placed], measures: int) -> str:
    red = sum(one.measure.status == "off target" for one in off)
    if not off:
        return say("executive.fine")
    return say("executive.sentence", off=red, risk=len(off) - red, measures=measures)


def _sides(perspectives: Sequence[PerspectiveResult]) -> list[PerspectiveResult]:
    """Give the perspective of customers and that of money, as they are called; else the first two."""
    named = [
        next((p for p in perspectives if any(word in p.perspective.name for word in words)), None)
        for words in (("customer", "client"), ("financ", "money", "value"))
    ]
    found = [p for p in named if p is not None]
    return found if len(found) == 2 else list(perspectives[:2])


def _side(view: View, part: PerspectiveResult) -> Side:
    measures = sorted((m for o in part.objectives for m in o.measures), key=lambda m: -(m.weight or 0.0))[
        :ROWS
    ]
    return Side(part.perspective.label, nodes.verdict_of(part), tuple(view.measure(m) for m in measures))


def _matters(view: View, off: Sequence[Placed]) -> tuple[Matter, ...]:
    reading, result = view.reading, view.result
    parts = reading.once(
        ("standing out", result.scorecard.name, result.unit, result.period.label),
        partial(_parts, reading, tuple(off)),
    )
    with reading.ledger.read() as reader:
        said = reader.commentary.current(result.scorecard.name, result.period.label)
    unsaid = standings.unsaid(reading, result)
    return tuple(
        Matter(
            deviation=view.deviation(one),
            objective=Link(
                one.objective.objective.label, to.definition("objective", one.objective.objective.name)
            ),
            reasons=_reasons(view, one, part, said.get((one.measure.metric.name, one.measure.unit))),
            actions=_actions(view, one, said.get((one.measure.metric.name, one.measure.unit))),
            unsaid=unsaid.get(one.measure.metric.name)
            if one.measure.unit == result.unit or (one.measure.metric.name, one.measure.unit) not in said
            else None,
        )
        for one, part in zip(off, parts, strict=True)
    )


def _parts(reading: Reading, off: Sequence[Placed]) -> list[Part | None]:
    """Look where each gap mostly lies; a measure without one goal or value has none."""
    asked: dict[int, Gap] = {}
    for n, one in enumerate(off):
        now, goal = one.measure.observation, one.measure.goal
        if now is not None and now.value is not None and goal is not None:
            asked[n] = Gap(now, goal)
    found = dict(
        zip(asked, standing_out(reading.published, list(asked.values()), viewer=reading.viewer), strict=True)
    )
    return [found.get(n) for n in range(len(off))]


def _reasons(view: View, one: Placed, part: Part | None, comment: Comment | None) -> tuple[Reason, ...]:
    """Say why, by what people said, where the gap lies, and what was found; or that nothing stands out."""
    found = [_part(view, one, part)] if part else []
    if comment:
        words = " ".join(text for name, text in comment.parts.items() if name not in _ACTION_PARTS)
        if words:
            found.insert(0, Reason(_cut(words), _said_at(view, one), comment.author))
    news = next((f for f in view.reading.findings() if _is_about(view, one, f)), None)
    if news and not found:
        line = findings.line(view.reading.published, news)
        found.append(Reason(line.statement, line.href))
    return tuple(found) or (Reason(say("executive.everywhere"), view.metric_link(one.measure).href),)


def _cut(words: str) -> str:
    """Give a text that fits the sheet; the whole of it is where it was said."""
    return words if len(words) <= LONGEST else words[:LONGEST].rpartition(" ")[0].rstrip(".,;:") + " …"


def _said_at(view: View, one: Placed) -> str:
    card, period = view.result.scorecard.name, view.result.period.label
    return f"{to.scorecard_period(card, period, unit=one.measure.unit)}#said-{one.measure.metric.name}"


_ACTION_PARTS = frozenset({"action", "actions", "outlook", "confidence"})


def _part(view: View, one: Placed, part: Part) -> Reason:
    seen = part.observation
    units = view.reading.catalog.units
    label = units.label(seen.unit) if seen.slice == "" and seen.unit else seen.slice.replace("=", ": ")
    written = figures.style(one.measure.metric, seen)
    value = f"{written.value(seen.value or 0.0)} ({written.interval(seen.low, seen.high)})"
    key = "executive.part" if part.of_gap is not None else "executive.worse"
    words = say(
        key,
        label=label,
        gap=share(part.of_gap or 0.0, 1, 0),
        rows=share(part.of_rows, 1, 0),
        value=value,
    )
    address = to.metric(
        seen.metric,
        grain=seen.grain,
        period=seen.period,
        unit=seen.unit or one.measure.unit,
        slice=seen.slice,
    )
    return Reason(words, address)


def _is_about(view: View, one: Placed, finding: Finding) -> bool:
    """Tell whether a finding may be a reason: of this metric and period, for the worse, in this unit or below it."""
    units = view.reading.catalog.units
    below = set(units.descendants(one.measure.unit)) if one.measure.unit else None
    return (
        finding.metric == one.measure.metric.name
        and finding.period == view.result.period.label
        and finding.kind not in _BESIDE
        and finding.direction != "good"
        and (below is None or finding.unit in below)
    )


def _actions(view: View, one: Placed, comment: Comment | None) -> tuple[Reason, ...]:
    """Say what is being done: what people said of it, and the initiatives for the objective, with their end."""
    found: list[Reason] = []
    if comment and (words := " ".join(t for name, t in comment.parts.items() if name.startswith("action"))):
        found.append(Reason(_cut(words), _said_at(view, one), comment.author))
    for item in _open_items(view.reading, one.measure.metric.name):
        due = dates.day(item.due.date(), short=True) if item.due else say("executive.no_end")
        words = say(
            "executive.item", title=item.title, who=item.assignee or say("executive.nobody_yet"), until=due
        )
        found.append(Reason(words, ""))
    for _, work in sorted(view.reading.catalog.initiatives.items()):
        if one.objective.objective.name in work.objectives and work.state in {"running", "planned"}:
            until = dates.day(work.until, short=True) if work.until else say("executive.no_end")
            who = targets.owner(work) or say("strategy.unowned")
            words = say("executive.initiative", title=work.label, who=who, until=until)
            found.append(Reason(words, to.definition("initiative", work.name)))
    return tuple(found)


def _open_items(reading: Reading, metric: str) -> list[WorkItem]:
    """Give the work items about a metric that are not closed."""
    with reading.ledger.read() as reader:
        return items(reader, Wanted(link=WorkLink("metric", metric), closed=False), limit=2)
