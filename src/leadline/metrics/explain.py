"""Where one figure comes from: the definition in force, the batches and rows it read, the SQL, and the same figure
computed once more from the rows, so that a reader need not believe the states."""

import math
from dataclasses import dataclass, replace

from sqlglot import exp

from leadline.catalog.definitions import Metric, Quantile
from leadline.errors import QueryError
from leadline.metrics import estimate, terms, words
from leadline.metrics.compile import BATCH, STATE, Merge, finest, merged, term_alias
from leadline.metrics.evaluate import evaluate
from leadline.metrics.graft import WallClock
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.store.entries import Batch, DefinitionVersion


@dataclass(frozen=True, slots=True)
class BatchShare:
    """A batch that a figure read, and how many of its rows are in it."""

    batch: Batch
    rows: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one figure.

    `terms` are the sums that the value is made of, by name; `recomputed` is the value from the rows themselves and
    `agrees` whether it equals the published one to 1e-9 relative. `sql` reads the published states, `rows_sql` the rows
    themselves.
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
    observation = _one(published, query)
    metric = published.metric(query.metric)
    merge = _merge(published, metric, query, observation)
    rows = finest(
        published.facts, [metric], query.columns, by_batch=True, histogram=isinstance(metric, Quantile)
    )
    from_rows = merged(rows.subquery(STATE), [metric], merge)
    recomputed, found = _recompute(published, metric, from_rows)
    table = published.tables.get((metric.name, query.columns[0] if query.columns else None))
    from_states = from_rows
    if table is not None and len(query.columns) < 2:
        states = published.engine.published([published.generation.id], table.name, table.columns, STATE)
        from_states = merged(states, [metric], merge)
    batches = _batches(published, metric, rows, merge)
    derived = published.catalog.facts[metric.of].from_
    return Explanation(
        observation=observation,
        definition=published.versions["metric", metric.name],
        words=words.metric(published.catalog, metric),
        terms=found,
        batches=batches,
        derived_from=tuple(BatchShare(b, b.rows_accepted) for b in _parents(published, derived))
        if derived
        else (),
        sql=published.engine.sql(from_states),
        rows_sql=published.engine.sql(from_rows),
        recomputed=recomputed,
        agrees=_agrees(observation, recomputed),
        as_of=published.generation.as_of.isoformat(timespec="seconds"),
        generation=published.generation.id,
    )


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


def _merge(published: Published, metric: Metric, query: Query, observation: Observation) -> Merge:
    return Merge(
        grain=query.grain,
        periods=published.periods,
        finest=metric.finest,
        clock=WallClock.of(published.catalog, metric),
        within=sorted(published.catalog.units.descendants(query.unit)) if query.unit else None,
        where=tuple(sorted(query.where.items())),
        since=observation.start.isoformat(),
        until=observation.end.isoformat(),
    )


def _recompute(
    published: Published, metric: Metric, query: exp.Select
) -> tuple[float | None, dict[str, float]]:
    rows = published.engine.read(query)
    if rows.num_rows == 0:
        return None, {}
    if isinstance(metric, Quantile):
        buckets = rows.column("h").to_numpy(zero_copy_only=False).astype(float)
        counts = rows.column("n").to_numpy(zero_copy_only=False).astype(float)
        order = buckets.argsort()
        value, _, _, n = estimate.quantile(metric, buckets[order], counts[order])
        return value, {"n": float(n), "histogram buckets": float(rows.num_rows)}
    sums = {
        name: rows.column(term_alias(metric.name, name)).to_numpy(zero_copy_only=False).astype(float)
        for name in terms.names(metric)
    }
    value = float(estimate.estimate(metric, sums).value[0])
    return (None if math.isnan(value) else value), {name: float(values[0]) for name, values in sums.items()}


def _agrees(observation: Observation, recomputed: float | None) -> bool:
    if observation.value is None:
        return observation.status == "suppressed" or recomputed is None
    if recomputed is None:
        return observation.value == 0 and observation.n == 0
    return abs(observation.value - recomputed) <= 1e-9 * max(abs(observation.value), abs(recomputed), 1e-12)


def _batches(published: Published, metric: Metric, rows: exp.Select, merge: Merge) -> tuple[BatchShare, ...]:
    """Count the rows of the figure by the batch that brought them."""
    by_batch = merged(rows.subquery(STATE), [metric], replace(merge, by=()))
    batch = exp.column(BATCH, table=STATE, quoted=True)
    n = "n" if isinstance(metric, Quantile) else term_alias(metric.name, "n")
    counted = exp.select(
        exp.alias_(batch, BATCH, quoted=True),
        exp.alias_(
            exp.cast(exp.Sum(this=exp.column(n, table=STATE, quoted=True)), "bigint"), "n", quoted=True
        ),
    ).from_(rows.subquery(STATE))
    where = by_batch.args.get("where")
    if where is not None:
        counted = counted.where(where.this.copy())
    found = published.engine.read(counted.group_by(batch.copy())).to_pylist()
    shares = [BatchShare(published.batches[r[BATCH]], r["n"]) for r in found if r[BATCH] in published.batches]
    return tuple(sorted(shares, key=lambda s: (s.batch.source, s.batch.file)))


def _parents(published: Published, fact: str) -> list[Batch]:
    """Give the batches of the fact that a derived fact is made from, through as many steps as there are."""
    parent = published.catalog.facts[fact].from_
    if parent:
        return _parents(published, parent)
    return sorted((b for b in published.batches.values() if b.fact == fact), key=lambda b: (b.source, b.file))
