"""Figures beside the raw ones: standardised to a mix, raked to margins, with intervals that know of clusters.

Each raw figure keeps its value, and has one beside it for every adjustment that its metric declares. A figure that is
not shown raw has none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from typing import Any

import numpy as np
import numpy.typing as npt

from leadline.catalog.definitions import (
    COMPOSED,
    Balance,
    Conversion,
    Count,
    Mean,
    Raked,
    Ratio,
    RowMetrics,
    Share,
    Standardised,
    Sum,
)
from leadline.errors import QueryError
from leadline.metrics import estimate, intervals, protection, terms, viewing
from leadline.metrics.adjusted import clusters, raking, standardise
from leadline.metrics.editions import pieces
from leadline.metrics.evaluate import HIDDEN, evaluate
from leadline.metrics.intervals import Interval
from leadline.metrics.observation import Adjustment, Observation, slice_label
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.request import Request
from leadline.metrics.shapes import slice_alias, term_alias

Floats = npt.NDArray[np.float64]
Values = tuple[str | None, ...]
Place = tuple[Any, str | None, str]
"""The first day of a period, the unit, the label of the slice."""


def adjusted(published: Published, query: Query) -> list[Observation]:
    """Give the raw figures of a query, each followed by those beside it. Raises QueryError as `evaluate` does."""
    _, seen = viewing.as_seen(published, query)
    return [one for of, asked in pieces(published, seen) for one in _adjusted(of, asked)]


def _adjusted(published: Published, query: Query) -> list[Observation]:
    published, query = viewing.as_seen(published, query)
    raw = evaluate(published, query)
    metric = published.metric(query.metric)
    if isinstance(metric, COMPOSED) or not (metric.standardised or metric.raked or metric.cluster):
        raise QueryError(
            f"{query.metric} declares no figures beside the raw one.",
            code="nothing-adjusted",
            hint="Add `standardised:`, `raked:` or `cluster:` to the metric.",
        )
    if query.grain == "hour":
        raise QueryError("Figures by hour are not adjusted.", code="grain-too-fine", hint="Ask for days.")
    beside: dict[Adjustment, _Beside] = {}
    if metric.standardised:
        beside["standardised"] = _standardised(published, query, metric, metric.standardised)
    if metric.raked:
        beside["raked"] = _raked(published, query, metric, metric.raked)
    if metric.cluster:
        beside["by cluster"] = _clustered(published, query, metric, metric.cluster)
    return [one for o in raw for one in (o, *_of(o, beside))]


@dataclass(frozen=True)
class _Beside:
    """One adjustment of all figures of a query: values with ends in the metric's unit, and what is to be said."""

    method: str
    figures: Mapping[Place, tuple[float, float, float]]
    notes: Mapping[Place, str]
    small: frozenset[Place] = frozenset()
    """Figures that would tell of too few rows."""


def _of(raw: Observation, beside: "Mapping[Adjustment, _Beside]") -> Iterator[Observation]:
    for adjustment, found in beside.items():
        one = replace(raw, adjustment=adjustment, method=found.method, former=None)
        place = (raw.start, raw.unit, raw.slice)
        if raw.status in HIDDEN:
            yield one
        elif place in found.small:
            note = "It would tell of strata with too few rows."
            yield replace(one, value=None, low=None, high=None, n=None, status="suppressed", note=note)
        else:
            value, low, high = (None if np.isnan(x) else x for x in found.figures.get(place, (np.nan,) * 3))
            note = found.notes.get(place, "")
            status = raw.status if value is not None else "no data"
            yield replace(one, value=value, low=low, high=high, status=status, note=note)


@dataclass(frozen=True)
class _Read:
    """Sums of a metric by place and by further columns: `place` gives each row's place, `more` its further values."""

    places: Sequence[Place]
    place: npt.NDArray[np.int64]
    more: Sequence[Values]
    sums: Mapping[str, Floats]

    def of(self, which: npt.NDArray[Any]) -> dict[str, Floats]:
        return {name: column[which] for name, column in self.sums.items()}


def _read(published: Published, query: Query, metric: RowMetrics, columns: Sequence[str]) -> _Read:
    """Read what a query asks for, told apart by more columns."""
    inner = replace(query, by=tuple(dict.fromkeys((*query.by, *columns))))
    request = Request.of(published, inner, metric, None)
    rows = request.read(published, [request.metric])
    asked = [rows.column(slice_alias(c)).to_pylist() for c in query.by]
    starts, units = rows.column("period").to_pylist(), rows.column("unit").to_pylist()
    index: dict[Place, int] = {}
    place = np.zeros(rows.num_rows, dtype=np.int64)
    for i, (start, unit, *values) in enumerate(zip(starts, units, *asked, strict=True)):
        named = [*zip(query.by, values, strict=True), *((c, v or None) for c, v in query.where.items())]
        label = ", ".join(starmap(slice_label, named))
        place[i] = index.setdefault((start, unit if query.by_unit else query.unit, label), len(index))
    more = [rows.column(slice_alias(c)).to_pylist() for c in columns]
    names = terms.names(metric)
    sums = {
        name: np.nan_to_num(
            rows.column(term_alias(metric.name, name)).to_numpy(zero_copy_only=False).astype(np.float64)
        )
        for name in names
    }
    return _Read(list(index), place, list(zip(*more, strict=True)), sums)


def _scaled(metric: RowMetrics, found: Interval) -> tuple[float, float, float]:
    value, low, high = (float(end) * estimate.scale(metric) for end in found)
    return value, low, high


# standardised


def standardised_to(
    published: Published, query: Query, metric: RowMetrics, wanted: Standardised
) -> tuple[float, float, float] | None:
    """Give the one figure of a query as it would be in another mix, with its ends, in the metric's unit; None where it
    has none, or would tell of too few rows."""
    found = _standardised(published, query, metric, wanted)
    figures = [figure for place, figure in found.figures.items() if place not in found.small]
    return figures[0] if len(figures) == 1 and not any(map(np.isnan, figures[0])) else None


def _standardised(published: Published, query: Query, metric: RowMetrics, wanted: Standardised) -> _Beside:
    """Weigh the strata's figures by the mix."""
    protection.check(published, metric, replace(query, by=tuple(dict.fromkeys((*query.by, wanted.by)))))
    read = _read(published, query, metric, (wanted.by,))
    strata = {value: i for i, value in enumerate(wanted.to)}
    mix = np.array([wanted.to[value] for value in strata])
    column = np.array([strata.get(values[0] or "", -1) for values in read.more], dtype=np.int64)
    figures, notes, small = {}, {}, set()
    for i, place in enumerate(read.places):
        rows = (read.place == i) & (column >= 0)
        sums = {name: np.zeros(mix.size) for name in read.sums}
        for name, values in read.of(rows).items():
            np.add.at(sums[name], column[rows], values)
        covering = float(standardise.covered(sums["n"], mix))
        outside = 1 - sums["n"].sum() / max(read.sums["n"][read.place == i].sum(), 1)
        if _tells(published, query, metric, place, dict(zip(strata, sums["n"].tolist(), strict=True))):
            small.add(place)
        if covering >= wanted.covering - 1e-9:
            figures[place] = _scaled(metric, _of_mix(metric, sums, mix))
        notes[place] = _coverage(covering, float(outside), wanted)
    method = f"standardised by {wanted.by}, {_MIXED[type(metric)]}"
    return _Beside(method, figures, notes, frozenset(small))


_MIXED: dict[type, str] = {
    Share: "Wilson on the effective n", Conversion: "Wilson on the effective n",
    Balance: "adjusted Wald on the effective n", Mean: "Welch", Ratio: "Satterthwaite",
}  # fmt: skip


def _coverage(covering: float, outside: float, wanted: Standardised) -> str:
    said = []
    if covering < 1 - 1e-9:
        said.append(f"{covering:.0%} of the mix has rows.")
    if outside > 0:
        said.append(f"{outside:.0%} of the rows are of no {wanted.by} of the mix.")
    return " ".join(said)


def _tells(
    published: Published, query: Query, metric: RowMetrics, place: Place, n: Mapping[str, float]
) -> bool:
    """Say whether a stratum is not shown itself: a sum with known weights would tell of it."""
    guard = protection.protection(published, metric, metric.standardised.by if metric.standardised else None)
    if guard is None:
        return any(0 < size < metric.minimum_n for size in n.values())
    period = published.periods.period(query.grain, place[0])
    node: protection.Node = (query.unit, False)
    if query.by_unit:
        node = (place[1], False) if place[1] else (query.unit, True)
    return any(size and guard.hides(period, node, (value,)) for value, size in n.items())


def _of_mix(metric: RowMetrics, s: Mapping[str, Floats], mix: Floats) -> Interval:
    weighted = metric.weight is not None
    n = intervals.n_effective(s["sw"], s["sw2"]) if weighted else s["n"]
    per = np.divide(n, s["sw"], out=np.zeros_like(n), where=s["sw"] > 0) if weighted else np.ones_like(n)
    match metric:
        case Share() | Conversion():
            return standardise.share(s["swk" if weighted else "k"] * per, n, mix)
        case Balance():
            plus, minus = ("swp", "swm") if weighted else ("plus", "minus")
            return standardise.balance(s[plus] * per, s[minus] * per, n, mix)
        case Mean() if weighted:
            figures = intervals.weighted_mean(s["sw"], s["sw2"], s["swx"], s["sw2x"], s["sw2xx"])
            return standardise.of_figures(figures, n - 1, mix)
        case Mean():
            return standardise.mean(n, s["sx"], s["sxx"], mix)
        case Ratio():
            figures = intervals.delta_ratio(
                s["n"], sx=s["sx"], sy=s["sy"], sxx=s["sxx"], syy=s["syy"], sxy=s["sxy"]
            )
            return standardise.of_figures(figures, intervals.n_effective(s["sx"], s["sxx"]) - 1, mix)
        case _:
            raise AssertionError(f"a {metric.type} is not standardised")


# raked


def _raked(published: Published, query: Query, metric: RowMetrics, wanted: Raked) -> _Beside:
    """Rake the rows of each figure to the margins."""
    columns = tuple(wanted.to)
    codes = [{value: i for i, value in enumerate(wanted.to[c])} for c in columns]
    targets = [list(wanted.to[c].values()) for c in columns]
    read = _read(published, query, metric, columns)
    figures, notes = {}, {}
    for i, place in enumerate(read.places):
        rows = np.flatnonzero((read.place == i) & (read.sums["n"] > 0))
        cells = np.array(  # a value without a target comes after those that have one
            [
                [known.get(v or "", len(known)) for known, v in zip(codes, read.more[r], strict=True)]
                for r in rows.tolist()
            ]
        ).reshape(len(rows), len(columns))
        sums = read.of(rows)
        try:
            found = raking.rake(cells, sums["n"], targets, bounds=wanted.bounds)
        except raking.RakingError as error:
            notes[place] = _refusal(error, columns, codes)
            continue
        figures[place] = _scaled(metric, _of_weights(metric, sums, found.weights, cells))
        notes[place] = f"Weighting efficiency {found.efficiency:.0%}."
        if found.clipped:
            notes[place] += f" {found.clipped:.0%} of the rows at a bound."
    kind = {Share: "Wilson", Conversion: "Wilson"}.get(type(metric), "t")
    return _Beside(f"raked to {' and '.join(columns)}, {kind} on residuals", figures, notes)


def _refusal(error: raking.RakingError, columns: Sequence[str], codes: Sequence[Mapping[str, int]]) -> str:
    if error.margin is None or error.category is None:
        return f"Not raked: {error}."
    named = list(codes[error.margin])
    value = named[error.category] if error.category < len(named) else None
    which = (
        f"{columns[error.margin]} {value}"
        if value
        else f"another {columns[error.margin]} than those of the margin"
    )
    return f"Not raked: {error}: {which}."


def _of_weights(
    metric: RowMetrics, s: Mapping[str, Floats], weights: Floats, cells: npt.ArrayLike
) -> Interval:
    match metric:
        case Share() | Conversion():
            return raking.share(weights, cells, s["n"], s["k"])
        case Balance():
            return raking.mean(weights, cells, s["n"], s["plus"] - s["minus"], s["plus"] + s["minus"])
        case Mean():
            return raking.mean(weights, cells, s["n"], s["sx"], s["sxx"])
        case _:
            raise AssertionError(f"a {metric.type} is not raked")


# by cluster


def _clustered(published: Published, query: Query, metric: RowMetrics, column: str) -> _Beside:
    """Give the raw values with intervals that take rows of one cluster as alike; rows of none are clusters of one."""
    read = _read(published, query, metric, (column,))
    none = np.array([values[0] is None for values in read.more], dtype=bool)
    size = len(read.places)

    def by_place(values: Floats) -> Floats:
        return np.bincount(read.place, weights=values, minlength=size).astype(np.float64)

    x, y = _pair(metric, read.sums)
    alone = _rows_alone(metric, read.sums) if metric.weight is None else (x * x, y * y, x * y)
    n = read.sums["n"]
    sums = clusters.Sums(
        by_place(np.where(none, n, 1.0)), by_place(x), by_place(y),
        *(by_place(np.where(none, own, both)) for own, both in zip(alone, (x * x, y * y, x * y), strict=True)),
    )  # fmt: skip
    rows = by_place(n)
    if metric.weight is not None:
        rows = intervals.n_effective(by_place(read.sums["sw"]), by_place(read.sums["sw2"]))
    found = _of_clusters(metric, sums, rows, lambda name: by_place(read.sums[name]))
    figures = {
        place: _scaled(metric, Interval(*(end[i] for end in found))) for i, place in enumerate(read.places)
    }
    notes = {place: f"{sums.clusters[i]:,.0f} clusters." for i, place in enumerate(read.places)}
    return _Beside(f"{_CLUSTERED[type(metric)]}, clusters by {column}", figures, notes)


_CLUSTERED: dict[type, str] = {
    Share: "Wilson", Conversion: "Wilson", Balance: "adjusted Wald", Mean: "linearised t", Ratio: "linearised t",
    Count: "Poisson", Sum: "compound Poisson",
}  # fmt: skip


def _pair(metric: RowMetrics, s: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Give x and y of each row of sums: the figure is sum y / sum x, or sum x (counts), or sum y (sums)."""
    weighted = metric.weight is not None
    match metric:
        case Share() | Conversion():
            return (s["sw"], s["swk"]) if weighted else (s["n"], s["k"])
        case Balance():
            return (s["sw"], s["swp"] - s["swm"]) if weighted else (s["n"], s["plus"] - s["minus"])
        case Mean():
            return (s["sw"], s["swx"]) if weighted else (s["n"], s["sx"])
        case Ratio():
            return s["sx"], s["sy"]
        case Sum():
            return s["n"], s["sx"]
        case _:
            return s["n"], np.zeros_like(s["n"])


def _rows_alone(metric: RowMetrics, s: Mapping[str, Floats]) -> tuple[Floats, Floats, Floats]:
    """Give the sums of x², y² and xy over rows that are each a cluster of their own."""
    n = s["n"]
    match metric:
        case Share() | Conversion():
            return n, s["k"], s["k"]
        case Balance():
            return n, s["plus"] + s["minus"], s["plus"] - s["minus"]
        case Mean() | Sum():
            return n, s["sxx"], s["sx"]
        case Ratio():
            return s["sxx"], s["syy"], s["sxy"]
        case _:
            return n, np.zeros_like(n), np.zeros_like(n)


def _of_clusters(
    metric: RowMetrics, sums: clusters.Sums, rows: Floats, total: Callable[[str], Floats]
) -> Interval:
    match metric:
        case Share() | Conversion():
            return clusters.share(sums, rows)
        case Balance():
            plus, minus = ("swp", "swm") if metric.weight is not None else ("plus", "minus")
            return clusters.balance(sums, rows, total(plus), total(minus))
        case Mean():
            return clusters.ratio(sums, positive=True)
        case Ratio():
            return clusters.ratio(sums, positive=False)
        case Sum():
            return intervals.compound_poisson_sum(sums.y, sums.yy)
        case _:
            return clusters.count(sums)
