"""Figures of metrics made of other metrics: their value, and an interval that knows how the parts vary together.

Parts of one family (same fact, same rows) vary together, and the states keep the sums of products that say how. Parts
of different facts, and parts over different windows, are taken as independent.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

from leadline.catalog.composition import parts as parts_of
from leadline.catalog.definitions import COMPOSED, Cumulative, Derived, Index, Metric
from leadline.metrics import formula, linearised, terms
from leadline.metrics.figures import Figure, Key, Leaf, status
from leadline.metrics.formula import Slope
from leadline.metrics.intervals import t_quantile
from leadline.metrics.observation import Status
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.shapes import product_alias
from leadline.metrics.windows import LeafKey, Span, span_of

_Z = NormalDist().inv_cdf(0.975)
_WORST: tuple[Status, ...] = ("suppressed", "no data", "provisional", "restated", "final")
_SHOWN: frozenset[Status] = frozenset({"provisional", "restated", "final"})


@dataclass(frozen=True, slots=True)
class Composition:
    """A composed metric in terms of row metrics: which, over which windows, and how they are put together."""

    published: Published
    metric: Metric

    def figure(self, leaves: Mapping[LeafKey, Leaf], key: Key, period: Period) -> tuple[Figure, Status, str]:
        """Give the figure of one period, unit and slice, with its status and a note."""
        at = {leaf: found.at(key, period) for leaf, found in leaves.items()}
        whole = self._slope(self.metric, None, at)
        judged = [status(self.published, leaves[leaf], figure, period, key) for leaf, figure in at.items()]
        state, note = min(judged, key=lambda one: _WORST.index(one[0]))
        n = min((figure.n for figure in at.values()), default=0)
        if state in _SHOWN and math.isnan(whole.value):
            state, note = (
                "no data",
                "The formula has no value: a denominator is zero, or a part has no value.",
            )
        if state in _SHOWN and n < self.metric.minimum_n:
            state, note = "suppressed", f"Fewer than {self.metric.minimum_n} rows."
        if state == "final" and (other := self.published.redefined(self.metric.name, period)) is not None:
            state, note = "restated", other
        half = self._half_width(whole, leaves, at, key, n)
        low, high = whole.value - half, whole.value + half
        if math.isnan(half) and state in _SHOWN:
            why = "No interval: a denominator cannot be told from zero, or a part has none."
            note = f"{note} {why}".strip()
        if isinstance(self.metric, Index):
            low, high = max(low, 0.0), min(high, 100.0)
        return Figure(whole.value, low, high, n, note), state, note

    def value(self, at: Mapping[LeafKey, float]) -> float:
        """Give the value that the leaves' values come to; NaN where there is none."""
        figures = {leaf: Figure(value, math.nan, math.nan, 0) for leaf, value in at.items()}
        return self._slope(self.metric, None, figures).value

    def _slope(self, metric: Metric, span: Span | None, at: Mapping[LeafKey, Figure]) -> Slope:
        if not isinstance(metric, COMPOSED):
            name = _name((metric.name, span))
            value = at[metric.name, span].value
            return Slope(value, {name: 1.0})
        catalog = self.published.catalog
        if isinstance(metric, Cumulative):
            return self._slope(catalog.metrics[metric.metric], span_of(metric), at)
        parts = {name: self._slope(catalog.metrics[name], span, at) for name in parts_of(catalog, metric)}
        if isinstance(metric, Derived):
            return formula.evaluate(catalog.expression(metric, "formula").tree, parts)
        return _weighed(metric, parts)

    def _half_width(
        self, whole: Slope, leaves: Mapping[LeafKey, Leaf], at: Mapping[LeafKey, Figure], key: Key, n: int
    ) -> float:
        reach = float(t_quantile(n - 1))
        spread = _Spread(self.published, leaves, at, key)
        variance = spread.of(whole.by)
        for divisor in whole.divisors:
            if reach**2 * spread.of(divisor.by) >= divisor.value**2:
                return math.nan
        return reach * math.sqrt(variance) if variance > 0 else math.nan


@dataclass(frozen=True, slots=True)
class _Spread:
    """The variances of leaves at one key, and how those of one family vary together."""

    published: Published
    leaves: Mapping[LeafKey, Leaf]
    at: Mapping[LeafKey, Figure]
    key: Key

    def of(self, slope: Mapping[str, float]) -> float:
        """Give the variance of a linear combination of leaves; NaN where that of one is not known."""
        total = sum(
            slope.get(_name(leaf), 0.0) ** 2 * self._own(leaf)
            for leaf in self.leaves
            if slope.get(_name(leaf))
        )
        for one, other in combinations(self.leaves, 2):
            weight = slope.get(_name(one), 0.0) * slope.get(_name(other), 0.0)
            if weight:
                total += 2 * weight * self._together(one, other)
        return max(total, 0.0) if not math.isnan(total) else math.nan

    def _own(self, leaf: LeafKey) -> float:
        found, figure = self.leaves[leaf], self.at[leaf]
        sums = found.sums.get(self.key)
        variance = linearised.variance(found.request.metric, sums) if sums else None
        if variance is not None:
            return variance
        if math.isnan(figure.low) or math.isnan(figure.high):
            return 0.0 if figure.n == 0 and figure.value == 0 else math.nan
        return ((figure.high - figure.low) / (2 * _Z)) ** 2

    def _together(self, one: LeafKey, other: LeafKey) -> float:
        first, second = sorted((one, other), key=lambda leaf: leaf[0])
        ours, theirs = self.leaves[first].request, self.leaves[second].request
        sums = self.leaves[first].sums.get(self.key)
        if first[1] != second[1] or sums is None or self.key not in self.leaves[second].sums:
            return 0.0
        crossed = {
            (a, b): sums[alias]
            for a in terms.basics(ours.metric)
            for b in terms.basics(theirs.metric)
            if (alias := product_alias(ours.metric.name, a, theirs.metric.name, b)) in sums
        }
        if not crossed:
            return 0.0
        return linearised.covariance(
            linearised.slopes(ours.metric, sums),
            linearised.slopes(theirs.metric, self.leaves[second].sums[self.key]),
            crossed,
        )


def _weighed(metric: Index, parts: Mapping[str, Slope]) -> Slope:
    """Give the weighted mean of parts that are each put between their worst (0) and best (100), clipped."""
    total = sum(part.weight for part in metric.parts)
    value, by = 0.0, dict[str, float]()
    for part in metric.parts:
        found = parts[part.metric]
        place = 100 * (found.value - part.worst) / (part.best - part.worst)
        inside = 0 <= place <= 100
        value += part.weight / total * (place if math.isnan(place) else min(max(place, 0.0), 100.0))
        for name, slope in found.by.items():
            moved = 100 / (part.best - part.worst) * slope if inside else 0.0
            by[name] = by.get(name, 0.0) + part.weight / total * moved
    return Slope(value, by, tuple(d for part in parts.values() for d in part.divisors))


def _name(leaf: LeafKey) -> str:
    return f"{leaf[0]} {leaf[1]}"
