"""What is awaited of a source, what is late, and what that makes of 100: against worked examples and plain bounds."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.definitions import Expected
from leadline.ingest.reliability import scores
from leadline.ingest.reliability.awaited import awaited, begin, due, following, overdue

DAY = Expected(every="day", by="06:00")
NOW = datetime(2026, 3, 31, 3, 59, tzinfo=UTC)  # 05:59 in Berlin, which went to summer time on the 29th


def test_a_day_is_due_on_the_next_morning_by_the_sources_clock() -> None:
    assert due(DAY, "Europe/Berlin", date(2026, 3, 30)) == datetime(2026, 3, 31, 4, tzinfo=UTC)
    assert awaited(DAY, "Europe/Berlin", NOW)[-1] == date(2026, 3, 29)
    assert awaited(DAY, "Europe/Berlin", NOW + timedelta(minutes=1))[-1] == date(2026, 3, 30)


def test_months_quarters_and_years_are_due_after_their_end() -> None:
    month = Expected(every="month", after="5 days", by="12:00")
    assert awaited(month, "UTC", datetime(2026, 3, 6, 11, 59, tzinfo=UTC))[-1] == date(2026, 1, 1)
    assert awaited(month, "UTC", datetime(2026, 3, 6, 12, tzinfo=UTC))[-1] == date(2026, 2, 1)
    assert following("quarter", date(2025, 10, 1)) == date(2026, 1, 1)
    assert following("year", date(2026, 1, 1), -2) == date(2024, 1, 1)


def test_weekends_are_not_awaited_where_only_weekdays_are() -> None:
    found = awaited(Expected(every="day", on="weekdays"), "UTC", datetime(2026, 3, 9, 1, tzinfo=UTC))
    assert found[-1] == date(2026, 3, 6)
    assert all(day.weekday() < 5 for day in found)


def test_nothing_is_awaited_from_before_the_first_row() -> None:
    first = date(2026, 3, 27)
    assert awaited(DAY, "Europe/Berlin", NOW, first) == [first + timedelta(days=n) for n in range(3)]


@given(
    every=st.sampled_from(["day", "week", "month", "quarter", "year"]),
    day=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_periods_follow_each_other_without_a_gap(every, day) -> None:
    start = begin(every, day)
    assert start <= day < following(every, start)
    assert following(every, following(every, start), -1) == start


@given(behind=st.integers(0, 40))
def test_overdue_periods_are_those_after_the_newest_row(behind) -> None:
    periods = awaited(DAY, "UTC", NOW)
    newest = periods[-1] - timedelta(days=behind)
    assert len(overdue(DAY, periods, newest)) == min(behind, len(periods))
    assert overdue(DAY, periods, None) == periods


def test_parts_are_worked_out_as_the_page_says() -> None:
    days = [date(2026, 3, n) for n in range(1, 29)]
    full = Counter(dict.fromkeys((days[0] - timedelta(days=n) for n in range(-27, 60)), 400))
    assert scores.completeness(days, full) == 100
    assert scores.stability("day", days, full) == 100
    gaps = full.copy()
    del gaps[days[3]], gaps[days[4]]
    assert scores.completeness(days, gaps) == pytest.approx(100 * 26 / 28)
    gaps = full.copy()
    gaps[days[-1]] = (
        100  # 300 fewer than 400; the slack is a quarter of 400: 200 of 400 beyond it, on one of 7 days
    )
    assert scores.stability("day", days, gaps) == pytest.approx(100 * (6 + 0.5) / 7)
    assert [scores.timeliness(n) for n in (0, 1, 7, 30)] == pytest.approx([100, 600 / 7, 0, 0])
    assert scores.validity(1000, 950, 9, 1) == pytest.approx(85.5)
    assert scores.validity(0, 0, 0, 2) == 0
    assert scores.validity(0, 0, 0, 0) is None
    assert scores.consistency(1000, 20, 0.1, 0.5) == pytest.approx(100 * 0.98 * 0.9 * 0.5)
    assert scores.consistency(0, 0, 0.0, 1.0) is None


def test_one_bad_part_is_not_hidden_by_four_good_ones() -> None:
    assert scores.Parts(100, 0, 100, 100, 100).score == 40
    assert scores.Parts(None, None, 90, None, None).score == 90
    assert scores.Parts(None, None, None, None, None).score is None


part = st.one_of(st.none(), st.floats(0, 100))


@given(st.tuples(part, part, part, part, part))
def test_a_score_lies_between_the_least_part_and_their_mean(values) -> None:
    made = scores.Parts(*values)
    known = list(made.known.values())
    assert (made.score is None) == (not known)
    if known:
        assert min(known) - 1e-9 <= made.score <= sum(known) / len(known) + 1e-9


def test_chance_alone_does_not_lower_stability() -> None:
    """Counts that vary as chance makes them: three roots of the usual are slack, so 500 draws stay near 100."""
    import numpy as np

    rng = np.random.default_rng(5)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(85)]
    found = [
        scores.stability(
            "day", days[57:], Counter(dict(zip(days, rng.poisson(60, 85).tolist(), strict=True)))
        )
        for _ in range(500)
    ]
    assert min(found) > 97


def test_a_gap_of_a_feed_that_hardly_brings_rows_is_no_lateness() -> None:
    """exp(-m): one missing day at 3 a day is chance (5 %), three are not (0.01 %); nothing known is no excuse."""
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(60)]
    counts = Counter(dict.fromkeys(days, 3))
    gap = [days[-1] + timedelta(days=n) for n in (1, 2, 3)]
    assert scores.is_chance("day", gap[:1], counts)
    assert not scores.is_chance("day", gap, counts)
    assert not scores.is_chance("day", gap[:1], Counter(dict.fromkeys(days, 300)))
    assert not scores.is_chance("day", gap[:1], Counter({days[-1]: 3}))
    assert not scores.is_chance("day", [], counts)


def test_how_often_a_feed_that_is_on_time_is_called_late() -> None:
    """Poisson feeds of 1 to 20 rows a day, each day asked as if nothing came after it: of 12,000 empty-handed days
    within a feed that is on time, at most 2 in 1,000 are called late."""
    import numpy as np

    rng = np.random.default_rng(3)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(500)]
    asked = called = 0
    for mean in (1, 2, 4, 7, 10, 20):
        drawn = rng.poisson(mean, 500).tolist()
        counts = Counter({day: n for day, n in zip(days, drawn, strict=True) if n})
        for place in range(70, 500):
            asked += 1
            if drawn[place] == 0:
                before = Counter({day: n for day, n in counts.items() if day < days[place]})
                called += not scores.is_chance("day", [days[place]], before)
    assert called / asked < 0.002
