"""What a scorecard's definition asks of its measures: their rules, and their shares of the whole.

The one rule: what is unscored has no influence anywhere, and a branch that holds nothing else has none either.
"""

from collections.abc import Iterator

from leadline.catalog.definitions import Measure, Scorecard
from leadline.scorecards.scoring import GoalRedFlag


def rule_of(measure: Measure) -> GoalRedFlag | None:
    """Give a measure's score rule; None where it is unscored or has no targets."""
    if measure.score == "unscored" or measure.red_flag is None or measure.goal is None:
        return None
    return GoalRedFlag(measure.red_flag, measure.goal, measure.stretch)


def measures_of(scorecard: Scorecard) -> Iterator[Measure]:
    """Give every measure, in the scorecard's order."""
    for perspective in scorecard.perspectives:
        for objective in perspective.objectives:
            yield from objective.measures


def declared_shares(scorecard: Scorecard) -> dict[str, float]:
    """Give each metric's share of the whole scorecard's weight, as declared: they sum to 1.

    Where nothing is scored, all metrics count alike.
    """
    scored = [
        (
            perspective.weight,
            objective.weight,
            [m for m in objective.measures if rule_of(m) and m.weight > 0],
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
            for measure in measures:
                shares[measure.metric] += branch * measure.weight / sum(m.weight for m in measures)
    return shares if any(shares.values()) else dict.fromkeys(shares, 1 / len(shares))
