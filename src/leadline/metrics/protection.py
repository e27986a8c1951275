"""Which figures of a confidential metric with a `minimum_n` are not shown, in all answers of one generation alike.

Decided once for a metric and a column, from its states: for every unit, every value of the column and every period of
every grain. What is protected, and against which combinations of answers, says docs/statistics.md, section 5.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlglot import exp

from leadline.catalog.definitions import (
    COMPOSED,
    Conversion,
    Distinct,
    Grain,
    Manual,
    Metric,
    RowMetrics,
    Stock,
)
from leadline.errors import QueryError
from leadline.metrics.adjusted.suppression import Counts, Flags, Suppression, Tree
from leadline.metrics.adjusted.timelines import Periods as Stretches
from leadline.metrics.graft import WallClock
from leadline.metrics.merging import Merge, merged
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.request import Request
from leadline.metrics.shapes import ROWS, shape, slice_alias, term_alias
from leadline.metrics.windows import Span, leaves, window

_GRAINS: tuple[Grain, ...] = ("year", "quarter", "month", "week", "day")
Node = tuple[str | None, bool]
"""A unit (None: everything), and whether only its own rows are meant: those that are in none of its children."""


def is_guarded(metric: Metric) -> bool:
    """Tell whether few rows are hidden to protect people: elsewhere `minimum_n` keeps noise out, figure by figure."""
    return metric.minimum_n > 0 and metric.sensitivity == "confidential"


def check(published: Published, metric: Metric, query: Query) -> None:
    """Refuse answers that cannot be kept from telling of too few rows. Raises QueryError with what to do."""
    guarded = next((leaf for leaf in published.rows(metric.name) if is_guarded(leaf)), None)
    if guarded is None:
        return
    asked = (
        "by hour" if query.grain == "hour"
        else "by two columns at once" if len(query.columns) > 1
        else "as of another time than its own" if query.dimensions not in {None, guarded.dimensions}
        else None
    )  # fmt: skip
    if asked:
        raise QueryError(
            f"{metric.name} has no figures {asked}: {guarded.name} suppresses figures of fewer than "
            f"{guarded.minimum_n} rows, and they could be worked out from these.",
            code="not-protected",
            hint="Ask for it by day or longer, by one column, or set `minimum_n: 0` where rows need no protection.",
        )


def hides(
    published: Published, request: Request, period: Period, unit: str | None, values: tuple[str | None, ...]
) -> bool:
    """Tell whether a figure of a request is not shown, though it has enough rows itself."""
    query, columns = request.query, request.query.columns
    guard = protection(published, request.metric, columns[0] if columns else None)
    if guard is None:
        return False
    node: Node = (query.unit, False)
    if query.by_unit:
        node = (unit, False) if unit else (query.unit, True)
    if not query.by:
        values = tuple(value or None for value in query.where.values())
    return guard.hides(period, node, values, request.span)


def protection(published: Published, metric: RowMetrics, column: str | None) -> "Protection | None":
    """Give what is not shown of a metric, by no column or by one; None where only its own rows count."""
    if not is_guarded(metric) or isinstance(metric, Distinct | Manual) or not published.coverage(metric.name):
        return None
    known: dict[str, _Columns] = vars(published).setdefault("_protections", {})
    if metric.name not in known:
        known[metric.name] = _Columns(published, metric)
    return known[metric.name].by(column)


class Protection:
    """The figures of one row metric, by no column or by one, that are not shown."""

    def __init__(
        self,
        published: Published,
        metric: RowMetrics,
        column: str | None,
        decided: Callable[["Protection", int], Flags],
    ) -> None:
        self.metric, self.column, self._decided = metric, column, decided
        self.table = _Table.read(published, metric, column)
        self._grains: tuple[Grain, ...] = ("day",) if isinstance(metric, Stock) else _GRAINS
        calendar = published.periods
        ends = {g: list(calendar.between(g, self.table.first, self.table.last)) for g in self._grains}
        self._at = {g: {p.start: i for i, p in enumerate(found)} for g, found in ends.items()}
        self._spans = (None, *_spans(published, metric))
        self.stretches = [
            self.table.stretches(
                (p.start, p.end) if span is None else window(published, span, p) for p in found
            )
            for span in self._spans
            for found in ends.values()
        ]

    def hides(
        self, period: Period, node: Node, values: tuple[str | None, ...], span: Span | None = None
    ) -> bool:
        """Tell whether the figure of a unit in a period, of all its rows or of one value, is not shown.

        With a span, the figure of the window (to date, or rolling) that ends with the period.
        """
        grain, start = period.grain, period.start
        if isinstance(self.metric, Stock):
            grain, level = "day", period.end if self.metric.level == "end" else period.start
            start = min(level - timedelta(days=1), self.table.last - timedelta(days=1))
        found = self._at[grain].get(start)
        if found is None:
            return False
        at = self._spans.index(span) * len(self._grains) + self._grains.index(grain)
        return self._hidden(self._decided(self, at)[found], node, values)

    def _hidden(self, flags: Flags, node: Node, values: tuple[str | None, ...]) -> bool:
        place, column = self.table.nodes.get(node), self.table.values.get(values[0]) if values else 0
        return place is not None and column is not None and bool(flags[place, column])


class _Columns:
    """What is not shown of one metric, by no column and by each: wholes stand in all of these tables."""

    def __init__(self, published: Published, metric: RowMetrics) -> None:
        self._published, self._metric = published, metric
        self._found: dict[str | None, Protection] = {}
        self._deciding: dict[str | None, Suppression] = {}
        self._together: dict[str | None, list[Flags]] | None = None

    def by(self, column: str | None) -> Protection:
        """Give what is not shown by one column, or by none."""
        if column not in self._found:
            self._found[column] = Protection(self._published, self._metric, column, self._flags)
        return self._found[column]

    def _flags(self, asked: Protection, position: int) -> Flags:
        """Give the flags of a grain, or of the windows that end with its periods: periods x nodes x (1 + values)."""
        try:
            whole = self._alone(None)
            if not whole.is_exact:
                return (self._alone(asked.column) if asked.column else whole).flags(position)
            if self._together is None:
                self._together = self._all(whole)
            return self._together[asked.column][position]
        except ArithmeticError as error:
            raise QueryError(
                f"{self._metric.name} cannot be protected: {error}.",
                code="not-protected",
                hint="Set `minimum_n: 0` where rows need no protection.",
            ) from error

    def _alone(self, column: str | None) -> Suppression:
        """Give what is decided of one table grain by grain, the wholes before it."""
        if column not in self._deciding:
            wholes = self._alone(None).flags if column else None
            self._deciding[column] = self._suppression(self.by(column), wholes)
        return self._deciding[column]

    def _all(self, whole: Suppression) -> dict[str | None, list[Flags]]:
        """Decide all tables together: a whole that one column hides is hidden in all, until nothing changes."""
        every = range(len(self.by(None).stretches))
        wholes = [whole.flags(i) for i in every]
        while True:
            found: dict[str | None, list[Flags]] = {}
            for column in self._metric.by:
                decided = self._suppression(self.by(column), wholes.__getitem__)
                found[column] = [decided.flags(i) for i in every]
            more = [
                np.logical_or.reduce([wholes[i], *(flags[i][:, :, :1] for flags in found.values())])
                for i in every
            ]
            if all(np.array_equal(a, b) for a, b in zip(wholes, more, strict=True)):
                return {None: wholes, **found}
            wholes = more

    def _suppression(self, of: Protection, wholes: Callable[[int], Flags] | None) -> Suppression:
        return Suppression(
            of.table.rows, of.table.tree, of.stretches, self._metric.minimum_n,
            wholes=wholes, over_time=not isinstance(self._metric, Stock),
        )  # fmt: skip


def _spans(published: Published, metric: RowMetrics) -> tuple[Span, ...]:
    """Give the windows over which some metric adds this one up, each once."""
    found = (
        span
        for other in published.catalog.metrics.values()
        if isinstance(other, COMPOSED)
        for name, span in leaves(published.catalog, other)
        if name == metric.name and span is not None
    )
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class _Table:
    """Rows of one metric: days x leaves x values. A leaf is a unit's own rows; "" those of no known unit."""

    rows: Counts
    first: date
    last: date
    tree: Tree
    nodes: Mapping[Node, int]
    values: Mapping[str | None, int]

    @classmethod
    def read(cls, published: Published, metric: RowMetrics, column: str | None) -> "_Table":
        has_units = published.catalog.facts[metric.of].unit is not None
        leaves = ("", *published.catalog.units.names) if has_units else ("",)
        found = published.engine.read(_statement(published, metric, column, leaves))
        name = ROWS if shape(metric) in {"histogram", "spans"} else term_alias(metric.name, "n")
        n = np.nan_to_num(found.column(name).to_numpy(zero_copy_only=False)).astype(np.int64)
        counted = np.flatnonzero(n)
        days: list[date] = found.column("period").take(counted).to_pylist()
        units: list[str | None] = found.column("unit").take(counted).to_pylist()
        sliced: list[str | None] = [None] * len(days)
        if column:
            sliced = found.column(slice_alias(column)).take(counted).to_pylist()
        first, last = _bounds(published, [*days, *(published.coverage(metric.name) or ())])
        values = {value: i for i, value in enumerate(dict.fromkeys(sliced))} or {None: 0}
        at_leaf = {leaf: i for i, leaf in enumerate(leaves)}
        rows = np.zeros(((last - first).days, len(leaves), len(values)), dtype=np.int64)
        where = [
            [(day - first).days for day in days], [at_leaf[unit or ""] for unit in units], [values[v] for v in sliced]
        ]  # fmt: skip
        np.add.at(rows, tuple(np.asarray(place, dtype=np.int64) for place in where), n[counted])
        if isinstance(metric, Stock):
            rows = np.cumsum(rows, axis=0)
        tree, nodes = _tree(published, leaves)
        columns = {value: i + 1 for value, i in values.items()} if column else {}
        return cls(rows, first, last, tree, nodes, columns)

    def stretches(self, ends: Iterable[tuple[date, date]]) -> Stretches:
        """Give stretches of days as positions, kept within the table."""
        pairs = [((start - self.first).days, (end - self.first).days) for start, end in ends]
        found = np.clip(np.array(pairs, dtype=np.int64).reshape(-1, 2), 0, len(self.rows))
        return Stretches(found[:, 0], found[:, 1])


def _bounds(published: Published, days: list[date]) -> tuple[date, date]:
    """Give the first day of all periods with these days, and the day after their last."""
    calendar = published.periods
    return (
        min(calendar.start(grain, min(days)) for grain in _GRAINS),
        max(calendar.period(grain, max(days)).end for grain in _GRAINS),
    )


def _statement(
    published: Published, metric: RowMetrics, column: str | None, leaves: tuple[str, ...]
) -> exp.Select:
    table = published.table(metric.name, (column,) if column else ())
    if table is None:
        raise AssertionError("every declared column has its states")
    until = published.settled_until(metric) if isinstance(metric, Conversion) else None
    merge = Merge(
        grain="day", periods=published.periods, finest=metric.finest, clock=WallClock.of(published.catalog, metric),
        units={name: [name] for name in leaves[1:]} if len(leaves) > 1 else None, by=(column,) if column else (),
        until=until.isoformat() if until else None,
    )  # fmt: skip
    states, merge = published.states(table, merge)
    return merged(states, [metric], merge)


def _tree(published: Published, leaves: tuple[str, ...]) -> tuple[Tree, dict[Node, int]]:
    """Give every unit as a set of leaves, and what it is the sum of: its children, and its own rows."""
    units = published.catalog.units
    nodes: dict[Node, int] = {(None, False): 0}
    members: list[list[str]] = [list(leaves)]
    lines: list[tuple[int, tuple[int, ...]]] = []

    def add(node: Node, inside: Iterable[str]) -> int:
        nodes[node] = len(members)
        members.append(list(inside))
        return nodes[node]

    if len(leaves) > 1:
        waiting: list[str | None] = [None]
        for unit in waiting:
            parts = units.children(unit) if unit else units.roots
            if not parts:
                nodes[unit, True] = nodes[unit, False]
                continue
            below = [add((part, False), units.descendants(part)) for part in parts]
            lines.append((nodes[unit, False], (*below, add((unit, True), [unit or ""]))))
            waiting += parts
    at = {leaf: i for i, leaf in enumerate(leaves)}
    flags = np.zeros((len(members), len(leaves)), dtype=bool)
    for i, inside in enumerate(members):
        flags[i, [at[leaf] for leaf in inside]] = True
    return Tree(flags, tuple(lines)), nodes
