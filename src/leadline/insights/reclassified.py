"""Findings of kind `reclassification`: a slice moved because rows were put into it, not because anything changed.

When a source redefines its codes (`recoded:`) and puts customers into other categories with it, a category's figure
steps though no customer changed. The same rows of the period before, sorted by what holds now (as is) instead of what
held then (as was), tell: what they differ by is the reclassification's. Both figures are of overlapping rows, taken
as independent, which overstates the variance; false discoveries among all slices tested are held at 5 %.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from leadline.catalog import Catalog
from leadline.catalog.definitions import COMPOSED, Metric, RowMetric
from leadline.insights import wording
from leadline.insights.stats.multiplicity import benjamini_hochberg
from leadline.insights.targets import grains
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.history import Dimensions
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.words import loaded
from leadline.store.entries import NewFinding

KIND = "reclassification"
PURPOSE = "findings"
REACH = 24
"""Periods looked back on for a redefinition."""
FALSE_DISCOVERIES = 0.05
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class _Step:
    """One slice over a redefinition: its figures in the period before and in the one after, as was, and as is."""

    metric: Metric
    period: Period
    before: Observation
    after: Observation
    as_is: Observation
    day: date

    @property
    def moved(self) -> float:
        """What putting rows elsewhere moved: the same rows, as is less as was."""
        return (self.as_is.value or 0.0) - (self.before.value or 0.0)

    @property
    def p(self) -> float:
        """Two-sided p of no such movement, from both intervals taken as 1.96 standard errors."""
        variance = sum(((o.high - o.low) / (2 * _Z)) ** 2 for o in (self.before, self.as_is)
                       if o.low is not None and o.high is not None)  # fmt: skip
        return math.erfc(abs(self.moved) / math.sqrt(2 * variance)) if variance > 0 else math.nan


def reclassified(published: Published, *, viewer: str) -> list[NewFinding]:
    """Give one finding for each slice that a redefinition moved by more than chance."""
    steps = [
        step
        for name, metric in sorted(published.catalog.metrics.items())
        if not isinstance(metric, COMPOSED)
        for column, day in _redefined(published.catalog, metric)
        for step in _steps(published, name, column, day, viewer)
    ]
    found = zip(steps, benjamini_hochberg([step.p for step in steps]), strict=True)
    return [_finding(published, s, float(q), len(steps)) for s, q in found if q <= FALSE_DISCOVERIES]


def _redefined(catalog: Catalog, metric: RowMetric) -> Iterator[tuple[str, date]]:
    """Give the slices of a metric that are read in a history whose codes were redefined, and when that was."""
    fact = catalog.facts[metric.of]
    for path in metric.by:
        reference, dot, name = path.partition(".")
        target = catalog.facts.get(fact.columns[reference].references or "") if dot else None
        column = loaded(catalog, target, name) if target and target.valid else None
        for one in column.recoded if column else ():
            yield path, one.from_


def _steps(published: Published, name: str, column: str, day: date, viewer: str) -> Iterator[_Step]:
    grain = grains(published.catalog, name)[0]
    now = published.periods.period(grain, day)
    last = published.latest_complete(name, grain)
    if last is None or now.start < published.periods.back(last, REACH).start or now.end > last.end:
        return
    before = published.periods.back(now)
    readings: list[tuple[date, Dimensions]] = [(now.end, "as_was"), (before.end, "as_is")]
    asked = [
        Query(metric=name, viewer=viewer, purpose=PURPOSE, grain=grain, by=(column,), since=before.start, until=until,
              dimensions=reading)
        for until, reading in readings
    ]  # fmt: skip
    was, as_is = evaluate_many(published, asked)
    told = {(o.start, o.slice): o for o in was if o.status in FIRM and o.value is not None}
    for one in as_is:
        ends = told.get((before.start, one.slice)), told.get((now.start, one.slice))
        if ends[0] and ends[1] and one.value is not None and not one.slice.endswith("=(none)"):
            yield _Step(published.catalog.metrics[name], now, ends[0], ends[1], one, day)


def _finding(published: Published, step: _Step, adjusted: float, tested: int) -> NewFinding:
    metric, catalog = step.metric, published.catalog
    margin = ((step.before.high or 0.0) - (step.before.low or 0.0)) / 2
    places = wording.decimals(metric, margin)
    was, after, as_is = (
        wording.figure(metric, o.value or 0.0, places) for o in (step.before, step.after, step.as_is)
    )
    label = wording.period(step.period.grain, step.before.period)
    statement = (
        f"{wording.about(catalog, metric, None, step.before.slice)} went from {was} to {after} in "
        f"{wording.period(step.period.grain, step.period.label)}, when codes were redefined ({step.day.isoformat()}): "
        f"by what they are called and counted as now, {label} was {as_is} already."
    )
    return NewFinding(
        kind=KIND,
        metric=metric.name,
        period=step.period.label,
        grain=step.period.grain,
        unit=None,
        slice=step.before.slice,
        statement=statement,
        evidence={
            "as_was": step.before.value,
            "after": step.after.value,
            "as_is": step.as_is.value,
            "moved": step.moved,
            "redefined_on": step.day.isoformat(),
            "test": "the same rows as is against as was, both intervals taken as independent",
            "p": step.p,
            "adjusted_p": adjusted,
            "tested": tested,
            "measured_in": metric.measured_in,
        },
        severity="medium",
        direction="neutral",
    )
