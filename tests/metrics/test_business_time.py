"""Business minutes in closed form are those counted one by one, on every clock, through holidays and clock changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from leadline.catalog.business_time import BusinessTime
from leadline.catalog.clock_changes import clock_changes
from leadline.catalog.definitions import Calendar
from leadline.catalog.definitions.calendar import WEEKDAYS
from leadline.catalog.once_per_row import once_per_row
from leadline.catalog.wall_clock import WallClock
from tests.metrics.business_walk import walked

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
]


def calendar(hours, holidays=()):
    keys = {"kind": "calendar", "name": "c", "business_hours": hours, "holidays": list(holidays)}
    return Calendar.model_validate(keys)


def counted(rules, zone):
    """Give the query that counts the business minutes of every row of `t`."""
    call = exp.Anonymous(
        this="BUSINESS_MINUTES", expressions=[exp.column(n, table="f", quoted=True) for n in "ab"]
    )
    query = exp.select(exp.column("n", table="f"), call).from_(exp.alias_(exp.to_table("t"), "f", table=True))
    return once_per_row(query, WallClock(zone, business=BusinessTime.of(rules))).sql("duckdb")


def minutes(rules, zone, pairs):
    """Run the closed form in DuckDB for pairs of instants."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Kathmandu'")
        connection.execute("create table t (n integer, a timestamptz, b timestamptz)")
        connection.executemany("insert into t values (?, ?, ?)", [(i, *pair) for i, pair in enumerate(pairs)])
        found = connection.execute(counted(rules, zone) + " order by 1").fetchall()
    return [value for _, value in found]


def clock(minute):
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def weeks(draw):
    """Business hours that do not overlap: by marking borders on a week's circle of quarter hours."""
    borders = sorted(draw(st.sets(st.integers(0, 7 * 96 - 1), min_size=2, max_size=16)))
    borders = borders if len(borders) % 2 == 0 else borders[:-1]
    if draw(st.booleans()):
        borders = [*borders[1:], borders[0] + 7 * 96]
    hours = {day: [] for day in WEEKDAYS}
    for start, end in zip(borders[::2], borders[1::2], strict=True):
        while start < end:  # a span ends within a day of its beginning
            last = min(end, start + 95)
            hours[WEEKDAYS[start // 96 % 7]].append(f"{clock(start % 96 * 15)}-{clock(last % 96 * 15)}")
            start = last  # noqa: PLW2901  # the rest of the span is the next to be cut
    return hours


half_days = st.sampled_from([[], ["09:00-12:00"], ["00:00-24:00"], ["08:15-11:00", "23:00-24:00"]])
around = st.sampled_from(
    [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25), date(2026, 7, 1)]
)


@st.composite
def worlds(draw):
    middle = draw(around)
    days = draw(st.sets(st.integers(-2, 2), max_size=3))
    holidays = [
        {"date": str(middle + timedelta(days=d)), "name": "x", "hours": draw(half_days)} for d in days
    ]
    noon = datetime(middle.year, middle.month, middle.day, 12, tzinfo=UTC)
    instant = st.integers(-2 * 1440, 2 * 1440).map(lambda m: noon + timedelta(minutes=m))
    return calendar(draw(weeks()), holidays), draw(st.sampled_from(ZONES)), draw(instant), draw(instant)


NIGHTS = dict.fromkeys(WEEKDAYS, ("22:00-06:00",))
OFFICE = dict.fromkeys(WEEKDAYS[:5], ("09:00-12:30", "13:30-18:00"))
ALWAYS = dict.fromkeys(WEEKDAYS, ("00:00-24:00",))


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.thorough
@settings(max_examples=60)
@given(worlds())
@example((calendar(NIGHTS), "Europe/Berlin", at("2026-03-28T20:00Z"), at("2026-03-29T08:00Z")))
@example((calendar(ALWAYS), "Europe/Berlin", at("2026-10-25T00:50Z"), at("2026-10-25T01:10Z")))
def test_the_closed_form_is_what_walking_minute_by_minute_counts(world):
    rules, zone, start, end = world
    assert minutes(rules, zone, [(start, end)]) == [walked(rules, zone, start, end)]


CHRISTMAS = [{"date": "2026-12-25", "name": "Christmas Day"},
             {"date": "2026-12-24", "name": "Christmas Eve", "hours": ["09:00-12:00"]}]  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "start", "end", "expected"),
    [
        (OFFICE, "2026-11-20T17:00+01:00", "2026-11-23T09:30+01:00", 90),  # Friday evening to Monday morning
        (OFFICE, "2026-11-21T10:00+01:00", "2026-11-22T20:00+01:00", 0),  # a weekend
        (OFFICE, "2026-11-20T12:00+01:00", "2026-11-20T14:00+01:00", 60),  # over lunch
        (OFFICE, "2026-11-20T06:00+01:00", "2026-11-20T23:00+01:00", 480),  # both ends outside of hours
        (OFFICE, "2026-11-20T10:00+01:00", "2026-11-20T10:00+01:00", 0),
        (OFFICE, "2026-11-20T10:00+01:00", "2026-11-20T09:59+01:00", None),  # the end comes first
        (
            OFFICE,
            "2026-12-23T17:00+01:00",
            "2026-12-28T10:00+01:00",
            60 + 180 + 60,
        ),  # half a day, and a holiday
        (NIGHTS, "2026-03-28T22:00+01:00", "2026-03-29T06:00+02:00", 420),  # the night that loses an hour
        (NIGHTS, "2026-10-24T22:00+02:00", "2026-10-25T06:00+01:00", 540),  # the night that has one twice
        (
            NIGHTS,
            "2026-10-25T02:50+02:00",
            "2026-10-25T02:10+01:00",
            20,
        ),  # later, though its clock says earlier
        (
            OFFICE,
            "2026-03-27T17:00+01:00",
            "2026-03-30T10:00+02:00",
            120,
        ),  # a weekend with a change, at work unseen
        (ALWAYS, "2026-01-01T00:00+01:00", "2027-01-01T00:00+01:00", 365 * 1440 - 24 * 60 * 2 + 180),
        (OFFICE, "2026-11-20T10:00:30+01:00", "2026-11-20T10:01:00.250+01:00", 30.25 / 60),
    ],
)
def test_known_lengths(hours, start, end, expected):
    (found,) = minutes(calendar(hours, CHRISTMAS), "Europe/Berlin", [(at(start), at(end))])
    assert found == (expected if expected is None else pytest.approx(expected, rel=1e-12))


def test_an_unknown_end_has_no_length():
    now = at("2026-11-20T10:00Z")
    assert minutes(calendar(OFFICE), "UTC", [(now, None), (None, now), (None, None)]) == [None, None, None]


@pytest.mark.thorough
@settings(max_examples=5)
@given(st.lists(st.integers(0, 60 * 24 * 400).map(lambda m: at("2026-01-01T00:00Z") + timedelta(minutes=m)), min_size=3,
                max_size=90).map(sorted))  # fmt: skip
def test_lengths_add_up(instants):
    steps = list(pairwise(instants))
    *parts, whole = minutes(
        calendar(NIGHTS, CHRISTMAS), "Europe/Berlin", [*steps, (instants[0], instants[-1])]
    )
    assert sum(parts) == whole


@pytest.mark.parametrize(
    ("zone", "year", "expected"),
    [
        ("Europe/Berlin", 2026, ["2026-03-29T01:00:00+00:00", "2026-10-25T01:00:00+00:00"]),
        ("America/New_York", 2026, ["2026-03-08T07:00:00+00:00", "2026-11-01T06:00:00+00:00"]),
        (
            "Pacific/Apia",
            2011,
            ["2011-04-02T14:00:00+00:00", "2011-09-24T14:00:00+00:00", "2011-12-30T10:00:00+00:00"],
        ),
        ("Asia/Kolkata", 2026, []),
    ],
)
def test_clock_changes_are_found_to_the_second(zone, year, expected):
    found = [change for change in clock_changes(zone) if change.instant.year == year]
    assert [change.instant.isoformat() for change in found] == expected
    for change in found:
        assert change.before != change.after
