"""Which figures have targets, and at which grain a metric is watched: read from the scorecards' definitions."""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.catalog import Catalog
from leadline.catalog.composition import finest_shown
from leadline.catalog.definitions import GRAINS, Grain, Measure, Metric, Scorecard
from leadline.catalog.score_rules import rule_of

DEFAULT_GRAIN: Grain = "month"


@dataclass(frozen=True, slots=True)
class Target:
    """A measure's borders on one side, on one scorecard. `unit` is None for everything.

    `sign` is 1 where higher is better there, -1 where lower is.
    """

    scorecard: str
    metric: str
    unit: str | None
    grain: Grain
    red_flag: float
    goal: float
    sign: int


def targets(catalog: Catalog) -> list[Target]:
    """Give every side of every scored measure of every scorecard, in stable order."""
    return [
        Target(
            card.name, m.metric, m.unit or card.unit, _watched(card.period), aim.red_flag, aim.goal, aim.sign
        )
        for card, m in _measures(catalog)
        if (rule := rule_of(m)) is not None
        for aim in rule.aims
    ]


def grains(catalog: Catalog, metric: str) -> list[Grain]:
    """Give the grains at which a metric's changes are looked for: those of its scorecards.

    A metric that is on none takes that of the project's scorecard, else of the first one, else months. Days
    and hours are watched by the week: one day is one cluster, and nothing can be said of its chance. What is measured
    less often than that is watched as often as it is measured.
    """
    found = catalog.metrics.get(metric)
    finest = finest_shown(catalog, found) if found else "hour"
    own = {_watched(card.period) for card, measure in _measures(catalog) if measure.metric == metric}
    if not own:
        cards = catalog.scorecards
        name = catalog.project.scorecard or next(iter(sorted(cards)), "")
        own = {_watched(cards[name].period) if name in cards else DEFAULT_GRAIN}
    return sorted({max(grain, finest, key=GRAINS.index) for grain in own})


def better(catalog: Catalog, metric: Metric) -> int:
    """Say which way is good: 1 higher, -1 lower, 0 not said. The metric's direction, else a measure's targets."""
    if metric.direction is not None:
        return 1 if metric.direction == "higher" else -1
    signs = {target.sign for target in targets(catalog) if target.metric == metric.name}
    return signs.pop() if len(signs) == 1 else 0


def _watched(grain: Grain) -> Grain:
    return "week" if grain == "day" else grain


def _measures(catalog: Catalog) -> Iterator[tuple[Scorecard, Measure]]:
    for _, card in sorted(catalog.scorecards.items()):
        for perspective in card.perspectives:
            for objective in perspective.objectives:
                for measure in objective.measures:
                    yield card, measure
