"""Killed at any moment, a refresh leaves what was published readable, and the next one loses and doubles nothing."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.errors import NothingPublished
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from leadline.store.journal import verify
from tests.app.test_command_line import DOCUMENTS, answers
from tests.projects import LATER, quiet, write_project

MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
MOMENTS = 8


def figures(root: Path) -> list[tuple[str, str, float | None, int]] | None:
    """Give every published figure, or None when nothing was published; the journal must be whole."""
    with workspace(root, actor="tester") as space:
        with space.ledger.read() as reader:
            assert verify(reader) == []
        try:
            published = open_published(space)
        except NothingPublished:
            return None
        return [
            (metric, o.period, o.value, o.n)
            for metric in ("nps", "answers")
            for o in evaluate(published, Query(metric, "tester", "test"))
        ]


def files(root: Path, version: int) -> None:
    """Write every month's file, each different in every version."""
    for number, month in enumerate(MONTHS):
        (root / f"data/{month}.csv").write_text(answers(month, 20 + version + number), encoding="utf-8")


@pytest.mark.slow
def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    dice = random.Random(7)
    root = write_project(tmp_path / "killed", DOCUMENTS, {f"data/{m}.csv": answers(m) for m in MONTHS})
    began = time.monotonic()
    with workspace(root, actor="tester") as space:
        refresh(space, LATER, quiet)
    usual = time.monotonic() - began + 2  # and two seconds to start
    before = figures(root)
    killed = 0
    for version in range(1, MOMENTS + 1):
        files(root, version)
        command = [
            sys.executable,
            "-c",
            "from leadline.app.cli import main; main()",
            "--project",
            str(root),
            "refresh",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.2, usual))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        now = figures(root)
        clean = write_project(tmp_path / f"clean{version}", DOCUMENTS, {})
        (clean / "data").mkdir()
        files(clean, version)
        with workspace(clean, actor="tester") as space:
            refresh(space, LATER, quiet)
        assert now in (before, figures(clean)), (
            "what is published is neither the old state nor the new one, whole"
        )
        before = now
    assert killed, "no process was killed: the moments are too late"
    with workspace(root, actor="tester") as space:
        result = refresh(space, LATER, quiet)
        assert result.ingested.live_law.holds
    assert figures(root) == figures(clean)
