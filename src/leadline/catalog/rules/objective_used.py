"""An objective stands on a scorecard."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find objectives that no scorecard shows."""
    if any(kind == "scorecard" for kind, _ in catalog.unusable):
        return
    used = {
        objective.objective
        for scorecard in catalog.scorecards.values()
        for perspective in scorecard.perspectives
        for objective in perspective.objectives
    }
    for name, objective in catalog.objectives.items():
        if name not in used:
            yield Problem(
                "warning", "objective-unused", f"No scorecard shows the objective {name!r}.",
                catalog.place(objective, "name"), "Put it under a perspective, with its measures.",
            )  # fmt: skip
