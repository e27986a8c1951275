"""A strategy does not contradict itself: names, dates, money and places agree."""

from collections.abc import Iterator, Sequence

from leadline.catalog import strategy as strategies
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Part
from leadline.catalog.problems import Problem

PARTS = ("perspectives", "pillars", "themes", "stages", "behaviours")


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find parts named twice, initiatives that end before they begin or cost more than they may, goals that nothing
    pursues, and objectives whose perspective is another one on the scorecard."""
    for one in catalog.initiatives.values():
        if one.from_ and one.until and one.until < one.from_:
            yield Problem(
                "error", "initiative-dates", f"{one.name!r} ends on {one.until}, before it begins.",
                catalog.place(one, "until"), "Exchange `from` and `until`.",
            )  # fmt: skip
        if one.spent is not None and one.spent > one.budget:
            yield Problem(
                "warning", "initiative-budget", f"{one.name!r} has spent {one.spent:,.0f} of {one.budget:,.0f}.",
                catalog.place(one, "spent"), "Raise the budget, or say why in `because`.",
            )  # fmt: skip
    if catalog.strategy is None:
        return
    for key in PARTS:
        yield from _twice(catalog, key, getattr(catalog.strategy, key))
    yield from _unpursued(catalog)
    yield from _elsewhere(catalog)


def _twice(catalog: Catalog, key: str, parts: Sequence[Part]) -> Iterator[Problem]:
    assert catalog.strategy is not None  # noqa: S101 - asked of a strategy
    names = [part.name for part in parts]
    for nth, name in enumerate(names):
        if name in names[:nth]:
            yield Problem(
                "error", "listed-twice", f"{name!r} is here twice.",
                catalog.place(catalog.strategy, key, nth, "name"), "Give each a name of its own.",
            )  # fmt: skip


def _unpursued(catalog: Catalog) -> Iterator[Problem]:
    if any(kind in {"objective", "initiative"} for kind, _ in catalog.unusable):
        return
    pursued = {goal for objective in catalog.objectives.values() for goal in objective.goals}
    pursued |= {one.goal for one in catalog.initiatives.values() if one.goal}
    for name, goal in catalog.goals.items():
        if name not in pursued:
            yield Problem(
                "warning", "goal-unpursued", f"No objective and no initiative pursues the goal {name!r}.",
                catalog.place(goal, "name"), "Name it in the `goals` of an objective.",
            )  # fmt: skip


def _elsewhere(catalog: Catalog) -> Iterator[Problem]:
    card = strategies.scorecard(catalog)
    bands = {part.name for part in strategies.perspectives(catalog)}
    for placed in card.perspectives if card else ():
        for one in placed.objectives:
            objective = catalog.objectives.get(one.objective)
            own = objective.perspective if objective else None
            if objective and own and own != placed.name and {own, placed.name} <= bands:
                yield Problem(
                    "warning", "perspective-elsewhere",
                    f"{objective.name!r} stands in {own!r}, and in {placed.name!r} on the scorecard.",
                    catalog.place(objective, "perspective"), "Move it in one of the two.",
                )  # fmt: skip
