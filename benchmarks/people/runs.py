"""A set resolved by Leadline, and by Splink alone with the settings that its documentation gives."""

import logging
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from benchmarks.people.sets import People
from leadline.catalog import Catalog, load, require
from leadline.clock import FixedClock
from leadline.ingest.identity.quality import Quality, quality
from leadline.ingest.identity.resolve import Place, State, resolve, tables
from leadline.settings import Settings
from leadline.store.engine import Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.entries import Batch
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

AT = datetime(2030, 1, 1, tzinfo=UTC)
FACT = "person_record"


@dataclass
class Resolving:
    """A project in a folder with one fact and one identity."""

    folder: Path
    engine: DuckDBEngine
    ledger: Ledger
    catalog: Catalog
    settings: Settings
    kept: dict[str, Any] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)

    def resolve(self, records: pa.Table) -> tuple[State, float]:
        """Add records and resolve; give the state and the seconds that resolving took, loading not counted."""
        name = f"b{len(self.batches):04}"
        own = list(self.catalog.facts[FACT].loaded)
        self.engine.write(Relation("fact", FACT, name), records.select(own).to_reader())
        rows = records.num_rows
        self.batches.append(
            Batch(
                id=name, source="s", fact=FACT, file=name, file_hash=name, file_size=1, mapping_hash="",
                state="loaded", recorded_at=AT, rows_in=rows, rows_accepted=rows,
            )
        )  # fmt: skip
        begun = time.perf_counter()
        place = Place(
            self.catalog,
            self.engine,
            self.ledger,
            lambda: Staging(self.folder / ".leadline", self.settings, large=False),
        )
        found = resolve(place, self.batches, self.kept, FixedClock(AT), actor="benchmark")
        taken = time.perf_counter() - begun
        self.kept = {"identity": tables(found)}
        return found["who"], taken

    def persons(self, state: State) -> dict[str, str]:
        """Give the person of each record."""
        rows = self.engine.scan([state.part("people")], {"record": "text", "person": "text"}, "p")
        read = self.engine.read(exp.select("record", "person").from_(rows))
        return dict(zip(read["record"].to_pylist(), read["person"].to_pylist(), strict=True))


@contextmanager
def resolving(people: People, settings: Settings | None = None) -> Iterator[Resolving]:
    """Make a project for a set."""
    settings = settings or Settings()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        columns = ", ".join(
            f"{name}: {{type: text}}" for name in people.records.column_names if name != "cluster"
        )
        (folder / "leadline.yaml").write_text(
            f"kind: project\nname: people\ntime_zone: UTC\n---\nkind: fact\nname: {FACT}\nkey: [record_id]\n"
            f"columns: {{{columns}}}\n---\n{people.identity}"
        )
        home = Home(folder / ".leadline").prepare()
        ledger = Ledger(home.ledger_url, FixedClock(AT))
        with closing(DuckDBEngine(home.root, settings)) as engine, closing(ledger):
            yield Resolving(folder, engine, ledger, require(load(folder)), settings)


def by_leadline(people: People) -> tuple[Quality, float, State]:
    """Resolve a set in one go."""
    with resolving(people) as project:
        state, taken = project.resolve(people.records)
        return judged(people, project.persons(state)), taken, state


def judged(people: People, persons: Mapping[str, str]) -> Quality:
    """Compare persons with the true ones."""
    keys = sorted(persons)
    true = people.true
    return quality([persons[key] for key in keys], [true[key] for key in keys])


def by_splink(
    people: People, settings: Callable[[], Any], train: Callable[[Any], None], at: float
) -> tuple[Quality, float]:
    """Train, predict and cluster with Splink alone."""
    from splink import DuckDBAPI, Linker  # noqa: PLC0415 - an extra

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begun = time.perf_counter()
        connection = duckdb.connect()
        records = people.records
        connection.execute(
            "CREATE TABLE records AS SELECT record_id AS unique_id, * EXCLUDE (record_id, cluster) FROM records"
        )
        del records
        linker = Linker(DuckDBAPI(connection=connection).register("records"), settings(), log_level=None)
        train(linker.training)
        predicted = linker.inference.predict(threshold_match_probability=min(at, 0.5))
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predicted, threshold_match_probability=at
        )
        taken = time.perf_counter() - begun
        table = found.as_pyarrow_table()
    return judged(
        people,
        dict(zip(map(str, table["unique_id"].to_pylist()), table["cluster_id"].to_pylist(), strict=True)),
    ), taken
