"""A scorecard as a tree of results: what is asked, fetched in one batch, scored, and rolled up.

The one rule: every figure a scorecard shows is an observation of one published generation; nothing is
computed here but scores. Asking (`questions`) and arranging (`arrange`) are pure; `score` puts the figures
between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import TypedDict, TypeVar

from leadline.catalog import Catalog
from leadline.catalog.cascade import sliced
from leadline.catalog.composition import has_units
from leadline.catalog.definitions import Measure, Scorecard
from leadline.catalog.definitions.scorecard import RollUp
from leadline.catalog.federation import holds_in
from leadline.catalog.score_rules import aimed, rule_of
from leadline.catalog.weights import declared_shares, measures_of
from leadline.errors import QueryError, suggest
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period, Periods
from leadline.metrics.published import Published, judged_by
from leadline.metrics.query import Query, Viewer
from leadline.metrics.viewing import sees
from leadline.scorecards.case_mix import calibrated
from leadline.scorecards.judging import judged, scored_zero, whence
from leadline.scorecards.like_for_like import by_start, with_year_ago, year_ago
from leadline.scorecards.results import (
    MeasureResult,
    Node,
    ObjectiveResult,
    PerspectiveResult,
    ScorecardResult,
)
from leadline.scorecards.rollup import Child, RolledUp, roll_up
from leadline.scorecards.scoring import ScoreStatus
from leadline.scorecards.serving import served

PURPOSE = "scorecard"
EVERYTHING: Mapping[str, str] = MappingProxyType({})
"""No segment: all rows."""
HISTORY = 13
"""Observations shown of the past, the present one included."""


Slice = tuple[tuple[str, str], ...]
"""A segment in a metric's own columns, in the order of their names; empty for everything."""

Key = tuple[str, str | None] | tuple[str, str | None, Slice]
"""What tells a scorecard's figures apart: metric and unit, and of a segment its columns."""

N = TypeVar("N", bound=Node)


def score(
    published: Published,
    name: str,
    *,
    viewer: str | Viewer,
    unit: str | None = None,
    period: date | None = None,
    where: Mapping[str, str] = EVERYTHING,
    serving: bool = False,
) -> ScorecardResult:
    """Score a scorecard for the period that `period` lies in (default: `latest_period`).

    `unit` narrows every measure that has no unit of its own (default: the scorecard's unit, else everything); `where`
    narrows all to a segment, within the scorecard's own; what is not told apart by it has no figure, and says so;
    `serving` adds what its objectives watch, unscored (serving.py).
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
    catalog, scorecard = in_force(published, name, chosen)
    scorecard = served(catalog, scorecard) if serving else scorecard
    asked = questions(catalog, scorecard, published.periods, chosen, unit=unit, viewer=viewer, where=where)
    answers = answered(published, asked, chosen)
    if scorecard.agents in where:
        answers = calibrated(published, scorecard, asked, answers)
    return arrange(catalog, scorecard, published.periods, chosen, unit=unit, answers=answers, where=where)


def segment(scorecard: Scorecard, where: Mapping[str, str]) -> dict[str, str]:
    """Give the segment that a scorecard is read for: its own, narrowed. Raises QueryError for another value of it."""
    for column, value in where.items():
        if scorecard.where.get(column, value) != value:
            raise QueryError(
                f"{scorecard.name!r} is of {column}={scorecard.where[column]}, not of {value}.",
                code="segment-elsewhere", hint="Open the scorecard of that segment.",
            )  # fmt: skip
    return {**scorecard.where, **where}


def key_of(
    catalog: Catalog, scorecard: Scorecard, measure: Measure, unit: str | None, where: Mapping[str, str]
) -> Key | None:
    """Give what a measure asks for; None where its metric is not told apart so."""
    of, asked = measure.unit or unit, segment(scorecard, where)
    if not asked:
        return measure.metric, of
    found = sliced(catalog, catalog.metrics[measure.metric], asked)
    return None if found is None else (measure.metric, of, tuple(sorted(found.items())))


def answered(
    published: Published, asked: Mapping[Key, Query], period: Period
) -> dict[Key, list[Observation]]:
    """Answer a scorecard's questions; of a figure that its viewer may not see it is said that there is one."""
    known = {key: query for key, query in asked.items() if key[0] in published.catalog.metrics}
    open_ = {key: query for key, query in known.items() if sees(published, query)}
    answers = dict(zip(open_, evaluate_many(published, list(open_.values())), strict=True))
    answers = with_year_ago(published, open_, answers, period)
    return answers | {key: [_unseen(query, period)] for key, query in known.items() if key not in open_}


def find(catalog: Catalog, name: str) -> Scorecard:
    """Find a scorecard. Raises QueryError with near names."""
    if name not in catalog.scorecards:
        raise QueryError(
            f"There is no scorecard {name!r}.",
            code="unknown-scorecard",
            hint=suggest(name, catalog.scorecards) or "Declare one with `kind: scorecard`.",
        )
    return catalog.scorecards[name]


def in_force(published: Published, name: str, period: Period) -> tuple[Catalog, Scorecard]:
    """Give the definitions that judge a period of a scorecard, and the scorecard: as it was in force for the day on
    which the period begins. Raises QueryError where it had periods of another length then."""
    catalog = judged_by(published, period.start)
    card = find(catalog, name)
    if catalog is not published.catalog and card.period != period.grain:
        raise QueryError(
            f"{name} was scored by the {card.period} in {period.label}.", code="period-grain",
            hint="Apply the scorecard restating, if all periods are to be judged as those of today.",
        )  # fmt: skip
    return catalog, card


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
    catalog: Catalog,
    scorecard: Scorecard,
    periods: Periods,
    period: Period,
    *,
    unit: str | None,
    viewer: str | Viewer,
    where: Mapping[str, str] = EVERYTHING,
) -> dict[Key, Query]:
    """Give the queries whose answers a scorecard needs, one for each metric and unit that it shows.

    Each reaches back to the earlier of the history's first period and the same period last year. Metrics that
    know no units are not asked about one.
    """
    since = min(periods.back(period, HISTORY - 1).start, periods.year_ago(period).start)
    asked: dict[Key, Query] = {}
    for measure in measures_of(scorecard):
        key = key_of(catalog, scorecard, measure, unit, where)
        if key is None:
            continue
        if key[1] is None or (_knows_units(catalog, measure) and holds_in(catalog, key[0], key[1])):
            asked[key] = Query(
                metric=measure.metric,
                viewer=viewer,
                purpose=PURPOSE,
                grain=scorecard.period,
                unit=key[1],
                since=since,
                until=period.end,
                where=dict(key[2]) if len(key) == 3 else EVERYTHING,
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
    where: Mapping[str, str] = EVERYTHING,
) -> ScorecardResult:
    """Score and roll up what was answered: pure."""
    frame = _Frame(catalog, periods, period, unit, answers, scorecard, segment(scorecard, where))
    perspectives = []
    for perspective in scorecard.perspectives:
        objectives = []
        for place in perspective.objectives:
            own = place.roll_up or perspective.roll_up or scorecard.roll_up
            measures, rolled = frame.placed([frame.measure(m) for m in place.measures], own)
            objectives.append(
                ObjectiveResult(
                    objective=catalog.objectives[place.objective],
                    measures=measures,
                    **_standing(place.weight_on(frame.day), rolled, measures),
                )
            )
        parts, rolled = frame.placed(objectives, perspective.roll_up or scorecard.roll_up)
        standing = _standing(perspective.weight_on(frame.day), rolled, parts)
        perspectives.append(PerspectiveResult(perspective=perspective, objectives=parts, **standing))
    whole, rolled = frame.placed(perspectives, scorecard.roll_up)
    return ScorecardResult(
        scorecard=scorecard, period=period, unit=unit, perspectives=whole, where=tuple(frame.where.items()),
        **_standing(1.0, rolled, whole),
    )  # fmt: skip


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


@dataclass(frozen=True)
class _Frame:
    """What every measure of one scorecard is read against."""

    catalog: Catalog
    periods: Periods
    period: Period
    unit: str | None
    answers: Mapping[Key, Sequence[Observation]]
    scorecard: Scorecard
    where: Mapping[str, str]

    @property
    def day(self) -> date:
        """The period's last day: the weights that hold on it count."""
        return self.period.end - timedelta(days=1)

    @cached_property
    def before(self) -> tuple[date, date, date]:
        """The days on which the previous period, the one a year ago and the history begin."""
        back = self.periods.back
        return (
            back(self.period).start,
            self.periods.year_ago(self.period).start,
            back(self.period, HISTORY - 1).start,
        )

    def placed(self, nodes: Sequence[N], rule: RollUp) -> tuple[tuple[N, ...], RolledUp]:
        """Roll siblings up, and tell each its share."""
        children = [
            Child(node.weight, node.score, node.score_low, node.score_high, node.confidence, node.status)
            for node in nodes
        ]
        gaps = self.scorecard.missing_data
        rolled = roll_up(
            children, rule, minimum_confidence=gaps.minimum_confidence / 100, blank=gaps.rule == "blank"
        )
        total = sum(node.weight for node in nodes) or 1.0
        return tuple(
            replace(node, share=node.weight / total, counts=counts)
            for node, counts in zip(nodes, rolled.shares, strict=True)
        ), rolled

    def measure(self, measure: Measure) -> MeasureResult:
        """Read and score one measure. Without targets it is unscored: shown, with no influence."""
        metric = self.catalog.metrics[measure.metric]
        unit = measure.unit or self.unit
        key = key_of(self.catalog, self.scorecard, measure, self.unit, self.where)
        answer = self.answers.get(key, ()) if key else ()
        found = by_start(answer)
        now = found.get(self.period.start)
        rule = rule_of(aimed(measure, self.catalog.units, unit, self.day, self.where))
        instead = self._instead(measure, found, now) if rule else None
        found_out = judged(
            metric,
            rule,
            instead or now,
            None if key in self.answers else unit,
            "" if key else ", ".join(self.where),
        )
        reason = found_out.reason
        if instead is not None:
            reason = f"{whence(measure, instead, self.period)} {reason}".strip()
        elif rule and found_out.status == "no data" and self.scorecard.missing_data.rule == "zero":
            found_out = scored_zero(found_out)
            reason = found_out.reason
        has_data = found_out.score is not None and now is not None and now.value is not None
        return MeasureResult(
            metric=metric,
            unit=unit,
            weight=measure.weight_on(self.day) if rule else 0.0,
            score=found_out.score,
            score_low=found_out.low,
            score_high=found_out.high,
            status=found_out.status,
            reason=reason,
            confidence=1.0 if has_data else 0.0,
            provisional=now is not None and now.status == "provisional",
            rule=rule,
            settles_at_n=found_out.settles_at_n,
            observation=now,
            previous=found.get(self.before[0]),
            last_year=year_ago(self.periods, self.period, answer),
            history=tuple(o for at, o in sorted(found.items()) if self.before[1] <= at <= self.period.start),
            stands_in=instead,
            where=key[2] if key and len(key) == 3 else (),
            exceeds_from=self.scorecard.exceeds_from,
        )

    def _instead(
        self, measure: Measure, found: Mapping[date, Observation], now: Observation | None
    ) -> Observation | None:
        """Give what is scored where the period has no figure, as the scorecard says; nothing fills a suppressed one."""
        if now is not None and (now.value is not None or now.status == "suppressed"):
            return None
        gaps, before = self.scorecard.missing_data, list[Period]()
        match gaps.rule:
            case "most_recent":
                before = [self.periods.back(self.period, n) for n in range(1, gaps.within + 1)]
            case "last_year":
                before = [self.periods.year_ago(self.period)]
            case "substitute" if measure.substitute is not None:
                return self._made_up(measure, measure.substitute)
            case _:
                return None
        earlier = (found.get(period.start) for period in before)
        return next((o for o in earlier if o is not None and o.value is not None), None)

    def _made_up(self, measure: Measure, value: float) -> Observation:
        """Give an observation that says a value and nothing else."""
        return Observation(
            metric=measure.metric, version=0, period=self.period.label, grain=self.scorecard.period,
            unit=measure.unit or self.unit, slice="", value=value, low=value, high=value, n=0, status="final",
            method="substitute", note="", start=self.period.start, end=self.period.end,
        )  # fmt: skip


def _unseen(query: Query, period: Period) -> Observation:
    """Give the observation of a figure that is not for the viewer to see: that there is one, and no more."""
    return Observation(
        metric=query.metric, version=0, period=period.label, grain=query.grain, unit=query.unit, slice="", value=None,
        low=None, high=None, n=None, status="suppressed", method="", note="It is not yours to see.",
        start=period.start, end=period.end,
    )  # fmt: skip


def _knows_units(catalog: Catalog, measure: Measure) -> bool:
    return has_units(catalog, catalog.metrics[measure.metric])
