"""Calls as three telephone systems export them: Berlin, London and New York, each in its own words and clock."""

from typing import Final

import numpy as np
import pyarrow as pa

from leadline_demo.arrays import Bools, Ints, Longs, ints
from leadline_demo.company import PHONE, TEAMS, ZONES, team
from leadline_demo.contacts import Contacts, is_acquired
from leadline_demo.customers import OLD_TIERS, TIER_NAMES, Customers
from leadline_demo.exports import Columns, Csv, Fault, digits, join, words
from leadline_demo.timeline import HOUR, MONTH_OF, day, write_instants
from leadline_demo.truths.customers import TIERS
from leadline_demo.truths.data import (
    BLANK_LINES,
    BROKEN_LINES,
    CLOCK_BEHIND,
    DOUBLE_EXPORT,
    IMPOSSIBLE_TIMES,
    NEGATIVE_DURATIONS,
    RENAMED_TEAM,
    SENTINEL_WAITS,
    TEST_ACCOUNTS,
    UNKNOWN_TEAM,
)
from leadline_demo.world import World

QUEUES: Final = (
    "invoices",
    "pricing",
    "contracts",
    "network",
    "vault_restore",
    "setup",
    "shipping",
    "accounts",
)
"""Queue by topic, in telephony and helpdesk."""
TIER_WORDS: Final = OLD_TIERS + tuple(name.title() for name in TIER_NAMES)
_BERLIN, _LONDON, _NEW_YORK = range(len(ZONES))


def contact_ids(contacts: Contacts, rows: Longs) -> pa.Array:
    """Give the number a contact has in its own system (surveys name it too): a letter and eight digits."""
    system = np.where(
        contacts.channel[rows] == PHONE, contacts.zone[rows], np.minimum(contacts.channel[rows], 2) + 2
    )
    return join(words(("B", "L", "N", "H", "T"), system), digits(rows, 8))


def tier_words(people: Customers, customer: Ints, days: Ints) -> pa.Array:
    """Give the customer's tier as it was called on that day: A, B, C, then Gold, Silver, Bronze."""
    renamed = days >= TIERS.first_day
    return words(TIER_WORDS, np.where(renamed, people.new_tier[customer] + 3, people.tier[customer]))


def agent_ids(agents: Ints) -> pa.Array:
    """Give agents' ids, e.g. a0042."""
    return join("a", digits(agents + 1, 4))


def team_codes(world: World, rows: Longs) -> pa.Array:
    """Give telephony's team codes, with the renamed team and the code that nobody has placed yet."""
    contacts = world.contacts
    codes = [t.code for t in TEAMS] + [RENAMED_TEAM.where["code"], UNKNOWN_TEAM.where["code"]]
    index = contacts.team[rows].copy()
    renamed = (index == team(RENAMED_TEAM.where["unit"])) & (contacts.day[rows] >= RENAMED_TEAM.first_day)
    unknown = (index == team(UNKNOWN_TEAM.where["unit"])) & (contacts.day[rows] >= UNKNOWN_TEAM.first_day)
    unknown &= world.dice.stream("unknown team").random(len(rows)) < UNKNOWN_TEAM.size["share"]
    world.ledger.note(UNKNOWN_TEAM, rows=int(unknown.sum()))
    index[renamed], index[unknown] = len(TEAMS), len(TEAMS) + 1
    return words(codes, index)


def export_calls(world: World) -> None:
    """Write the three systems' monthly call files."""
    contacts = world.contacts
    phone = (contacts.channel == PHONE) & ~is_acquired(contacts)
    zone = contacts.zone
    for index, write in ((_BERLIN, _berlin), (_LONDON, _london), (_NEW_YORK, _new_york)):
        rows = np.flatnonzero(phone & (zone == index))
        tests = int((contacts.customer[rows] >= world.people.count).sum())
        world.ledger.note(TEST_ACCOUNTS, calls=tests)
        write(world, rows)


def _columns(world: World, rows: Longs) -> dict[str, pa.Array]:
    """The columns that all three systems know, under Berlin's names."""
    people, contacts, handling = world.people, world.contacts, world.handling
    customer, abandoned = contacts.customer[rows], handling.abandoned[rows]

    def answered(seconds: Ints) -> pa.Array:
        return pa.array(np.where(abandoned, 0, seconds[rows]))

    return {
        "queue": words(QUEUES, contacts.topic[rows]),
        "agent": agent_ids(contacts.agent[rows]),
        "customer_id": people.ids.take(pa.array(customer)),
        "tier": tier_words(people, customer, contacts.day[rows]),
        "wait_s": pa.array(handling.wait[rows]),
        "talk_s": answered(handling.talk),
        "hold_s": answered(handling.hold),
        "wrap_s": answered(handling.wrap),
    }


def _flags(values: Bools, yes: str, no: str) -> pa.Array:
    return words([no, yes], ints(values))


def _berlin(world: World, rows: Longs) -> None:
    contacts, handling = world.contacts, world.handling
    local = contacts.local[rows]
    behind = (contacts.day[rows] >= CLOCK_BEHIND.days.start) & (contacts.day[rows] < CLOCK_BEHIND.days.stop)
    local = local - np.where(behind, int(CLOCK_BEHIND.size["hours"]) * HOUR, 0)
    world.ledger.note(CLOCK_BEHIND, rows=int(behind.sum()))
    rows, local, numbers = _skipped_hour(world, rows, local)
    columns: Columns = {
        "call_id": join("B", digits(numbers, 8)),
        "started_at": write_instants(local),
        "team": team_codes(world, rows),
        **_columns(world, rows),
        "outcome": _flags(handling.abandoned[rows], "abandoned", "answered"),
        "transferred": _flags(handling.transferred[rows], "yes", "no"),
        "solved": _flags(handling.solved[rows], "yes", "no"),
    }
    repeated = max(5, round(DOUBLE_EXPORT.size["rows"] * world.size))
    world.ledger.note(DOUBLE_EXPORT, rows=repeated)
    world.exports.monthly_csv(
        "telephony/berlin/calls_{month}.csv", columns, ints(MONTH_OF[local // 86_400]),
        faults={
            "2025-08": [Fault(BROKEN_LINES, 0.11, "short"), Fault(BROKEN_LINES, 0.52, "long"),
                        Fault(BROKEN_LINES, 0.93, "short")],
            "2025-09": [Fault(BLANK_LINES, place, "blank") for place in (0.1, 0.3, 0.31, 0.6, 0.8)],
        },
        repeats={"2025-12": repeated},
    )  # fmt: skip


def _skipped_hour(world: World, rows: Longs, local: Longs) -> tuple[Longs, Longs, Longs]:
    """Add night calls stamped inside the hour that does not exist (copies of calls of that day, with numbers of
    their own)."""
    count = max(6, round(IMPOSSIBLE_TIMES.size["rows"] * world.size))
    that_day = np.flatnonzero(world.contacts.day[rows] == day(IMPOSSIBLE_TIMES.since))
    rng = world.dice.stream("skipped hour")
    models = rows[that_day][rng.integers(0, len(that_day), count)]
    seconds = day(IMPOSSIBLE_TIMES.since) * 86_400 + 2 * HOUR + np.sort(rng.integers(0, HOUR, count))
    world.ledger.note(IMPOSSIBLE_TIMES, rows=count)
    at = int(that_day[0])
    numbers = np.insert(rows, at, np.arange(count) + 90_000_000)
    return np.insert(rows, at, models), np.insert(local, at, seconds), numbers


def _london(world: World, rows: Longs) -> None:
    contacts, handling = world.contacts, world.handling
    known = _columns(world, rows)
    unmeasured = world.dice.stream("sentinel waits").random(len(rows)) < SENTINEL_WAITS.size["share"]
    world.ledger.note(SENTINEL_WAITS, rows=int(unmeasured.sum()))
    wait = np.where(unmeasured, int(SENTINEL_WAITS.size["value"]), handling.wait[rows])
    columns: Columns = {
        "CallId": contact_ids(contacts, rows),
        "StartTime": write_instants(contacts.local[rows], dates="%d/%m/%Y"),
        "Skill": known["queue"],
        "TeamCode": team_codes(world, rows),
        "AgentId": known["agent"],
        "CustomerRef": known["customer_id"],
        "CustomerTier": known["tier"],
        "WaitSecs": pa.array(ints(wait)),
        "TalkSecs": known["talk_s"],
        "HoldSecs": known["hold_s"],
        "WrapSecs": known["wrap_s"],
        "Result": _flags(handling.abandoned[rows], "ABN", "ANS"),
        "Xfer": _flags(handling.transferred[rows], "Y", "N"),
        "Resolved": _flags(handling.solved[rows], "Y", "N"),
    }
    world.exports.monthly_csv(
        "telephony/london/calls_{month}.csv", columns, contacts.month[rows], Csv(crlf=True)
    )


def _new_york(world: World, rows: Longs) -> None:
    contacts, handling = world.contacts, world.handling
    known = _columns(world, rows)
    days = contacts.day[rows]
    window = NEGATIVE_DURATIONS.days
    negative = (days >= window.start) & (days < window.stop) & ~handling.abandoned[rows]
    negative &= world.dice.stream("negative durations").random(len(rows)) < NEGATIVE_DURATIONS.size["share"]
    world.ledger.note(NEGATIVE_DURATIONS, rows=int(negative.sum()))
    wrap = known["wrap_s"].to_numpy(zero_copy_only=False)
    columns: Columns = {
        "id": contact_ids(contacts, rows),
        "start": write_instants(contacts.local[rows], dates="%m/%d/%Y"),
        "split": team_codes(world, rows),
        "vector": known["queue"],
        "agent": known["agent"],
        "customer": known["customer_id"],
        "tier": known["tier"],
        "queue_seconds": known["wait_s"],
        "talk_seconds": known["talk_s"],
        "hold_seconds": known["hold_s"],
        "wrap_seconds": pa.array(ints(np.where(negative, -wrap - 1, wrap))),
        "disposition": _flags(handling.abandoned[rows], "2", "1"),
        "transferred": _flags(handling.transferred[rows], "1", "0"),
        "fixed": _flags(handling.solved[rows], "1", "0"),
    }
    faults = {"2026-02": [Fault(BROKEN_LINES, 0.25, "short"), Fault(BROKEN_LINES, 0.75, "long")]}
    world.exports.monthly_csv(
        "telephony/newyork/calls_{month}.csv",
        columns,
        contacts.month[rows],
        Csv(delimiter=";"),
        faults=faults,
    )
