"""Does one series' movement precede another's by a given lag? Pure numbers.

Two series that only share a trend, a season or a memory seem to follow each other. So: seasonal means and trends are
taken out, the driver is reduced to what its own past does not tell (prewhitening: Box & Jenkins 1976, ch. 11; Haugh
1976), and the outcome is regressed on its own past and on that, `lag` steps before (Granger 1969, at one lag).
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Told = Literal["precedes", "against", "not seen", "cannot tell"]

LEAST = 24
"""Pairs below which nothing is tried."""
_Z, _Z_POWER = 1.959963984540054, 0.8416212335729143
"""Two-sided 5 %, and 80 % power."""
_OUTLYING = 4.0
_MEMORY = 8
"""The longest memory that is looked for, beyond the season."""
_CYCLES = 2
"""Harmonics of a year that are taken out, where a year is longer than the season of the grain."""


@dataclass(frozen=True, slots=True)
class Precedence:
    """What two series say of a lag.

    `correlation` is the partial correlation of the outcome with the driver's news `lag` steps before, with its 95 %
    interval; `backwards` the same with the roles exchanged. `n` counts pairs; `needed` the pairs that would show the
    expected strength in four of five cases, where `told` is `cannot tell`; `p` is two-sided.
    """

    told: Told
    p: float | None
    correlation: float | None
    low: float | None
    high: float | None
    backwards: float | None
    n: int
    needed: int | None


def precedence(
    driver: Floats, outcome: Floats, lag: int, *, expected: float, season: int = 1, year: float | None = None
) -> Precedence:
    """Test whether a driver's movement precedes an outcome's by `lag` >= 1 steps.

    Both series are equally spaced, of one length, NaN where there is no figure. `expected` is the partial correlation
    that is claimed, with its sign, in (-1, 1) without 0. `season` is the length in steps of a pattern of fixed means
    (7 for days; 1: none), `year` that of a smooth yearly cycle. Two-sided at 5 %: `precedes` with the sign expected,
    `against` with the other; else `not seen` where the interval leaves out what is expected, else `cannot tell`.
    """
    if lag < 1 or len(driver) != len(outcome) or not 0 < abs(expected) < 1:
        raise ValueError(
            "a lag of at least 1, series of one length, and an expected correlation inside (-1, 1)"
        )
    needed = math.ceil(((_Z + _Z_POWER) / math.atanh(abs(expected))) ** 2 + 3)
    found = _partial(driver, outcome, lag, season, year)
    back = _partial(outcome, driver, lag, season, year)
    backwards = back[0] if back else None
    if found is None:
        usable = int(np.sum(np.isfinite(driver) & np.isfinite(outcome)))
        return Precedence("cannot tell", None, None, None, None, backwards, usable, needed)
    r, n, spare = found
    reach = _Z / math.sqrt(max(spare - 1, 1))
    low, high = math.tanh(math.atanh(r) - reach), math.tanh(math.atanh(r) + reach)
    sign = 1 if expected > 0 else -1
    told: Told
    least, most = (low, high) if sign > 0 else (-high, -low)
    if least > 0:
        told = "precedes"
    elif most < 0:
        told = "against"
    elif most < abs(expected):
        told = "not seen"
    else:
        told = "cannot tell"
    more = max(needed + n - spare, n + 1) if told == "cannot tell" else None
    p = math.erfc(abs(math.atanh(r)) / reach * _Z / math.sqrt(2))
    return Precedence(told, p, r, low, high, backwards, n, more)


def _partial(
    driver: Floats, outcome: Floats, lag: int, season: int, year: float | None
) -> tuple[float, int, int] | None:
    """Give the partial correlation at a lag, the pairs, the degrees of freedom left; None where they are too few."""
    calendar = _calendar(len(driver), season, year)
    x, y = _steady(driver, calendar), _steady(outcome, calendar)
    memory = _memory(len(x), season)
    news = _news(x, memory)
    past = np.column_stack([_shifted(y, k) for k in memory]) if memory else np.empty((len(y), 0))
    moved = _shifted(news, lag)
    rows = np.isfinite(y) & np.isfinite(moved) & np.isfinite(past).all(axis=1)
    n = int(rows.sum())
    spare = n - past.shape[1] - calendar.shape[1] - 1
    if n < LEAST or spare < LEAST // 2:
        return None
    known = np.column_stack([np.ones(n), past[rows]])
    one, other = _residual(known, _tame(moved[rows])), _residual(known, _tame(y[rows]))
    size = math.sqrt(float(one @ one) * float(other @ other))
    if not size > 0:
        return None
    return max(min(float(one @ other) / size, 1 - 1e-12), -1 + 1e-12), n, spare


def _calendar(length: int, season: int, year: float | None) -> Floats:
    """Give the columns of what the calendar alone tells: a mean for each step of the season, a smooth year."""
    at = np.arange(length, dtype=float)
    columns = [np.ones(length)]
    if season > 1:
        columns += [(at % season == k).astype(float) for k in range(1, season)]
    if year and length >= year * 0.75:
        for cycle in range(1, _CYCLES + 1):
            angle = 2 * np.pi * cycle * at / year
            columns += [np.sin(angle), np.cos(angle)]
    return np.column_stack(columns)


def _steady(series: Floats, calendar: Floats) -> Floats:
    """Give the changes of a series from step to step, without what the calendar tells of them."""
    changes = np.full(len(series), np.nan)
    changes[1:] = np.diff(series)
    told = np.full((len(series), calendar.shape[1]), np.nan)
    told[1:] = np.diff(calendar, axis=0)
    told[1:, 0] = 1.0
    rows = np.isfinite(changes)
    if rows.sum() <= calendar.shape[1] + 2:
        return np.full(len(series), np.nan)
    left = np.full(len(series), np.nan)
    left[rows] = _residual(told[rows], _tame(changes[rows]))
    return left


def _memory(length: int, season: int) -> list[int]:
    """Give the steps back that a series may remember: a few, fewer for a short series, and its season."""
    few = list(range(1, max(min(_MEMORY, length // 12), 1) + 1))
    return few + [k for k in (season, season + 1) if season > 1 and k not in few and length > 10 * season]


def _news(series: Floats, memory: list[int]) -> Floats:
    """Give what a series' own past does not tell of it."""
    past = np.column_stack([_shifted(series, k) for k in memory])
    rows = np.isfinite(series) & np.isfinite(past).all(axis=1)
    found = np.full(len(series), np.nan)
    if rows.sum() > len(memory) + 2:
        found[rows] = _residual(np.column_stack([np.ones(int(rows.sum())), past[rows]]), series[rows])
    return found


def _shifted(series: Floats, steps: int) -> Floats:
    moved = np.full(len(series), np.nan)
    moved[steps:] = series[: len(series) - steps]
    return moved


def _residual(columns: Floats, series: Floats) -> Floats:
    fit, *_ = np.linalg.lstsq(columns, series, rcond=None)
    left: Floats = series - columns @ fit
    return left


def _tame(series: Floats) -> Floats:
    """Pull in what lies more than four robust deviations out: an outage must not decide alone."""
    middle = float(np.median(series))
    spread = 1.4826 * float(np.median(np.abs(series - middle)))
    return (
        series if spread == 0 else np.clip(series, middle - _OUTLYING * spread, middle + _OUTLYING * spread)
    )
