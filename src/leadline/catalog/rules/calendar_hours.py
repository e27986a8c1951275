"""Business hours do not overlap, holidays stand there once, and who counts business time has hours to count by."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from leadline.catalog.business_time import DAY, business_week, clock_seconds
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Calendar
from leadline.catalog.definitions.calendar import WEEKDAYS
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find spans that overlap, holidays listed twice, and business time without business hours."""
    for calendar in catalog.calendars.values():
        yield from _hours(catalog, calendar)
        yield from _holidays(catalog, calendar)
    yield from _used(catalog)


def _hours(catalog: Catalog, calendar: Calendar) -> Iterator[Problem]:
    if calendar.business_hours is None:
        return
    week = business_week(calendar.business_hours)
    if not week:
        yield Problem(
            "error", "no-business-hours", "Business is never open.", catalog.place(calendar, "business_hours")
        )
        return
    first = week[0]
    for before, after in zip(week, [*week[1:], (first[0] + 7 * DAY, first[1] + 7 * DAY)], strict=True):
        if after[0] < before[1]:
            day = WEEKDAYS[after[0] // DAY % 7]
            yield Problem(
                "error", "business-hours-overlap", f"Two spans overlap on {day}.",
                catalog.place(calendar, "business_hours", day), "Every minute is open once.",
            )  # fmt: skip


def _holidays(catalog: Catalog, calendar: Calendar) -> Iterator[Problem]:
    seen: dict[date, str] = {}
    for nth, holiday in enumerate(calendar.holidays):
        place = catalog.place(calendar, "holidays", nth)
        if holiday.date in seen:
            yield Problem(
                "error", "holiday-twice", f"{holiday.date} is {seen[holiday.date]!r} and {holiday.name!r}.", place,
                "Keep one.",
            )  # fmt: skip
        seen[holiday.date] = holiday.name
        spans = sorted(clock_seconds(span) for span in holiday.hours)
        if any(start >= end for start, end in spans):
            yield Problem(
                "error", "holiday-hours", f"The hours of {holiday.name!r} do not end on that day.", place,
                "They end by 24:00; what is open after midnight is the next day's.",
            )  # fmt: skip
        elif any(after[0] < before[1] for before, after in pairwise(spans)):
            yield Problem("error", "business-hours-overlap", f"Two spans of {holiday.name!r} overlap.", place)


def _used(catalog: Catalog) -> Iterator[Problem]:
    if catalog.calendar.business_hours is not None:
        return
    for (kind, name, path), expression in catalog.expressions.items():
        if expression.uses("BUSINESS_MINUTES"):
            definition = next(d for d in catalog.definitions() if (d.kind, d.name) == (kind, name))
            yield Problem(
                "error", "no-business-hours", "Business time is counted, and the project's calendar has no business "
                "hours.", catalog.place(definition, *path), "Add `business_hours:` to the project's calendar.",
            )  # fmt: skip
