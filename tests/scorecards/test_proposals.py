"""Targets proposed from evidence, and goals told to parts: published numbers, laws, and how often forecasts hold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.scorecards.allocation import (
    Part,
    adds_up,
    bottom_up,
    expected_at_mix,
    shares_of_gap,
    top_down,
    top_down_total,
)
from leadline.scorecards.proposals import forecast, propose

STEADY = [70.0, 71, 69, 70, 72, 68, 70, 71, 69, 70, 72, 68]


def test_too_short_a_history_proposes_nothing() -> None:
    assert propose(STEADY[:7], better=1) is None


@pytest.mark.parametrize("better", [1, -1])
def test_red_flag_goal_and_stretch_stand_in_one_order(better: int) -> None:
    found = propose(STEADY, better=better, peers=[60, 70, 75, 80, 90])
    assert found is not None
    assert found.red_flag * better < found.goal * better < found.stretch * better


def test_lower_is_better_is_the_mirror_image() -> None:
    up, down = propose(STEADY, better=1), propose([-v for v in STEADY], better=-1)
    assert up is not None
    assert down is not None
    assert (down.red_flag, down.goal, down.stretch) == pytest.approx((-up.red_flag, -up.goal, -up.stretch))


def test_the_goal_is_what_one_period_in_four_reached_where_the_forecast_is_worse() -> None:
    found = propose(STEADY, better=1)
    assert found is not None
    assert found.goal == pytest.approx(float(np.quantile(STEADY, 0.75)))


def test_evidence_stands_beside_and_says_what_it_lacks() -> None:
    found = propose(STEADY, better=1, season=12, benchmarks={"industry": 80}, expectation=85)
    assert found is not None
    told = {one.what: one.value for one in found.evidence}
    assert told["benchmark: industry"] == 80
    assert told["what customers expect"] == 85
    assert told["a year before that period"] == STEADY[0]
    assert found.stretch == 80
    assert found.notes == (
        "Fewer than two years: its season is not known.", "The goal stays below what customers expect.",
    )  # fmt: skip


def test_a_season_seen_twice_is_in_the_forecast() -> None:
    season = np.array([0, 1, 2, 3, 8, 3, 2, 1, 0, -2, -8, -2], dtype=float)
    history = list(np.tile(season, 3) + 50)
    for ahead in (1, 5, 11):
        found = forecast(history, ahead, 12)
        assert found.seasonal
        assert found.value == pytest.approx(50 + season[(ahead - 1) % 12], abs=0.2)
    assert not forecast(history[:18], 1, 12).seasonal


@pytest.mark.slow
@pytest.mark.parametrize(("n", "ahead", "least"), [(18, 1, 0.72), (36, 1, 0.76), (60, 3, 0.75)])
def test_how_often_the_interval_of_eighty_percent_holds(n: int, ahead: int, least: float) -> None:
    """Local levels that wander: 2,000 series each. Short ones fall short of 80 % by a few points, and it is said so."""
    chance = np.random.default_rng(n)
    held = 0
    for _ in range(2000):
        level = np.cumsum(chance.normal(scale=0.4, size=n + ahead))
        series = level + chance.normal(size=n + ahead)
        found = forecast(list(series[:n]), ahead, 1)
        held += found.low <= series[-1] <= found.high
    assert least <= held / 2000 <= 0.87


parts_of = st.lists(
    st.tuples(st.floats(0, 100), st.integers(1, 5000), st.floats(0, 100)), min_size=1, max_size=12
).map(lambda rows: [Part(f"p{i}", v, n, e) for i, (v, n, e) in enumerate(rows)])


@given(parts_of, st.floats(0, 100), st.sampled_from(["own", "mix", "equal"]))
def test_goals_of_parts_make_up_the_goal_of_the_whole(parts: list[Part], goal: float, basis: str) -> None:
    rows = sum(p.n for p in parts)
    whole = sum(p.value * p.n for p in parts) / rows
    assert adds_up(whole, parts)
    found = top_down(goal, whole, parts, basis)  # type: ignore[arg-type]  # one of three
    assert sum(one.goal * one.part.n for one in found) / rows == pytest.approx(goal, abs=1e-6)
    gains = {round(one.goal - one.base, 9) for one in found}
    assert max(gains) - min(gains) < 1e-6


@given(parts_of, st.floats(1, 10_000))
def test_shares_of_a_total_add_up(parts: list[Part], goal: float) -> None:
    if sum(p.value for p in parts) > 1e-6:
        assert sum(one.goal for one in top_down_total(goal, parts)) == pytest.approx(goal)


def test_bottom_up_and_top_down_meet() -> None:
    parts = [Part("a", 60, 100, declared=70), Part("b", 80, 300, declared=82)]
    found = bottom_up(81, parts, additive=False)
    assert found.implied == pytest.approx(79)
    assert found.gap == pytest.approx(-2)
    assert found.adjusted == pytest.approx((72, 84))
    totals = bottom_up(100, [Part("a", 1, 1, declared=30), Part("b", 1, 1, declared=50)], additive=True)
    assert totals.adjusted == pytest.approx((37.5, 62.5))
    assert bottom_up(81, [Part("a", 60, 100)], additive=False).implied is None


def test_who_has_the_harder_cases_is_asked_for_less() -> None:
    """Kitagawa's indirect standardisation: the whole's rates at each part's own mix."""
    whole = {"easy": 90.0, "hard": 50.0}
    easy, hard = (
        expected_at_mix({"easy": 90, "hard": 10}, whole),
        expected_at_mix({"easy": 10, "hard": 90}, whole),
    )
    assert (easy, hard) == (pytest.approx(86), pytest.approx(54))
    parts = [Part("a", 80, 100, easy), Part("b", 60, 100, hard)]
    goals = {one.part.name: one.goal for one in top_down(75, 70, parts, "mix")}
    assert goals == {"a": pytest.approx(91), "b": pytest.approx(59)}
    assert expected_at_mix({"new": 3}, whole) is None


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.integers(1, 5000), st.none() | st.floats(0, 100)),
        min_size=1,
        max_size=8,
    ),
    st.floats(0, 100),
)
def test_what_parts_make_of_the_difference_adds_up_to_it(
    given_parts: list[tuple[float, int, float | None]], goal: float
) -> None:
    parts = [Part(str(nth), value, n, declared=own) for nth, (value, n, own) in enumerate(given_parts)]
    rows = sum(part.n for part in parts)
    whole = sum(part.value * part.n for part in parts) / rows
    told = top_down(goal, whole, parts, "own")
    shares = shares_of_gap(told, additive=False)
    complete = [
        replace(one.part, declared=one.goal if one.part.declared is None else one.part.declared)
        for one in told
    ]
    assert sum(shares) == pytest.approx(bottom_up(goal, complete, additive=False).gap, abs=1e-6)
