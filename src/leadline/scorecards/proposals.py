"""Targets proposed from evidence: what was reached, what is to be expected, what peers and others reach. Pure numbers.

The rule: a proposal shows its evidence, and never claims a season that it has not seen twice.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 8
"""Periods below which nothing is proposed."""
_GRID = 40
_Z80 = 1.2815515655446004


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a target: what it is, its value, its ends where it has them."""

    what: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Red flag, goal and stretch, in the metric's unit of measure, with the evidence; `notes` say what it lacks."""

    red_flag: float
    goal: float
    stretch: float
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A value expected some periods ahead, with its 80 % prediction interval. `seasonal`: a season was taken in."""

    value: float
    low: float
    high: float
    seasonal: bool


def forecast(history: Sequence[float], ahead: int, season: int) -> Forecast:
    """Forecast a series by simple exponential smoothing, after its season where two of them were seen.

    ETS(A,N,N): the variance h steps ahead is s2 (1 + (h - 1) a2) (Hyndman and Athanasopoulos, 3rd ed., 8.7); the
    smoothing is chosen by least squares of one-step errors, and the interval widened for n by Student's t.
    """
    values = np.asarray(history, dtype=float)
    seasonal = season > 1 and len(values) >= 2 * season
    pattern = _pattern(values, season) if seasonal else np.zeros(1)
    at = np.arange(len(values))
    level = values - pattern[at % len(pattern)]
    fits = [(_errors(level, a), a) for a in np.linspace(0.02, 1.0, _GRID)]
    (errors, last), alpha = min(fits, key=lambda fit: float(fit[0][0] @ fit[0][0]))
    spare = max(len(errors) - 2 - (len(pattern) if seasonal else 0), 1)
    spread = math.sqrt(float(errors @ errors) / spare * (1 + (ahead - 1) * alpha**2))
    reach = _student(spare) * spread
    value = last + float(pattern[(len(values) + ahead - 1) % len(pattern)])
    return Forecast(value, value - reach, value + reach, seasonal)


def propose(
    history: Sequence[float],
    *,
    better: int,
    ahead: int = 1,
    season: int = 1,
    peers: Sequence[float] = (),
    benchmarks: Mapping[str, float] | None = None,
    expectation: float | None = None,
) -> Proposal | None:
    """Propose targets from final figures, the oldest first; None where there are fewer than eight.

    `better` is 1 where higher is better, else -1. The red flag is the worse end of the forecast's 80 % interval: what
    is worse is news. The goal is the better of the forecast and the level that one period in four reached; the stretch
    the best of what one in ten reached, the best quarter of peers, and benchmarks, and beyond the goal.
    """
    if len(history) < LEAST:
        return None
    turned = np.asarray(history, dtype=float) * better
    recent = turned[-max(season, 12) :]
    expected = forecast([float(v) for v in turned], ahead, season)
    quarter, tenth = (float(np.quantile(recent, q)) for q in (0.75, 0.9))
    goal = max(expected.value, quarter)
    top = [tenth, *([float(np.quantile(np.asarray(peers) * better, 0.75))] if len(peers) > 3 else [])]
    top += [value * better for value in (benchmarks or {}).values()]
    red_flag = min(expected.low, goal - 1e-9 - (goal - float(np.min(recent))) * 0.1)
    stretch = max([*top, goal + (goal - red_flag)] if max(top) <= goal else top)
    evidence = [
        Evidence(f"median of the last {len(recent)} periods", float(np.median(recent)) * better),
        Evidence("reached in one period of four", quarter * better),
        Evidence("reached in one period of ten", tenth * better),
        Evidence(
            f"forecast {ahead} ahead (80 % interval)", expected.value * better,
            *sorted((expected.low * better, expected.high * better)),
        ),
    ]  # fmt: skip
    if season > 1 and len(history) >= season:
        evidence.append(Evidence("a year before that period", float(history[len(history) - season + ahead - 1 - (
            season if ahead > season else 0)])))  # fmt: skip
    if len(peers) > 3:
        evidence.append(
            Evidence("best quarter of units", float(np.quantile(np.asarray(peers) * better, 0.75)) * better)
        )
    evidence += [Evidence(f"benchmark: {name}", value) for name, value in (benchmarks or {}).items()]
    notes = [] if expected.seasonal or season < 2 else ["Fewer than two years: its season is not known."]
    if expectation is not None:
        evidence.append(Evidence("what customers expect", expectation))
        if goal < expectation * better:
            notes.append("The goal stays below what customers expect.")
    return Proposal(red_flag * better, goal * better, stretch * better, tuple(evidence), tuple(notes))


def _pattern(values: NDArray[np.float64], season: int) -> NDArray[np.float64]:
    """Give how far each step of the season lies from the line through the series, on average, summing to zero."""
    at = np.arange(len(values), dtype=float)
    columns = np.column_stack([at, *[(at % season == k).astype(float) for k in range(season)]])
    fit, *_ = np.linalg.lstsq(columns, values, rcond=None)
    steps: NDArray[np.float64] = fit[1:] - fit[1:].mean()
    return steps


def _errors(level: NDArray[np.float64], alpha: float) -> tuple[NDArray[np.float64], float]:
    """Give the one-step errors of exponential smoothing, and the last level."""
    now, errors = float(level[: max(3, len(level) // 6)].mean()), []
    for value in level:
        errors.append(float(value) - now)
        now += alpha * errors[-1]
    return np.array(errors), now


def _student(df: int) -> float:
    """Give Student's t for a two-sided 80 % (Cornish and Fisher's expansion, to 0.5 % from df 3 on)."""
    z = _Z80
    return z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
