"""Which figures have targets, and at which grain a metric is watched: read from the scorecards' definitions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from leadline.catalog import Catalog
from leadline.catalog.cascade import sliced
from leadline.catalog.composition import finest_shown
from leadline.catalog.definitions import GRAINS, Grain, Measure, Metric, Scorecard
from leadline.catalog.score_rules import aimed, rule_of

DEFAULT_GRAIN: Grain = "month"


@dataclass(frozen=True, slots=True)
class Target:
    """A measure's borders on one side, on one scorecard. `unit` is None for everything; `where` is a segment in the
    metric's own columns, empty for everything.

    `sign` is 1 where higher is better there, -1 where lower is.
    """

    scorecard: str
    metric: str
    unit: str | None
    grain: Grain
    red_flag: float
    goal: float
    sign: int
    where: tuple[tuple[str, str], ...] = ()


def targets(catalog: Catalog, day: Callable[[str, Grain], date] = lambda *_: date.max) -> list[Target]:
    """Give every side of every scored measure of every scorecard, in stable order, and those of units with their own.

    `day` gives the day on which a metric's targets are to hold, at a grain (default: the last ones).
    """
    found: list[Target] = []
    for card, measure in _measures(catalog):
        grain, base = _watched(card.period), measure.unit or card.unit
        own = ((t.unit or base, tuple({**card.where, **t.where}.items())) for t in measure.targets)
        for unit, where in dict.fromkeys(((base, tuple(card.where.items())), *own)):
            columns = _columns(catalog, measure.metric, dict(where))
            if columns is None or any(card.where.get(name, value) != value for name, value in where):
                continue
            day_ = day(measure.metric, grain)
            rule = rule_of(aimed(measure, catalog.units, unit, day_, dict(where)))
            found += [
                Target(card.name, measure.metric, unit, grain, aim.red_flag, aim.goal, aim.sign, columns)
                for aim in (rule.aims if rule else ())
            ]
    return found


@lru_cache(maxsize=4)
def last_targets(catalog: Catalog) -> Mapping[str, Sequence[Target]]:
    """Give the targets that hold last, by metric. A catalog never changes, and each of many findings asks."""
    found: dict[str, list[Target]] = {}
    for target in targets(catalog):
        found.setdefault(target.metric, []).append(target)
    return found


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
    signs = {target.sign for target in last_targets(catalog).get(metric.name, ())}
    return signs.pop() if len(signs) == 1 else 0


def _columns(catalog: Catalog, metric: str, where: Mapping[str, str]) -> tuple[tuple[str, str], ...] | None:
    """Give a segment in a metric's own columns; None where it is not told apart so."""
    found = sliced(catalog, catalog.metrics[metric], where) if where else {}
    return None if found is None else tuple(sorted(found.items()))


def _watched(grain: Grain) -> Grain:
    return "week" if grain == "day" else grain


def _measures(catalog: Catalog) -> Iterator[tuple[Scorecard, Measure]]:
    for _, card in sorted(catalog.scorecards.items()):
        for perspective in card.perspectives:
            for objective in perspective.objectives:
                for measure in objective.measures:
                    yield card, measure
