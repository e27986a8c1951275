"""`kind: calendar`: when weeks and years begin, which days are holidays, and when business is open."""

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, StringConstraints

from leadline.catalog.definitions.base import Definition, Model

Month = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
MONTHS: tuple[str, ...] = get_args(Month)

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)


def _read(value: object) -> object:
    """Read a date as YAML gives it: a text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_read)]
"""A date, written 2026-12-25."""

_DAY, _MONTH = "|".join(WEEKDAYS), "|".join(MONTHS)
YEAR_END = rf"^(?:last ({_DAY}) of ({_MONTH})|({_DAY}) nearest to ({_MONTH}) ([1-9]|[12]\d|3[01]))$"
YearEnd = Annotated[str, StringConstraints(pattern=YEAR_END)]
"""The last day of a year of whole weeks: `last saturday of january`, `saturday nearest to january 31`."""

SPAN = r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)$"
Span = Annotated[str, StringConstraints(pattern=SPAN)]
"""From one wall-clock time to another: `09:00-17:30`; `22:00-06:00` ends on the next day."""


class FirstYear(Model):
    """The year that a list of long years is counted from: its name and its first day."""

    year: Annotated[int, Field(ge=1900, le=2200)]
    begins: Day


class WeekYears(Model):
    """Years of 52 or 53 whole weeks, quarters of 13 weeks, months of 4 or 5 weeks by `pattern`.

    Which years are long follows from a rule for a year's last day (`ends`), or is chosen: `long_years`, counted from
    `first_year`. The 53rd week belongs to the month `extra_week_in` (1 to 12 of the year), and to its quarter.
    `like_for_like` says what a week is compared with a year before: the week of the `same_week` number, or, `shifted`
    by one week after a long year, always the week 52 weeks earlier.
    """

    pattern: Literal["4-4-5", "4-5-4", "5-4-4"]
    ends: YearEnd | None = None
    first_year: FirstYear | None = None
    long_years: tuple[int, ...] | None = Field(default=None, strict=False)
    extra_week_in: Annotated[int, Field(ge=1, le=12)] = 12
    like_for_like: Literal["same_week", "shifted"] = "same_week"


class Holiday(Model):
    """A date on which business is closed, from midnight to midnight, or open only in `hours` (a half day)."""

    date: Day
    name: str
    hours: tuple[Span, ...] = Field(default=(), strict=False)


Spans = Annotated[tuple[Span, ...], Field(strict=False)]


class BusinessHours(Model):
    """When business is open, by weekday. A span over midnight stands on the day on which it begins."""

    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()


class Calendar(Definition):
    """A company's time: its years and weeks, its holidays, its business hours.

    Years are of whole months and begin on the first of `year_starts_in`, with weeks that begin on `week_starts_on`; or
    they are of whole weeks (`week_years`). `year_named_by` says whether the year's first or last day names it.
    """

    kind: Literal["calendar"]
    year_starts_in: Month = "january"
    year_named_by: Literal["start", "end"] = "end"
    week_starts_on: Literal["monday", "sunday", "saturday"] = "monday"
    week_years: WeekYears | None = None
    business_hours: BusinessHours | None = None
    holidays: tuple[Holiday, ...] = Field(default=(), strict=False)
