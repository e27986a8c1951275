"""Holding a board's meeting: called with an agenda, opened, a decision on each point, minutes that others approve.

What a board decides on a work item is bound to the yes that its members said on the item, each for themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from leadline.catalog import Catalog
from leadline.catalog.definitions import Board
from leadline.catalog.people import Directory, plain
from leadline.catalog.who import Term, approval
from leadline.errors import GovernanceError, suggest
from leadline.governance.meeting import ABOUT, OUTCOMES, Meeting, Point, State, Vote, meeting, told
from leadline.store.ledger_writer import LedgerWriter
from leadline.workflow import Item, comment, item

LONGEST = 20_000


def board(catalog: Catalog, name: str) -> Board:
    """Give a board. Raises GovernanceError where there is none."""
    if name not in catalog.boards:
        raise GovernanceError(
            f"There is no board {name!r}.", code="unknown-board", hint=suggest(name, catalog.boards)
        )
    return catalog.boards[name]


def call(
    writer: LedgerWriter,
    catalog: Catalog,
    name: str,
    *,
    on: date,
    points: Sequence[Point],
    own: Sequence[str] = (),
    title: str = "",
) -> Meeting:
    """Call a meeting of a board for a day, with what waits for it (`points`) and points of one's own.

    Raises:
        GovernanceError: there is no such board, or who calls does not sit on it.
    """
    found = board(catalog, name)
    _member(writer, catalog, name)
    listed = [replace(one, key=str(n)) for n, one in enumerate(points, 1)]
    for text in own:
        listed.append(Point(str(len(listed) + 1), _text(text), by=writer.actor))
    said = {
        "board": name, "on": on.isoformat(), "title": title.strip() or found.label,
        "points": [_said(one) for one in listed],
        "quorum": found.quorum, "members": list(found.members),
    }  # fmt: skip
    subject = f"m{writer.decided.last() + 1}"
    writer.decided.decide(ABOUT, subject, "call", said)
    return meeting(writer, subject)


def add(
    writer: LedgerWriter, catalog: Catalog, name: str, title: str, *, number: int | None = None
) -> Meeting:
    """Put a point on the agenda of a meeting whose minutes are not written; `number`: of the work item it is."""
    found = _going(writer, catalog, name, "called", "open")
    if number is not None:
        title = title.strip() or item(writer, number).title
    point = Point(str(len(found.points) + 1), _text(title), number, by=writer.actor)
    writer.decided.decide(ABOUT, name, "add", {"point": _said(point)})
    return meeting(writer, name)


def begin(
    writer: LedgerWriter, catalog: Catalog, name: str, *, chair: str, present: Iterable[str]
) -> Meeting:
    """Open a meeting: who is there, and who leads it. With fewer than the quorum it may talk, and decide nothing.

    Raises:
        GovernanceError: somebody named is no member (`meeting-who`), or it was opened already.
    """
    found = _going(writer, catalog, name, "called")
    known = {plain(one): one for one in found.members}
    here = list(dict.fromkeys(plain(one) for one in present if one.strip()))
    for one in [*here, plain(chair)]:
        if one not in known:
            raise GovernanceError(
                f"{one!r} does not sit on {found.board}.", code="meeting-who", hint=suggest(one, known)
            )
    if plain(chair) not in here:
        raise GovernanceError(f"{chair} leads the meeting, and is not present.", code="meeting-who")
    said = {"chair": known[plain(chair)], "present": [known[one] for one in here]}
    writer.decided.decide(ABOUT, name, "begin", said)
    return meeting(writer, name)


def decide(
    writer: LedgerWriter,
    catalog: Catalog,
    name: str,
    key: str,
    outcome: str,
    *,
    because: str = "",
    in_favour: Sequence[str] = (),
    against: Sequence[str] = (),
) -> Meeting:
    """Record what the meeting decided on a point, and say it on the point's work item.

    Of an item whose workflow asks the board, the votes are those on the item; of any other point, those given here.

    Raises:
        GovernanceError: it was decided (`meeting-decided`), too few are present (`meeting-quorum`), the votes do not
            carry it or are not to be given here (`meeting-votes`), or an author votes for their own work.
    """
    found = _going(writer, catalog, name, "open")
    point = _to_rule(found, key, outcome)
    one = item(writer, point.item) if point.item is not None else None
    votes = votes_on(one, found) if one is not None else ()
    given = _given(found, one, in_favour, against)
    yes = tuple(dict.fromkeys(vote.person for vote in votes)) if one and asks(one, found.board) else given[0]
    if outcome == "approved" and (len(yes) < found.quorum or len(yes) <= len(given[1])):
        raise GovernanceError(
            f"{len(yes)} said yes; {found.quorum} of {len(found.members)} must.", code="meeting-votes",
            hint="Members say yes on the work item, each for themselves." if one and asks(one, found.board)
            else "Say who voted for it: --yes, --no.",
        )  # fmt: skip
    said = {
        "point": key, "outcome": outcome, "because": because.strip()[:LONGEST], "in_favour": list(yes),
        "against": list(given[1]), "votes": [[v.person, v.step, v.position] for v in votes],
        "state": one.state if one else "", "content": one.content if one else None,
        "position": one.head.position if one else None,
    }  # fmt: skip
    label = f"{one.workflow.name} {one.number}" if one else None
    writer.decided.decide(ABOUT, name, "decide", said, item=label)
    made = meeting(writer, name)
    if one is not None:
        comment(
            writer,
            one.number,
            f"{made.title}, {made.on}: {told(made.rulings[key])} (meeting {name}, point {key})",
        )
    return made


def write(writer: LedgerWriter, catalog: Catalog, name: str, text: str) -> Meeting:
    """Write the minutes, or write them anew while nobody has approved them; who writes does not approve."""
    _going(writer, catalog, name, "open", "written")
    writer.decided.decide(ABOUT, name, "write", {"text": _text(text)})
    return meeting(writer, name)


def approve(writer: LedgerWriter, catalog: Catalog, name: str, content: str) -> Meeting:
    """Approve the minutes as they were read, by their hash: another member than who wrote them.

    Raises:
        GovernanceError: they were written anew since (`meeting-edited`), or by who approves (`separation-of-duties`).
    """
    found = _going(writer, catalog, name, "written")
    if plain(found.written_by) == plain(writer.actor):
        raise GovernanceError(
            f"{writer.actor} wrote the minutes: another member approves them.", code="separation-of-duties"
        )
    if content != found.hash:
        raise GovernanceError(
            "The minutes are others than those that were read.", code="meeting-edited",
            hint="Read them again; then approve what they are now.",
        )  # fmt: skip
    writer.decided.decide(ABOUT, name, "approve", {"hash": found.hash})
    return meeting(writer, name)


def asks(one: Item, name: str) -> bool:
    """Tell whether an item's workflow asks a board: some step is taken by votes of its members."""
    lines = [approval(text) for step in one.workflow.transitions.values() for text in step.approvals]
    return any(line.who == Term("board", name) for line in lines)


def votes_on(one: Item, about: Meeting) -> tuple[Vote, ...]:
    """Give the yes of a board's members on an item, since its content was last bound."""
    bound = max((event.position for event in one.events if event.kind == "bound"), default=0)
    sits = {plain(member) for member in about.members}
    wanted = {
        name
        for name, step in one.workflow.transitions.items()
        if any(approval(text).who == Term("board", about.board) for text in step.approvals)
    }
    return tuple(
        Vote(event.actor, str(event.said["transition"]), event.position)
        for event in one.events
        if event.kind in {"approved", "moved"} and event.position > bound and plain(event.actor) in sits
        and event.said.get("transition") in wanted
    )  # fmt: skip


def _to_rule(found: Meeting, key: str, outcome: str) -> Point:
    """Give a point on which the meeting can decide so. Raises GovernanceError."""
    point = found.point(key)
    if key in found.rulings:
        raise GovernanceError(
            f"Point {key} was decided: {found.rulings[key].outcome}.", code="meeting-decided",
            hint="What is decided otherwise is a point of another meeting.",
        )  # fmt: skip
    if outcome not in OUTCOMES:
        raise GovernanceError(
            f"{outcome!r} is no outcome.", code="meeting-outcome", hint=f"One of {', '.join(OUTCOMES)}."
        )
    if outcome in {"approved", "refused"} and not found.has_quorum:
        raise GovernanceError(
            f"{len(found.present)} of {len(found.members)} are present; {found.quorum} must be to decide.",
            code="meeting-quorum", hint="Defer it, or note it.",
        )  # fmt: skip
    return point


def _given(
    found: Meeting, one: Item | None, in_favour: Sequence[str], against: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the votes that were said at the meeting, each of somebody present, once."""
    known = {plain(member): member for member in found.present}
    yes, no = ([plain(name) for name in names if name.strip()] for names in (in_favour, against))
    if one is not None and asks(one, found.board) and (yes or no):
        raise GovernanceError(
            f"Work item {one.number} asks the board: votes are said on it, each for themselves.",
            code="meeting-votes", hint=f"leadline work do {one.number} …",
        )  # fmt: skip
    wrong = [name for name in (*yes, *no) if name not in known]
    if wrong or len({*yes, *no}) < len(yes) + len(no):
        raise GovernanceError(
            f"{wrong[0]!r} is not present." if wrong else "Somebody votes twice.", code="meeting-votes"
        )
    if one is not None and plain(one.author) in yes:
        raise GovernanceError(
            f"{one.author} opened work item {one.number}, and does not vote for it.", code="separation-of-duties"
        )  # fmt: skip
    return tuple(known[name] for name in yes), tuple(known[name] for name in no)


def _member(writer: LedgerWriter, catalog: Catalog, name: str) -> None:
    if not Directory.of(catalog).sits_on(writer.actor, name):
        raise GovernanceError(
            f"{writer.actor} does not sit on {name}.", code="meeting-who",
            hint=f"Its members are {', '.join(board(catalog, name).members)}.",
        )  # fmt: skip


def _going(writer: LedgerWriter, catalog: Catalog, name: str, *states: State) -> Meeting:
    """Give a meeting that is so far, to a member of its board."""
    found = meeting(writer, name)
    _member(writer, catalog, found.board)
    if found.state not in states:
        raise GovernanceError(
            f"The meeting {name} is {found.state}.", code="meeting-state",
            hint="A meeting is called, opened, its points decided, its minutes written, then approved.",
        )  # fmt: skip
    return found


def _text(text: str) -> str:
    said = text.replace("\x00", "").strip()
    if not said or len(said) > LONGEST:
        raise GovernanceError("A text is missing, or too long.", code="meeting-text")
    return said


def _said(one: Point) -> dict[str, Any]:
    return {"key": one.key, "title": one.title, "item": one.item, "about": one.about, "by": one.by}
