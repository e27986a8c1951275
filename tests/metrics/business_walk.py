"""Business time by walking: every minute is looked at on its own. The oracle of the closed form."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from leadline.catalog.definitions import Calendar
from leadline.catalog.definitions.calendar import WEEKDAYS

MINUTE = timedelta(minutes=1)


def walked(calendar: Calendar, zone: str, start: datetime, end: datetime) -> int | None:
    """Count the minutes from one instant to another (both on whole minutes) that begin while business is open."""
    if end < start:
        return None
    place, count, at = ZoneInfo(zone), 0, start.astimezone(UTC)
    while at < end:
        count += is_open(calendar, at.astimezone(place).replace(tzinfo=None))
        at += MINUTE
    return count


def is_open(calendar: Calendar, wall: datetime) -> bool:
    """Tell whether business is open at a wall-clock time."""
    special = next((h for h in calendar.holidays if h.date == wall.date()), None)
    if special is not None:
        return any(_within(span, wall, wall.date()) for span in special.hours)
    yesterday = wall.date() - timedelta(days=1)
    return any(
        _within(span, wall, day) for day in (wall.date(), yesterday)
        for span in getattr(calendar.business_hours, WEEKDAYS[day.weekday()])
    )  # fmt: skip


def _within(span: str, wall: datetime, day: date) -> bool:
    first, last = span.split("-")
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a wall-clock time
    start, end = (midnight + timedelta(hours=int(t[:2]), minutes=int(t[3:])) for t in (first, last))
    return start <= wall < (end if end > start else end + timedelta(days=1))
