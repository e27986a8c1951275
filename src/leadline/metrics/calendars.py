"""From a calendar's definition to its periods."""

from typing import cast

from leadline.catalog.definitions import Calendar
from leadline.catalog.definitions.calendar import MONTHS, WEEKDAYS, WeekYears
from leadline.metrics.month_periods import MonthPeriods
from leadline.metrics.periods import Periods
from leadline.metrics.week_periods import WeekPeriods
from leadline.metrics.year_starts import ByLastDay, ByList, YearStarts


def periods_of(calendar: Calendar) -> Periods:
    """Give the periods of a calendar that was checked."""
    weeks = calendar.week_years
    if weeks is None:
        return MonthPeriods(
            first_month=MONTHS.index(calendar.year_starts_in) + 1,
            named_by_end=calendar.year_named_by == "end",
            week_start=WEEKDAYS.index(calendar.week_starts_on),
        )
    pattern = cast("tuple[int, int, int]", tuple(int(n) for n in weeks.pattern.split("-")))
    years = year_starts(weeks, named_by_end=calendar.year_named_by == "end")
    return WeekPeriods(years, pattern, weeks.extra_week_in, weeks.like_for_like == "shifted")


def year_starts(weeks: WeekYears, *, named_by_end: bool) -> YearStarts:
    """Give where the years of whole weeks begin."""
    if weeks.ends is not None:
        return ByLastDay.read(weeks.ends, named_by_end=named_by_end)
    if weeks.first_year is None or weeks.long_years is None:
        raise AssertionError("the definition was checked")
    return ByList(weeks.first_year.year, weeks.first_year.begins, frozenset(weeks.long_years))
