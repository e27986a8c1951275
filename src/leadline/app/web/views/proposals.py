"""Targets proposed, the evidence beside each; to accept one is to ask for the change of a governed scorecard."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from leadline.app.retargeting import FIELDS, Wanted, accept, places
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.specs import IntervalRow, IntervalSpec
from leadline.app.web.contexts.governance import Block, Cell, Field, Form, GovernancePage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.allocating import can_be_allocated
from leadline.app.web.views.home import segment_of
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import figures
from leadline.catalog.definitions import Grain, Metric, Scorecard
from leadline.catalog.definitions.governed import is_governed
from leadline.errors import GovernanceError, QueryError
from leadline.scorecards.proposals import Proposal
from leadline.scorecards.targeting import proposed
from leadline.scorecards.tree import find


def proposals(reading: Reading, asked: Asked) -> GovernancePage:
    """List every target that a scorecard writes, or show what is proposed for one, with the evidence."""
    if asked.definition and asked.metric:
        return _one(reading, asked, find(reading.catalog, asked.definition), asked.metric)
    blocks = tuple(
        _card(reading, card)
        for _, card in sorted(reading.catalog.scorecards.items())
        if any(True for _ in places(card))
    )
    return _page(reading, say("targets.title"), (say("targets.about"),), blocks, ())


def decide(reading: Reading, given: Mapping[str, str]) -> str:
    """Ask for the targets that were accepted; go on to the change request."""
    numbers: dict[str, float] = {}
    for field in FIELDS:
        text = given.get(field, "").strip().replace(",", ".")
        if not text:
            continue
        try:
            numbers[field] = float(text)
        except ValueError as error:
            raise GovernanceError(say("targets.no_number", text=text), code="target-number") from error
    if not {"red_flag", "goal"} <= numbers.keys() or not all(abs(n) < float("inf") for n in numbers.values()):
        raise GovernanceError(say("targets.both"), code="target-number")
    wanted = Wanted(
        given.get("definition", ""), given.get("measure", ""), numbers, given.get("unit") or None,
        segment_of(given.get("slice")),
    )  # fmt: skip
    made = accept(
        reading.catalog.root, wanted, actor=reading.person.name, now=reading.now,
        because=given.get("because", "")[:2000],
    )  # fmt: skip
    return to.change(made.number)


def _card(reading: Reading, card: Scorecard) -> Block:
    rows = []
    for name, unit, where, at in places(card):
        metric = reading.catalog.metrics[name.partition("@")[0]]
        written = figures.style(metric)
        now = _standing(card, at)
        href = to.targets(
            definition=card.name,
            metric=name,
            unit=unit,
            slice=", ".join(f"{c}={v}" for c, v in where.items()),
        )
        rows.append(
            (Cell(metric.label, href, about=_whom(reading, card, name, unit, where)),
             *(Cell(_said(written, now.get(f)), number=True) for f in FIELDS))
        )  # fmt: skip
    governed = is_governed(reading.catalog.project.governed, "scorecard", card.name)
    return Block(
        card.label,
        about=(say("targets.governed" if governed else "targets.ungoverned"),),
        columns=(say("tree.measure"), *(say(f"what_if.{field}") for field in FIELDS)),
        rows=tuple(rows),
    )


def _one(reading: Reading, asked: Asked, card: Scorecard, name: str) -> GovernancePage:
    metric = reading.published.metric(name.partition("@")[0])
    where = segment_of(asked.slice)
    of = asked.unit or name.partition("@")[2] or card.unit
    written = figures.style(metric)
    grain: Grain = "week" if card.period == "day" else card.period
    mine = (name, asked.unit, where)
    at = next((p for n, u, w, p in places(card) if (n, u, dict(w)) == mine), None)
    now = _standing(card, at) if at else {}
    try:
        found = proposed(
            reading.published,
            metric.name,
            viewer=reading.viewer,
            grain=grain,
            unit=of,
            where={**card.where, **where},
        )
    except QueryError as error:
        about = (" ".join(filter(None, (error.message, error.hint))),)
        return _page(reading, say("targets.of", metric=metric.label), about, (), _crumbs(card))
    facts = [
        (say(f"what_if.{field}"), say("targets.now_then", now=_said(written, now.get(field)),
                                      then=written.round_value(getattr(found, field))))
        for field in FIELDS
    ]  # fmt: skip
    blocks = [
        Block(say("targets.proposal"), about=(say("targets.how"), *found.notes), facts=tuple(facts)),
        Block(say("targets.evidence"), plot=_evidence(metric, found, now.get("goal")),
              columns=(say("targets.what"), say("chart.value"), say("targets.range")),
              rows=tuple(_rows(metric, found))),
    ]  # fmt: skip
    if at is not None:
        blocks.append(_form(reading, card, asked, found))
    title = say("targets.of", metric=metric.label)
    page = _page(reading, title, (_whom(reading, card, name, of, where),), tuple(blocks), _crumbs(card))
    if where or not can_be_allocated(metric):
        return page
    href = to.allocation(definition=card.name, metric=name, unit=asked.unit)
    return replace(page, beside=(Link(say("allocate.link"), href),))


def _evidence(metric: Metric, found: Proposal, goal: float | None) -> IntervalSpec:
    written = figures.style(metric)
    href = to.metric(metric.name)
    rows = tuple(
        IntervalRow(one.what.capitalize(), href, href, one.value, one.low, one.high, written.brief(one.value), "", "",
                    "final")
        for one in found.evidence
    )  # fmt: skip
    now = say("targets.goal_now", value=written.round_value(goal)) if goal is not None else ""
    return IntervalSpec(
        key="evidence", title=say("targets.evidence"), message=say("targets.read"), label=say("targets.what"),
        rows=rows, style=written, whole=goal, whole_word=now, goal=found.goal,
        goal_word=say("targets.goal_then", value=written.round_value(found.goal)),
    )  # fmt: skip


def _rows(metric: Metric, found: Proposal) -> Iterator[tuple[Cell, ...]]:
    written = figures.style(metric)
    for one in found.evidence:
        ends = written.interval(one.low, one.high) if one.low is not None and one.high is not None else "–"
        yield (
            Cell(one.what.capitalize()),
            Cell(written.value(one.value), number=True),
            Cell(ends, number=True),
        )


def _form(reading: Reading, card: Scorecard, asked: Asked, found: Proposal) -> Block:
    if not is_governed(reading.catalog.project.governed, "scorecard", card.name):
        return Block(say("targets.accept"), about=(say("targets.ungoverned_how", name=card.name),))
    if not reading.may("governance:change:write"):
        return Block(say("targets.accept"), about=(say("targets.not_yours"),))
    hidden = {"definition": card.name, "measure": asked.metric, "unit": asked.unit, "slice": asked.slice}
    numbers = tuple(
        Field(
            field, say(f"what_if.{field}"), value=f"{getattr(found, field):.4g}", required=field != "stretch"
        )
        for field in FIELDS
    )
    return Block(
        say("targets.accept"),
        about=(say("targets.accept_about"),),
        form=Form(
            action=to.targets(),
            fields=(
                *(Field(name, name, "hidden", value) for name, value in hidden.items() if value),
                *numbers,
                Field("because", say("ownership.because"), "text", required=True),
            ),
            buttons=(("accept", say("targets.ask")),),
            token=reading.form_token,
        ),
    )


def _standing(card: Scorecard, at: tuple[str | int, ...]) -> dict[str, float | None]:
    """Give the targets that stand at a place of a scorecard."""
    part: object = card
    for step in at:
        part = getattr(part, step) if isinstance(step, str) else part[step]  # type: ignore[index]  # a tuple's place
    return {field: getattr(part, field) for field in FIELDS}


def _said(written: NumberStyle, value: float | None) -> str:
    return "–" if value is None else written.round_value(value)


def _whom(reading: Reading, card: Scorecard, name: str, unit: str | None, where: Mapping[str, str]) -> str:
    units = reading.catalog.units
    of = unit or name.partition("@")[2] or card.unit
    parts = [units.label(of) if of in units.names and of else say("pick.all_units")]
    parts += [f"{column} {value}" for column, value in {**card.where, **where}.items()]
    return ", ".join(parts)


def _crumbs(card: Scorecard) -> tuple[Link, ...]:
    return Link(card.label, to.scorecard(card.name)), Link(say("targets.title"), to.targets())


def _page(
    reading: Reading, title: str, about: tuple[str, ...], blocks: tuple[Block, ...], crumbs: tuple[Link, ...]
) -> GovernancePage:
    return GovernancePage(
        shell=shell(reading, title, "home"), crumbs=crumbs or (Link(say("nav.home"), to.home()),), title=title,
        about=about, mark=None, beside=(), blocks=blocks,
    )  # fmt: skip
