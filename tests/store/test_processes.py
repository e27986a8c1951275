"""Two processes read what is published while a third publishes: each sees whole states, in their order."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from leadline.settings import Settings
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.lock import writing
from tests.store.writer_process import CLOCK, publish_once

AT_LEAST = 30
AT_MOST = 1000


def collect(output: IO[str], lines: list[str]) -> None:
    for line in output:
        lines.append(line.strip())  # noqa: PERF401 they are looked at while they come


@pytest.mark.thorough
def test_processes_read_whole_states_while_another_publishes(
    root: Path, home: Home, engine: DuckDBEngine, ledger: Ledger, ledger_url: str
) -> None:
    program = [sys.executable, "-W", "error", "-m", "tests.store.reader_process", str(home.root), ledger_url]
    with ExitStack() as running:
        readers = [
            running.enter_context(
                subprocess.Popen(program, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(2)
        ]
        collecting = running.enter_context(ThreadPoolExecutor(2))
        seen: list[list[str]] = [[], []]
        for reader, lines in zip(readers, seen, strict=True):
            assert reader.stdout is not None
            collecting.submit(collect, reader.stdout, lines)
        made: list[str] = []
        while len(made) < AT_LEAST or min(map(len, seen)) < 3:
            assert [reader.poll() for reader in readers] == [None, None]
            assert len(made) < AT_MOST
            made.append(publish_once(home, engine, ledger))
        for reader in readers:
            assert reader.stdin is not None
            reader.stdin.close()
    assert [reader.returncode for reader in readers] == [0, 0]
    for one in seen:
        assert one == [name for name in made if name in set(one)], "whole states, in the order of publication"


def test_who_only_reads_needs_no_lock(
    home: Home, engine: DuckDBEngine, settings: Settings, ledger: Ledger
) -> None:
    publish_once(home, engine, ledger)
    with writing(home, "refresh", CLOCK), ledger.read() as reader:
        last = reader.generation()
        other = DuckDBEngine(home.root, settings)
        assert list(other.generations()) == [last.id]
        other.close()
