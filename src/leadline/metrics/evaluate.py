"""Answers queries: picks states (or, for several columns at once, the rows), merges them, and says how sure it is.

Queries that read the same states are answered by one statement, so a scorecard costs a handful of them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import starmap
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from leadline.catalog.definitions import COMPOSED, Metric, RowMetrics
from leadline.metrics import estimate, families, grain, protection, restated, viewing
from leadline.metrics.composed import Composition
from leadline.metrics.editions import pieces
from leadline.metrics.figures import Figure, Key, Leaf, Sums, Values, leaf, leaves_of, nothing, status
from leadline.metrics.merging import Merge
from leadline.metrics.observation import Observation, Status, slice_label
from leadline.metrics.periods import Period, local_label
from leadline.metrics.portions import portions, side_by_side
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.request import Request, narrowed
from leadline.metrics.restating import ROUNDING
from leadline.metrics.shapes import product_alias, shape
from leadline.metrics.terms import basics
from leadline.metrics.viewing_own import kept_back
from leadline.metrics.windows import LeafKey, leaves

NOT_IN_A_PART = ""
"""The unit name of rows that belong to none of the parts asked for."""

HIDDEN: frozenset[Status] = frozenset({"suppressed", "no data"})


def evaluate(published: Published, query: Query) -> list[Observation]:
    """Answer one query: observations by period, then unit, then slice. Raises QueryError with what to do."""
    return evaluate_many(published, [query])[0]


def evaluate_many(published: Published, queries: Sequence[Query]) -> list[list[Observation]]:
    """Answer several queries, each as `evaluate` would, with as few statements as their states allow.

    What was in force by other versions is answered by these, period by period (editions.py).
    """
    seen = [
        viewing.as_seen(published, query)[1] for query in queries
    ]  # by the version of today, and each below
    asked = [pieces(published, query) for query in seen]
    answers: list[list[list[Observation]]] = [[[] for _ in mine] for mine in asked]
    for of in {id(p): p for mine in asked for p, _ in mine}.values():
        places = [(i, j) for i, mine in enumerate(asked) for j, (p, _) in enumerate(mine) if p is of]
        found = _answered(of, [asked[i][j][1] for i, j in places])
        for (i, j), answer in zip(places, found, strict=True):
            answers[i][j] = answer
    return [[one for answer in mine for one in answer] for mine in answers]


def _answered(published: Published, queries: Sequence[Query]) -> list[list[Observation]]:
    """Answer queries by the definitions of one catalog."""
    asked = [_Question.of(*viewing.as_seen(published, query)) for query in queries]
    found: dict[int, Leaf] = {}
    for state in {id(question.published): question.published for question in asked}.values():
        mine = [question for question in asked if question.published is state]
        found |= _read(state, [request for question in mine for request in question.requests.values()])
    answers = [
        question.answer({key: found[id(r)] for key, r in question.requests.items()}) for question in asked
    ]
    return [
        kept_back(published, question.query, answer, evaluate)
        for question, answer in zip(asked, answers, strict=True)
    ]


def _read(published: Published, requests: Sequence[Request]) -> dict[int, Leaf]:
    """Read what requests ask for, those that share states in one statement; by the identity of the request."""
    groups: dict[object, list[Request]] = {}
    for request in requests:
        groups.setdefault(request.shared, []).append(request)
    apart = published.engine.capabilities.parallel_readers
    whole = [_Read.of(published, members) for members in groups.values()]
    reads = [part for read in whole for part in (read.parted() if apart else [read])]
    brought = side_by_side([read.bring for read in reads]) if apart else [read.bring() for read in reads]
    found: dict[int, Leaf] = {}
    for read, rows in zip(reads, brought, strict=True):
        members, metrics, together = read.members, read.metrics, read.together
        moved = restated.differences(published, members[0], metrics, together)
        for request, plain in zip(members, leaves_of(published, members, rows), strict=True):

            def finish(rows: Any, request: Request = request, together: Any = together) -> Leaf:
                return _with_products(leaf(published, request, rows), together, rows)

            made = _with_products(plain, together, rows)
            before = restated.former(published, made, rows, moved, finish) if moved else None
            found[id(request)] = replace(made, former=before)
    return found


@dataclass(frozen=True)
class _Read:
    """What one statement brings: requests that share states, their metrics, and the pairs whose products they want."""

    published: Published
    members: Sequence[Request]
    metrics: Sequence[RowMetrics]
    together: Sequence[tuple[RowMetrics, RowMetrics]]

    @classmethod
    def of(cls, published: Published, members: Sequence[Request]) -> "_Read":
        metrics = list({r.metric.name: r.metric for r in members}.values())
        return cls(published, members, metrics, _products(published, members[0], metrics))

    def parted(self) -> "list[_Read]":
        """Part what is wide; what wants sums of products of one metric with another stays whole, as does what is in
        memory."""
        if self.together or self.members[0].is_at_hand(self.published):
            return [self]
        return [_Read.of(self.published, part) for part in portions(self.members)]

    def bring(self) -> Any:
        """Read it."""
        return self.members[0].read(self.published, self.metrics, self.together)


def _products(
    published: Published, first: Request, metrics: Sequence[RowMetrics]
) -> list[tuple[RowMetrics, RowMetrics]]:
    """Give the pairs of metrics whose sums of products the statement should bring."""
    if len(metrics) < 2 or shape(metrics[0]) != "terms":
        return []
    names = {metric.name for metric in metrics}
    kept = first.table.products if first.table else families.products(published.catalog)
    return [(one, other) for one, other in kept if one.name in names and other.name in names]


def _with_products(made: Leaf, together: Sequence[tuple[RowMetrics, RowMetrics]], rows: Any) -> Leaf:
    """Add the sums of products in which a metric comes first to its own sums."""
    aliases = [
        product_alias(one.name, a, other.name, b)
        for one, other in together
        if one.name == made.request.metric.name
        for a in basics(one)
        for b in basics(other)
    ]
    if not aliases:
        return made
    assert isinstance(made.sums, Sums)  # noqa: S101 - metrics with products have the shape `terms`
    columns = {
        alias: np.nan_to_num(rows.column(alias).to_numpy(zero_copy_only=False).astype(np.float64))
        for alias in aliases
    }
    return Leaf(made.request, made.figures, Sums({**made.sums.columns, **columns}, made.sums.rows))


@dataclass(frozen=True)
class _Question:
    """A checked query with the requests that answer it: one, or one for each row metric under a composed one."""

    published: Published
    query: Query
    metric: Metric
    requests: Mapping[LeafKey, Request]

    @classmethod
    def of(cls, published: Published, query: Query) -> "_Question":
        metric = published.metric(query.metric)
        grain.check(published, metric, query)
        query = narrowed(published, query)
        protection.check(published, metric, query)
        requests = {}
        for name, span in leaves(published.catalog, metric):
            part = published.catalog.metrics[name]
            assert not isinstance(part, COMPOSED)  # noqa: S101 - leaves are row metrics
            requests[name, span] = Request.of(published, query, part, span)
        return cls(published, query, metric, requests)

    def answer(self, leaves: Mapping[LeafKey, Leaf]) -> list[Observation]:
        """Give the observations, with a row for each period that has nothing to show."""
        query = self.query
        keys = {key for found in leaves.values() for key in found.figures}
        places = {(unit, values) for _, unit, values in keys}
        if not query.by and not query.by_unit:
            places.add((None, ()))
        if query.by_unit and not query.by:
            places |= {(part, ()) for part in self._merge.units or ()}
        ordered = sorted(places, key=lambda place: (place[0] or "", [v or "" for v in place[1]]))
        answer = [
            self._observation(leaves, (start, unit, values), period)
            for start, period in self._asked({start for start, _, _ in keys})
            for unit, values in ordered
        ]
        shown = [o for o in answer if o.n != 0 or o.unit != NOT_IN_A_PART]
        return self.published.marks.applied(self.published.catalog, self.metric.name, shown)

    @property
    def _merge(self) -> Merge:
        return next(iter(self.requests.values())).merge

    def _asked(self, starts: set[Any]) -> list[tuple[Any, Period]]:
        if self.query.grain != "hour":
            return [(period.start, period) for period in next(iter(self.requests.values())).asked]
        zone = ZoneInfo(self._merge.clock.zone)
        return [(start, _hour(start.astimezone(zone))) for start in sorted(starts)]

    def _observation(self, leaves: Mapping[LeafKey, Leaf], key: Key, period: Period) -> Observation:
        figure, state, note = self._judged(leaves, key, period)
        hidden = state in HIDDEN
        bare = math.isnan(figure.low) and not math.isnan(figure.value)
        if bare and not hidden and not isinstance(self.metric, COMPOSED):
            note = f"{note} No interval: the rows show no spread to judge by.".strip()
        query = self.query
        return Observation(
            metric=self.metric.name,
            version=self._version,
            period=period.label,
            grain=query.grain,
            unit=key[1] if query.by_unit else query.unit,
            slice=self._slice(key[2]),
            value=None if hidden else _shown(figure.value),
            low=None if hidden else _shown(figure.low),
            high=None if hidden else _shown(figure.high),
            n=None if state == "suppressed" else figure.n,
            status=state,
            method=self._method,
            note=note,
            start=period.start,
            end=period.end,
            former=self._former(leaves, key, period, figure) if state != "suppressed" else None,
            unreliable=self._unreliable,
        )

    @cached_property
    def _unreliable(self) -> str:
        return self.published.unreliable(self.metric.name)

    @cached_property
    def _version(self) -> int:
        return self.published.version("metric", self.metric.name)

    @cached_property
    def _method(self) -> str:
        return estimate.method(self.metric)

    def _slice(self, values: Values) -> str:
        """Name the slice of these values."""
        if values not in self._slices:
            query = self.query
            named = [
                *zip(query.by, values, strict=True),
                *((c, v or None) for c, v in query.where.items()),
            ]
            self._slices[values] = ", ".join(starmap(slice_label, named))
        return self._slices[values]

    @cached_property
    def _slices(self) -> dict[Values, str]:
        return {}

    def _judged(self, leaves: Mapping[LeafKey, Leaf], key: Key, period: Period) -> tuple[Figure, Status, str]:
        if isinstance(self.metric, COMPOSED):
            return Composition(self.published, self.metric).figure(leaves, key, period)
        (only,) = leaves.values()
        figure = only.figures.get(key) or nothing(only.request, period)
        return figure, *status(self.published, only, figure, period, key)

    def _former(self, leaves: Mapping[LeafKey, Leaf], key: Key, period: Period, now: Figure) -> float | None:
        """Give the value that was first published as final, where it is another one and may be told."""
        if not any(found.former for found in leaves.values()):
            return None
        before = {leaf: found.before(key) for leaf, found in leaves.items()}
        if all(before[leaf] is leaves[leaf] for leaf in leaves):
            return None
        if self._least or self.published.redefined(self.metric.name, period):
            return None  # with few rows, the difference to the present value would tell of those that changed
        figure, state, _ = self._judged(before, key, period)
        unlike = abs(figure.value - now.value) > ROUNDING * max(abs(figure.value), abs(now.value))
        return float(figure.value) if state not in HIDDEN and (unlike or math.isnan(now.value)) else None

    @property
    def _least(self) -> int:
        leaves = (request.metric for request in self.requests.values())
        return max(metric.minimum_n for metric in (self.metric, *leaves))


def _hour(local: datetime) -> Period:
    day: date = local.date()
    return Period(day, day + timedelta(days=1), local_label(local), "hour")


def _shown(number: float) -> float | None:
    return None if math.isnan(number) else float(number)
