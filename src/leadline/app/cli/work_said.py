"""How the command line says work items: as tables and lines for people, as JSON for programs."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadline.app.cli import output
from leadline.app.work import looked_said
from leadline.store.work_entries import Notice, WorkEvent, WorkItem
from leadline.workflow import Item
from leadline.workflow.machine import Offer, said


def list_said(one: WorkItem, now: datetime) -> dict[str, Any]:
    """Give an item of a list for programs."""
    return {**asdict(one), "overdue": overdue(one, now)}


def notice_said(one: Notice) -> dict[str, Any]:
    """Give a message for programs."""
    return asdict(one)


def overdue(one: WorkItem, now: datetime) -> bool:
    """Tell whether an item should have been moved on."""
    return one.due is not None and not one.closed and one.due < now


def show_list(found: Sequence[WorkItem], now: datetime, zone: ZoneInfo) -> None:
    """Print items as a table."""
    rows = [
        [
            one.number, one.title, one.workflow.replace("_", " "), one.state.replace("_", " "), one.assignee or "–",
            (f"{one.due.astimezone(zone):%Y-%m-%d}" if one.due else "") + (" overdue" if overdue(one, now) else ""),
        ]
        for one in found
    ]  # fmt: skip
    if rows:
        output.table(rows, "id", "title", "workflow", "state", "given to", "due", right=("id",))
    output.say(f"{len(found)} items." if len(found) != 1 else "1 item.")


def item_said(found: Item, offered: Sequence[Offer]) -> dict[str, Any]:
    """Give an item for programs: its present, its form, its links, what may be done next, and all that happened."""
    return {
        **asdict(found.head),
        "workflow_version": found.version.version,
        "fields": dict(found.fields),
        "links": [asdict(link) for link in found.links],
        "attachments": [asdict(one) for one in found.attachments],
        "steps": [
            {"step": one.name, "title": one.title, "to": one.step.to, "allowed": one.allowed, "why": one.why,
             "asks": list(one.step.asks), "may_ask": list(one.step.may_ask), "for": said(one.step),
             "approved_by": list(one.approved_by), "missing": list(one.missing)}
            for one in offered
        ],
        "events": [asdict(event) for event in found.events],
    }  # fmt: skip


def show_item(found: Item, offered: Sequence[Offer], zone: ZoneInfo) -> None:
    """Print an item for people."""
    head, flow = found.head, found.workflow
    output.say(f"{found.number}  {found.title}")
    due = f", due {head.due.astimezone(zone):%Y-%m-%d}" if head.due else ""
    state = flow.titled(flow.states[found.state], found.state)
    output.say(f"{flow.label}: {state}; given to {found.assignee or 'nobody'}{due}; opened by {found.author}")
    for link in found.links:
        pin = f" (was {link.pin['value']})" if link.pin else ""
        output.say(f"  about {link.kind} {link.name}{pin}")
    for name, value in found.fields.items():
        output.say(f"  {flow.titled(flow.fields[name], name)}: {value}")
    for event in found.events:
        output.say(f"{event.at.astimezone(zone):%Y-%m-%d %H:%M}  {event.actor}: {event_said(found, event)}")
    for one in offered:
        asks = f"; asks for {', '.join(one.step.asks)}" if one.step.asks else ""
        missing = f"; then still missing: {', '.join(one.missing)}" if one.missing else ""
        why = f"  ({one.why})" if not one.allowed else ""
        output.say(f"  {'→' if one.allowed else '·'} {one.name}: {one.title}{asks}{missing}{why}")


def event_said(found: Item, event: WorkEvent) -> str:
    """Say what happened."""
    return _SAID[event.kind](found, event)


def _step(found: Item, event: WorkEvent) -> str:
    name = event.said["transition"]
    by_itself = " (by itself)" if event.timer else ""
    return found.workflow.titled(found.workflow.transitions[name], name) + by_itself


_SAID: dict[str, Callable[[Item, WorkEvent], str]] = {
    "opened": lambda *_: "opened it",
    "moved": _step,
    "approved": lambda item, event: f"said yes: {_step(item, event)}",
    "commented": lambda _, event: str(event.said["text"]),
    "attached": lambda _, event: f"attached {event.said['file']['name']}",
    "assigned": lambda _, event: f"gave it to {event.said['to'] or 'nobody'}",
    "escalated": lambda _, event: f"escalated it to {event.said['to']}",
    "due": lambda _, event: f"due {(event.said['to'] or 'never')[:10]}",
    "linked": lambda _, event: "linked " + ", ".join(f"{link.kind} {link.name}" for link in event.links),
    "reminded": lambda _, event: f"told {', '.join(event.said['to']) or 'nobody'}: {event.said['text']}",
    "bound": lambda _, event: f"bound it to {event.said['to'][:12]}; approvals before are void",
    "recomputed": lambda _, event: f"looked at a recomputation. {looked_said(event.said)}",
}
