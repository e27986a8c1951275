"""What a plan pays: by hand for one case, and never on a guess."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.definitions import FINDING_KINDS, Incentive
from leadline.clock import FixedClock
from leadline.errors import QueryError
from leadline.insights import detect
from leadline.scorecards.gates import Evidence
from leadline.scorecards.incentives import counting, find_plan, parts, payouts, pays, simulated
from leadline.scorecards.tree import score
from tests.projects import refreshed, write_project
from tests.scorecards.service import calls, documents

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))
MAY = date(2026, 5, 1)
GOAL = 20 / 3


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    root = tmp_path_factory.mktemp("incentive") / "p"
    plan = {("north", "2026-05"): (8.0, 0.5)}
    built = write_project(root, documents(), {"calls.csv": calls(plan)})
    with refreshed(built, NOW) as (space, found), space.ledger.read() as reader:
        yield found, reader.findings()


def plan(published, **more) -> Incentive:
    said = find_plan(published, "bonus").model_dump(by_alias=True) | more
    return Incentive.model_validate(said)


def test_a_score_pays_what_the_curve_says(known) -> None:
    published, _ = known
    for paid in payouts(published, plan(published), viewer="me"):
        own = score(published, "service", viewer="me", unit=paid.unit)
        percent = (
            (own.score - 2) / (GOAL - 2) * 100
            if own.score < GOAL
            else 100 + (own.score - GOAL) / (9 - GOAL) * 50
        )
        assert paid.state == "due"
        assert paid.score == own.score
        assert paid.percent == pytest.approx(percent)
        assert paid.amount == Decimal(repr(500 * percent / 100)).quantize(Decimal("0.01"))
        assert paid.least <= paid.amount <= paid.most


def test_a_gate_that_fails_says_what_closed_it(known) -> None:
    published, _ = known
    north, south = payouts(
        published, plan(published, gates=[{"metric": "resolved", "at_least": 62}]), viewer="me"
    )
    assert (north.state, north.amount) == ("nothing", Decimal("0.00"))
    assert "beyond the bound" in north.why[0]
    assert south.state == "due"
    half = payouts(
        published, plan(published, gates=[{"metric": "resolved", "at_least": 62, "pays": 50}]), viewer="me"
    )
    full = payouts(published, plan(published), viewer="me")
    assert half[0].state == "due"
    assert half[0].amount == pytest.approx(full[0].amount / 2, abs=Decimal("0.01"))


def test_a_fall_closes_a_gate_and_chance_does_not(known) -> None:
    published, _ = known
    north, south = payouts(
        published, plan(published, gates=[{"metric": "resolved", "no_worse_than": "previous"}]), viewer="me"
    )
    assert (north.state, south.state) == ("nothing", "due")
    assert "got worse by more than chance explains" in north.why[0]


def test_a_finding_closes_a_gate_for_whom_it_is_about(known) -> None:
    published, found = known
    gated = plan(published, gates=[{"findings": ["trade_off"]}])
    assert [p.state for p in payouts(published, gated, viewer="me", evidence=Evidence(found))] == [
        "nothing",
        "due",
    ]
    assert [p.state for p in payouts(published, gated, viewer="me")] == ["due", "due"]


@pytest.mark.thorough
def test_a_finding_of_a_week_closes_the_gate_of_its_month_and_of_no_other(known) -> None:
    published, found = known
    gated = plan(published, gates=[{"findings": ["trade_off"]}])
    (one,) = [f for f in found if f.kind == "trade_off"]
    for period, states in (
        ("2026-W20", ["nothing", "due"]),
        ("2026-W15", ["due", "due"]),
        ("2026", ["due", "due"]),
    ):
        weekly = [replace(one, period=period)]
        assert [
            p.state for p in payouts(published, gated, viewer="me", evidence=Evidence(weekly))
        ] == states, period


def test_what_the_data_cannot_settle_is_held_or_passed_as_the_plan_says(known) -> None:
    published, _ = known
    _, south = payouts(published, plan(published), viewer="me")
    value = next(m.observation.value for m in south.counting if m.metric.name == "resolved")
    unsettled = [{"metric": "resolved", "at_least": value}]
    _, south = payouts(published, plan(published, gates=unsettled), viewer="me")
    assert south.state == "held"
    assert "reaches over the bound" in south.why[0]
    _, south = payouts(published, plan(published, gates=unsettled, doubt="pays"), viewer="me")
    assert south.state == "due"


@pytest.mark.thorough
def test_few_rows_hold_a_payout(known) -> None:
    published, _ = known
    held = payouts(published, plan(published, minimum_n=301), viewer="me")
    assert {p.state for p in held} == {"held"}
    assert {p.amount for p in held} == {None}
    assert "300 rows, 301 are needed" in held[0].why[0]


def test_a_month_that_is_not_over_pays_nothing_yet(known) -> None:
    published, _ = known
    assert {p.state for p in payouts(published, plan(published), viewer="me", period=date(2026, 6, 1))} <= {
        "provisional", "held",
    }  # fmt: skip
    later = plan(published, **{"from": date(2026, 7, 1)})
    assert {p.state for p in payouts(published, later, viewer="me")} == {"before the plan"}


def test_what_all_answer_for_counts_for_all_alike(known) -> None:
    published, _ = known
    together = {"scorecard": "service", "percent": 40}
    common = score(published, "service", viewer="me")
    for alone, shared in zip(
        payouts(published, plan(published), viewer="me"),
        payouts(published, plan(published, together=together), viewer="me"), strict=True,
    ):  # fmt: skip
        assert shared.score == pytest.approx(0.6 * alone.score + 0.4 * common.score)


def test_past_periods_are_simulated_whenever_the_plan_begins(known) -> None:
    published, _ = known
    later = plan(published, **{"from": date(2026, 7, 1)})
    rounds = simulated(published, later, viewer="me", periods=3)
    assert [r[0].period.label for r in rounds] == ["2026-03", "2026-04", "2026-05"]
    assert {p.state for r in rounds for p in r} == {"due"}


def test_a_statement_holds_every_step_and_its_hash_tells_of_every_change(known) -> None:
    published, _ = known
    north, _ = payouts(
        published, plan(published, gates=[{"metric": "resolved", "at_least": 40}]), viewer="me"
    )
    said = north.statement()
    assert said["measures"][1]["figure"]["n"] == 300
    assert said["gates"][0]["figure"]["metric"] == "resolved"
    assert said["versions"] == {"incentive/bonus": 1, "scorecard/service": 1}
    assert said["hash"] != replace(north, would_be=Decimal("1.00")).statement()["hash"]
    assert said == north.statement()


def test_a_score_written_to_two_digits_is_the_third_that_it_stands_for() -> None:
    curve = [(3.33, 0), (6.67, 100), (9, 140)]
    assert [pays(curve, score) for score in (0, 10 / 3, 5, 20 / 3, 9, 10)] == [
        0, 0, pytest.approx(50), 100, 140, 140,
    ]  # fmt: skip


def test_shares_of_the_score_sum_to_one_and_give_it(known) -> None:
    published, _ = known
    north, _ = payouts(published, plan(published), viewer="me")
    found = list(parts(north.result))
    assert sum(part for _, part in found) == pytest.approx(1)
    assert sum(part * m.score for m, part in found) == pytest.approx(north.result.score)
    assert [m["of_score"] for m in north.statement()["measures"]] == [
        pytest.approx(1 / 3),
        pytest.approx(2 / 3),
    ]
    card = published.catalog.scorecards["service"].model_copy(update={"roll_up": "worst"})
    assert {part for _, part in parts(replace(north.result, scorecard=card))} == {None}


def test_what_weighs_nothing_above_holds_nothing(known) -> None:
    published, _ = known
    north, _ = payouts(published, plan(published), viewer="me")
    (process,) = north.result.perspectives
    dropped = replace(north.result, perspectives=(replace(process, weight=0.0),))
    assert len(counting(north.result)) == 2
    assert counting(dropped) == []


def test_a_plan_that_there_is_not_suggests_one(known) -> None:
    with pytest.raises(QueryError) as refused:
        find_plan(known[0], "bonuss")
    assert "bonus" in refused.value.hint


def test_a_gate_may_name_every_kind_of_finding_that_is_detected() -> None:
    assert set(detect.KINDS) <= set(FINDING_KINDS)


CURVE = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 300)), min_size=2, max_size=5).map(
    lambda points: list(
        zip(sorted({round(x, 3) for x, _ in points}), sorted(y for _, y in points), strict=False)
    )
)


@given(CURVE.filter(lambda c: len(c) >= 2), st.floats(0, 10), st.floats(0, 10))
def test_a_better_score_never_pays_less(curve, one, other) -> None:
    low, high = sorted((one, other))
    assert pays(curve, low) <= pays(curve, high) + 1e-9
    assert curve[0][1] <= pays(curve, low) <= curve[-1][1]
