"""Kill ingest at any moment: what was published stays readable, and another run ends where a fresh load ends."""

import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp

from leadline.store import journal
from leadline.store.entries import Generation, generation_id
from leadline.store.lock import writing
from leadline.store.sweep import sweep
from tests.ingest.conftest import CALLS
from tests.ingest.room import CLOCK, Room, opened
from tests.nursery import Nursery, nursery_of

PROJECT = f"""{CALLS}
---
kind: fact
name: visit
key: [call_id]
columns:
  call_id: {{type: text}}
  at: {{type: instant, required: true}}
  score: {{type: integer}}
---
kind: source
name: visits
fact: visit
files: "out/*.csv"
"""
"""Two facts, so that two files are at hand together."""

ROWS = 3_000
FILES = 6


def file(first: int, *, stolen: int | None = None) -> str:
    lines = [
        "call_id,at,site,score",
        *(f"{n},2024-05-01 10:00,EM,{n % 11}" for n in range(first, first + ROWS)),
    ]
    if stolen is not None:
        lines.append(f"{stolen},2024-05-01 10:00,EM,5")
    return "\n".join([*lines, "broken,2024-05-01", ""])


def change_files(room: Room) -> None:
    """Change, add and remove files; the first takes a key that the last, unchanged one holds."""
    for folder in ("in", "out"):
        room.write(f"{folder}/0.csv", file(0, stolen=ROWS * (FILES - 1) + 7))
        room.write(f"{folder}/2.csv", file(ROWS * 2 + 1))
        room.write(f"{folder}/9.csv", file(ROWS * 20))
        (room.root / folder / "3.csv").unlink()


def publish(room: Room) -> tuple[str, int]:
    """Publish how many rows count; give the generation and the number."""
    name = generation_id(CLOCK.now())
    number = len(room.rows("call", "call_id"))
    room.engine.publish(name, {"counted": exp.select(exp.convert(number).as_("n"))})
    batches = tuple(b.id for b in room.live())
    made = Generation(
        id=name,
        published_at=CLOCK.now(),
        as_of=CLOCK.now(),
        batches=batches,
        definitions=(),
        tables={},
        actor="me",
    )
    with room.ledger.write(actor="me") as writer:
        writer.publish(made)
    return name, number


@pytest.fixture
def nursery(root: Path) -> Iterator[Nursery]:
    """A process that has everything imported and forks runs."""
    with nursery_of("tests.ingest.ingest_process", root) as running:
        yield running


def killed_at(nursery: Nursery, tmp_path: Path, moments: int) -> None:
    with opened(tmp_path / "prepared", PROJECT) as room:
        for n in range(FILES):
            room.write(f"in/{n}.csv", file(ROWS * n))
            room.write(f"out/{n}.csv", file(ROWS * n))
        room.ingest()
        generation, number = publish(room)
        assert number == ROWS * FILES
        change_files(room)
    shutil.copytree(tmp_path / "prepared", tmp_path / "unharmed")
    shutil.copytree(tmp_path / "prepared", tmp_path / "first")
    assert (
        nursery.run(str(tmp_path / "first"))[1] == 0
    )  # the first run of a process is not as fast as the others
    whole, ended = nursery.run(str(tmp_path / "unharmed"))
    assert ended == 0
    with opened(tmp_path / "unharmed", PROJECT) as room:
        expected = state(room)
    chance = random.Random(7)
    killed = 0
    for moment in range(moments):
        root = tmp_path / f"killed-{moment}"
        shutil.copytree(tmp_path / "prepared", root)
        _, ended = nursery.run(str(root), seconds=whole * (moment + chance.random()) / moments)
        killed += ended == -signal.SIGKILL
        with opened(root, PROJECT) as room:
            check(room, generation, number)
            with writing(room.engine._home, "ingest", CLOCK):
                assert room.ingest().live_law.holds
                sweep(room.engine, room.ledger)
            check(room, generation, number)
            assert state(room) == expected
        shutil.rmtree(root)
    assert killed > moments // 3


def check(room: Room, generation: str, number: int) -> None:
    """The published generation is readable, with the rows that it was made from."""
    with room.ledger.read() as reader:
        assert journal.verify(reader) == []
        last = reader.generation()
    assert last.id == generation
    counted = room.engine.read(
        exp.select("n").from_(room.engine.published([generation], "counted", {"n": "integer"}, "c"))
    )
    assert counted.column(0).to_pylist() == [number]
    calls = {b.id for b in room.batches() if b.fact == "call"}
    assert sum(len(room.rows("call", "call_id", key=b)) for b in last.batches if b in calls) == number


def state(room: Room) -> tuple[list[tuple[Any, ...]], dict[str, dict[int, list[str]]]]:
    """Give all rows that count, and all that are held."""
    files = {b.id: b.file for b in room.live()}
    rows = [
        (files[b], *rest)
        for fact in ("call", "visit")
        for b, *rest in room.rows(fact, "_batch", "_line", "call_id", "score")
    ]
    return sorted(rows), {name: room.held(name) for name in files.values()}


@pytest.mark.thorough
def test_a_killed_run_leaves_what_was_published_and_the_next_one_completes_it(
    nursery: Nursery, tmp_path: Path
) -> None:
    killed_at(nursery, tmp_path, moments=2)


@pytest.mark.slow
def test_a_run_may_be_killed_at_any_moment(nursery: Nursery, tmp_path: Path) -> None:
    killed_at(nursery, tmp_path, moments=24)
