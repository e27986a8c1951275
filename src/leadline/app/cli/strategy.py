"""`leadline strategy`: the map as a list, what leads to what, and what the figures say of it."""

from typing import Annotated, Any

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.app.wiring import open_published
from leadline.catalog import Catalog
from leadline.catalog import strategy as strategies
from leadline.insights.links import TestedLink, recalled
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.scorecards.strategy_map import Placed, strategy_map
from leadline.scorecards.tree import score

TESTED = "the tests of links"
"""What was found of links depends on no person: it is of the whole company, and is told with the map."""


def strategy(
    context: typer.Context,
    period: Annotated[
        str | None, typer.Option("--period", help="A period of the scorecard; default: the last.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Statuses of this unit.")] = None,
    json_: Json = False,
) -> None:
    """Show objectives by perspective with status, importance and budget; goals; and links, as tested in the figures."""
    with opened(context) as space:
        published = open_published(space)
        shown = _shown(published, space.viewer, period, unit)
    if json_:
        output.as_json(shown)
        return
    _show(published.catalog, shown)


def _shown(
    published: Published, viewer: str | Viewer, period: str | None, unit: str | None
) -> dict[str, Any]:
    catalog = published.catalog
    card = strategies.scorecard(catalog)
    chosen = published.periods.parse(period).start if period else None
    result = score(published, card.name, viewer=viewer, unit=unit, period=chosen) if card else None
    found = strategy_map(catalog, result)
    return {
        "strategy": catalog.strategy.name if catalog.strategy else None,
        "period": result.period.label if result else None,
        "unit": result.unit if result else None,
        "perspectives": [
            {"perspective": band.perspective.name, "objectives": [_objective(one) for one in band.objectives]}
            for band in found.bands
        ],
        "unplaced": [_objective(one) for one in found.unplaced],
        "goals": [
            {"goal": g.name, "type": g.type, "by": g.by, "owner": g.owner,
             "reach": g.reach.model_dump() if g.reach else None}
            for g in found.goals
        ],
        "initiatives": [
            {"initiative": i.name, "objectives": list(i.objectives), "goal": i.goal, "budget": i.budget,
             "spent": i.spent, "state": i.state, "from": i.from_, "until": i.until, "owner": i.owner}
            for i in found.initiatives
        ],
        "links": [_link(one) for one in recalled(published, viewer=TESTED)],
    }  # fmt: skip


def _objective(one: Placed) -> dict[str, Any]:
    result = one.result
    return {
        "objective": one.objective.name,
        "status": result.status if result else "no data",
        "score": result.score if result else None,
        "low": result.score_low if result else None,
        "high": result.score_high if result else None,
        "measures": [m.metric.name for m in result.measures] if result else [],
        "watches": list(one.objective.watches),
        "importance": one.importance,
        "budget": one.budget,
        "spend": one.spend,
        "owner": one.objective.owner,
    }


def _link(one: TestedLink) -> dict[str, Any]:
    found = one.found
    return {
        "from": one.link.source,
        "to": one.link.target,
        "after": one.link.declared.after,
        "strength": one.link.declared.strength,
        "driver": one.link.driver.model_dump() if one.link.driver else None,
        "outcome": one.link.outcome.model_dump() if one.link.outcome else None,
        "grain": one.grain,
        "lag": one.steps,
        "told": one.told,
        "correlation": found.correlation if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "backwards": found.backwards if found else None,
        "n": found.n if found else None,
        "needed": found.needed if found else None,
        "adjusted_p": one.adjusted_p,
        "sentence": one.sentence,
    }


def _show(catalog: Catalog, shown: dict[str, Any]) -> None:
    labels = {name: one.label for name, one in catalog.objectives.items()}
    rows = [
        [band["perspective"], labels[one["objective"]], one["status"], output.number(one["score"], 1),
         f"{one['importance']:.0%}", output.number(one["budget"], 0), one["owner"] or "nobody"]
        for band in [*shown["perspectives"], {"perspective": "nowhere", "objectives": shown["unplaced"]}]
        for one in band["objectives"]
    ]  # fmt: skip
    right = ("score", "importance", "budget")
    output.table(rows, "perspective", "objective", "status", *right, "owner", right=right)
    if shown["links"]:
        output.table(
            [[labels[one["from"]], labels[one["to"]], one["sentence"]] for one in shown["links"]],
            "driver", "leads to", "what the figures say",
        )  # fmt: skip
