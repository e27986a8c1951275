"""An item as its events make it: the fold of what happened, under the workflow with which it was opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from leadline.catalog.definitions import Workflow
from leadline.store.entries import DefinitionVersion
from leadline.store.ledger_reader import LedgerReader
from leadline.store.work_entries import Link, Wanted, WorkEvent, WorkItem
from leadline.workflow.declared import kept
from leadline.workflow.people import About


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an item: its name, what it is (by its bytes), its size and the SHA-256 under which it is kept."""

    name: str
    media_type: str
    size: int
    sha256: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Item:
    """A work item: what the ledger's list says of it, its workflow, and everything that happened, in order."""

    head: WorkItem
    workflow: Workflow
    version: DefinitionVersion
    events: tuple[WorkEvent, ...]

    @property
    def number(self) -> int:
        """Its number."""
        return self.head.number

    @property
    def title(self) -> str:
        """What it is called."""
        return self.head.title

    @property
    def author(self) -> str:
        """Who opened it."""
        return self.head.opened_by

    @property
    def state(self) -> str:
        """The state that it is in."""
        return self.head.state

    @property
    def assignee(self) -> str | None:
        """Who should act: a person, or a group (`role steward`)."""
        return self.head.assignee

    @property
    def content(self) -> str | None:
        """The hash of the content to which approvals are bound."""
        return self.head.content

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """What was filled in, the latest of each field."""
        found: dict[str, Any] = {}
        for event in self.events:
            found |= event.said.get("fields", {})
        return found

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """What it is about."""
        return tuple(link for event in self.events for link in event.links)

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Its files."""
        return tuple(
            Attachment(**event.said["file"], by=event.actor, at=event.at)
            for event in self.events
            if event.kind == "attached"
        )

    @cached_property
    def entered(self) -> WorkEvent:
        """The event by which it came into its state."""
        last = self.events[0]
        for before, event in zip(self.events, self.events[1:], strict=False):
            if event.kind in {"moved", "bound"} and (event.kind == "moved" or event.state != before.state):
                last = event
        return last

    @property
    def about(self) -> About:
        """What decides who is meant by author, assignee and owner."""
        return About(self.author, self.assignee, self.links)

    def approvals(self, transition: str) -> tuple[WorkEvent, ...]:
        """Give who has said yes to a step since the item came into its state, and since its content was last bound."""
        bound = max((event.position for event in self.events if event.kind == "bound"), default=0)
        return tuple(
            event
            for event in self.events[max(self.entered.position, bound) :]
            if event.kind == "approved" and event.said["transition"] == transition
        )

    def since_entered(self, kind: str, *, by: str | None = None) -> tuple[WorkEvent, ...]:
        """Give the events of a kind since the item came into its state."""
        after = self.events[self.entered.position :]
        return tuple(event for event in after if event.kind == kind and by in {None, event.actor})


def item(reader: LedgerReader, number: int) -> Item:
    """Give an item. Raises StoreError when there is none."""
    head = reader.work.item(number)
    versions = reader.versions("workflow", head.workflow)
    version = next(one for one in versions if one.id == head.definition)
    return Item(head, kept(version), version, tuple(reader.work.events(number)))


def items(reader: LedgerReader, wanted: Wanted | None = None, limit: int | None = None) -> list[WorkItem]:
    """Give the items that are wanted, as a list shows them: what is due first comes first."""
    return reader.work.items(wanted, limit)
