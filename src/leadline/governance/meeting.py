"""A board's meeting as the ledger's decisions make it: agenda, who was there, what was decided, the minutes.

Nothing of it is ever changed: a meeting is its decisions, in order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, cast, get_args

from leadline.errors import GovernanceError, suggest
from leadline.store.decided import Decision
from leadline.store.journal import digest
from leadline.store.ledger_reader import LedgerReader

ABOUT = "meeting"
Outcome = Literal["approved", "refused", "deferred", "noted"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
State = Literal["called", "open", "written", "approved"]


@dataclass(frozen=True, slots=True)
class Point:
    """A point of an agenda. `key` tells it from the others; `item` is its work item, `about` what else it is about
    (`ownership:metric/nps`); neither: somebody's own point."""

    key: str
    title: str
    item: int | None = None
    about: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """A member's yes on a work item: to which step, and as which of the item's events."""

    person: str
    step: str
    position: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided on a point. `votes` are those on its item; `content` is the hash that the item was bound to."""

    point: str
    outcome: Outcome
    because: str
    in_favour: tuple[str, ...]
    against: tuple[str, ...]
    votes: tuple[Vote, ...]
    state: str
    content: str | None
    by: str
    at: datetime


@dataclass(frozen=True)
class Meeting:
    """A meeting as its decisions make it. `hash` covers all until the minutes, which are approved by it."""

    id: str
    board: str
    title: str
    on: date
    called_by: str
    points: tuple[Point, ...]
    quorum: int = 0
    members: tuple[str, ...] = ()
    chair: str = ""
    present: tuple[str, ...] = ()
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    minutes: str = ""
    written_by: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    hash: str = ""

    @property
    def state(self) -> State:
        """How far it is."""
        if self.approved_by:
            return "approved"
        return "written" if self.minutes else "open" if self.present else "called"

    @property
    def has_quorum(self) -> bool:
        """Tell whether enough members are present to decide."""
        return bool(self.present) and len(self.present) >= self.quorum

    def point(self, key: str) -> Point:
        """Give a point. Raises GovernanceError where there is none."""
        found = {one.key: one for one in self.points}
        if key not in found:
            raise GovernanceError(
                f"The agenda has no point {key!r}.", code="meeting-point", hint=suggest(key, found)
            )
        return found[key]


def meetings(reader: LedgerReader, board: str | None = None) -> list[Meeting]:
    """Give every meeting, of one board or of all; the newest first."""
    by_subject: dict[str, list[Decision]] = {}
    for one in reader.decided.of(ABOUT):
        by_subject.setdefault(one.subject, []).append(one)
    found = [_fold(decisions) for decisions in by_subject.values()]
    return [one for one in reversed(found) if board in {None, one.board}]


def meeting(reader: LedgerReader, name: str) -> Meeting:
    """Give one meeting. Raises GovernanceError where there is none."""
    decisions = reader.decided.of(ABOUT, name)
    if not decisions:
        known = [one.id for one in meetings(reader)]
        raise GovernanceError(
            f"There is no meeting {name!r}.", code="unknown-meeting", hint=suggest(name, known)
        )
    return _fold(decisions)


def told(one: Ruling) -> str:
    """Say a ruling in a sentence or two."""
    votes = [f"for it {', '.join(one.in_favour)}"] if one.in_favour else []
    votes += [f"against it {', '.join(one.against)}"] if one.against else []
    counted = f" ({'; '.join(votes)})" if votes else ""
    return f"{one.outcome}{counted}.{f' {one.because}' if one.because else ''}"


def _fold(decisions: Sequence[Decision]) -> Meeting:
    """Give the meeting that decisions come to, in their order."""
    first = decisions[0]
    said = first.said
    found = Meeting(
        first.subject, said["board"], said["title"], date.fromisoformat(said["on"]), first.actor,
        tuple(Point(**one) for one in said["points"]), said["quorum"], tuple(said["members"]),
    )  # fmt: skip
    for n, one in enumerate(decisions[1:], 2):
        found = _after(found, one, decisions[:n])
    return found


def _after(found: Meeting, one: Decision, until: Sequence[Decision]) -> Meeting:
    said = one.said
    match one.what:
        case "add":
            return replace(found, points=(*found.points, Point(**said["point"])))
        case "begin":
            return replace(found, chair=said["chair"], present=tuple(said["present"]))
        case "decide":
            return replace(found, rulings={**found.rulings, said["point"]: _ruling(one)})
        case "write":
            hashed = digest([[d.number, d.actor, d.what, dict(d.said)] for d in until])
            return replace(found, minutes=said["text"], written_by=one.actor, hash=hashed)
        case _:
            return replace(found, approved_by=one.actor, approved_at=one.at)


def _ruling(one: Decision) -> Ruling:
    said = one.said
    return Ruling(
        said["point"], cast("Outcome", said["outcome"]), said["because"], tuple(said["in_favour"]),
        tuple(said["against"]), tuple(Vote(*vote) for vote in said["votes"]), said["state"], said["content"],
        one.actor, one.at,
    )  # fmt: skip
