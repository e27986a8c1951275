"""Periods of a calendar: their bounds, their labels, and how a day finds its own. All dates are local dates.

What holds of every calendar is here; month_periods.py and week_periods.py know the two kinds of year. A label reads
back to the same period: 2026-03-05, 2026-W10, 2026-03 (or 2026-P03), 2026-Q1, 2026; hours are instants with offset.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlglot import exp

from leadline.catalog.definitions import Grain
from leadline.errors import QueryError
from leadline.store.casts import as_type


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of local days, `end` exclusive."""

    start: date
    end: date
    label: str
    grain: Grain


class Periods(ABC):
    """The periods of one calendar. At every grain they cover time without gap or overlap."""

    month_form = r"(\d{4})-(\d{2})"
    written = "2026-03-05, 2026-W10, 2026-03, 2026-Q1 or 2026"
    """How its labels look, for people."""

    @abstractmethod
    def start(self, grain: Grain, day: date) -> date:
        """Give the first day of the period that `day` lies in."""

    @abstractmethod
    def end(self, grain: Grain, start: date) -> date:
        """Give the day after the period that begins on `start`."""

    @abstractmethod
    def label(self, grain: Grain, start: date) -> str:
        """Name the period that begins on `start`."""

    @abstractmethod
    def find(self, grain: Grain, year: int, number: int) -> Period:
        """Give the numbered week, month or quarter of a year; or, without a number (0), the year."""

    @abstractmethod
    def year_ago(self, period: Period) -> Period:
        """Give the period that this one is compared with, like for like, a year before."""

    def lists(self, grain: Grain) -> bool:
        """Tell whether `bucket` names the periods one by one, so that it needs to be told which days are asked."""
        del grain
        return False

    @abstractmethod
    def bucket(
        self, grain: Grain, day: exp.Expr, since: date | None = None, until: date | None = None
    ) -> exp.Expr:
        """Give the SQL for the first day of the period of a date expression; the twin of `start`.

        Days outside [since, until) may give null.
        """

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

    def parse(self, text: str) -> Period:
        """Read a label. Raises QueryError for anything that is not the label of a period."""
        forms: tuple[tuple[Grain, str], ...] = (
            ("day", r"(\d{4})-(\d{2})-(\d{2})"),
            ("week", r"(\d{4})-W(\d{2})"),
            ("month", self.month_form),
            ("quarter", r"(\d{4})-Q([1-4])"),
            ("year", r"(\d{4})"),
        )
        for grain, form in forms:
            if found := re.fullmatch(form, text, re.ASCII):
                year, *more = (int(g) for g in found.groups())
                try:
                    period = (
                        self.period("day", date(year, *more))
                        if grain == "day"
                        else self.find(grain, year, more[0] if more else 0)
                    )
                except (ValueError, OverflowError) as error:
                    raise QueryError(
                        f"There is no period {text!r}: {error}.", code="unknown-period"
                    ) from error
                if period.label == text:
                    return period
        raise QueryError(f"{text!r} is not a period.", code="unknown-period", hint=f"Write {self.written}.")


def local_label(bucket: datetime) -> str:
    """Name an hour by its wall-clock time and offset, so that the hour that a clock change repeats stays two."""
    return bucket.isoformat(timespec="minutes")


def truncated(unit: str, day: exp.Expr) -> exp.Expr:
    """Give the SQL for the first day of the common month, quarter or year, or of the Monday week, of a date."""
    return as_type(exp.TimestampTrunc(this=as_type(day, "timestamp"), unit=exp.var(unit)), "date")


def moved(day: exp.Expr, count: int, unit: str) -> exp.Expr:
    """Give the SQL for the date so many days or months later (earlier if negative)."""
    if count == 0:
        return day
    interval = exp.Interval(this=exp.Literal.string(str(abs(count))), unit=exp.var(unit))
    kind = exp.Add if count > 0 else exp.Sub
    return as_type(kind(this=day, expression=interval), "date")


def week_bucket(day: exp.Expr, first_weekday: int) -> exp.Expr:
    """Give the SQL for the first day of a date's week, which begins on a weekday (0 = Monday)."""
    shift = -first_weekday % 7
    return moved(truncated("week", moved(day, shift, "day")), -shift, "day")
