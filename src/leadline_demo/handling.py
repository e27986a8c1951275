"""What became of each contact: waits, handle times, transfers, replies, solutions, reopenings."""

from dataclasses import dataclass

import numpy as np

from leadline_demo.arrays import Bools, Dice, Floats, Ints, ints
from leadline_demo.company import CHAT, CONNECTION, PHONE, SYNC, TEAM_REGION, TEAMS, UNITS, team, teams_of
from leadline_demo.contacts import HARD, Contacts, specialists
from leadline_demo.timeline import DAYS, HOUR, MONTH_OF, WEEKEND, day
from leadline_demo.truths.service import (
    AHT_GAMING,
    CHAT_FIRST,
    EARLY_CLOSING,
    FASTER_REPLIES,
    FLU,
    OUTAGE,
    SLA_BREACH,
    UNFAIR_RANKING,
    WEEKEND_GAP,
)

PATIENCE = 260.0
"""Mean seconds that callers are willing to wait."""
SOLVED_AT_ONCE = np.array([0.80, 0.84, 0.76, 0.58, 0.60, 0.82, 0.86, 0.88])
BY_CHANNEL = np.array([0.03, -0.17, -0.07, -0.06, -0.10])
TALK = np.array([205.0, 170.0, 225.0, 330.0, 345.0, 290.0, 160.0, 150.0])


@dataclass(slots=True)
class Handling:
    """Arrays with one element per contact; seconds for calls and chats, minutes for tickets."""

    wait: Ints
    abandoned: Bools
    talk: Ints
    hold: Ints
    wrap: Ints
    transferred: Bools
    solved: Bools
    """Solved in this contact."""
    first_reply: Floats
    resolution: Floats
    """Minutes from creation to the first solution."""
    reopened: Bools
    in_outage: Bools


def _in_outage(contacts: Contacts) -> Bools:
    window = OUTAGE.days
    here = (contacts.day >= window.start) & (contacts.day < window.stop)
    here &= (contacts.second >= OUTAGE.size["from_hour"] * HOUR) & (
        contacts.second <= OUTAGE.size["to_hour"] * HOUR
    )
    return np.asarray(here & (contacts.unit == UNITS.index("emea")))


def _mean_waits(dice: Dice) -> Floats:
    """Mean seconds of waiting for a free agent by day and team."""
    rng = dice.stream("mean waits")
    waits = 18.0 * rng.uniform(0.88, 1.15, len(TEAMS)) * np.exp(rng.normal(0, 0.2, (DAYS, len(TEAMS))))
    waits[WEEKEND] *= 1.2
    for index in teams_of("emea_south"):
        waits[FLU.days, index] *= FLU.size["wait"]
    since = WEEKEND_GAP.first_day + np.flatnonzero(WEEKEND[WEEKEND_GAP.first_day :])
    waits[np.ix_(since, np.array(teams_of("americas")))] *= WEEKEND_GAP.size["wait"]
    return np.asarray(waits)


def _calls(dice: Dice, contacts: Contacts, in_outage: Bools) -> tuple[Ints, Bools]:
    rng = dice.stream("queues")
    count = len(contacts)
    mean = _mean_waits(dice)[contacts.day, contacts.team]
    mean = np.where(contacts.channel == CHAT, 35.0 * mean / 18.0, mean)
    mean = np.where(in_outage & (contacts.channel == PHONE), mean * OUTAGE.size["wait"], mean)
    wait, patience = rng.exponential(1.0, count) * mean, rng.exponential(PATIENCE, count)
    abandoned = (contacts.channel == PHONE) & (wait > patience)
    return ints(np.where(abandoned, patience, wait)), np.asarray(abandoned)


def _talks(dice: Dice, contacts: Contacts, cut: Bools) -> tuple[Ints, Ints, Ints]:
    rng = dice.stream("talks")
    count = len(contacts)
    habit = np.exp(rng.normal(0, 0.05, int(contacts.agent.max()) + 1))[contacts.agent]
    talk = TALK[contacts.topic] * habit * np.exp(rng.normal(0, 0.55, count))
    talk = np.where(contacts.channel == CHAT, talk * 2.1, talk)
    hold = np.where(rng.random(count) < 0.22, rng.exponential(55, count), 0)
    wrap = 12 + rng.exponential(30, count)
    shortest, longest = AHT_GAMING.size["shortest_s"], AHT_GAMING.size["longest_s"]
    short = rng.uniform(shortest, longest, count)
    return (
        ints(np.where(cut, short, talk)),
        ints(np.where(cut, 0, hold)),
        ints(np.where(cut, wrap * 0.3, wrap)),
    )


def _transfers(dice: Dice, contacts: Contacts) -> tuple[Bools, Bools]:
    """Tell which contacts are passed on, and which of them only to shorten the call."""
    rng = dice.stream("transfers")
    cut = (contacts.team == team("tampa_service_3")) & (contacts.day >= AHT_GAMING.first_day)
    cut &= (contacts.channel == PHONE) & (rng.random(len(contacts)) < AHT_GAMING.size["cut_share"])
    passed = (rng.random(len(contacts)) < AHT_GAMING.size["transfer_from"]) & (contacts.channel <= CHAT)
    return np.asarray(passed | cut), np.asarray(cut)


def _solved(dice: Dice, size: float, contacts: Contacts, transferred: Bools, cut: Bools) -> Bools:
    rng = dice.stream("solutions")
    chance = SOLVED_AT_ONCE[contacts.topic] + BY_CHANNEL[contacts.channel]
    chance += rng.normal(0, 0.015, len(TEAMS))[contacts.team]
    chance += rng.normal(0, 0.012, int(contacts.agent.max()) + 1)[contacts.agent]
    better = specialists(size, contacts.agent) & np.isin(contacts.topic, HARD)
    chance += np.where(better, UNFAIR_RANKING.size["better_points"] / 100, 0)
    gain = np.interp(
        contacts.day, [CHAT_FIRST.first_day, day("2026-07-31")], [0, CHAT_FIRST.size["gain_points"] / 100]
    )
    chance += np.where(contacts.unit == UNITS.index("americas"), gain, 0)
    chance = np.where(transferred, chance - 0.2, chance)
    chance = np.where(cut, 0.12, chance)
    return np.asarray(rng.random(len(contacts)) < chance)


def _tickets(dice: Dice, contacts: Contacts) -> tuple[Floats, Floats, Bools]:
    """Minutes to the first reply and to the solution, and whether the ticket was reopened."""
    rng = dice.stream("tickets")
    count = len(contacts)
    pace = rng.uniform(0.9, 1.1, len(TEAMS)) * np.exp(rng.normal(0, 0.1, (DAYS, len(TEAMS))))
    median = 150.0 * pace[contacts.day, contacts.team]
    south = TEAM_REGION[contacts.team] == TEAM_REGION[team("milan_service_1")]
    median = np.where(south, median * FASTER_REPLIES.size["monthly_factor"] ** MONTH_OF[contacts.day], median)
    late = (
        (contacts.unit == UNITS.index("uki"))
        & (contacts.topic == SYNC)
        & (contacts.day >= SLA_BREACH.first_day)
    )
    median = np.where(late, median * SLA_BREACH.size["reply_factor"], median)
    reply = median * np.exp(rng.normal(0, 0.8, count))
    work = 840.0 * np.where(contacts.topic == CONNECTION, 1.4, 1.0) * np.exp(rng.normal(0, 0.85, count))
    early = (contacts.team == team("dublin_billing_1")) & (contacts.day >= EARLY_CLOSING.first_day)
    chance = np.where(early, EARLY_CLOSING.size["reopened_to"], EARLY_CLOSING.size["reopened_from"])
    factor = np.where(early, EARLY_CLOSING.size["resolution_factor"], 1.0)
    return np.round(reply, 1), np.round(factor * (reply + work), 1), np.asarray(rng.random(count) < chance)


def handle(dice: Dice, size: float, contacts: Contacts) -> Handling:
    """Draw what became of every contact."""
    in_outage = _in_outage(contacts)
    wait, abandoned = _calls(dice, contacts, in_outage)
    transferred, cut = _transfers(dice, contacts)
    talk, hold, wrap = _talks(dice, contacts, cut)
    solved = _solved(dice, size, contacts, transferred, cut)
    reply, resolution, reopened = _tickets(dice, contacts)
    return Handling(
        wait=wait, abandoned=abandoned, talk=talk, hold=hold, wrap=wrap, transferred=transferred & ~abandoned,
        solved=solved & ~abandoned, first_reply=np.minimum(reply, resolution), resolution=resolution,
        reopened=reopened, in_outage=in_outage,
    )  # fmt: skip
