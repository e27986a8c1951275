"""How many contacts there are: expected numbers by day, team, topic and channel, with the planted events in them."""

from dataclasses import dataclass

import numpy as np

from leadline_demo.arrays import Dice, Floats
from leadline_demo.company import (
    ALDERMANN,
    CHANNELS,
    CHAT,
    CONNECTION,
    CONTRACT,
    EMAIL,
    HOLIDAYS,
    PHONE,
    PRICE,
    SYNC,
    TEAM_REGION,
    TEAM_UNIT,
    TEAMS,
    TOPICS,
    UNITS,
    channel_mix,
    team,
    teams_of,
    topic_mix,
)
from leadline_demo.timeline import ACQUIRED, DAYS, SEASON, WEEKDAY, day
from leadline_demo.truths.customers import PRICE_RISE, SYNC_ERRORS, WINTER_CAMPAIGN
from leadline_demo.truths.service import CHAT_FIRST, OUTAGE, ROBOT_TICKETS
from leadline_demo.truths.service import HOLIDAYS as QUIET

WEEK = np.array([1.22, 1.12, 1.06, 1.04, 1.0, 0.56, 0.36])
BUSIEST: float = 48.0
"""Expected contacts of a phone team on an average day at size 1."""
WORK_VOLUME = {"phone": 1.25, "mixed": 1.1, "digital": 1.15, "office": 1.0}


@dataclass(frozen=True, slots=True)
class Demand:
    """Expected contacts: `rates` by day x team x topic x channel; `robots` of them are machine-written; `trouble` is
    the daily level of Vault's sync errors (1 = usual) that leads sync contacts."""

    rates: Floats
    robots: Floats
    trouble: Floats


def trouble(dice: Dice) -> Floats:
    """Give the daily level of sync errors: a persistent process around 1."""
    rng = dice.stream("sync trouble")
    keep, spread = SYNC_ERRORS.size["persistence"], SYNC_ERRORS.size["spread"]
    steps, level = rng.normal(0, spread * np.sqrt(1 - keep**2), DAYS + 60), 0.0
    levels = []
    for step in steps:
        level = keep * level + step
        levels.append(level)
    return np.asarray(np.exp(np.array(levels[60:]) - spread**2 / 2))


def _levels(dice: Dice) -> Floats:
    """Expected contacts by day and team before planted events."""
    rng = dice.stream("volumes")
    base = np.array([BUSIEST * WORK_VOLUME[t.mix] for t in TEAMS]) * rng.uniform(0.85, 1.15, len(TEAMS))
    noise = np.exp(rng.normal(0, 0.06, (DAYS, len(UNITS))))
    quiet = np.ones((DAYS, len(UNITS)))
    for unit, dates in HOLIDAYS.items():
        quiet[[day(date) for date in dates], UNITS.index(unit)] = QUIET.size["share_left"]
    levels = base * (SEASON * WEEK[WEEKDAY])[:, None] * (noise * quiet)[:, TEAM_UNIT]
    levels[: day(ACQUIRED), TEAM_REGION == ALDERMANN] = 0
    return np.asarray(levels)


def _channels() -> Floats:
    """Channel mix by day and team: American calls become chats in spring and summer 2026."""
    mix = np.repeat(channel_mix()[None], DAYS, axis=0)
    moved = np.interp(
        np.arange(DAYS), [CHAT_FIRST.first_day, day("2026-07-31")], [0, 1 - CHAT_FIRST.size["phone_kept"]]
    )
    for index in teams_of("americas"):
        calls = mix[:, index, PHONE] * moved
        mix[:, index, PHONE] -= calls
        mix[:, index, CHAT] += calls
    return mix


def _topics(dice: Dice, levels: Floats) -> tuple[Floats, Floats]:
    """Topic multipliers by day, team and topic; and the trouble of sync."""
    topics = np.repeat(topic_mix()[None], DAYS, axis=0)
    errors = trouble(dice)
    lag = int(SYNC_ERRORS.size["lag_days"])
    topics[lag:, :, SYNC] *= errors[:-lag, None]
    rise = slice(PRICE_RISE.first_day, PRICE_RISE.first_day + int(PRICE_RISE.size["contact_days"]))
    topics[rise, :, PRICE] *= np.where(TEAM_REGION == ALDERMANN, 1.0, PRICE_RISE.size["contacts"])
    for index in teams_of("uki"):
        topics[WINTER_CAMPAIGN.days, index, CONTRACT] *= WINTER_CAMPAIGN.size["contacts"]
    for index in teams_of("emea"):
        topics[OUTAGE.days, index, CONNECTION] *= OUTAGE.size["volume"]
    return topics * levels[:, :, None], errors


def expect_contacts(dice: Dice, size: float) -> Demand:
    """Give the expected contacts of every day, team, topic and channel."""
    by_topic, errors = _topics(dice, _levels(dice))
    rates = by_topic[:, :, :, None] * _channels()[:, :, None, :] * size
    robots = np.zeros((DAYS, len(TEAMS), len(TOPICS), len(CHANNELS)))
    days = ROBOT_TICKETS.days
    each = ROBOT_TICKETS.size["rows"] * size / (days.stop - days.start)
    robots[days, team("berlin_technical_2"), CONNECTION, EMAIL] = each
    return Demand(rates, robots, errors)
