"""Kill a writer at any moment: what was published last is readable, and the ledger is true."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp

from leadline.clock import FixedClock
from leadline.settings import Settings
from leadline.store import journal
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.lock import writing
from leadline.store.sweep import sweep
from tests.store import writer_process

KILLS = 25
LONGEST = 0.5  # seconds: several publications on a quiet machine, part of one on a busy one


@pytest.fixture
def nursery(root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has everything imported and forks writers."""
    program = [sys.executable, "-W", "error", "-m", "tests.store.writer_process"]
    with subprocess.Popen(
        program, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


def kill_a_writer(nursery: subprocess.Popen[str], home: Home, url: str, after: float) -> None:
    """Start a writer and kill it after so many seconds."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{home.root}\t{url}\n")
    nursery.stdin.flush()
    writer = int(nursery.stdout.readline())
    time.sleep(after)
    os.kill(writer, signal.SIGKILL)
    assert int(nursery.stdout.readline()) == signal.SIGKILL, "it ended before it was killed: it failed"


def check(home: Home, engine: DuckDBEngine, url: str, clock: FixedClock) -> str:
    """Read the last generation whole; give its name."""
    ledger = Ledger(url, clock)
    with ledger.read() as reader:
        assert journal.verify(reader) == []
        last = reader.generation()
        assert [f.statement for f in reader.findings()] == [last.id]
        assert len(reader.definitions(last.id)) == 1
    totals = engine.read(exp.select("*").from_(engine.published(last.id, "totals", "t"))).to_pylist()
    rows = last.tables["rows"]
    assert totals == [{"n": rows, "total": rows // writer_process.ROWS * sum(range(writer_process.ROWS))}]
    with writing(home, "check", clock):
        sweep(engine, ledger)
    ledger.close()
    return last.id


def test_a_kill_at_any_moment_leaves_the_last_published_state(
    nursery: subprocess.Popen[str],
    home: Home,
    settings: Settings,
    ledger_url: str,
    clock: FixedClock,
) -> None:
    moments = random.Random(20260301)  # noqa: S311 the moments of a test, no secret
    engine = DuckDBEngine(home.root, settings)
    ledger = Ledger(ledger_url, clock)
    writer_process.publish_once(home, engine, ledger)
    ledger.close()
    seen = [check(home, engine, ledger_url, clock)]
    for _ in range(KILLS):
        kill_a_writer(nursery, home, ledger_url, moments.uniform(0, LONGEST))
        seen.append(check(home, engine, ledger_url, clock))
    assert len(set(seen)) > 1, "no writer got as far as publishing: the machine is too slow for this test"
    leftovers = [p for p in home.root.rglob(".*") if p.name != ".gitignore"]
    assert leftovers == []
    assert len(list(engine.generations())) <= 3
    engine.close()
    assert list(home.temporary.iterdir()) == []
