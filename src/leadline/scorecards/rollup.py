"""From children's scores to a parent's, by the rule that the scorecard names, and how sure it is.

The one rule: what is missing is never made up here; the share of weight that had data is always shown beside the score
(CONVENTIONS A.3, A.4).
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from leadline.catalog.definitions.score_rules import Band
from leadline.catalog.definitions.scorecard import RollUp
from leadline.catalog.scoring import BANDS, GOAL_SCORE, RED_FLAG_SCORE, TOP, band_of
from leadline.scorecards.scoring import ScoreStatus, score_status

BORDERS: dict[Band, float] = {"off target": 0.0, "at risk": RED_FLAG_SCORE, "on target": GOAL_SCORE}
"""What a parent scores that has a band and no more: the band's lower border (Oracle's scorecards)."""

_AT_ONCE = 4096
"""So many ways in which children's statuses may turn out are looked at; more of them cannot be told."""


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


def roll_up(
    children: Sequence[Child],
    rule: RollUp = "weighted",
    *,
    minimum_confidence: float = 0.0,
    blank: bool = False,
) -> RolledUp:
    """Give the parent's score by a rule; weights of gaps are redistributed, or one gap blanks all (`blank`).

    `minimum_confidence` is 0..1: below it the parent has a score and no colour. Rules other than `weighted` give the
    border of a band as score; a status that is not settled below may leave the parent's unsettled.
    """
    total = sum(child.weight for child in children)
    confidence = sum(c.weight * c.confidence for c in children) / total if total > 0 else 0.0
    counting = [c for c in children if c.weight > 0 and c.score is not None]
    nothing = (0.0,) * len(children)
    if total <= 0 or rule == "none":
        reason = "No measure below has a weight." if total <= 0 else "It has no score of its own."
        return RolledUp(None, None, None, confidence, "unscored", reason, nothing)
    if rule == "count":
        return RolledUp(None, None, None, confidence, "unscored", _counted(children), nothing)
    gaps = [c for c in children if c.weight > 0 and c.score is None and c.status != "unscored"]
    if not counting or (blank and gaps):
        said = {c.status for c in gaps}
        status: ScoreStatus = next((s for s in ("suppressed", "suspended") if s in said), "no data")
        reason = "A measure below has no score." if counting else "No measure below has a score."
        return RolledUp(None, None, None, confidence, status, reason, nothing)
    present = sum(c.weight for c in counting)
    shares = tuple(0.0 if c.score is None else c.weight / present for c in children)
    score, low, high = (
        _weighted(children, shares) if rule == "weighted" else _by_band(counting, _CHOICES[rule])
    )
    if confidence < minimum_confidence - 1e-12:
        reason = f"Only {confidence:.0%} of the weight has data; a colour needs {minimum_confidence:.0%}."
        return RolledUp(score, low, high, confidence, "cannot tell", reason, shares)
    return RolledUp(score, low, high, confidence, score_status(low, high), "", shares)


def _weighted(children: Sequence[Child], shares: Sequence[float]) -> tuple[float, float, float]:
    """Give the weighted mean and its ends.

    S = sum w s / sum w over the children with a score. The ends combine the one-sided half-widths:
    S_low = S - sqrt(sum (w/sum w * (s - s_low))^2), S_high likewise, kept within 0..10. Assumption: the children's
    errors are independent; measures that read the same rows err together, and the true interval is then wider (at
    most the weighted mean of the ends).
    """
    score = down = up = 0.0
    for share, child in zip(shares, children, strict=True):
        if child.score is None:
            continue
        score += share * child.score
        down += (share * (child.score - (0.0 if child.low is None else child.low))) ** 2
        up += (share * ((TOP if child.high is None else child.high) - child.score)) ** 2
    return score, max(0.0, score - math.sqrt(down)), min(TOP, score + math.sqrt(up))


def _by_band(
    children: Sequence[Child], choose: Callable[[Sequence[Band]], Band]
) -> tuple[float, float, float]:
    """Give the border of the band that is chosen from the children's, and of the worst and best it may turn out as."""
    chosen = choose([band_of(child.score or 0.0) for child in children])
    possible = [_possible(child) for child in children]
    if math.prod(map(len, possible)) > _AT_ONCE:
        return BORDERS[chosen], 0.0, TOP
    found = {choose(bands) for bands in product(*possible)}
    scores = [BORDERS[band] for band in found]
    return BORDERS[chosen], min(scores), max(scores)


def _possible(child: Child) -> list[Band]:
    """Give the bands that a child may turn out to be in."""
    low, high = (0.0 if child.low is None else child.low), (TOP if child.high is None else child.high)
    return list(BANDS[BANDS.index(band_of(low)) : BANDS.index(band_of(high)) + 1])


def _most_frequent(ties: Callable[[Iterable[int]], int]) -> Callable[[Sequence[Band]], Band]:
    def choose(bands: Sequence[Band]) -> Band:
        counts = Counter(bands)
        most = max(counts.values())
        return BANDS[ties(BANDS.index(band) for band, n in counts.items() if n == most)]

    return choose


_CHOICES: dict[str, Callable[[Sequence[Band]], Band]] = {
    "worst": lambda bands: BANDS[min(map(BANDS.index, bands))],
    "best": lambda bands: BANDS[max(map(BANDS.index, bands))],
    "most_frequent_ties_worst": _most_frequent(min),
    "most_frequent_ties_best": _most_frequent(max),
}


def _counted(children: Sequence[Child]) -> str:
    """Say how many children have each status."""
    counts = Counter(child.status for child in children if child.weight > 0)
    order: tuple[ScoreStatus, ...] = (
        "on target",
        "at risk",
        "off target",
        "cannot tell",
        "suppressed",
        "suspended",
        "no data",
    )
    return (
        ", ".join(f"{counts[status]} {status}" for status in order if counts[status]) or "Nothing is scored"
    ) + "."
