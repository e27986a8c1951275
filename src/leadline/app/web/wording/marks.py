"""Statuses as shape, word and tone. One table, so that a status looks the same wherever it stands."""

from leadline.app.web.charts.specs import Tone
from leadline.app.web.contexts.pieces import Mark, Shape
from leadline.app.web.texts import say
from leadline.metrics.observation import Status
from leadline.scorecards.results import MeasureResult, Node
from leadline.scorecards.scoring import ScoreStatus

_TONES: dict[ScoreStatus, Tone] = {
    "on target": "good",
    "at risk": "risk",
    "off target": "bad",
    "cannot tell": "unknown",
    "unscored": "quiet",
    "suspended": "quiet",
    "suppressed": "quiet",
    "no data": "quiet",
}


def of(status: ScoreStatus, *, exceeds: bool = False) -> Mark:
    """Give the mark of a score's status, or of one that exceeds its target."""
    if exceeds and status == "on target":
        return named("exceeds", "status.exceeds", "beyond")
    return Mark(status, say(f"status.{status}"), _TONES[status])


def of_node(node: Node) -> Mark:
    """Give the mark of a node of a scorecard."""
    return of(node.status, exceeds=isinstance(node, MeasureResult) and node.exceeds)


def of_figure(status: Status) -> Mark | None:
    """Give the mark of a figure's own status; a final figure needs none."""
    if status == "final":
        return None
    shape: Shape = status
    return Mark(shape, say(f"status.{status}"), "quiet")


def named(shape: Shape, key: str, tone: Tone) -> Mark:
    """Give a mark with a word from the catalogue of texts."""
    return Mark(shape, say(key), tone)
