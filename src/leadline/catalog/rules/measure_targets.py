"""A measure's targets agree with each other and with the direction that its metric declares."""

from collections.abc import Callable, Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Measure, Scorecard
from leadline.catalog.problems import Problem
from leadline.catalog.score_rules import rule_of
from leadline.errors import DefinitionError, suggest

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
            yield from _own(catalog, scorecard, measure, at)


def _own(catalog: Catalog, scorecard: Scorecard, measure: Measure, at: At) -> Iterator[Problem]:
    """Find targets of units or days that give no scale, point the other way, name no unit, or count for nothing."""
    for nth, one in enumerate(measure.targets):
        place = catalog.place(scorecard, *at, "targets", nth)
        if measure.score != "goal_red_flag":
            yield Problem("error", "target-unused", "Targets of units count only where goal and red flag are scored.",
                          place, "Remove them, or score by goal_red_flag.")  # fmt: skip
            continue
        if one.unit and one.unit not in catalog.units.names and ("unit", one.unit) not in catalog.unusable:
            yield Problem("error", "unknown-unit", f"There is no unit {one.unit!r}.", place,
                          suggest(one.unit, catalog.units.names))  # fmt: skip
        if measure.unit and one.unit:
            yield Problem("error", "target-unused", f"This measure is of {measure.unit!r} alone.", place,
                          "Leave the target's unit out.")  # fmt: skip
        made = measure.model_copy(update={"red_flag": one.red_flag, "goal": one.goal, "stretch": one.stretch})
        try:
            rule, base = rule_of(made), rule_of(measure)
        except DefinitionError as error:
            yield Problem("error", "targets-equal" if one.goal == one.red_flag else "stretch-side", error.message,
                          place, error.hint)  # fmt: skip
            continue
        if rule and base and rule.sign != base.sign:
            yield Problem("error", "targets-direction", "These targets point the other way than the measure's own.",
                          place, "Exchange goal and red flag.")  # fmt: skip


def _targets(catalog: Catalog, scorecard: Scorecard, measure: Measure, at: At) -> Iterator[Problem]:
    def problem(code: str, message: str, key: str, hint: str = "") -> Problem:
        return Problem("error", code, message, catalog.place(scorecard, *at, key), hint)

    if measure.score == "goal_red_flag" and (measure.goal is None or measure.red_flag is None):
        missing = "goal" if measure.goal is None else "red_flag"
        yield problem("no-target", f"{measure.metric!r} is scored by goal and red flag, and has no `{missing}`.",
                      "metric", "Write both, or `score: unscored` to show it without a score.")  # fmt: skip
        return
    if not isinstance(measure.score, str):
        written = [key for key in ("red_flag", "goal", "stretch") if getattr(measure, key) is not None]
        if written:
            yield problem("target-unused", f"`rule: {measure.score.rule}` has its own numbers; `{written[0]}` beside "
                          "it counts for nothing.", written[0], "Remove it, or score by goal_red_flag.")  # fmt: skip
    gaps = scorecard.missing_data.rule
    if gaps == "substitute" and measure.substitute is None and measure.score != "unscored":
        yield problem("no-substitute", f"Gaps are filled with a substitute, and {measure.metric!r} has none.", "metric",
                      "Write `substitute:` with the value that stands in.")  # fmt: skip
    try:
        rule = rule_of(measure)
    except DefinitionError as error:
        yield _unusable(measure, error, problem)
        return
    metric = catalog.metrics.get(measure.metric)
    ways = {1: "higher", -1: "lower"}
    direction = ways.get(rule.sign) if rule else None
    if metric and metric.direction and direction and metric.direction != direction:
        key = "goal" if isinstance(measure.score, str) else "score"
        yield problem(
            "targets-direction", f"These targets say that {direction} is better, and {measure.metric!r} says that "
            f"{metric.direction} is.", key, "Exchange goal and red flag, or correct the metric's `direction`.",
        )  # fmt: skip


def _unusable(measure: Measure, error: DefinitionError, problem: Callable[..., Problem]) -> Problem:
    """Say which of a measure's numbers give no scale."""
    if not isinstance(measure.score, str):
        return problem("score-numbers", error.message, "score", error.hint)
    if measure.goal == measure.red_flag:
        return problem("targets-equal", error.message, "red_flag", error.hint)
    if measure.stretch == measure.goal:
        return problem("targets-equal", error.message, "stretch", error.hint)
    return problem("stretch-side", error.message, "stretch", error.hint)
