"""The customers: who they are, when they came, what they pay and when and why they left.

Sorted by region, product and sign-up, so that "a customer of this market and product who is there on that day" is
an index range. The last rows (beyond `count`) are the company's test accounts.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline_demo import names
from leadline_demo.arrays import Bools, Dice, Floats, Ints, ints, pick
from leadline_demo.company import (
    ALDERMANN,
    CONNECT,
    CONSUMER,
    MID,
    PRODUCTS,
    REGIONS,
    SMALL,
    UNIT_OF_REGION,
    UNITS,
    VOICE,
)
from leadline_demo.timeline import ACQUIRED, DAYS, MONTH_OF, MONTH_STARTS, MONTHS, WEEKEND, day, month
from leadline_demo.truths.customers import CHURN_CAUSE, PRICE_RISE, TIERS, WINTER_CAMPAIGN, WITHDRAWN_CONSENTS
from leadline_demo.truths.data import DUPLICATE_CUSTOMERS, REVENUE_GAP

PLANS: Final = ("flex", "basic", "plus", "pro")
FLEX: Final = 0
OLD_TIERS: Final = ("A", "B", "C")
TIER_NAMES: Final = ("gold", "silver", "bronze")
REASONS: Final = ("moving", "price", "competitor", "service", "forced_migration")
NEVER: Final = 99
"""A month or day index that is never reached: the customer stayed."""
TESTS: Final = 20


@dataclass(slots=True)
class Customers:
    """Arrays with one element per customer (and `TESTS` test accounts at the end)."""

    count: int
    ids: pa.Array
    region: Ints
    product: Ints
    segment: Ints
    plan: Ints
    language: Ints
    country: Ints
    signup: Ints
    """Day of sign-up; negative before the first day."""
    left: Ints
    """Month in which they left, or NEVER."""
    reason: Ints
    tier: Ints
    """0 A, 1 B, 2 C until the end of 2025."""
    new_tier: Ints
    """0 Gold, 1 Silver, 2 Bronze since 2026."""
    withdrew: Ints
    """Day of the mass withdrawal of survey consent, or beyond the last day."""
    bill_day: Ints
    group_start: Ints
    """First index of each region x product group, and the end."""
    twin: Ints
    """Aldermann's customers: index of the same person among Corvane's, or -1."""
    first: pa.Array
    last: pa.Array
    phone: pa.Array
    postcode: pa.Array
    email: pa.Array

    @property
    def unit(self) -> Ints:
        """Business unit of each customer."""
        return ints(UNIT_OF_REGION[self.region])

    @property
    def signup_month(self) -> Ints:
        """Month of sign-up; -1 before the first month."""
        return ints(np.where(self.signup < 0, -1, MONTH_OF[np.maximum(self.signup, 0)]))

    def available(self) -> Ints:
        """How many customers of each group have signed up by the end of each day: groups x days."""
        table = np.zeros((len(REGIONS) * len(PRODUCTS), DAYS), dtype=np.int32)
        days = np.arange(DAYS)
        for group in range(len(table)):
            joined = self.signup[self.group_start[group] : self.group_start[group + 1]]
            table[group] = np.searchsorted(joined, days, side="right")
        return table


def _signups(dice: Dice, region: Ints, segment: Ints) -> Ints:
    rng = dice.stream("sign-ups")
    count = len(region)
    usual = np.where(WEEKEND, 0.6, 1.0)
    campaign = usual.copy()
    campaign[WINTER_CAMPAIGN.days] *= WINTER_CAMPAIGN.size["signups"]
    uniform = rng.random(count)
    reached = (UNIT_OF_REGION[region] == UNITS.index("uki")) & (segment == CONSUMER)
    new = np.where(reached, pick(np.cumsum(campaign) / campaign.sum(), uniform),
                   pick(np.cumsum(usual) / usual.sum(), uniform))  # fmt: skip
    old = -1 - ints(760 * rng.random(count))
    joined = np.where(rng.random(count) < 0.58, old, new)
    return ints(np.where(region == ALDERMANN, old, joined))


def _leaving(dice: Dice, people: Customers) -> tuple[Ints, Ints]:
    """Draw the month in which each customer leaves, and why. Test accounts stay."""
    rng = dice.stream("leaving")
    hazard = np.repeat(np.array([0.003, 0.008, 0.02, 0.022])[people.segment][:, None], len(MONTHS), axis=1)
    acquired = people.region == ALDERMANN
    raised = (people.product == CONNECT) & (people.segment == CONSUMER) & ~acquired
    first = month(PRICE_RISE.since[:7])
    hazard[raised, first : first + int(PRICE_RISE.size["hazard_months"])] += PRICE_RISE.size["extra_hazard"]
    forced = (people.unit == UNITS.index("uki")) & (people.segment == SMALL) & (people.plan == FLEX)
    cause = month(CHURN_CAUSE.since[:7])
    hazard[forced, cause:] = CHURN_CAUSE.size["hazard_flex"]
    hazard[people.count :] = 0
    hazard[acquired, : month(f"{ACQUIRED:%Y-%m}")] = 0
    months = np.arange(len(MONTHS))
    leaves = (rng.random(hazard.shape) < hazard) & (months[None, :] > people.signup_month[:, None])
    left = np.where(leaves.any(axis=1), leaves.argmax(axis=1), NEVER)
    reason = pick(np.array([0.3, 0.55, 0.8, 1.0]), rng.random(len(left)))
    named = forced & (left >= cause) & (rng.random(len(left)) < CHURN_CAUSE.size["reason_share"])
    price = raised & ((left == first) | (left == first + 1)) & (rng.random(len(left)) < 0.5)
    reason = np.where(price, REASONS.index("price"), reason)
    return ints(left), ints(np.where(named, REASONS.index("forced_migration"), reason))


def _tiers(dice: Dice, segment: Ints) -> tuple[Ints, Ints]:
    rng = dice.stream("tiers")
    shares = np.array([[0.7, 0.3, 0.0], [0.3, 0.4, 0.3], [0.15, 0.35, 0.5], [0.17, 0.3, 0.53]])
    uniform = rng.random(len(segment))
    old = ints((uniform > shares[segment, 0]).astype(int) + (uniform > shares[segment, :2].sum(axis=1)))
    lifted = (old == 1) & (rng.random(len(segment)) < TIERS.size["b_to_gold"])
    return old, ints(np.where(lifted, 0, old))


def _who(dice: Dice, core: int, acquired: int) -> tuple[Ints, Ints, Ints]:
    """Draw region, product and segment."""
    rng = dice.stream("who")
    count = core + acquired
    region = pick(np.cumsum([r.customers for r in REGIONS]), rng.random(count))
    region[core:] = ALDERMANN
    segment = pick(np.array([0.04, 0.16, 0.46, 1.0]), rng.random(count))
    product = pick(np.array([0.46, 0.62, 0.84, 1.0]), rng.random(count))
    return region, product, ints(np.where((product == VOICE) & (segment == CONSUMER), MID, segment))


def make_customers(dice: Dice, size: float) -> Customers:
    """Draw all customers of the group and of the acquired unit."""
    core, acquired = max(1200, round(38_000 * size)), max(240, round(5_200 * size))
    region, product, segment = _who(dice, core, acquired)
    signup = _signups(dice, region, segment)
    order = np.lexsort((signup, product, region))
    region, product, segment, signup = region[order], product[order], segment[order], signup[order]
    count = core + acquired
    none = np.full(count, -1, dtype=np.int32)
    rng = dice.stream("plans")
    plan = pick(np.array([0.3, 0.62, 0.86, 1.0]), rng.random(count))
    tier, new_tier = _tiers(dice, segment)
    language, country = _tongues(rng, region)
    groups = np.arange(len(REGIONS) * len(PRODUCTS) + 1)

    def tested(values: Ints, test: int = 0) -> Ints:
        return ints(np.concatenate([values, np.full(TESTS, test)]))

    people = Customers(
        count=count, ids=_ids(region), region=tested(region), product=tested(product),
        segment=tested(segment, CONSUMER), plan=tested(plan, 1),
        language=tested(language, 3), country=tested(country), signup=tested(signup, -900),
        left=tested(none, NEVER), reason=tested(none), tier=tested(tier, 2), new_tier=tested(new_tier, 2),
        withdrew=tested(none, DAYS * 9), bill_day=tested(ints(rng.integers(0, 31, count))),
        group_start=ints(np.searchsorted(region * len(PRODUCTS) + product, groups)),
        twin=tested(_twins(dice, region, signup), -1),
        first=pa.nulls(0), last=pa.nulls(0), phone=pa.nulls(0), postcode=pa.nulls(0), email=pa.nulls(0),
    )  # fmt: skip
    people.left, people.reason = _leaving(dice, people)
    people.withdrew = _withdrawals(dice, people)
    _name(dice, people)
    return people


def unbilled(dice: Dice, people: Customers) -> Bools:
    """Tell which accounts the billing run leaves out once the gap has opened."""
    drawn = dice.stream("revenue gap").random(len(people.region)) < REVENUE_GAP.size["unbilled_share"]
    uki = people.unit == UNITS.index("uki")
    return np.asarray(drawn & uki & (people.product == VOICE) & (people.segment == MID))


def _tongues(rng: np.random.Generator, region: Ints) -> tuple[Ints, Ints]:
    language, country = np.zeros(len(region), np.int32), np.zeros(len(region), np.int32)
    uniform, choice = rng.random(len(region)), rng.random(len(region))
    for index, market in enumerate(REGIONS):
        here = region == index
        codes = np.array([names.LANGUAGES.index(name) for name, _ in market.languages])
        language[here] = codes[pick(np.cumsum([share for _, share in market.languages]), uniform[here])]
        country[here] = np.minimum(
            (choice[here] ** 1.6 * len(market.countries)).astype(int), len(market.countries) - 1
        )
    return language, country


def _withdrawals(dice: Dice, people: Customers) -> Ints:
    rng = dice.stream("withdrawals")
    window, total = WITHDRAWN_CONSENTS.days, len(people.region)
    drawn = rng.random(total) < WITHDRAWN_CONSENTS.size["share"]
    drawn &= (people.left > MONTH_OF[window.start]) & (people.unit == UNITS.index("emea"))
    drawn[people.count :] = False
    when = rng.integers(window.start, window.stop, total)
    return ints(np.where(drawn, when, DAYS * 9))


def _twins(dice: Dice, region: Ints, signup: Ints) -> Ints:
    """Pick the customers of the acquired unit who already were Corvane's, and whom they match."""
    rng = dice.stream("twins")
    ours = np.flatnonzero((region == 0) & (signup < day(ACQUIRED)))
    theirs = np.flatnonzero(region == ALDERMANN)
    count = min(round(DUPLICATE_CUSTOMERS.size["share"] * len(theirs)), len(ours))
    twin = np.full(len(region), -1, dtype=np.int32)
    twin[rng.permutation(theirs)[:count]] = rng.permutation(ours)[:count]
    return twin


def _ids(region: Ints) -> pa.Array:
    core = int((region != ALDERMANN).sum())
    shuffled = (np.arange(core, dtype=np.int64) * 7919 + 13) % 900_000 + 100_000
    ours = [f"C{number}" for number in shuffled.tolist()]
    theirs = [f"K-{number:05d}" for number in range(1, len(region) - core + 1)]
    return pa.array(ours + theirs + [f"TEST-{number:03d}" for number in range(1, TESTS + 1)])


def _name(dice: Dice, people: Customers) -> None:
    """Give everybody a name, a phone number, a postcode and an e-mail; twins get their own person's, misspelled."""
    rng = dice.stream("names")
    total = len(people.region)
    first, last = np.empty(total, dtype=object), np.empty(total, dtype=object)
    for index, language in enumerate(names.LANGUAGES):
        here = np.flatnonzero(people.language == index)
        given, family = (
            np.array(pool[language].split(), dtype=object) for pool in (names.FIRST_NAMES, names.LAST_NAMES)
        )
        first[here] = given[rng.integers(0, len(given), len(here))]
        last[here] = family[rng.integers(0, len(family), len(here))]
    codes = np.array([[names.DIALLING[c] for c in (r.countries * 3)[:3]] for r in REGIONS])
    phone = codes[people.region, people.country] * 10**9 + rng.integers(2 * 10**8, 9 * 10**8, total)
    postcode = rng.integers(10_000, 99_999, total)
    number = np.arange(total)
    theirs = np.flatnonzero(people.twin >= 0)
    ours = people.twin[theirs]
    same = rng.random(len(theirs)) < DUPLICATE_CUSTOMERS.size["same_email"]
    for values in (first, last, phone, postcode):
        values[theirs] = values[ours]
    number[theirs[same]] = ours[same]
    last[theirs[~same]] = [names.misspell(name) for name in last[theirs[~same]]]
    stem = np.array([names.plain(f"{a}.{b}").lower() for a, b in zip(first, last, strict=True)], dtype=object)
    domains = pa.array(["mail.example", "post.example", "inbox.example"]).take(pa.array(number % 3))
    people.first, people.last = pa.array(first, pa.string()), pa.array(last, pa.string())
    people.phone = pc.binary_join_element_wise(pa.scalar("+"), pa.array(phone).cast(pa.string()), "")
    people.postcode = pa.array(postcode).cast(pa.string())
    local = pc.binary_join_element_wise(pa.array(stem, pa.string()), pa.array(number).cast(pa.string()), "")
    people.email = pc.binary_join_element_wise(local, domains, "@")


def monthly_revenue(dice: Dice, people: Customers) -> tuple[Floats, Bools]:
    """Give each real customer's recurring revenue by month in local money, and where they are active."""
    rng = dice.stream("revenue")
    count, months = people.count, np.arange(len(MONTHS))
    base = np.array([1800.0, 320.0, 75.0, 32.0])[people.segment[:count]] * np.exp(rng.normal(0, 0.25, count))
    base *= np.array([0.85, 0.9, 1.1, 1.5])[people.plan[:count]]
    draws = rng.random((count, len(MONTHS)))
    factor = np.where(draws < 0.006, 0.8, np.where(draws > 0.99, 1.25, 1.0))
    money: Floats = base[:, None] * np.cumprod(factor, axis=1)
    raised = (people.product[:count] == CONNECT) & (people.segment[:count] == CONSUMER)
    raised &= people.region[:count] != ALDERMANN
    money[raised, month(PRICE_RISE.since[:7]) :] *= PRICE_RISE.size["price"]
    active = (people.signup_month[:count, None] <= months) & (people.left[:count, None] >= months)
    active[people.region[:count] == ALDERMANN, : month(f"{ACQUIRED:%Y-%m}")] = False
    return np.round(money, 2), active


def bill_dates(people: Customers, months: Ints, who: Ints) -> Ints:
    """Give the day on which each customer is billed in a month: always the same, or the month's last."""
    lengths = np.diff(MONTH_STARTS)
    return ints(MONTH_STARTS[months] + np.minimum(people.bill_day[who], lengths[months] - 1))
