"""In a strategy, objectives are measured, metrics serve an objective, and something gives warning in time."""

from collections.abc import Iterator

from leadline.catalog import strategy as strategies
from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import parts
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find objectives without a scored measure, metrics without an objective, and objectives that only look back."""
    if catalog.strategy is None or any(kind in {"scorecard", "objective"} for kind, _ in catalog.unusable):
        return
    yield from _unmeasured(catalog)
    yield from _unserving(catalog)


def _unmeasured(catalog: Catalog) -> Iterator[Problem]:
    led = {link.target for link in strategies.links(catalog)}
    for name, objective in catalog.objectives.items():
        scored = strategies.scored(catalog, objective)
        if not scored:
            yield Problem(
                "warning", "objective-unmeasured", f"Nothing that is scored measures the objective {name!r}.",
                catalog.place(objective, "name"), "Give it a measure with a target on the strategy's scorecard.",
            )  # fmt: skip
            continue
        metrics = [catalog.metrics[m.metric] for m in scored if m.metric in catalog.metrics]
        if metrics and all(m.indicator == "lagging" for m in metrics) and name not in led:
            yield Problem(
                "warning", "all-lagging",
                f"All measures of {name!r} lag, and no link leads to it: nothing warns in time.",
                catalog.place(objective, "name"), "Add a leading measure, or say with `leads_to` what drives it.",
            )  # fmt: skip


def _unserving(catalog: Catalog) -> Iterator[Problem]:
    """Find metrics that nobody reads for an objective: on no scorecard, watched by none, part of no other."""
    serving = {
        m.metric for card in catalog.scorecards.values() for p in card.perspectives for o in p.objectives
        for m in o.measures
    }  # fmt: skip
    serving |= {name for objective in catalog.objectives.values() for name in objective.watches}
    serving |= {name for metric in catalog.metrics.values() for name in parts(catalog, metric)}
    serving |= {
        side.metric for link in strategies.links(catalog) for side in (link.driver, link.outcome) if side
    }
    serving |= {goal.reach.metric for goal in catalog.goals.values() if goal.reach}
    serving |= {name for one in catalog.reconciliations.values() for name in (one.left, one.right)}
    for name, metric in sorted(catalog.metrics.items()):
        if name not in serving:
            yield Problem(
                "warning", "metric-without-objective", f"The metric {name!r} serves no objective.",
                catalog.place(metric, "name"), "Put it on a scorecard, or under an objective's `watches`.",
            )  # fmt: skip
