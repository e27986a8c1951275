"""What a scorecard's definition asks of its measures: which they are, and their shares of the whole.

The one rule: what is unscored has no influence anywhere, and a branch that holds nothing else has none either.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from leadline.catalog.definitions import Measure, Metric, Scorecard
from leadline.catalog.score_rules import rule_of


def measures_of(scorecard: Scorecard) -> Iterator[Measure]:
    """Give every measure, in the scorecard's order."""
    for perspective in scorecard.perspectives:
        for objective in perspective.objectives:
            yield from objective.measures


def declared_shares(scorecard: Scorecard, day: date = date.max) -> dict[str, float]:
    """Give each metric's share of the whole scorecard's weight, as declared for a day (the last): they sum to 1.

    Where nothing is scored, all metrics count alike.
    """
    scored = [
        (
            perspective.weight_on(day),
            objective.weight_on(day),
            [m for m in objective.measures if rule_of(m) and m.weight_on(day) > 0],
            i,
        )
        for i, perspective in enumerate(scorecard.perspectives)
        for objective in perspective.objectives
    ]
    scored = [branch for branch in scored if branch[2]]
    shares = {measure.metric: 0.0 for measure in measures_of(scorecard)}
    perspectives = sum({i: weight for weight, _, _, i in scored}.values())
    for weight, own, measures, i in scored:
        siblings = sum(other for _, other, _, j in scored if j == i)
        if perspectives > 0 and siblings > 0:
            branch = weight / perspectives * own / siblings
            weights = [measure.weight_on(day) for measure in measures]
            whole = sum(weights)
            for measure, mine in zip(measures, weights, strict=True):
                shares[measure.metric] += branch * mine / whole
    return shares if any(shares.values()) else dict.fromkeys(shares, 1 / len(shares))


def long_term(scorecard: Scorecard, metrics: Mapping[str, Metric]) -> float:
    """Give the share of a scorecard's weight, 0..1, that measures for the long term have."""
    shares = declared_shares(scorecard)
    return sum(share for name, share in shares.items() if name in metrics and metrics[name].term == "long")
