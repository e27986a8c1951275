"""Periods cover time without gap or overlap, in Python and in SQL alike, whatever the calendar."""

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from leadline.catalog.definitions import GRAINS, Calendar
from leadline.catalog.definitions.calendar import MONTHS, WEEKDAYS
from leadline.errors import QueryError
from leadline.metrics.calendars import periods_of
from leadline.metrics.month_periods import MonthPeriods
from leadline.metrics.week_periods import WeekPeriods
from leadline.metrics.year_starts import ByLastDay, ByList


def calendar(**keys):
    """Give the periods of a calendar as a project writes it."""
    return periods_of(Calendar.model_validate({"kind": "calendar", "name": "c", **keys}))


def weeks(ends, pattern="4-5-4", named_by="start", **keys):
    return calendar(year_named_by=named_by, week_years={"pattern": pattern, "ends": ends, **keys})


NRF = weeks("saturday nearest to january 31")
"""The retail calendar of the National Retail Federation."""
ISO = weeks("sunday nearest to december 31", "4-4-5")
"""The years of ISO 8601, of whole weeks from Monday to Sunday."""

whole_months = st.builds(
    MonthPeriods,
    first_month=st.integers(1, 12),
    named_by_end=st.booleans(),
    week_start=st.sampled_from([0, 5, 6]),
)
rules = st.builds(
    ByLastDay, weekday=st.integers(0, 6), month=st.integers(1, 12), day=st.one_of(st.none(), st.integers(1, 28)),
    named_by_end=st.booleans(),
)  # fmt: skip
lists = st.builds(
    ByList, first_year=st.just(2022), first_day=st.dates(date(2021, 7, 1), date(2022, 7, 1)),
    long_years=st.sets(st.integers(1985, 2095), max_size=20).map(frozenset),
)  # fmt: skip
whole_weeks = st.builds(
    WeekPeriods, years=st.one_of(rules, lists), pattern=st.sampled_from([(4, 4, 5), (4, 5, 4), (5, 4, 4)]),
    extra_week_in=st.integers(1, 12), shifted=st.booleans(),
)  # fmt: skip
calendars = st.one_of(whole_months, whole_weeks)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
grains = st.sampled_from([g for g in GRAINS if g != "hour"])


@given(calendars, grains, days)
def test_a_day_lies_in_its_period_and_the_next_begins_where_it_ends(periods, grain, day):
    period = periods.period(grain, day)
    assert period.start <= day < period.end
    assert (
        periods.period(grain, period.start) == periods.period(grain, period.end - timedelta(days=1)) == period
    )
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


@pytest.mark.thorough
@given(whole_weeks, days)
def test_years_of_weeks_are_made_of_whole_weeks(periods, day):
    year = periods.period("year", day)
    count = (year.end - year.start).days
    assert count in {364, 371}
    quarters = list(periods.between("quarter", year.start, year.end))
    months = list(periods.between("month", year.start, year.end))
    assert (len(quarters), len(months)) == (4, 12)
    assert len(list(periods.between("week", year.start, year.end))) == count / 7
    usual = list(periods.pattern * 4)
    usual[periods.extra_week_in - 1] += count // 7 - 52
    assert [(m.end - m.start).days // 7 for m in months] == usual
    assert {m.start for m in months} >= {q.start for q in quarters}


@given(calendars, grains, days)
def test_the_year_ago_ends_before_the_period_does(periods, grain, day):
    period = periods.period(grain, day)
    before = periods.year_ago(period)
    assert before.start < before.end < period.end
    assert timedelta(days=350) < period.start - before.start < timedelta(days=380)


AGREE = [
    MonthPeriods(), MonthPeriods(4, True, 6), MonthPeriods(11, False, 5), MonthPeriods(2, True, 0), NRF, ISO,
    WeekPeriods(ByList(2022, date(2021, 12, 27), frozenset({2023, 2026})), (5, 4, 4), extra_week_in=2),
]  # fmt: skip


@pytest.mark.parametrize("grain", [g for g in GRAINS if g != "hour"])
@pytest.mark.parametrize("periods", AGREE)
def test_sql_and_python_agree_on_every_day_of_five_years(periods, grain):
    since, until = date(2023, 1, 1), date(2028, 1, 1)
    expression = periods.bucket(grain, exp.column("d"), since, until).sql("duckdb")
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select d, {expression} from (select cast(range as date) d "
            f"from range(date '{since}', date '{until}', interval 1 day))"
        ).fetchall()
    assert len(found) == 1826
    assert [(day, start) for day, start in found if periods.start(grain, day) != start] == []


def test_what_lies_outside_the_time_asked_for_has_no_bucket_rather_than_a_wrong_one():
    expression = NRF.bucket("month", exp.column("d"), date(2023, 1, 29), date(2023, 2, 26)).sql("duckdb")
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {expression} from (values (date '2023-01-28'), (date '2023-01-29'), (date '2023-02-25'), "
            "(date '2023-02-26'), (null::date)) t(d)"
        ).fetchall()
    assert [start for (start,) in found] == [None, date(2023, 1, 29), date(2023, 1, 29), None, None]


def test_a_time_of_too_many_periods_is_refused_by_name():
    with pytest.raises(QueryError) as refused:
        NRF.bucket("month", exp.column("d"), date(2, 1, 1), date(2026, 1, 1))
    assert refused.value.code == "too-many-periods"


def test_known_labels():
    plain, april = MonthPeriods(), MonthPeriods(first_month=4)
    assert plain.period("week", date(2026, 1, 1)).label == "2026-W01"  # ISO 8601: Thursday decides
    assert plain.period("week", date(2027, 1, 1)).label == "2026-W53"
    assert plain.period("quarter", date(2026, 11, 22)).label == "2026-Q4"
    assert april.period("quarter", date(2026, 4, 1)).label == "2027-Q1"
    assert april.period("year", date(2026, 3, 31)).label == "2026"
    assert MonthPeriods(first_month=4, named_by_end=False).period("year", date(2026, 4, 1)).label == "2026"


@pytest.mark.parametrize(
    ("year", "begins", "ends"),  # NRF's published 4-5-4 calendars
    [
        ("2017", date(2017, 1, 29), date(2018, 2, 3)),  # 53 weeks
        ("2018", date(2018, 2, 4), date(2019, 2, 2)),
        ("2019", date(2019, 2, 3), date(2020, 2, 1)),
        ("2020", date(2020, 2, 2), date(2021, 1, 30)),
        ("2021", date(2021, 1, 31), date(2022, 1, 29)),
        ("2022", date(2022, 1, 30), date(2023, 1, 28)),
        ("2023", date(2023, 1, 29), date(2024, 2, 3)),  # 53 weeks
        ("2024", date(2024, 2, 4), date(2025, 2, 1)),
        ("2025", date(2025, 2, 2), date(2026, 1, 31)),
        ("2026", date(2026, 2, 1), date(2027, 1, 30)),
    ],
)
def test_the_retail_calendar_is_the_published_one(year, begins, ends):
    found = NRF.parse(year)
    assert (found.start, found.end - timedelta(days=1)) == (begins, ends)


def test_the_retail_months_are_the_published_ones():
    months = [m.start for m in NRF.between("month", date(2023, 1, 29), date(2024, 2, 5))]
    assert months == [
        date(2023, 1, 29), date(2023, 2, 26), date(2023, 4, 2), date(2023, 4, 30), date(2023, 5, 28), date(2023, 7, 2),
        date(2023, 7, 30), date(2023, 8, 27), date(2023, 10, 1), date(2023, 10, 29), date(2023, 11, 26),
        date(2023, 12, 31), date(2024, 2, 4),
    ]  # fmt: skip
    assert NRF.period("week", date(2024, 2, 3)).label == "2023-W53"
    assert NRF.period("month", date(2024, 2, 3)).label == "2023-P12"


@given(days)
def test_iso_years_are_those_of_the_standard_library(day):
    year, week, _ = day.isocalendar()
    assert ISO.period("week", day).label == f"{year}-W{week:02d}" == MonthPeriods().period("week", day).label
    assert ISO.period("year", day).label == str(year)


@pytest.mark.parametrize(
    ("ends", "year", "begins", "last"),  # fiscal years as annual reports give them
    [
        ("last saturday of september", "2023", date(2022, 9, 25), date(2023, 9, 30)),  # Apple, 53 weeks
        ("last saturday of september", "2024", date(2023, 10, 1), date(2024, 9, 28)),
        ("sunday nearest to january 31", "2022", date(2021, 2, 1), date(2022, 1, 30)),
    ],
)
def test_years_named_by_their_end(ends, year, begins, last):
    found = weeks(ends, "4-4-5", "end").parse(year)
    assert (found.start, found.end - timedelta(days=1)) == (begins, last)


@pytest.mark.parametrize("named_by", ["start", "end"])
@pytest.mark.parametrize("ends", ["last saturday of december", "saturday nearest to december 31"])
def test_a_year_near_the_common_one_has_its_name(ends, named_by):
    periods = weeks(ends, "4-4-5", named_by)
    for year in range(1990, 2060):
        assert periods.period("year", date(year, 6, 30)).label == str(year)


def test_a_list_of_long_years_gives_the_calendar_of_its_rule():
    listed = calendar(week_years={"pattern": "4-5-4", "long_years": [2017, 2023, 2028],
                                  "first_year": {"year": 2022, "begins": "2022-01-30"}})  # fmt: skip
    for year in range(2013, 2034):
        assert listed.parse(str(year)) == NRF.parse(str(year))
    assert listed.parse("2023-P12") == NRF.parse("2023-P12")


def test_the_same_period_a_year_before():
    plain = MonthPeriods()
    assert plain.year_ago(plain.parse("2026-02")).label == "2025-02"
    assert plain.year_ago(plain.parse("2026-Q1")).label == "2025-Q1"
    assert plain.year_ago(plain.parse("2026-03-05")).label == "2025-03-06"  # Thursday and Thursday
    week = plain.parse("2026-W10")
    assert week.start - plain.year_ago(week).start == timedelta(days=364)


@pytest.mark.parametrize(
    ("label", "same_week", "shifted"),
    [
        ("2023-W05", "2022-W05", "2022-W05"),  # in the long year nothing has moved yet
        ("2023-W53", "2023-W01", "2023-W01"),  # there was no 53rd week a year before
        ("2024-W01", "2023-W01", "2023-W02"),  # the year after the long one
        ("2024-W52", "2023-W52", "2023-W53"),
        ("2025-W01", "2024-W01", "2024-W01"),
        ("2024-P01", "2023-P01", "2023-02-05 to 2023-03-04"),
        ("2024-Q4", "2023-Q4", "2023-11-05 to 2024-02-03"),
        ("2024", "2023", "2023-02-05 to 2024-02-03"),
        ("2023", "2022", "2022-01-30 to 2023-02-04"),
        ("2025-P01", "2024-P01", "2024-P01"),
        ("2024-02-04", "2023-02-05", "2023-02-05"),  # Sunday and Sunday
    ],
)
def test_like_for_like_around_a_long_year(label, same_week, shifted):
    moved = weeks("saturday nearest to january 31", like_for_like="shifted")
    assert NRF.year_ago(NRF.parse(label)).label == same_week
    before = moved.year_ago(moved.parse(label))
    assert before.label == shifted
    assert moved.parse(label).start - before.start == timedelta(days=364)


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2026-W54", "2026-02-30", "26-01", "2026-Q5", "March", "2026-1", "2026-P01", "9999"],
)
def test_what_is_no_period_is_refused_by_name(text):
    with pytest.raises(QueryError) as refused:
        MonthPeriods().parse(text)
    assert refused.value.code == "unknown-period"


@pytest.mark.parametrize(
    "text", ["2024-W53", "2024-P13", "2024-P00", "2024-W00", "2024-01", "2024-02-30", "9999"]
)
def test_what_is_no_period_of_whole_weeks_is_refused_by_name(text):
    with pytest.raises(QueryError) as refused:
        NRF.parse(text)
    assert refused.value.code == "unknown-period"


def test_every_rule_that_can_be_written_is_read():
    for weekday in WEEKDAYS:
        for month in MONTHS:
            for ends in (f"last {weekday} of {month}", f"{weekday} nearest to {month} 28"):
                last = weeks(ends, named_by="end").parse("2025").end - timedelta(days=1)
                assert WEEKDAYS[last.weekday()] == weekday
                assert abs((last - date(2025, MONTHS.index(month) + 1, 28)).days) <= (
                    3 if "near" in ends else 6
                )
