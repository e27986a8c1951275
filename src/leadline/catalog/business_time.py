"""Business time in closed form: how much of the time between two instants a calendar's business was open.

The wall-clock time since a Monday long ago is so many whole weeks, each with the week's business time, and a part of a
week; holidays take theirs away. That is a piecewise linear function F of the wall clock, and the business time between
two instants is its difference. Where clocks change, F jumps by the business time that was left out or lived twice;
those jumps are taken back, so that what is counted is time that passed: on the night that loses an hour, a night
shift of eight hours is seven. No row is ever multiplied, and every engine computes the same arithmetic.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlglot import exp

from leadline.catalog.clock_changes import clock_changes
from leadline.catalog.definitions import Calendar
from leadline.catalog.definitions.calendar import WEEKDAYS, BusinessHours
from leadline.catalog.grammar import built_type
from leadline.store.casts import as_type

DAY = 86_400
WEEK = 7 * DAY
MONDAY = datetime(2001, 1, 1)  # noqa: DTZ001  # wall-clock time, of any zone
_MONDAY_EPOCH = int(MONDAY.replace(tzinfo=UTC).timestamp())

Span = tuple[int, int]
"""From one second to another, the second one exclusive."""


class Piece(NamedTuple):
    """From `start` on (None: from ever) the function is `value` + `slope` * x."""

    start: float | None
    value: float
    slope: int


def clock_seconds(span: str) -> Span:
    """Read `09:00-17:30` as seconds since midnight; what ends on the next day ends before it begins."""
    start, end = (int(time[:2]) * 3600 + int(time[3:]) * 60 for time in span.split("-"))
    return start, end


def business_week(hours: BusinessHours) -> list[Span]:
    """Give a week's spans in seconds since Monday's midnight, in order; Sunday's night may end after the week."""
    spans = []
    for number, day in enumerate(WEEKDAYS):
        for span in getattr(hours, day):
            start, end = clock_seconds(span)
            length = end - start if end > start else end - start + DAY
            spans.append((number * DAY + start, number * DAY + start + length))
    return sorted(spans)


@dataclass(frozen=True, slots=True)
class BusinessTime:
    """A calendar's business time: `week`, spans of seconds since Monday's midnight; `dates`, spans of seconds since
    MONDAY that holidays take away (-1) or give (+1)."""

    week: tuple[Span, ...]
    dates: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, calendar: Calendar) -> "BusinessTime | None":
        """Give the business time of a calendar that was checked; None if it has no business hours."""
        if calendar.business_hours is None:
            return None
        spans = business_week(calendar.business_hours)
        week = [(start, min(end, WEEK)) for start, end in spans]
        week += [(0, end - WEEK) for _, end in spans if end > WEEK]
        dates: list[tuple[int, int, int]] = []
        for holiday in calendar.holidays:
            days = holiday.date.toordinal() - MONDAY.toordinal()
            midnight, weekday = days * DAY, days % 7 * DAY
            usual = ((max(s, weekday), min(e, weekday + DAY)) for s, e in week)
            dates += [(midnight + s - weekday, midnight + e - weekday, -1) for s, e in usual if s < e]
            dates += [(midnight + s, midnight + e, 1) for s, e in map(clock_seconds, holiday.hours)]
        return cls(tuple(sorted(week)), tuple(sorted(dates)))

    def before(self, wall: datetime) -> float:
        """Give F: the business seconds from MONDAY to a wall-clock time (negative before it)."""
        seconds = (wall - MONDAY).total_seconds()
        weeks, rest = divmod(seconds, WEEK)
        parts = [*((s, e, 1, rest) for s, e in self.week), *((*d, seconds) for d in self.dates)]
        whole = weeks * sum(e - s for s, e in self.week)
        return whole + sum(sign * max(0.0, min(at, e) - s) for s, e, sign, at in parts)

    def seconds(self, wall: exp.Expr) -> exp.Expr:
        """Give the SQL of F for seconds since MONDAY; they are named several times, so let them be a column."""
        ratio = exp.Div(this=wall.copy(), expression=_number(WEEK), typed=False, safe=False)
        weeks = as_type(exp.Floor(this=ratio), "double")
        whole = exp.Mul(this=_number(WEEK), expression=weeks.copy())
        rest = exp.paren(exp.Sub(this=wall.copy(), expression=whole))
        total: exp.Expr = exp.Mul(this=_number(sum(e - s for s, e in self.week)), expression=weeks)
        total = exp.Add(this=total, expression=_piecewise(rest, _line((s, e, 1) for s, e in self.week)))
        if self.dates:
            total = exp.Add(this=total, expression=_piecewise(wall, _line(self.dates)))
        return exp.paren(total)

    def between(self, start: datetime, end: datetime, zone: str) -> float:
        """Give the business seconds from one instant to another; 0 if the second is not later."""
        if end <= start:
            return 0.0
        clock, jumps = ZoneInfo(zone), self.jumps(zone)
        walls = [instant.astimezone(clock).replace(tzinfo=None) for instant in (start, end)]
        taken = [
            next((sum_ for at, sum_ in reversed(jumps) if at <= instant), 0.0) for instant in (start, end)
        ]
        first, last = (self.before(wall) - jump for wall, jump in zip(walls, taken, strict=True))
        return last - first

    def jumps(self, zone: str) -> list[tuple[datetime, float]]:
        """Give the clock changes at which F jumps, each with the sum of the jumps up to it."""
        found: list[tuple[datetime, float]] = []
        total = 0.0
        for change in clock_changes(zone):
            jump = self.before(change.after) - self.before(change.before)
            if jump:
                total += jump
                found.append((change.instant, total))
        return found


def since_monday(wall: exp.Expr) -> exp.Expr:
    """Give the SQL for the seconds from MONDAY to a wall-clock time."""
    epoch = exp.Extract(this=exp.Var(this="EPOCH"), expression=wall)
    return exp.Sub(this=as_type(epoch, "double"), expression=_number(_MONDAY_EPOCH))


def stepwise(instant: exp.Expr, steps: Sequence[tuple[datetime, float]], below: float = 0.0) -> exp.Expr:
    """Give the SQL of a step function of an instant: `below` before the first step, then each step's value."""
    if not steps:
        return _number(below)
    middle = len(steps) // 2
    at, value = steps[middle]
    when = exp.Cast(this=exp.Literal.string(f"{at:%Y-%m-%d %H:%M:%S}+00:00"), to=built_type("instant"))
    low, high = stepwise(instant, steps[:middle], below), stepwise(instant, steps[middle + 1 :], value)
    before = exp.LT(this=exp.paren(instant.copy()), expression=when)
    return exp.Case(ifs=[exp.If(this=before, true=low)], default=high)


def _line(spans: Iterable[tuple[int, int, int]]) -> list[Piece]:
    """Add up functions that are 0 before a span, grow with slope `sign` in it, and stay after it."""
    slopes: dict[int, int] = {}
    for start, end, sign in spans:
        slopes[start] = slopes.get(start, 0) + sign
        slopes[end] = slopes.get(end, 0) - sign
    pieces = [Piece(None, 0.0, 0)]
    for at, change in sorted(slopes.items()):
        if change:
            last = pieces[-1]
            slope = last.slope + change
            pieces.append(Piece(at, last.value + (last.slope - slope) * at, slope))
    return pieces


def _piecewise(x: exp.Expr, pieces: Sequence[Piece]) -> exp.Expr:
    """Give the SQL of a piecewise linear function, halving the pieces: few comparisons for each row."""
    if len(pieces) == 1:
        piece = pieces[0]
        if piece.slope == 0:
            return _number(piece.value)
        value = exp.Mul(this=_number(piece.slope), expression=x.copy())
        return exp.paren(exp.Add(this=_number(piece.value), expression=value))
    middle = len(pieces) // 2
    before = exp.LT(this=x.copy(), expression=_number(pieces[middle].start or 0))
    low, high = _piecewise(x, pieces[:middle]), _piecewise(x, pieces[middle:])
    return exp.Case(ifs=[exp.If(this=before, true=low)], default=high)


def _number(value: float) -> exp.Expr:
    return exp.Cast(this=exp.Literal.number(repr(float(value))), to=built_type("number"))
