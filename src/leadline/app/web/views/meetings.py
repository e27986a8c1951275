"""A board's page: who decides, what waits, its meetings; and one meeting: agenda, votes, decisions, minutes."""

from collections.abc import Callable, Mapping
from datetime import date

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.governance import Block, Cell, Field, Form, GovernancePage
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import crumbs
from leadline.app.web.views.shells import shell
from leadline.errors import GovernanceError
from leadline.governance import meetings as verbs
from leadline.governance.agenda import waiting
from leadline.governance.meeting import OUTCOMES, Meeting, Point, Ruling, meeting, meetings
from leadline.store.ledger_writer import LedgerWriter
from leadline.workflow import item

PERMISSION = "governance:change:decide"


def board(reading: Reading, asked: Asked, name: str) -> GovernancePage:
    """Show a board. Raises GovernanceError where there is none."""
    del asked
    found = verbs.board(reading.catalog, name)
    with reading.ledger.read() as reader:
        points, held = waiting(reader, reading.catalog, name), meetings(reader, name)
    facts = [
        (say("boards.members"), ", ".join(found.members)),
        (say("boards.quorum"), say("boards.of", quorum=found.quorum, members=len(found.members))),
    ]
    if found.chair:
        facts.append((say("meeting.chair"), found.chair))
    if found.meets:
        facts.append((say("board.meets"), say(f"board.meets.{found.meets}")))
    form = Form(
        to.board(name),
        (Field("on", say("meeting.on"), value=reading.now.date().isoformat(), required=True),
         Field("own", say("meeting.own"), "text")),
        (("", say("meeting.call")),),
        token=reading.form_token,
    )  # fmt: skip
    calling = (Block(say("meeting.call"), (say("meeting.call.about"),), form=form),)
    return GovernancePage(
        shell=shell(reading, found.label, "work"),
        crumbs=(*crumbs(), Link(say("boards.title"), to.boards())),
        title=found.label,
        about=(found.description,) if found.description else (),
        mark=None,
        beside=(),
        blocks=(
            Block(say("board.who"), facts=tuple(facts)),
            Block(
                say("board.waits"), (say("board.waits.about"),),
                columns=(say("meeting.point"), say("work.state"), say("work.due")),
                rows=tuple(_waits(reading, one) for one in points), empty=say("board.nothing"),
            ),
            Block(
                say("board.meetings"),
                columns=(say("meeting.on"), say("work.state"), say("meeting.decided"), say("meeting.minutes")),
                rows=tuple(_line(one) for one in held), empty=say("board.no_meetings"),
            ),
            *(calling if reading.may(PERMISSION) else ()),
        ),
    )  # fmt: skip


def call(reading: Reading, given: Mapping[str, str], name: str) -> str:
    """Call a meeting. Raises GovernanceError where who calls does not sit on the board."""
    try:
        on = date.fromisoformat(given.get("on", ""))
    except ValueError:
        raise GovernanceError(say("meeting.no_day"), code="meeting-day") from None
    own = [line for line in given.get("own", "").splitlines() if line.strip()]
    with reading.ledger.write(actor=reading.person.name) as writer:
        points = waiting(writer, reading.catalog, name)
        made = verbs.call(writer, reading.catalog, name, on=on, points=points, own=own)
    return to.meeting(name, made.id)


def one_meeting(reading: Reading, asked: Asked, name: str, number: str) -> GovernancePage:
    """Show one meeting. Raises GovernanceError where the board has none of that name."""
    del asked
    verbs.board(reading.catalog, name)
    with reading.ledger.read() as reader:
        found = meeting(reader, number)
    if found.board != name:
        raise GovernanceError(say("meeting.elsewhere", id=number), code="unknown-meeting")
    return GovernancePage(
        shell=shell(reading, f"{found.title}, {dates.day(found.on)}", "work"),
        crumbs=(*crumbs(), Link(say("boards.title"), to.boards()), Link(found.title, to.board(name))),
        title=f"{found.title}, {dates.day(found.on)}",
        about=(),
        mark=_state(found),
        beside=(),
        blocks=(
            Block(say("meeting.held"), facts=_facts(reading, found)),
            Block(
                say("meeting.agenda"),
                columns=(
                    say("meeting.number"),
                    say("meeting.point"),
                    say("meeting.decided"),
                    say("meeting.votes"),
                ),
                rows=tuple(_point(reading, found, one) for one in found.points),
                empty=say("meeting.no_points"),
            ),
            *_minutes(found),
            *(_forms(reading, found) if reading.may(PERMISSION) else ()),
        ),
    )


def change(reading: Reading, given: Mapping[str, str], name: str, number: str) -> str:
    """Do something at a meeting as who is signed in; give where it is. Raises GovernanceError."""
    catalog = reading.catalog
    here = [key.removeprefix("present.") for key in given if key.startswith("present.")]
    yes = [key.removeprefix("yes.") for key in given if key.startswith("yes.")]
    no = [key.removeprefix("no.") for key in given if key.startswith("no.")]
    acts: dict[str, Callable[[LedgerWriter], Meeting]] = {
        "begin": lambda w: verbs.begin(w, catalog, number, chair=given.get("chair", ""), present=here),
        "add": lambda w: verbs.add(
            w, catalog, number, given.get("title", ""), number=_number(given.get("item", ""))
        ),
        "decide": lambda w: verbs.decide(
            w, catalog, number, given.get("point", ""), given.get("outcome", ""),
            because=given.get("because", ""), in_favour=yes, against=no,
        ),
        "write": lambda w: verbs.write(w, catalog, number, given.get("text", "")),
        "approve": lambda w: verbs.approve(w, catalog, number, given.get("hash", "")),
    }  # fmt: skip
    what = acts.get(given.get("act", ""))
    if what is None:
        raise GovernanceError(say("meeting.no_act"), code="meeting-state")
    with reading.ledger.write(actor=reading.person.name) as writer:
        if what(writer).board != name:
            raise GovernanceError(say("meeting.elsewhere", id=number), code="unknown-meeting")
    return to.meeting(name, number)


def _waits(reading: Reading, one: Point) -> tuple[Cell, ...]:
    if one.item is None:
        kind, _, rest = one.about.removeprefix("ownership:").partition("/")
        return (Cell(one.title, to.ownership(kind, rest)), Cell(say("ownership.state.contested")), Cell(""))
    with reading.ledger.read() as reader:
        found = item(reader, one.item)
    state = found.workflow.titled(found.workflow.states[found.state], found.state)
    due = found.head.due
    return (
        Cell(one.title, _href(one)),
        Cell(state),
        Cell(dates.day(due.astimezone(reading.tz).date()) if due else ""),
    )


def _href(one: Point) -> str:
    if one.item is not None:
        return to.work_item(one.item)
    if one.about:
        kind, _, rest = one.about.removeprefix("ownership:").partition("/")
        return to.ownership(kind, rest)
    return ""


def _line(one: Meeting) -> tuple[Cell, ...]:
    minutes = say("meeting.approved_by", who=one.approved_by) if one.approved_by else ""
    return (
        Cell(dates.day(one.on), to.meeting(one.board, one.id)),
        Cell(say(f"meeting.state.{one.state}")),
        Cell(say("meeting.of", decided=len(one.rulings), points=len(one.points))),
        Cell(minutes),
    )


def _state(found: Meeting) -> Mark:
    words = say(f"meeting.state.{found.state}")
    return Mark("superseded" if found.state == "approved" else "unscored", words, "quiet")


def _facts(reading: Reading, found: Meeting) -> tuple[tuple[str, str], ...]:
    facts = [(say("meeting.on"), dates.day(found.on)), (say("meeting.called_by"), found.called_by)]
    if found.present:
        quorum = say("meeting.quorum" if found.has_quorum else "meeting.no_quorum", quorum=found.quorum)
        absent = [one for one in found.members if one not in found.present]
        facts += [
            (say("meeting.chair"), found.chair),
            (say("meeting.present"), ", ".join(found.present)),
            (say("meeting.absent"), ", ".join(absent) or say("meeting.nobody")),
            (say("boards.quorum"), quorum),
        ]
    if found.approved_at is not None:
        at = dates.instant(found.approved_at, reading.zone)
        facts.append((say("meeting.minutes"), say("meeting.approved_at", who=found.approved_by, at=at)))
    return tuple(facts)


def _point(reading: Reading, found: Meeting, one: Point) -> tuple[Cell, ...]:
    ruling = found.rulings.get(one.key)
    if ruling is None:
        open_ = say("meeting.not_reached") if found.minutes else ""
        return (Cell(one.key), Cell(one.title, _href(one), about=one.by), Cell(open_), Cell(""))
    edited = _edited(reading, one, ruling)
    mark = Mark("refused", say("meeting.void"), "bad") if edited else None
    votes = [say("meeting.for", who=", ".join(ruling.in_favour))] if ruling.in_favour else []
    votes += [say("meeting.against", who=", ".join(ruling.against))] if ruling.against else []
    bound = ", ".join(f"{vote.person}: {vote.step}" for vote in ruling.votes)
    return (
        Cell(one.key),
        Cell(one.title, _href(one), about=one.by),
        Cell(say(f"meeting.outcome.{ruling.outcome}"), mark=mark, about=ruling.because),
        Cell("; ".join(votes), about=say("meeting.on_item", votes=bound) if bound else ""),
    )


def _edited(reading: Reading, one: Point, ruling: Ruling) -> bool:
    """Tell whether what was approved was edited since: then it was approved by nobody."""
    if one.item is None or ruling.outcome != "approved":
        return False
    with reading.ledger.read() as reader:
        return item(reader, one.item).content != ruling.content


def _minutes(found: Meeting) -> tuple[Block, ...]:
    if not found.minutes:
        return ()
    by = say("meeting.written_by", who=found.written_by)
    hashed = (say("meeting.hash"), found.hash)
    return (Block(say("meeting.minutes"), (by, *found.minutes.split("\n\n")), facts=(hashed,)),)


def _forms(reading: Reading, found: Meeting) -> tuple[Block, ...]:
    """Give what may be done next at a meeting."""

    def form(key: str, *fields: Field) -> Block:
        action, token = to.meeting(found.board, found.id), reading.form_token
        button = ((key, say(f"meeting.do.{key}")),)
        return Block(
            say(f"meeting.do.{key}"),
            (say(f"meeting.do.{key}.about"),),
            form=Form(action, fields, button, token=token),
        )

    point = form("add", Field("title", say("meeting.point")), Field("item", say("meeting.item")))
    chosen = [
        (one.key, f"{one.key} {one.title}"[:80]) for one in found.points if one.key not in found.rulings
    ]
    rule = form(
        "decide",
        Field("point", say("meeting.point"), "choice", choices=tuple(chosen)),
        Field("outcome", say("meeting.decided"), "choice",
              choices=tuple((one, say(f"meeting.outcome.{one}")) for one in OUTCOMES)),
        Field("because", say("ownership.because"), "text"),
        *(Field(f"yes.{one}", say("meeting.yes", who=one), "check") for one in found.present),
        *(Field(f"no.{one}", say("meeting.no", who=one), "check") for one in found.present),
    )  # fmt: skip
    write = form("write", Field("text", say("meeting.minutes"), "text", found.minutes, required=True))
    match found.state:
        case "called":
            chair = tuple((one, one) for one in found.members)
            here = (Field(f"present.{one}", one, "check") for one in found.members)
            return (
                form("begin", Field("chair", say("meeting.chair"), "choice", choices=chair), *here),
                point,
            )
        case "open":
            return (*((rule,) if chosen else ()), write, point)
        case "written":
            return (form("approve", Field("hash", "", "hidden", found.hash)), write)
        case _:
            return ()


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None
