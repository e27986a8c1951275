"""People and costs: shifts, quality reviews (some by two reviewers), monthly costs of teams, mystery shopping."""

import numpy as np
import pyarrow as pa

from leadline_demo.arrays import ints
from leadline_demo.billing import signup_dates
from leadline_demo.company import REGIONS, TEAM_REGION, TEAMS, ZONE_OF_REGION, ZONES, teams_of
from leadline_demo.contacts import agents_per_team
from leadline_demo.exports import digits, join, words
from leadline_demo.telephony import agent_ids, contact_ids
from leadline_demo.timeline import (
    DAY,
    DAYS,
    HOUR,
    MONTH_OF,
    MONTHS,
    WEEKEND,
    day,
    to_utc,
    write_days,
    write_utc,
)
from leadline_demo.truths.data import STALE_METRIC
from leadline_demo.truths.service import FLU, SEVERE_REVIEWER, WEEKEND_GAP
from leadline_demo.world import World

_MERGED = [index for index, team in enumerate(TEAMS) if REGIONS[team.region].unit != "aldermann"]
CODES = tuple(team.code for team in TEAMS)


def export_agents(world: World) -> None:
    """Write who works in which team (not the acquired unit's people)."""
    rng = world.dice.stream("staff")
    per_team = agents_per_team(world.size)
    team = np.repeat(_MERGED, per_team)
    agent = team * per_team + np.tile(np.arange(per_team), len(_MERGED))
    world.exports.csv("workforce/agents.csv", {
        "agent_id": agent_ids(ints(agent)),
        "team": words(CODES, team),
        "site": words([t.name.split("_")[0] for t in TEAMS], team),
        "skill": words([t.work for t in TEAMS], team),
        "employer": words(("Corvane", "Helpwell"), ints(rng.random(len(agent)) < 0.15)),
        "hired_on": signup_dates(ints(-rng.integers(30, 2500, len(agent)))),
    })  # fmt: skip


def export_shifts(world: World) -> None:
    """Write one row per agent and rostered day: paid, available and handling minutes, or an absence."""
    rng = world.dice.stream("shifts")
    per_team = agents_per_team(world.size)
    team = np.repeat(_MERGED, per_team)
    agent = team * per_team + np.tile(np.arange(per_team), len(_MERGED))
    chance = np.repeat(np.where(WEEKEND, 0.42, 0.86)[:, None], len(team), axis=1)
    absent = np.full(chance.shape, FLU.size["absence_from"])
    gap = WEEKEND_GAP.first_day + np.flatnonzero(WEEKEND[WEEKEND_GAP.first_day :])
    chance[np.ix_(gap, np.flatnonzero(np.isin(team, teams_of("americas"))))] *= WEEKEND_GAP.size["roster"]
    south = np.flatnonzero(np.isin(team, teams_of("emea_south")))
    absent[FLU.days, south[0] : south[-1] + 1] = FLU.size["absence_to"]
    days, who = np.nonzero(rng.random(chance.shape) < chance)
    count = len(days)
    away = rng.random(count) < absent[days, who]
    available = 480 - 45 - rng.integers(0, 40, count)
    busy = np.clip(rng.normal(0.78, 0.06, count) * np.exp(rng.normal(0, 0.03, DAYS))[days], 0.3, 0.99)
    begin = days * DAY + np.where(rng.random(count) < 0.5, 7, 12) * HOUR
    for zone, name in enumerate(ZONES):
        here = ZONE_OF_REGION[TEAM_REGION[team[who]]] == zone
        begin[here] = to_utc(begin[here], name)
    world.exports.monthly_csv("workforce/shifts_{month}.csv", {
        "shift_id": join(agent_ids(ints(agent[who])), "-", digits(days, 3)),
        "agent_id": agent_ids(ints(agent[who])),
        "team": words(CODES, team[who]),
        "day": write_days(ints(days)),
        "starts_at": write_utc(begin),
        "ends_at": write_utc(begin + 8 * HOUR),
        "status": words(("worked", "absent"), ints(away)),
        "paid_minutes": pa.array(np.full(count, 480, dtype=np.int32)),
        "available_minutes": pa.array(ints(np.where(away, 0, available))),
        "handling_minutes": pa.array(ints(np.where(away, 0, available * busy))),
    }, ints(MONTH_OF[days]))  # fmt: skip


def export_reviews(world: World) -> None:
    """Write quality reviews; every eighth contact is reviewed a second time, blind, by another reviewer."""
    rng = world.dice.stream("reviews")
    contacts = world.contacts
    mine = np.flatnonzero(np.isin(contacts.team, _MERGED) & ~contacts.robot)
    rows = np.sort(rng.choice(mine, max(600, round(16_000 * world.size)), replace=False))
    truth = np.clip(
        rng.normal(82, 8, len(rows)) + rng.normal(0, 1.5, len(TEAMS))[contacts.team[rows]], 20, 100
    )
    twice = np.flatnonzero(rng.random(len(rows)) < 0.125)
    index = np.concatenate([np.arange(len(rows)), twice])
    reviewer = rng.integers(0, 12, len(rows))
    second = (reviewer[twice] + 1 + rng.integers(0, 11, len(twice))) % 12
    reviewers = np.concatenate([reviewer, second])
    severe = int(SEVERE_REVIEWER.where["reviewer"][-2:]) - 1
    effect = np.where(np.arange(12) == severe, SEVERE_REVIEWER.size["points"], rng.normal(0, 0.4, 12))
    score = np.clip(np.round(truth[index] + effect[reviewers] + rng.normal(0, 3, len(index))), 0, 100)
    at = contacts.local[rows[index]] + rng.integers(2 * DAY, 6 * DAY, len(index))
    order = np.argsort(at, kind="stable")
    order = order[at[order] < DAYS * DAY]
    source, reviewers, score, at = rows[index][order], reviewers[order], score[order], at[order]
    world.exports.quarterly_csv("workforce/quality_reviews_{quarter}.csv", {
        "review_id": join("Q", digits(np.arange(len(at)), 6)),
        "contact_id": contact_ids(contacts, source),
        "agent_id": agent_ids(contacts.agent[source]),
        "team": words(CODES, contacts.team[source]),
        "reviewer": join("qa-", digits(reviewers + 1, 2)),
        "reviewed_at": write_utc(at),
        "score": pa.array(ints(score)),
        "critical_error": words(("no", "yes"), ints(rng.random(len(at)) < 0.02)),
    }, ints(MONTH_OF[at // DAY]))  # fmt: skip


def export_costs(world: World) -> None:
    """Write what each team cost each month, with the contacts that finance counts for it."""
    rng = world.dice.stream("costs")
    contacts = world.contacts
    counts = np.zeros((len(MONTHS), len(TEAMS)), dtype=np.int64)
    np.add.at(counts, (contacts.month, contacts.team), 1)
    month, team = np.nonzero(counts)
    count = len(month)
    staff = 5.1 * counts.mean(axis=0)[team] * rng.normal(1, 0.02, count)
    other = 1.1 * counts[month, team] * rng.normal(1, 0.03, count)
    world.exports.csv("finance/costs.csv", {
        "cost_id": join("K", digits(month, 2), digits(team, 2)),
        "month": words([f"{name}-01" for name in MONTHS], month),
        "team": words(CODES, team),
        "staff_eur": pa.array(np.round(staff, 2)),
        "other_eur": pa.array(np.round(other, 2)),
        "contacts": pa.array(counts[month, team]),
    })  # fmt: skip


def export_mystery_shopping(world: World) -> None:
    """Write the visits of mystery shoppers, which nobody commissioned after February 2026."""
    rng = world.dice.stream("mystery shopping")
    last = day(STALE_METRIC.since)
    days = np.sort(rng.integers(0, last + 1, 240))
    days[-1] = last
    region = rng.integers(0, len(REGIONS) - 1, len(days))
    world.exports.csv("marketing/mystery_shopping.csv", {
        "visit": join("M", digits(np.arange(len(days)), 4)),
        "visited_at": write_utc(days * DAY + 11 * HOUR),
        "region": words([r.code for r in REGIONS], region),
        "score": pa.array(ints(np.clip(rng.normal(74, 9, len(days)), 0, 100))),
    })  # fmt: skip
