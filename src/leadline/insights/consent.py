"""Findings of kind `consent`: rows are left out for want of a right, and that moves the figure.

The one rule: the bias is measured by what may lawfully be compared (metrics/rights.py), never by what those answered
who forbid it. False discoveries are controlled over all figures that could be compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from leadline.catalog.composition import has_units
from leadline.catalog.definitions import COMPOSED, Metric, RowMetrics
from leadline.catalog.federation import held_in
from leadline.insights import wording
from leadline.insights.stats.multiplicity import benjamini_hochberg
from leadline.insights.targets import DEFAULT_GRAIN
from leadline.metrics import rights
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.rights import LEAST, Earlier
from leadline.store.entries import NewFinding

KIND = "consent"
PURPOSE = "findings"
LEVEL = 0.05
"""The share of false discoveries that is borne."""
FEW = 0.02
"""A smaller share of rows left out is no matter."""


@dataclass(frozen=True, slots=True)
class _Case:
    metric: RowMetrics
    period: Period
    unit: str | None
    kept: int
    left_out: int
    earlier: Earlier

    @property
    def share(self) -> float:
        return self.kept / (self.kept + self.left_out)


def consent(published: Published, *, viewer: str) -> list[NewFinding]:
    """Give a finding for the whole and for each unit of the two upper levels whose figure is moved by what is left out.

    Judged is the last complete period of each metric of rows that customers decide about.
    """
    cases = [
        case
        for metric in published.catalog.metrics.values()
        if not isinstance(metric, COMPOSED) and rights.purpose_of(published, metric)
        for case in _cases(published, metric, viewer)
    ]
    adjusted = benjamini_hochberg([case.earlier.p for case in cases])
    return [
        _finding(published, case, float(p), len(cases))
        for case, p in zip(cases, adjusted, strict=True)
        if p < LEVEL
    ]


def _cases(published: Published, metric: RowMetrics, viewer: str) -> Iterator[_Case]:
    period = published.latest_complete(metric.name, DEFAULT_GRAIN)
    if period is None:
        return
    whole = Query(metric.name, viewer, PURPOSE, grain=period.grain, since=period.start, until=period.end)
    levels = [whole]
    apart = has_units(published.catalog, metric) and not held_in(published.catalog, metric.name)
    roots = published.catalog.units.roots if apart else ()
    if len(roots) > 1:  # one root is the whole
        levels.append(replace(whole, by_unit=True))
    levels += [replace(whole, by_unit=True, unit=root) for root in roots]
    any_gone = True
    for query in levels:
        if query.by_unit and not any_gone:
            return
        counts = {unit: both for (unit, _), both in rights.counted(published, metric, query).items()}
        any_gone = any(gone for _, gone in counts.values())
        told = {
            unit: gone / (kept + gone)
            for unit, (kept, gone) in counts.items()
            if min(kept, gone) >= max(LEAST, metric.minimum_n) and gone >= FEW * (kept + gone)
        }
        told = {unit: share for unit, share in told.items() if unit or not query.by_unit}
        compared = rights.earlier(published, metric, query, period, told) if told else {}
        for unit, found in compared.items():
            yield _Case(metric, period, unit, *counts[unit], found)


def _finding(published: Published, case: _Case, adjusted: float, tested: int) -> NewFinding:
    metric: Metric = case.metric
    found, name = case.earlier, case.metric.name
    places = wording.decimals(metric, (found.high - found.low) / 2)
    half = (found.high - found.low) / 2
    way = "raises" if found.bias > 0 else "lowers"
    statement = (
        f"{wording.about(published.catalog, metric, case.unit, '')} counts {case.share:.0%} of its rows in "
        f"{wording.period(case.period.grain, case.period.label)}: {case.left_out:,} are left out without consent, "
        f"and by {found.n:,} earlier rows of customers who have withdrawn since that {way} it: "
        f"{wording.difference(metric, found.bias, half, places)}."
    )
    better = (found.bias > 0) == (metric.direction == "higher") if metric.direction else None
    return NewFinding(
        kind=KIND,
        metric=name,
        period=case.period.label,
        grain=case.period.grain,
        unit=case.unit,
        slice="",
        statement=statement,
        evidence={
            "coverage": case.share,
            "rows": case.kept,
            "left_out": case.left_out,
            "difference": found.bias,
            "low": found.low,
            "high": found.high,
            "earlier_rows": found.n,
            "differ": found.differ,
            "test": "earlier rows of customers with and without a right now differ, times the share left out",
            "method": "normal approximation of both figures' intervals",
            "p": found.p,
            "adjusted_p": adjusted,
            "tested": tested,
            "measured_in": metric.measured_in,
        },
        severity="medium" if abs(found.bias) >= half else "low",
        direction="neutral" if better is None else "bad",
    )
