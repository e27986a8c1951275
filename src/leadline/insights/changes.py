"""Findings of kinds `changed_from_previous` and `changed_from_last_year`: a figure moved by more than chance.

The one rule: every comparison that is made is counted, of every metric, unit, slice and period, and what is
reported of them all together has an expected share of false alarms of at most 5 %.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from leadline.catalog.composition import collected, finest_shown
from leadline.catalog.definitions import COMPOSED, GRAINS, Count, Grain, Metric, Share, Sum
from leadline.insights import wording
from leadline.insights.stats.comparison import (
    Comparison,
    Moments,
    binomial_floors,
    compare,
    compare_totals,
    poisson_floors,
)
from leadline.insights.stats.dependence import widening
from leadline.insights.stats.multiplicity import benjamini_hochberg, equal_shares
from leadline.insights.suspended import is_suspended
from leadline.insights.targets import better, grains, last_targets
from leadline.metrics import estimate
from leadline.metrics.comparison import DayTotals, day_totals, hidden_places
from leadline.metrics.periods import Period
from leadline.metrics.protection import is_guarded
from leadline.metrics.published import Published
from leadline.store.entries import NewFinding

FALSE_DISCOVERIES = 0.05
"""Expected share of false ones among the changes found, over everything tested."""

FINER: dict[Grain, Grain] = {"year": "quarter", "quarter": "month", "month": "week"}

Kind = Literal["changed_from_previous", "changed_from_last_year"]
Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tested:
    """One period of one metric against another, in every place at once: arrays over places.

    `rows` are the places' numbers of rows, now and before; `wide` the widening for resemblance of near days.
    """

    kind: Kind
    metric: Metric
    grain: Grain
    now: Period
    before: Period
    places: Sequence[tuple[str | None, str]]
    comparison: Comparison
    rows: tuple[Array, Array]
    wide: Array


def changes(published: Published, *, viewer: str) -> list[NewFinding]:
    """Compare every complete period with the one before and with the same a year before, for the whole, every unit
    and every declared slice of every metric; report what is significant among all of it.

    Totals are compared by their daily mean at equal weekdays, all else by days as clusters (insights/stats).
    Quantile metrics are not compared: their states say nothing of days. A figure that is suppressed in either
    period is neither tested nor told.
    """
    tested = list(tests(published, viewer=viewer))
    if not tested:
        return []
    p = np.concatenate([t.comparison.p for t in tested])
    kinds = np.array([_part(*place) for t in tested for place in t.places])
    adjusted = benjamini_hochberg(p, equal_shares(p, kinds))
    count = int(np.isfinite(adjusted).sum())
    found: list[NewFinding] = []
    start = 0
    for test in tested:
        part = adjusted[start : start + len(test.places)]
        start += len(test.places)
        found += [
            _finding(published, test, int(i), float(part[i]), count)
            for i in np.flatnonzero(part <= FALSE_DISCOVERIES)
        ]
    return found


def tests(published: Published, *, viewer: str) -> Iterator[Tested]:
    """Give every comparison that is made."""
    catalog = published.catalog
    for name in sorted(catalog.metrics):
        tables = list(distinct(day_totals(published, name, viewer=viewer)))
        for grain in _comparable(published, catalog.metrics[name], tables):
            for totals in tables:
                yield from _series(published, catalog.metrics[name], grain, totals)


def _comparable(published: Published, metric: Metric, tables: Sequence[DayTotals]) -> list[Grain]:
    """Give the grains at which a metric is watched; where one has no two complete periods, the next finer that has."""
    found: set[Grain] = set()
    for wanted in grains(published.catalog, metric.name) if tables else []:
        grain: Grain | None = wanted
        while grain and len(_complete(published, metric, grain, tables[0])) < 2:
            grain = FINER.get(grain)
            if grain and GRAINS.index(grain) < GRAINS.index(finest_shown(published.catalog, metric)):
                grain = None
        if grain:
            found.add(grain)
    return sorted(found)


def distinct(tables: Sequence[DayTotals]) -> Iterator[DayTotals]:
    """Leave out places that hold the very same rows as one before: a region of one country, a slice of one value.

    They would be tested, and told, twice. The same rows are taken to be where every day has the same n, y and x.
    """
    seen: dict[bytes, list[tuple[Array, Array]]] = {}
    for table in tables:
        kept = []
        for i in range(len(table.places)):
            n, y, x = (np.ascontiguousarray(a[:, i]) for a in (table.n, table.y, table.x))
            known = seen.setdefault(n.tobytes(), [])
            if not any(np.allclose(y, other_y) and np.allclose(x, other_x) for other_y, other_x in known):
                known.append((y, x))
                kept.append(i)
        places = [table.places[i] for i in kept]
        yield DayTotals(table.first, places, table.n[:, kept], table.y[:, kept], table.x[:, kept])


def _series(published: Published, metric: Metric, grain: Grain, totals: DayTotals) -> Iterator[Tested]:
    """Compare the complete periods of one table of day totals."""
    complete = _complete(published, metric, grain, totals)
    if not complete:
        return
    days = _Days(metric, totals, min(complete), max(period.end for period in complete.values()))
    for now in complete.values():
        previous, last_year = published.periods.back(now), published.periods.year_ago(now)
        pairs: list[tuple[Kind, Period]] = [("changed_from_previous", previous)]
        if last_year != previous:
            pairs.append(("changed_from_last_year", last_year))
        for kind, before in pairs:
            if before.start in complete:
                comparison, rows = days.compared(now, before)
                hidden = _hidden(published, metric, totals, now) | _hidden(published, metric, totals, before)
                comparison = Comparison(*(np.where(hidden, np.nan, part) for part in comparison))
                yield Tested(kind, metric, grain, now, before, totals.places, comparison, rows, days.wide)


def _hidden(published: Published, metric: Metric, totals: DayTotals, period: Period) -> Flags:
    """Say which places are not shown in a period, or are suspended in it; of those, nothing is told."""
    outage = np.asarray(
        [is_suspended(published, metric, unit, period) for unit, _ in totals.places], dtype=bool
    )
    return outage | _not_shown(published, metric, totals, period)


def _not_shown(published: Published, metric: Metric, totals: DayTotals, period: Period) -> Flags:
    if isinstance(metric, COMPOSED) or not is_guarded(metric):
        return np.zeros(len(totals.places), dtype=bool)
    return hidden_places(published, metric, totals.places, period)


def _complete(published: Published, metric: Metric, grain: Grain, totals: DayTotals) -> dict[date, Period]:
    """Give the final periods from the first that is covered from its beginning, by their first day.

    A survey that is collected once a year covers the whole year of its first row.
    """
    arriving = collected(published.catalog, metric).every
    every: Grain = "day" if arriving == "hour" else arriving
    since = published.periods.start(every, totals.first)
    until = totals.first + timedelta(days=len(totals.n))
    return {
        period.start: period
        for period in published.periods.between(grain, since, until)
        if published.is_final(metric.name, period)
    }


class _Days:
    """Day totals of one metric from `since` to `until`, ready to be compared period by period."""

    def __init__(self, metric: Metric, totals: DayTotals, since: date, until: date) -> None:
        self.metric = metric
        self.since = since
        self.is_total = isinstance(metric, Count | Sum)
        self.n, self.y = (_laid(part, totals.first, since, until, 0.0) for part in (totals.n, totals.y))
        self.x = _laid(totals.x, totals.first, since, until, 1.0 if self.is_total else 0.0)
        self.weekdays = (np.arange(len(self.n)) + since.weekday()) % 7
        self.wide = widening(self.y, self.x, weekly=self.is_total)

    def compared(self, now: Period, before: Period) -> tuple[Comparison, tuple[Array, Array]]:
        """Compare two periods in every place; NaN where a place is not to be told of, or has nothing to tell."""
        one, other = self._rows(now), self._rows(before)
        n = (self.n[one].sum(axis=0), self.n[other].sum(axis=0))
        found = self._totals(one, other) if self.is_total else self._ratios(one, other, n)
        least = self.metric.minimum_n if self.is_total else max(self.metric.minimum_n, 1)
        told = (np.minimum(*n) >= least) & (np.maximum(*n) > 0)
        return Comparison(*(np.where(told, part, np.nan) for part in found)), n

    def _rows(self, period: Period) -> slice:
        return slice((period.start - self.since).days, (period.end - self.since).days)

    def _totals(self, one: slice, other: slice) -> Comparison:
        y = self.y
        return compare_totals(
            y[one],
            y[other],
            self.weekdays[one],
            self.weekdays[other],
            floors=poisson_floors(y[one], y[other]) if isinstance(self.metric, Count) else (0.0, 0.0),
            widening=self.wide,
        )

    def _ratios(self, one: slice, other: slice, n: tuple[Array, Array]) -> Comparison:
        now, before = (Moments.of(self.y[rows], self.x[rows]) for rows in (one, other))
        floors: tuple[npt.ArrayLike, npt.ArrayLike] = (0.0, 0.0)
        if isinstance(self.metric, Share):
            floors = binomial_floors((_hits(now, n[0]), n[0]), (_hits(before, n[1]), n[1]))
        return compare(now, before, floors=floors, widening=self.wide)


def _laid(part: Array, first: date, since: date, until: date, beyond: float) -> Array:
    """Lay days x places, which begin on `first`, out from `since` to `until`; what they do not cover is `beyond`."""
    laid = np.full(((until - since).days, part.shape[1]), beyond)
    begin, end = max(first, since), min(first + timedelta(days=len(part)), until)
    if begin < end:
        rows = part[(begin - first).days : (end - first).days]
        laid[(begin - since).days : (end - since).days] = rows
    return laid


def _part(unit: str | None, slice_: str) -> str:
    return "slice" if slice_ else "whole" if unit is None else "unit"


def _hits(moments: Moments, n: Array) -> Array:
    """Rows that count, of n: the share (weighted, where it is) times n."""
    return np.divide(moments.sy, moments.sx, out=np.zeros_like(n), where=moments.sx != 0) * n


def _finding(published: Published, test: Tested, i: int, adjusted: float, tested: int) -> NewFinding:
    metric, catalog = test.metric, published.catalog
    scale = estimate.scale(metric)
    part = {name: float(values[i]) for name, values in test.comparison._asdict().items()}
    now, before, change, margin = (part[k] * scale for k in ("now", "before", "difference", "margin"))
    unit, slice_ = test.places[i]
    places = wording.decimals(metric, margin)
    statement = (
        f"{wording.about(catalog, metric, unit, slice_)} {'rose' if change > 0 else 'fell'} to "
        f"{wording.daily(metric, now, places)} in {wording.period(test.grain, test.now.label)} from "
        f"{wording.daily(metric, before, places)} in {wording.period(test.grain, test.before.label)} "
        f"({wording.difference(metric, change, margin, places)})."
    )
    good = better(catalog, metric) * math.copysign(1, change)
    evidence: dict[str, Any] = {
        "now": {"period": test.now.label, "value": now, "n": int(test.rows[0][i])},
        "before": {"period": test.before.label, "value": before, "n": int(test.rows[1][i])},
        "difference": change,
        "low": change - margin,
        "high": change + margin,
        "measured_in": metric.measured_in,
        "per_day": isinstance(metric, Count | Sum),
        "test": "t on daily totals, at equal weekdays"
        if isinstance(metric, Count | Sum)
        else "t, days as clusters",
        "df": part["df"],
        "widening": float(test.wide[i]),
        "p": part["p"],
        "adjusted_p": adjusted,
        "tested": tested,
        "false_discoveries": FALSE_DISCOVERIES,
        "method": "Benjamini-Hochberg, the whole, units and slices with equal shares",
    }
    return NewFinding(
        kind=test.kind,
        metric=metric.name,
        period=test.now.label,
        grain=test.grain,
        unit=unit,
        slice=slice_,
        statement=statement,
        evidence=evidence,
        severity=severity(published, metric, change=change, before=before),
        direction={1: "good", -1: "bad"}.get(int(good), "neutral"),
    )


def severity(
    published: Published, metric: Metric, *, change: float, before: float
) -> Literal["high", "medium", "low"]:
    """Say how large a change is: high from one band of its targets on, medium from a third of one.

    Without targets: of figures in percent or points from 10 and 3 points, of others from 20 % and 5 % of the
    value before. Significance is another matter: what is reported at all is significant.
    """
    bands = [abs(t.goal - t.red_flag) for t in last_targets(published.catalog).get(metric.name, ())]
    if bands and not isinstance(metric, Count | Sum):
        size, high, medium = abs(change) / min(bands), 1.0, 1 / 3
    elif metric.measured_in in {"percent", "points"}:
        size, high, medium = abs(change), 10.0, 3.0
    else:
        size, high, medium = (abs(change) / abs(before) if before else math.inf), 0.2, 0.05
    if size >= high:
        return "high"
    return "medium" if size >= medium else "low"
