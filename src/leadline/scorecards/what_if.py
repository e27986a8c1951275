"""What a scorecard would say with other weights and targets: the same figures, scored anew beside the real result.

The rule: nothing is written and no figure changes; what is asked is checked as a definition is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from leadline.catalog.definitions import Measure, Perspective, Scorecard, ScorecardObjective
from leadline.catalog.score_rules import rule_of
from leadline.catalog.weights import measures_of
from leadline.errors import DefinitionError, QueryError, suggest
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.scorecards.results import MeasureResult, ScorecardResult
from leadline.scorecards.tree import answered, arrange, find, in_force, latest_period, questions

FIELDS = ("weight", "red_flag", "goal", "stretch")
_ASKED = re.compile(r"^(?P<what>[a-z][a-z0-9_]*)(?:@(?P<unit>[a-z][a-z0-9_]*))?\.(?P<field>[a-z_]+)$")


@dataclass(frozen=True, slots=True)
class Change:
    """Another weight or target. `what` names a measure's metric, an objective or a perspective; `unit` the measure's
    own unit, where the scorecard shows the metric for several."""

    what: str
    field: str
    value: float
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One unit's scorecard as it is and as it would be."""

    unit: str | None
    now: ScorecardResult
    then: ScorecardResult

    @property
    def moved(self) -> list[tuple[MeasureResult, MeasureResult]]:
        """The measures whose status would be another one, as they are and as they would be."""
        pairs = zip(self.now.measures(), self.then.measures(), strict=True)
        return [(one, other) for one, other in pairs if one.status != other.status]


def parse(text: str) -> Change:
    """Read `nps.goal=30`, `customer.weight=2` or `churn_rate@uki.red_flag=2.5`. Raises QueryError."""
    name, sign, value = (part.strip() for part in text.partition("="))
    found = _ASKED.match(name)
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not sign or found is None or not abs(number) < float("inf"):
        raise QueryError(
            f"{text!r} is no change.", code="what-if",
            hint="Write NAME.weight=2, METRIC.goal=80, METRIC.red_flag=70 or METRIC.stretch=90; METRIC@UNIT where a "
            "scorecard shows a metric for several units.",
        )  # fmt: skip
    if found["field"] not in FIELDS:
        raise QueryError(
            f"A {found['field']!r} cannot be changed.", code="what-if", hint=suggest(found["field"], FIELDS)
        )
    return Change(found["what"], found["field"], number, found["unit"])


def what_if(
    published: Published,
    name: str,
    changes: Sequence[Change],
    *,
    viewer: str | Viewer,
    units: Sequence[str | None] = (None,),
    period: date | None = None,
) -> list[Outcome]:
    """Score a scorecard for units as it is and with changes. Raises QueryError for what cannot be changed so."""
    card = find(published.catalog, name)
    chosen = (
        published.periods.period(card.period, period)
        if period is not None
        else latest_period(published, card)
    )
    catalog, card = in_force(published, name, chosen)
    other = changed(card, changes)
    asked = [
        questions(catalog, card, published.periods, chosen, unit=unit or card.unit, viewer=viewer)
        for unit in units
    ]
    told = answered(published, {key: query for one in asked for key, query in one.items()}, chosen)
    found = []
    for unit in units:
        now, then = (
            arrange(catalog, each, published.periods, chosen, unit=unit or card.unit, answers=told)
            for each in (card, other)
        )
        found.append(Outcome(unit or card.unit, now, then))
    return found


def changed(card: Scorecard, changes: Sequence[Change]) -> Scorecard:
    """Give a scorecard with other weights and targets.

    Raises:
        QueryError: there is no such part or target, or the numbers give no scale.
    """
    for change in changes:
        hits = 0
        perspectives = []
        for perspective in card.perspectives:
            made, count = _in_perspective(perspective, change)
            perspectives.append(made)
            hits += count
        if hits != 1:
            raise _missed(card, change, hits)
        card = card.model_copy(update={"perspectives": tuple(perspectives)})
    for one in measures_of(card):
        _scale(one)
    return card


def _in_perspective(one: Perspective, change: Change) -> tuple[Perspective, int]:
    hits = 0
    if one.name == change.what and change.field == "weight" and change.unit is None:
        return one.model_copy(update={"weight": _weight(change)}), 1
    objectives = []
    for objective in one.objectives:
        made, count = _in_objective(objective, change)
        objectives.append(made)
        hits += count
    return one.model_copy(update={"objectives": tuple(objectives)}), hits


def _in_objective(one: ScorecardObjective, change: Change) -> tuple[ScorecardObjective, int]:
    if one.objective == change.what and change.field == "weight" and change.unit is None:
        return one.model_copy(update={"weight": _weight(change)}), 1
    hits = [m.metric == change.what and m.unit == change.unit for m in one.measures]
    measures = tuple(_measure(m, change) if hit else m for m, hit in zip(one.measures, hits, strict=True))
    return one.model_copy(update={"measures": measures}), sum(hits)


def _measure(one: Measure, change: Change) -> Measure:
    if change.field == "weight":
        return one.model_copy(update={"weight": _weight(change)})
    if one.score != "goal_red_flag":
        raise QueryError(
            f"{one.metric!r} is not scored by goal and red flag, so its {change.field!r} cannot be changed here.",
            code="what-if", hint="Change its `score` in the scorecard's file.",
        )  # fmt: skip
    if one.targets:
        raise QueryError(
            f"{one.metric!r} has targets of its own for units or days, which a common {change.field} would not reach.",
            code="what-if", hint="Change its `targets` in the scorecard's file, and see the back-test of the plan.",
        )  # fmt: skip
    return one.model_copy(update={change.field: change.value})


def _scale(one: Measure) -> None:
    """Refuse numbers that give no scale, once all changes are made: red flag and goal may move past each other."""
    try:
        rule_of(one)
    except DefinitionError as error:
        said = f"{one.metric}: {error.message}"
        raise QueryError(said, code="what-if", hint=error.hint) from error


def _weight(change: Change) -> float:
    if change.value < 0:
        raise QueryError("A weight is not below zero.", code="what-if", hint="Give 0 to leave it out.")
    return change.value


def _missed(card: Scorecard, change: Change, hits: int) -> QueryError:
    name = f"{change.what}@{change.unit}" if change.unit else change.what
    if hits > 1:
        return QueryError(
            f"{card.name!r} has {name!r} {hits} times.",
            code="what-if",
            hint="Name a measure's unit: METRIC@UNIT.",
        )
    measures = [m for p in card.perspectives for o in p.objectives for m in o.measures]
    known = [f"{m.metric}@{m.unit}" if m.unit else m.metric for m in measures]
    known += [o.objective for p in card.perspectives for o in p.objectives] + [
        p.name for p in card.perspectives
    ]
    return QueryError(
        f"{card.name!r} has nothing named {name!r} with a {change.field}.",
        code="what-if",
        hint=suggest(name, known),
    )
