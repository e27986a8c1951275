"""Doing something to an ownership, and reading what stands: decisions of the ledger, folded by the machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Definition
from leadline.catalog.people import Directory, accountable
from leadline.errors import GovernanceError, suggest
from leadline.governance.ownership.machine import (
    Act,
    Around,
    Holding,
    Split,
    Standing,
    State,
    What,
    apply,
    come_into_force,
    lacking,
    step,
)
from leadline.store.decided import Decision
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter

ABOUT = "ownership"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done to an ownership, and what it came to."""

    at: datetime
    actor: str
    what: What
    split: Split
    because: str
    item: str | None
    came_to: State


@dataclass(frozen=True)
class Ownership:
    """Who answers for one definition, how that came about, and what is open."""

    definition: Definition
    standing: Standing
    history: tuple[Event, ...]
    lacking: tuple[str, ...]
    """What an open proposal still needs."""
    judges: tuple[str, ...]
    """Who may settle a contest: the steward, and the members of the boards."""

    @property
    def state(self) -> str:
        """The state in words: `declared` where only the definition names somebody."""
        plainly = self.standing.state == "nobody" and bool(self.standing.declared)
        return "declared" if plainly else self.standing.state


def find(catalog: Catalog, kind: str, name: str) -> Definition:
    """Give a definition. Raises GovernanceError with near names."""
    for one in catalog.definitions():
        if (one.kind, one.name) == (kind, name):
            return one
    near = suggest(name, [one.name for one in catalog.definitions() if one.kind == kind])
    raise GovernanceError(f"There is no {kind} {name!r}.", code="unknown-definition", hint=near)


def ownership(reader: LedgerReader, catalog: Catalog, definition: Definition) -> Ownership:
    """Give who answers for a definition."""
    return _ownership(reader.decided.of(ABOUT, _subject(definition)), catalog, definition)


def ownerships(reader: LedgerReader, catalog: Catalog) -> list[Ownership]:
    """Give who answers for each definition that is not of the shipped model, in the catalog's order."""
    found: dict[str, list[Decision]] = {}
    for one in reader.decided.of(ABOUT):
        found.setdefault(one.subject, []).append(one)
    shipped = {(d.kind, str(d.data.get("name"))) for d in catalog.documents if d.shipped}
    return [
        _ownership(found.get(_subject(one), ()), catalog, one)
        for one in catalog.definitions()
        if (one.kind, one.name) not in shipped or _subject(one) in found
    ]


def accepted(reader: LedgerReader, catalog: Catalog) -> dict[tuple[str, str], tuple[str, ...]]:
    """Give who has accepted to answer for what, by kind and name; where nobody has, the definition's word counts."""
    decided = {one.subject for one in reader.decided.of(ABOUT)}
    found = {
        (one.kind, one.name): tuple(held.holder for held in ownership(reader, catalog, one).standing.holders)
        for one in catalog.definitions()
        if _subject(one) in decided
    }
    return {which: holders for which, holders in found.items() if holders}


def act(
    writer: LedgerWriter,
    catalog: Catalog,
    definition: Definition,
    what: What,
    *,
    split: Split = (),
    because: str = "",
    item: str | None = None,
) -> Ownership:
    """Do something to a definition's ownership, as the writer's actor.

    Raises:
        GovernanceError: it cannot be done now, or not by this actor.
    """
    before = ownership(writer, catalog, definition)
    around = _around(catalog, definition)
    if what == "lay_down":
        mine = [h for h in before.standing.holders if around.people.acts_for(writer.actor, h.holder)]
        split = tuple(mine)
    wanted = Act(what, writer.actor, split, because.strip())
    after = step(before.standing, wanted, around)
    said: dict[str, Any] = {
        "split": [[one.holder, one.share] for one in split],
        "because": wanted.because,
        "came_to": after.state,
    }
    writer.decided.decide(ABOUT, _subject(definition), what, said, item=item)
    return ownership(writer, catalog, definition)


def read_split(words: Sequence[str]) -> Split:
    """Read `ann`, or `ann=60 ben=40`. Raises GovernanceError."""
    found = []
    for word in words:
        name, equals, share = word.partition("=")
        try:
            found.append(Holding(name.strip(), float(share) if equals else 100.0))
        except ValueError:
            raise GovernanceError(
                f"{word!r} is no share.", code="ownership-shares", hint="Write ann=60 ben=40."
            ) from None
    return tuple(found)


def _ownership(decisions: Sequence[Decision], catalog: Catalog, definition: Definition) -> Ownership:
    standing, history = Standing(declared=accountable(definition)), []
    for one in decisions:
        split = tuple(Holding(str(name), float(share)) for name, share in one.said["split"])
        done = Act(cast("What", one.what), one.actor, split, one.said["because"])
        standing = apply(standing, done)
        if one.what == "accept" and one.said["came_to"] == "owned":
            standing = come_into_force(standing)
        history.append(Event(one.at, one.actor, done.what, split, done.because, one.item, standing.state))
    around = _around(catalog, definition)
    needs = lacking(standing, around) if standing.state == "proposed" else ()
    return Ownership(definition, standing, tuple(history), needs, around.judges)


def _around(catalog: Catalog, definition: Definition) -> Around:
    people = Directory.of(catalog)
    steward = people.steward(definition)
    sitting = [name for board in people.boards_of(definition) for name in board.members]
    return Around(people, tuple(dict.fromkeys([*([steward] if steward else []), *sitting])))


def _subject(definition: Definition) -> str:
    return f"{definition.kind}:{definition.name}"
