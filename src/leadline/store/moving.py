"""Rows follow a project from one warehouse to another: what its batches need and the new one lacks is copied over.

States and derived facts are not: the next refresh makes them anew. The former warehouse is only read.
Call it while holding the writing lock, before anything is loaded.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

from sqlglot import exp

from leadline.settings import Settings
from leadline.store.engine import Engine, Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.engines.files import Files
from leadline.store.engines.opening import SCHEMES, open_engine
from leadline.store.entries import Batch
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.ledger_reader import LedgerReader

Told = Callable[[str, int, int], None]
"""Told what is being copied, how many relations are done, and of how many."""


def move(engine: Engine, ledger: Ledger, home: Home, settings: Settings, *, project: str, told: Told) -> int:
    """Copy the rows of the project's batches that stand in a former warehouse; give the number of relations.

    The new one becomes the ledger's own first. Former ones are the files in the project's home, and the PostgreSQL
    that LEADLINE_WAREHOUSE leads to.
    """
    with ledger.read() as reader:
        first = next(reader.chain(), None)
        engine.claim(first.hash if first else "")
        wanted = needed(reader)
    wanted -= set(engine.relations())
    copied = 0
    if wanted:
        for opened in _former(engine, home, settings, project):
            with closing(opened) as former:
                found = sorted(wanted & set(former.relations()))
                for done, relation in enumerate(found):
                    told(relation.name, done, len(found))
                    copy_relation(former, engine, relation)
                copied += len(found)
                wanted -= set(found)
    return copied


def needed(reader: LedgerReader) -> set[Relation]:
    """Give every relation that no refresh could make again: the rows of all batches, and what is known of persons."""
    latest = reader.generations(1)
    of_batches = {relation for batch in reader.batches() for relation in _relations(batch)}
    return of_batches | (set(_kept(latest[0].tables)) if latest else set())


def _relations(batch: Batch) -> Iterator[Relation]:
    """Give where a batch's rows are at rest."""
    if batch.rows_accepted:
        yield Relation("fact", batch.fact, batch.id)
    if batch.rows_quarantined:
        yield Relation("held", batch.source, batch.id)


def _kept(tables: Mapping[str, Any]) -> Iterator[Relation]:
    """Give the relations of a generation that no refresh could make again: what is known of persons."""
    for said in tables.get("identity", {}).values():
        yield from (Relation(*named) for named in said["kept"])


def _former(engine: Engine, home: Home, settings: Settings, project: str) -> Iterator[Engine]:
    """Open what may have been the project's warehouse before."""
    if engine.capabilities.in_files:
        if settings.warehouse.startswith(SCHEMES["postgres"]):
            yield open_engine("postgres", home.root, settings, project)
    elif any(True for _ in Files(home).all()):
        yield DuckDBEngine(home.root, settings)


def copy_relation(former: Engine, engine: Engine, relation: Relation) -> None:
    """Copy a relation from one warehouse to another."""
    columns = former.columns(relation)
    chosen = [exp.column(name, table="r", quoted=True) for name in columns]
    query = exp.select(*chosen).from_(former.scan([relation], columns, "r"))
    engine.write(relation, former.stream(query))
