"""When the clocks of a time zone change: the instants, and the wall-clock time just before and after each."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2071, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=3)
"""Shorter than any two changes of one zone lie apart."""


class ClockChange(NamedTuple):
    """At `instant` the wall clock goes from `before` to `after` (both without zone)."""

    instant: datetime
    before: datetime
    after: datetime


@lru_cache(maxsize=64)
def clock_changes(zone: str) -> tuple[ClockChange, ...]:
    """Give a zone's changes from 1970 to 2070, in order, as the IANA database foresees them."""
    place = ZoneInfo(zone)
    found: list[ClockChange] = []
    low, before = FIRST, _offset(place, FIRST)
    while low < LAST:
        high = low + _STEP
        after = _offset(place, high)
        if after != before:
            instant = _changed(place, low, high)
            wall = instant.replace(tzinfo=None)
            found.append(ClockChange(instant, wall + before, wall + after))
        low, before = high, after
    return tuple(found)


def _changed(place: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Give the first second after `low`, up to `high`, with another offset than `low`, by halving."""
    before = _offset(place, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(place, middle) == before else (low, middle)
    return high


def _offset(place: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(place).utcoffset() or timedelta(0)
