"""Which periods of a source are awaited by an instant: plain arithmetic on days, by the source's own clock."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadline.catalog.definitions.expectation import Every, Expected

_MONTHS: dict[Every, int] = {"month": 1, "quarter": 3, "year": 12}
REACH: dict[Every, int] = {"day": 28, "week": 13, "month": 12, "quarter": 8, "year": 5}
"""How many awaited periods are looked back on."""
BEFORE: dict[Every, int] = {"day": 56, "week": 8, "month": 6, "quarter": 4, "year": 3}
"""How many days (or periods) before a period tell how many rows it usually has."""


def begin(every: Every, day: date) -> date:
    """Give the first day of the period that holds a day; weeks begin on Monday."""
    if every == "day":
        return day
    if every == "week":
        return day - timedelta(days=day.weekday())
    width = _MONTHS[every]
    return date(day.year, (day.month - 1) // width * width + 1, 1)


def following(every: Every, start: date, steps: int = 1) -> date:
    """Give the first day of the period so many after (or, below zero, before) the one that begins on `start`."""
    if every in {"day", "week"}:
        return start + timedelta(days=steps * (7 if every == "week" else 1))
    months = start.year * 12 + start.month - 1 + steps * _MONTHS[every]
    return date(months // 12, months % 12 + 1, 1)


def due(expected: Expected, zone: str, start: date) -> datetime:
    """Give the instant by which the rows of the period that begins on `start` are to be there."""
    end = datetime.combine(following(expected.every, start), time.fromisoformat(expected.by))
    amount, unit = expected.after.split()
    return (end + timedelta(**{f"{unit.removesuffix('s')}s": int(amount)})).replace(tzinfo=ZoneInfo(zone))


def awaited(expected: Expected, zone: str, now: datetime, since: date | None = None) -> list[date]:
    """Give the first days of the last periods that were due by an instant, oldest first; none before `since`.

    At most so many as `REACH` says. Saturdays and Sundays are not awaited where only weekdays are.
    """
    found: list[date] = []
    start = begin(expected.every, now.astimezone(ZoneInfo(zone)).date())
    first = begin(expected.every, since) if since else None
    while len(found) < REACH[expected.every] and (first is None or start >= first) and start.year > 1:
        if due(expected, zone, start) <= now and _counts(expected, start):
            found.append(start)
        start = following(expected.every, start, -1)
    return found[::-1]


def overdue(expected: Expected, periods: list[date], newest: date | None) -> list[date]:
    """Give the awaited periods that are later than the newest row."""
    if newest is None:
        return periods
    seen = begin(expected.every, newest)
    return [start for start in periods if start > seen]


def _counts(expected: Expected, start: date) -> bool:
    return expected.every != "day" or expected.on == "every day" or start.weekday() < 5
