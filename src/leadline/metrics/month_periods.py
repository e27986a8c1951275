"""Years of whole months, beginning on the first of any; their weeks run on beside them and are numbered as ISO 8601
numbers its own: the week that holds a year's fourth day of January is its first."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from leadline.catalog.definitions import Grain
from leadline.metrics.periods import Period, Periods, moved, truncated, week_bucket


@dataclass(frozen=True, slots=True)
class MonthPeriods(Periods):
    """Periods by the first month of the year, the naming of that year, the first day of the week (0 = Monday)."""

    first_month: int = 1
    named_by_end: bool = True
    week_start: int = 0

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
                return f"{middle.year}-W{(middle.timetuple().tm_yday - 1) // 7 + 1:02d}"
            case "month":
                return f"{start.year}-{start.month:02d}"
            case "quarter":
                quarter = (start.month - self.first_month) % 12 // 3 + 1
                return f"{self._year(start)}-Q{quarter}"
            case "year":
                return str(self._year(start))

    def find(self, grain: Grain, year: int, number: int) -> Period:
        """Give the numbered week, month or quarter of a year, or the year. Raises ValueError if there is none."""
        first = date(year - (self.named_by_end and self.first_month > 1), self.first_month, 1)
        match grain:
            case "week":
                return self.period("week", date(year, 1, 4) + timedelta(weeks=number - 1))
            case "month":
                return self.period("month", date(year, number, 1))
            case "quarter":
                return self.period("quarter", _months(first, 3 * (number - 1)))
            case _:
                return self.period("year", first)

    def year_ago(self, period: Period) -> Period:
        """Give the same month, quarter or year of the year before; for days and weeks 52 weeks earlier, so that
        weekdays are compared with their like."""
        if period.grain in {"hour", "day", "week"}:
            return self.period(period.grain, period.start - timedelta(days=364))
        return self.period(period.grain, _months(period.start, -12))

    def bucket(
        self, grain: Grain, day: exp.Expr, since: date | None = None, until: date | None = None
    ) -> exp.Expr:
        """Give the SQL for the first day of the period of a date expression."""
        del since, until
        match grain:
            case "hour" | "day":
                return day
            case "week":
                return week_bucket(day, self.week_start)
            case "month":
                return truncated("month", day)
            case "quarter" | "year":
                shift = (self.first_month - 1) % (3 if grain == "quarter" else 12)
                return moved(truncated(grain, moved(day, -shift, "month")), shift, "month")

    def _year(self, start: date) -> int:
        first = self.start("year", start)
        return (self.end("year", first) - timedelta(days=1)).year if self.named_by_end else first.year


def _months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)
