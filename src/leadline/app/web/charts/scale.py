"""Scales and ticks: where a value stands on a drawing. Ticks are 1, 2 or 5 times a power of ten."""

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

_STEPS = (1.0, 2.0, 5.0, 10.0)
_ZERO_WITHIN = 0.45
"""The axis starts at zero when leaving zero out would save less than this share of the height."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A line from `low..high` (values) to `start..stop` (positions)."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Give the position of a value; outside the domain it lies outside the range."""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return self.start + share * (self.stop - self.start)

    def kept(self, value: float) -> float:
        """Give the position of a value, held inside the range."""
        ends = sorted((self.start, self.stop))
        return min(max(self(value), ends[0]), ends[1])


def step_for(span: float, count: int) -> float:
    """Give the tick distance that cuts `span` into about `count` parts."""
    if span <= 0 or not isfinite(span):
        return 1.0
    rough = span / max(count, 1)
    power = 10.0 ** floor(log10(rough))
    return next(s * power for s in _STEPS if s * power >= rough * 0.999)


def ticks(low: float, high: float, count: int) -> tuple[float, ...]:
    """Give nice ticks that cover `low..high` (the first at or below, the last at or above)."""
    step = step_for(high - low, count)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(round(i * step, 10) for i in range(first, last + 1))


def axis(
    values: list[float], count: int, *, from_zero: bool = False, ceiling: float | None = None
) -> tuple[float, ...]:
    """Give the ticks of an honest axis over values: from zero if asked, or if zero is near enough.

    `ceiling` is a bound no value can pass (100 for percent): the axis does not run beyond it. Equal values get room.
    """
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low >= 0 and (from_zero or high == 0 or (high - low) / high > 1 - _ZERO_WITHIN):
        low = 0.0
    elif high <= 0 and from_zero:
        high = 0.0
    if high == low:
        room = abs(high) * 0.05
        low, high = (low - room, high + room) if room else (0.0, 1.0)
    made = ticks(low, high, count)
    if ceiling is not None and made[-1] > ceiling >= high and len(made) > 2:
        made = (*(t for t in made if t < ceiling), ceiling)
    return made
