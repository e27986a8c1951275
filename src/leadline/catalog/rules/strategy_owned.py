"""In a strategy, somebody owns every goal, objective and initiative."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Definition
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find goals, objectives and initiatives that nobody owns."""
    if catalog.strategy is None:
        return
    found: list[Definition] = [
        *catalog.goals.values(),
        *catalog.objectives.values(),
        *catalog.initiatives.values(),
    ]
    for one in found:
        if not (one.owner or (one.raci and (one.raci.accountable or one.raci.responsible))):
            yield Problem(
                "warning", "goal-unowned", f"Nobody owns the {one.kind} {one.name!r}.",
                catalog.place(one, "name"), "Write `owner:` with a role or a team.",
            )  # fmt: skip
