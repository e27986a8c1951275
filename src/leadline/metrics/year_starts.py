"""Where years of whole weeks begin: by a rule for their last day, or by a list of the long ones."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from leadline.catalog.definitions.calendar import MONTHS, WEEKDAYS, YEAR_END


class YearStarts(Protocol):
    """A rule by which every year has its first day; consecutive ones are 364 or 371 days apart."""

    def begins(self, year: int) -> date:
        """Give the first day of the year of that name."""
        ...


@dataclass(frozen=True, slots=True)
class ByLastDay:
    """Years end on the `weekday` (0 = Monday) that is nearest to a date, or, without `day`, the last of `month`.

    Such a year is named by the common year of the date itself, or of the day after it (`named_by_end` false):
    the weekday near it may lie across New Year.
    """

    weekday: int
    month: int
    day: int | None
    named_by_end: bool

    @classmethod
    def read(cls, text: str, *, named_by_end: bool) -> "ByLastDay":
        """Read `last saturday of january` or `saturday nearest to january 31`, as the definitions have it."""
        found = re.fullmatch(YEAR_END, text)
        if found is None:
            raise AssertionError("the definition was checked")
        last, of, nearest, month, day = found.groups()
        weekday, month = WEEKDAYS.index(last or nearest), MONTHS.index(of or month) + 1
        return cls(weekday, month, int(day) if day else None, named_by_end)

    def begins(self, year: int) -> date:
        """Give the first day of the year of that name."""
        crosses = self.month == 12 and self.day in {None, 31}
        before = year - 1 if self.named_by_end or crosses else year
        return self._ends(before) + timedelta(days=1)

    def _ends(self, common_year: int) -> date:
        """Give the last day of the year that ends nominally in a common year."""
        if self.day is None:
            last = date(common_year, self.month, monthrange(common_year, self.month)[1])
            return last - timedelta(days=(last.weekday() - self.weekday) % 7)
        nominal = date(common_year, self.month, self.day)
        return nominal + timedelta(days=(self.weekday - nominal.weekday() + 3) % 7 - 3)


@dataclass(frozen=True, slots=True)
class ByList:
    """Years follow one another from a first one; those in `long_years` have 53 weeks, all others 52."""

    first_year: int
    first_day: date
    long_years: frozenset[int]

    def begins(self, year: int) -> date:
        """Give the first day of the year of that name."""
        weeks = 52 * (year - self.first_year)
        weeks += sum(self.first_year <= long < year for long in self.long_years)
        weeks -= sum(year <= long < self.first_year for long in self.long_years)
        return self.first_day + timedelta(weeks=weeks)
