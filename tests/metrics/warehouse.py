"""A warehouse for tests of the engine alone: batches of rows given as they are, no files and no ledger."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from leadline.catalog import Catalog, load, require
from leadline.metrics.facts import Facts
from leadline.metrics.left_out import LeftOut
from leadline.metrics.published import Published
from leadline.metrics.restating import restate
from leadline.metrics.states import build, live_relations
from leadline.settings import Settings
from leadline.store.engine import Engine, Relation
from leadline.store.engines.opening import open_engine
from leadline.store.entries import Batch, DefinitionVersion, Generation
from tests.projects import write_project

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ARROW = {
    "text": pa.string(), "unit": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
    "date": pa.date32(), "instant": pa.timestamp("us", tz="UTC"),
}  # fmt: skip
Rows = Sequence[Mapping[str, Any]]


class Warehouse:
    """Publishes generations of one fact's batches, each made from the one before."""

    def __init__(
        self, root: Path, documents: list[Mapping[str, Any]], *, engine: str = "duckdb", url: str = ""
    ) -> None:
        self.catalog: Catalog = require(load(write_project(root, documents, {})))
        self.engine: Engine = open_engine(engine, root / ".leadline", Settings(warehouse=url), "test")
        self.tables: dict[str, Any] = {}
        self.last: Published | None = None
        self.count = 0

    def publish(
        self,
        batches: Mapping[str, Mapping[str, Rows]],
        *,
        as_of: datetime = NOW,
        left_out: Mapping[str, Rows] | None = None,
    ) -> Published:
        """Publish a generation of these batches (by fact, then by batch name), reusing what the last one left.

        `left_out` are rows that enter no figure, by fact: their key, `_purpose` and `_reason`.
        """
        live = []
        for fact, named in batches.items():
            for name, rows in named.items():
                relation = Relation("fact", fact, name)
                if not self.engine.exists(relation):
                    self.engine.write(relation, self._table(fact, name, rows).to_reader())
                live.append((fact, name, len(rows)))
        self.count += 1
        generation = f"g{self.count}"
        left = {fact: [self._left_out(fact, rows)] for fact, rows in (left_out or {}).items()}
        facts = Facts(
            self.catalog, self.engine, live_relations([(f, n) for f, n, size in live if size], {}), as_of,
            left_out=LeftOut.of(left),
        )  # fmt: skip
        self.tables = {**build(facts, self.tables), "left_out": left}
        made = self._published(generation, live, as_of)
        self.tables = {**self.tables, "restated": restate(self.last, made)}
        self.last = replace(made, generation=replace(made.generation, tables=self.tables))
        return self.last

    def _published(self, generation: str, live: list[tuple[str, str, int]], as_of: datetime) -> Published:
        return Published(
            catalog=self.catalog,
            engine=self.engine,
            generation=Generation(
                id=generation, published_at=as_of, as_of=as_of, batches=tuple(n for _, n, _ in live), definitions=(),
                tables=self.tables, actor="tester",
            ),
            versions={
                ("metric", name): DefinitionVersion(1, "metric", name, 1, 0, "", "", "", "leadline.yaml", 1, as_of)
                for name in self.catalog.metrics
            },
            batches={n: _batch(f, n, size, as_of) for f, n, size in live},
        )  # fmt: skip

    def _left_out(self, fact: str, rows: Rows) -> str:
        """Write which rows of a fact enter no figure; give the relation's key."""
        key = hashlib.sha256(repr(rows).encode()).hexdigest()[:32]
        relation = Relation("left_out", fact, key)
        if not self.engine.exists(relation):
            columns = self.catalog.facts[fact].columns
            named = [(name, ARROW[columns[name].type]) for name in self.catalog.facts[fact].key]
            schema = pa.schema([*named, ("_purpose", pa.string()), ("_reason", pa.string())])
            self.engine.write(relation, pa.Table.from_pylist(list(rows), schema=schema).to_reader())
        return key

    def _table(self, fact: str, name: str, rows: Rows) -> pa.Table:
        columns = self.catalog.facts[fact].columns
        schema = pa.schema(
            [(c, ARROW[d.type]) for c, d in columns.items()]
            + [("_batch", pa.string()), ("_line", pa.int64())]
        )
        full = [
            {**dict.fromkeys(columns), **row, "_batch": name, "_line": i + 2} for i, row in enumerate(rows)
        ]
        return pa.Table.from_pylist(full, schema=schema)


def _batch(fact: str, name: str, size: int, at: datetime) -> Batch:
    return Batch(
        id=name, source="file", fact=fact, file=f"{name}.csv", file_hash="", file_size=0, mapping_hash="",
        state="loaded", recorded_at=at, rows_in=size, rows_accepted=size,
    )  # fmt: skip


@contextmanager
def warehouse(
    root: Path, documents: list[Mapping[str, Any]], *, engine: str = "duckdb", url: str = ""
) -> Iterator[Warehouse]:
    """Open a warehouse in a folder (or at an address), and close it."""
    made = Warehouse(root, documents, engine=engine, url=url)
    try:
        yield made
    finally:
        made.engine.close()
