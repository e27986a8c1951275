"""A measure's targets agree with each other and with the direction that its metric declares."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Measure, Scorecard
from leadline.catalog.problems import Problem

At = tuple[str | int, ...]


def measures(scorecard: Scorecard) -> Iterator[tuple[Measure, At]]:
    """Give a scorecard's measures with their paths."""
    for p, perspective in enumerate(scorecard.perspectives):
        for o, objective in enumerate(perspective.objectives):
            for m, measure in enumerate(objective.measures):
                yield measure, ("perspectives", p, "objectives", o, "measures", m)


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find targets that are missing, equal, on the wrong side, or against the metric's direction."""
    for scorecard in catalog.scorecards.values():
        for measure, at in measures(scorecard):
            yield from _targets(catalog, scorecard, measure, at)


def _targets(catalog: Catalog, scorecard: Scorecard, measure: Measure, at: At) -> Iterator[Problem]:
    def problem(code: str, message: str, key: str, hint: str = "") -> Problem:
        return Problem("error", code, message, catalog.place(scorecard, *at, key), hint)

    if measure.score == "unscored":
        return
    goal, red_flag, stretch = measure.goal, measure.red_flag, measure.stretch
    if goal is None or red_flag is None:
        missing = "goal" if goal is None else "red_flag"
        yield problem("no-target", f"{measure.metric!r} is scored by goal and red flag, and has no `{missing}`.",
                      "metric", "Write both, or `score: unscored` to show it without a score.")  # fmt: skip
        return
    if goal == red_flag:
        yield problem(
            "targets-equal", f"Goal and red flag are both {goal:g}: nothing lies between.", "red_flag"
        )
        return
    direction = "higher" if goal > red_flag else "lower"
    if stretch is not None and stretch != goal and (stretch > goal) != (goal > red_flag):
        yield problem("stretch-side", f"The stretch ({stretch:g}) lies on the red flag's side of the goal ({goal:g}).",
                      "stretch", "It lies beyond the goal, seen from the red flag.")  # fmt: skip
    elif stretch == goal:
        yield problem("targets-equal", f"Goal and stretch are both {goal:g}.", "stretch")
    metric = catalog.metrics.get(measure.metric)
    if metric and metric.direction and metric.direction != direction:
        yield problem(
            "targets-direction", f"These targets say that {direction} is better, and {measure.metric!r} says that "
            f"{metric.direction} is.", "goal", "Exchange goal and red flag, or correct the metric's `direction`.",
        )  # fmt: skip
