"""Records that come and go, and the persons that an identity makes of them: what its tests share.

Rows are written to the warehouse as a batch is, without a file in between; everything after that is the real thing.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from leadline.catalog import Catalog, load, require
from leadline.clock import FixedClock
from leadline.ingest.identity import decisions as d
from leadline.ingest.identity.changes import LOG
from leadline.ingest.identity.resolve import Place, State, resolve, tables
from leadline.settings import Settings
from leadline.store.engine import Engine, Relation
from leadline.store.engines.opening import open_engine
from leadline.store.entries import Batch
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging
from tests import ledgers

SMALL = Settings(memory_limit="1GB", threads=1)
START = datetime(2030, 1, 1, 12, tzinfo=UTC)
PROJECT = """
kind: project
name: who
time_zone: UTC
---
kind: fact
name: person_record
key: [record_id]
columns: {columns}
---
"""

Rows = Mapping[str, Mapping[str, Any]]


@dataclass
class Persons:
    """A project with one identity, its records by key, and what was resolved last."""

    root: Path
    engine: Engine
    ledger: Ledger
    catalog: Catalog
    clock: FixedClock = field(default_factory=lambda: FixedClock(START))
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    state: State | None = None
    batches: int = 0

    @property
    def identity(self) -> str:
        return next(iter(self.catalog.identities))

    def staging(self) -> Staging:
        return Staging(self.root / ".leadline", SMALL, large=False)

    def resolve(self, rows: Rows | None = None, *, gone: Iterable[str] = (), actor: str = "tester") -> State:
        """Let records come (or change) and go, and resolve once."""
        self.records |= {key: dict(row) for key, row in (rows or {}).items()}
        for key in gone:
            self.records.pop(key, None)
        self.clock = FixedClock(self.clock.now() + timedelta(minutes=1))
        fact = self.catalog.facts["person_record"]
        names = [name for name in fact.loaded if name != "record_id"]
        self.batches += 1
        batch = f"b{self.batches:06}"
        table = pa.table({
            "record_id": pa.array(list(self.records), pa.string()),
            **{n: pa.array([row.get(n) for row in self.records.values()], pa.string()) for n in names},
        })  # fmt: skip
        self.engine.write(Relation("fact", fact.name, batch), table.to_reader())
        live = [_batch(batch, fact.name, table.num_rows)] if table.num_rows else []
        place = Place(self.catalog, self.engine, self.ledger, self.staging)
        found = resolve(place, live, self.kept, self.clock, actor=actor)
        self.kept = {"identity": tables(found)}
        self.state = found[self.identity]
        return self.state

    def part(self, name: str, **columns: Any) -> list[dict[str, Any]]:
        assert self.state
        rows = self.engine.scan([self.state.part(name)], columns, "p")
        return self.engine.read(
            exp.select(*(exp.column(c, quoted=True) for c in columns)).from_(rows)
        ).to_pylist()

    def ids(self, level: str = "person") -> dict[str, str]:
        """Give the id of each record."""
        return {row["record"]: row[level] for row in self.part("people", **{"record": "text", level: "text"})}

    def clusters(self, level: str = "person") -> set[frozenset[str]]:
        """Give the records of each person."""
        found: dict[str, set[str]] = {}
        for record, name in self.ids(level).items():
            found.setdefault(name, set()).add(record)
        return {frozenset(records) for records in found.values()}

    def log(self) -> list[dict[str, Any]]:
        return sorted(self.part("log", **LOG), key=lambda row: (row["run"], row["nth"]))

    def review(self) -> list[dict[str, Any]]:
        return self.part("review", a="text", b="text", bits="number", rule="text", reason="text")

    def decide(self, accept: bool, left: str, right: str, actor: str = "anna", level: str = "") -> int:
        with self.ledger.write(actor=actor) as writer:
            d.decide(writer, self.identity, accept=accept, left=[left], right=[right], level=level)
            return d.decisions(writer, self.identity)[-1].number

    def undo(self, number: int) -> None:
        with self.ledger.write(actor="anna") as writer:
            d.undo(writer, self.identity, number)


@contextmanager
def persons(
    root: Path,
    columns: Iterable[str],
    identity: str,
    settings: Settings = SMALL,
    warehouse: str = "duckdb",
) -> Iterator[Persons]:
    """Make a project of one fact, `person_record`, with these columns (all text), and one identity of it.

    LEADLINE_WAREHOUSE leads to a warehouse that is not embedded.
    """
    root.mkdir(parents=True, exist_ok=True)
    said = ", ".join(f"{name}: {{type: text}}" for name in ("record_id", *columns))
    (root / "leadline.yaml").write_text(
        PROJECT.replace("{columns}", "{" + said + "}") + identity, encoding="utf-8"
    )
    catalog = require(load(root))
    home = Home(ledgers.begun(root) / ".leadline").prepare()
    clock = FixedClock(START)
    where = replace(settings, warehouse=os.environ.get("LEADLINE_WAREHOUSE", ""))
    with (
        closing(open_engine(warehouse, home.root, where, "who")) as engine,
        closing(Ledger(home.ledger_url, clock)) as ledger,
    ):
        yield Persons(root, engine, ledger, catalog)


def _batch(id_: str, fact: str, rows: int) -> Batch:
    made = Batch(
        id=id_, source="records", fact=fact, file=f"{id_}.csv", file_hash=id_, file_size=1, mapping_hash="m",
        state="loaded", recorded_at=START,
    )  # fmt: skip
    return replace(made, rows_in=rows, rows_accepted=rows)
