"""Figures of a metric in every replicate of a bootstrap, from the rows: for metrics of every type, and made of others.

Rows are read once, told apart by the group that their customer falls into: a hash of who it is, the same in every
warehouse. So two versions can be compared even where their rows lie in two places.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import starmap
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import (
    COMPOSED,
    Conversion,
    Distinct,
    Duration,
    Manual,
    Quantile,
    RowMetrics,
    Stock,
)
from leadline.errors import QueryError
from leadline.insights.stats import resampling
from leadline.metrics import estimate, terms, viewing
from leadline.metrics.composed import Composition
from leadline.metrics.figures import Key, aware, nothing, running_levels, waited
from leadline.metrics.finest import BUCKET, UNIT, finest
from leadline.metrics.merging import ENTITIES, STATE, merged
from leadline.metrics.observation import slice_label
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.request import Request, narrowed
from leadline.metrics.shapes import BUCKET_OF_VALUE, KEYS, OPEN_SINCE, ROWS, shape, slice_alias, term_alias
from leadline.metrics.windows import LeafKey, Span, leaves
from leadline.store.casts import as_type

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Place = tuple[date, str | None, str]
"""The first day of a period, the unit, the label of the slice: as an observation has them."""

CUSTOMER = "customer"
_GROUP = "_group"
_FINEST = "g"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure in every replicate (NaN where it has none), and which groups have rows for it."""

    values: Array
    groups: Mask


Clusters = Mapping[str, tuple[str, ...]]
"""The columns that say whose a row is, by row metric."""


def clusters(sides: Sequence[Sequence[tuple[Catalog, RowMetrics]]]) -> tuple[Clusters, ...]:
    """Say for the row metrics of each version what is drawn.

    What is counted is drawn by itself; else the metric's own `cluster`, the customer, or the row. One that all of them
    have is taken for all, so that they are drawn together.
    """
    every = [one for side in sides for one in side]
    own = [_own(catalog, metric) for catalog, metric in every]
    counted = [(m.entity,) for _, m in every if isinstance(m, Distinct)]
    for wanted in (*counted, *own):
        if all(_may(catalog, metric, wanted) for catalog, metric in every):
            return tuple({metric.name: wanted for _, metric in side} for side in sides)
    return tuple({metric.name: _own(catalog, metric) for catalog, metric in side} for side in sides)


def _may(catalog: Catalog, metric: RowMetrics, wanted: tuple[str, ...]) -> bool:
    """Tell whether a metric's rows may be drawn by one column."""
    if isinstance(metric, Distinct):
        return wanted == (metric.entity,)
    return len(wanted) == 1 and wanted[0] in catalog.facts[metric.of].columns


def said(sides: Sequence[tuple[Catalog, Clusters]]) -> str:
    """Name what is drawn, for people."""
    words = [
        "row" if by == catalog.facts[catalog.metrics[name].of].key else by[0]  # type: ignore[union-attr]  # row metrics
        for catalog, found in sides
        for name, by in found.items()
    ]
    return " and ".join(dict.fromkeys(words))


def _own(catalog: Catalog, metric: RowMetrics) -> tuple[str, ...]:
    fact = catalog.facts[metric.of]
    if isinstance(metric, Distinct):
        return (metric.entity,)
    if metric.cluster is not None:
        return (metric.cluster,)
    if isinstance(metric, Conversion):
        return (metric.entity,)
    customers = sorted(name for name, column in fact.columns.items() if column.references == CUSTOMER)
    if customers and fact.name != CUSTOMER:
        return (CUSTOMER,) if CUSTOMER in customers else (customers[0],)
    return fact.key


def drawn(published: Published, query: Query, by: Clusters) -> dict[Place, Drawn]:
    """Give every figure of a query in each replicate. `by` names what is drawn, for each row metric.

    Raises QueryError for figures by the hour, and where figures were entered by people.
    """
    published, query = viewing.as_seen(published, query)
    query = narrowed(published, query)
    metric = published.metric(query.metric)
    if query.grain == "hour":
        raise QueryError(
            "Figures by the hour are not drawn again.", code="grain-too-fine", hint="Ask for days."
        )
    found: dict[LeafKey, _Leaf] = {}
    figures: Mapping[Key, Drawn]
    for name, span in leaves(published.catalog, metric):
        part = published.catalog.metrics[name]
        assert not isinstance(part, COMPOSED)  # noqa: S101 - leaves are row metrics
        found[name, span] = _read(published, query, part, span, by[name])
    if isinstance(metric, COMPOSED):
        figures = _composed(Composition(published, metric), found)
    else:
        figures = next(iter(found.values())).figures
    return {_place(query, key): one for key, one in figures.items()}


@dataclass(frozen=True, slots=True)
class _Leaf:
    request: Request
    figures: Mapping[Key, Drawn]


def _place(query: Query, key: Key) -> Place:
    start, unit, values = key
    named = [*zip(query.by, values, strict=True), *((c, v or None) for c, v in query.where.items())]
    return start, unit if query.by_unit else query.unit, ", ".join(starmap(slice_label, named))


def _composed(whole: Composition, found: Mapping[LeafKey, _Leaf]) -> dict[Key, Drawn]:
    """Put the replicates of the parts together, one by one."""
    keys = dict.fromkeys(key for leaf in found.values() for key in leaf.figures)
    periods = {p.start: p for leaf in found.values() for p in leaf.request.asked}
    made = {}
    for key in keys:
        parts: dict[LeafKey, Array] = {}
        groups = np.zeros(resampling.GROUPS, dtype=bool)
        for name, leaf in found.items():
            mine = leaf.figures.get(key)
            if mine is None:
                parts[name] = np.full(resampling.REPLICATES, nothing(leaf.request, periods[key[0]]).value)
            else:
                parts[name], groups = mine.values, groups | mine.groups
        each = (dict(zip(parts, values, strict=True)) for values in zip(*parts.values(), strict=True))
        made[key] = Drawn(np.array([whole.value(at) for at in each]), groups)
    return made


def _read(
    published: Published, query: Query, metric: RowMetrics, span: Span | None, by: tuple[str, ...]
) -> _Leaf:
    """Read a row metric's states by group, and work its figures out in every replicate."""
    if isinstance(metric, Manual):
        raise QueryError(
            "Figures that people entered are not made of rows that could be drawn again.",
            code="entered-figures",
        )
    request = Request.of(published, query, metric, span)
    columns = tuple(dict.fromkeys((*request.query.columns, *by, *_fallback(published.catalog, metric, by))))
    rows = finest(published.facts, [request.metric], columns, by_batch=False).subquery(_FINEST)
    grouped = _with_group(rows, request, by, _fallback(published.catalog, metric, by))
    table = published.engine.read(merged(grouped, [request.metric], request.merge, also=(_GROUP,)))
    return _Leaf(request, dict(_figures(published, request, table)))


def _fallback(catalog: Catalog, metric: RowMetrics, by: tuple[str, ...]) -> tuple[str, ...]:
    """Name the key by which rows are told apart that name nobody; none where all rows do."""
    fact = catalog.facts[metric.of]
    columns = [fact.columns.get(name) for name in by]
    known = by == fact.key or isinstance(metric, Distinct | Conversion)
    return () if known or all(c is not None and c.required for c in columns) else fact.key


def _with_group(rows: exp.Expr, request: Request, by: tuple[str, ...], fallback: tuple[str, ...]) -> exp.Expr:
    metric = request.metric
    kind = shape(metric)
    kept = [BUCKET, UNIT, *(slice_alias(c) for c in request.query.columns), *KEYS[kind]]
    kept += (
        [term_alias(metric.name, t) for t in terms.names(metric)] if kind in {"terms", "changes"} else [ROWS]
    )
    chosen = [exp.alias_(exp.column(name, table=_FINEST, quoted=True), name, quoted=True) for name in kept]
    who: exp.Expr = _text(by)
    if fallback:
        who = exp.Coalesce(this=_text(by), expressions=[_text(fallback)])
    hashed = exp.Substring(this=exp.MD5(this=who), start=exp.Literal.number(1), length=exp.Literal.number(2))
    group = exp.Coalesce(this=hashed, expressions=[exp.Literal.string("00")])
    return exp.select(*chosen, exp.alias_(group, _GROUP, quoted=True)).from_(rows).subquery(STATE)


def _text(columns: Sequence[str]) -> exp.Expr:
    """Give columns as one text; null where one of them is."""
    texts: list[exp.Expr] = [
        as_type(exp.column(slice_alias(c), table=_FINEST, quoted=True), "text") for c in columns
    ]
    whole = texts[0]
    for text in texts[1:]:
        whole = exp.DPipe(this=exp.DPipe(this=whole, expression=exp.Literal.string("|")), expression=text)
    return exp.paren(whole) if len(texts) > 1 else whole


@cache
def _weights() -> Array:
    return resampling.weights()


def _figures(published: Published, request: Request, table: Any) -> Iterator[tuple[Key, Drawn]]:
    metric = request.metric
    names = [slice_alias(c) for c in request.query.by]
    slices = (
        list(zip(*(table.column(n).to_pylist() for n in names), strict=True))
        if names
        else [()] * table.num_rows
    )
    starts, units = table.column("period").to_pylist(), table.column("unit").to_pylist()
    keys: list[Key] = list(zip(starts, units, slices, strict=True))
    group = np.array([int(text, 16) for text in table.column(_GROUP).to_pylist()], dtype=np.int64)
    if isinstance(metric, Stock):
        keys, group, columns = _levels(request, keys, group, table)
    else:
        columns = _columns(published, request, table)
    members: dict[Key, list[int]] = {}
    for row, key in enumerate(keys):
        members.setdefault(key, []).append(row)
    for key, rows in members.items():
        at = np.array(rows, dtype=np.int64)
        mine = {name: values[at] for name, values in columns.items()}
        there = np.zeros(resampling.GROUPS, dtype=bool)
        there[group[at][_counted(mine)]] = True
        if there.any():
            yield key, Drawn(_values(metric, group[at], mine), there)


def _counted(columns: Mapping[str, Array]) -> Mask:
    found: Mask = np.any(
        [values > 0 for name, values in columns.items() if name in {"n", ENTITIES, ROWS}], axis=0
    )
    return found


def _columns(published: Published, request: Request, table: Any) -> dict[str, Array]:
    metric = request.metric

    def numbers(name: str) -> Array:
        return np.asarray(table.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)

    match metric:
        case Distinct():
            return {ENTITIES: numbers(ENTITIES)}
        case Quantile():
            return {BUCKET_OF_VALUE: numbers(BUCKET_OF_VALUE), ROWS: numbers(ROWS)}
        case Duration():
            since = waited(published, metric)
            ages = [np.nan if t is None else since(aware(t)) for t in table.column(OPEN_SINCE).to_pylist()]
            return {
                BUCKET_OF_VALUE: numbers(BUCKET_OF_VALUE), ROWS: numbers(ROWS),
                OPEN_SINCE: np.asarray(ages, dtype=np.float64),
            }  # fmt: skip
        case _:
            return {
                name: np.nan_to_num(numbers(term_alias(metric.name, name))) for name in terms.names(metric)
            }


def _levels(
    request: Request, keys: list[Key], group: npt.NDArray[np.int64], table: Any
) -> tuple[list[Key], npt.NDArray[np.int64], dict[str, Array]]:
    """Turn what entered and left into levels, group by group."""
    names = terms.names(request.metric)
    columns = {
        name: np.nan_to_num(
            np.asarray(
                table.column(term_alias(request.metric.name, name)).to_numpy(zero_copy_only=False),
                dtype=np.float64,
            )
        )
        for name in names
    }
    apart: list[Key] = [
        (start, unit, (*values, str(g)))
        for (start, unit, values), g in zip(keys, group.tolist(), strict=True)
    ]
    found, levels = running_levels(request, apart, columns)
    groups = np.array([int(values[-1] or 0) for _, _, values in found], dtype=np.int64)
    return [(start, unit, values[:-1]) for start, unit, values in found], groups, levels


def _values(metric: RowMetrics, group: npt.NDArray[np.int64], columns: Mapping[str, Array]) -> Array:
    """Work a figure out in every replicate."""
    weights = _weights()
    match metric:
        case Distinct():
            return weights @ _by_group(group, columns[ENTITIES])
        case Quantile():
            buckets, place = np.unique(columns[BUCKET_OF_VALUE], return_inverse=True)
            counts = _by_group(group, columns[ROWS], place, buckets.size)
            return resampling.quantiles(weights, estimate.middles(buckets), counts, metric.quantile)
        case Duration():
            return _durations(metric, weights, group, columns)
        case _:
            sums = {name: weights @ _by_group(group, values) for name, values in columns.items()}
            found = estimate.estimate(metric, sums)
            return (
                np.where(sums["n"] > 0, found.value, np.nan) if not isinstance(metric, Stock) else found.value
            )


def _durations(
    metric: Duration, weights: Array, group: npt.NDArray[np.int64], columns: Mapping[str, Array]
) -> Array:
    done = ~np.isnan(columns[BUCKET_OF_VALUE])
    buckets = np.where(done, columns[BUCKET_OF_VALUE], 0.0)
    spans = np.where(done, estimate.middles(buckets), np.maximum(np.nan_to_num(columns[OPEN_SINCE]), 0.0))
    times, place = np.unique(spans / estimate.SECONDS[metric.measured_in], return_inverse=True)
    events, censored = (
        _by_group(group, np.where(which, columns[ROWS], 0.0), place, times.size) for which in (done, ~done)
    )
    return resampling.reached(weights, times, events, censored, metric.quantile)


def _by_group(
    group: npt.NDArray[np.int64], values: Array, place: npt.NDArray[np.intp] | None = None, size: int = 1
) -> Array:
    """Add values up by group, or (groups x size) by group and place."""
    at = group if place is None else group * size + place
    found = np.bincount(at, weights=values, minlength=resampling.GROUPS * size).astype(np.float64)
    return found if place is None else found.reshape(resampling.GROUPS, size)
