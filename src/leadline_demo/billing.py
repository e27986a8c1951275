"""Money: monthly invoices, what the CRM has under contract, subscriptions and their changes."""

from typing import Final

import numpy as np
import pyarrow as pa

from leadline_demo.arrays import Floats, Ints, ints
from leadline_demo.company import ALDERMANN, PRODUCTS, REGIONS, SEGMENTS
from leadline_demo.customers import NEVER, PLANS, REASONS, bill_dates, monthly_revenue, unbilled
from leadline_demo.exports import Fault, digits, join, words
from leadline_demo.timeline import DAYS, MONTHS, calendar_of, month, write_days
from leadline_demo.truths.customers import DOLLAR
from leadline_demo.truths.data import BROKEN_LINES, REVENUE_GAP
from leadline_demo.world import World

CURRENCIES: Final = ("EUR", "GBP", "USD")
_CURRENCY: Final = np.array([CURRENCIES.index(region.currency) for region in REGIONS])
REGION_CODES: Final = tuple(region.code for region in REGIONS)


def rates_to_euro() -> Floats:
    """Give the booking rate of each currency by month: currencies x months."""
    rates = np.ones((len(CURRENCIES), len(MONTHS)))
    rates[1] = 1.17
    rates[2] = DOLLAR.size["rate_before"]
    rates[2, month(DOLLAR.since[:7]) :] = DOLLAR.size["rate_after"]
    return rates


def export_billing(world: World) -> None:
    """Write invoices (not the acquired unit's), the CRM's contract values, and subscriptions."""
    people, dice = world.people, world.dice
    money, active = monthly_revenue(dice, people)
    ours = people.region[: people.count] != ALDERMANN
    months, who = (ints(values) for values in np.nonzero((active & ours[:, None]).T))
    rate = rates_to_euro()[_CURRENCY[people.region[who]], months]
    _export_contracts(world, months, who, np.round(money[who, months] * rate, 2))
    missing = unbilled(dice, people)[who] & (months >= month(REVENUE_GAP.since[:7]))
    world.ledger.note(REVENUE_GAP, invoices=int(missing.sum()))
    _export_invoices(world, money, months[~missing], who[~missing])
    _export_subscriptions(world, money)


def _export_invoices(world: World, money: Floats, months: Ints, who: Ints) -> None:
    people = world.people
    rng = world.dice.stream("invoices")
    count, currency = len(who), _CURRENCY[people.region[who]]
    rate = rates_to_euro()[currency, months]
    local = money[who, months]
    before = np.where(months > 0, money[who, np.maximum(months - 1, 0)], local)
    new, final = people.signup_month[who] == months, people.left[who] == months
    day = bill_dates(people, months, who)
    order = np.lexsort((day, months))
    paid = day + ints(np.minimum(rng.exponential(11, count), 90))
    columns = {
        "invoice_id": join("INV", digits(months + 1, 2), digits(who, 6)),
        "customer_id": people.ids.take(pa.array(who)),
        "region": words(REGION_CODES, people.region[who]),
        "segment": words(SEGMENTS, people.segment[who]),
        "product": words(PRODUCTS, people.product[who]),
        "plan": words(PLANS, people.plan[who]),
        "currency": words(CURRENCIES, currency),
        "issued_on": write_days(day),
        "due_on": write_days(ints(day + 14)),
        "paid_on": write_days(ints(np.where(paid < DAYS, paid, -9))),
        "amount": pa.array(local),
        "amount_eur": pa.array(np.round(local * rate, 2)),
        "mrr_start_eur": pa.array(np.round(np.where(new, 0, before) * rate, 2)),
        "mrr_end_eur": pa.array(np.round(np.where(final, 0, local) * rate, 2)),
        "final_bill": words(("N", "Y"), ints(final)),
    }
    taken = pa.table(columns).take(pa.array(order))
    world.exports.monthly_csv(
        "billing/invoices_{month}.csv.gz", dict(zip(taken.column_names, taken.columns, strict=True)), months[order],
        faults={"2026-06": [Fault(BROKEN_LINES, place, "short") for place in (0.15, 0.35, 0.55, 0.95)]},
    )  # fmt: skip


def _export_contracts(world: World, months: Ints, who: Ints, euro: Floats) -> None:
    """What the CRM has under contract, by month and account group."""
    people = world.people
    shape = (len(MONTHS), len(REGIONS), len(SEGMENTS), len(PRODUCTS))
    cell = np.ravel_multi_index((months, people.region[who], people.segment[who], people.product[who]), shape)
    total = int(np.prod(shape))
    accounts, sums = np.bincount(cell, minlength=total), np.bincount(cell, weights=euro, minlength=total)
    used = np.flatnonzero(accounts)
    month_of, region, segment, product = np.unravel_index(used, shape)
    world.exports.csv("crm/contracted_revenue.csv", {
        "month": words([f"{name}-01" for name in MONTHS], month_of),
        "region": words(REGION_CODES, region),
        "segment": words(SEGMENTS, segment),
        "product": words(PRODUCTS, product),
        "accounts": pa.array(accounts[used]),
        "contracted_eur": pa.array(np.round(sums[used], 2)),
    })  # fmt: skip


def _export_subscriptions(world: World, money: Floats) -> None:
    """Subscriptions with start, end and reason, and what changed in them."""
    people = world.people
    ours = np.flatnonzero(people.region[: people.count] != ALDERMANN)
    left = people.left[ours]
    gone = left < NEVER
    ended = np.where(gone, bill_dates(people, ints(np.where(gone, left, 0)), ints(ours)), -9)
    number = join("S", digits(ours, 6))
    world.exports.csv("billing/subscriptions.csv", {
        "subscription_id": number,
        "customer_id": people.ids.take(pa.array(ours)),
        "region": words(REGION_CODES, people.region[ours]),
        "segment": words(SEGMENTS, people.segment[ours]),
        "product": words(PRODUCTS, people.product[ours]),
        "plan": words(PLANS, people.plan[ours]),
        "started_on": signup_dates(people.signup[ours]),
        "ended_on": write_days(ints(ended)),
        "end_reason": words(REASONS, np.where(ended >= 0, people.reason[ours], -1)),
    })  # fmt: skip
    steps = money[ours, 1:] / money[ours, :-1]
    months, who = (ints(values) for values in np.nonzero(((steps > 1.2) | (steps < 0.85)).T))
    live = (people.signup_month[ours[who]] <= months) & (left[who] > months + 1)
    months, who = months[live] + 1, who[live]
    up = steps[who, months - 1] > 1
    world.exports.quarterly_csv("billing/subscription_changes_{quarter}.csv", {
        "change_id": join("SC", digits(months, 2), digits(ours[who], 6)),
        "subscription_id": number.take(pa.array(who)),
        "customer_id": people.ids.take(pa.array(ours[who])),
        "changed_on": write_days(bill_dates(people, months, ints(ours[who]))),
        "kind": words(("contraction", "expansion"), ints(up)),
        "mrr_before": pa.array(money[ours[who], months - 1]),
        "mrr_after": pa.array(money[ours[who], months]),
    }, months)  # fmt: skip


def signup_dates(days: Ints) -> pa.Array:
    """Write sign-up days, also those years before the first day."""
    start = (np.datetime64(calendar_of(0)) + days).astype("datetime64[D]")
    return pa.array(start).cast(pa.string())
