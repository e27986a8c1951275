"""Who is asked and what they answer: after contacts (CSAT, CES) and about the relationship (NPS)."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from leadline_demo.arrays import Bools, Floats, Ints, Longs, ints, pick_by_row
from leadline_demo.company import ALDERMANN, EMAIL, UNITS
from leadline_demo.contacts import is_acquired
from leadline_demo.customers import Customers
from leadline_demo.handling import Handling
from leadline_demo.timeline import ACQUIRED, DAY, DAYS, HOUR, MONTH_OF, WEEKEND, day
from leadline_demo.truths.customers import ACQUIRED_VOICES, ASKING_THE_HAPPY, TIERS, WITHDRAWN_CONSENTS
from leadline_demo.truths.service import OUTAGE
from leadline_demo.world import END, GONE, World

INSTRUMENTS: Final = ("csat", "ces", "ces1", "nps")
CSAT, CES, CES1, NPS = range(4)
INVITED: Final = 0.42
RELATIONSHIP_A_DAY: Final = 380
"""Invitations to the relationship survey on a working day, of the merged group without Aldermann."""
_SCORES: Final = {
    CSAT: ((0.50, 0.35, 0.15, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.2, 0.8, 0.0, 0.0)),
    CES: ((0.14, 0.2, 0.26, 0.22, 0.12, 0.05, 0.01), (0.01, 0.02, 0.04, 0.1, 0.23, 0.33, 0.27)),
    CES1: ((0.02, 0.08, 0.2, 0.4, 0.3, 0.0, 0.0), (0.38, 0.4, 0.15, 0.05, 0.02, 0.0, 0.0)),
}
"""Score shares (from 1 up) of dissatisfied and satisfied customers; CES 1.0 is the old, reversed 1-to-5 question."""


@dataclass(slots=True)
class Answers:
    """Arrays with one element per invitation; the last fields matter only where `answered`."""

    contact: Longs
    """Index of the contact, or -1 for the relationship survey."""
    customer: Ints
    team: Ints
    """Index of the team, or -1."""
    channel: Ints
    topic: Ints
    product: Ints
    instrument: Ints
    invited: Longs
    answered: Longs
    """UTC seconds of the answer; GONE if there is none."""
    score: Ints
    happy: Bools

    def join(self, other: "Answers") -> "Answers":
        """Put two sets of invitations together, in order of invitation."""
        order = np.argsort(np.concatenate([self.invited, other.invited]), kind="stable")
        parts = [np.concatenate([getattr(self, f.name), getattr(other, f.name)])[order] for f in fields(self)]
        return Answers(*parts)


def satisfaction(handling: Handling, rows: Longs) -> Floats:
    """Chance that a customer is satisfied with a contact."""
    chance = np.where(handling.solved[rows], 0.88, 0.5) - 0.0002 * np.minimum(handling.wait[rows], 300)
    return np.asarray(chance + np.where(handling.in_outage[rows], OUTAGE.size["csat_points"] / 100, 0))


def _delays(rng: np.random.Generator, count: int) -> Longs:
    hours = np.where(rng.random(count) < 0.02, rng.uniform(340, 600, count), rng.exponential(20, count))
    return (hours * HOUR).astype(np.int64) + 240


def _scores(rng: np.random.Generator, instrument: Ints, happy: Bools) -> Ints:
    score = np.zeros(len(instrument), dtype=np.int32)
    for code, (sad, glad) in _SCORES.items():
        here = np.flatnonzero(instrument == code)
        score[here] = 1 + pick_by_row(np.array([sad, glad]), ints(happy[here]), rng.random(len(here)))
    return score


def ask_after_contacts(world: World) -> Answers:
    """Invite after contacts; unresolved ones of UK & Ireland hardly any more since the bias began."""
    people, contacts, handling = world.people, world.contacts, world.handling
    rng = world.dice.stream("contact surveys")
    able = ~handling.abandoned & ~contacts.robot & (contacts.customer < people.count) & ~is_acquired(contacts)
    chance = np.full(len(contacts), INVITED)
    begun = (contacts.unit == UNITS.index("uki")) & (contacts.day >= ASKING_THE_HAPPY.first_day)
    before, after = (ASKING_THE_HAPPY.size[f"invited_unresolved_{name}"] for name in ("from", "to"))
    chance[begun & ~handling.solved] *= after / before
    rows = np.flatnonzero(able & (rng.random(len(contacts)) < chance))
    count = len(rows)
    ended = world.utc(rows)
    minutes = np.where(
        contacts.channel[rows] >= EMAIL, handling.resolution[rows], handling.talk[rows] / 60 + 2
    )
    invited = ended + (60 * minutes).astype(np.int64) + rng.integers(1800, 5400, count)
    instrument = np.where(rng.random(count) < 0.6, CSAT, CES)
    old = (contacts.unit[rows] == UNITS.index("uki")) & (contacts.day[rows] < day("2025-10-01"))
    instrument = np.where(old & (instrument == CES), CES1, instrument)
    happy = rng.random(count) < satisfaction(handling, rows)
    answers = rng.random(count) < np.where(happy, 0.25, 0.31)
    answered = np.where(answers, invited + _delays(rng, count), GONE)
    keep = invited < END
    made = Answers(
        rows, contacts.customer[rows], contacts.team[rows], contacts.channel[rows], contacts.topic[rows],
        contacts.product[rows], ints(instrument), invited, np.where(answered < END, answered, GONE),
        _scores(rng, ints(instrument), happy), happy,
    )  # fmt: skip
    return Answers(*[getattr(made, f.name)[keep] for f in fields(made)])


def loyalty(people: Customers, customer: Ints) -> Floats:
    """Expected NPS (-1..1) of customers: by their old tier, less for those who will withdraw consent."""
    by_tier = np.array([TIERS.size[f"nps_{letter}"] for letter in "abc"])[people.tier[customer]] / 100
    withdrew = people.withdrew[customer] < DAYS
    expected = by_tier + np.where(withdrew, WITHDRAWN_CONSENTS.size["nps_points"] / 100, 0)
    acquired = people.region[customer] == ALDERMANN
    return np.asarray(np.where(acquired, ACQUIRED_VOICES.size["aldermann_nps"] / 100, expected))


def nps_scores(rng: np.random.Generator, expected: Floats) -> Ints:
    """Draw 0..10 scores with an expected NPS; a quarter of customers are passive."""
    count = len(expected)
    uniform, promoters = rng.random(count), (0.75 + expected) / 2
    kind = (uniform >= promoters).astype(int) + (uniform >= promoters + 0.25)
    score = np.where(
        kind == 0, 9 + (rng.random(count) < 0.55), np.where(kind == 1, 7 + (rng.random(count) < 0.6), 0)
    )
    low = np.floor(7 * np.sqrt(rng.random(count)))
    return ints(np.where(kind == 2, low, score))


def ask_about_relationship(world: World, *, acquired: bool) -> Answers:
    """Invite customers by lot on working days: the old group, or the acquired unit since it joined."""
    people = world.people
    rng = world.dice.stream("acquired relationship" if acquired else "relationship")
    daily = np.where(WEEKEND, 0, RELATIONSHIP_A_DAY * world.size * (0.3 if acquired else 1.0))
    if acquired:
        daily[: day(ACQUIRED)] = 0
    days = ints(np.repeat(np.arange(DAYS), rng.poisson(daily)))
    pool = np.flatnonzero((people.region[: people.count] == ALDERMANN) == acquired)
    customer = ints(pool[(rng.random(len(days)) * len(pool)).astype(int)])
    there = (people.signup[customer] <= days) & (people.left[customer] >= MONTH_OF[days])
    days, customer = days[there], customer[there]
    count = len(days)
    expected = loyalty(people, customer)
    score = nps_scores(rng, expected)
    invited = np.sort(days.astype(np.int64) * DAY + rng.integers(8 * HOUR, 11 * HOUR, count))
    answered = np.where(rng.random(count) < 0.34, invited + _delays(rng, count), GONE)
    none = np.full(count, -1, dtype=np.int32)
    return Answers(
        none.astype(np.int64), customer, none, none, ints(rng.integers(0, 8, count)), people.product[customer],
        np.full(count, NPS, dtype=np.int32), invited, np.where(answered < END, answered, GONE), score, score >= 7,
    )  # fmt: skip
