"""The CRM: customers as they are now, the log of tier changes; and finance's manual credits, kept in Excel."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline_demo.arrays import Floats, Ints, Longs, ints
from leadline_demo.billing import REGION_CODES, signup_dates
from leadline_demo.company import ALDERMANN, CONSUMER, REGIONS, SEGMENTS, UNIT_OF_REGION, UNITS
from leadline_demo.customers import NEVER, OLD_TIERS, TIER_NAMES, Customers
from leadline_demo.exports import join, words
from leadline_demo.names import FIRMS, LANGUAGES, TOWNS, TRADES
from leadline_demo.spreadsheet import workbook
from leadline_demo.timeline import DAYS, MONTHS, calendar_of, write_days
from leadline_demo.truths.customers import TIERS
from leadline_demo.truths.data import CENTS_AS_EUROS, DUPLICATE_CUSTOMERS
from leadline_demo.truths.service import OUTAGE_CREDITS
from leadline_demo.world import World

_COUNTRIES: Final = tuple(TOWNS)
_TOWN_NAMES: Final = [town for towns in TOWNS.values() for town in towns]


def country_codes(people: Customers, who: Longs) -> Longs:
    """Give the index of each customer's country among those of TOWNS."""
    table = np.array([[_COUNTRIES.index(c) for c in (r.countries * 3)[:3]] for r in REGIONS])
    return np.asarray(table[people.region[who], people.country[who]])


def countries(people: Customers, who: Longs) -> pa.Array:
    """Give each customer's country code."""
    return words(_COUNTRIES, country_codes(people, who))


def towns(people: Customers, who: Longs) -> pa.Array:
    """Give each customer's town: one of their country, the same on every call."""
    counts = np.array([len(t) for t in TOWNS.values()])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    index = country_codes(people, who)
    source = np.where(people.twin[who] >= 0, people.twin[who], who)
    return words(_TOWN_NAMES, starts[index] + source * 31 % counts[index])


def firms(people: Customers, who: Longs) -> pa.Array:
    """Give business customers' firm names; consumers have none."""
    source = np.where(people.twin[who] >= 0, people.twin[who], who)
    name = join(
        people.last.take(pa.array(source)), " ", words(TRADES, source * 17 % len(TRADES)), " ",
        words([FIRMS[language] for language in LANGUAGES], people.language[source]),
    )  # fmt: skip
    return pc.if_else(pa.array(people.segment[who] == CONSUMER), pa.scalar(None, pa.string()), name)


def export_crm(world: World) -> None:
    """Write all customers of the group (test accounts too), and the log of tier changes."""
    people = world.people
    who = np.flatnonzero((people.region != ALDERMANN) | (np.arange(len(people.region)) >= people.count))
    rows = pa.array(who)
    left = people.left[who]
    world.exports.csv("crm/customers.csv", {
        "customer_id": people.ids.take(rows),
        "first_name": people.first.take(rows),
        "last_name": people.last.take(rows),
        "company": firms(people, who),
        "email": people.email.take(rows),
        "phone": people.phone.take(rows),
        "postcode": people.postcode.take(rows),
        "city": towns(people, who),
        "country": countries(people, who),
        "language": words(LANGUAGES, people.language[who]),
        "region": words(REGION_CODES, people.region[who]),
        "segment": words(SEGMENTS, people.segment[who]),
        "tier": words([name.title() for name in TIER_NAMES], people.new_tier[who]),
        "signed_up_on": signup_dates(people.signup[who]),
        "status": words(("active", "left"), ints(left < NEVER)),
    })  # fmt: skip
    changed = who[(people.signup[who] < TIERS.first_day) & (who < people.count)]
    world.exports.csv("crm/tier_changes.csv", {
        "customer_id": people.ids.take(pa.array(changed)),
        "changed_on": write_days(np.full(len(changed), TIERS.first_day, dtype=np.int32)),
        "old_tier": words(OLD_TIERS, people.tier[changed]),
        "new_tier": words([name.title() for name in TIER_NAMES], people.new_tier[changed]),
        "reason": pa.array(["tier programme 2026"] * len(changed)),
    })  # fmt: skip


def export_twins(world: World) -> None:
    """Write the true pairs of duplicate customers beside truths.yaml."""
    people = world.people
    theirs = np.flatnonzero(people.twin >= 0)
    world.exports.csv("../truths_duplicate_customers.csv", {
        "customer_id": people.ids.take(pa.array(people.twin[theirs])),
        "aldermann_id": people.ids.take(pa.array(theirs)),
        "same_email": words(("no", "yes"), _same_email(people, theirs)),
    })  # fmt: skip
    world.ledger.note(DUPLICATE_CUSTOMERS, pairs=len(theirs))


def _same_email(people: Customers, theirs: Longs) -> Ints:
    one = people.email.take(pa.array(theirs))
    other = people.email.take(pa.array(people.twin[theirs]))
    return ints(pc.equal(one, other).to_numpy(zero_copy_only=False))


def export_credits(world: World) -> None:
    """Write finance's one workbook of manual credits: some every month, many after the outage."""
    people = world.people
    rng = world.dice.stream("credits")
    usual = rng.poisson(60 * world.size, len(MONTHS))
    days = np.concatenate([np.repeat(np.arange(len(MONTHS)) * 30.4, usual) + rng.uniform(0, 30, usual.sum())])
    count = max(12, round(OUTAGE_CREDITS.size["rows"] * world.size))
    window = OUTAGE_CREDITS.days
    world.ledger.note(OUTAGE_CREDITS, rows=count)
    when = ints(np.concatenate([np.minimum(days, DAYS - 1), rng.integers(window.start, window.stop, count)]))
    anybody = np.flatnonzero(people.region[: people.count] != ALDERMANN)
    emea = np.flatnonzero(UNIT_OF_REGION[people.region[: people.count]] == UNITS.index("emea"))
    who = np.concatenate([rng.choice(anybody, len(days)), rng.choice(emea, count)])
    mean = OUTAGE_CREDITS.size["mean_eur"]
    amount = np.round(np.concatenate([rng.gamma(2, 15, len(days)), rng.gamma(9, mean / 9, count)]), 2)
    reason = np.concatenate(
        [rng.choice(["late delivery", "billing error", "goodwill"], len(days)), ["outage"] * count]
    )
    central = np.flatnonzero(people.region[: people.count] == REGION_CODES.index("EM-C"))
    typed = _typed_in_cents(world, central)
    when, who, amount = (np.concatenate([a, b]) for a, b in zip((when, who, amount), typed, strict=True))
    reason = np.concatenate([reason, ["goodwill"] * len(typed[0])])
    order = np.argsort(when, kind="stable")
    customers = people.ids.take(pa.array(who)).to_pylist()
    rows = [
        (f"CR-{n:05d}", f"{calendar_of(int(when[i])):%Y-%m-%d}", customers[i], REGION_CODES[people.region[who[i]]],
         float(amount[i]), str(reason[i]), f"finance-{1 + n % 4}")
        for n, i in enumerate(order.tolist(), start=1)
    ]  # fmt: skip
    header = ("Credit no", "Booked on", "Customer", "Region", "Amount EUR", "Reason", "Approved by")
    world.exports.raw("billing/manual_credits.xlsx", workbook("Credits", header, rows))


def _typed_in_cents(world: World, anybody: Longs) -> tuple[Longs, Longs, Floats]:
    """Give the day, customer and amount of credits that were typed in cents where euros belong."""
    rng, size = world.dice.stream("credits in cents"), CENTS_AS_EUROS.size
    count = max(12, round(size["rows"] * world.size))
    world.ledger.note(CENTS_AS_EUROS, rows=count)
    window = CENTS_AS_EUROS.days
    amounts = np.round(rng.gamma(4, size["mean_eur"] / 4, count), 2) * size["times"]
    return rng.integers(window.start, window.stop, count), rng.choice(anybody, count), np.round(amounts)
