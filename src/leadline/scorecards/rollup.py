"""From children's scores to a parent's: the weighted mean, gaps redistributed, and how sure it is.

The one rule: a child without a score leaves its weight to its siblings, and the share of weight that had data
is always shown beside the score (CONVENTIONS A.3, A.4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from leadline.scorecards.scoring import TOP, ScoreStatus, score_status


@dataclass(frozen=True, slots=True)
class Child:
    """What a parent needs of a child: weight >= 0, score with its ends (None without one), confidence 0..1.

    `status` says why a score is missing. Weight 0 is shown and has no influence.
    """

    weight: float
    score: float | None
    low: float | None
    high: float | None
    confidence: float
    status: ScoreStatus


@dataclass(frozen=True, slots=True)
class RolledUp:
    """A parent's score 0..10 with its ends, the share of weight with data, status, and the shares behind it.

    `shares` are the children's shares of the parent's score after redistribution: they sum to 1, or are all 0
    where there is no score. `reason` says in words why there is no colour; empty where there is one.
    """

    score: float | None
    low: float | None
    high: float | None
    confidence: float
    status: ScoreStatus
    reason: str
    shares: tuple[float, ...]


def roll_up(children: Sequence[Child], *, minimum_confidence: float = 0.0) -> RolledUp:
    """Give the weighted mean of the children's scores, weights of gaps redistributed.

    S = sum w s / sum w over the children with a score; confidence = sum w c / sum w over all children. The
    ends combine the one-sided half-widths: S_low = S - sqrt(sum (w/sum w * (s - s_low))^2), S_high likewise,
    kept within 0..10. Assumption: the children's errors are independent; measures that read the same rows err
    together, and the true interval is then wider (at most the weighted mean of the ends).
    `minimum_confidence` is 0..1: below it the parent has a score and no colour.
    """
    total = sum(child.weight for child in children)
    present = sum(child.weight for child in children if child.score is not None)
    confidence = sum(c.weight * c.confidence for c in children) / total if total > 0 else 0.0
    if total <= 0:
        return RolledUp(
            None, None, None, 0.0, "unscored", "No measure below has a weight.", (0.0,) * len(children)
        )
    if present <= 0:
        status: ScoreStatus = "suppressed" if any(c.status == "suppressed" for c in children) else "no data"
        return RolledUp(
            None, None, None, confidence, status, "No measure below has a score.", (0.0,) * len(children)
        )
    shares = tuple(0.0 if c.score is None else c.weight / present for c in children)
    score = down = up = 0.0
    for share, child in zip(shares, children, strict=True):
        if child.score is None:
            continue
        score += share * child.score
        down += (share * (child.score - (0.0 if child.low is None else child.low))) ** 2
        up += (share * ((TOP if child.high is None else child.high) - child.score)) ** 2
    low, high = max(0.0, score - math.sqrt(down)), min(TOP, score + math.sqrt(up))
    if confidence < minimum_confidence - 1e-12:
        reason = f"Only {confidence:.0%} of the weight has data; a colour needs {minimum_confidence:.0%}."
        return RolledUp(score, low, high, confidence, "cannot tell", reason, shares)
    return RolledUp(score, low, high, confidence, score_status(low, high), "", shares)
