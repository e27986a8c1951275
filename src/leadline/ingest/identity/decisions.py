"""What people decided of pairs, out of the journal: it only grows, so every decision can be undone and none is lost."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product

from leadline.errors import IdentityError
from leadline.ingest.identity.model import Model
from leadline.store.entries import JournalRow
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter

ACCEPT, REJECT, UNDO, LEARN = "accept_pair", "reject_pair", "undo_decision", "learn_identity"
_EVERY = 2**31 - 1
Pair = tuple[str, str]
"""Two records by their keys, in order."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: all of `left` are, or are not, one with all of `right`. Its number is that of its journal row.

    `level`: of which level it is (a household, an account); empty: of persons.
    """

    number: int
    accepted: bool
    left: tuple[str, ...]
    right: tuple[str, ...]
    actor: str
    at: str
    because: str
    undone: bool = False
    level: str = ""

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Give the pairs it is about, each in order."""
        return tuple((min(a, b), max(a, b)) for a, b in product(self.left, self.right) if a != b)


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions in force, by pair: the last one on a pair counts. `levels`: those of others than persons."""

    latest: int
    accepted: dict[Pair, Decision] = field(default_factory=dict)
    rejected: dict[Pair, Decision] = field(default_factory=dict)
    levels: "dict[str, Decided]" = field(default_factory=dict)

    def at(self, level: str) -> "Decided":
        """Give the decisions of a level other than persons."""
        return self.levels.get(level) or Decided(self.latest)

    def said(self) -> dict[tuple[str, Pair], bool]:
        """Give whether two records are one, by level (empty: persons) and pair."""
        found = {("", pair): True for pair in self.accepted} | {("", pair): False for pair in self.rejected}
        for level, mine in self.levels.items():
            found |= {(level, pair): one for (_, pair), one in mine.said().items()}
        return found

    def take(self, one: Decision) -> None:
        """Take in a decision that is newer than the others."""
        for pair in one.pairs:
            mine, other = (self.accepted, self.rejected) if one.accepted else (self.rejected, self.accepted)
            mine[pair] = one
            other.pop(pair, None)


def subject(identity: str) -> str:
    """Name an identity in the journal."""
    return f"identity:{identity}"


def decisions(reader: LedgerReader, identity: str, until: int = _EVERY) -> list[Decision]:
    """Give every decision ever taken up to a journal row, the oldest first, undone ones marked."""
    rows = [row for row in reversed(reader.journal(_EVERY, subject(identity))) if row.seq <= until]
    undone: set[int] = set()
    for row in reversed(rows):  # an undoing that is undone itself undoes nothing
        if row.verb == UNDO and row.seq not in undone:
            undone.add(int(json.loads(row.after)["undoes"]))
    return [_decision(row, undone) for row in rows if row.verb in {ACCEPT, REJECT}]


def _decision(row: JournalRow, undone: set[int]) -> Decision:
    said = json.loads(row.after)
    return Decision(
        row.seq, row.verb == ACCEPT, tuple(said["left"]), tuple(said["right"]), row.actor, row.at, said["because"],
        row.seq in undone, said.get("level", ""),
    )  # fmt: skip


def decided(reader: LedgerReader, identity: str, until: int = _EVERY) -> Decided:
    """Give the decisions in force, or that were when the journal had rows up to `until`."""
    found = Decided(_latest(reader, identity))
    for one in decisions(reader, identity, until):
        if not one.undone:
            (found.levels.setdefault(one.level, Decided(found.latest)) if one.level else found).take(one)
    return found


def _latest(reader: LedgerReader, identity: str) -> int:
    rows = reader.journal(_EVERY, subject(identity))
    return max((row.seq for row in rows if row.verb in {ACCEPT, REJECT, UNDO}), default=0)


def decide(
    writer: LedgerWriter,
    identity: str,
    *,
    accept: bool,
    left: Sequence[str],
    right: Sequence[str],
    because: str = "",
    level: str = "",
) -> None:
    """Record that records are one, or are not, at a level (empty: as persons); it is in force from the next refresh.

    Raises:
        IdentityError: a record stands on both sides.
    """
    if not left or not right or set(left) & set(right):
        raise IdentityError(
            "A record is always one with itself.", code="identity-decision", hint="Name two records."
        )
    said = {
        "left": sorted(left),
        "right": sorted(right),
        "because": because,
        **({"level": level} if level else {}),
    }
    writer.note(ACCEPT if accept else REJECT, subject(identity), None, said)


def undo(writer: LedgerWriter, identity: str, number: int, because: str = "") -> None:
    """Take a decision back; undoing an undoing brings it back.

    Raises:
        IdentityError: there is no such decision, or it is undone already.
    """
    rows = {row.seq: row for row in writer.journal(_EVERY, subject(identity))}
    row = rows.get(number)
    gone = {d.number for d in decisions(writer, identity) if d.undone}
    if row is None or row.verb not in {ACCEPT, REJECT, UNDO} or number in gone:
        raise IdentityError(
            f"There is no decision {number} in force for {identity!r}.", code="identity-decision",
            hint=f"See: leadline identity decisions {identity}",
        )  # fmt: skip
    writer.note(UNDO, subject(identity), None, {"undoes": number, "because": because})


def models(reader: LedgerReader, identity: str) -> list[tuple[Model, datetime]]:
    """Give every version of what was learned, the newest first, and when."""
    rows: Iterable[JournalRow] = reader.journal(_EVERY, subject(identity))
    return [(Model.of(json.loads(r.after)), datetime.fromisoformat(r.at)) for r in rows if r.verb == LEARN]


def learn(writer: LedgerWriter, identity: str, model: Model) -> None:
    """Keep a version of what was learned."""
    writer.note(LEARN, subject(identity), None, model.as_dict())
