"""A sweep removes what nothing needs, and nothing else."""

from datetime import timedelta

import pyarrow as pa
import pytest
from sqlglot import exp

from leadline.errors import NothingPublished
from leadline.store.engine import Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.ledger import Ledger
from leadline.store.sweep import KEPT_GENERATIONS, Swept, sweep
from tests.store.entries import batch, generation

LONG_AGO = timedelta(days=-10_000)
"""Kept for so long that all that was superseded may go."""


def put(engine: DuckDBEngine, *relations: Relation) -> None:
    for relation in relations:
        engine.write(relation, pa.table({"i": [1]}).to_reader())


def publish(engine: DuckDBEngine, ledger: Ledger, name: str, *batches: str, **tables: object) -> None:
    engine.publish(name, {"t": exp.select("1 as i")})
    with ledger.write(actor="ann") as writer:
        writer.publish(generation(name, batches, tables=tables))


def test_a_sweep_of_nothing_removes_nothing(engine: DuckDBEngine, ledger: Ledger) -> None:
    assert sweep(engine, ledger) == Swept(0, 0, 0)
    with ledger.read() as reader, pytest.raises(NothingPublished):
        reader.generation()


def test_live_batches_stay_published_or_not_and_leftovers_go(engine: DuckDBEngine, ledger: Ledger) -> None:
    put(
        engine,
        Relation("fact", "call", "b1"),
        Relation("held", "calls", "b1"),
        Relation("fact", "call", "killed"),
    )
    engine.publish("g-killed", {"t": exp.select("1 as i")})
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("b1"))
    assert sweep(engine, ledger) == Swept(relations=1, generations=1, leftovers=0)
    assert [r.space for r in engine.relations()] == ["fact", "held"]
    assert list(engine.generations()) == []


def test_what_recent_generations_name_stays(engine: DuckDBEngine, ledger: Ledger) -> None:
    put(engine, Relation("fact", "call", "old"), Relation("state", "nps", "s0"))
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("old"))
        writer.record_batch(batch("new"))
    publish(engine, ledger, "g0", "old", segments={"nps": [{"key": "s0"}]})
    with ledger.write(actor="ann") as writer:
        writer.supersede("old", "new")
    for n in range(1, KEPT_GENERATIONS + 2):
        put(engine, Relation("state", "nps", f"s{n}"))
        publish(engine, ledger, f"g{n}", "new", segments={"nps": [{"key": f"s{n}"}]})
        sweep(engine, ledger, kept_rows=LONG_AGO)
        kept = range(max(0, n - KEPT_GENERATIONS + 1), n + 1)
        assert list(engine.generations()) == [f"g{k}" for k in kept]
        assert {r.key for r in engine.relations()} == {f"s{k}" for k in kept} | (
            {"old"} if 0 in kept else set()
        )


def test_a_generation_that_a_recent_one_reads_from_stays(engine: DuckDBEngine, ledger: Ledger) -> None:
    publish(engine, ledger, "g0")
    for n in range(1, KEPT_GENERATIONS + 2):
        publish(engine, ledger, f"g{n}", base="g0")
    sweep(engine, ledger)
    assert list(engine.generations()) == ["g0", *(f"g{n}" for n in range(2, KEPT_GENERATIONS + 2))]


def test_superseded_rows_of_facts_stay_for_a_while(engine: DuckDBEngine, ledger: Ledger) -> None:
    put(
        engine,
        Relation("fact", "call", "old"),
        Relation("held", "calls", "old"),
        Relation("fact", "call", "new"),
    )
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("old"))
        writer.record_batch(batch("new"))
        writer.supersede("old", "new")
    publish(engine, ledger, "g1", "new")
    assert sweep(engine, ledger).relations == 1
    assert {(r.space, r.key) for r in engine.relations()} == {("fact", "old"), ("fact", "new")}
    assert sweep(engine, ledger, kept_rows=LONG_AGO).relations == 1
    assert {(r.space, r.key) for r in engine.relations()} == {("fact", "new")}
