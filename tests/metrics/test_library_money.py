"""Library metrics of retention, use, sales, campaigns and cost: published examples, computed from rows."""

from datetime import date, timedelta

import pytest

from tests.metrics.library_figures import at, figures, many, month, values


def revenue(*pairs, days=31, **also):
    """Give customers of a month: revenue at its beginning and at its end."""
    return [
        {"customer": f"c{i}", "month": month(1), "mrr_start": start, "mrr_end": end, "customer_days": days, **also}
        for i, (start, end) in enumerate(pairs)
    ]  # fmt: skip


def test_gross_and_net_retention():
    """CONVENTIONS B.7: 10.0, +1.8, -0.6, -0.9 give GRR 85 % and NRR 103 %; new customers are in neither."""
    rows = {"customer_month": revenue((4.0, 5.8), (3.0, 2.4), (0.9, 0), (2.1, 2.1), (0, 5.0))}
    found = values(rows, "grr", "nrr", "churn_revenue", "churn_logo", "retention_logo", digits=6)
    assert found == {
        "grr": 85.0,
        "nrr": 103.0,
        "churn_revenue": 15.0,
        "churn_logo": 25.0,
        "retention_logo": 75.0,
    }


def test_churn_of_a_month_makes_more_than_a_fifth_of_a_year():
    """CONVENTIONS B.7: 1 - (1 - c)^12; 2 % a month is 21.53 % a year."""
    lost = [*((10, 0) for _ in range(2)), *((10, 10) for _ in range(98))]
    rows = {"customer_month": revenue(*lost)}
    found = figures(rows, "churn_logo", "churn_annualised")
    assert found["churn_logo"].value == pytest.approx(2.0)
    yearly = found["churn_annualised"]
    assert yearly.value == pytest.approx(100 * (1 - 0.98**12))
    assert round(yearly.value, 2) == 21.53
    assert yearly.low < yearly.value < yearly.high


@pytest.mark.thorough
def test_churn_by_will_by_failed_payment_and_per_customer_day():
    kept = revenue(*[(10, 10)] * 95, lost=False)
    gone = revenue(*[(10, 0)] * 3, days=10, lost=True, voluntary=True)
    failed = revenue(*[(10, 0)] * 2, days=10, lost=True, voluntary=False)
    found = values(
        {"customer_month": [*kept, *gone, *failed]}, "churn_logo", "churn_logo_voluntary", "churn_logo_involuntary",
        "churn_per_customer_day", digits=6,
    )  # fmt: skip
    assert found == {
        "churn_logo": 5.0, "churn_logo_voluntary": 3.0, "churn_logo_involuntary": 2.0,
        "churn_per_customer_day": round(5000 / (95 * 31 + 50), 6),
    }  # fmt: skip


@pytest.mark.thorough
def test_churn_of_the_average_base_counts_who_came_and_left():
    rows = [
        *many(90, created_at=at(-40)),
        *many(10, created_at=at(-40), churned_at=at(3)),
        *many(20, created_at=at(1)),
        *many(5, created_at=at(1), churned_at=at(2)),
        *many(3, created_at=at(-40), is_test=True),
    ]
    found = values(
        {"customer": rows}, "customers_at_start", "customers", "customers_lost", "customers_new", "churn_average_base",
        digits=4,
    )  # fmt: skip
    assert found == {
        "customers_at_start": 100, "customers": 110, "customers_lost": 15, "customers_new": 25,
        "churn_average_base": 14.2857,
    }  # fmt: skip


@pytest.mark.thorough
def test_recurring_revenue_is_a_level_at_the_prices_of_the_time():
    terms = [
        {"started_at": at(-90), "ended_at": at(10), "mrr": 100.0},
        {"started_at": at(10), "mrr": 150.0},
        {"started_at": at(-90), "ended_at": at(40), "mrr": 40.0},
    ]
    subscriptions = [{"started_at": at(-90)}, {"started_at": at(-90), "ended_at": at(40)}]
    rows = {"subscription_term": terms, "subscription": subscriptions}
    names = ("mrr", "arr", "subscriptions_active", "mrr_per_subscription")
    assert list(values(rows, *names, digits=6).values()) == [190.0, 2280.0, 2, 95.0]
    assert list(values(rows, *names, digits=6, period="2025-12").values()) == [140.0, 1680.0, 2, 70.0]
    whole = values(rows, *names, digits=6, period="2026-Q1", grain="quarter")
    assert list(whole.values()) == [150.0, 1800.0, 1, 150.0]


@pytest.mark.thorough
def test_movements_of_recurring_revenue():
    events = [
        ("new", 0, 50),
        ("expansion", 100, 130),
        ("contraction", 80, 60),
        ("churn", 40, 0),
        ("reactivation", 0, 25),
    ]
    rows = [{"happened_at": at(), "event": e, "mrr_before": b, "mrr_after": a} for e, b, a in events]
    found = values(
        {"subscription_event": rows}, "mrr_net_new", "quick_ratio", "quick_ratio_with_reactivation", digits=6
    )
    assert found == {"mrr_net_new": 45.0, "quick_ratio": 1.333333, "quick_ratio_with_reactivation": 1.75}


def use(*days_of):
    """Give days of use: for each customer the days of January on which it came."""
    return [
        {"customer": f"c{i}", "used_on": date(2026, 1, day), "seconds": 600}
        for i, days in enumerate(days_of)
        for day in days
    ]  # fmt: skip


@pytest.mark.thorough
def test_stickiness_is_the_mean_of_active_days_over_the_window():
    """CONVENTIONS B.9: averaged daily use over monthly use = mean active days per active customer / days in window."""
    days_of = [range(1, 32), range(4, 32, 7), [31], [2, 3], [1]]
    rows = {"usage_day": use(*days_of)}
    for window in (28, 30):
        last = range(32 - window, 32)
        active = [len([d for d in days if d in last]) for days in days_of]
        came = [n for n in active if n]
        names = (f"dau_average_{window}d", f"mau_{window}d", f"stickiness_{window}d")
        found = values(rows, *names, digits=8, period="2026-01-31", grain="day")
        average, monthly, stickiness = found.values()
        assert average == pytest.approx(sum(came) / window)
        assert monthly == len(came)
        assert stickiness == pytest.approx(100 * (sum(came) / len(came)) / window)
    assert values(rows, "active_customers", digits=0) == {"active_customers": 5}
    assert values(rows, "active_customers", digits=0, period="2026-01-31", grain="day") == {
        "active_customers": 2
    }
    assert values(rows, "active_customers", digits=0, period="2026", grain="year") == {"active_customers": 5}


def test_activation_within_seven_days():
    customers = [{"customer_id": c, "created_at": at()} for c in "abcd"]
    customers.append({"customer_id": "later", "created_at": at(40)})
    events = [
        {"customer": "a", "event": "activated", "happened_at": at(1)},
        {"customer": "b", "event": "activated", "happened_at": at(6.9)},
        {"customer": "c", "event": "activated", "happened_at": at(7.1)},
        {"customer": "d", "event": "opened", "happened_at": at(1)},
        {"customer": "e", "event": "opened", "happened_at": at(40)},
    ]
    found = values({"customer": customers, "product_event": events}, "activation_7d", digits=6)
    assert found == {"activation_7d": 50.0}


@pytest.mark.thorough
def test_time_to_value_counts_those_who_are_still_waiting():
    rows = [{"customer": f"c{d}", "started_at": at(), "first_value_at": at(d)} for d in (1, 2, 3, 4, 6)]
    rows += [{"customer": f"w{i}", "started_at": at()} for i in range(3)]
    found = figures({"onboarding": rows}, "time_to_value_median", "time_to_value_p75", "without_value")
    assert found["time_to_value_median"].value == pytest.approx(4.0, rel=0.005)
    assert found["time_to_value_p75"].value is None
    assert found["without_value"].value == 3


@pytest.mark.thorough
def test_a_campaign_of_ten_thousand():
    """BasicFreeTools: 10,000 sent, 500 bounced, 2,375 opened, 285 clicked, 42 bought, 19 said stop."""
    rows = [
        {"exposed_at": at(), "delivered": i < 9500, "opened": i < 2375, "clicked": i < 285, "converted": i < 42,
         "unsubscribed": i < 19, "cost": 0.01, "revenue": 5.0 if i < 42 else None}
        for i in range(10_000)
    ]  # fmt: skip
    rows += [{"exposed_at": at(), "is_control": True, "converted": i < 1} for i in range(1000)]
    rates = (
        "open_rate",
        "click_rate",
        "click_to_open_rate",
        "opt_out_rate",
        "open_rate_of_sent",
        "delivery_rate",
    )
    found = values({"campaign_exposure": rows}, *rates, digits=1)
    assert list(found.values()) == [25.0, 3.0, 12.0, 0.2, 23.8, 95.0]
    names = ("campaign_conversion", "campaign_uplift", "cost_per_conversion", "return_on_ad_spend")
    found = values({"campaign_exposure": rows}, *names, digits=2)
    assert list(found.values()) == [0.44, 0.34, 2.38, 2.1]


@pytest.mark.thorough
def test_consents_that_hold():
    rows = [
        {"purpose": "marketing", "granted": True, "happened_at": at(-9), "ended_at": at(1)},
        {"purpose": "marketing", "granted": False, "happened_at": at(1)},
        {"purpose": "marketing", "granted": True, "happened_at": at(2)},
        {"purpose": "profiling", "granted": True, "happened_at": at(2)},
    ]
    customers = many(4, created_at=at(-20))
    found = values({"consent_event": rows, "customer": customers}, "consents", "consent_rate", digits=6)
    assert found == {"consents": 1, "consent_rate": 25.0}


ORDERS = [
    {"customer": "a", "ordered_at": at(), "amount": 100.0, "margin": 30.0, "is_first": True},
    {"customer": "a", "ordered_at": at(5), "amount": 50.0, "margin": 15.0, "is_first": False},
    {"customer": "b", "ordered_at": at(1), "amount": 30.0, "margin": 9.0, "is_first": True},
    {"customer": "c", "ordered_at": at(2), "amount": 20.0, "margin": 6.0, "is_first": False},
    {
        "customer": "d",
        "ordered_at": at(3),
        "amount": 999.0,
        "margin": 1.0,
        "is_first": True,
        "cancelled_at": at(4),
    },
]


@pytest.mark.thorough
def test_orders_buyers_and_what_they_are_worth():
    others = [
        {"customer": "b", "ordered_at": at(-400), "amount": 1.0, "margin": 100.0, "is_first": True},
        {"customer": "x", "ordered_at": at(-1400), "amount": 1.0, "margin": 7.0, "is_first": True},
        {"customer": "y", "ordered_at": at(200), "amount": 1.0, "margin": 7.0, "is_first": True},
    ]
    rows = {"order": [*ORDERS, *others], "customer": many(10, created_at=at(-9))}
    names = {
        "orders": 4, "revenue": 200.0, "aov": 50.0, "buyers": 3, "purchase_frequency": 1.33, "arppu": 66.67,
        "arpu": 20.0, "returning_customer_rate": 66.67, "repeat_purchase_90d": 50.0, "order_cancellation_rate": 20.0,
        "clv_historic_1y": 20.0, "clv_historic_3y": 53.33,
    }  # fmt: skip
    assert values(rows, *names, digits=2) == names


@pytest.mark.thorough
def test_deliveries_returns_and_refunds():
    promised = at(3)
    orders = [
        {"ordered_at": at(), "promised_at": promised, "delivered_at": at(2)},
        {"ordered_at": at(), "promised_at": promised, "delivered_at": promised},
        {"ordered_at": at(), "promised_at": promised, "delivered_at": at(4)},
        {"ordered_at": at(), "promised_at": promised},
    ]
    items = [
        *many(3, ordered_at=at(), price=10.0, returned=False),
        *many(1, ordered_at=at(), price=70.0, returned=True),
    ]
    payments = [{"paid_at": at(), "amount": amount} for amount in (100.0, 60.0, -8.0)]
    found = values(
        {"order": orders, "order_item": items, "payment": payments}, "late_delivery_rate", "on_time_delivery_rate",
        "return_rate_items", "return_rate_value", "refund_rate", digits=4,
    )  # fmt: skip
    assert list(found.values()) == [33.3333, 50.0, 25.0, 70.0, 5.0]


@pytest.mark.thorough
def test_leads_by_cohort_and_in_the_period():
    rows = [
        *many(4, created_at=at(), converted_at=at(10)),
        *many(2, created_at=at(), converted_at=at(31)),
        *many(2, created_at=at(), lost_at=at(3)),
        *many(2, created_at=at()),
        *many(5, created_at=at(-50), converted_at=at(2)),
    ]
    found = values(
        {"lead": rows}, "lead_conversion_30d", "lead_conversion_in_period", "lead_win_rate", digits=4
    )
    assert found == {"lead_conversion_30d": 40.0, "lead_conversion_in_period": 90.0, "lead_win_rate": 75.0}


@pytest.mark.thorough
def test_costs_over_what_was_got_for_them():
    costs = [
        {"booked_on": date(2026, 1, 31), "category": c, "amount": a}
        for c, a in (("service", 600.0), ("marketing", 300.0), ("sales", 100.0), ("rent", 999.0))
    ]
    rows = {
        "cost": costs,
        "interaction": [
            *many(90, started_at=at(), answered=True, resolved=True),
            *many(60, started_at=at(), answered=True, resolved=False),
        ],
        "ticket": many(40, resolved_at=at()),
        "lead": [*many(80, created_at=at()), *many(20, created_at=at(), converted_at=at(1))],
        "customer": many(10, created_at=at()),
    }  # fmt: skip
    names = {
        "cost_per_contact": 4.0, "cost_per_resolved_contact": 6.67, "cost_per_ticket": 15.0, "cost_per_lead": 4.0,
        "cost_per_converted_lead": 20.0, "cac": 40.0,
    }  # fmt: skip
    assert values(rows, *names, digits=2) == names


def test_service_efficiency_is_half_ease_and_half_done_at_once():
    answers = [
        {"answered_at": at(), "instrument": "ces", "score": s} for s in (4, 6)
    ]  # mean 5: 4/6 of the way
    contacts = [
        {
            "customer": f"c{i % 8}",
            "topic": "bill",
            "started_at": at() + timedelta(days=i // 8),
            "answered": True,
        }
        for i in range(10)
    ]  # 2 of 10 are repeated: 80 %, three quarters of the way from 50 to 90
    contacts.append({"customer": "c9", "topic": "bill", "started_at": at(40), "answered": True})
    answers.append({"answered_at": at(40), "instrument": "ces", "score": 1})
    found = values({"survey_response": answers, "interaction": contacts}, "service_efficiency", digits=4)
    assert found == {"service_efficiency": round(100 * (4 / 6 + 3 / 4) / 2, 4)}
