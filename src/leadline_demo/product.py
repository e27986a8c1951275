"""What the product itself reports: Vault's usage by customer and day (Parquet), and onboarding."""

import numpy as np
import pyarrow as pa

from leadline_demo.arrays import Bools, Dice, Ints, Longs, ints
from leadline_demo.billing import REGION_CODES
from leadline_demo.company import ALDERMANN, NAME, PRODUCTS, SEGMENTS, VAULT
from leadline_demo.customers import PLANS, Customers
from leadline_demo.exports import words
from leadline_demo.timeline import DAY, DAYS, HOUR, MONTH_OF, WEEKEND, day, write_utc
from leadline_demo.truths.customers import BETTER_ONBOARDING, GUIDED_SETUP
from leadline_demo.truths.service import OUTAGE
from leadline_demo.world import END, GONE, World

ERRORS_PER_JOB = 0.02
ACTIVE_SHARE = 0.22


def export_usage(world: World) -> None:
    """Write Vault's usage: one row per active customer and day (in UTC), with sync jobs and errors."""
    people = world.people
    rng = world.dice.stream("usage")
    who = np.flatnonzero(
        (people.product[: people.count] == VAULT) & (people.region[: people.count] != ALDERMANN)
    )
    habit = np.clip(rng.gamma(2.2, ACTIVE_SHARE / 2.2, len(who)), 0.01, 0.9)
    chance = habit[None, :] * np.where(WEEKEND, 0.7, 1.05)[:, None]
    drawn = rng.random((DAYS, len(who)), dtype=np.float32) < chance
    there = np.arange(DAYS)[:, None]
    drawn &= (people.signup[who] <= there) & (people.left[who] >= MONTH_OF[:, None])
    days, index = (ints(values) for values in np.nonzero(drawn))
    customer = who[index]
    jobs = 1 + rng.poisson(6.0, len(days))
    errors = rng.poisson(jobs * ERRORS_PER_JOB * world.trouble[days])
    minutes = np.round(rng.gamma(2.0, 9.0, len(days)), 1)
    world.exports.monthly_parquet("product/usage_{month}.parquet", {
        "customer_id": people.ids.take(pa.array(customer)),
        "active_on": pa.array(np.datetime64("2025-05-01") + days).cast(pa.date32()),
        "region": words(REGION_CODES, people.region[customer]),
        "segment": words(SEGMENTS, people.segment[customer]),
        "plan": words(PLANS, people.plan[customer]),
        "sessions": pa.array(ints(1 + rng.poisson(1.4, len(days)))),
        "active_minutes": pa.array(minutes),
        "sync_jobs": pa.array(ints(jobs)),
        "sync_errors": pa.array(ints(np.minimum(errors, jobs))),
    }, ints(MONTH_OF[days]))  # fmt: skip


def onboarding(dice: Dice, people: Customers) -> tuple[Longs, Ints, Bools, Bools]:
    """Give new customers in order of sign-up, their flow (0 classic, 1 guided), whether they took part in the
    experiment, and whether they completed within 14 days."""
    rng = dice.stream("onboarding")
    new = np.flatnonzero((people.signup[: people.count] >= 0) & (people.region[: people.count] != ALDERMANN))
    new = new[np.argsort(people.signup[new], kind="stable")]
    joined, window = people.signup[new], GUIDED_SETUP.days
    tested = (joined >= window.start) & (joined < window.stop)
    guided = (tested & (rng.random(len(new)) < 0.5)) | (joined >= BETTER_ONBOARDING.first_day)
    chance = np.where(guided, GUIDED_SETUP.size["treated"], GUIDED_SETUP.size["control"])
    return new, ints(guided), np.asarray(tested), np.asarray(rng.random(len(new)) < chance)


def export_onboarding(world: World) -> None:
    """Write when new customers began, had their first value and completed the set-up."""
    people = world.people
    rng = world.dice.stream("onboarding times")
    new, guided, _, completed = onboarding(world.dice, people)
    sizes = BETTER_ONBOARDING.size
    started = people.signup[new].astype(np.int64) * DAY + rng.integers(7 * HOUR, 21 * HOUR, len(new))
    median = np.where(guided == 1, sizes["days_to"], sizes["days_from"])
    value = started + (median * np.exp(rng.normal(0, 0.6, len(new))) * DAY).astype(np.int64)
    done = started + (
        np.where(completed, rng.uniform(1, 13.9, len(new)), rng.uniform(15, 60, len(new))) * DAY
    ).astype(int)
    never = ~completed & (rng.random(len(new)) < 0.6)
    world.exports.quarterly_csv("product/onboarding_{quarter}.csv", {
        "customer_id": people.ids.take(pa.array(new)),
        "region": words(REGION_CODES, people.region[new]),
        "segment": words(SEGMENTS, people.segment[new]),
        "product": words(PRODUCTS, people.product[new]),
        "flow": words(("classic", "guided"), guided),
        "started_at": write_utc(started),
        "first_value_at": write_utc(np.where(value < END, value, GONE)),
        "completed_at": write_utc(np.where(never | (done >= END), GONE, done)),
    }, ints(MONTH_OF[people.signup[new]]))  # fmt: skip


def export_catalogue(world: World) -> None:
    """Write the products, and the status page's list of outages."""
    launched = ("2019-03-01", "2021-09-15", "2022-05-02", "2020-11-30")
    world.exports.csv("product/products.csv", {
        "product_id": pa.array(PRODUCTS),
        "name": pa.array([f"{NAME} {product.title()}" for product in PRODUCTS]),
        "family": pa.array(["network", "security", "storage", "network"]),
        "launched_on": pa.array(launched),
    })  # fmt: skip
    midnight, hours = OUTAGE.first_day * DAY, OUTAGE.size
    starts = np.array([
        day("2025-08-19") * DAY + 2 * HOUR, day("2026-02-03") * DAY + HOUR,
        midnight + int((hours["from_hour"] - 2) * HOUR),
    ])  # fmt: skip
    ends = np.array([starts[0] + 1800, starts[1] + 2400, midnight + int((hours["to_hour"] - 2) * HOUR)])
    world.exports.csv("product/outages.csv", {
        "outage_id": pa.array(["O-1", "O-2", "O-3"]),
        "service": pa.array(["vault", "guard", "connect"]),
        "region": pa.array(["all", "all", "EMEA"]),
        "started_at": write_utc(starts),
        "ended_at": write_utc(ends),
        "cause": pa.array(["planned maintenance", "certificate renewal", "routing fault"]),
        "planned": pa.array(["yes", "yes", "no"]),
    })  # fmt: skip
