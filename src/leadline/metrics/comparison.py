"""What comparisons need: how much a figure moves from day to day. Days are the clusters of every significance test.

A figure is R = scale * sum(y) / sum(x). Counts and sums are compared as daily means, so x is 1 for each day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from leadline.catalog.cascade import agent_columns
from leadline.catalog.definitions import (
    COMPOSED,
    Balance,
    Conversion,
    Count,
    Grain,
    Mean,
    Metric,
    Ratio,
    RowMetrics,
    Share,
    Sum,
)
from leadline.catalog.federation import held_in
from leadline.metrics import estimate
from leadline.metrics.graft import WallClock
from leadline.metrics.merging import Merge, merged
from leadline.metrics.observation import slice_label
from leadline.metrics.periods import Period
from leadline.metrics.protection import protection
from leadline.metrics.published import Published
from leadline.metrics.shapes import slice_alias, term_alias
from leadline.metrics.terms import basics

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DayMoment:
    """Sums over the days of one period of y, x, y², x², xy (each a day's total), for one unit or one slice.

    `days` are those that count as clusters: with rows, or for counts and sums every day. `complete` says that the
    period is final and covered from its first day.
    """

    unit: str | None
    slice: str
    start: date
    end: date
    label: str
    n: int
    days: int
    sy: float
    sx: float
    syy: float
    sxx: float
    sxy: float
    complete: bool


@dataclass(frozen=True, slots=True)
class DayMoments:
    """All day moments of one metric at one grain; a figure is scale * sy / sx."""

    metric: str
    scale: float
    rows: list[DayMoment]


@dataclass(frozen=True, slots=True)
class DayTotals:
    """Day totals of n (rows), y and x: arrays of days × places, from the local day `first` on.

    A place is (unit, "") or (None, slice); (None, "") is the whole. A day without rows holds zeros, and x = 1 still
    where x counts days.
    """

    first: date
    places: list[tuple[str | None, str]]
    n: Floats
    y: Floats
    x: Floats


_Groups = list[tuple[tuple[str | None, str], npt.NDArray[np.bool_]]]
"""Places, each with which columns of leaves belong to it."""


def pair(metric: RowMetrics) -> tuple[tuple[str, ...], str | None]:
    """Name the terms that make y (the first less the second, if two) and x (None: one per day)."""
    weighted = metric.weight is not None
    match metric:
        case Share() | Conversion():
            return (("swk",), "sw") if weighted else (("k",), "n")
        case Balance():
            return (("swp", "swm"), "sw") if weighted else (("plus", "minus"), "n")
        case Ratio():
            return ("sy",), "sx"
        case Mean():
            return (("swx",), "sw") if weighted else (("sx",), "n")
        case Sum():
            return ("sx",), None
        case Count():
            return ("n",), None
        case _:
            raise AssertionError(f"a {metric.type} has no day moments")


def has_days(metric: Metric) -> bool:
    """Tell whether a metric's figures are made of daily sums: composed metrics, quantiles, levels and such are not."""
    return not isinstance(metric, COMPOSED) and bool(basics(metric))


def day_totals(published: Published, metric_name: str, *, viewer: str) -> list[DayTotals]:
    """Give a metric's totals of every covered day: of the whole with every unit, and of every declared slice.

    `viewer` is who asks; every query carries one. Metrics that are not made of daily sums, or have no rows, have none.
    """
    # no policy narrows states yet; the argument is what makes it impossible to forget when one does
    del viewer
    metric = published.metric(metric_name)
    if isinstance(metric, COMPOSED) or not has_days(metric) or not published.coverage(metric_name):
        return []
    has_units = published.catalog.facts[metric.of].unit is not None
    if held_in(published.catalog, metric.name):  # a local variant: its slices are not told apart by unit
        return [_by_unit(published, metric)] if has_units else []
    whole = _by_unit(published, metric) if has_units else _whole(published, metric)
    persons = agent_columns(published.catalog)  # nothing is found of a person
    return [whole, *(_by_slice(published, metric, column) for column in metric.by if column not in persons)]


def hidden_places(
    published: Published, metric: RowMetrics, places: Sequence[tuple[str | None, str]], period: Period
) -> npt.NDArray[np.bool_]:
    """Say which figures of a period are not shown, though they have enough rows: one flag for each place."""
    found = np.zeros(len(places), dtype=bool)
    for i, (unit, label) in enumerate(places):
        column = label.partition("=")[0] or None
        guard = protection(published, metric, column)
        if guard is not None:
            values = tuple(v for v in guard.table.values if column and slice_label(column, v) == label)
            found[i] = guard.hides(period, (unit, False), values)
    return found


def day_moments(published: Published, metric_name: str, grain: Grain, *, viewer: str) -> DayMoments:
    """Give the day moments of a metric for the whole, for every unit at every level, and for every declared slice."""
    metric = published.metric(metric_name)
    rows: list[DayMoment] = []
    for days in day_totals(published, metric_name, viewer=viewer):
        if not isinstance(metric, COMPOSED):
            rows += _moments(published, metric, grain, days)
    return DayMoments(metric_name, estimate.scale(metric), rows)


def _moments(published: Published, metric: RowMetrics, grain: Grain, days: DayTotals) -> Iterator[DayMoment]:
    last = days.first + timedelta(days=len(days.n) - 1)
    period = published.periods.period(grain, days.first)
    while period.start <= last:
        yield from _period_moments(published, metric, days, period)
        period = published.periods.period(grain, period.end)


def _period_moments(
    published: Published, metric: RowMetrics, days: DayTotals, period: Period
) -> Iterator[DayMoment]:
    rows = slice(max((period.start - days.first).days, 0), max((period.end - days.first).days, 0))
    n, y, x = days.n[rows], days.y[rows], days.x[rows]
    complete = period.start >= days.first and published.is_final(metric.name, period)
    clusters = np.full(n.shape[1], len(n)) if pair(metric)[1] is None else (x != 0).sum(axis=0)
    sums = [a.sum(axis=0) for a in (y, x, y * y, x * x, x * y)]
    total = n.sum(axis=0)
    for i, (unit, slice_) in enumerate(days.places):
        if total[i]:
            sy, sx, syy, sxx, sxy = (float(s[i]) for s in sums)
            yield DayMoment(
                unit, slice_, period.start, period.end, period.label, int(total[i]), int(clusters[i]),
                sy, sx, syy, sxx, sxy, complete,
            )  # fmt: skip


def _read(
    published: Published, metric: RowMetrics, column: str | None, *, by_unit: bool
) -> tuple[DayTotals, list[str | None]]:
    """Read day totals by leaf unit, or by slice value, as dense arrays."""
    table = published.table(metric.name, (column,) if column else ())
    if table is None:
        raise AssertionError("every declared column has its states")
    units = {name: [name] for name in published.catalog.units.names} if by_unit else None
    clock = WallClock.of(published.catalog, metric)
    first, last = published.coverage(metric.name) or (date.min, date.min)
    until = last + timedelta(days=1)
    if isinstance(metric, Conversion):
        until = min(until, published.settled_until(metric) or until)
    merge = Merge(
        "day", published.periods, metric.finest, clock, units=units, by=(column,) if column else (),
        until=until.isoformat(),
    )  # fmt: skip
    states, merge = published.states(table, merge)
    found = published.engine.read(merged(states, [metric], merge))
    day = (
        found.column("period").to_numpy(zero_copy_only=False).astype("datetime64[D]")
        - np.datetime64(first, "D")
    ).astype(int)
    key = "unit" if by_unit else slice_alias(column) if column else "unit"
    places: list[str | None] = found.column(key).to_pylist()
    index = {place: i for i, place in enumerate(dict.fromkeys(places))}
    where = (day, np.asarray([index[p] for p in places], dtype=int))
    shape = ((last - first).days + 1, len(index))

    def dense(*names: str) -> Floats:
        total = np.zeros(shape)
        for sign, name in zip((1.0, -1.0), names, strict=False):
            values = found.column(term_alias(metric.name, name)).to_numpy(zero_copy_only=False)
            np.add.at(total, where, sign * np.nan_to_num(values.astype(np.float64)))
        return total

    y, x = pair(metric)
    days = DayTotals(first, [], dense("n"), dense(*y), dense(x) if x else np.ones(shape))
    return days, list(index)


def _whole(published: Published, metric: RowMetrics) -> DayTotals:
    days, _ = _read(published, metric, None, by_unit=False)
    return _rolled(days, [((None, ""), np.ones(days.n.shape[1], dtype=bool))], ones=pair(metric)[1] is None)


def _by_unit(published: Published, metric: RowMetrics) -> DayTotals:
    days, names = _read(published, metric, None, by_unit=True)
    units = published.catalog.units
    held = held_in(published.catalog, metric.name)
    groups: _Groups = [] if held else [((None, ""), np.ones(len(names), dtype=bool))]
    for unit in units.descendants(held[0]) if held else units.names:
        inside = set(units.descendants(unit))
        members = np.asarray([name in inside for name in names], dtype=bool)
        if members.any() and (held or not members.all()):
            groups.append(((unit, ""), members))
    return _rolled(days, groups, ones=pair(metric)[1] is None)


def _by_slice(published: Published, metric: RowMetrics, column: str) -> DayTotals:
    days, values = _read(published, metric, column, by_unit=False)
    groups: _Groups = []
    for i, value in enumerate(values):
        member = np.zeros(len(values), dtype=bool)
        member[i] = True
        groups.append(((None, slice_label(column, value)), member))
    return _rolled(days, groups, ones=pair(metric)[1] is None)


def _rolled(days: DayTotals, groups: _Groups, *, ones: bool) -> DayTotals:
    """Add leaf columns up into groups; x of a count stays 1 a day however many leaves there are."""
    members = np.asarray([leaves for _, leaves in groups], dtype=np.float64)
    membership = members.reshape(len(groups), days.n.shape[1]).T
    x = np.ones((len(days.n), len(groups))) if ones else days.x @ membership
    return DayTotals(days.first, [place for place, _ in groups], days.n @ membership, days.y @ membership, x)
