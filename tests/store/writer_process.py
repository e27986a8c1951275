"""A program that tests kill: it imports once, then for each line on its input forks a writer that goes on and on.

The writer does what a refresh does: rows to the warehouse, the batch to the ledger, a generation published from all
live batches, a sweep; with the writing lock. It prints nothing; what it did is in its home.
"""

import importlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from leadline.clock import FixedClock
from leadline.settings import Settings
from leadline.store.engine import Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.entries import Batch, Generation, NewDefinition, NewFinding, batch_id, generation_id
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.lock import writing
from leadline.store.sweep import sweep
from tests.nursery import fork_each

CLOCK = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
SETTINGS = Settings(memory_limit="256MB", threads=1, max_temp_directory_size="1GB")
ROWS = 1000


def publish_once(home: Home, engine: DuckDBEngine, ledger: Ledger) -> str:
    """Load one more batch, publish everything, sweep."""
    with writing(home, "publish", CLOCK):
        batch = _load(engine, ledger)
        made = generation_id(CLOCK.now())
        with ledger.read() as reader:
            live = [b.id for b in reader.live_batches()]
        scan = engine.scan([Relation("fact", "call", b) for b in live], {"i": "integer"}, "f")
        total = exp.select("count(*) as n", "sum(f.i) as total").from_(scan)
        engine.publish(made, {"totals": total})
        with ledger.write(actor="writer") as writer:
            ids = writer.record_definitions(
                [NewDefinition("metric", "calls", batch, "", "text", "a.yaml", 1)]
            )
            writer.publish(
                Generation(
                    id=made,
                    published_at=CLOCK.now(),
                    as_of=CLOCK.now(),
                    batches=tuple(live),
                    definitions=tuple(ids),
                    tables={"rows": len(live) * ROWS},
                    actor="writer",
                ),
                [_finding(made)],
            )
        sweep(engine, ledger)
    return made


def _load(engine: DuckDBEngine, ledger: Ledger) -> str:
    """Write a batch of rows; every third time let it supersede the oldest."""
    batch = batch_id()
    engine.write(Relation("fact", "call", batch), pa.table({"i": range(ROWS)}).to_reader())
    with ledger.write(actor="writer") as writer:
        live = writer.live_batches()
        writer.record_batch(
            Batch(
                id=batch,
                source="calls",
                fact="call",
                file=f"{batch}.csv",
                file_hash=batch,
                file_size=1,
                mapping_hash="",
                state="loaded",
                recorded_at=CLOCK.now(),
                rows_in=ROWS,
                rows_accepted=ROWS,
            )
        )
        if len(live) > 2:
            writer.supersede(live[0].id, batch)
    return batch


def _finding(statement: str) -> NewFinding:
    """A finding that every generation makes in other words."""
    return NewFinding(
        kind="off_target",
        metric="calls",
        period="2026-02",
        grain="month",
        unit=None,
        slice="",
        statement=statement,
        evidence={},
        severity="low",
        direction="up",
    )


def publish_until_killed(line: str) -> None:
    """Publish until killed; give up when nobody does, for then the test itself was."""
    root, url = line.split("\t")
    home = Home(Path(root))
    engine, ledger = DuckDBEngine(home.root, SETTINGS), Ledger(url, CLOCK)
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        publish_once(home, engine, ledger)
    os._exit(1)


if __name__ == "__main__":
    importlib.import_module(
        "sqlalchemy.dialects.postgresql.psycopg"
    )  # or each writer would spend its life on it
    fork_each(publish_until_killed)
