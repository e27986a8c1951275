"""A scorecard as a tree of results: what is asked, fetched in one batch, scored, and rolled up.

The one rule: every figure a scorecard shows is an observation of one published generation; nothing is
computed here but scores. Asking (`questions`) and arranging (`arrange`) are pure; `score` puts the figures
between them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict, TypeVar

from leadline.catalog import Catalog
from leadline.catalog.composition import has_units
from leadline.catalog.definitions import (
    Count,
    Measure,
    Metric,
    Scorecard,
    Sum,
)
from leadline.errors import QueryError, suggest
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period, Periods
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.scorecards.results import (
    MeasureResult,
    Node,
    ObjectiveResult,
    PerspectiveResult,
    ScorecardResult,
)
from leadline.scorecards.rollup import Child, RolledUp, roll_up
from leadline.scorecards.scoring import GoalRedFlag, ScoreStatus
from leadline.scorecards.targets import declared_shares, measures_of, rule_of

PURPOSE = "scorecard"
HISTORY = 13
"""Observations shown of the past, the present one included."""


Key = tuple[str, str | None]
"""What tells a scorecard's figures apart: metric and unit."""

N = TypeVar("N", bound=Node)


def score(
    published: Published, name: str, *, viewer: str, unit: str | None = None, period: date | None = None
) -> ScorecardResult:
    """Score a scorecard for the period that `period` lies in (default: `latest_period`).

    `unit` narrows every measure that has no unit of its own (default: the scorecard's unit, else everything).
    All figures are asked for at once. Raises QueryError for a scorecard or unit that there is not. A measure
    whose fact knows no units has no figure for a unit, and says so.
    """
    catalog = published.catalog
    scorecard = find(catalog, name)
    unit = unit or scorecard.unit
    if unit is not None and unit not in catalog.units.names:
        raise QueryError(
            f"There is no unit {unit!r}.", code="unknown-unit", hint=suggest(unit, catalog.units.names)
        )
    chosen = (
        published.periods.period(scorecard.period, period)
        if period is not None
        else latest_period(published, scorecard)
    )
    asked = questions(catalog, scorecard, published.periods, chosen, unit=unit, viewer=viewer)
    answers = dict(zip(asked, evaluate_many(published, list(asked.values())), strict=True))
    return arrange(catalog, scorecard, published.periods, chosen, unit=unit, answers=answers)


def find(catalog: Catalog, name: str) -> Scorecard:
    """Find a scorecard. Raises QueryError with near names."""
    if name not in catalog.scorecards:
        raise QueryError(
            f"There is no scorecard {name!r}.",
            code="unknown-scorecard",
            hint=suggest(name, catalog.scorecards) or "Declare one with `kind: scorecard`.",
        )
    return catalog.scorecards[name]


def latest_period(published: Published, scorecard: Scorecard) -> Period:
    """Give the last period that is complete for measures of half the scorecard's weight.

    Not the last that is complete for all: one source that stopped would hold the whole scorecard in the past. Not
    the last of any: one source that runs ahead would empty it. Raises QueryError when no metric has any rows.
    """
    shares = declared_shares(scorecard)
    found = {name: published.latest_complete(name, scorecard.period) for name in shares}
    periods = sorted({period for period in found.values() if period is not None}, reverse=True)
    known = sum(share for name, share in shares.items() if found[name] is not None)
    for period in periods:
        reached = sum(share for name, share in shares.items() if (end := found[name]) and end >= period)
        if reached >= known / 2:
            return period
    raise QueryError(
        f"None of the metrics of {scorecard.name!r} has any rows yet.",
        code="no-rows",
        hint="See `leadline quarantine` for rows that were held back.",
    )


def questions(
    catalog: Catalog, scorecard: Scorecard, periods: Periods, period: Period, *, unit: str | None, viewer: str
) -> dict[Key, Query]:
    """Give the queries whose answers a scorecard needs, one for each metric and unit that it shows.

    Each reaches back to the earlier of the history's first period and the same period last year. Metrics that
    know no units are not asked about one.
    """
    since = min(periods.back(period, HISTORY - 1).start, periods.year_ago(period).start)
    asked: dict[Key, Query] = {}
    for measure in measures_of(scorecard):
        key = (measure.metric, measure.unit or unit)
        if _knows_units(catalog, measure) or key[1] is None:
            asked[key] = Query(
                metric=measure.metric,
                viewer=viewer,
                purpose=PURPOSE,
                grain=scorecard.period,
                unit=key[1],
                since=since,
                until=period.end,
            )
    return asked


def arrange(
    catalog: Catalog,
    scorecard: Scorecard,
    periods: Periods,
    period: Period,
    *,
    unit: str | None,
    answers: Mapping[Key, Sequence[Observation]],
) -> ScorecardResult:
    """Score and roll up what was answered: pure."""
    frame = _Frame(catalog, periods, period, unit, answers, scorecard.missing_data.minimum_confidence / 100)
    perspectives = []
    for perspective in scorecard.perspectives:
        objectives = []
        for place in perspective.objectives:
            measures, rolled = frame.placed([frame.measure(m) for m in place.measures])
            objectives.append(
                ObjectiveResult(
                    objective=catalog.objectives[place.objective],
                    measures=measures,
                    **_standing(place.weight, rolled, measures),
                )
            )
        parts, rolled = frame.placed(objectives)
        perspectives.append(
            PerspectiveResult(
                perspective=perspective, objectives=parts, **_standing(perspective.weight, rolled, parts)
            )
        )
    whole, rolled = frame.placed(perspectives)
    return ScorecardResult(
        scorecard=scorecard, period=period, unit=unit, perspectives=whole, **_standing(1.0, rolled, whole)
    )


class _Standing(TypedDict):
    weight: float
    score: float | None
    score_low: float | None
    score_high: float | None
    status: ScoreStatus
    reason: str
    confidence: float
    provisional: bool


def _standing(weight: float, rolled: RolledUp, children: Sequence[Node]) -> _Standing:
    """Give a parent's own fields; a branch that holds nothing scored has no influence, and is no gap either."""
    return {
        "weight": 0.0 if rolled.status == "unscored" else weight,
        "score": rolled.score,
        "score_low": rolled.low,
        "score_high": rolled.high,
        "status": rolled.status,
        "reason": rolled.reason,
        "confidence": rolled.confidence,
        "provisional": any(child.provisional for child in children if child.counts > 0),
    }


@dataclass(frozen=True, slots=True)
class _Frame:
    """What every measure of one scorecard is read against."""

    catalog: Catalog
    periods: Periods
    period: Period
    unit: str | None
    answers: Mapping[Key, Sequence[Observation]]
    minimum_confidence: float

    def placed(self, nodes: Sequence[N]) -> tuple[tuple[N, ...], RolledUp]:
        """Roll siblings up, and tell each its share."""
        children = [
            Child(node.weight, node.score, node.score_low, node.score_high, node.confidence, node.status)
            for node in nodes
        ]
        rolled = roll_up(children, minimum_confidence=self.minimum_confidence)
        total = sum(node.weight for node in nodes) or 1.0
        return tuple(
            replace(node, share=node.weight / total, counts=counts)
            for node, counts in zip(nodes, rolled.shares, strict=True)
        ), rolled

    def measure(self, measure: Measure) -> MeasureResult:
        """Read and score one measure. Without targets it is unscored: shown, with no influence."""
        metric = self.catalog.metrics[measure.metric]
        unit = measure.unit or self.unit
        found = {o.start: o for o in self.answers.get((measure.metric, unit), ())}
        now = found.get(self.period.start)
        rule = rule_of(measure)
        status, reason, settles = _judged(metric, rule, now, unit)
        score, low, high = _scored(rule, now)
        first = self.periods.back(self.period, HISTORY - 1).start
        return MeasureResult(
            metric=metric,
            unit=unit,
            weight=measure.weight if rule else 0.0,
            score=score,
            score_low=low,
            score_high=high,
            status=status,
            reason=reason,
            confidence=0.0 if score is None else 1.0,
            provisional=now is not None and now.status == "provisional",
            red_flag=measure.red_flag,
            goal=measure.goal,
            stretch=measure.stretch,
            settles_at_n=settles,
            observation=now,
            previous=found.get(self.periods.back(self.period).start),
            last_year=found.get(self.periods.year_ago(self.period).start),
            history=tuple(o for start, o in sorted(found.items()) if first <= start <= self.period.start),
        )


def _scored(
    rule: GoalRedFlag | None, now: Observation | None
) -> tuple[float, float, float] | tuple[None, None, None]:
    if rule is None or now is None or now.value is None:
        return None, None, None
    return (rule.score(now.value), *rule.ends(now.low, now.high))


def _judged(
    metric: Metric, rule: GoalRedFlag | None, now: Observation | None, unit: str | None
) -> tuple[ScoreStatus, str, int | None]:
    """Give a figure's status, why it has no colour, and the n that would settle that."""
    if now is None:
        why = f"{metric.label} is not told apart by unit." if unit else "There are no rows for this period."
        return "no data", why, None
    if now.value is None:
        hidden: ScoreStatus = "suppressed" if now.status == "suppressed" else "no data"
        return hidden, now.note or "There are no rows for this period.", None
    if rule is None:
        return "unscored", "", None
    status = rule.status(now.low, now.high)
    if status != "cannot tell":
        return status, "", None
    if now.low is None and now.high is None:
        return status, "The figure has no interval.", None
    low, high = (-math.inf if now.low is None else now.low), (math.inf if now.high is None else now.high)
    borders = {"red flag": rule.red_flag, "goal": rule.goal}
    over = " and ".join(f"the {name}" for name, border in borders.items() if low <= border <= high)
    if isinstance(metric, Count | Sum):
        return status, f"The interval reaches over {over}; more rows would not narrow a total.", None
    settles = rule.settles_at_n(now.value, now.low, now.high, now.n or 0)
    if settles is None:
        return status, f"The interval reaches over {over}; no realistic number of rows would settle it.", None
    return (
        status,
        f"The interval reaches over {over}; about {_rounded(settles):,} rows would settle it.",
        settles,
    )


def _rounded(number: int) -> int:
    """Two digits, upwards: nobody plans for 2,054,251 answers."""
    step: int = 10 ** max(len(str(number)) - 2, 0)
    return -(-number // step) * step


def _knows_units(catalog: Catalog, measure: Measure) -> bool:
    return has_units(catalog, catalog.metrics[measure.metric])
