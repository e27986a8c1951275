"""From rows of merged states to figures, by shape: a value with its ends and n for each period, unit and slice."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from leadline.catalog.definitions import Conversion, Count, Distinct, Duration, Manual, Quantile, Stock, Sum
from leadline.metrics import estimate, protection, terms
from leadline.metrics.graft import WallClock
from leadline.metrics.merging import ENTITIES
from leadline.metrics.observation import Status
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.request import Request
from leadline.metrics.shapes import BUCKET_OF_VALUE, OPEN_SINCE, ROWS, shape, slice_alias, term_alias

Values = tuple[str | None, ...]
"""The values of the columns that a query slices by."""

Key = tuple[Any, str | None, Values]
"""The start of a period (for hours an instant), the unit, the slice."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its ends: NaN where there is none. `note` says what the status does not."""

    value: float
    low: float
    high: float
    n: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The figures of one row metric, and for the shape `terms` the sums that they are made of."""

    request: Request
    figures: Mapping[Key, Figure]
    sums: "Sums | Mapping[Key, Mapping[str, float]]" = field(default_factory=dict)
    former: "Former | None" = None
    """The figures that were others when they were first published as final."""

    def at(self, key: Key, period: Period) -> Figure:
        """Give the figure of a key; where there are no rows, zero if that is known, or none."""
        return self.figures.get(key) or nothing(self.request, period)

    def before(self, key: Key) -> "Leaf":
        """Give the leaf in which a key has the figure that it had before it was restated, if it was."""
        return self.former.leaf if self.former and key in self.former.changed else self


@dataclass(frozen=True, slots=True)
class Former:
    """Figures as they were before they were restated, and on which day they changed last."""

    leaf: Leaf
    changed: Mapping[Key, date]


@dataclass(frozen=True, slots=True, eq=False)
class Sums(Mapping[Key, Mapping[str, float]]):
    """The sums of each key, which few ask for: whole columns, and the row of each key in them."""

    columns: Mapping[str, estimate.Floats]
    rows: Mapping[Key, int]

    def __getitem__(self, key: Key) -> Mapping[str, float]:
        row = self.rows[key]
        return {name: float(values[row]) for name, values in self.columns.items()}

    def __iter__(self) -> Iterator[Key]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def leaves_of(published: Published, requests: Sequence[Request], rows: Any) -> list[Leaf]:
    """Turn merged states into the figures of metrics that were read together: of one query but for the metric."""
    plain = [r for r in requests if shape(r.metric) == "terms" and not isinstance(r.metric, Manual | Stock)]
    made: dict[int, Leaf] = {}
    if len(plain) > 1:
        keys = list(_keys(plain[0], rows))
        aliases = {
            r.metric.name: {n: term_alias(r.metric.name, n) for n in terms.names(r.metric)} for r in plain
        }
        wanted = list(dict.fromkeys(a for named in aliases.values() for a in named.values()))
        numbers = dict(zip(wanted, _matrix(rows, wanted), strict=True))
        sums = [{n: numbers[a] for n, a in aliases[r.metric.name].items()} for r in plain]
        found = estimate.together([r.metric for r in plain], sums)
        made = {id(r): _made(r, keys, own, ends) for r, own, ends in zip(plain, sums, found, strict=True)}
    return [made.get(id(r)) or leaf(published, r, rows) for r in requests]


def leaf(published: Published, request: Request, rows: Any) -> Leaf:
    """Turn merged states into figures."""
    metric = request.metric
    kind = shape(metric)
    if kind in {"histogram", "spans"}:
        figures = _quantiles(request, rows) if kind == "histogram" else _durations(published, request, rows)
        return Leaf(request, dict(figures))
    keys = list(_keys(request, rows))
    match kind:
        case "terms" | "changes":
            names = terms.names(metric)
            columns = {name: _numbers(rows, term_alias(metric.name, name)) for name in names}
            if isinstance(metric, Stock):
                keys, columns = running_levels(request, keys, columns)
            elif isinstance(metric, Manual):
                keys, columns = _coarser(published, request, metric, keys, columns)
            return estimated(request, keys, columns)
        case _:
            found = estimate.distinct(_numbers(rows, ENTITIES))
            ends = zip(found.value, found.low, found.high, strict=True)
            return Leaf(
                request, {k: Figure(v, lo, hi, int(v)) for k, (v, lo, hi) in zip(keys, ends, strict=True)}
            )


def nothing(request: Request, period: Period) -> Figure:
    """A count or a sum of no rows is 0 where facts are known to cover the period; all else has no value."""
    covered, metric = request.covered, request.metric
    inside = (
        covered is not None and covered[0] <= period.start and period.end <= covered[1] + timedelta(days=1)
    )
    if inside and isinstance(metric, Count | Stock | Distinct | Sum):
        counted = isinstance(metric, Count | Distinct) or (isinstance(metric, Stock) and metric.value is None)
        _, low, high = (float(end[0]) for end in estimate.distinct(np.zeros(1)))
        return Figure(0.0, low, high, 0) if counted else Figure(0.0, math.nan, math.nan, 0)
    note = ""
    if (
        isinstance(metric, Conversion)
        and request.merge.until
        and period.end.isoformat() > request.merge.until
    ):
        note = f"The horizon of {metric.within} has not passed."
    return Figure(math.nan, math.nan, math.nan, 0, note)


def _keys(request: Request, rows: Any) -> Iterator[Key]:
    starts, units = rows.column("period").to_pylist(), rows.column("unit").to_pylist()
    columns = [rows.column(slice_alias(c)).to_pylist() for c in request.query.by]
    slices: list[Values] = list(zip(*columns, strict=True)) if columns else [()] * rows.num_rows
    return zip(starts, units, slices, strict=True)


def _numbers(rows: Any, name: str) -> estimate.Floats:
    (found,) = _matrix(rows, [name])
    return found


def _matrix(rows: Any, names: Sequence[str]) -> Sequence[estimate.Floats]:
    """Give columns of numbers, made at once; nothing is zero."""
    values = np.asarray(
        [rows.column(name).to_numpy(zero_copy_only=False) for name in names], dtype=np.float64
    )
    return list(np.nan_to_num(values, copy=False))


def estimated(request: Request, keys: list[Key], columns: Mapping[str, estimate.Floats]) -> Leaf:
    """Give the figures of sums, by key."""
    return _made(request, keys, columns, estimate.estimate(request.metric, columns))


def _made(
    request: Request, keys: list[Key], columns: Mapping[str, estimate.Floats], found: estimate.Estimates
) -> Leaf:
    metric = request.metric
    counted = columns["n"].tolist()
    rows = {key: i for i, key in enumerate(keys) if counted[i] or isinstance(metric, Stock)}
    ends = [a.tolist() for a in (found.value, found.low, found.high, found.n)]
    figures = {key: Figure(ends[0][i], ends[1][i], ends[2][i], round(ends[3][i])) for key, i in rows.items()}
    if isinstance(metric, Manual):
        figures = {key: _entered(metric, figure, columns) for key, figure in figures.items()}
    return Leaf(request, figures, Sums(columns, rows))


def _entered(metric: Manual, figure: Figure, columns: Mapping[str, estimate.Floats]) -> Figure:
    """Say why there is no figure where something was entered."""
    if not math.isnan(figure.value):
        return figure
    gaps = "single" in columns
    why = "not one figure for each" if gaps else "more than one figure for the period: keep one"
    return replace(figure, note=f"{figure.n} entered: {why}{f' {metric.every}' if gaps else ''}.")


def running_levels(
    request: Request, keys: list[Key], columns: Mapping[str, estimate.Floats]
) -> tuple[list[Key], dict[str, estimate.Floats]]:
    """Turn changes by period into levels: running totals up to the end of each period, or to its start."""
    metric = request.metric
    places: dict[tuple[str | None, Values], list[int]] = {}
    for i, (_, unit, values) in enumerate(keys):
        places.setdefault((unit, values), []).append(i)
    asked = [p.start for p in request.asked] or sorted({start for start, _, _ in keys})
    side: Literal["left", "right"] = (
        "right" if isinstance(metric, Stock) and metric.level == "end" else "left"
    )
    found: list[Key] = []
    levels: dict[str, list[float]] = {name: [] for name in columns}
    for (unit, values), members in places.items():
        members.sort(key=lambda i: keys[i][0])
        ordinals = [_ordinal(keys[i][0]) for i in members]
        upto = np.searchsorted(ordinals, [_ordinal(start) for start in asked], side=side)
        found += [(start, unit, values) for start in asked]
        for name, changes in columns.items():
            totals = np.concatenate([[0.0], np.cumsum(changes[members])])
            levels[name] += [float(total) for total in totals[upto]]
    return found, {name: np.asarray(totals) for name, totals in levels.items()}


def _ordinal(start: Any) -> float:
    if isinstance(start, datetime):
        return start.timestamp()
    return float(start.toordinal())


def _coarser(
    published: Published,
    request: Request,
    metric: Manual,
    keys: list[Key],
    columns: Mapping[str, estimate.Floats],
) -> tuple[list[Key], dict[str, estimate.Floats]]:
    """Put entered figures together into the periods asked for, as the metric declares."""
    if request.query.grain == metric.every:
        return keys, dict(columns)
    groups: dict[Key, list[int]] = {}
    for i, (start, unit, values) in enumerate(keys):
        whole = published.periods.start(request.query.grain, start)
        groups.setdefault((whole, unit, values), []).append(i)
    found: dict[str, list[float]] = {name: [] for name in (*columns, "single")}
    for (whole, _, _), members in groups.items():
        period = published.periods.period(request.query.grain, whole)
        wanted = sum(1 for _ in published.periods.between(metric.every, period.start, period.end))
        chosen = [max(members, key=lambda i: keys[i][0])] if metric.over_time == "last" else members
        complete = metric.over_time == "last" or len(members) == wanted
        single = all(columns["n"][i] == 1 for i in chosen) and complete
        share = len(chosen) if metric.over_time == "mean" else 1
        found["n"].append(float(sum(columns["n"][i] for i in members)))
        found["single"].append(float(single))
        found["sx"].append(sum(columns["sx"][i] for i in chosen) / share)
        bounded = len(chosen) == 1 and bool(columns["bounded"][chosen[0]])
        found["bounded"].append(float(bounded))
        for end in ("low", "high"):
            found[end].append(float(columns[end][chosen[0]]) if bounded else 0.0)
    return list(groups), {name: np.asarray(values) for name, values in found.items()}


def _grouped(request: Request, rows: Any) -> tuple[list[Key], npt.NDArray[np.int64]]:
    """Give each key once, and for each row the place of its key; columns are coded, no row is looked at alone."""
    names = ("period", "unit", *(slice_alias(c) for c in request.query.by))
    code = np.zeros(rows.num_rows, dtype=np.int64)
    words: list[list[Any]] = []
    for name in names:
        coded = rows.column(name).combine_chunks().dictionary_encode(null_encoding="encode")
        words.append(coded.dictionary.to_pylist())
        code = code * max(len(words[-1]), 1) + coded.indices.to_numpy(zero_copy_only=False)
    distinct, place = np.unique(code, return_inverse=True)
    columns: list[list[Any]] = []
    for values in reversed(words):
        distinct, at = np.divmod(distinct, max(len(values), 1))
        columns.append([values[i] for i in at.tolist()])
    starts, units, *slices = reversed(columns)
    found = list(zip(*slices, strict=True)) if slices else [()] * len(starts)
    return list(zip(starts, units, found, strict=True)), place


def _members(
    request: Request, rows: Any, within: estimate.Floats
) -> Iterator[tuple[Key, npt.NDArray[np.int64]]]:
    """Give the rows of each key, in the order of a column."""
    keys, place = _grouped(request, rows)
    order = np.lexsort((within, place))
    bounds = np.searchsorted(place[order], np.arange(1, len(keys)))
    return zip(keys, np.split(order, bounds) if keys else [], strict=True)


def _quantiles(request: Request, rows: Any) -> Iterator[tuple[Key, Figure]]:
    metric = request.metric
    assert isinstance(metric, Quantile)  # noqa: S101 - only quantiles have histograms
    buckets, counts = _numbers(rows, BUCKET_OF_VALUE), _numbers(rows, ROWS)
    groups = list(_members(request, rows, buckets))
    found = estimate.quantiles(metric, [(buckets[members], counts[members]) for _, members in groups])
    for (key, _), ends in zip(groups, found, strict=True):
        yield key, Figure(*ends)


def _durations(published: Published, request: Request, rows: Any) -> Iterator[tuple[Key, Figure]]:
    metric = request.metric
    assert isinstance(metric, Duration)  # noqa: S101 - only durations have spans
    buckets = np.asarray(rows.column(BUCKET_OF_VALUE).to_numpy(zero_copy_only=False), dtype=np.float64)
    counts = _numbers(rows, ROWS)
    since_then = waited(published, metric)
    ages = np.asarray(
        [
            math.nan if since is None else since_then(aware(since))
            for since in rows.column(OPEN_SINCE).to_pylist()
        ],
        dtype=np.float64,
    )
    for key, members in _members(request, rows, buckets):
        value, low, high, n, open_ = estimate.duration(
            metric, buckets[members], ages[members], counts[members]
        )
        note = f"{open_:.0%} not there yet." if open_ > 0 else ""
        if math.isnan(value):
            note = f"Not reached: {open_:.0%} are not there yet."
        yield key, Figure(value, low, high, n, note)


def waited(published: Published, metric: Duration) -> Callable[[datetime], float]:
    """Give the seconds, or business seconds, from an instant to the refresh."""
    now = published.generation.as_of.astimezone(UTC)
    clock = WallClock.of(published.catalog, metric)
    business = clock.business if metric.hours == "business" else None
    if business is None:
        return lambda since: (now - since).total_seconds()
    return lambda since: business.between(since, now, clock.zone)


def aware(instant: datetime | date) -> datetime:
    if isinstance(instant, datetime):
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return datetime(instant.year, instant.month, instant.day, tzinfo=UTC)


def status(published: Published, made: Leaf, figure: Figure, period: Period, key: Key) -> tuple[Status, str]:
    """Say how far a figure may be relied on, and why."""
    request = made.request
    metric = request.metric
    if figure.n == 0 and math.isnan(figure.value):
        return "no data", figure.note
    if figure.n < metric.minimum_n:
        return "suppressed", f"Fewer than {metric.minimum_n} rows."
    if metric.minimum_n and protection.hides(published, request, period, *key[1:]):
        return "suppressed", f"It would tell of figures of fewer than {metric.minimum_n} rows."
    if math.isnan(figure.value):
        return "no data", figure.note or "The denominator is zero."
    if request.span is not None and (late := _before_the_facts(published, request, period)):
        return late
    if awaited := _awaited(published, request, period, key):
        return "provisional", awaited
    changed = made.former.changed.get(key) if made.former else None
    if changed is not None:
        return (
            "restated",
            f"{figure.note} Its rows changed on {changed.isoformat()}, when it was final.".strip(),
        )
    if (other := published.redefined(metric.name, period)) is not None:
        return "restated", f"{figure.note} {other}".strip()
    return "final", figure.note


def _awaited(published: Published, request: Request, period: Period, key: Key) -> str:
    """Say what may still come for a figure; empty where nothing may."""
    metric = request.metric
    if published.is_final(metric.name, period):
        late = published.lateness
        return late.why(metric, period, *_place(request, key)) if late.may_reach(metric, period) else ""
    waiting = isinstance(metric, Conversion) and request.merge.until is not None
    if waiting and period.end.isoformat() > (request.merge.until or ""):
        return f"Only rows whose horizon of {metric.within} has passed."  # type: ignore[union-attr]  # conversions have one
    return "More rows may still arrive for this period."


def _place(request: Request, key: Key) -> tuple[str | None, list[tuple[str, str | None]]]:
    """Give the unit of a figure, None for everything, and the values that it is sliced by."""
    query = request.query
    unit = key[1] if query.by_unit else query.unit
    named = zip(query.by, key[2], strict=True)
    return unit or None, [*named, *((column, value or None) for column, value in query.where.items())]


def _before_the_facts(published: Published, request: Request, period: Period) -> tuple[Status, str] | None:
    """A window that begins before the facts do is not full: a rolling one has no figure, one to date is provisional."""
    covered = published.coverage(request.metric.name)
    window = next((w for w in request.merge.windows or () if w.period == period.start), None)
    if covered is None or window is None or window.since >= covered[0]:
        return None
    note = f"The facts begin on {covered[0].isoformat()}, and the window on {window.since.isoformat()}."
    return ("no data", note) if request.span and request.span.count else ("provisional", note)
