"""Units beside one another, by a metric or by a scorecard's score: each with its interval, and its interval of places.

The rule: never a bare order. What is of too few rows is named and has no place; totals have none at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from leadline.catalog import Catalog
from leadline.catalog.composition import has_units
from leadline.catalog.definitions import Count, Grain, Metric, Sum
from leadline.catalog.federation import holds_in
from leadline.catalog.weights import measures_of
from leadline.errors import QueryError, suggest
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.metrics.viewing import sees
from leadline.scorecards.case_mix import Mix, moved, shifts
from leadline.scorecards.freezing import score_units
from leadline.scorecards.ranks import Placing, placings
from leadline.scorecards.results import ScorecardResult
from leadline.scorecards.tree import HISTORY, answered, arrange, find, in_force, latest_period, questions

PURPOSE = "comparison"
Level = Literal["below", "teams"]
"""Which units are compared: those right below one, or all at the bottom of it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One unit: its figure (None where nothing was answered), its history, and its place (None: none can be told)."""

    unit: str
    now: Observation | None
    history: tuple[Observation, ...]
    placing: Placing | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Units by a metric, the best first, those without a figure last. `ranked` is False for totals, and where nobody
    says which way is better. `kinds` names the case mix that was taken out, if one was; `of` counts those with a place.
    """

    metric: Metric
    period: Period
    whole: Observation | None
    units: tuple[Compared, ...]
    ranked: bool
    kinds: str
    of: int


@dataclass(frozen=True, slots=True)
class Scored:
    """One unit's scorecard and its place by score."""

    unit: str
    result: ScorecardResult
    placing: Placing | None


def units_below(catalog: Catalog, unit: str | None, level: Level = "below") -> tuple[str, ...]:
    """Name the units that are compared: those right below one (None: the top), or those at the bottom of it.

    Raises QueryError for a unit that there is not.
    """
    tree = catalog.units
    if unit is not None and unit not in tree.names:
        raise QueryError(f"There is no unit {unit!r}.", code="unknown-unit", hint=suggest(unit, tree.names))
    below = tree.children(unit) if unit else tree.roots
    while unit is None and len(below) == 1:
        below = tree.children(below[0])
    if level == "below":
        return tuple(below)
    return tuple(
        name for one in below for name in tree.descendants(one) if not tree.children(name)
    )  # fmt: skip


def compare_metric(
    published: Published,
    name: str,
    units: Sequence[str],
    *,
    viewer: str | Viewer,
    within: str | None,
    grain: Grain,
    better: int,
    period: date | None = None,
) -> Comparison:
    """Compare units by a metric, standardised for the case mix that a scorecard names for it.

    `better` is 1 where higher is better, -1 where lower is, 0 where nobody says. Raises QueryError where the metric
    does not know units, or has no rows.
    """
    catalog, metric = published.catalog, published.metric(name)
    if not has_units(catalog, metric):
        raise QueryError(
            f"{name!r} is not told apart by unit.", code="not-comparable", hint="Choose another measure."
        )
    chosen = published.periods.period(grain, period) if period else published.latest_complete(name, grain)
    if chosen is None:
        raise QueryError(f"{name!r} has no rows yet.", code="no-rows", hint="Refresh first.")
    since = published.periods.back(chosen, HISTORY - 1).start
    like = Query(name, viewer, PURPOSE, grain=grain, unit=within, since=since, until=chosen.end)
    asked = {u: replace(like, unit=u) for u in units if holds_in(catalog, name, u)}
    wanted: dict[str | None, Query] = {None: like}
    wanted.update(asked)
    open_ = {unit: query for unit, query in wanted.items() if sees(published, query)}
    answers = dict(zip(open_, evaluate_many(published, list(open_.values())), strict=True))
    kinds = _case_mix(catalog, name)
    if kinds:
        together = all(catalog.units.parent(unit) == _parent(catalog, within, units) for unit in units)
        like = replace(like, unit=_parent(catalog, within, units) if together else within)
        moving = shifts(published, Mix(name, kinds, None), like, () if together else tuple(asked))
        answers |= {
            unit: [moved(one, moving.get((one.start, unit)), kinds) for one in answers[unit]]
            for unit in asked
            if unit in answers
        }
    lines = [_compared(unit, answers.get(unit, []), chosen) for unit in units if unit in asked]
    ranked = better != 0 and not isinstance(metric, Count | Sum)
    told = [one for one in lines if one.now is not None and one.now.value is not None]
    if ranked:
        places = placings([_ends(one.now) for one in told], better)
        told = [replace(one, placing=place) for one, place in zip(told, places, strict=True)]
    way = -better or -1
    told.sort(key=lambda one: way * _ends(one.now)[0])
    rest = [one for one in lines if one.now is None or one.now.value is None]
    whole = next((one for one in answers.get(None, []) if one.start == chosen.start), None)
    return Comparison(metric, chosen, whole, (*told, *rest), ranked, kinds, len(told) if ranked else 0)


def compare_scores(
    published: Published,
    name: str,
    units: Sequence[str],
    *,
    viewer: str | Viewer,
    period: date | None = None,
) -> tuple[Period, tuple[Scored, ...]]:
    """Compare units by a scorecard's score, the best first, those without a score last. Raises QueryError."""
    card = find(published.catalog, name)
    chosen = published.periods.period(card.period, period) if period else latest_period(published, card)
    results = score_units(published, name, chosen, list(units), viewer=viewer)
    pairs = list(zip(units, results, strict=True))
    told = [(unit, one) for unit, one in pairs if one.score is not None]
    places = placings([(one.score or 0.0, one.score_low, one.score_high) for _, one in told], 1)
    found = [Scored(unit, one, place) for (unit, one), place in zip(told, places, strict=True)]
    found.sort(key=lambda one: -(one.result.score or 0.0))
    return chosen, (*found, *(Scored(unit, one, None) for unit, one in pairs if one.score is None))


def score_history(
    published: Published, name: str, period: Period, units: Sequence[str], *, viewer: str | Viewer
) -> dict[str, tuple[ScorecardResult, ...]]:
    """Score units in a period and in those before it, oldest first, as many as histories show.

    What was fetched for the period holds what the earlier ones need; where another definition judged them, or gaps are
    filled from before, each is asked for by itself. Periods that cannot be scored are left out.
    """
    catalog, card = in_force(published, name, period)
    asked = {
        unit: questions(catalog, card, published.periods, period, unit=unit, viewer=viewer) for unit in units
    }
    answers = answered(
        published, {key: query for one in asked.values() for key, query in one.items()}, period
    )
    alone = card.missing_data.rule in {"most_recent", "last_year"}
    found: dict[str, list[ScorecardResult]] = {unit: [] for unit in units}
    for nth in reversed(range(HISTORY)):
        earlier = published.periods.back(period, nth)
        try:
            by_now = in_force(published, name, earlier) == (catalog, card)
            made = (
                [arrange(catalog, card, published.periods, earlier, unit=u, answers=answers) for u in units]
                if by_now and not alone
                else score_units(published, name, earlier, list(units), viewer=viewer)
            )
        except QueryError:  # it was scored by periods of another length then
            continue
        for unit, one in zip(units, made, strict=True):
            found[unit].append(one)
    return {unit: tuple(results) for unit, results in found.items()}


def _parent(catalog: Catalog, within: str | None, units: Sequence[str]) -> str | None:
    return within or (catalog.units.parent(units[0]) if units else None)


def _case_mix(catalog: Catalog, name: str) -> str:
    """Name the kinds of cases for which a scorecard standardises a metric."""
    named = (
        measure.case_mix
        for _, card in sorted(catalog.scorecards.items())
        for measure in measures_of(card)
        if measure.metric == name and measure.case_mix
    )
    return next(named, "")


def _compared(unit: str, answer: Sequence[Observation], period: Period) -> Compared:
    now = next((one for one in answer if one.start == period.start), None)
    return Compared(unit, now, tuple(answer))


def _ends(one: Observation | None) -> tuple[float, float | None, float | None]:
    return (0.0, None, None) if one is None or one.value is None else (one.value, one.low, one.high)
