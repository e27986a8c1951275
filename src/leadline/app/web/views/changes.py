"""Change requests: what would change, whom it concerns, the back-test as charts, who approved; emergencies for ever."""

import json
from collections.abc import Mapping, Sequence
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
from leadline.app.web.views.plan import difference
from leadline.app.web.views.shells import shell
from leadline.errors import GovernanceError, LeadlineError, StoreError
from leadline.governance import change_requests as cr
from leadline.store.home import Home
from leadline.workflow import Item
from leadline.workflow.files import read

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
        *(_test(one) for one in tested.get("metrics", ())),
    ]
    if flips := tested.get("flips"):
        blocks.append(_flips(flips))
    blocks.append(_history(reading, found))
    return GovernancePage(
        shell=shell(reading, found.title, "definitions"),
        crumbs=(*crumbs(), Link(say("changes.title"), to.changes())),
        title=found.title,
        about=(),
        mark=_emergency(found),
        beside=(),
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
    name = f"{str(one.content)[:8]}-back-test.txt"
    kept = next((file for file in one.attachments if file.name == name), None)
    if kept is None:
        return {}
    found: Mapping[str, Any] = json.loads(read(Home(reading.catalog.root / ".leadline"), kept.sha256))
    return found


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
