"""Kill a writer at any moment: what was published last is readable, and the ledger is true."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp

from leadline.store import journal
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.lock import writing
from leadline.store.sweep import sweep
from tests.nursery import Nursery, nursery_of
from tests.store import writer_process


@pytest.fixture
def nursery(root: Path) -> Iterator[Nursery]:
    """A process that has everything imported and forks writers."""
    with nursery_of("tests.store.writer_process", root, warnings="error") as running:
        yield running


def kill(nursery: Nursery, writer: int) -> None:
    """Kill a writer and wait until it is gone."""
    os.kill(writer, signal.SIGKILL)
    assert nursery.ended() == -signal.SIGKILL, "it ended before it was killed: it failed"


def check(home: Home, engine: DuckDBEngine, ledger: Ledger) -> str:
    """Read the last generation whole; give its name."""
    with ledger.read() as reader:
        assert journal.verify(reader) == []
        last = reader.generation()
        assert [f.statement for f in reader.findings()] == [last.id]
        assert len(reader.definitions(last.id)) == 1
    published = engine.published([last.id], "totals", {"n": "integer", "total": "integer"}, "t")
    totals = engine.read(exp.select("*").from_(published)).to_pylist()
    rows = last.tables["rows"]
    assert totals == [{"n": rows, "total": rows // writer_process.ROWS * sum(range(writer_process.ROWS))}]
    with writing(home, "check", writer_process.CLOCK):
        sweep(engine, ledger)
    return last.id


def time_of_a_publication(nursery: Nursery, home: Home, ledger: Ledger, url: str) -> float:
    """Start a writer, see how long it takes to publish something, and kill it."""
    with ledger.read() as reader:
        before = len(reader.generations())
    writer, began = nursery.start(f"{home.root}\t{url}"), time.monotonic()
    while True:
        with ledger.read() as reader:
            if len(reader.generations()) > before:
                break
    took = time.monotonic() - began
    kill(nursery, writer)
    return took


@pytest.mark.thorough
@pytest.mark.parametrize("kills", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_leaves_the_last_published_state(
    nursery: Nursery,
    home: Home,
    engine: DuckDBEngine,
    ledger: Ledger,
    ledger_url: str,
    *,
    kills: int,
) -> None:
    moments = random.Random(20260301)
    longest = 2 * min(time_of_a_publication(nursery, home, ledger, ledger_url) for _ in range(3))
    seen = [check(home, engine, ledger)]
    for _ in range(kills):
        writer = nursery.start(f"{home.root}\t{ledger_url}")
        time.sleep(moments.uniform(0, longest))
        kill(nursery, writer)
        seen.append(check(home, engine, ledger))
    assert len(set(seen)) > 1, "every writer was killed before it published anything"
    assert [p for p in home.root.rglob(".*") if p.name != ".gitignore"] == []
    assert len(list(engine.generations())) <= 3
    assert len(list(home.temporary.iterdir())) == 1, "only this process spills now"
