"""Disputed figures: what is open, what was decided and on which grounds, and which metrics are disputed most."""

from collections import Counter

from leadline.app.disputes import Disputed, disputes
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.governance import Block, Cell, GovernancePage
from leadline.app.web.contexts.pieces import Mark
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import work_lines
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import figures


def disputed(reading: Reading, asked: Asked) -> GovernancePage:
    """Show every dispute; asked: metric."""
    with reading.ledger.read() as reader:
        found = disputes(reader, metric=asked.metric)
    open_, over = ([one for one in found if one.is_open is wanted] for wanted in (True, False))
    return GovernancePage(
        shell=shell(reading, say("disputes.title"), "work"),
        crumbs=crumbs(),
        title=say("disputes.title"),
        about=(say("disputes.about"),),
        mark=None,
        beside=beside("disputes"),
        blocks=(
            Block(
                say("disputes.open"),
                columns=(say("disputes.dispute"), say("disputes.figure"), say("disputes.came_from"),
                         say("disputes.recomputed"), say("work.state")),
                rows=tuple(_open(reading, one) for one in open_), empty=say("disputes.none_open"),
            ),
            Block(
                say("disputes.decided"),
                columns=(say("disputes.dispute"), say("disputes.figure"), say("disputes.outcome"),
                         say("disputes.recomputed"), say("disputes.by")),
                rows=tuple(_over(reading, one) for one in over), empty=say("disputes.none_decided"),
            ),
            Block(
                say("disputes.by_metric"),
                columns=(say("disputes.metric"), say("disputes.open"), say("disputes.decided")),
                rows=_by_metric(reading, open_, over), empty=say("disputes.none"),
            ),
        ),
    )  # fmt: skip


def _open(reading: Reading, one: Disputed) -> tuple[Cell, ...]:
    flow = one.item.workflow
    late = work_lines.overdue(one.item.head, reading.now)
    due = dates.day(one.item.head.due.astimezone(reading.tz).date()) if one.item.head.due else ""
    mark = Mark("stale", say("disputes.late"), "bad") if late else None
    state = flow.titled(flow.states[one.item.state], one.item.state)
    given = say("disputes.given", who=one.item.assignee or say("work.nobody"), due=due)
    return (
        Cell(one.item.title, to.work_item(one.item.number), about=_claim(one)),
        _figure(reading, one),
        _came_from(reading, one),
        _recomputed(reading, one),
        Cell(state, mark=mark, about=given),
    )


def _over(reading: Reading, one: Disputed) -> tuple[Cell, ...]:
    fields = one.item.fields
    flow = one.item.workflow
    outcome = str(fields.get("outcome") or flow.titled(flow.states[one.item.state], one.item.state))
    return (
        Cell(one.item.title, to.work_item(one.item.number), about=_claim(one)),
        _figure(reading, one),
        Cell(outcome, about=str(fields.get("grounds") or "")[:300]),
        _recomputed(reading, one),
        Cell(one.decided_by, about=dates.instant(one.item.head.changed_at, reading.zone)),
    )


def _claim(one: Disputed) -> str:
    return say("disputes.says", who=one.item.author, claim=str(one.item.fields.get("claim") or "")[:300])


def _figure(reading: Reading, one: Disputed) -> Cell:
    metric = reading.catalog.metrics.get(one.metric)
    units = reading.catalog.units
    where = units.label(one.unit) if one.unit in units.names else one.unit or ""
    words = ", ".join(filter(None, (one.parts.get("period"), where, one.parts.get("slice"))))
    value = one.pin.get("value")
    if work_lines.sees(reading, one.item) and value is not None and metric is not None:
        words = say("disputes.was", of=words, value=figures.style(metric).value(value))
    return Cell(metric.label if metric else one.metric, f"/figures?{one.figure}", about=words)


def _came_from(reading: Reading, one: Disputed) -> Cell:
    told = one.pin.get("provenance")
    if not told or not work_lines.sees(reading, one.item):
        return Cell(say("disputes.not_kept"))
    return Cell(
        say("disputes.files", count=told["files"], files=whole(told["files"]), rows=whole(told["rows"])),
        about=say("disputes.hash", version=told["version"], hash=told["files_hash"][:12]),
    )


def _recomputed(reading: Reading, one: Disputed) -> Cell:
    verdict = one.verdict
    if not verdict or not work_lines.sees(reading, one.item):
        return Cell(say("disputes.not_recomputed"))
    outcome = str(verdict.get("outcome"))
    same = {True: "disputes.same_rows", False: "disputes.other_rows"}.get(verdict.get("same_rows", None))
    return Cell(say(f"disputes.outcome.{outcome.replace(' ', '_')}"), about=say(same) if same else "")


def _by_metric(reading: Reading, open_: list[Disputed], over: list[Disputed]) -> tuple[tuple[Cell, ...], ...]:
    """Count disputes by metric, most first."""
    waits, done = Counter(one.metric for one in open_), Counter(one.metric for one in over)
    known = reading.catalog.metrics
    return tuple(
        (
            Cell(known[name].label if name in known else name, to.metric(name)),
            Cell(whole(waits[name]), to.disputes(metric=name), number=True),
            Cell(whole(done[name]), number=True),
        )
        for name, _ in (waits + done).most_common()
    )
