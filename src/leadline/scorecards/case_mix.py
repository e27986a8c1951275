"""Figures of parts as they would be with the whole's cases: indirect standardisation, for fairness between people.

Who gets the harder cases is not worse for it. A part's figure is moved by what the whole's cases come to, less what the
whole's figures come to at the part's own mix; its interval moves along, taking the whole's figures as known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from leadline.catalog.definitions import Mean, Scorecard, Share
from leadline.catalog.weights import measures_of
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.scorecards.allocation import expected_at_mix

K = TypeVar("K")
PURPOSE = "case mix"
NOTE = "Standardised: as if all had the same mix of {column}; unadjusted it is {value:.4g}."
UNLIKE = "Not standardised: there are cases of a kind that nobody else has."

Shifts = Mapping[tuple[date, str], float | None]
"""By period and part: how far its figure is moved; None where its mix cannot be compared."""


@dataclass(frozen=True, slots=True)
class Mix:
    """One metric: by which kinds of cases it is standardised, and by which column (None: unit) parts are told apart."""

    metric: str
    kinds: str
    by: str | None


def shifts(published: Published, mix: Mix, like: Query, units: Sequence[str] = ()) -> Shifts:
    """Give how far each part's figure is moved in each period of a query like the one given; of no other types than
    shares and means, whose parts make up the whole by their rows. Parts are the units right below, or those named."""
    metric = published.metric(mix.metric)
    if not isinstance(metric, Share | Mean):
        return {}
    every = counted(published, mix.metric)
    asked = replace(like, viewer=PURPOSE, purpose=PURPOSE, by=(mix.kinds,), where={}, by_unit=False)
    apart = replace(asked, by_unit=True) if mix.by is None else replace(asked, by=(mix.by, mix.kinds))
    named = [replace(asked, unit=unit) for unit in units]
    whole, *found_ = evaluate_many(every, [asked, *(named or [apart])])
    parts = [one for answer in found_ for one in answer]
    known: dict[date, dict[str, float]] = {}
    rows: dict[date, dict[str, int]] = {}
    for one in whole:
        if one.value is not None and one.n:
            known.setdefault(one.start, {})[_value(one, mix.kinds)] = one.value
            rows.setdefault(one.start, {})[_value(one, mix.kinds)] = one.n
    own: dict[tuple[date, str], dict[str, int]] = {}
    for one in parts:
        part = (one.unit or "") if mix.by is None else _value(one, mix.by)
        if one.n:
            own.setdefault((one.start, part), {})[_value(one, mix.kinds)] = one.n
    overall = {start: expected_at_mix(counts, known[start]) for start, counts in rows.items()}
    found: dict[tuple[date, str], float | None] = {}
    for (start, part), counts in own.items():
        expected, level = expected_at_mix(counts, known.get(start, {})), overall.get(start)
        found[start, part] = None if expected is None or level is None else level - expected
    return found


def calibrated(
    published: Published, card: Scorecard, asked: Mapping[K, Query], answers: dict[K, list[Observation]]
) -> dict[K, list[Observation]]:
    """Give the answers of one person's scorecard, standardised where a measure says for which case mix."""
    mixes = {m.metric: m.case_mix for m in measures_of(card) if m.case_mix}
    found = dict(answers)
    for key, query in asked.items():
        person = next(
            (pair for pair in query.where.items() if pair[0].rpartition(".")[2] == card.agents), None
        )
        kinds = mixes.get(query.metric)
        if person is not None and kinds is not None:
            moving = shifts(published, Mix(query.metric, kinds, person[0]), query)
            found[key] = standardised(answers[key], moving, kinds, person[1])
    return found


def moved(one: Observation, by: float | None, kinds: str) -> Observation:
    """Give a figure as it would be with the whole's cases; one that cannot be compared says so."""
    if one.value is None:
        return one
    if by is None:
        return replace(one, note=f"{one.note} {UNLIKE}".strip())
    low, high = (None if end is None else end + by for end in (one.low, one.high))
    note = NOTE.format(column=kinds.rpartition(".")[2], value=one.value)
    return replace(one, value=one.value + by, low=low, high=high, adjustment="standardised", note=note)


def standardised(answer: Sequence[Observation], found: Shifts, kinds: str, part: str) -> list[Observation]:
    """Give a part's figures of several periods as they would be with the whole's cases."""
    return [moved(one, found.get((one.start, part)), kinds) for one in answer]


def _value(one: Observation, column: str) -> str:
    return dict(part.partition("=")[::2] for part in one.slice.split(", ")).get(column, "")


def counted(published: Published, name: str) -> Published:
    """Give the same state with every kind of case counted, however few: only what they come to together is told."""
    metric = published.catalog.metrics[name].model_copy(update={"minimum_n": 0})
    catalog = replace(published.catalog, metrics={**published.catalog.metrics, name: metric})
    return replace(published, catalog=catalog)
