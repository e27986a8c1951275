"""Marketing: campaign exposures (two experiments among them), web touchpoints, and the consent log."""

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from leadline_demo.arrays import Ints, Longs, ints, pick
from leadline_demo.billing import REGION_CODES, signup_dates
from leadline_demo.company import ALDERMANN, REGIONS, UNIT_OF_REGION, UNITS
from leadline_demo.customers import Customers
from leadline_demo.exports import Csv, digits, join, words
from leadline_demo.product import onboarding
from leadline_demo.timeline import DAY, DAYS, HOUR, MONTH_OF, SEASON, WEEKEND, write_utc
from leadline_demo.truths.customers import GUIDED_SETUP, SUBJECT_LINES, WINTER_CAMPAIGN, WITHDRAWN_CONSENTS
from leadline_demo.world import END, GONE, World

CAMPAIGNS: Final = (
    "newsletter",
    "winter_switch",
    SUBJECT_LINES.where["campaign"],
    GUIDED_SETUP.where["campaign"],
)
VARIANTS: Final = ("none", "control", "treated", "line_a", "line_b")
PAGES: Final = ("home", "pricing", "support", "status", "account", "connect", "vault")
SOURCES: Final = ("direct", "search", "email", "social", "winter_switch")


def export_exposures(world: World) -> None:
    """Write who saw which campaign in which variant, and who did what it asked for."""
    people, size = world.people, world.size
    rng = world.dice.stream("exposures")
    parts = [
        _newsletters(rng, size, people),
        _winter_switch(rng, size, people),
        _subject_lines(world, rng),
        _guided_setup(world),
    ]  # fmt: skip
    campaign = ints(np.concatenate([np.full(len(part.shown), index) for index, part in enumerate(parts)]))
    shown = np.concatenate([part.shown for part in parts])
    order = np.argsort(shown, kind="stable")
    campaign, shown = campaign[order], shown[order]
    customer = np.concatenate([part.customer for part in parts])[order]
    variant = np.concatenate([part.variant for part in parts])[order]
    converted = np.concatenate([part.converted for part in parts])[order]
    world.exports.quarterly_csv("marketing/exposures_{quarter}.csv", {
        "exposure_id": join("X", digits(np.arange(len(shown)), 7)),
        "campaign": words(CAMPAIGNS, campaign),
        "variant": words(VARIANTS, variant),
        "customer_id": people.ids.take(pa.array(customer)),
        "region": words(REGION_CODES, people.region[customer]),
        "shown_at": write_utc(shown),
        "converted_at": write_utc(np.where(converted < END, converted, GONE)),
    }, ints(MONTH_OF[shown // DAY]))  # fmt: skip


def export_campaigns(world: World) -> None:
    """Write the campaigns and experiments that exposures name."""
    spans = [(WINTER_CAMPAIGN.since, WINTER_CAMPAIGN.until), (SUBJECT_LINES.since, SUBJECT_LINES.until),
             (GUIDED_SETUP.since, GUIDED_SETUP.until)]  # fmt: skip
    world.exports.csv("marketing/campaigns.csv", {
        "campaign_id": pa.array(CAMPAIGNS),
        "goal": pa.array(["click", "sign-up", "click", "finish set-up within 14 days"]),
        "starts_on": pa.array(["2025-05-11", *(since for since, _ in spans)]),
        "ends_on": pa.array(["", *(until for _, until in spans)]),
        "budget_eur": pa.array([None, 180_000, 4_000, 25_000]),
        "experiment": pa.array(["no", "no", "yes", "yes"]),
    })  # fmt: skip


class Part(NamedTuple):
    """The exposures of one campaign; `converted` is GONE where the customer did nothing."""

    customer: Longs
    variant: Ints
    shown: Longs
    converted: Longs


def _later(rng: np.random.Generator, shown: Longs, share: float) -> Longs:
    after = shown + (rng.exponential(30 * HOUR, len(shown))).astype(np.int64)
    return np.where(rng.random(len(shown)) < share, after, GONE)


def _there(people: Customers, day: int) -> Longs:
    here = (people.signup[: people.count] <= day) & (people.left[: people.count] >= MONTH_OF[day])
    return np.flatnonzero(here & (people.region[: people.count] != ALDERMANN))


def _newsletters(rng: np.random.Generator, size: float, people: Customers) -> Part:
    each = max(40, round(4500 * size))
    days = np.arange(10, DAYS, 30)
    customer = np.concatenate([rng.choice(_there(people, int(day)), each) for day in days])
    shown = np.repeat(days.astype(np.int64) * DAY, each) + rng.integers(8 * HOUR, 10 * HOUR, len(customer))
    return Part(customer, np.zeros(len(customer), dtype=np.int32), shown, _later(rng, shown, 0.03))


def _winter_switch(rng: np.random.Generator, size: float, people: Customers) -> Part:
    window, count = WINTER_CAMPAIGN.days, max(60, round(9000 * size))
    there = _there(people, window.start)
    there = there[UNIT_OF_REGION[people.region[there]] == UNITS.index("uki")]
    customer = rng.choice(there, count)
    shown = rng.integers(window.start * DAY, window.stop * DAY, count)
    return Part(customer, np.zeros(count, dtype=np.int32), shown, _later(rng, shown, 0.06))


def _subject_lines(world: World, rng: np.random.Generator) -> Part:
    """Both lines convert exactly the same share: the null experiment."""
    people, size = world.people, world.size
    window, half = SUBJECT_LINES.days, max(100, round(SUBJECT_LINES.size["exposed"] * size / 2))
    customer = rng.choice(_there(people, window.start), 2 * half, replace=2 * half > people.count // 2)
    shown = rng.integers(window.start * DAY + 7 * HOUR, window.stop * DAY - 3 * HOUR, 2 * half)
    variant = ints(VARIANTS.index("line_a") + np.arange(2 * half) % 2)
    hits = round(SUBJECT_LINES.size["conversion"] * half)
    converted = np.full(2 * half, GONE, dtype=np.int64)
    for arm in range(2):
        chosen = 2 * rng.permutation(half)[:hits] + arm
        converted[chosen] = shown[chosen] + rng.integers(HOUR, 3 * DAY, hits)
    world.ledger.note(SUBJECT_LINES, each_arm=half, conversions_each=hits)
    return Part(customer, variant, shown, converted)


def _guided_setup(world: World) -> Part:
    people = world.people
    new, guided, tested, completed = onboarding(world.dice, people)
    customer = new[tested]
    shown = people.signup[customer].astype(np.int64) * DAY + 6 * HOUR
    variant = ints(np.where(guided[tested] == 1, VARIANTS.index("treated"), VARIANTS.index("control")))
    converted = np.where(completed[tested], shown + 8 * DAY, GONE)
    world.ledger.note(
        GUIDED_SETUP, treated=int(guided[tested].sum()), control=int((guided[tested] == 0).sum())
    )
    return Part(customer, variant, shown, converted)


def export_touchpoints(world: World) -> None:
    """Write visits to the web site: some signed in, most only known by a visitor's number."""
    people, size = world.people, world.size
    rng = world.dice.stream("touchpoints")
    base = (
        np.array([40.0, 35, 45, 25, 70, 25, 30])[:, None]
        * (SEASON * np.where(WEEKEND, 0.8, 1.0))[None, :]
        * size
    )
    rates = base * np.exp(rng.normal(0, 0.08, (len(REGIONS) - 1, DAYS)))
    usual = rates.copy()
    uki = [i for i, region in enumerate(REGIONS[:ALDERMANN]) if region.unit == "uki"]
    rates[uki, WINTER_CAMPAIGN.days] *= WINTER_CAMPAIGN.size["visits"]
    counts = rng.poisson(rates).T
    day, region = (
        np.repeat(values, counts.ravel()) for values in np.divmod(np.arange(counts.size), counts.shape[1])
    )
    count = len(day)
    at = np.sort(day * DAY + (rng.beta(2.2, 1.8, count) * 86_000).astype(np.int64))
    from_campaign = rng.random(count) > (usual / rates)[region, day]
    source = np.where(from_campaign, 4, pick(np.array([0.35, 0.75, 0.9, 1.0]), rng.random(count)))
    customer = rng.integers(0, people.count, count)
    known = (rng.random(count) < 0.35) & (people.region[customer] == region)
    world.exports.monthly_csv("marketing/touchpoints_{month}.csv", {
        "touch_id": join("W", digits(np.arange(count), 7)),
        "visitor": join("v", digits(np.where(known, customer, 10**6 + rng.integers(0, count, count)))),
        "customer_id": people.ids.take(pa.array(customer, mask=~known)),
        "region": words(REGION_CODES, region),
        "at": write_utc(at),
        "page": words(PAGES, ints(rng.random(count) ** 1.3 * len(PAGES))),
        "source": words(SOURCES, source),
        "device": words(("phone", "desktop", "tablet"), ints(rng.random(count) ** 1.4 * 3)),
    }, ints(MONTH_OF[day]), Csv(bom=True))  # fmt: skip


def export_consents(world: World) -> None:
    """Write consent events: grants at sign-up, some withdrawals always, and the wave of EMEA."""
    people = world.people
    rng = world.dice.stream("consents")
    ours = np.flatnonzero(people.region[: people.count] != ALDERMANN)
    old = ours[people.signup[ours] < 0]
    world.exports.csv("consent/consent_before_2025-05.csv", {
        "event_id": join("G", digits(old, 6)),
        "customer_id": people.ids.take(pa.array(old)),
        "at": join(signup_dates(people.signup[old]), "T09:00:00Z"),
        "purpose": words(("survey",), np.zeros(len(old), dtype=np.int32)),
        "channel": words(("email",), np.zeros(len(old), dtype=np.int32)),
        "action": words(("grant",), np.zeros(len(old), dtype=np.int32)),
        "region": words(REGION_CODES, people.region[old]),
    })  # fmt: skip
    new = ours[people.signup[ours] >= 0]
    wave = ours[people.withdrew[ours] < DAYS]
    some = rng.choice(ours, len(ours) // 25, replace=False)
    some = some[people.withdrew[some] >= DAYS]
    when = ints(rng.random(len(some)) * DAYS)
    keep = when > people.signup[some]
    who = np.concatenate([new, wave, some[keep]])
    days = np.concatenate([people.signup[new], people.withdrew[wave], when[keep]])
    action = np.repeat([0, 1, 1], [len(new), len(wave), int(keep.sum())])
    world.ledger.note(WITHDRAWN_CONSENTS, customers=len(wave))
    order = np.argsort(days, kind="stable")
    who, days, action = who[order], days[order], action[order]
    count = len(who)
    at = days.astype(np.int64) * DAY + rng.integers(8 * HOUR, 20 * HOUR, count)
    world.exports.quarterly_csv("consent/consent_{quarter}.csv", {
        "event_id": join("E", digits(np.arange(count), 6)),
        "customer_id": people.ids.take(pa.array(who)),
        "at": write_utc(at),
        "purpose": words(("survey",), np.zeros(count, dtype=np.int32)),
        "channel": words(("email", "web"), ints(rng.random(count) < 0.4)),
        "action": words(("grant", "withdraw"), action),
        "region": words(REGION_CODES, people.region[who]),
    }, ints(MONTH_OF[days]))  # fmt: skip
