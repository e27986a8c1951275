"""Two processes read what is published while a third publishes: each sees whole states, in their order."""

import json
import subprocess
import sys
from pathlib import Path

from leadline.clock import FixedClock
from leadline.settings import Settings
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from tests.store.writer_process import publish_once

PUBLICATIONS = 30


def test_processes_read_whole_states_while_another_publishes(
    root: Path, home: Home, settings: Settings, ledger_url: str, clock: FixedClock
) -> None:
    engine, ledger = DuckDBEngine(home.root, settings), Ledger(ledger_url, clock)
    made = [publish_once(home, engine, ledger)]
    program = [sys.executable, "-W", "error", "-m", "tests.store.reader_process", str(home.root), ledger_url]
    readers = [
        subprocess.Popen(program, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    waiting = list(home.temporary.iterdir())
    while len(list(home.temporary.iterdir())) < len(waiting) + 2:
        assert all(reader.poll() is None for reader in readers), "a reader failed to start"
    made += [publish_once(home, engine, ledger) for _ in range(PUBLICATIONS)]
    said = [json.loads(reader.communicate("stop\n", timeout=60)[0]) for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0]
    for one in said:
        assert one["seen"] == [name for name in made if name in set(one["seen"])], (
            "in the order of publication"
        )
        assert len(one["seen"]) > 1
    engine.close()
    ledger.close()


def test_a_process_that_only_reads_needs_no_lock(home: Home, settings: Settings, ledger: Ledger) -> None:
    engine = DuckDBEngine(home.root, settings)
    publish_once(home, engine, ledger)
    from leadline.store.lock import writing
    from tests.store.writer_process import CLOCK

    with writing(home, "refresh", CLOCK), ledger.read() as reader:
        last = reader.generation()
        other = DuckDBEngine(home.root, settings)
        assert list(other.generations()) == [last.id]
        other.close()
    engine.close()
