"""The area of work items: events that are only added, a journal row each; the present of an item is its last event."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import sqlalchemy as sa

from leadline.errors import StoreError
from leadline.store.journal import digest
from leadline.store.reading import Reading
from leadline.store.records import work as r
from leadline.store.work_entries import Link, NewEvent, Notice, Told, Wanted, WorkEvent, WorkItem
from leadline.store.writing import Writing

_SAID_BY_HASH = ("said", "words")
LONGEST = 100_000
"""Bytes of JSON that one event may say."""


class WorkReader(Reading):
    """Work items at one moment."""

    VERBS: ClassVar[frozenset[str]] = frozenset({"open_item", "change_item"})

    def item(self, number: int) -> WorkItem:
        """Give one item as it is. Raises StoreError when there is none."""
        found = self._items(r.work_item.c.number == number)
        if not found:
            raise StoreError(
                f"There is no work item {number}.", code="work-unknown", hint="leadline work list"
            )
        return found[0]

    def items(self, wanted: Wanted | None = None, limit: int | None = None) -> list[WorkItem]:
        """Give the items that are wanted: what is due first comes first, what has no due date last."""
        return self._items(*_conditions(wanted or Wanted()), limit=limit)

    def count(self, wanted: Wanted) -> int:
        """Count the items that are wanted."""
        query = _with_present(sa.select(sa.func.count())).where(*_conditions(wanted))
        return int(self._connection.scalar(query) or 0)

    def events(self, number: int) -> list[WorkEvent]:
        """Give everything that happened to an item, in order."""
        query = sa.select(r.work_event).where(r.work_event.c.item == number).order_by(r.work_event.c.position)
        links, told = self._links(number), self._told(number)
        return [_event(row, links, told) for row in self._rows(query)]

    def links(self, number: int) -> list[Link]:
        """Give what an item is about, in the order in which it was said."""
        return [link for _, links in sorted(self._links(number).items()) for link in links]

    def notices(self, recipients: Sequence[str], limit: int = 20) -> list[Notice]:
        """Give the latest messages to a person and the groups they belong to, the newest first."""
        columns = (
            r.outbox.c.item,
            r.work_item.c.title,
            r.outbox.c.recipient,
            r.outbox.c.text,
            r.work_event.c.at,
        )
        event = (r.work_event.c.item == r.outbox.c.item) & (r.work_event.c.position == r.outbox.c.position)
        query = (
            sa.select(*columns)
            .join(r.work_event, event)
            .join(r.work_item, r.work_item.c.number == r.outbox.c.item)
            .where(r.outbox.c.recipient.in_(recipients))
            .order_by(r.work_event.c.at.desc(), r.outbox.c.item.desc(), r.outbox.c.position.desc())
            .limit(limit)
        )
        return [Notice(**row) for row in self._rows(query)]

    def fired(self, number: int) -> frozenset[str]:
        """Name the timers of an item that went off."""
        query = sa.select(r.work_event.c.timer).where(
            r.work_event.c.item == number, r.work_event.c.timer.is_not(None)
        )
        return frozenset(self._connection.scalars(query))

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every event: its subject in the journal, and what the journal must have said of it."""
        items = {row["number"]: row for row in self._rows(sa.select(r.work_item))}
        query = sa.select(r.work_event).order_by(r.work_event.c.item, r.work_event.c.position)
        links, told = self._by_event(r.work_link), self._by_event(r.outbox)
        for row in self._rows(query):
            key = (row["item"], row["position"])
            yield (
                f"work:{key[0]}/{key[1]}",
                _said(items.get(key[0], {}), row, links.get(key, []), told.get(key, [])),
            )

    def _items(self, *conditions: sa.ColumnElement[bool], limit: int | None = None) -> list[WorkItem]:
        e = r.work_event.c
        present = (e.position, e.at.label("changed_at"), e.state, e.closed, e.assignee, e.due, e.content)
        query = _with_present(sa.select(r.work_item, *present)).where(*conditions)
        order = (e.closed, e.due.is_(None), e.due, r.work_item.c.number)
        return [WorkItem(**row) for row in self._rows(query.order_by(*order).limit(limit))]

    def _links(self, number: int) -> dict[int, list[Link]]:
        found: dict[int, list[Link]] = {}
        for row in self._of_event(r.work_link, number):
            found.setdefault(row["position"], []).append(Link(row["kind"], row["name"], row["pin"]))
        return found

    def _told(self, number: int) -> dict[int, list[Told]]:
        found: dict[int, list[Told]] = {}
        for row in self._of_event(r.outbox, number):
            found.setdefault(row["position"], []).append(Told(row["recipient"], row["text"]))
        return found

    def _of_event(self, table: sa.Table, number: int) -> list[dict[str, Any]]:
        query = sa.select(table).where(table.c.item == number)
        return self._rows(query.order_by(table.c.position, table.c.nth))

    def _by_event(self, table: sa.Table) -> dict[tuple[int, int], list[dict[str, Any]]]:
        found: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for row in self._rows(sa.select(table).order_by(table.c.item, table.c.position, table.c.nth)):
            found.setdefault((row["item"], row["position"]), []).append(row)
        return found


class WorkWriter(WorkReader, Writing):
    """Opens items and adds to them. It keeps what it is told: what may happen, the room above decides."""

    def open(self, workflow: str, definition: int, title: str, event: NewEvent) -> int:
        """Keep a new item with its first event; give its number."""
        number = self._next(r.work_item.c.number)
        item = {
            "number": number,
            "workflow": workflow,
            "definition": definition,
            "title": title,
            "opened_by": self._actor,
            "opened_at": self._clock.now(),
        }
        self._keep("open_item", item, 1, event, insert=True)
        return number

    def add(self, number: int, event: NewEvent) -> int:
        """Add an event to an item; give its position.

        Raises:
            StoreError: there is no such item, or its timer went off before.
        """
        last = self.item(number)
        if event.timer is not None and event.timer in self.fired(number):
            raise StoreError(f"The timer {event.timer} went off before.", code="work-timer")
        item = self._rows(sa.select(r.work_item).where(r.work_item.c.number == number))[0]
        self._keep("change_item", item, last.position + 1, event, insert=False)
        return last.position + 1

    def _keep(self, verb: str, item: dict[str, Any], position: int, event: NewEvent, *, insert: bool) -> None:
        """Write the journal row, then the item when it is new, the event, its links and messages."""
        key = {"item": item["number"], "position": position}
        row = {
            **key, "kind": event.kind, "at": self._clock.now(), "actor": self._actor, "state": event.state,
            "closed": event.closed, "assignee": event.assignee, "due": event.due, "content": event.content,
            "timer": event.timer, "said": dict(event.said), "words": event.words,
        }  # fmt: skip
        links = [key | {"nth": n} | asdict(link) for n, link in enumerate(event.links)]
        told = [key | {"nth": n} | asdict(one) for n, one in enumerate(event.told)]
        self._say(verb, f"work:{key['item']}/{position}", after=_said(item, row, links, told))
        if insert:
            self._insert(r.work_item, [item])
        self._insert(r.work_event, [row])
        for table, rows in ((r.work_link, links), (r.outbox, told)):
            self._insert(table, rows)


def _said(
    item: dict[str, Any], row: dict[str, Any], links: Sequence[dict[str, Any]], told: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Say an event, from its rows. Texts of people are said by their hash."""
    plain = {name: value for name, value in row.items() if name not in _SAID_BY_HASH}
    whole = [row["said"], row["words"], [dict(link) for link in links], [dict(one) for one in told]]
    of = {"workflow": item.get("workflow"), "definition": item.get("definition")}
    about = [item.get(name) for name in ("title", "opened_by", "opened_at")]
    return {**plain, **of, "said_hash": digest(whole), "item_hash": digest(about)}


def _event(row: dict[str, Any], links: dict[int, list[Link]], told: dict[int, list[Told]]) -> WorkEvent:
    position = row["position"]
    del row["words"]
    return WorkEvent(**row, links=tuple(links.get(position, ())), told=tuple(told.get(position, ())))


def _with_present(query: sa.Select[Any]) -> sa.Select[Any]:
    """Join items with their last event."""
    other = r.work_event.alias("other")
    last = sa.select(sa.func.max(other.c.position)).where(other.c.item == r.work_item.c.number)
    joined = (r.work_event.c.item == r.work_item.c.number) & (
        r.work_event.c.position == last.scalar_subquery()
    )
    return query.select_from(r.work_item.join(r.work_event, joined))


def _conditions(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    """Give what must hold of an item and its last event."""
    e, i = r.work_event.c, r.work_item.c
    for column, value in (
        (i.workflow, wanted.workflow),
        (e.state, wanted.state),
        (i.opened_by, wanted.opened_by),
        (e.content, wanted.content),
        (e.closed, wanted.closed),
    ):
        if value is not None:
            yield column == value
    if wanted.assignees is not None:
        yield e.assignee.in_(wanted.assignees)
    if wanted.due_before is not None:
        yield e.due < wanted.due_before
    if wanted.link is not None:
        link = r.work_link.c
        about = sa.select(link.item).where(link.kind == wanted.link.kind, link.name == wanted.link.name)
        yield i.number.in_(about)
    if wanted.text is not None:
        every = r.work_event.alias("every")
        said = sa.select(every.c.item).where(every.c.words.icontains(wanted.text, autoescape=True))
        yield sa.or_(i.title.icontains(wanted.text, autoescape=True), i.number.in_(said))
