"""A small project on disk and everything that ingest needs to run on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlglot import exp

from leadline.catalog import Catalog, load, require
from leadline.clock import FixedClock
from leadline.ingest import quarantine
from leadline.ingest.result import IngestResult, Progress
from leadline.ingest.runs import ingest
from leadline.settings import Settings
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.engines.opening import open_engine
from leadline.store.entries import Batch
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging
from tests import ledgers

CLOCK = FixedClock(datetime(2030, 1, 1, 12, tzinfo=UTC))
"""Long after the files of a test were written, so that their stamps are trusted."""

SMALL = Settings(memory_limit="512MB", threads=1)


@dataclass
class Room:
    """A project's folder, its warehouse and its ledger. The definitions are read anew for every run."""

    root: Path
    engine: Engine
    ledger: Ledger
    clock: FixedClock = CLOCK
    large: bool = False
    kept: dict[str, Any] = field(default_factory=dict)
    """What the last generation would keep of identities."""

    @property
    def catalog(self) -> Catalog:
        return require(load(self.root))

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def staging(self, share: int = 1) -> Staging:
        return Staging(self.root / ".leadline", SMALL, large=self.large, share=share)

    def ingest(
        self, *, sources: list[str] | None = None, progress: Progress | None = None, at_once: int = 1
    ) -> IngestResult:
        return ingest(
            self.catalog, self.engine, self.ledger, self.staging, self.clock,
            actor="tester", sources=sources, progress=progress, at_once=at_once,
        )  # fmt: skip

    def live(self) -> list[Batch]:
        with self.ledger.read() as reader:
            return [b for b in reader.live_batches() if b.file_hash]

    def batches(self) -> list[Batch]:
        with self.ledger.read() as reader:
            return reader.batches()

    def rows(self, fact: str, *columns: str, key: str | None = None) -> list[tuple[Any, ...]]:
        """Give the live rows of a fact (or of one relation of it) in the order of what is asked for."""
        types: dict[str, ValueType] = {"_line": "integer", "_batch": "text"}
        for name, column in self.catalog.facts[fact].columns.items():
            types[name] = "text" if column.type == "unit" else column.type
        wanted = columns or tuple(self.catalog.facts[fact].columns)
        keys = [key] if key else [b.id for b in self.live() if b.fact == fact and b.rows_accepted]
        scan = self.engine.scan([Relation("fact", fact, k) for k in keys], {n: types[n] for n in wanted}, "x")
        table = self.engine.read(exp.select(*(exp.column(n, quoted=True) for n in wanted)).from_(scan))
        return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)

    def held(self, file: str | None = None) -> dict[int, list[str]]:
        """Give the reasons of the held rows, by line."""
        found = quarantine.rows(self.engine, self.ledger, file=file)
        return {row.line: [str(reason) for reason in row.reasons] for row in found}

    def codes(self, file: str | None = None) -> dict[int, list[str]]:
        """Give the codes of the reasons of the held rows, by line."""
        found = quarantine.rows(self.engine, self.ledger, file=file)
        return {row.line: [reason.code for reason in row.reasons] for row in found}


@contextmanager
def opened(root: Path, project: str, warehouse: str = "duckdb") -> Iterator[Room]:
    """Make a project in a folder and open it; LEADLINE_WAREHOUSE leads to a warehouse that is not embedded."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "leadline.yaml").write_text(project)
    home = Home(ledgers.begun(root) / ".leadline").prepare()
    where = replace(SMALL, warehouse=os.environ.get("LEADLINE_WAREHOUSE", ""))
    engine, ledger = open_engine(warehouse, home.root, where, "room"), Ledger(home.ledger_url, CLOCK)
    try:
        yield Room(root, engine, ledger)
    finally:
        ledger.close()
        engine.close()
