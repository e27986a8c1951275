"""Killed at any moment, a refresh leaves what was published readable, and the next one loses and doubles nothing."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.query import Query
from leadline.store.journal import verify
from tests.app.test_command_line import DOCUMENTS, answers
from tests.nursery import Nursery, nursery_of
from tests.projects import LATER, quiet, write_project

MONTHS = [f"2025-{month:02d}" for month in range(1, 4)]
STATES = 3
MOMENTS = 44
Figures = list[tuple[str, str, float | None, int | None]]
FAST = {"kind": "detector", "name": "odd", "of": "answer", "type": "outlier", "column": "score"}


def figures(root: Path) -> Figures:
    """Give every published figure; the journal must be whole."""
    with workspace(root, actor="tester") as space:
        with space.ledger.read() as reader:
            assert verify(reader) == []
        published = open_published(space)
        asked = [Query(metric, "tester", "test") for metric in ("nps", "answers")]
        return [
            (o.metric, o.period, o.value, o.n) for found in evaluate_many(published, asked) for o in found
        ]


def write_files(root: Path, state: int) -> None:
    """Write every month's file; all of them differ between states."""
    for number, month in enumerate(MONTHS):
        text = answers(month, 20 + 7 * state + number)
        (root / f"data/{month}.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def nursery(root: Path) -> Iterator[Nursery]:
    """A process that has everything imported and forks refreshes."""
    with nursery_of("tests.app.refresh_process", root) as running:
        yield running


@pytest.mark.slow
def test_a_kill_loses_nothing_and_doubles_nothing(nursery: Nursery, tmp_path: Path) -> None:
    """A killed refresh may have loaded some of the files; the next one is of another state than what is published."""
    dice = random.Random(7)
    expected: list[Figures] = []
    documents = [*DOCUMENTS, FAST]
    for state in range(STATES):
        clean = write_project(tmp_path / f"clean-{state}", documents, {"data/note.txt": ""})
        write_files(clean, state)
        with workspace(clean, actor="tester") as space:
            refresh(space, LATER, quiet)
        expected.append(figures(clean))
    root = write_project(tmp_path / "killed", documents, {"data/note.txt": ""})
    write_files(root, 0)
    assert nursery.run(str(root))[1] == 0
    write_files(root, 1)
    whole, ended = nursery.run(str(root))
    assert ended == 0
    now, killed, seen = 1, 0, set()
    for moment in range(MOMENTS):
        wanted = (now + 1 + dice.randrange(STATES - 1)) % STATES  # another than is published
        write_files(root, wanted)
        _, ended = nursery.run(str(root), seconds=whole * 1.5 * (moment + dice.random()) / MOMENTS)
        killed += ended == -signal.SIGKILL
        found = figures(root)
        assert found in (expected[now], expected[wanted]), "neither the old state nor the new one, whole"
        now = wanted if found == expected[wanted] else now
        seen.add(now)
    assert killed > MOMENTS // 4
    write_files(root, 2)
    with workspace(root, actor="tester") as space:
        assert refresh(space, LATER, quiet).ingested.live_law.holds
        assert [p for p in space.home.root.rglob(".*") if p.name != ".gitignore"] == []
    assert figures(root) == expected[2]
    assert len(seen) > 1, "every refresh was killed before it published anything"
