"""Change requests: what would change, whom it concerns, the back-test as charts, who approved; emergencies for ever."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from leadline.app.change_control import plan_of, request
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.specs import IntervalRow, IntervalSpec
from leadline.app.web.contexts.governance import Block, Cell, GovernancePage
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.plan import difference, moved_rows, plotted
from leadline.app.web.views.requesting import asking
from leadline.app.web.views.rescored import payments, scores
from leadline.app.web.views.shells import shell
from leadline.app.web.views.work import office
from leadline.errors import GovernanceError, LeadlineError, StoreError
from leadline.governance import change_requests as cr
from leadline.governance.backtest_results import MetricTest, Pair
from leadline.governance.moved import Moved
from leadline.store.home import Home
from leadline.workflow import Item
from leadline.workflow.files import read
from leadline.workflow.machine import offers

PERIODS = 6


def changes(reading: Reading, asked: Asked) -> GovernancePage:
    """List change requests, the newest first."""
    del asked
    with reading.ledger.read() as reader:
        found = cr.requests(reader)
    return GovernancePage(
        shell=shell(reading, say("changes.title"), "definitions"),
        crumbs=crumbs(),
        title=say("changes.title"),
        about=(say("changes.about"),),
        mark=None,
        beside=beside("changes"),
        blocks=(
            Block(
                say("changes.all"),
                columns=(say("changes.change"), say("changes.state"), say("changes.author"), say("changes.plan")),
                rows=tuple(
                    (Cell(one.title, to.change(one.number), _emergency(one)), Cell(_state(one)), Cell(one.author),
                     Cell(str(one.content)[:12]))
                    for one in found
                ),
                empty=say("changes.none"),
            ),
            *asking(reading),
        ),
    )  # fmt: skip


def change(reading: Reading, asked: Asked, number: str) -> GovernancePage:
    """Show one change request. Raises GovernanceError where there is none of that number."""
    del asked
    if not number.isdigit():
        raise GovernanceError(say("changes.unknown", number=number), code="unknown-change")
    with reading.ledger.read() as reader:
        try:
            found = request(reader, int(number))
        except StoreError as error:
            raise GovernanceError(say("changes.unknown", number=number), code="unknown-change") from error
        try:
            present = plan_of(reader, reading.catalog.root, found, reading.now).plan.hash
        except LeadlineError:  # nothing changes any more, or what is written cannot be used
            present = ""
    facts = [
        (say("changes.state"), _state(found)), (say("changes.author"), found.author),
        (say("changes.takes_effect"), str(found.fields.get("takes_effect") or "")),
        (say("changes.plan"), str(found.content)[:12]),
        (say("changes.edited"), say("changes.same" if present == found.content else "changes.another")),
    ]  # fmt: skip
    tested = _back_test(reading, found)
    blocks = [
        Block(say("changes.why"), (str(found.fields.get("justification") or ""),), facts=tuple(facts)),
        Block(say("changes.impact"), tuple(str(found.fields.get("impact") or "").splitlines())),
        *_keys(reading, found),
        *_reviewers(reading, found),
        *(block for one in tested.get("metrics", ()) for block in _tests(reading, one)),
    ]
    blocks += scores(tested.get("scored", ()))
    blocks += payments(tested.get("repaid", ()))
    if flips := tested.get("flips"):
        blocks.append(_flips(flips))
    blocks.append(_history(reading, found))
    return GovernancePage(
        shell=shell(reading, found.title, "definitions"),
        crumbs=(*crumbs(), Link(say("changes.title"), to.changes())),
        title=found.title,
        about=(),
        mark=_emergency(found),
        beside=(
            Link(say("changes.item", number=found.number), to.work_item(found.number)),
            Link(say("changes.plan_page"), to.plan()),
            Link(say("changes.journal"), to.audit(q=f"work:{found.number}/")),
            Link(say("changes.journal_deeds"), to.audit(q=f"{found.workflow.name} {found.number}")),
        ),
        blocks=tuple(blocks),
    )


def _emergency(one: Item) -> Mark | None:
    """Give the mark that stays for ever on what was put into force without approval."""
    if not cr.in_emergency(one):
        return None
    words = say("changes.emergency_open" if cr.awaits_review(one) else "changes.emergency")
    return Mark("refused", words, "bad")


def _state(one: Item) -> str:
    return one.workflow.titled(one.workflow.states[one.state], one.state)


def _back_test(reading: Reading, one: Item) -> Mapping[str, Any]:
    """Read the back-test that is attached for the plan to which the item is bound."""
    return _attached(reading, one, "back-test")


def _attached(reading: Reading, one: Item, what: str) -> Mapping[str, Any]:
    """Read what is attached for the plan to which the item is bound; nothing where there is none."""
    name = f"{str(one.content)[:8]}-{what}.txt"
    kept = next((file for file in one.attachments if file.name == name), None)
    if kept is None:
        return {}
    found: Mapping[str, Any] = json.loads(read(Home(reading.catalog.root / ".leadline"), kept.sha256))
    return found


def _keys(reading: Reading, one: Item) -> tuple[Block, ...]:
    """Show what changes key by key, as the plan that is attached says it."""
    found = _attached(reading, one, "plan")
    rows = tuple(
        (
            Cell(change["title"], to.history(change["kind"], change["name"]), about=change["kind"]),
            Cell(key["path"]), Cell(str(key["before"] or "–")), Cell(str(key["after"] or "–")),
        )
        for change in found.get("changes", ())
        for key in change["keys"]
    )  # fmt: skip
    columns = (say("changes.definition"), say("plan.key"), say("changes.before"), say("changes.after"))
    return (Block(say("changes.keys"), columns=columns, rows=rows),) if rows else ()


def _reviewers(reading: Reading, one: Item) -> tuple[Block, ...]:
    """Show what may be done next: who has said yes, who is still to, and the way to say it."""
    if one.head.closed:
        return ()
    found = offers(one, reading.person.name, office(reading).people)
    rows = tuple(
        (
            Cell(offer.title, to.work_item(one.number) if offer.allowed else "", about=offer.why),
            Cell(", ".join(offer.approved_by) or "–"),
            Cell(", ".join(offer.missing) or "–"),
        )
        for offer in found
    )
    columns = (say("changes.step"), say("changes.said_yes"), say("changes.missing"))
    return (
        (Block(say("changes.next"), (say("changes.next_about"),), columns=columns, rows=rows),)
        if rows
        else ()
    )


def _tests(reading: Reading, one: Mapping[str, Any]) -> Iterator[Block]:
    """Show the back-test of a metric: both versions, their difference, units and slices that differ, rows that move."""
    yield _test(one)
    made = _read(one)
    if made is None:
        return
    known = reading.catalog.metrics.get(made.metric)
    style = NumberStyle(made.measured_in, known.decimals if known else None)
    if any(pair.low is not None for pair in made.whole):
        yield plotted(made, style, say("changes.difference_of", title=made.title))
    if made.moved:
        yield replace(moved_rows(made.moved), heading=say("changes.rows_of", title=made.title))


def _read(one: Mapping[str, Any]) -> MetricTest | None:
    """Give a back-test as it was attached; None where another Leadline wrote it otherwise."""

    def given(cls: type[Any], said: Mapping[str, Any]) -> dict[str, Any]:
        return {f.name: said[f.name] for f in fields(cls) if f.name in said}

    try:
        pairs = tuple(Pair(**given(Pair, pair)) for pair in one["pairs"])
        rows = Moved(**{**given(Moved, one["moved"]), "examples": ()}) if one["moved"] else None
        return MetricTest(**{**given(MetricTest, one), "pairs": pairs, "moved": rows})
    except (KeyError, TypeError):
        return None


def _test(one: Mapping[str, Any]) -> Block:
    """Show both versions of a metric over the past periods: side by side, and their difference with its interval."""
    written = NumberStyle(one["measured_in"], None)
    whole = [p for p in one["pairs"] if p["unit"] is None and not p["slice"]][-PERIODS:]
    apart = [p for p in one["pairs"] if p["verdict"] == "differs"]
    rows = [row for pair in whole for row in _both(written, pair)]
    spec = IntervalSpec(
        key=f"test-{one['metric']}", title=one["title"],
        message=say("changes.apart", count=len(apart), of=len(one["pairs"])),
        label=say("changes.period"), rows=tuple(rows), style=written,
    )  # fmt: skip
    return Block(
        say("changes.test", title=one["title"]),
        about=tuple(filter(None, (one["why"], *(_moved(one["moved"]) if one["moved"] else ())))),
        plot=spec if any(row.value is not None for row in rows) else None,
        columns=(say("changes.period"), say("changes.difference"), say("changes.verdict")),
        rows=tuple(
            (
                Cell(", ".join(filter(None, (p["period"], p["unit"], p["slice"])))),
                Cell(_difference(written, p), number=True),
                Cell(p["verdict"], about=p["why"]),
            )
            for p in [*whole, *(p for p in apart if p not in whole)][:40]
        ),
        empty=say("changes.no_test"),
    )


def _both(written: NumberStyle, pair: Mapping[str, Any]) -> tuple[IntervalRow, ...]:
    href = to.metric(pair["metric"], period=pair["period"])
    return tuple(
        IntervalRow(
            label=say(f"changes.{side}", period=pair["period"]),
            href=href,
            figure_href=href,
            value=pair[side],
            low=pair[f"{side}_low"],
            high=pair[f"{side}_high"],
            text="–" if pair[side] is None else written.brief(pair[side]),
            interval="",
            n=str(pair[f"{side}_n"] or ""),
            certainty="final" if side == "new" else "provisional",
            tone="quiet",
        )
        for side in ("old", "new")
    )


def _difference(written: NumberStyle, pair: Mapping[str, Any]) -> str:
    """Write the new value less the old one, with its sign and its interval."""
    if pair["difference"] is None:
        return "–"
    signed = difference(written.measured_in, written)
    interval = signed.interval(pair["low"], pair["high"])
    said = signed.value(pair["difference"])
    return f"{said} ({interval})" if interval else said


def _moved(moved: Mapping[str, Any]) -> tuple[str, ...]:
    counts = [
        f"{name.replace('_', ' ')}: {value:,}" for name, value in moved.items() if isinstance(value, int)
    ]
    return (", ".join(counts) + ".",) if counts else ()


def _flips(flips: Sequence[Mapping[str, Any]]) -> Block:
    return Block(
        say("changes.flips"),
        columns=(say("changes.where"), say("changes.period"), say("changes.before"), say("changes.after")),
        rows=tuple(
            (
                Cell(f"{one['scorecard']}: {one['node']}"),
                Cell(", ".join(filter(None, (one["period"], one["unit"])))),
                Cell(_scored(one["old_status"], one["old_score"])),
                Cell(_scored(one["new_status"], one["new_score"])),
            )
            for one in flips[:60]
        ),
    )


def _scored(status: str, score: float | None) -> str:
    return status if score is None else f"{status} {score:.1f}"


def _history(reading: Reading, one: Item) -> Block:
    return Block(
        say("changes.history"),
        columns=(
            say("ownership.when"),
            say("ownership.actor"),
            say("ownership.what"),
            say("ownership.because"),
        ),
        rows=tuple(
            (
                Cell(dates.instant(event.at, reading.zone)),
                Cell(event.actor),
                Cell(f"{event.kind} {event.said.get('transition', '')}".strip(), about=event.state),
                Cell("; ".join(str(v) for v in dict(event.said.get("fields") or {}).values())[:300]),
            )
            for event in reversed(one.events)
        ),
    )
