"""Every part of the strategy that a definition names is there, and there is one strategy."""

from collections.abc import Collection, Iterator

from leadline.catalog import strategy as strategies
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Definition, Objective, Part, Side
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find names of perspectives, pillars, themes, stages, behaviours, goals and objectives that there are not."""
    yield from _one(catalog)
    for objective in catalog.objectives.values():
        yield from _objective(catalog, objective)
    for goal in catalog.goals.values():
        yield from _part(catalog, goal, "pillar", goal.pillar, _parts(catalog, "pillars"), "pillar")
        yield from _part(catalog, goal, "theme", goal.theme, _parts(catalog, "themes"), "theme")
        if goal.reach:
            yield from _known(catalog, goal, "metric", goal.reach.metric, catalog.metrics, "reach", "metric")
            yield from _known(catalog, goal, "unit", goal.reach.unit, catalog.units.names, "reach", "unit")
    for one in catalog.initiatives.values():
        yield from _known(catalog, one, "goal", one.goal, catalog.goals, "goal")
        for nth, name in enumerate(one.objectives):
            yield from _known(catalog, one, "objective", name, catalog.objectives, "objectives", nth)


def _one(catalog: Catalog) -> Iterator[Problem]:
    found = sorted(catalog.strategies.values(), key=lambda one: one.name)
    for second in found[1:]:
        yield Problem(
            "error", "second-strategy", f"There is another strategy, {found[0].name!r}.",
            catalog.place(second, "name"), "A project has one; put perspectives and themes of both into it.",
        )  # fmt: skip
    for one in found[:1]:
        yield from _known(catalog, one, "scorecard", one.scorecard, catalog.scorecards, "scorecard")
        for nth, theme in enumerate(one.themes):
            at = ("themes", nth, "pillar")
            yield from _part(catalog, one, "pillar", theme.pillar, _parts(catalog, "pillars"), *at)
        for nth, behaviour in enumerate(one.behaviours):
            at = ("behaviours", nth, "stage")
            yield from _part(catalog, one, "stage", behaviour.stage, _parts(catalog, "stages"), *at)


def _objective(catalog: Catalog, one: Objective) -> Iterator[Problem]:
    bands = {part.name for part in strategies.perspectives(catalog)}
    yield from _part(catalog, one, "perspective", one.perspective, bands, "perspective")
    yield from _part(catalog, one, "theme", one.theme, _parts(catalog, "themes"), "theme")
    for nth, name in enumerate(one.goals):
        yield from _known(catalog, one, "goal", name, catalog.goals, "goals", nth)
    for nth, name in enumerate(one.behaviours):
        yield from _part(catalog, one, "behaviour", name, _parts(catalog, "behaviours"), "behaviours", nth)
    for nth, name in enumerate(one.stages):
        yield from _part(catalog, one, "stage", name, _parts(catalog, "stages"), "stages", nth)
    for nth, name in enumerate(one.watches):
        yield from _known(catalog, one, "metric", name, catalog.metrics, "watches", nth)
    for nth, link in enumerate(one.leads_to):
        at = ("leads_to", nth)
        yield from _known(catalog, one, "objective", link.objective, catalog.objectives, *at, "objective")
        for key, side in (("driver", link.driver), ("outcome", link.outcome)):
            metric = side.metric if isinstance(side, Side) else side
            unit = side.unit if isinstance(side, Side) else None
            yield from _known(catalog, one, "metric", metric, catalog.metrics, *at, key)
            yield from _known(catalog, one, "unit", unit, catalog.units.names, *at, key)


def _parts(catalog: Catalog, key: str) -> set[str]:
    strategy = catalog.strategy
    found: tuple[Part, ...] = getattr(strategy, key) if strategy else ()
    return {part.name for part in found}


def _part(
    catalog: Catalog, one: Definition, what: str, name: str | None, known: Collection[str], *path: str | int
) -> Iterator[Problem]:
    """Refuse a name that the strategy does not have; where the strategy itself is unusable it may have it."""
    if name is None or name in known or any(kind == "strategy" for kind, _ in catalog.unusable):
        return
    hint = suggest(name, known) or (
        f"Known: {', '.join(sorted(known))}." if known else f"Add it to the strategy's {what}s."
    )
    yield Problem(
        "error",
        "unknown-strategy-part",
        f"The strategy has no {what} {name!r}.",
        catalog.place(one, *path),
        hint,
    )


_CODES = {
    "metric": "unknown-metric", "objective": "unknown-objective", "goal": "unknown-goal", "unit": "unknown-unit",
    "scorecard": "unknown-scorecard",
}  # fmt: skip


def _known(
    catalog: Catalog, one: Definition, kind: str, name: str | None, known: Collection[str], *path: str | int
) -> Iterator[Problem]:
    if name is None or name in known or (kind, name) in catalog.unusable:
        return
    hint = suggest(name, known) or (
        f"Known: {', '.join(sorted(known)[:12])}." if known else f"There is no {kind} yet."
    )
    yield Problem("error", _CODES[kind], f"There is no {kind} {name!r}.", catalog.place(one, *path), hint)
