"""What a scorecard is once scored: nodes of measures, objectives, perspectives and the whole.

The one rule: every node carries its score with both ends, a status, and the share of weight that had data.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.catalog.definitions import Metric, Objective, Perspective, Scorecard
from leadline.catalog.scoring import ScoreRule, is_beyond
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.scorecards.scoring import ScoreStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every node of the tree has. Score and its ends are 0..10, None where there is no score.

    `share` is the declared share of the siblings' weight; `counts` the share of the parent's score after gaps
    left their weight to their siblings. `confidence` is the share of weight below that has data, 0..1.
    `reason` says in words why there is no colour. `provisional`: rows may still arrive for a figure that
    counts here.
    """

    weight: float
    score: float | None
    score_low: float | None
    score_high: float | None
    status: ScoreStatus
    reason: str
    confidence: float
    provisional: bool
    share: float = 0.0
    counts: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureResult(Node):
    """A measure's figure, score and status.

    `unit` is the unit that the figure is of (None: everything). `observation` is None where nothing was
    answered for the period. `settles_at_n` is the n that would settle `cannot tell`, None where none would.
    `history` runs from the oldest period to the scorecard's own. Targets are in the metric's `measured_in`.
    """

    metric: Metric
    unit: str | None
    rule: ScoreRule | None
    settles_at_n: int | None
    observation: Observation | None
    previous: Observation | None
    last_year: Observation | None
    history: tuple[Observation, ...]
    stands_in: Observation | None = None
    """The figure that is scored where the period has none."""
    where: tuple[tuple[str, str], ...] = ()
    """The segment that the figure is of, in the metric's own columns; empty for everything."""
    exceeds_from: float | None = None
    """The score from which the scorecard says that a measure exceeds, where it does."""

    @property
    def exceeds(self) -> bool:
        """Whether it is on target, and its whole score at or beyond what its scorecard calls more than that."""
        borders = self.rule.borders if self.rule else "better"
        return self.status == "on target" and is_beyond(self.score_low, self.exceeds_from, borders)

    @property
    def red_flag(self) -> float | None:
        """The level beyond which the figure is off target, where there is one side."""
        return self.rule.red_flag if self.rule else None

    @property
    def goal(self) -> float | None:
        """The level from which the figure is on target, where there is one side."""
        return self.rule.goal if self.rule else None

    @property
    def higher_is_better(self) -> bool | None:
        """Which way is good: by the targets, else by the metric; None where neither says, or the middle is best."""
        if self.rule and self.rule.aims:
            return self.rule.sign > 0 if self.rule.sign else None
        return None if self.metric.direction is None else self.metric.direction == "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveResult(Node):
    """An objective with its measures."""

    objective: Objective
    measures: tuple[MeasureResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerspectiveResult(Node):
    """A perspective with its objectives."""

    perspective: Perspective
    objectives: tuple[ObjectiveResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardResult(Node):
    """A scorecard for one period and one unit (None: everything)."""

    scorecard: Scorecard
    period: Period
    unit: str | None
    perspectives: tuple[PerspectiveResult, ...]
    where: tuple[tuple[str, str], ...] = ()
    """The segment that it is of, in the scorecard's words; empty for everything."""

    def measures(self) -> Iterator[MeasureResult]:
        """Give every measure, in the scorecard's order."""
        for perspective in self.perspectives:
            for objective in perspective.objectives:
                yield from objective.measures
