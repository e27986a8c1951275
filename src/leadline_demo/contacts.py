"""Every contact of every channel: when, by whom, about what, and who took it. Times are the team's wall clock."""

from dataclasses import dataclass

import numpy as np

from leadline_demo.arrays import Bools, Dice, Ints, Longs, ints, pick
from leadline_demo.company import (
    ALDERMANN,
    CHANNELS,
    CONNECT,
    CONNECTION,
    ENTERPRISE,
    PRODUCTS,
    SYNC,
    TEAM_REGION,
    TEAM_UNIT,
    TEAMS,
    TOPICS,
    UNITS,
    VAULT,
    VOICE,
    ZONE_OF_REGION,
    team,
)
from leadline_demo.customers import TESTS, Customers
from leadline_demo.timeline import DAY, HOUR, MONTH_OF
from leadline_demo.truths.data import TEST_ACCOUNTS
from leadline_demo.truths.model import Ledger
from leadline_demo.truths.service import OUTAGE, ROBOT_TICKETS, UNFAIR_RANKING
from leadline_demo.volumes import Demand

OPENING = np.array([0.0, 0.06, 0.16, 0.28, 0.39, 0.48, 0.56, 0.65, 0.74, 0.82, 0.89, 0.94, 0.975, 1.0])
"""Share of a day's contacts by the end of each hour from 07:00 to 20:00."""
HARD = (CONNECTION, SYNC)


@dataclass(slots=True)
class Contacts:
    """Arrays with one element per contact, ordered by day and wall-clock second."""

    day: Ints
    second: Ints
    team: Ints
    topic: Ints
    channel: Ints
    product: Ints
    customer: Ints
    agent: Ints
    robot: Bools

    def __len__(self) -> int:
        """How many contacts there are."""
        return len(self.day)

    @property
    def month(self) -> Ints:
        """Month of each contact, on the team's clock."""
        return ints(MONTH_OF[self.day])

    @property
    def unit(self) -> Ints:
        """Business unit of each contact."""
        return ints(TEAM_UNIT[self.team])

    @property
    def region(self) -> Ints:
        """Region of each contact."""
        return ints(TEAM_REGION[self.team])

    @property
    def zone(self) -> Ints:
        """Time zone (index) of each contact."""
        return ints(ZONE_OF_REGION[TEAM_REGION[self.team]])

    @property
    def local(self) -> Longs:
        """Wall-clock seconds since the first day."""
        return self.day.astype(np.int64) * DAY + self.second


def agents_per_team(size: float) -> int:
    """How many agents a team has: 15 in the whole company, fewer in a small copy of it."""
    return max(6, round(15 * min(1.0, size)))


def _when(dice: Dice, count: int, day: Ints, topic: Ints, team_index: Ints) -> Ints:
    rng = dice.stream("times of day")
    second = 7 * HOUR + np.interp(rng.random(count), OPENING, np.arange(len(OPENING))) * HOUR
    window = OUTAGE.days
    hit = (day >= window.start) & (day < window.stop) & (topic == CONNECTION)
    hit &= TEAM_UNIT[team_index] == UNITS.index("emea")
    hit &= rng.random(count) < 1 - 1 / OUTAGE.size["volume"]
    since, until = OUTAGE.size["from_hour"] * HOUR, OUTAGE.size["to_hour"] * HOUR
    return ints(np.where(hit, since + rng.random(count) * (until - since), second))


def _customers(dice: Dice, people: Customers, day: Ints, topic: Ints, region: Ints) -> tuple[Ints, Ints]:
    """Pick product and customer: somebody of that market and product who is there on that day."""
    rng = dice.stream("callers")
    count = len(day)
    uniform = rng.random(count)
    product = pick(np.array([0.46, 0.62, 0.84, 1.0]), uniform)
    product = np.where(topic == SYNC, VAULT, product)
    product = np.where(topic == CONNECTION, np.where(uniform < 0.85, CONNECT, VOICE), product)
    group = region * len(PRODUCTS) + product
    available = people.available()[group, day]
    customer = people.group_start[group] + ints(rng.random(count) * available)
    for _ in range(2):
        gone = np.flatnonzero(people.left[customer] < MONTH_OF[day])
        customer[gone] = people.group_start[group[gone]] + ints(rng.random(len(gone)) * available[gone])
    return ints(product), customer


def _agents(dice: Dice, size: float, team_index: Ints, topic: Ints) -> Ints:
    rng = dice.stream("agents")
    count, per_team = len(team_index), agents_per_team(size)
    agent = ints(rng.random(count) * per_team)
    special = max(2, round(UNFAIR_RANKING.size["specialists_share"] * per_team))
    here = team_index == team("manchester_technical_1")
    to_special = rng.random(count) < np.where(np.isin(topic, HARD), UNFAIR_RANKING.size["hard_share"], 0.05)
    agent = np.where(here & to_special, agent % special, agent)
    agent = np.where(here & ~to_special, special + agent % (per_team - special), agent)
    return ints(team_index * per_team + agent)


def specialists(size: float, agent: Ints) -> Bools:
    """Tell which agents are the specialists of the unfairly ranked team."""
    per_team = agents_per_team(size)
    special = max(2, round(UNFAIR_RANKING.size["specialists_share"] * per_team))
    first = team("manchester_technical_1") * per_team
    return np.asarray((agent >= first) & (agent < first + special))


def _cells(drawn: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Spread counts by day, team, topic and channel into one element per contact."""
    flat = np.repeat(np.arange(drawn.size, dtype=np.int32), drawn.ravel())
    rest, channel = np.divmod(flat, len(CHANNELS))
    rest, topic = np.divmod(rest, len(TOPICS))
    day, team_index = np.divmod(rest, len(TEAMS))
    return day, team_index, topic, channel


def make_contacts(dice: Dice, size: float, people: Customers, demand: Demand, ledger: Ledger) -> Contacts:
    """Draw all contacts."""
    rng = dice.stream("contacts")
    usual, robots = ints(rng.poisson(demand.rates)), ints(np.round(demand.robots))
    day, team_index, topic, channel = _cells(usual + robots)
    count = len(day)
    machine = robots.ravel()[np.ravel_multi_index((day, team_index, topic, channel), robots.shape)] > 0
    machine &= rng.random(count) < 0.98
    second = _when(dice, count, day, topic, team_index)
    order = np.argsort(day.astype(np.int64) * DAY + second, kind="stable")
    day, team_index, topic, channel, second = (
        values[order] for values in (day, team_index, topic, channel, second)
    )
    machine = machine[order]
    product, customer = _customers(dice, people, day, topic, ints(TEAM_REGION[team_index]))
    tests = (rng.random(count) < TEST_ACCOUNTS.size["share"]) & ~machine
    customer[tests] = people.count + ints(rng.random(int(tests.sum())) * TESTS)
    customer[machine] = _monitoring_customer(people)
    ledger.note(ROBOT_TICKETS, rows=int(machine.sum()))
    agent = _agents(dice, size, team_index, topic)
    return Contacts(day, second, team_index, topic, channel, product, customer, agent, machine)


def _monitoring_customer(people: Customers) -> int:
    here = (people.region == 0) & (people.product == CONNECT) & (people.segment == ENTERPRISE)
    found = np.flatnonzero(here & (people.signup < 0) & (people.left > len(CHANNELS) + 10))
    return int(found[0]) if len(found) else int(people.group_start[0])


def is_acquired(contacts: Contacts) -> Bools:
    """Tell which contacts are the acquired unit's (they are exported by its own systems)."""
    return np.asarray(TEAM_REGION[contacts.team] == ALDERMANN)
