"""Finest states at rest: which tables there are, which parts of them are still true, and how a generation gets its own.

A *segment* holds the finest states of some batches and keeps `_batch` in its key, so a superseded batch is left out
on reading and only batches that no segment covers are computed. A segment stays true as long as its *basis* does:
the metrics' meaning, the zones of units, and the rows that references lead to.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Grain, Metric, Quantile
from leadline.metrics import terms
from leadline.metrics.compile import (
    BATCH,
    BUCKET,
    STATE,
    UNIT,
    Facts,
    finest,
    slice_alias,
    term_alias,
    used_columns,
)
from leadline.metrics.graft import WallClock
from leadline.store.engine import Relation, ValueType

Progress = Callable[[str, int, int], None]
"""Told what is being built, how many tables are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics that are computed in one pass: same fact, instant, clock and finest grain."""

    fact: str
    at: str
    clock: str
    finest: Grain
    metrics: tuple[Metric, ...]

    @property
    def name(self) -> str:
        """Name the family, stable over its metrics' changes."""
        return f"{self.fact}_at_{self.at}_{self.clock}_{self.finest}"


@dataclass(frozen=True, slots=True)
class StateTable:
    """Finest states of a family by no column or one; or one quantile metric's histograms by no column or one."""

    family: Family
    column: str | None
    metrics: tuple[Metric, ...]
    histogram: bool

    @property
    def name(self) -> str:
        """Name the table."""
        kind = f"{self.metrics[0].name}_histogram" if self.histogram else self.family.name
        return f"{kind}_by_{self.column.replace('.', '__') if self.column else 'nothing'}"

    @property
    def keys(self) -> dict[str, ValueType]:
        """Name the key columns with their types, `_batch` aside."""
        keys: dict[str, ValueType] = {
            BUCKET: "instant" if self.family.finest == "hour" else "date",
            UNIT: "text",
        }
        if self.column:
            keys[slice_alias(self.column)] = "text"
        if self.histogram:
            keys["h"] = "integer"
        return keys

    @property
    def sums(self) -> dict[str, ValueType]:
        """Name the term columns with their types."""
        if self.histogram:
            return {"n": "integer"}
        return {term_alias(m.name, t): "number" for m in self.metrics for t in terms.names(m)}

    @property
    def columns(self) -> dict[str, ValueType]:
        """Name every column of the published table with its type."""
        return {**self.keys, **self.sums}


def families(catalog: Catalog) -> list[Family]:
    """Group the metrics that share a pass, in stable order."""
    groups: dict[tuple[str, str, str, Grain], list[Metric]] = {}
    for metric in sorted(catalog.metrics.values(), key=lambda m: m.name):
        at = metric.at or catalog.facts[metric.of].at or ""
        groups.setdefault((metric.of, at, metric.clock, metric.finest), []).append(metric)
    return [Family(*key, metrics=tuple(group)) for key, group in sorted(groups.items())]


def tables(catalog: Catalog) -> list[StateTable]:
    """Give every state table of the project: for each family the whole and one per declared column."""
    found: list[StateTable] = []
    for family in families(catalog):
        columns = sorted({column for metric in family.metrics for column in metric.by})
        for column in (None, *columns):
            having = tuple(m for m in family.metrics if column is None or column in m.by)
            plain = tuple(m for m in having if not isinstance(m, Quantile))
            if plain:
                found.append(StateTable(family, column, plain, histogram=False))
            found += [
                StateTable(family, column, (m,), histogram=True) for m in having if isinstance(m, Quantile)
            ]
    return found


def live_relations(
    batches: Iterable[tuple[str, str]], derived: Mapping[str, str]
) -> dict[str, tuple[Relation, ...]]:
    """Give the relations of each fact: from (fact, batch id) pairs, and from derived facts' keys."""
    found: dict[str, list[Relation]] = {}
    for fact, key in sorted(batches):
        found.setdefault(fact, []).append(Relation("fact", fact, key))
    for fact, key in derived.items():
        found[fact] = [Relation("fact", fact, key)]
    return {fact: tuple(relations) for fact, relations in found.items()}


def build(
    facts: Facts, former: Mapping[str, Any], generation: str, progress: Progress | None = None
) -> dict[str, Any]:
    """Compute what is missing and write the state tables of `generation`; nothing is visible until it is published.

    `former` is the same description of the last generation (or empty): its true segments are used again. Gives the
    description to be published: `segments` by table, `coverage` (first and last local day) by family.
    """
    engine = facts.engine
    wanted = tables(facts.catalog)
    segments: dict[str, list[dict[str, Any]]] = {}
    queries: dict[str, exp.Query] = {}
    for done, table in enumerate(wanted):
        if progress:
            progress(table.name, done, len(wanted))
        segments[table.name] = _segments(facts, table, former.get("segments", {}).get(table.name, []))
        queries[table.name] = _whole(facts, table, segments[table.name])
    engine.publish(generation, queries)
    coverage = {family.name: _coverage(facts, family, generation) for family in families(facts.catalog)}
    if progress:
        progress("", len(wanted), len(wanted))
    return {"segments": segments, "coverage": {k: v for k, v in coverage.items() if v}}


def _segments(facts: Facts, table: StateTable, former: list[dict[str, Any]]) -> list[dict[str, Any]]:
    basis = _basis(facts, table)
    live = [r.key for r in facts.relations.get(table.family.fact, ())]
    kept = [
        segment
        for segment in former
        if segment["basis"] == basis
        and set(segment["batches"]) & set(live)
        and facts.engine.exists(Relation("state", table.name, segment["key"]))
    ]
    missing = sorted(set(live) - {batch for segment in kept for batch in segment["batches"]})
    if not missing:
        return kept
    key = _hash([table.name, basis, missing])
    relation = Relation("state", table.name, key)
    if not facts.engine.exists(relation):
        narrowed = {
            **facts.relations,
            table.family.fact: tuple(r for r in facts.relations[table.family.fact] if r.key in set(missing)),
        }
        query = finest(
            Facts(facts.catalog, facts.engine, narrowed),
            table.metrics,
            (table.column,) if table.column else (),
            by_batch=True,
            histogram=table.histogram,
        )
        facts.engine.derive(relation, query)
    return [*kept, {"key": key, "basis": basis, "batches": missing}]


def _basis(facts: Facts, table: StateTable) -> str:
    """Hash everything but the rows themselves that decides a segment's numbers."""
    catalog = facts.catalog
    columns = used_columns(catalog, table.metrics, (table.column,) if table.column else ())
    targets = {
        catalog.facts[table.family.fact].columns[c.rpartition(".")[0]].references for c in columns if "." in c
    }
    clock = WallClock.of(catalog, table.metrics[0])
    return _hash(
        {
            "metrics": [[m.name, catalog.fingerprint(m).meaning] for m in table.metrics],
            "zones": [clock.zone, sorted((clock.zones or {}).items())],
            "references": [
                [t, [r.key for r in facts.relations.get(t or "", ())]] for t in sorted(targets, key=str)
            ],
        }
    )


def _whole(facts: Facts, table: StateTable, segments: list[dict[str, Any]]) -> exp.Select:
    """Add the segments' rows up over batches, leaving out batches that are no longer live."""
    live = sorted(r.key for r in facts.relations.get(table.family.fact, ()))
    stale = sorted({batch for segment in segments for batch in segment["batches"]} - set(live))
    source = facts.engine.scan(
        [Relation("state", table.name, segment["key"]) for segment in segments],
        {**table.keys, **table.sums, BATCH: "text"},
        STATE,
    )
    query = exp.select(
        *(exp.column(name, table=STATE, quoted=True) for name in table.keys),
        *(_added(name, kind) for name, kind in table.sums.items()),
    ).from_(source, copy=False)
    if stale:
        query = query.where(exp.Not(this=exp.column(BATCH, table=STATE, quoted=True).isin(*stale)))
    keys = [exp.column(name, table=STATE, quoted=True) for name in table.keys]
    return query.group_by(*keys).order_by(*(k.copy() for k in keys[:2]))


def _added(name: str, kind: ValueType) -> exp.Expr:
    total = exp.Sum(this=exp.column(name, table=STATE, quoted=True))
    return exp.alias_(exp.cast(total, "bigint" if kind == "integer" else "double"), name, quoted=True)


def _coverage(facts: Facts, family: Family, generation: str) -> list[str] | None:
    """Give the first and the last local day for which the family has rows."""
    days: list[date] = []
    for table in tables(facts.catalog):
        if table.family.name != family.name or table.column:
            continue
        bucket: exp.Expr = exp.column(BUCKET, table=STATE, quoted=True)
        if family.finest == "hour":
            unit = exp.column(UNIT, table=STATE, quoted=True)
            bucket = exp.cast(WallClock.of(facts.catalog, family.metrics[0]).local(bucket, unit), "date")
        query = exp.select(
            exp.alias_(exp.Min(this=bucket), "first"), exp.alias_(exp.Max(this=bucket.copy()), "last")
        ).from_(facts.engine.published([generation], table.name, table.columns, STATE))
        row = facts.engine.read(query).to_pylist()[0]
        days += [d for d in (row["first"], row["last"]) if d is not None]
    return [min(days).isoformat(), max(days).isoformat()] if days else None


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
