"""Finest states at rest: which tables there are, which parts of them are still true, and how a generation gets its own.

A *segment* holds the finest states of some batches and keeps `_batch` in its key, so a superseded batch is left out
on reading and only batches that no segment covers are computed. A segment stays true as long as its *basis* does:
the metrics' meaning, the zones of units, and the rows that references lead to.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlglot import exp

from leadline.catalog.definitions import Conversion, Fact
from leadline.metrics.facts import BATCH, Facts
from leadline.metrics.families import Family, StateTable, families, tables
from leadline.metrics.finest import BUCKET, UNIT, finest, used_columns
from leadline.metrics.following import event_instant
from leadline.metrics.graft import WallClock
from leadline.metrics.history import histories, passed
from leadline.metrics.merging import STATE
from leadline.store.engine import Relation, ValueType

Progress = Callable[[str, int, int], None]
"""Told what is being built, how many tables are done, and of how many."""


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
    coverage: dict[str, list[str]] = {}

    def at_rest(table: StateTable) -> exp.Expr:
        return engine.published([generation], table.name, table.columns, STATE)

    for family in families(facts.catalog):
        coverage |= covered(facts, family, at_rest)
    if progress:
        progress("", len(wanted), len(wanted))
    return {"segments": segments, "coverage": coverage}


def covered(facts: Facts, family: Family, source: Callable[[StateTable], exp.Expr]) -> dict[str, list[str]]:
    """Give the first and the last local day for which a family has rows, under its name, as ISO dates.

    Under `name:followed` are those on which an event was seen that a conversion may be followed by. What has no rows
    is left out. `source` gives something to select a state table from.
    """
    first = family.metrics[0]
    found = {family.name: _coverage(facts, family, source)}
    if isinstance(first, Conversion):
        found[f"{family.name}:followed"] = _followed(facts, first)
    return {name: days for name, days in found.items() if days}


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
            replace(facts, relations=narrowed),
            table.metrics,
            (table.column,) if table.column else (),
            by_batch=True,
            products=table.products,
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
            "products": [[one.name, other.name] for one, other in table.products],
            "ahead": [[r.key for r in facts.relations.get(name, ())] for name in _looked_at(table)],
            "zones": [clock.zone, sorted((clock.zones or {}).items())],
            "as is": [passed(facts, fact) for fact in _as_is(facts, table, columns)],
            "references": [
                [t, [r.key for r in facts.relations.get(t or "", ())]] for t in sorted(targets, key=str)
            ],
        }
    )


def _as_is(facts: Facts, table: StateTable, columns: Sequence[str]) -> list[Fact]:
    """Give the facts with history that a table reads as they are at the refresh: time alone may change its states."""
    if all(metric.dimensions == "as_was" for metric in table.metrics):
        return []
    return list(histories(facts, facts.catalog.facts[table.family.fact], columns).values())


def _looked_at(table: StateTable) -> tuple[str, ...]:
    """Name the facts of which any row may change the state of any other: those in which a conversion looks ahead."""
    metric = table.metrics[0]
    return (metric.of, metric.followed_by.fact) if isinstance(metric, Conversion) else ()


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


def _coverage(facts: Facts, family: Family, source: Callable[[StateTable], exp.Expr]) -> list[str] | None:
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
        ).from_(source(table))
        days += _ends(facts, query)
    return [min(days).isoformat(), max(days).isoformat()] if days else None


def _followed(facts: Facts, metric: Conversion) -> list[str] | None:
    """Give the first and the last local day on which an event that may follow was seen."""
    name = event_instant(facts.catalog, metric.followed_by)
    at = WallClock(facts.catalog.project.time_zone).local(exp.column(name, table=STATE, quoted=True))
    day = exp.cast(at, "date")
    query = exp.select(
        exp.alias_(exp.Min(this=day), "first"), exp.alias_(exp.Max(this=day.copy()), "last")
    ).from_(facts.scan(metric.followed_by.fact, [name], STATE))
    days = _ends(facts, query)
    return [days[0].isoformat(), days[1].isoformat()] if days else None


def _ends(facts: Facts, query: exp.Select) -> list[date]:
    row = facts.engine.read(query).to_pylist()[0]
    return [day for day in (row["first"], row["last"]) if day is not None]


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
