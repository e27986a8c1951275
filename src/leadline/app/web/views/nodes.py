"""The nodes of a scored scorecard in words: what they come to, how much they weigh, how many have which status."""

from collections import Counter
from collections.abc import Sequence

from leadline.app.web.contexts.home import Verdict
from leadline.app.web.contexts.pieces import Mark
from leadline.app.web.numbers import share
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.wording import marks, targets
from leadline.catalog.definitions import Scorecard
from leadline.metrics.periods import Period
from leadline.scorecards.results import Node, ScorecardResult
from leadline.scorecards.scoring import ScoreStatus

_ORDER: tuple[ScoreStatus, ...] = (
    "off target", "at risk", "cannot tell", "on target", "suspended", "suppressed", "no data", "unscored",
)  # fmt: skip


def verdict_of(node: Node) -> Verdict:
    """Give what a node comes to."""
    part = share(node.confidence, 1, 0)
    incomplete = node.confidence < 1 - 1e-9 and node.status != "unscored"
    return Verdict(
        marks.of_node(node),
        targets.score(node.score) if node.score is not None else "",
        say("tree.confidence", share=part),
        part if incomplete else "",
    )


def weight_of(node: Node, siblings: Sequence[Node], key: str) -> str:
    """Give a node's share of its parent's score; an only child needs none."""
    return say(key, share=share(node.share, 1, 0)) if len(siblings) > 1 and node.weight else ""


def tally_of(result: ScorecardResult) -> tuple[tuple[Mark, int], ...]:
    """Count the measures by status, the gravest first."""
    counted = Counter(m.status for m in result.measures())
    return tuple((marks.of(status), counted[status]) for status in _ORDER if counted[status])


def newest_of(reading: Reading, definition: Scorecard) -> Period:
    """Give the last period for which any of the scorecard's metrics has rows."""
    names = {m.metric for p in definition.perspectives for o in p.objectives for m in o.measures}
    last = max(covered[1] for covered in map(reading.published.coverage, names) if covered)
    return reading.published.periods.period(definition.period, last)


def state_of(result: ScorecardResult) -> str:
    """Say whether the period's figures may still move, and why there is no colour."""
    if result.reason:
        return result.reason
    return say("home.provisional" if result.provisional else "home.final")
