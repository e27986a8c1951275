"""Where one figure comes from: the definition in force, the batches and rows it read, the SQL, and the same figure
computed once more from the rows, so that a reader need not believe the states."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from leadline.catalog.definitions import COMPOSED, Conversion, Count, Metric, RowMetrics, Stock, Valued
from leadline.errors import QueryError
from leadline.metrics import rights, viewing, words
from leadline.metrics.composed import Composition
from leadline.metrics.converting import into
from leadline.metrics.evaluate import evaluate
from leadline.metrics.facts import BATCH
from leadline.metrics.figures import Key, Leaf, leaf, nothing
from leadline.metrics.finest import finest, undated, unfollowed, unrated, used_columns
from leadline.metrics.history import histories, overlapping
from leadline.metrics.merging import STATE, conditions
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.request import Request
from leadline.metrics.shapes import ROWS, shape, term_alias
from leadline.metrics.windows import LeafKey, Span, leaves
from leadline.store.casts import as_type
from leadline.store.entries import Batch, DefinitionVersion


@dataclass(frozen=True, slots=True)
class BatchShare:
    """A batch that a figure read, and how many of its rows are in it."""

    batch: Batch
    rows: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one figure.

    Of a suppressed figure, neither sums nor rows are told. `terms` are the sums (of a composed metric the parts'
    values) that the value is made of, by name; `recomputed` is the value from the rows themselves and `agrees` whether
    it equals the published one to 1e-9 relative. `sql` reads the published states, `rows_sql` the rows themselves.
    """

    observation: Observation
    definition: DefinitionVersion
    words: tuple[str, ...]
    terms: dict[str, float]
    batches: tuple[BatchShare, ...]
    derived_from: tuple[BatchShare, ...]
    sql: str
    rows_sql: str
    recomputed: float | None
    agrees: bool
    as_of: str
    generation: str


def explain(published: Published, query: Query) -> Explanation:
    """Explain the one figure that a query asks for. Raises QueryError when it asks for none or for several."""
    published, query = viewing.as_seen(published, query)
    observation = _one(published, query)
    published = published.at(query.metric, observation.start)
    metric = published.metric(query.metric)
    exact = replace(query, since=observation.start, until=observation.end)
    period = Period(observation.start, observation.end, observation.period, observation.grain)
    leaves = [
        _Leaf(published, Request.of(published, exact, m, span)) for m, span in _parts(published, metric)
    ]
    again = {one.key: one.from_rows() for one in leaves}
    key = (period.start, None, ())
    recomputed, shown = _recomputed(published, metric, again, key, period)
    hidden = observation.status == "suppressed"
    if hidden:
        recomputed, shown = None, {}
    batches: dict[str, BatchShare] = {}
    for one in leaves:
        for share in () if hidden else one.batches():
            known = batches.get(share.batch.id)
            batches[share.batch.id] = replace(share, rows=share.rows + known.rows) if known else share
    derived = {m.of for m in published.rows(metric.name) if published.catalog.facts[m.of].from_}
    parents = {b.id: b for fact in sorted(derived) for b in _parents(published, fact)}
    return Explanation(
        observation=observation,
        definition=published.versions["metric", metric.name],
        words=(
            *words.metric(published.catalog, metric),
            *_undated(published, metric.name),
            *_unfollowed(published, metric.name),
            *_unrated(published, metric.name),
            *_overlapping(published, metric.name),
            *(() if hidden else rights.sentences(metric, rights.coverage(published, exact, period))),
        ),
        terms=shown,
        batches=tuple(sorted(batches.values(), key=lambda s: (s.batch.source, s.batch.file))),
        derived_from=tuple(BatchShare(b, b.rows_accepted) for b in parents.values()),
        sql=";\n".join(dict.fromkeys(published.engine.sql(one.of_states()) for one in leaves)),
        rows_sql=";\n".join(dict.fromkeys(published.engine.sql(one.of_rows()) for one in leaves)),
        recomputed=recomputed,
        agrees=_agrees(observation, recomputed),
        as_of=published.generation.as_of.isoformat(timespec="seconds"),
        generation=published.generation.id,
    )


def _undated(published: Published, name: str) -> list[str]:
    """Say of how many rows nobody knows when they were: they are in no figure of any period."""
    counts = {}
    for metric in published.rows(name):
        found = published.engine.read(undated(published.facts, metric)).column("n").to_pylist()
        counts[metric.of, published.families[metric.name].at, metric.clock] = found[0]
    return [
        f"{n:,} rows of {published.catalog.facts[fact].label.lower()} are in no period: they have no {at}"
        + ("." if clock in {"project", "unit"} else f", or no known time zone in {clock}.")
        for (fact, at, clock), n in counts.items()
        if n
    ]


def _unfollowed(published: Published, name: str) -> list[str]:
    """Say how many rows of conversions nothing can follow: they have no entity, or none of what must be the same."""
    found = []
    for metric in published.rows(name):
        if isinstance(metric, Conversion):
            n = published.engine.read(unfollowed(published.facts, metric)).column("n").to_pylist()[0]
            named = " or ".join(f"no {column}" for column in (metric.entity, *metric.followed_by.same))
            if n:
                fact = published.catalog.facts[metric.of].label.lower()
                found.append(f"{n:,} rows of {fact} count in nothing: they have {named}.")
    return list(dict.fromkeys(found))


def _unrated(published: Published, name: str) -> list[str]:
    """Say how many rows count in nothing because nobody knows what their amounts are in the metric's currency."""
    found = []
    for metric in published.rows(name):
        if isinstance(metric, Valued) and metric.money is not None:
            n = published.engine.read(unrated(published.facts, metric)).column("n").to_pylist()[0]
            fact, currency = published.catalog.facts[metric.of].label.lower(), metric.money.currency
            if n:
                found.append(
                    f"{n:,} rows of {fact} count in nothing: there is no rate from their {currency} into "
                    f"{into(metric)} on their day, or no {currency}."
                )
    return list(dict.fromkeys(found))


def _overlapping(published: Published, name: str) -> list[str]:
    """Say how many versions of what a metric reads were cut short by the next one."""
    catalog, found = published.catalog, dict[str, int]()
    for metric in published.rows(name):
        used = used_columns(catalog, [metric], metric.by)
        for fact in histories(published.facts, catalog.facts[metric.of], used).values():
            rows = published.engine.read(overlapping(published.facts, fact))
            found[fact.label.lower()] = rows.column("n").to_pylist()[0]
    return [
        f"{n:,} versions of {fact} end after the next one begins; each holds only until then."
        for fact, n in found.items()
        if n
    ]


def _one(published: Published, query: Query) -> Observation:
    if query.by_unit or query.by:
        raise QueryError(
            "An explanation is of one figure.",
            code="several-figures",
            hint="Name the unit and the slice instead.",
        )
    found = evaluate(published, query)
    if len(found) != 1:
        raise QueryError(
            f"An explanation is of one figure; this asks for {len(found)}.",
            code="several-figures",
            hint="Name one period, e.g. --period 2026-03.",
        )
    return found[0]


def _parts(published: Published, metric: Metric) -> list[tuple[RowMetrics, Span | None]]:
    found = []
    for name, span in leaves(published.catalog, metric):
        part = published.catalog.metrics[name]
        assert not isinstance(part, COMPOSED)  # noqa: S101 - leaves are row metrics
        found.append((part, span))
    return found


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One row metric of the figure, read from states and from rows."""

    published: Published
    request: Request

    @property
    def key(self) -> LeafKey:
        return self.request.metric.name, self.request.span

    def of_states(self) -> exp.Select:
        return self.request.statement(self.published, [self.request.metric])

    def of_rows(self) -> exp.Select:
        return replace(self.request, table=None).statement(self.published, [self.request.metric])

    def from_rows(self) -> Leaf:
        return leaf(self.published, self.request, self.published.engine.read(self.of_rows()))

    def batches(self) -> list[BatchShare]:
        """Count the rows of the figure by the batch that brought them."""
        metric: RowMetrics = self.request.metric
        if isinstance(metric, Stock):
            metric = _entering(metric)
        rows = finest(self.published.facts, [metric], self.request.query.columns, by_batch=True)
        batch = exp.column(BATCH, table=STATE, quoted=True)
        n = term_alias(metric.name, "n") if shape(metric) in {"terms", "changes"} else ROWS
        total: exp.Expr = exp.Sum(this=exp.column(n, table=STATE, quoted=True))
        counted = exp.select(
            exp.alias_(batch, BATCH, quoted=True), exp.alias_(as_type(total, "bigint"), "n", quoted=True)
        ).from_(rows.subquery(STATE))
        counted = counted.where(*conditions(self.request.merge)).group_by(batch.copy())
        found = self.published.engine.read(counted).to_pylist()
        known = self.published.batches
        return [BatchShare(known[r[BATCH]], r["n"]) for r in found if r[BATCH] in known and r["n"]]


def _entering(metric: Stock) -> Count:
    """Give the count of rows that enter a stock: its changes cancel each other out."""
    return Count(
        kind="metric", type="count", name=metric.name, of=metric.of, where=metric.where, at=metric.from_, by=metric.by,
        clock=metric.clock, finest=metric.finest,
    )  # fmt: skip


def _recomputed(
    published: Published, metric: Metric, leaves: Mapping[LeafKey, Leaf], key: Key, period: Period
) -> tuple[float | None, dict[str, float]]:
    if isinstance(metric, COMPOSED):
        figure, _, _ = Composition(published, metric).figure(leaves, key, period)
        shown = {_label(leaf): found.at(key, period).value for leaf, found in leaves.items()}
        return _number(figure.value), {name: value for name, value in shown.items() if not math.isnan(value)}
    (only,) = leaves.values()
    figure = only.figures.get(key) or nothing(only.request, period)
    sums = dict(only.sums.get(key, {})) or {"n": float(figure.n)}
    if isinstance(metric, Stock) and key not in only.figures:
        return None, {}
    return _number(figure.value), sums if key in only.figures else {}


def _label(leaf_key: LeafKey) -> str:
    name, span = leaf_key
    if span is None:
        return name
    return f"{name} ({span.grain} to date)" if span.count == 0 else f"{name} ({span.count} {span.grain}s)"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _agrees(observation: Observation, recomputed: float | None) -> bool:
    if observation.value is None:
        return observation.status in {"suppressed", "no data"}
    if recomputed is None:
        return observation.value == 0 and observation.n == 0
    return abs(observation.value - recomputed) <= 1e-9 * max(abs(observation.value), abs(recomputed), 1e-12)


def _parents(published: Published, fact: str) -> list[Batch]:
    """Give the batches of the fact that a derived fact is made from, through as many steps as there are."""
    parent = published.catalog.facts[fact].from_
    if parent:
        return _parents(published, parent)
    return sorted((b for b in published.batches.values() if b.fact == fact), key=lambda b: (b.source, b.file))
