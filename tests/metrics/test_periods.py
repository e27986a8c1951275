"""Periods cover time without gap or overlap, in Python and in SQL alike, whatever the calendar."""

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from leadline.catalog.definitions import GRAINS
from leadline.errors import QueryError
from leadline.metrics.periods import Periods

calendars = st.builds(
    Periods, first_month=st.integers(1, 12), named_by_end=st.booleans(), week_start=st.sampled_from([0, 5, 6])
)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
grains = st.sampled_from([g for g in GRAINS if g != "hour"])


@given(calendars, grains, days)
def test_a_day_lies_in_its_period_and_the_next_begins_where_it_ends(periods, grain, day):
    period = periods.period(grain, day)
    assert period.start <= day < period.end
    assert periods.period(grain, period.end).start == period.end
    assert periods.back(periods.period(grain, period.end)) == period


@given(calendars, grains, days)
def test_a_label_reads_back_to_its_period(periods, grain, day):
    period = periods.period(grain, day)
    assert periods.parse(period.label) == period


@given(calendars, grains, days)
def test_labels_tell_neighbours_apart(periods, grain, day):
    period = periods.period(grain, day)
    assert periods.period(grain, period.end).label != period.label


@pytest.mark.parametrize("grain", [g for g in GRAINS if g != "hour"])
@pytest.mark.parametrize(
    "periods", [Periods(), Periods(4, True, 6), Periods(11, False, 5), Periods(2, True, 0)]
)
def test_sql_and_python_agree_on_every_day_of_five_years(periods, grain):
    expression = periods.bucket(grain, exp.column("d")).sql("duckdb")
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select d, {expression} from (select cast(range as date) d "
            "from range(date '2023-01-01', date '2028-01-01', interval 1 day))"
        ).fetchall()
    assert len(found) == 1826
    assert [(day, start) for day, start in found if periods.start(grain, day) != start] == []


def test_known_labels():
    plain, april = Periods(), Periods(first_month=4)
    assert plain.period("week", date(2026, 1, 1)).label == "2026-W01"  # ISO 8601: Thursday decides
    assert plain.period("week", date(2027, 1, 1)).label == "2026-W53"
    assert plain.period("quarter", date(2026, 11, 22)).label == "2026-Q4"
    assert april.period("quarter", date(2026, 4, 1)).label == "2027-Q1"
    assert april.period("year", date(2026, 3, 31)).label == "2026"
    assert Periods(first_month=4, named_by_end=False).period("year", date(2026, 4, 1)).label == "2026"


def test_the_same_period_a_year_before():
    plain = Periods()
    assert plain.year_ago(plain.parse("2026-02")).label == "2025-02"
    assert plain.year_ago(plain.parse("2026-Q1")).label == "2025-Q1"
    assert plain.year_ago(plain.parse("2026-03-05")).label == "2025-03-06"  # Thursday and Thursday
    week = plain.parse("2026-W10")
    assert week.start - plain.year_ago(week).start == timedelta(days=364)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-W54", "2026-02-30", "26-01", "2026-Q5", "March", "2026-1"]
)
def test_what_is_no_period_is_refused_by_name(text):
    with pytest.raises(QueryError) as refused:
        Periods().parse(text)
    assert refused.value.code == "unknown-period"
