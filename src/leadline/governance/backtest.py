"""The numeric back-test: the version in force and the working one, side by side over past periods.

Both are computed from the rows that were published. Differences are paired (pairing.py), and of all that are tested the
expected share of false ones is at most 5 %. What the rows at rest cannot tell is said to be so.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Literal

import numpy as np

from leadline.catalog import Catalog
from leadline.catalog.composition import dimensions, finest_shown, has_units
from leadline.catalog.definitions import GRAINS, Grain
from leadline.catalog.plan import Change, Plan
from leadline.errors import LeadlineError
from leadline.governance.moved import Moved, moved
from leadline.governance.pairing import Paired, exchanged, paired
from leadline.insights.stats.multiplicity import benjamini_hochberg
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.published import Edition, Published
from leadline.metrics.query import Query, Viewer
from leadline.scorecards.incentives import payouts
from leadline.scorecards.results import ScorecardResult
from leadline.scorecards.tree import latest_period, score

PURPOSE = "a back-test"
FALSE_DISCOVERIES = 0.05
SCORED = 3
"""Scorecards are scored again for so many past periods: each score reads a year of history."""
_Z = 1.959963984540054

Verdict = Literal["differs", "not told apart", "equal", "cannot tell"]
"""Of a difference: significant; within chance; the same to 1e-9; or nobody can tell, and `why` says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure by both versions, and their difference (new less old) with its 95 % interval where it can be told."""

    metric: str
    period: str
    unit: str | None
    slice: str
    old: float | None
    old_low: float | None
    old_high: float | None
    old_n: int | None
    new: float | None
    new_low: float | None
    new_high: float | None
    new_n: int | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Flip:
    """One node of a scorecard whose status or score would be another; or what a plan of incentives would pay."""

    scorecard: str
    period: str
    unit: str | None
    node: str
    old_status: str
    new_status: str
    old_score: float | None
    new_score: float | None


@dataclass(frozen=True, slots=True)
class MetricTest:
    """The back-test of one changed meaning; `why` says why there is none, or what of it cannot be told."""

    metric: str
    title: str
    measured_in: str
    grain: Grain
    pairs: tuple[Pair, ...]
    moved: Moved | None
    why: str = ""

    @property
    def whole(self) -> tuple[Pair, ...]:
        """The pairs of the whole, by period."""
        return tuple(p for p in self.pairs if p.unit is None and not p.slice)


@dataclass(frozen=True, slots=True)
class BackTest:
    """The back-test of a plan, bound to its hash."""

    plan: str
    generation: str
    metrics: tuple[MetricTest, ...]
    flips: tuple[Flip, ...]
    paid: tuple[Flip, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON can say it."""
        return asdict(self)


def backtest(
    published: Published,
    plan: Plan,
    working: Catalog,
    *,
    viewer: str | Viewer,
    periods: int = 6,
    grain: Grain = "month",
    examples: int = 5,
) -> BackTest:
    """Compare both versions of every metric whose meaning changes, over the last complete periods."""
    testable: list[str] = []
    tests: dict[str, MetricTest] = {}
    for change in plan.changes:
        if change.kind != "metric" or change.what != "meaning":
            continue
        if why := _untestable(change):
            metric = published.catalog.metrics[change.name]
            tests[change.name] = MetricTest(
                change.name, metric.label, metric.measured_in, grain, (), None, why
            )
        else:
            testable.append(change.name)
    both = paired(published, working, testable) if testable else None
    for name in testable:
        assert both is not None  # noqa: S101 - there is one where anything can be tested
        tests[name] = _Testing(published, both, name, viewer, periods, grain, examples).run()
    found = _adjusted([tests[c.name] for c in plan.changes if c.name in tests and c.kind == "metric"])
    flips, paid, notes = _scored(published, working, plan, testable, viewer)
    return BackTest(plan.hash, published.generation.id, tuple(found), tuple(flips), tuple(paid), tuple(notes))


def _untestable(change: Change) -> str:
    """Say why rows at rest cannot tell what a change does: they were loaded by what is beneath it now."""
    below = [b for b in change.beneath if not b.startswith("metric ")]
    if below:
        return f"Cannot tell before it is applied: rows are as they were loaded, and beneath it changes {below[0]}."
    return ""


@dataclass(frozen=True)
class _Testing:
    published: Published
    both: Paired
    name: str
    viewer: str | Viewer
    periods: int
    grain: Grain
    examples: int

    def run(self) -> MetricTest:
        metric = self.published.catalog.metrics[self.name]

        def told(why: str, pairs: tuple[Pair, ...] = (), rows: Moved | None = None) -> MetricTest:
            return MetricTest(self.name, metric.label, metric.measured_in, grain, pairs, rows, why)

        grain = max(self.grain, finest_shown(self.published.catalog, metric), key=GRAINS.index)
        last = self.published.latest_complete(self.name, grain)
        if last is None:
            return MetricTest(
                self.name, metric.label, metric.measured_in, grain, (), None, "There are no rows."
            )
        since = self.published.periods.back(last, self.periods - 1).start
        why = self.both.why_not(self.name)
        try:
            pairs = tuple(self._pairs(grain, since, last.end, why))
            rows = moved(self.both, self.name, since, last.end, self.examples)
        except LeadlineError as error:
            return MetricTest(
                self.name, metric.label, metric.measured_in, grain, (), None, f"Cannot tell: {error.message}"
            )
        return told(why, pairs, rows)

    def _pairs(self, grain: Grain, since: date, until: date, why: str) -> Iterator[Pair]:
        new = self.both.names[self.name]
        names = [self.name, new] if why else [self.name, new, self.both.change(self.name)]
        asked = [replace(q, metric=n) for q in self._queries(grain, since, until) for n in names]
        answers = iter(evaluate_many(self.both.published, asked))
        for _ in range(len(asked) // len(names)):
            old, other, *rest = (_by_place(next(answers)) for _ in names)
            for place in dict.fromkeys((*old, *other)):
                if all(o is None or o.status == "no data" for o in (old.get(place), other.get(place))):
                    continue
                yield _pair(
                    self.name, old.get(place), other.get(place), rest[0].get(place) if rest else None, why
                )

    def _queries(self, grain: Grain, since: date, until: date) -> Iterator[Query]:
        catalog = self.both.published.catalog
        two = [catalog.metrics[n] for n in (self.name, self.both.names[self.name])]
        asked = Query(self.name, self.viewer, PURPOSE, grain, since=since, until=until)
        yield asked
        if all(has_units(catalog, m) for m in two) and catalog.units.names:
            yield replace(asked, by_unit=True)
        for column in dimensions(catalog, two[0]):
            if column in dimensions(catalog, two[1]):
                yield replace(asked, by=(column,))


def _by_place(found: Sequence[Observation]) -> dict[tuple[str, str | None, str], Observation]:
    return {(o.period, o.unit, o.slice): o for o in found}


def _pair(
    metric: str, old: Observation | None, new: Observation | None, change: Observation | None, why: str
) -> Pair:
    """Put both figures and their difference together."""
    place = old or new
    assert place is not None  # noqa: S101 - a place is one of either
    was, now = old.value if old else None, new.value if new else None
    difference = now - was if was is not None and now is not None else None
    low, high, p = None, None, None
    verdict: Verdict = "cannot tell"
    if difference is None:
        states = {o.status for o in (old, new) if o is not None}
        why = (
            "One of the figures is suppressed."
            if "suppressed" in states
            else "One of the versions has no figure."
        )
    elif abs(difference) <= 1e-9 * max(abs(was or 0.0), abs(now or 0.0), 1e-12) and not why:
        verdict = "equal"
    elif change is not None and change.low is not None and change.high is not None:
        low, high = change.low, change.high
        error = (high - low) / (2 * _Z)
        p = math.erfc(abs(difference) / (error * math.sqrt(2))) if error > 0 else None
        verdict = "not told apart"
    elif not why:
        why = "The rows show no spread to judge the difference by."
    return Pair(
        metric, place.period, place.unit, place.slice,
        was, old.low if old else None, old.high if old else None, old.n if old else None,
        now, new.low if new else None, new.high if new else None, new.n if new else None,
        difference, low, high, p, verdict, why if verdict == "cannot tell" else "",
    )  # fmt: skip


def _adjusted(tests: Sequence[MetricTest]) -> Iterator[MetricTest]:
    """Call differences that remain significant among all that were tested."""
    p = np.array([math.nan if pair.p is None else pair.p for test in tests for pair in test.pairs])
    adjusted = benjamini_hochberg(p) if p.size else p
    start = 0
    for test in tests:
        mine = adjusted[start : start + len(test.pairs)]
        start += len(test.pairs)
        pairs = (
            replace(pair, verdict="differs") if one <= FALSE_DISCOVERIES else pair
            for pair, one in zip(test.pairs, mine, strict=True)
        )  # fmt: skip
        yield replace(test, pairs=tuple(pairs))


def _scored(
    published: Published, working: Catalog, plan: Plan, names: Sequence[str], viewer: str | Viewer
) -> tuple[list[Flip], list[Flip], list[str]]:
    """Score the scorecards that stand on what changes once more, and pay what is paid on them."""
    both = published.catalog.scorecards.keys() & working.scorecards.keys()
    cards = [name for name in sorted(both) if _reaches(plan, "scorecard", name)]
    flips: list[Flip] = []
    paid: list[Flip] = []
    notes: list[str] = []
    if not cards:
        return flips, paid, notes
    proposed = _proposed(published, working, names)
    for name in cards:
        try:
            flips += _of_scorecard(published, proposed, name, viewer)
        except LeadlineError as error:
            notes.append(f"Scorecard {name}: cannot tell. {error.message}")
    for name, incentive in sorted(published.catalog.incentives.items()):
        if incentive.scorecard in cards:
            try:
                was = payouts(published, incentive, viewer=viewer)
                now = payouts(proposed, incentive, viewer=viewer)
            except LeadlineError as error:
                notes.append(f"Incentive {name}: cannot tell. {error.message}")
                continue
            for one, other in zip(was, now, strict=True):
                if (one.amount, one.state) != (other.amount, other.state):
                    said = [None if a is None else float(a) for a in (one.amount, other.amount)]
                    paid.append(
                        Flip(name, one.period.label, one.unit, "payout", one.state, other.state, *said)
                    )
    return flips, paid, notes


def _reaches(plan: Plan, kind: str, name: str) -> bool:
    return any(
        (c.kind, c.name) == (kind, name) or any((d.kind, d.name) == (kind, name) for d in c.dependants)
        for c in plan.changes
    )


def _proposed(published: Published, working: Catalog, names: Sequence[str]) -> Published:
    """Give what would be published: changed metrics from the rows, all others from states, scorecards as written."""
    catalog = replace(published.catalog, scorecards=working.scorecards)
    made = replace(published, catalog=catalog)
    if not names:
        return made
    rows = exchanged(published, working, names)
    kept = tuple(e for e in published.editions if e.candidate)
    return replace(made, editions=(*kept, Edition(None, None, frozenset(names), rows)))


def _of_scorecard(
    published: Published, proposed: Published, name: str, viewer: str | Viewer
) -> Iterator[Flip]:
    last = latest_period(published, published.catalog.scorecards[name])
    for back in range(SCORED - 1, -1, -1):
        period = published.periods.back(last, back)
        was, now = (
            dict(_nodes(score(p, name, viewer=viewer, period=period.start))) for p in (published, proposed)
        )
        unit = published.catalog.scorecards[name].unit
        for node in dict.fromkeys((*was, *now)):
            one, other = was.get(node), now.get(node)
            if one is None or other is None:
                yield Flip(name, period.label, unit, node, one[0] if one else "", other[0] if other else "",
                           one[1] if one else None, other[1] if other else None)  # fmt: skip
            elif one[0] != other[0] or _unlike(one[1], other[1]):
                yield Flip(name, period.label, unit, node, one[0], other[0], one[1], other[1])


def _nodes(result: ScorecardResult) -> Iterator[tuple[str, tuple[str, float | None]]]:
    yield "", (result.status, result.score)
    for perspective in result.perspectives:
        for objective in perspective.objectives:
            path = f"{perspective.perspective.name} / {objective.objective.name}"
            yield path, (objective.status, objective.score)
            for measure in objective.measures:
                where = f" ({measure.unit})" if measure.unit else ""
                yield f"{path} / {measure.metric.name}{where}", (measure.status, measure.score)


def _unlike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > 1e-9
