"""What the ledger keeps of work, as the other rooms see it: frozen values. Instants are aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

LinkKind = Literal["metric", "definition", "figure", "finding", "source", "item", "unit", "period"]
EventKind = Literal[
    "opened", "moved", "approved", "commented", "attached", "assigned", "due", "linked", "reminded", "escalated",
    "bound", "recomputed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """What an item is about. `name` is the kind's own: a metric's name, `kind/name` of a definition, a finding's id, an
    item's number, a figure's address (`metric=nps&period=2026-01`). `pin` is what a figure was when it was linked.
    """

    kind: LinkKind
    name: str
    pin: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A message to a person or a group (`role steward`)."""

    recipient: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something that happened to an item, and what the item is after it.

    `said` is what the kind of event says, `words` its text for searching; `timer` names what went off, if a timer did:
    the ledger takes the same name once only.
    """

    kind: EventKind
    state: str
    closed: bool
    assignee: str | None
    due: datetime | None
    content: str | None
    said: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    links: tuple[Link, ...] = ()
    told: tuple[Told, ...] = ()
    timer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEvent:
    """An event of an item as it was kept: who, when, what; and what the item is after it."""

    item: int
    position: int
    kind: EventKind
    at: datetime
    actor: str
    state: str
    closed: bool
    assignee: str | None
    due: datetime | None
    content: str | None
    timer: str | None
    said: Mapping[str, Any]
    links: tuple[Link, ...] = ()
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """An item as a list shows it: what was opened, and what it is after its last event (`position`, `changed_at`)."""

    number: int
    workflow: str
    definition: int
    title: str
    opened_by: str
    opened_at: datetime
    position: int
    changed_at: datetime
    state: str
    closed: bool
    assignee: str | None
    due: datetime | None
    content: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message of the outbox, with the item that it is about."""

    item: int
    title: str
    recipient: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which items are wanted: those that meet all that is given. `text` stands in the title or in what was said."""

    text: str | None = None
    workflow: str | None = None
    state: str | None = None
    assignees: tuple[str, ...] | None = None
    opened_by: str | None = None
    link: Link | None = None
    due_before: datetime | None = None
    closed: bool | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be done once, by whoever holds its lease. `outcome` says how the last attempt ended."""

    key: str
    kind: str
    due_at: datetime
    holder: str | None
    leased_until: datetime | None
    attempts: int
    done_at: datetime | None
    outcome: str
