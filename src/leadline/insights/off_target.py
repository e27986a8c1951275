"""Findings of kind `off_target`: a scorecard's measure whose whole interval lies beyond its red flag.

The one rule: the whole interval, as on the scorecard; a value beyond the red flag whose interval reaches back
over it is no finding. Only final figures are judged.
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta

from leadline.catalog.composition import has_units
from leadline.catalog.definitions import Grain
from leadline.catalog.federation import holds_in
from leadline.catalog.units_of_measure import MINUS
from leadline.insights import wording
from leadline.insights.stats.multiplicity import benjamini_hochberg
from leadline.insights.targets import Target, targets
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.store.entries import NewFinding

PURPOSE = "findings"
KIND = "off_target"
REACH = 13
"""Periods looked back on, to say for how long."""
_Z = 1.959963984540054


def off_target(published: Published, *, viewer: str) -> list[NewFinding]:
    """Judge every scored measure of every scorecard in its last final period, one finding for each that is off.

    The period is that of the metric's last final figure among the two last complete ones; an older one is
    stale, and no finding. `p` in the evidence is one-sided, from the interval taken as normal; adjusted over
    all measures that were judged. The finding itself follows the scorecard's rule and not the adjusted p.
    """
    judged = [(t, past) for t, past in zip(*_histories(published, viewer), strict=True) if past]
    adjusted = benjamini_hochberg([_p(target, past[-1]) for target, past in judged])
    found: dict[str, NewFinding] = {}
    for (target, past), share in zip(judged, adjusted, strict=True):
        if is_off(target, past[-1]):
            finding = _finding(published, target, past, float(share), len(judged))
            found.setdefault(finding.id, finding)
    return list(found.values())


def is_off(target: Target, observation: Observation) -> bool:
    """Tell whether the better end of the interval is worse than the red flag."""
    better = observation.high if target.sign > 0 else observation.low
    return better is not None and better * target.sign < target.red_flag * target.sign


def _histories(published: Published, viewer: str) -> tuple[list[Target], list[list[Observation]]]:
    """Give every target that can be asked about, with its final figures up to the last, oldest first."""
    catalog, asked, queries, oldest = published.catalog, [], [], []

    def judged_on(metric: str, grain: Grain) -> date:
        latest = published.latest_complete(metric, grain)
        return latest.end - timedelta(days=1) if latest else date.max

    for target in targets(catalog, judged_on):
        latest = published.latest_complete(target.metric, target.grain)
        known = target.unit is None or has_units(catalog, catalog.metrics[target.metric])
        if latest is None or not known or not holds_in(catalog, target.metric, target.unit):
            continue
        asked.append(target)
        oldest.append(published.periods.back(latest).start)
        queries.append(
            Query(
                metric=target.metric,
                viewer=viewer,
                purpose=PURPOSE,
                grain=target.grain,
                unit=target.unit,
                since=published.periods.back(latest, REACH - 1).start,
                until=latest.end,
                where=dict(target.where),
            )
        )
    answers = [
        [o for o in answer if o.status in FIRM and o.value is not None]
        for answer in evaluate_many(published, queries)
    ]
    fresh = [
        past if past and past[-1].start >= limit else [] for past, limit in zip(answers, oldest, strict=True)
    ]
    return asked, fresh


def _p(target: Target, observation: Observation) -> float:
    """One-sided p of `at or better than the red flag`, from the interval's reach towards it taken as 1.96 errors."""
    better = observation.high if target.sign > 0 else observation.low
    if better is None or observation.value is None or better == observation.value:
        return math.nan
    z = (target.red_flag - observation.value) * target.sign / abs(better - observation.value) * _Z
    return math.erfc(z / math.sqrt(2)) / 2


def _finding(
    published: Published, target: Target, past: Sequence[Observation], adjusted: float, tested: int
) -> NewFinding:
    now = past[-1]
    metric = published.catalog.metrics[target.metric]
    value = now.value if now.value is not None else math.nan
    row = 0
    for observation in reversed(past):
        if not is_off(target, observation):
            break
        row += 1
    low, high = (value if end is None else end for end in (now.low, now.high))
    places = wording.decimals(metric, (high - low) / 2)
    side = "below" if target.sign > 0 else "above"
    about = wording.about(published.catalog, metric, target.unit, now.slice)
    statement = (
        f"{about} was {wording.figure(metric, value, places)} "
        f"({_end(now.low, places)} to {_end(now.high, places)}) in {wording.period(target.grain, now.period)}: wholly "
        f"{side} the red flag of {wording.bare(target.red_flag)}{wording.in_a_row(target.grain, row)}."
    )
    return NewFinding(
        kind=KIND,
        metric=target.metric,
        period=now.period,
        grain=target.grain,
        unit=target.unit,
        slice=now.slice,
        statement=statement,
        evidence={
            "value": now.value,
            "low": now.low,
            "high": now.high,
            "n": now.n,
            "red_flag": target.red_flag,
            "goal": target.goal,
            "scorecard": target.scorecard,
            "periods_in_a_row": row,
            "test": "the whole 95 % interval beyond the red flag",
            "method": now.method,
            "p": None if math.isnan(p := _p(target, now)) else p,
            "adjusted_p": None if math.isnan(adjusted) else adjusted,
            "tested": tested,
            "measured_in": metric.measured_in,
        },
        severity="high",
        direction="bad",
    )


def _end(end: float | None, places: int) -> str:
    return "unknown" if end is None else f"{end:,.{places}f}".replace("-", MINUS)
