"""Numbers as people read them: the same digits everywhere, honest signs, no silent rounding to nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.app.web.numbers import NumberStyle, rough, share, short, whole


@pytest.mark.parametrize(
    ("unit", "decimals", "value", "text"),
    [
        ("percent", None, 72.44, "72.4%"),
        ("percent", 2, 1.1, "1.10%"),
        ("points", None, -12.34, "−12.3"),
        ("count", None, 61894, "61,894"),
        ("seconds", None, 184.4, "184.4\u202fs"),
        ("hours", None, 2.6, "2.60\u202fh"),
        ("EUR", None, 4.82, "€4.82"),
        ("EUR", None, -1_240_000, "−€1.24m"),
        ("per 1,000", None, 6.12, "6.12\u202fper 1,000"),
        ("fraction", None, 0.31, "0.310"),
    ],
)
def test_a_value_carries_its_unit_of_measure(
    unit: str, decimals: int | None, value: float, text: str
) -> None:
    assert NumberStyle(unit, decimals).value(value) == text


def test_a_phrase_leaves_narrow_columns_to_the_number() -> None:
    style = NumberStyle("per 1,000")
    assert style.brief(6.12) == "6.12"
    assert style.phrase == "per 1,000"
    assert NumberStyle("seconds").phrase == ""


def test_goals_are_written_as_they_were_set() -> None:
    assert NumberStyle("percent").round_value(80.0) == "80%"
    assert NumberStyle("percent").round_value(1.85) == "1.85%"
    assert NumberStyle("EUR").round_value(4.9) == "€4.9"
    assert NumberStyle("count").round_value(12_000) == "12,000"


def test_an_interval_names_both_ends_and_an_open_one() -> None:
    style = NumberStyle("percent")
    assert style.interval(71.0, 73.7) == "71.0–73.7"
    assert style.interval(-2.0, 3.0) == "−2.0 to 3.0"
    assert style.interval(71.0, None) == "≥\u202f71.0"
    assert style.interval(None, 0.0) == "≤\u202f0.0"
    assert style.interval(None, None) == ""
    assert NumberStyle("EUR").interval(1_202_000, 1_278_000) == "1.20–1.28m"
    assert NumberStyle("EUR").interval(998_000, 1_100_000) == "998,000–1.10m"


def test_the_ends_of_an_interval_are_told_apart() -> None:
    assert NumberStyle("seconds", 0).interval(17.86, 18.13) == "17.9–18.1"
    assert NumberStyle("percent").interval(72.41, 72.44) == "72.41–72.44"
    assert NumberStyle("percent").interval(72.4, 72.4) == "72.4–72.4"


def test_changes_of_percents_are_points() -> None:
    assert NumberStyle("percent").difference(-1.9) == "1.9 points"
    assert NumberStyle("seconds").difference(-12) == "12.0\u202fs"


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0"), (9_999, "9,999"), (61_894, "61.9k"), (1_240_000, "1.24m"), (5e9, "5.00bn")]
)
def test_large_counts_are_short(n: float, text: str) -> None:
    assert short(n) == text


def test_a_share_that_is_not_nothing_is_not_shown_as_nothing() -> None:
    assert share(1, 1_000_000) == "<0.1%"
    assert share(0, 10) == "0.0%"
    assert share(1, 0) == "–"


@given(st.floats(-1e12, 1e12), st.sampled_from(["percent", "points", "count", "seconds", "EUR", "per 1,000"]))
def test_no_value_is_written_with_a_hyphen_for_a_minus(value: float, unit: str) -> None:
    style = NumberStyle(unit)
    assert "-" not in style.value(value)
    assert "-" not in style.difference(value)


@given(st.integers(-(10**9), 10**9))
def test_counts_lose_nothing(value: int) -> None:
    assert int(whole(value).replace(",", "").replace("−", "-")) == value


@pytest.mark.parametrize(
    ("n", "text"), [(27, "27"), (3_812, "3,800"), (36_637, "37k"), (204_000, "200k"), (2_054_251, "2.1m")]
)
def test_an_estimate_does_not_look_exact(n: float, text: str) -> None:
    assert rough(n) == text
