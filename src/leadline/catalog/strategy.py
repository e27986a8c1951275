"""What a strategy comes to: where objectives stand, how much they weigh and get, and in which figures links show.

Without a `kind: strategy` the perspectives are those of the project's scorecard.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import LeadsTo, Measure, Objective, Part, Scorecard, Side
from leadline.catalog.score_rules import rule_of
from leadline.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class CauseLink:
    """A link from one objective to another, with the figures in which it shows (None: there are none).

    `sign` is 1 where the outcome is expected to rise with the driver, -1 where it falls, None where nobody says.
    `nth` is its place in the objective's list.
    """

    source: str
    target: str
    declared: LeadsTo
    nth: int
    driver: Side | None
    outcome: Side | None
    sign: int | None


def scorecard(catalog: Catalog) -> Scorecard | None:
    """Give the scorecard on which objectives are measured: the strategy's, else the project's, else the first."""
    strategy = catalog.strategy
    named = (strategy.scorecard if strategy else None) or catalog.project.scorecard
    return catalog.scorecards.get(named or min(catalog.scorecards, default=""))


def perspectives(catalog: Catalog) -> tuple[Part, ...]:
    """Give the map's bands from the top: the strategy's, else those of the scorecard."""
    if catalog.strategy:
        return catalog.strategy.perspectives
    card = scorecard(catalog)
    return tuple(Part(name=p.name, title=p.title) for p in card.perspectives) if card else ()


def perspective_of(catalog: Catalog, name: str) -> str | None:
    """Name the perspective in which an objective stands: as it says, else as the scorecard has it."""
    objective = catalog.objectives.get(name)
    if objective and objective.perspective:
        return objective.perspective
    card = scorecard(catalog)
    placed = ((p.name, o.objective) for p in (card.perspectives if card else ()) for o in p.objectives)
    return next((perspective for perspective, other in placed if other == name), None)


def measures(catalog: Catalog, objective: str) -> tuple[Measure, ...]:
    """Give the measures of an objective on the strategy's scorecard, the weightiest first."""
    card = scorecard(catalog)
    if card is None:
        return ()
    found = [
        m for p in card.perspectives for o in p.objectives if o.objective == objective for m in o.measures
    ]
    return tuple(sorted(found, key=lambda m: (not _scored(m), -max(w for _, w in m.weights))))


def importance(catalog: Catalog) -> dict[str, float]:
    """Give each objective's share of all importance: as declared, else its share of the scorecard's weight.

    Declared numbers are relative to each other; where some objectives declare one and others do not, a share of the
    scorecard counts as that share of the mean declared one.
    """
    shares = _scorecard_shares(catalog)
    declared = {n: o.importance for n, o in catalog.objectives.items() if o.importance is not None}
    if not declared:
        return shares
    mean, middle = (
        sum(declared.values()) / len(declared),
        (sum(shares.values()) / len(shares)) if shares else 0.0,
    )
    raw = {
        name: declared[name] if name in declared else mean * shares.get(name, 0.0) / middle if middle else 0.0
        for name in catalog.objectives
    }
    total = sum(raw.values())
    return {name: value / total for name, value in raw.items()} if total else {}


def spend(catalog: Catalog) -> dict[str, float]:
    """Give the money that goes into each objective: budgets of initiatives that are not stopped, shared equally."""
    found = dict.fromkeys(catalog.objectives, 0.0)
    for one in catalog.initiatives.values():
        for name in one.objectives if one.state != "stopped" else ():
            found[name] = found.get(name, 0.0) + one.budget / len(one.objectives)
    return found


def links(catalog: Catalog) -> tuple[CauseLink, ...]:
    """Give every cause-and-effect link between objectives that there are."""
    return tuple(_links(catalog))


def _links(catalog: Catalog) -> Iterator[CauseLink]:
    for name, objective in sorted(catalog.objectives.items()):
        for nth, one in enumerate(objective.leads_to):
            if one.objective in catalog.objectives:
                driver, outcome = _side(catalog, name, one.driver), _side(catalog, one.objective, one.outcome)
                sign = _sign(catalog, one, driver, outcome)
                yield CauseLink(name, one.objective, one, nth, driver, outcome, sign)


def _side(catalog: Catalog, objective: str, declared: str | Side | None) -> Side | None:
    if isinstance(declared, Side):
        return declared
    if declared:
        return Side(metric=declared)
    first = next(iter(measures(catalog, objective)), None)
    return Side(metric=first.metric, unit=first.unit) if first else None


def _sign(catalog: Catalog, one: LeadsTo, driver: Side | None, outcome: Side | None) -> int | None:
    if one.moves:
        return 1 if one.moves == "together" else -1
    ways = [_better(catalog, side) for side in (driver, outcome) if side]
    return ways[0] * ways[1] if len(ways) == 2 and all(ways) else None


def _better(catalog: Catalog, side: Side) -> int:
    """Say which way is good for a figure: 1 higher, -1 lower, 0 not said."""
    metric = catalog.metrics.get(side.metric)
    return {"higher": 1, "lower": -1}.get(str(metric.direction), 0) if metric else 0


def _scored(measure: Measure) -> bool:
    try:
        return rule_of(measure) is not None
    except DefinitionError:  # said elsewhere
        return False


def scored(catalog: Catalog, objective: Objective) -> tuple[Measure, ...]:
    """Give the measures of an objective that are scored and weigh something."""
    return tuple(m for m in measures(catalog, objective.name) if _scored(m) and any(w for _, w in m.weights))


def perspective_shares(card: Scorecard) -> dict[str, float]:
    """Give each perspective's share of a scorecard's weight, as it last holds."""
    weights = {p.name: p.weights[-1][1] for p in card.perspectives}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total else {}


def _scorecard_shares(catalog: Catalog) -> dict[str, float]:
    card = scorecard(catalog)
    if card is None:
        return {}
    shares = perspective_shares(card)
    found: dict[str, float] = {}
    for perspective in card.perspectives:
        total = sum(o.weights[-1][1] for o in perspective.objectives)
        for place in perspective.objectives:
            part = place.weights[-1][1] / total if total else 0.0
            found[place.objective] = (
                found.get(place.objective, 0.0) + shares.get(perspective.name, 0.0) * part
            )
    return found
