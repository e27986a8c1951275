"""Kill a fetch at any moment: the next one ends with every record, each once."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from leadline.ingest.landing.manifest import landed_folder, read_manifest
from tests.ingest.api.server import Call, Reply, serving
from tests.projects import write_project

ROWS = [
    {"id": n, "updated": f"2026-01-{1 + n // 24:02d}T{n % 24:02d}:00:00Z", "text": "x" * 500}
    for n in range(120)
]
PROGRAM = """
import os, sys
from datetime import timedelta
from leadline.ingest.landing import session
session.PATIENCE = timedelta(0)  # commit after each page: a kill finds more to spoil
import httpx2
import leadline.app.wiring, leadline.app.refresh, leadline.ingest.landing.api.walk
from leadline.app.cli import main
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.argv = ["leadline", "--project", line.strip(), "fetch"]
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""It has everything imported and forks a fetch for each line of its input; it says its number, then how it ended."""


def slow(call: Call) -> Reply:
    """Give ten records a page after a while, as a busy system does."""
    time.sleep(0.01)
    start = int(call.query.get("after", 0))
    since = call.query.get("since", "")
    rows = [row for row in ROWS if str(row["updated"]) >= since]
    more = start + 10 < len(rows)
    return Reply({"rows": rows[start : start + 10], "next": str(start + 10) if more else None})


def run(nursery: subprocess.Popen[str], root: Path, seconds: float | None) -> int:
    """Fetch in a process of its own, killed after some time; give how it ended."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{root}\n")
    nursery.stdin.flush()
    child = int(nursery.stdout.readline())
    if seconds is not None:
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return int(nursery.stdout.readline())


@pytest.fixture
def nursery() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


def landed(root: Path) -> list[int]:
    """Give the ids of all records that count."""
    folder = landed_folder(root, "things")
    manifest = read_manifest(folder)
    assert manifest is not None
    return sorted(
        int(n)
        for segment in manifest.segments
        for n in parquet.read_table(folder / segment.file)["id"].to_pylist()
    )


def project(root: Path, base: str) -> Path:
    api: dict[str, Any] = {
        "url": base, "path": "/rows", "records": "rows", "query": {"since": "{since}"}, "key": ["id"],
        "pages": {"cursor": {"from": "next", "to": "after"}}, "since": {"field": "updated"}, "updated": "updated",
    }  # fmt: skip
    columns = {"ticket_id": "id", "opened_at": "instant(updated)"}
    source = {"kind": "source", "name": "things", "fact": "ticket", "api": api, "columns": columns}
    return write_project(root, [{"kind": "project"}, source], {})


@pytest.mark.slow
def test_a_fetch_may_be_killed_at_any_moment(nursery: subprocess.Popen[str], tmp_path: Path) -> None:
    chance = random.Random(5)
    with serving(slow) as server:
        assert (
            run(nursery, project(tmp_path / "first", server.base), None) == 0
        )  # while the program is still loading
        whole = project(tmp_path / "whole", server.base)
        begun = time.perf_counter()
        assert run(nursery, whole, None) == 0
        took = time.perf_counter() - begun
        expected = landed(whole)
        assert expected == list(range(120))
        killed = 0
        for moment in range(4):
            root = project(tmp_path / f"killed-{moment}", server.base)
            for _ in range(1 + moment % 2):  # the run that goes on may be killed too
                killed += run(nursery, root, took * (0.1 + 0.8 * chance.random())) == -signal.SIGKILL
            assert run(nursery, root, None) == 0
            assert landed(root) == expected
            shutil.rmtree(root)
    assert killed > 1
