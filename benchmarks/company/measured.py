"""The measured company in a warehouse: its rows at rest, and generations built from them by the engine."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.company.definitions import FACTS, write_project
from benchmarks.company.rows import Company
from leadline.catalog import Catalog, load, require
from leadline.metrics.facts import Facts
from leadline.metrics.published import Published
from leadline.metrics.states import build, live_relations
from leadline.settings import Settings
from leadline.store.engine import Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.entries import Batch, DefinitionVersion, Generation

NOW = datetime(2026, 1, 15, tzinfo=UTC)
NEXT = "next"


class Measured:
    """A project's warehouse with the company's rows, written once and used by every run."""

    def __init__(self, folder: Path, company: Company, settings: Settings | None = None) -> None:
        self.company = company
        self.folder = write_project(folder)
        self.catalog: Catalog = require(load(self.folder))
        self.engine = DuckDBEngine(self.folder / ".leadline", settings or Settings())

    def fill(self, months: int | None = None) -> None:
        """Write the rows of history, or of its last so many months, that are not there yet, and the next day's."""
        wanted = set(self.batches(months))
        for fact in FACTS:
            for name, since, until in self.company.months():
                if name not in wanted:
                    continue
                relation = Relation("fact", fact, name)
                if not self.engine.exists(relation):
                    self.engine.write(
                        relation, self.company.rows(fact, name, since, until).to_reader(122_880)
                    )
            relation = Relation("fact", fact, NEXT)
            if not self.engine.exists(relation):
                self.engine.write(relation, self.company.next_day(fact).to_reader(122_880))

    def files(self, fact: str) -> str:
        """Give the pattern of a fact's files of history."""
        return str(self.folder / ".leadline" / "facts" / fact / "2*.parquet")

    def batches(self, months: int | None = None) -> list[str]:
        """Name the batches of history, or of its last so many months."""
        names = [name for name, _, _ in self.company.months()]
        return names[-months:] if months else names

    def facts(self, batches: Sequence[str]) -> Facts:
        """Give the rows of these batches."""
        return Facts(self.catalog, self.engine, live_relations([(f, b) for f in FACTS for b in batches], {}))

    def build(self, batches: Sequence[str], former: dict[str, Any]) -> dict[str, Any]:
        """Build a generation's states."""
        return build(self.facts(batches), former)

    def forget(self) -> None:
        """Remove every state and publication."""
        for name in list(self.engine.generations()):
            self.engine.retract(name)
        for relation in list(self.engine.relations()):
            if relation.space == "state":
                self.engine.drop(relation)

    def published(self, generation: str, batches: Sequence[str], tables: dict[str, Any]) -> Published:
        """Give a generation to readers."""
        version = DefinitionVersion(1, "metric", "", 1, 0, "", "", "", "leadline.yaml", 1, NOW)
        return Published(
            catalog=self.catalog,
            engine=self.engine,
            generation=Generation(
                id=generation, published_at=NOW, as_of=NOW, batches=tuple(batches), definitions=(), tables=tables,
                actor="measured",
            ),
            versions={("metric", name): version for name in self.catalog.metrics},
            batches={
                f"{fact}-{name}": Batch(
                    id=name, source="measured", fact=fact, file=name, file_hash="", file_size=0, mapping_hash="",
                    state="loaded", recorded_at=NOW, rows_in=1, rows_accepted=1,
                )
                for fact in FACTS for name in batches
            },
        )  # fmt: skip


def cpu() -> float:
    """Give the CPU seconds that this process has used."""
    return time.process_time()
