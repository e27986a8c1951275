"""The helpdesk's tickets and ticket events and the chat system's sessions: JSON lines, in UTC and with offsets."""

from typing import Final

import numpy as np
import pyarrow as pa

from leadline_demo import names
from leadline_demo.arrays import Bools, Longs, ints
from leadline_demo.company import CHANNELS, CHAT, EMAIL, PRODUCTS, TEAMS, TOPICS, UNITS, ZONES
from leadline_demo.contacts import Contacts, is_acquired
from leadline_demo.exports import Fault, digits, join, json_lines, or_null, words
from leadline_demo.telephony import QUEUES, agent_ids, contact_ids, tier_words
from leadline_demo.timeline import DAY, MONTHS, ahead, write_instants, write_utc
from leadline_demo.truths.data import BROKEN_LINES, LATE_FEED, TEST_ACCOUNTS, TRUNCATED_FILE
from leadline_demo.truths.service import ROBOT_TICKETS
from leadline_demo.world import GONE, World, past

SLA_MINUTES: Final = 480
_SUBJECTS: Final = (
    "Question about my bill", "Price question", "Change of contract", "No connection", "Backup does not sync",
    "Help with set-up", "Where is my device", "Cannot log in",
)  # fmt: skip


def _quoted(text: pa.Array) -> pa.Array:
    return join('"', text, '"')


def export_tickets(world: World) -> None:
    """Write tickets and their events, and the re-delivered file that broke off."""
    people, contacts, handling = world.people, world.contacts, world.handling
    rows = np.flatnonzero((contacts.channel >= EMAIL) & ~is_acquired(contacts))
    created = world.utc(rows)
    replied = past(created + (handling.first_reply[rows] * 60).astype(np.int64))
    solved = past(created + (handling.resolution[rows] * 60).astype(np.int64))
    rng = world.dice.stream("reopenings")
    again = np.where(
        handling.reopened[rows] & (solved > 0),
        solved + rng.exponential(30 * 3600, len(rows)).astype(int),
        GONE,
    )
    again = np.where(again > 0, past(again), GONE)
    customer, topic = contacts.customer[rows], contacts.topic[rows]
    world.ledger.note(TEST_ACCOUNTS, tickets=int((customer >= people.count).sum()))
    priority = ints(rng.random(len(rows)) * 3.2)
    subject = np.where(contacts.robot[rows], len(_SUBJECTS), topic)
    lines = json_lines({
        "id": _quoted(contact_ids(contacts, rows)),
        "created_at": _quoted(write_utc(created)),
        "channel": _quoted(words(CHANNELS, contacts.channel[rows])),
        "group": _quoted(words([t.group for t in TEAMS], contacts.team[rows])),
        "queue": _quoted(words(QUEUES, topic)),
        "assignee": _quoted(agent_ids(contacts.agent[rows])),
        "requester.id": _quoted(people.ids.take(pa.array(customer))),
        "requester.language": _quoted(words(names.LANGUAGES, people.language[customer])),
        "requester.tier": _quoted(tier_words(people, customer, contacts.day[rows])),
        "subject": _quoted(words([*_SUBJECTS, ROBOT_TICKETS.where["subject"]], subject)),
        "product": _quoted(words(PRODUCTS, contacts.product[rows])),
        "priority": _quoted(words(("low", "normal", "normal", "high"), priority)),
        "sla_minutes": digits(np.full(len(rows), SLA_MINUTES)),
        "first_reply_at": or_null(write_utc(replied)),
        "solved_at": or_null(write_utc(solved)),
        "reopened_at": or_null(write_utc(again)),
        "reopens": digits(ints(again > 0)),
        "one_touch": words(("false", "true"), ints(handling.solved[rows] & (again < 0))),
    })  # fmt: skip
    world.exports.monthly_lines("helpdesk/tickets_{month}.jsonl.gz", lines, contacts.month[rows])
    _export_log(world, rows, created, handling.solved[rows] & (again < 0))
    _export_events(world, rows, created, (replied, solved, again))


def _export_log(world: World, rows: Longs, created: Longs, one_touch: Bools) -> None:
    """Write the short list of tickets that workforce planning counts as contacts."""
    people, contacts = world.people, world.contacts
    customer = contacts.customer[rows]
    world.exports.monthly_csv("helpdesk/contact_log_{month}.csv.gz", {
        "ticket": contact_ids(contacts, rows),
        "created_at": write_utc(created),
        "channel": words(CHANNELS, contacts.channel[rows]),
        "group": words([t.group for t in TEAMS], contacts.team[rows]),
        "agent": agent_ids(contacts.agent[rows]),
        "queue": words(QUEUES, contacts.topic[rows]),
        "requester": people.ids.take(pa.array(customer)),
        "tier": tier_words(people, customer, contacts.day[rows]),
        "product": words(PRODUCTS, contacts.product[rows]),
        "one_touch": words(("no", "yes"), ints(one_touch)),
    }, contacts.month[rows])  # fmt: skip


def _export_events(world: World, rows: Longs, created: Longs, steps: tuple[Longs, Longs, Longs]) -> None:
    contacts, (replied, solved, again) = world.contacts, steps
    rng = world.dice.stream("ticket events")
    moved = np.where((rng.random(len(rows)) < 0.12) & (replied > 0), created + (replied - created) // 2, GONE)
    twice = np.where(again > 0, past(again + rng.exponential(20 * 3600, len(rows)).astype(int)), GONE)
    kinds = ("reassigned", "solved", "reopened", "solved")
    instants = np.stack([moved, solved, again, twice], axis=1)
    known = instants > -DAY
    ticket, kind = (ints(values) for values in np.nonzero(known))
    at = instants[known]
    lines = json_lines({
        "event": _quoted(join("E", digits(rows[ticket], 8), digits(kind))),
        "ticket": _quoted(contact_ids(contacts, rows[ticket])),
        "kind": _quoted(words(kinds, kind)),
        "at": _quoted(write_utc(at)),
        "group": _quoted(words([t.group for t in TEAMS], contacts.team[rows[ticket]])),
        "by": _quoted(agent_ids(contacts.agent[rows[ticket]])),
    })  # fmt: skip
    world.exports.monthly_lines("helpdesk/events_{month}.jsonl.gz", lines, contacts.month[rows[ticket]])


def break_off_redelivery(world: World) -> None:
    """Re-deliver the last month's ticket events, cut in the middle of the compressed stream."""
    whole = (world.exports.root / f"helpdesk/events_{MONTHS[-1]}.jsonl.gz").read_bytes()
    world.exports.raw(TRUNCATED_FILE.where["file"], whole[: len(whole) // 3])


def _offsets(contacts: Contacts, rows: Longs, local: Longs) -> pa.Array:
    hours = np.zeros(len(rows), dtype=np.int64)
    for index, zone in enumerate(ZONES):
        here = contacts.zone[rows] == index
        hours[here] = ahead(local[here], zone) // 3600
    return words([f"{'-' if hour < 0 else '+'}{abs(hour):02}:00" for hour in range(-5, 3)], hours + 5)


def export_chats(world: World) -> None:
    """Write chat sessions: wall-clock times with the site's offset; the American feed ends too early."""
    people, contacts, handling = world.people, world.contacts, world.handling
    chat = (contacts.channel == CHAT) & ~is_acquired(contacts)
    late = (contacts.unit == UNITS.index("americas")) & (contacts.day >= LATE_FEED.first_day)
    world.ledger.note(LATE_FEED, missing_rows=int((chat & late).sum()))
    rows = np.flatnonzero(chat & ~late)
    local, customer = contacts.local[rows], contacts.customer[rows]
    world.ledger.note(TEST_ACCOUNTS, chats=int((customer >= people.count).sum()))
    duration = handling.talk[rows]
    offset = _offsets(contacts, rows, local)
    rng = world.dice.stream("chats")
    lines = json_lines({
        "session": _quoted(contact_ids(contacts, rows)),
        "started": _quoted(join(write_instants(local, between="T"), offset)),
        "seconds": digits(duration),
        "wait": digits(handling.wait[rows]),
        "group": digits(np.array([int(t.chat) for t in TEAMS])[contacts.team[rows]]),
        "agent": _quoted(agent_ids(contacts.agent[rows])),
        "visitor.customer": _quoted(people.ids.take(pa.array(customer))),
        "visitor.lang": _quoted(words(names.LANGUAGES, people.language[customer])),
        "visitor.tier": _quoted(tier_words(people, customer, contacts.day[rows])),
        "topic": _quoted(words(TOPICS, contacts.topic[rows])),
        "product": _quoted(words(PRODUCTS, contacts.product[rows])),
        "messages": digits(ints(4 + duration / 45 + rng.integers(0, 4, len(rows)))),
        "handed_over": words(("false", "true"), ints(handling.transferred[rows])),
        "resolved": words(("false", "true"), ints(handling.solved[rows])),
    })  # fmt: skip
    faults = {"2026-05": [Fault(BROKEN_LINES, place, "short") for place in (0.2, 0.4, 0.7)]}
    world.exports.monthly_lines("chat/sessions_{month}.jsonl", lines, contacts.month[rows], faults)
