"""What a figure comes to under its score rule: score with both ends, status, and in words why there is no colour."""

import math
from dataclasses import dataclass

from leadline.catalog.definitions import Count, Measure, Metric, Sum
from leadline.catalog.score_rules import Named
from leadline.catalog.scoring import ScoreRule
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.scorecards.scoring import ScoreStatus


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure's status and score 0..10 with its ends, None where it has none.

    `settles_at_n` is the n that would settle `cannot tell`, None where none would.
    """

    status: ScoreStatus
    reason: str = ""
    settles_at_n: int | None = None
    score: float | None = None
    low: float | None = None
    high: float | None = None


def judged(
    metric: Metric, rule: ScoreRule | None, now: Observation | None, unit: str | None, segment: str = ""
) -> Judged:
    """Judge a figure of a metric; None where nothing was answered: `segment` names what it is not told apart by."""
    if now is None:
        by = segment or ("unit" if unit else "")
        why = f"{metric.label} is not told apart by {by}." if by else "There are no rows for this period."
        return Judged("no data", why)
    if now.value is None:
        hidden: ScoreStatus = "suppressed" if now.status == "suppressed" else "no data"
        return Judged(hidden, now.note or "There are no rows for this period.")
    if now.status == "suspended":
        return Judged("suspended", now.note)
    if rule is None:
        return Judged("unscored")
    if isinstance(rule, Named) and rule.word(now.value) is None:
        return Judged("cannot tell", f"{now.value:g} is none of the labels.")
    low, high = (now.value, now.value) if rule.is_exact else (now.low, now.high)
    status, score, (worst, best) = rule.status(low, high), rule.score(now.value), rule.ends(low, high)
    reason, settles = "", None
    if status == "cannot tell":
        reason, settles = _why(metric, rule, now)
    return Judged(status, reason, settles, score, worst, best)


def scored_zero(why: Judged) -> Judged:
    """Give what a figure comes to where a gap scores 0."""
    return Judged(why.status, f"{why.reason} It scores 0.", None, 0.0, 0.0, 0.0)


def whence(measure: Measure, instead: Observation, period: Period) -> str:
    """Say what stands in for a period's figure."""
    if instead.start == period.start:
        return f"No figure: {measure.substitute:g} stands in."
    return f"No figure: that of {instead.period} stands in."


def _why(metric: Metric, rule: ScoreRule, now: Observation) -> tuple[str, int | None]:
    """Say why the status is not settled, and the n that would settle it."""
    if now.low is None and now.high is None:
        return "The figure has no interval.", None
    low, high = (-math.inf if now.low is None else now.low), (math.inf if now.high is None else now.high)
    borders = [("red flag", aim.red_flag) for aim in rule.aims] + [("goal", aim.goal) for aim in rule.aims]
    over = " and ".join(dict.fromkeys(f"the {name}" for name, border in borders if low <= border <= high))
    reaches = f"The interval reaches over {over or 'the border of a band'}"
    if isinstance(metric, Count | Sum):
        return f"{reaches}; more rows would not narrow a total.", None
    settles = rule.settles_at_n(now.value, now.low, now.high, now.n or 0)
    if settles is None:
        return f"{reaches}; no realistic number of rows would settle it.", None
    return f"{reaches}; about {_rounded(settles):,} rows would settle it.", settles


def _rounded(number: int) -> int:
    """Two digits, upwards: nobody plans for 2,054,251 answers."""
    step: int = 10 ** max(len(str(number)) - 2, 0)
    return -(-number // step) * step
