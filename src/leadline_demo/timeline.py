"""The eighteen months of the demo company: days, months, seasons, and the clocks of its sites.

Instants are seconds since the first day's midnight; `local` ones on a site's wall clock, `utc` ones in UTC.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline_demo.arrays import Floats, Ints, Longs, ints

FIRST, LAST, ACQUIRED = date(2025, 5, 1), date(2026, 10, 31), date(2026, 2, 1)
DAYS = (LAST - FIRST).days + 1
MARGIN = 130
"""Days beyond the last one for which dates can still be written (due dates, deadlines)."""
HOUR, DAY = 3600, 86_400


def day(when: date | str) -> int:
    """Give the index of a date, 0 for the first day; dates before it are negative."""
    return ((date.fromisoformat(when) if isinstance(when, str) else when) - FIRST).days


def span(since: str, until: str) -> slice:
    """Give the day indexes from one date to another, both included."""
    return slice(day(since), day(until) + 1)


def calendar_of(index: int) -> date:
    """Give the date of a day index."""
    return FIRST + timedelta(days=index)


MONTH_STARTS: Ints = ints(
    [index for index in range(DAYS) if calendar_of(index).day == 1] + [DAYS]
)  # fmt: skip
MONTHS: tuple[str, ...] = tuple(f"{calendar_of(int(index)):%Y-%m}" for index in MONTH_STARTS[:-1])
QUARTERS: tuple[str, ...] = tuple(dict.fromkeys(f"{m[:4]}-Q{(int(m[5:]) + 2) // 3}" for m in MONTHS))
QUARTER_OF_MONTH: Ints = ints([QUARTERS.index(f"{m[:4]}-Q{(int(m[5:]) + 2) // 3}") for m in MONTHS])
MONTH_OF: Ints = ints(np.searchsorted(MONTH_STARTS, np.arange(DAYS), side="right") - 1)
WEEKDAY: Ints = ints((np.arange(DAYS) + FIRST.weekday()) % 7)
WEEKEND = WEEKDAY >= 5
SEASON: Floats = np.array([1.12, 1.0, 1.0, 0.99, 1.0, 0.97, 0.86, 0.82, 1.0, 1.02, 1.05, 1.16])[
    [calendar_of(index).month - 1 for index in range(DAYS)]
]
"""Demand by calendar month, the same in both years: a season is not a finding."""


def month(label: str) -> int:
    """Give the index of a month such as "2026-02"."""
    return MONTHS.index(label)


@cache
def _offsets(zone: str, *, of_local: bool) -> Longs:
    """Seconds that a zone is ahead of UTC, by hour since the start (local hours, or UTC hours)."""
    info, start = ZoneInfo(zone), datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    seconds = []
    for hour in range(-24, (DAYS + MARGIN) * 24):
        moment = start + timedelta(hours=hour)
        moment = moment.replace(tzinfo=info) if of_local else moment.astimezone(info)
        offset = moment.utcoffset()
        seconds.append(int(offset.total_seconds()) if offset else 0)
    return np.array(seconds, dtype=np.int64)


def ahead(local: Longs, zone: str) -> Longs:
    """Give how many seconds a zone is ahead of UTC at its own wall-clock times."""
    return _offsets(zone, of_local=True)[local // HOUR + 24]


def to_utc(local: Longs, zone: str) -> Longs:
    """Turn wall-clock seconds of a zone into UTC seconds (of two readings of an hour, the first)."""
    return local - ahead(local, zone)


def to_local(utc: Longs, zone: str) -> Longs:
    """Turn UTC seconds into wall-clock seconds of a zone."""
    return utc + _offsets(zone, of_local=False)[utc // HOUR + 24]


@cache
def _dates(pattern: str) -> pa.Array:
    return pa.array([calendar_of(index).strftime(pattern) for index in range(-1, DAYS + MARGIN)], pa.string())


@cache
def _clock(pattern: str) -> pa.Array:
    texts = (pattern.format(s // HOUR, s // 60 % 60, s % 60) for s in range(DAY))
    return pa.array(texts, pa.string(), size=DAY)


def write_instants(
    seconds: Longs,
    *,
    dates: str = "%Y-%m-%d",
    between: str = " ",
    times: str = "{:02}:{:02}:{:02}",
    after: str = "",
) -> pa.Array:
    """Give instants as text: a date, a separator, a time of day and a suffix. Below -1 day: null."""
    known = seconds >= -DAY
    safe = np.where(known, seconds, 0)
    day_part = _dates(dates).take(pa.array(safe // DAY + 1, mask=~known))
    time_part = _clock(times).take(pa.array(safe % DAY))
    return pc.binary_join_element_wise(day_part, time_part, between) if not after else (
        pc.binary_join_element_wise(pc.binary_join_element_wise(day_part, time_part, between), after, "")
    )  # fmt: skip


def write_utc(seconds: Longs) -> pa.Array:
    """Give instants as ISO 8601 in UTC, e.g. 2025-05-01T08:00:00Z."""
    return write_instants(seconds, between="T", times="{:02}:{:02}:{:02}Z")


def write_days(days: Ints, dates: str = "%Y-%m-%d") -> pa.Array:
    """Give days as text; days outside the period and its margin are null."""
    known = (days >= -1) & (days < DAYS + MARGIN)
    return _dates(dates).take(pa.array(np.where(known, days, 0) + 1, mask=~known))
