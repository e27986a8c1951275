"""A scorecard with the process measures that serve its objectives: shown below them, and counting for nothing.

An objective `watches` them without scoring them. What is on the scorecard by itself stays where it is.
"""

from leadline.catalog import Catalog
from leadline.catalog.definitions import Measure, Scorecard
from leadline.catalog.definitions.scorecard import Perspective, ScorecardObjective


def served(catalog: Catalog, scorecard: Scorecard) -> Scorecard:
    """Give a scorecard on which each objective also has what it watches, unscored; those it has anyway stay scored."""
    return scorecard.model_copy(
        update={"perspectives": tuple(_perspective(catalog, one) for one in scorecard.perspectives)}
    )


def _perspective(catalog: Catalog, one: Perspective) -> Perspective:
    return one.model_copy(
        update={"objectives": tuple(_objective(catalog, place) for place in one.objectives)}
    )


def _objective(catalog: Catalog, place: ScorecardObjective) -> ScorecardObjective:
    more = tuple(
        Measure(metric=name, weight=0, score="unscored")
        for name in watched(catalog, place)
        if name in catalog.metrics
    )
    return place.model_copy(update={"measures": (*place.measures, *more)}) if more else place


def watched(catalog: Catalog, place: ScorecardObjective) -> tuple[str, ...]:
    """Name the metrics that an objective watches and that are not among its measures."""
    definition = catalog.objectives.get(place.objective)
    own = {measure.metric for measure in place.measures}
    return tuple(name for name in definition.watches if name not in own) if definition else ()
