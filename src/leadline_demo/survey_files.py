"""The survey tool's exports: monthly invitations and answers, with bots, sentinels, a copied and an empty file."""

from typing import Final

import numpy as np
import pyarrow as pa

from leadline_demo import names
from leadline_demo.arrays import Bools, Ints, Longs, ints
from leadline_demo.company import CHANNELS, CONNECT, PRODUCTS, REGIONS, SEGMENTS, TEAMS, UNIT_OF_REGION, UNITS
from leadline_demo.contacts import Contacts
from leadline_demo.exports import Csv, Fault, digits, join, words
from leadline_demo.surveys import NPS, Answers
from leadline_demo.telephony import contact_ids, tier_words
from leadline_demo.timeline import DAY, DAYS, HOUR, MONTH_OF, write_utc
from leadline_demo.truths.customers import BOT_ANSWERS, DOUBLE_CHARGE
from leadline_demo.truths.data import (
    ANSWERED_TOO_EARLY,
    BROKEN_LINES,
    COPIED_FILE,
    EMPTY_FILE,
    SENTINEL_SCORES,
)
from leadline_demo.verbatims import BOT_TEXTS, comment
from leadline_demo.world import GONE, World

INSTRUMENTS: Final = ("csat", "ces", "ces1", "nps")
DEVICES: Final = ("phone", "desktop", "tablet")
_UNITS: Final = [t.name for t in TEAMS] + [r.code for r in REGIONS]
Table = dict[str, pa.Array]


def export_surveys(world: World, asked: Answers) -> None:
    """Write invitations and answers, month by month."""
    numbers = join("I", digits(np.arange(len(asked.customer)), 8))
    _export_invitations(world, asked, numbers)
    rows = np.flatnonzero(asked.answered > GONE)
    rows = rows[np.argsort(asked.answered[rows], kind="stable")]
    people_said = _answers(world, asked, rows, numbers)
    bots, when = _bots(world)
    table = pa.concat_tables([pa.table(people_said), pa.table(bots)])
    instants = np.concatenate([asked.answered[rows], when])
    order = np.argsort(instants, kind="stable")
    world.exports.monthly_csv(
        "surveys/responses_{month}.csv", dict(zip(table.column_names, table.take(order).columns, strict=True)),
        ints(MONTH_OF[np.minimum(instants[order] // DAY, DAYS - 1)]), Csv(quoted=True),
        faults={"2026-01": [Fault(BROKEN_LINES, 0.33, "bytes"), Fault(BROKEN_LINES, 0.66, "bytes")]},
    )  # fmt: skip
    world.exports.raw(EMPTY_FILE.where["file"], b"")


def copy_file(world: World) -> None:
    """Deliver one month's answers a second time under another name (after `exports.finish`)."""
    content = (world.exports.root / f"surveys/responses_{COPIED_FILE.since[:7]}.csv").read_bytes()
    world.exports.raw(COPIED_FILE.where["file"], content)
    world.ledger.note(COPIED_FILE, rows=content.count(b'\n"R') + content.count(b"\nR"))


def _unit(team: Ints, region: Ints) -> pa.Array:
    """Name the team in the organisation, or the region's code where no team was involved."""
    return words(_UNITS, np.where(team >= 0, team, len(TEAMS) + region))


def _contact(contacts: Contacts, rows: Longs) -> pa.Array:
    ids = contact_ids(contacts, np.maximum(rows, 0))
    return ids.take(pa.array(np.arange(len(rows)), mask=rows < 0))


def _export_invitations(world: World, asked: Answers, numbers: pa.Array) -> None:
    people = world.people
    bounced = (world.dice.stream("bounces").random(len(numbers)) < 0.03) & (asked.answered <= GONE)
    status = np.where(asked.answered > GONE, 1, np.where(bounced, 2, 0))
    world.exports.monthly_csv(
        "surveys/invitations_{month}.csv.gz",
        {
            "invitation_id": numbers,
            "contact_id": _contact(world.contacts, asked.contact),
            "customer_id": people.ids.take(pa.array(asked.customer)),
            "instrument": words(INSTRUMENTS, asked.instrument),
            "invited_at": write_utc(asked.invited),
            "unit": _unit(asked.team, people.region[asked.customer]),
            "channel": words(CHANNELS, asked.channel),
            "status": words(("sent", "answered", "bounced"), status),
        },
        ints(MONTH_OF[asked.invited // DAY]),
    )


def _doubled(rng: np.random.Generator, region: Ints, language: Ints, days: Ints) -> Bools:
    spanish = (UNIT_OF_REGION[region] == UNITS.index("americas")) & (language == names.LANGUAGES.index("es"))
    sizes = DOUBLE_CHARGE.size
    share = np.where(days >= DOUBLE_CHARGE.first_day, sizes["share_to"], sizes["share_from"])
    return np.asarray(spanish & (rng.random(len(days)) < share))


def _too_early(size: float, days: Ints) -> Bools:
    """Pick a few answers of one month that will be dated before their invitation."""
    window = ANSWERED_TOO_EARLY.days
    there = np.flatnonzero((days >= window.start + 5) & (days < window.stop))
    chosen = np.zeros(len(days), dtype=bool)
    chosen[there[:: max(1, len(there) // max(6, round(ANSWERED_TOO_EARLY.size["rows"] * size)))]] = True
    return chosen


def _answers(world: World, asked: Answers, rows: Longs, numbers: pa.Array) -> Table:
    people = world.people
    rng = world.dice.stream("answers")
    count, customer = len(rows), asked.customer[rows]
    region, language, days = (
        people.region[customer],
        people.language[customer],
        ints(asked.answered[rows] // DAY),
    )
    doubled = _doubled(rng, region, language, days)
    sentinel = rng.random(count) < SENTINEL_SCORES.size["share"]
    early = _too_early(world.size, days)
    world.ledger.note(SENTINEL_SCORES, rows=int(sentinel.sum()))
    world.ledger.note(ANSWERED_TOO_EARLY, rows=int(early.sum()))
    invited = asked.invited[rows]
    return {
        "response_id": join("R", digits(rows, 8)),
        "invitation_id": numbers.take(pa.array(rows)),
        "contact_id": _contact(world.contacts, asked.contact[rows]),
        "customer_id": people.ids.take(pa.array(customer)),
        "instrument": words(INSTRUMENTS, asked.instrument[rows]),
        "score": pa.array(ints(np.where(sentinel, SENTINEL_SCORES.size["value"], asked.score[rows]))),
        "invited_at": write_utc(invited),
        "answered_at": write_utc(np.where(early, invited - 3 * DAY, asked.answered[rows])),
        "seconds_taken": pa.array(ints(8 + rng.exponential(55, count))),
        "unit": _unit(asked.team[rows], region),
        "channel": words(CHANNELS, asked.channel[rows]),
        "product": words(PRODUCTS, asked.product[rows]),
        "segment": words(SEGMENTS, people.segment[customer]),
        "language": words(names.LANGUAGES, language),
        "tier": tier_words(people, customer, days),
        "device": words(DEVICES, ints(rng.random(count) ** 1.5 * 3)),
        "address_block": join("198.51.", digits(rng.integers(0, 250, count)), ".0/24"),
        "verbatim": comment(
            world.dice.stream("verbatims"),
            language,
            asked.topic[rows],
            happy=asked.happy[rows],
            doubled=doubled,
            share=0.3,
        ),
    }


def _bots(world: World) -> tuple[Table, Longs]:
    """Answers of a script: the open link, top score, seconds, one address block, a handful of texts."""
    people = world.people
    rng = world.dice.stream("bots")
    count, window = max(20, round(BOT_ANSWERS.size["rows"] * world.size)), BOT_ANSWERS.days
    world.ledger.note(BOT_ANSWERS, rows=count)
    american = np.flatnonzero(UNIT_OF_REGION[people.region[: people.count]] == UNITS.index("americas"))
    customer = ints(rng.choice(american, count))
    when = np.sort(rng.integers(window.start * DAY + 6 * HOUR, window.stop * DAY - 6 * HOUR, count))
    days = ints(when // DAY)
    nothing = pa.nulls(count, pa.string())
    return {
        "response_id": join("X", digits(np.arange(count), 8)),
        "invitation_id": nothing,
        "contact_id": nothing,
        "customer_id": people.ids.take(pa.array(customer)),
        "instrument": words(INSTRUMENTS, np.full(count, NPS)),
        "score": pa.array(np.full(count, int(BOT_ANSWERS.size["score"]), dtype=np.int32)),
        "invited_at": nothing,
        "answered_at": write_utc(when),
        "seconds_taken": pa.array(ints(rng.integers(1, int(BOT_ANSWERS.size["longest_s"]) + 1, count))),
        "unit": _unit(np.full(count, -1, dtype=np.int32), people.region[customer]),
        "channel": nothing,
        "product": words(PRODUCTS, np.full(count, CONNECT)),
        "segment": words(SEGMENTS, people.segment[customer]),
        "language": words(names.LANGUAGES, np.full(count, names.LANGUAGES.index("en"))),
        "tier": tier_words(people, customer, days),
        "device": words(DEVICES, np.full(count, 1)),
        "address_block": pa.array(["203.0.113.0/24"] * count),
        "verbatim": words(BOT_TEXTS, rng.integers(0, len(BOT_TEXTS), count)),
    }, when
