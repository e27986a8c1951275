"""Periods of a calendar: their bounds, their labels, and how a day finds its own. All dates are local dates.

A label reads back to the same period: 2026-03-05, 2026-W10, 2026-03, 2026-Q1, 2026; hours are instants with offset.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlglot import exp

from leadline.catalog.definitions import Calendar, Grain
from leadline.catalog.definitions.calendar import MONTHS
from leadline.errors import QueryError

WEEKDAYS = {"monday": 0, "sunday": 6, "saturday": 5}
_LABELS: tuple[tuple[Grain, str], ...] = (
    ("day", r"(\d{4})-(\d{2})-(\d{2})"),
    ("week", r"(\d{4})-W(\d{2})"),
    ("month", r"(\d{4})-(\d{2})"),
    ("quarter", r"(\d{4})-Q([1-4])"),
    ("year", r"(\d{4})"),
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of local days, `end` exclusive."""

    start: date
    end: date
    label: str
    grain: Grain


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of one calendar: the first month of its year, the naming of that year, the first day of its week."""

    first_month: int = 1
    named_by_end: bool = True
    week_start: int = 0

    @classmethod
    def of(cls, calendar: Calendar | None) -> "Periods":
        """Give the periods of a calendar definition; without one, calendar years and Monday weeks."""
        if calendar is None:
            return cls()
        return cls(
            first_month=MONTHS.index(calendar.year_starts_in) + 1,
            named_by_end=calendar.year_named_by == "end",
            week_start=WEEKDAYS[calendar.week_starts_on],
        )

    def start(self, grain: Grain, day: date) -> date:
        """Give the first day of the period that `day` lies in."""
        match grain:
            case "hour" | "day":
                return day
            case "week":
                return day - timedelta(days=(day.weekday() - self.week_start) % 7)
            case "month":
                return day.replace(day=1)
            case "quarter":
                return _months(day.replace(day=1), -((day.month - self.first_month) % 3))
            case "year":
                return _months(day.replace(day=1), -((day.month - self.first_month) % 12))

    def end(self, grain: Grain, start: date) -> date:
        """Give the day after the period that begins on `start`."""
        match grain:
            case "hour" | "day":
                return start + timedelta(days=1)
            case "week":
                return start + timedelta(days=7)
            case "month":
                return _months(start, 1)
            case "quarter":
                return _months(start, 3)
            case "year":
                return _months(start, 12)

    def label(self, grain: Grain, start: date) -> str:
        """Name the period that begins on `start`."""
        match grain:
            case "hour" | "day":
                return start.isoformat()
            case "week":
                middle = start + timedelta(days=3)
                year = middle.isocalendar().year
                if self.week_start == 0:
                    return f"{year}-W{middle.isocalendar().week:02d}"
                return f"{middle.year}-W{(middle.timetuple().tm_yday - 1) // 7 + 1:02d}"
            case "month":
                return f"{start.year}-{start.month:02d}"
            case "quarter":
                quarter = (start.month - self.first_month) % 12 // 3 + 1
                return f"{self._year(start)}-Q{quarter}"
            case "year":
                return str(self._year(start))

    def period(self, grain: Grain, day: date) -> Period:
        """Give the period that `day` lies in."""
        start = self.start(grain, day)
        return Period(start, self.end(grain, start), self.label(grain, start), grain)

    def between(self, grain: Grain, since: date, until: date) -> Iterator[Period]:
        """Give the periods that begin in [since, until), in order."""
        period = self.period(grain, since)
        if period.start < since:
            period = self.period(grain, period.end)
        while period.start < until:
            yield period
            period = self.period(grain, period.end)

    def back(self, period: Period, count: int = 1) -> Period:
        """Give the period `count` periods before."""
        for _ in range(count):
            period = self.period(period.grain, period.start - timedelta(days=1))
        return period

    def year_ago(self, period: Period) -> Period:
        """Give the same period of the year before: same month, quarter or year; for days and weeks 52 weeks earlier,
        so that weekdays are compared with their like."""
        if period.grain in {"hour", "day", "week"}:
            return self.period(period.grain, period.start - timedelta(days=364))
        return self.period(period.grain, _months(period.start, -12))

    def parse(self, text: str) -> Period:
        """Read a label. Raises QueryError for anything that is not the label of a period."""
        for grain, pattern in _LABELS:
            if found := re.fullmatch(pattern, text):
                try:
                    period = self._parse(grain, [int(g) for g in found.groups()])
                except ValueError as error:
                    raise QueryError(
                        f"There is no period {text!r}: {error}.", code="unknown-period"
                    ) from error
                if period.label == text:
                    return period
        raise QueryError(
            f"{text!r} is not a period.",
            code="unknown-period",
            hint="Write 2026-03-05, 2026-W10, 2026-03, 2026-Q1 or 2026.",
        )

    def _parse(self, grain: Grain, numbers: list[int]) -> Period:
        year = numbers[0]
        match grain:
            case "day" | "hour":
                return self.period("day", date(*numbers))
            case "month":
                return self.period("month", date(year, numbers[1], 1))
            case "week":
                return self.period("week", date(year, 1, 4) + timedelta(weeks=numbers[1] - 1))
            case "quarter":
                return self.period("quarter", _months(self._year_start(year), 3 * (numbers[1] - 1)))
            case "year":
                return self.period("year", self._year_start(year))

    def _year(self, start: date) -> int:
        first = self.start("year", start)
        return (self.end("year", first) - timedelta(days=1)).year if self.named_by_end else first.year

    def _year_start(self, name: int) -> date:
        before = self.named_by_end and self.first_month > 1
        return date(name - before, self.first_month, 1)

    def bucket(self, grain: Grain, day: exp.Expr) -> exp.Expr:
        """Give the SQL for the first day of the period of a date expression; the twin of `start`."""
        match grain:
            case "hour" | "day":
                return day
            case "week":
                shift = -self.week_start % 7
                return _shifted(_truncated("week", _shifted(day, shift, "day")), -shift, "day")
            case "month":
                return _truncated("month", day)
            case "quarter" | "year":
                shift = (self.first_month - 1) % (3 if grain == "quarter" else 12)
                return _shifted(_truncated(grain, _shifted(day, -shift, "month")), shift, "month")


def _months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def _truncated(unit: str, day: exp.Expr) -> exp.Expr:
    return exp.cast(exp.TimestampTrunc(this=exp.cast(day, "timestamp"), unit=exp.var(unit)), "date")


def _shifted(day: exp.Expr, count: int, unit: str) -> exp.Expr:
    if count == 0:
        return day
    interval = exp.Interval(this=exp.Literal.string(str(abs(count))), unit=exp.var(unit))
    kind = exp.Add if count > 0 else exp.Sub
    return exp.cast(kind(this=day, expression=interval), "date")


def local_label(bucket: datetime) -> str:
    """Name an hour by its wall-clock time and offset, so that the hour that a clock change repeats stays two."""
    return bucket.isoformat(timespec="minutes")
