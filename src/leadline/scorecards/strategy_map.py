"""The strategy as it stands: each objective in its perspective, with its status, and what is asked and spent for it.

The one rule: an objective's status is that of the scorecard, or there is none; nothing is scored here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.catalog import Catalog, strategy
from leadline.catalog.definitions import Goal, Initiative, Objective, Part
from leadline.scorecards.results import ObjectiveResult, ScorecardResult


@dataclass(frozen=True, slots=True)
class Placed:
    """An objective on the map. `result` is None where the scorecard does not show it; shares are 0..1."""

    objective: Objective
    result: ObjectiveResult | None
    importance: float
    budget: float
    spend: float
    initiatives: tuple[Initiative, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A perspective of the map, with its objectives in the order of the scorecard, then of their names."""

    perspective: Part
    objectives: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class StrategyMap:
    """A strategy's bands, from the top. `unplaced` are objectives that stand in no perspective."""

    bands: tuple[Band, ...]
    unplaced: tuple[Placed, ...]
    goals: tuple[Goal, ...]
    initiatives: tuple[Initiative, ...]

    def objectives(self) -> Iterator[Placed]:
        """Give every objective."""
        for band in self.bands:
            yield from band.objectives
        yield from self.unplaced


def strategy_map(catalog: Catalog, result: ScorecardResult | None) -> StrategyMap:
    """Arrange a project's strategy around a scored scorecard (None: nothing is measured)."""
    scored = {o.objective.name: o for p in (result.perspectives if result else ()) for o in p.objectives}
    order = {name: nth for nth, name in enumerate(scored)}
    weights, money = strategy.importance(catalog), strategy.spend(catalog)
    total = sum(money.values())

    def placed(one: Objective) -> Placed:
        own = tuple(i for _, i in sorted(catalog.initiatives.items()) if one.name in i.objectives)
        budget = money.get(one.name, 0.0)
        share = budget / total if total else 0.0
        return Placed(one, scored.get(one.name), weights.get(one.name, 0.0), budget, share, own)

    known = strategy.perspectives(catalog)
    names = sorted(catalog.objectives, key=lambda name: (order.get(name, len(order)), name))
    where = {name: strategy.perspective_of(catalog, name) for name in names}
    inside = {part.name for part in known}
    return StrategyMap(
        tuple(
            Band(part, tuple(placed(catalog.objectives[n]) for n in names if where[n] == part.name))
            for part in known
        ),
        tuple(placed(catalog.objectives[n]) for n in names if where[n] not in inside),
        tuple(goal for _, goal in sorted(catalog.goals.items())),
        tuple(one for _, one in sorted(catalog.initiatives.items())),
    )
