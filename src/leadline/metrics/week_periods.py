"""Years of 52 or 53 whole weeks (4-4-5, 4-5-4, 5-4-4): every period is made of whole weeks, numbered within its year.

Labels: 2023-W53 is the 53rd week, 2023-P01 the first month (P as in period: it is no common month), 2023-Q1, 2023.
In SQL weeks are arithmetic; months, quarters and years are looked up among the bounds of the time asked for, so that
every engine gives what Python gives.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from sqlglot import exp

from leadline.catalog.definitions import Grain
from leadline.errors import QueryError
from leadline.metrics.periods import Period, Periods, week_bucket
from leadline.metrics.year_starts import YearStarts
from leadline.store.casts import as_type

WEEK = timedelta(days=7)
MOST_PERIODS = 5_000
"""Bounds of periods that one statement may hold."""
UNBOUNDED = (date(1990, 1, 1), date(2061, 1, 1))
"""The time for which bounds are given where none is asked for."""


@dataclass(frozen=True, slots=True)
class WeekPeriods(Periods):
    """Periods by where years begin, the weeks of a quarter's three months, and the month that the 53rd week is in."""

    years: YearStarts
    pattern: tuple[int, int, int]
    extra_week_in: int = 12
    shifted: bool = False

    month_form = r"(\d{4})-P(\d{2})"
    written = "2026-03-05, 2026-W10, 2026-P03, 2026-Q1 or 2026"

    def start(self, grain: Grain, day: date) -> date:
        """Give the first day of the period that `day` lies in."""
        if grain in {"hour", "day"}:
            return day
        starts = self._starts(grain, self._year(day))
        return starts[bisect_right(starts, day) - 1]

    def end(self, grain: Grain, start: date) -> date:
        """Give the day after the period that begins on `start`."""
        if grain in {"hour", "day"}:
            return start + timedelta(days=1)
        year = self._year(start)
        starts = self._starts(grain, year)
        following = bisect_right(starts, start)
        return starts[following] if following < len(starts) else self.years.begins(year + 1)

    def label(self, grain: Grain, start: date) -> str:
        """Name the period that begins on `start`."""
        if grain in {"hour", "day"}:
            return start.isoformat()
        year = self._year(start)
        number = bisect_right(self._starts(grain, year), start)
        match grain:
            case "week":
                return f"{year}-W{number:02d}"
            case "month":
                return f"{year}-P{number:02d}"
            case "quarter":
                return f"{year}-Q{number}"
            case _:
                return str(year)

    def find(self, grain: Grain, year: int, number: int) -> Period:
        """Give the numbered week, month or quarter of a year, or the year. Raises ValueError if there is none."""
        starts = self._starts(grain, year)
        if grain != "year" and not 1 <= number <= len(starts):
            raise ValueError(f"{year} has {len(starts)} {grain}s")
        return self.period(grain, starts[max(number, 1) - 1])

    def year_ago(self, period: Period) -> Period:
        """Give the period that this one is compared with a year before; days 52 weeks earlier, always.

        By `same_week` it is the period of the same number; a 53rd week, which has none, is compared with the week 52
        weeks earlier. Shifted, it is the stretch 52 weeks earlier; where a long year has made that no period of the
        calendar, its label is no label but its days: `2023-02-05 to 2023-03-04`.
        """
        earlier = timedelta(weeks=52)
        if period.grain in {"hour", "day"} or (self.shifted and period.grain == "week"):
            return self.period(period.grain, period.start - earlier)
        year = self._year(period.start)
        number = bisect_right(self._starts(period.grain, year), period.start)
        if period.grain == "week" and number > len(self._starts("week", year - 1)):
            return self.period("week", period.start - earlier)
        same = self.find(period.grain, year - 1, number)
        start, end = period.start - earlier, period.end - earlier
        if not self.shifted or (same.start, same.end) == (start, end):
            return same
        return Period(start, end, f"{start} to {end - timedelta(days=1)}", period.grain)

    def lists(self, grain: Grain) -> bool:
        """Tell whether `bucket` names the periods one by one: months, quarters and years of whole weeks."""
        return grain in {"month", "quarter", "year"}

    def bucket(
        self, grain: Grain, day: exp.Expr, since: date | None = None, until: date | None = None
    ) -> exp.Expr:
        """Give the SQL for the first day of the period of a date expression, null outside [since, until).

        Raises QueryError if that time holds more than 5,000 periods.
        """
        if grain in {"hour", "day"}:
            return day
        if grain == "week":
            return week_bucket(day, self.years.begins(2000).weekday())
        first = self.start(grain, since or UNBOUNDED[0])
        last = until or UNBOUNDED[1]
        starts: list[date] = []
        while first < last:
            starts.append(first)
            if len(starts) > MOST_PERIODS:
                raise QueryError(
                    f"The time from {starts[0]} to {last} holds more than {MOST_PERIODS:,} periods.",
                    code="too-many-periods",
                    hint="Ask for a shorter time; are there rows with impossible dates?",
                )
            first = self.end(grain, first)
        inside = exp.and_(_compared(exp.GTE, day, starts[0]), _compared(exp.LT, day, first))
        return exp.Case(ifs=[exp.If(this=inside, true=_looked_up(day, starts))])

    def _year(self, day: date) -> int:
        """Name the year that a day lies in."""
        year = day.year + 1
        while self.years.begins(year) > day:
            year -= 1
        while self.years.begins(year + 1) <= day:
            year += 1
        return year

    def _starts(self, grain: Grain, year: int) -> list[date]:
        """Give the first days of a year's weeks, months or quarters, or of the year itself."""
        first = self.years.begins(year)
        weeks = (self.years.begins(year + 1) - first) // WEEK
        match grain:
            case "week":
                offsets: Sequence[int] = range(weeks)
            case "year":
                offsets = [0]
            case _:
                months = list(self.pattern * 4)
                months[self.extra_week_in - 1] += weeks - 52
                offsets = list(accumulate(months[:-1], initial=0))
                offsets = offsets[::3] if grain == "quarter" else offsets
        return [first + WEEK * offset for offset in offsets]


def _looked_up(day: exp.Expr, starts: Sequence[date]) -> exp.Expr:
    """Give the last of some first days that is not after a day, by halving: few comparisons for each row."""
    if len(starts) == 1:
        return _date(starts[0])
    middle = len(starts) // 2
    case = exp.If(this=_compared(exp.LT, day, starts[middle]), true=_looked_up(day, starts[:middle]))
    return exp.Case(ifs=[case], default=_looked_up(day, starts[middle:]))


def _compared(how: type[exp.Binary], day: exp.Expr, other: date) -> exp.Expr:
    return how(this=day.copy(), expression=_date(other))


def _date(day: date) -> exp.Expr:
    return as_type(exp.Literal.string(day.isoformat()), "date")
