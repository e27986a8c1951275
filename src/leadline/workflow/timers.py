"""Timers: what goes off by itself in a state, when, and what it then does. A timer goes off once, however many look."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadline.catalog.definitions.base import seconds
from leadline.catalog.definitions.workflow import Timer
from leadline.store.ledger_writer import LedgerWriter
from leadline.workflow.items import Item, item
from leadline.workflow.people import People, recipients
from leadline.workflow.verbs import Doing, escalate, move, tell


@dataclass(frozen=True, slots=True)
class Firing:
    """A timer that is due: its key (never the same twice), since when, and which of the state's timers it is."""

    key: str
    at: datetime
    nth: int


def due(found: Item, now: datetime) -> Iterator[Firing]:
    """Give the timers of an item that are due and have not gone off. Of missed reminders only the latest is given."""
    if found.head.closed:
        return
    fired = {event.timer for event in found.events if event.timer}
    for nth, timer in enumerate(found.workflow.states[found.state].timers):
        begins = _begins(found, timer)
        if begins is None or begins[1] > now:
            continue
        since, at = begins
        times = 0
        if timer.every:
            step = seconds(timer.every)
            times = int((now - at).total_seconds() // step)
            at += timedelta(seconds=step * times)
        key = f"{found.number}/{found.entered.position}/{nth}/{times}/{since}"
        if key not in fired:
            yield Firing(key, at, nth)


def fire(writer: LedgerWriter, number: int, key: str, *, people: People, effects: Mapping[str, Doing]) -> str:
    """Let a timer go off, if it is still due: the item may have moved on. Give what happened, in a word."""
    found = item(writer, number)
    firing = next((one for one in due(found, writer.now) if one.key == key), None)
    if firing is None:
        return "overtaken"
    timer = found.workflow.states[found.state].timers[firing.nth]
    match timer.do:
        case "remind":
            to = recipients(timer.who or "assignee", found.about, people)
            tell(writer, found, to, _words(found, timer), timer=key)
        case "escalate":
            escalate(writer, found, timer.who or "assignee", people, timer=key)
        case _:
            move(writer, found, timer.transition or "", {}, people=people, effects=effects, timer=key)
    return timer.do


def _begins(found: Item, timer: Timer) -> tuple[str, datetime] | None:
    """Give from what a timer is counted, as part of its key, and when it goes off first."""
    if timer.after:
        return "entered", found.entered.at + timedelta(seconds=seconds(timer.after))
    if timer.overdue and found.head.due:
        off = found.head.due + timedelta(seconds=seconds(timer.overdue))
        return f"due {found.head.due:%Y%m%dT%H%M%S}", off
    return None


def _words(found: Item, timer: Timer) -> str:
    state = found.workflow.titled(found.workflow.states[found.state], found.state)
    since = f"overdue since {found.head.due:%Y-%m-%d}" if timer.overdue and found.head.due else "waiting"
    return f"{found.title}: {state.lower()}, {since}"
