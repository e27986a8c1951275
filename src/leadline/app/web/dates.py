"""Days, instants and periods in words. The catalogue of texts holds the names; only their order is decided here."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from leadline.app.web.texts import say
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period

_AGES = (
    (timedelta(days=730), "year", 31_556_952),
    (timedelta(days=2), "day", 86_400),
    (timedelta(minutes=90), "hour", 3600),
    (timedelta(0), "minute", 60),
)


def month(day: date, *, short: bool = False) -> str:
    """Give a month's name."""
    return say("date.months_short" if short else "date.months").split(" ")[day.month - 1]


def day(when: date, *, short: bool = False) -> str:
    """Give a day: 5 March 2026."""
    return f"{when.day} {month(when, short=short)} {when.year}"


def instant(when: datetime, zone: str) -> str:
    """Give an instant on a wall clock: 5 March 2026, 06:04."""
    local = when.astimezone(ZoneInfo(zone))
    return f"{day(local.date())}, {local:%H:%M}"


def length(span: timedelta) -> str:
    """Give a stretch of time in its largest fitting unit: 3 days, 5 hours, 12 minutes."""
    _, unit, seconds = next(age for age in _AGES if span >= age[0]) if span >= timedelta(0) else _AGES[-1]
    return say(f"date.{unit}", count=max(int(span.total_seconds() // seconds), 0))


def span(first: datetime, last: datetime, zone: str) -> str:
    """Give the days from one instant to another: 1–31 October 2026."""
    one, other = (when.astimezone(ZoneInfo(zone)).date() for when in (first, last))
    if one == other:
        return day(one, short=True)
    if (one.year, one.month) == (other.year, other.month):
        return f"{one.day}–{day(other, short=True)}"
    start = f"{one.day} {month(one, short=True)}" + (f" {one.year}" if one.year != other.year else "")
    return f"{start} – {day(other, short=True)}"


def period_of(observation: Observation) -> Period:
    """Give the period that a figure is of."""
    return Period(observation.start, observation.end, observation.period, observation.grain)


def period(one: Period) -> str:
    """Give a period in words: October 2026, P9 2026, week 43 of 2026, Q3 2026, 2026, 5 March 2026."""
    if _numbered(one):
        return " ".join(_numbered(one))
    if " to " in one.label:  # a stretch that is no period of the calendar: the like of one, a year before
        return one.label
    match one.grain:
        case "month":
            return f"{month(one.start)} {one.start.year}"
        case "week":
            year, _, week = one.label.partition("-W")
            return say("date.week", week=int(week), year=year)
        case "quarter":
            year, _, quarter = one.label.partition("-")
            return f"{quarter} {year}"
        case "day" | "hour":
            return day(one.start)
        case _:
            return one.label


def brief(one: Period, beside: Period) -> str:
    """Give a period in few signs for a column, beside another: September; Oct 2025 when the year differs."""
    if one.grain == "month" and not _numbered(one) and " to " not in one.label:
        same = one.start.year == beside.start.year
        return month(one.start) if same else f"{month(one.start, short=True)} {one.start.year}"
    if one.grain in {"day", "hour"}:
        return day(one.start, short=True)
    return period(one)


def axis(one: Period) -> tuple[str, str]:
    """Give a period's two names on an axis: its own, and that of the group it belongs to."""
    if numbered := _numbered(one):
        return numbered[0], numbered[1]
    match one.grain:
        case "month":
            return month(one.start, short=True), str(one.start.year)
        case "week":
            year, _, week = one.label.partition("-W")
            return f"{int(week)}", year
        case "quarter":
            year, _, quarter = one.label.partition("-")
            return quarter, year
        case "day" | "hour":
            return str(one.start.day), f"{month(one.start, short=True)} {one.start.year}"
        case _:
            return one.label, ""


def _numbered(one: Period) -> tuple[str, ...]:
    """Give number and year of a month of whole weeks (P9, 2026), which no common month names; nothing of others."""
    year, letter, number = one.label.partition("-P")
    return (f"P{int(number)}", year) if letter else ()
