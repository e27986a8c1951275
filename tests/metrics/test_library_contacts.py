"""Library metrics of contacts, tickets, shifts and reviews: published examples, computed from rows."""

from datetime import UTC, datetime

import pytest

from tests.metrics.library_figures import at, figures, many, values

SERVICE_LEVELS = (
    "service_level_abandon_positive", "service_level_answered_only", "service_level_abandon_negative",
    "service_level_abandon_in_excluded", "service_level_short_abandon_credit",
)  # fmt: skip


def call(wait, *, answered, days=0, **also):
    """Give a call that waited, and was answered or abandoned."""
    return {
        "channel": "phone", "started_at": at(days), "wait_seconds": wait, "answered": answered,
        "abandoned": not answered, **also,
    }  # fmt: skip


def test_five_service_levels_of_1060_calls():
    """CONVENTIONS B.6, Call Centre Helper: 83.0, 86.0, 81.1, 82.7, 82.1, from days of all mixtures."""
    spread = [
        *((860, 12, True), (140, 45, True)),
        *((10, 4, False), (10, 20, False), (40, 60, False)),
    ]
    calls = [call(wait, answered=ok, days=i % 23) for size, wait, ok in spread for i in range(size)]
    assert len(calls) == 1060
    found = values({"interaction": calls}, *SERVICE_LEVELS, digits=1)
    assert list(found.values()) == [83.0, 86.0, 81.1, 82.7, 82.1]


@pytest.mark.thorough
def test_three_service_levels_of_cisco():
    """Cisco ICM: 70 in, 10 abandoned in, 20 over: ignored 77.8, negative 70, positive 80."""
    calls = [
        *(call(5, answered=True) for _ in range(70)),
        *(call(19, answered=False) for _ in range(10)),
        *(call(30, answered=i % 2 == 0) for i in range(20)),
    ]
    found = values({"interaction": calls}, *SERVICE_LEVELS, digits=1)
    assert found["service_level_abandon_in_excluded"] == 77.8
    assert found["service_level_abandon_negative"] == 70.0
    assert found["service_level_abandon_positive"] == 80.0


def test_the_threshold_is_met_at_exactly_twenty_seconds_and_outbound_calls_and_chats_are_not_in_it():
    calls = [
        call(20, answered=True),
        call(20.01, answered=True),
        call(1, answered=True, direction="outbound"),
        {**call(1, answered=True), "channel": "chat"},
        {"channel": "phone", "started_at": at(), "answered": False, "abandoned": False, "wait_seconds": 3},
    ]
    assert set(values({"interaction": calls}, *SERVICE_LEVELS, digits=6).values()) == {50.0}


def test_speed_of_answer_and_abandonment_with_and_without_short_ones():
    calls = [
        *(call(10, answered=True) for _ in range(60)),
        *(call(40, answered=True) for _ in range(30)),
        *(call(6, answered=False) for _ in range(4)),
        *(call(90, answered=False) for _ in range(6)),
    ]
    found = values(
        {"interaction": calls}, "asa", "abandonment_rate", "abandonment_rate_without_short", "contacts_offered",
        "contacts_handled", digits=4,
    )  # fmt: skip
    assert found == {
        "asa": 20.0, "abandonment_rate": 10.0, "abandonment_rate_without_short": 6.25, "contacts_offered": 100,
        "contacts_handled": 90,
    }  # fmt: skip


@pytest.mark.thorough
def test_handle_time_lies_where_after_call_work_ended():
    """Genesys Cloud: a call of 45 minutes falls, in whole, where its after-call work was completed."""
    long_call = {
        "answered": True, "started_at": datetime(2026, 1, 31, 23, 40, tzinfo=UTC),
        "ended_at": datetime(2026, 2, 1, 0, 25, tzinfo=UTC),
        "talk_seconds": 2000, "hold_seconds": 400, "wrap_seconds": 300,
    }  # fmt: skip
    short_call = {
        "answered": True,
        "started_at": at(),
        "ended_at": at(minutes=5),
        "handle_seconds": 300,
        "talk_seconds": 1,
    }
    rows = {"interaction": [long_call, short_call]}
    assert values(rows, "aht", "aht_by_start", digits=6) == {"aht": 300.0, "aht_by_start": 1500.0}
    assert values(rows, "aht", period="2026-02", digits=6) == {"aht": 2700.0}


@pytest.mark.thorough
def test_handle_time_spread_lies_where_the_work_was():
    """The call of 45 minutes, twenty of them before midnight: 20 and 25 minutes, beside the other's five."""
    quarters = ((31, 23, 30, 300), (31, 23, 45, 900), (1, 0, 0, 900), (1, 0, 15, 600))
    long_call = [
        {"interaction_id": "long", "interval_at": datetime(2026, 1 if day == 31 else 2, day, hour, minute, tzinfo=UTC),
         "seconds": seconds, "ended": int(minute == 15)}
        for day, hour, minute, seconds in quarters
    ]  # fmt: skip
    short_call = {"interaction_id": "short", "interval_at": at(), "seconds": 300, "ended": 1}
    rows = {"handled_interval": [*long_call, short_call]}
    assert values(rows, "aht_by_spread", digits=6) == {"aht_by_spread": 1500.0}
    assert values(rows, "aht_by_spread", period="2026-02", digits=6) == {"aht_by_spread": 1500.0}


def test_hold_time_of_all_and_of_those_with_a_hold():
    """CxEngage's example: 60 + 90, 60 + 30 and none: 80 seconds over all; 120 over those with a hold."""
    rows = [{"answered": True, "ended_at": at(), "hold_seconds": hold} for hold in (150, 90, 0)]
    found = values({"interaction": rows}, "hold_time_of_all", "hold_time", "hold_rate", digits=4)
    assert found == {"hold_time_of_all": 80.0, "hold_time": 120.0, "hold_rate": 66.6667}


def test_first_contact_resolution_gross_net_and_flagged():
    """Medallia: resolved in the first interaction, of all, and of all less what level one cannot resolve."""
    rows = [
        *many(54, started_at=at(), answered=True, resolved=True),
        *many(6, started_at=at(), answered=True, resolved=True, follow_up=True),
        *many(20, started_at=at(), answered=True, resolved=False, beyond_first_level=True),
        *many(10, started_at=at(), answered=True, resolved=False),
        *many(10, started_at=at(), answered=False),
        *many(9, started_at=at(), answered=True, resolved=True, direction="outbound"),
    ]
    found = values({"interaction": rows}, "fcr_gross", "fcr_net", "fcr_agent_flagged", digits=4)
    assert found == {"fcr_gross": 54.0, "fcr_net": 67.5, "fcr_agent_flagged": 66.6667}


def contact(who, days, topic="bill", **also):
    return {"customer": who, "topic": topic, "started_at": at(days), "answered": True, **also}


@pytest.mark.thorough
def test_no_repeat_within_windows():
    """Each contact is judged alone: same customer, same topic, any channel; not by anonymous or outbound ones."""
    rows = [
        contact("a", 0), contact("a", 0.5, channel="chat"),  # within 24 hours
        contact("b", 0), contact("b", 2),  # within 72 hours
        contact("c", 0), contact("c", 5, answered=False),  # within 7 days: an abandoned repeat is one
        contact("d", 0), contact("d", 10),  # within 14 days
        contact("e", 0), contact("e", 20),  # within 30 days
        contact("f", 0), contact("f", 3, topic="sync"),  # another topic
        contact("g", 0), contact("g", 1, direction="outbound"),
        contact(None, 0), contact(None, 1),
        contact("z", 80),  # what is judged is what was followed long enough
    ]  # fmt: skip
    windows = {"fcr_24h": 11, "fcr_72h": 10, "fcr_7d": 9, "fcr_14d": 8, "fcr_30d": 7}
    judged = 6 * 2 - 1 + 1  # a to f twice, less the abandoned one, and g once
    found = figures({"interaction": rows}, *windows, "fcr_7d_any_topic", "repeat_contact_rate_7d")
    for name, kept in windows.items():
        assert found[name].n == judged, name
        assert found[name].value == pytest.approx(100 * kept / judged), name
        assert found[name].low < found[name].value < found[name].high
    assert found["fcr_7d_any_topic"].value == pytest.approx(100 * 8 / judged)
    assert found["repeat_contact_rate_7d"].value == pytest.approx(100 - found["fcr_7d"].value)


def test_a_window_that_has_not_passed_is_not_judged():
    rows = {"interaction": [contact("a", 0), contact("b", 6), contact("b", 7)]}
    (found,) = figures(rows, "fcr_7d", as_of=at(8)).values()
    assert (found.n, found.value, found.status) == (1, 100.0, "provisional")


def test_bots_and_self_service():
    rows = [
        *many(50, started_at=at(), bot=True, passed_to_agent=False, resolved=True, self_service=True),
        *many(20, started_at=at(), bot=True, passed_to_agent=False, resolved=False),
        *many(30, started_at=at(), bot=True, passed_to_agent=True, resolved=True, answered=True),
        *many(100, started_at=at(), bot=False, answered=True),
    ]
    found = values({"interaction": rows}, "bot_containment", "bot_resolution", "self_service_rate", digits=4)
    assert found == {"bot_containment": 70.0, "bot_resolution": 50.0, "self_service_rate": 27.7778}


def test_help_pages_without_a_ticket_after():
    visits = [{"customer": c, "stage": "help", "happened_at": at()} for c in ("a", "b", "c", "d", None)]
    visits.append({"customer": "a", "stage": "help", "happened_at": at(40)})
    tickets = [
        {"customer": "a", "opened_at": at(hours=3)},
        {"customer": "b", "opened_at": at(hours=25)},
        {"customer": "y", "opened_at": at(40)},
    ]
    found = values({"touchpoint": visits, "ticket": tickets}, "help_deflection_24h", digits=6)
    assert found == {"help_deflection_24h": 75.0}


@pytest.mark.thorough
def test_backlog_is_a_level_and_not_a_sum():
    rows = [
        {"opened_at": at(), "resolved_at": at(3), "closed_at": at(40), "due_at": at(2)},
        {"opened_at": at(), "resolved_at": at(30), "closed_at": at(40), "due_at": at(5)},
        {"opened_at": at(10), "due_at": at(60)},
        {"opened_at": at(35)},
    ]
    names = ("backlog", "backlog_unclosed", "backlog_overdue", "backlog_overdue_share")
    january = values({"ticket": rows}, *names, digits=6)
    assert january == {
        "backlog": 2,
        "backlog_unclosed": 3,
        "backlog_overdue": 1,
        "backlog_overdue_share": 50.0,
    }
    quarter = values({"ticket": rows}, *names, digits=6, period="2026-Q1", grain="quarter")
    assert quarter == {
        "backlog": 2,
        "backlog_unclosed": 2,
        "backlog_overdue": 1,
        "backlog_overdue_share": 50.0,
    }


def test_agreed_times_by_due_day_and_by_the_day_of_the_answer():
    rows = [
        *many(
            6,
            opened_at=at(),
            first_response_due_at=at(1),
            first_response_at=at(0.5),
            due_at=at(2),
            resolved_at=at(2),
        ),
        *many(
            2,
            opened_at=at(),
            first_response_due_at=at(1),
            first_response_at=at(2),
            due_at=at(2),
            resolved_at=at(3),
        ),
        *many(2, opened_at=at(), first_response_due_at=at(1), due_at=at(2)),
    ]
    found = values(
        {"ticket": rows}, "sla_first_reply", "sla_first_reply_answered", "sla_resolution", "sla_resolution_resolved",
        digits=6,
    )  # fmt: skip
    assert list(found.values()) == [60.0, 75.0, 60.0, 75.0]


def test_a_ticket_without_an_answer_makes_the_median_longer_and_not_shorter():
    rows = [
        *(
            {"opened_at": at(), "first_response_at": at(hours=h), "resolved_at": at(hours=2 * h)}
            for h in (1, 2, 3, 4)
        ),
        *many(3, opened_at=at()),
    ]
    found = values(
        {"ticket": rows}, "first_response_time_median", "first_response_time_km", "resolution_time_median", digits=1
    )  # fmt: skip
    assert found == {
        "first_response_time_median": 2.0,
        "first_response_time_km": 4.0,
        "resolution_time_median": 8.0,
    }


@pytest.mark.thorough
def test_business_hours_leave_out_the_night_the_weekend_and_the_holiday():
    """Opened on a Monday at nine, the day before Epiphany; answered the same day, on Wednesday, and a week later."""
    ends = (
        at(hours=1),
        at(2),
        at(7, hours=3),
    )  # 1 hour; Monday's 8; 8 of Monday, 24 of Wednesday to Friday and 3
    rows = [{"opened_at": at(), "first_response_at": end, "resolved_at": end} for end in ends]
    names = ("first_response_time_business", "resolution_time_business", "resolution_time_business_p90")
    found = figures({"ticket": rows}, *names, "first_response_time_median")
    assert found["first_response_time_business"].value == pytest.approx(8, rel=0.005)
    assert found["resolution_time_business"].value == pytest.approx(8, rel=0.005)
    assert found["resolution_time_business_p90"].value == pytest.approx(35, rel=0.005)
    assert found["first_response_time_median"].value == pytest.approx(48, rel=0.005)


def test_tickets_solved_at_first():
    """Zendesk: fewer than two answers by agents; Freshservice: no further message of the customer."""
    rows = [
        *many(50, resolved_at=at(), replies=1, customer_replies=1, reopen_count=1),  # a "thank you"
        *many(10, resolved_at=at(), replies=0, customer_replies=0, reopen_count=0),
        *many(40, resolved_at=at(), replies=3, customer_replies=0, reopen_count=0),
        *many(20, opened_at=at(), replies=1, customer_replies=0),
    ]
    found = values(
        {"ticket": rows}, "one_touch_rate", "fcr_ticket", "reopen_rate", "replies_per_ticket", digits=6
    )
    assert found == {
        "one_touch_rate": 60.0,
        "fcr_ticket": 50.0,
        "reopen_rate": 50.0,
        "replies_per_ticket": 1.7,
    }


@pytest.mark.thorough
def test_occupancy_is_not_utilisation():
    shift = {
        "started_at": at(),
        "handling_seconds": 12_000,
        "available_seconds": 4_000,
        "paid_seconds": 20_000,
    }
    rows = [shift, {**shift, "planned": True, "handling_seconds": 0}]
    names = ("occupancy", "utilisation", "utilisation_handling", "shrinkage")
    assert list(values({"shift": rows}, *names, digits=6).values()) == [75.0, 80.0, 60.0, 20.0]


def test_quality_by_the_scale_of_the_form():
    rows = [
        {"reviewed_at": at(), "score": score, "maximum_score": best, "passed": ok, "critical_error": not ok}
        for score, best, ok in ((8, 10, True), (90, 100, True), (20, 50, False))
    ]
    found = values({"qa_review": rows}, "qa_score", "qa_pass_rate", "qa_critical_error_rate", digits=4)
    assert found == {"qa_score": 70.0, "qa_pass_rate": 66.6667, "qa_critical_error_rate": 33.3333}


def test_matters_over_channels():
    """Three contacts over three channels, resolved at last; two alone, one resolved; one chain that tells nothing."""
    chain = {"contacts": 1, "different_channels": 1, "started_at": at(), "resolved": True}
    rows = [
        {**chain, "contacts": 3, "different_channels": 3},
        chain,
        {**chain, "resolved": False},
        {**chain, "contacts": 3, "different_channels": 1, "resolved": None},
    ]
    names = (
        "contacts_per_chain",
        "chain_resolution_first_contact",
        "chain_resolution",
        "channel_switch_rate",
    )
    found = values({"contact_chain": rows}, *names, digits=4)
    assert list(found.values()) == [2.0, 33.3333, 66.6667, 25.0]
