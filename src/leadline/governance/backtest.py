"""The numeric back-test: what is in force and what is written, side by side over past periods.

Differences are of the same rows, so they are paired: by sums of products where states keep them (pairing.py), else by
drawing customers again (grouped.py). Of all that are tested the expected share of false ones is at most 5 %. Where a
change lies beneath a metric, its rows are loaded once more by it. What nobody can tell is said to be so.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from leadline.catalog import Catalog
from leadline.catalog.composition import dimensions, finest_shown, has_units
from leadline.catalog.composition import rows as row_metrics
from leadline.catalog.definitions import GRAINS, Duration, Grain, Metric, Quantile
from leadline.catalog.plan import Plan
from leadline.errors import LeadlineError
from leadline.governance.backtest_results import BackTest, MetricTest, Pair, Verdict
from leadline.governance.grouped import Clusters, Drawn, Place, clusters, drawn, said
from leadline.governance.moved import Moved, moved, moved_between
from leadline.governance.pairing import Paired, exchanged, paired
from leadline.governance.reached import ANEW, reached
from leadline.governance.rescoring import Rescoring
from leadline.insights.stats import resampling
from leadline.insights.stats.multiplicity import benjamini_hochberg
from leadline.metrics.estimate import RELATIVE_ERROR
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.scorecards.gates import NOTHING, Evidence

PURPOSE = "a back-test"
FALSE_DISCOVERIES = 0.05
PRODUCTS = "sums of products"
_Z = 1.959963984540054

LoadAnew = Callable[[Collection[str]], Published]
"""Gives metrics over rows that were loaded by the working definitions, and closed again by whoever gave it. Raises
LeadlineError with why it cannot."""


def backtest(
    published: Published,
    plan: Plan,
    working: Catalog,
    *,
    viewer: str | Viewer,
    periods: int = 6,
    grain: Grain = "month",
    examples: int = 5,
    anew: LoadAnew | None = None,
    evidence: Evidence = NOTHING,
) -> BackTest:
    """Compare both versions of every metric that a plan reaches, and what scorecards and incentive plans make of them.

    `anew` loads rows by the working definitions where the change lies beneath metrics; without it these cannot be
    told. `evidence` is what refreshes found, which closes gates of incentive plans.
    """
    touched = reached(plan, published.catalog, working)
    known = [name for name in touched if name in published.catalog.metrics]
    whys: dict[str, str] = {}
    sides: dict[str, Published] = {}
    loaded, why = _loaded([n for n in known if touched[n] == ANEW], anew)
    for name in known:
        if touched[name] != ANEW:
            continue
        if loaded is None:
            whys[name] = f"Cannot tell: {why}"
        else:
            sides[name] = loaded
    plain = [name for name in known if touched[name] != ANEW]
    both = paired(published, working, [n for n in plain if touched[n] == "own"]) if plain else None
    for how in ("own", "calendar"):
        if mine := [name for name in plain if touched[name] == how]:
            sides |= dict.fromkeys(mine, exchanged(published, working, plain, beneath=how == "calendar"))
    tests = []
    for name in known:
        testing = _Testing(published, sides.get(name), both, name, viewer, periods, grain, examples)
        tests.append(testing.told(whys[name]) if name in whys else testing.run())
    again = Rescoring(published, working, plan, sides, frozenset(whys), viewer, periods, evidence).run()
    return BackTest(
        plan.hash, published.generation.id, tuple(_adjusted(tests)), tuple(again.flips), tuple(again.paid),
        tuple(again.notes), tuple(again.scored), tuple(again.repaid), _loaded_facts(loaded),
    )  # fmt: skip


def _loaded(names: Sequence[str], anew: LoadAnew | None) -> tuple[Published | None, str]:
    if not names:
        return None, ""
    if anew is None:
        return (
            None,
            "it changes beneath the metric, and rows must be loaded anew: `leadline plan --backtest` does.",
        )
    try:
        return anew(names), ""
    except LeadlineError as error:
        return None, error.message


def _loaded_facts(loaded: Published | None) -> tuple[str, ...]:
    """Name the facts whose rows were loaded anew."""
    return tuple(sorted({b.fact for b in loaded.batches.values()})) if loaded else ()


@dataclass(frozen=True)
class _Testing:
    """One metric by both versions: as it is published, and `new`."""

    published: Published
    new: Published | None
    both: Paired | None
    name: str
    viewer: str | Viewer
    periods: int
    asked_grain: Grain
    examples: int

    @property
    def metric(self) -> Metric:
        return self.published.catalog.metrics[self.name]

    @property
    def grain(self) -> Grain:
        catalogs = [self.published.catalog, *([self.new.catalog] if self.new else [])]
        finest = [finest_shown(c, c.metrics[self.name]) for c in catalogs if self.name in c.metrics]
        return max(self.asked_grain, *finest, key=GRAINS.index)

    def told(self, why: str) -> MetricTest:
        """Give a test that tells nothing but why."""
        return MetricTest(self.name, self.metric.label, self.metric.measured_in, self.grain, (), None, why)

    def run(self) -> MetricTest:
        if self.new is None or self.name not in self.new.catalog.metrics:
            return self.told("It is gone.")
        last = self.published.latest_complete(self.name, self.grain)
        if last is None:
            return self.told("There are no rows.")
        since = self.published.periods.back(last, self.periods - 1).start
        try:
            closed = self._closed
            pairs = tuple(self._by_products(since, last.end) if closed else self._drawn(since, last.end))
            rows, rows_why = self._moved(since, last.end)
        except LeadlineError as error:
            return self.told(f"Cannot tell: {error.message}")
        return MetricTest(
            self.name, self.metric.label, self.metric.measured_in, self.grain, pairs, rows, self._why,
            PRODUCTS if closed else f"bootstrap by {self._drawn_by}", rows_why,
        )  # fmt: skip

    @property
    def _new_metric(self) -> Metric:
        assert self.new is not None  # noqa: S101 - asked after `run` has looked
        return self.new.catalog.metrics[self.name]

    @property
    def _why(self) -> str:
        """Say why no difference of it can be told at all."""
        old, new = self.metric.measured_in, self._new_metric.measured_in
        return f"The versions are measured in {old} and {new}." if old != new else ""

    @property
    def _closed(self) -> bool:
        return self.both is not None and self.name in self.both.names and not self.both.why_not(self.name)

    @property
    def _sides(self) -> list[tuple[Published, Metric]]:
        assert self.new is not None  # noqa: S101 - asked after `run` has looked
        today = tuple(e for e in self.published.editions if e.candidate)
        return [(replace(self.published, editions=today), self.metric), (self.new, self._new_metric)]

    @property
    def _clusters(self) -> tuple[Clusters, ...]:
        """Say for each side what is drawn."""
        return clusters([[(p.catalog, leaf) for leaf in row_metrics(p.catalog, m)] for p, m in self._sides])

    @property
    def _drawn_by(self) -> str:
        return said([(p.catalog, found) for (p, _), found in zip(self._sides, self._clusters, strict=True)])

    def _moved(self, since: date, until: date) -> tuple[Moved | None, str]:
        if self._closed and self.both is not None:
            found = moved(self.both, self.name, since, until, self.examples)
            if found is not None:
                return found, ""
        assert self.new is not None  # noqa: S101 - asked after `run` has looked
        return moved_between((self.published, self.new), self.name, (since, until), self.examples)

    def _by_products(self, since: date, until: date) -> Iterator[Pair]:
        """Compare by the difference as a metric of its own."""
        assert self.both is not None  # noqa: S101 - asked of closed forms only
        names = [self.name, self.both.names[self.name], self.both.change(self.name)]
        catalog = self.both.published.catalog
        queries = list(self._queries([(catalog, catalog.metrics[n]) for n in names[:2]], since, until))
        asked = [replace(q, metric=n) for q in queries for n in names]
        answers = iter(evaluate_many(self.both.published, asked))
        for _ in queries:
            old, other, change = (_by_place(next(answers)) for _ in names)
            for place in _shown(old, other):
                ends = change.get(place)
                yield _pair(self.name, (old.get(place), other.get(place)), _ends(ends), self._why, PRODUCTS)

    def _drawn(self, since: date, until: date) -> Iterator[Pair]:
        """Compare by drawing again whom the rows are of."""
        sides = self._sides
        queries = list(self._queries([(p.catalog, m) for p, m in sides], since, until))
        answers = [evaluate_many(p, queries) for p, _ in sides]
        by, method = self._clusters, f"bootstrap by {self._drawn_by}"
        fewest = f"Too few of them have a part in it, or they show no spread: {self._drawn_by}."
        for query, *found in zip(queries, *answers, strict=True):
            old, other = (_by_place(one) for one in found)
            places = _shown(old, other)
            replicates: list[Mapping[Place, Drawn]] = [{}, {}]
            why = self._why
            if not why and any(_differ(old.get(place), other.get(place)) for place in places):
                try:
                    replicates = [drawn(p, query, mine) for (p, _), mine in zip(sides, by, strict=True)]
                except LeadlineError as error:
                    why = error.message
            for place in places:
                pair = old.get(place), other.get(place)
                one = _pair(self.name, pair, self._told(*pair, replicates), why, method)
                yield replace(one, why=fewest) if one.verdict == "cannot tell" and not one.why else one

    def _told(
        self, old: Observation | None, new: Observation | None, replicates: Sequence[Mapping[Place, Drawn]]
    ) -> resampling.Told | None:
        if old is None or new is None or old.value is None or new.value is None:
            return None
        place = (old.start, old.unit, old.slice)
        both = [found.get(place) for found in replicates]
        values = [
            d.values if d else np.full(resampling.REPLICATES, o.value)
            for d, o in zip(both, (old, new), strict=True)
        ]
        there = np.zeros(resampling.GROUPS, dtype=bool)
        for one in both:
            there |= one.groups if one else False
        bucketed = isinstance(self.metric, Quantile | Duration) or isinstance(
            self._new_metric, Quantile | Duration
        )
        rounding = RELATIVE_ERROR * (abs(old.value) + abs(new.value)) if bucketed else 0.0
        return resampling.difference(
            new.value - old.value, values[1] - values[0], int(there.sum()), rounding=rounding
        )

    def _queries(self, two: Sequence[tuple[Catalog, Metric]], since: date, until: date) -> Iterator[Query]:
        asked = Query(self.name, self.viewer, PURPOSE, self.grain, since=since, until=until)
        yield asked
        if all(has_units(c, m) for c, m in two) and all(c.units.names for c, _ in two):
            yield replace(asked, by_unit=True)
        (first, old), (second, new) = two
        for column in dimensions(first, old):
            if column in dimensions(second, new):
                yield replace(asked, by=(column,))


Where = tuple[str, str | None, str]


def _by_place(found: Sequence[Observation]) -> dict[Where, Observation]:
    return {(o.period, o.unit, o.slice): o for o in found}


def _shown(old: Mapping[Where, Observation], new: Mapping[Where, Observation]) -> list[Where]:
    """Give the places where either has anything to show."""
    return [
        place
        for place in dict.fromkeys((*old, *new))
        if not all(o is None or o.status == "no data" for o in (old.get(place), new.get(place)))
    ]


def _differ(old: Observation | None, new: Observation | None) -> bool:
    if old is None or new is None or old.value is None or new.value is None:
        return False
    return not _equal(old.value, new.value)


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-12)


def _ends(change: Observation | None) -> resampling.Told | None:
    """Give what a difference that was computed as a metric tells."""
    if change is None or change.value is None or change.low is None or change.high is None:
        return None
    error = (change.high - change.low) / (2 * _Z)
    p = math.erfc(abs(change.value) / (error * math.sqrt(2))) if error > 0 else math.nan
    return resampling.Told(change.low, change.high, p)


def _pair(
    metric: str,
    both: tuple[Observation | None, Observation | None],
    told: resampling.Told | None,
    why: str,
    method: str,
) -> Pair:
    """Put both figures and their difference together."""
    old, new = both
    place = old or new
    assert place is not None  # noqa: S101 - a place is one of either
    was, now = old.value if old else None, new.value if new else None
    difference = now - was if was is not None and now is not None else None
    verdict: Verdict = "cannot tell"
    if difference is None:
        told = None
        states = {o.status for o in (old, new) if o is not None}
        hidden = "suppressed" in states
        why = "One of the figures is suppressed." if hidden else "One of the versions has no figure."
    elif why:
        told = None
    elif _equal(was or 0.0, now or 0.0):
        verdict, told = "equal", None
    elif told is not None:
        verdict = "not told apart"
    elif method == PRODUCTS:
        why = "The rows show no spread to judge the difference by."
    p = None if told is None or math.isnan(told.p) else told.p
    return Pair(
        metric, place.period, place.unit, place.slice,
        was, old.low if old else None, old.high if old else None, old.n if old else None,
        now, new.low if new else None, new.high if new else None, new.n if new else None,
        difference, told.low if told else None, told.high if told else None, p, verdict,
        why if verdict == "cannot tell" else "", method if told else "",
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
