"""Years of whole weeks are given in one way, completely, and by days that there are."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Calendar
from leadline.catalog.definitions.calendar import MONTHS, YEAR_END, WeekYears
from leadline.catalog.problems import Problem

_LONGEST_GAP = 6
"""Years from one long year to the next, at most, if the year is to stay in its season."""


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find years of weeks by no rule or by two, keys that only years of months have, and long years left out."""
    for calendar in catalog.calendars.values():
        if calendar.week_years is not None:
            yield from _one_rule(catalog, calendar, calendar.week_years)
            yield from _only_weeks(catalog, calendar)


def _one_rule(catalog: Catalog, calendar: Calendar, weeks: WeekYears) -> Iterator[Problem]:
    place = catalog.place(calendar, "week_years")
    listed = weeks.first_year is not None or weeks.long_years is not None
    if (weeks.ends is not None) == listed:
        yield Problem(
            "error", "calendar-years", "Years of whole weeks end by a rule, or the long ones are listed.", place,
            "Write `ends: saturday nearest to january 31`, or `first_year:` with `long_years:`.",
        )  # fmt: skip
    elif weeks.ends is not None:
        yield from _existing_day(catalog, calendar, weeks.ends)
    elif weeks.first_year is None or weeks.long_years is None:
        missing = "first_year" if weeks.first_year is None else "long_years"
        yield Problem(
            "error", "calendar-years", f"Listed years need `{missing}` too.", place,
            "Write for example `first_year: {year: 2022, begins: 2022-01-30}` and `long_years: [2023, 2028]`.",
        )  # fmt: skip
    else:
        yield from _drift(catalog, calendar, weeks.first_year.begins, weeks.first_year.year, weeks.long_years)


def _existing_day(catalog: Catalog, calendar: Calendar, ends: str) -> Iterator[Problem]:
    """Find dates that not every year has."""
    found = re.fullmatch(YEAR_END, ends)
    month, day = (found[4], int(found[5])) if found and found[4] else ("january", 1)
    if day > monthrange(2023, MONTHS.index(month) + 1)[1]:
        yield Problem(
            "error", "calendar-years", f"Not every year has a {month} {day}.",
            catalog.place(calendar, "week_years", "ends"),
        )  # fmt: skip


def _only_weeks(catalog: Catalog, calendar: Calendar) -> Iterator[Problem]:
    for key, default in (("year_starts_in", "january"), ("week_starts_on", "monday")):
        if getattr(calendar, key) != default:
            yield Problem(
                "error", "calendar-years", f"`{key}` is of years of whole months; here `week_years` decides.",
                catalog.place(calendar, key), "Remove one of them.",
            )  # fmt: skip


def _drift(
    catalog: Catalog, calendar: Calendar, first_day: date, first_year: int, long_years: tuple[int, ...]
) -> Iterator[Problem]:
    """Find the first year, up to shortly after the last listed, that begins a week or more away from the first."""
    day, limit = first_day, max((*long_years, first_year)) + _LONGEST_GAP
    for year in range(first_year, limit):
        away = (day - first_day).days - round((year - first_year) * 365.2425)
        if abs(away) > 7:
            missing = "is missing before it in" if away < 0 else "before it is too many in"
            yield Problem(
                "warning", "calendar-drift", f"By these long years, {year} begins on {day}, {abs(away)} days away from "
                f"where {first_year} began.", catalog.place(calendar, "week_years", "long_years"),
                f"A year {missing} `long_years`.",
            )  # fmt: skip
            return
        day += timedelta(weeks=52 + (year in long_years))
