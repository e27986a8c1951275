"""Killed at any moment of a fetch or of the load after it, the next run ends where one ends that was never killed."""

import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadline.ingest.landing.manifest import landed_folder, read_manifest
from tests.ingest.landing.fetched import project
from tests.ingest.landing.landings import landed
from tests.ingest.landing.servers import Server
from tests.ingest.room import Room, opened
from tests.nursery import Nursery, nursery_of

ROWS = 2_000


@pytest.fixture
def nursery(root: Path) -> Iterator[Nursery]:
    """A process that has everything imported and forks runs."""
    with nursery_of("tests.ingest.landing.fetch_process", root) as running:
        yield running


def line(root: Path, server: Server) -> str:
    """Say what is to be fetched."""
    return f"{root} {server.password}"


def fill(server: Server, first: int, last: int, minute: int) -> None:
    """Put rows in."""
    rows = ", ".join(f"({n}, 'open', {n}, '2026-05-01 10:{minute:02}:00')" for n in range(first, last))
    server.run(f"INSERT INTO tickets VALUES {rows}")


def state(room: Room) -> list[tuple[Any, ...]]:
    """Give all that counts, and see that nothing is lost, doubled or left over."""
    folder = landed_folder(room.root, "tickets")
    manifest = read_manifest(folder)
    assert manifest is not None
    assert len(landed(room.root)) == manifest.rows
    assert {p.name for p in folder.iterdir()} == {*manifest.files, "manifest.json"}
    return room.rows("sale", "id", "status", "amount")


def killed_at(nursery: Nursery, server: Server, tmp_path: Path, moments: int, *, first: bool) -> None:
    """Kill a first fetch, or one after changes, at so many moments."""
    server.run(
        "CREATE TABLE tickets (id BIGINT PRIMARY KEY, status VARCHAR(9), amount INTEGER, changed TIMESTAMP NULL)"
    )
    fill(server, 0, ROWS, 0)
    prepared = tmp_path / "prepared"
    columns = {"changed": "instant(changed)"} if server.kind == "sqlite" else {}
    text = project(server, columns, updated="changed", deletions="compare_keys", deleted="status = 'gone'")
    with opened(prepared, text):
        pass
    if not first:
        assert nursery.run(line(prepared, server))[1] == 0
        server.run(
            "UPDATE tickets SET status = 'done', changed = '2026-05-01 10:30:00' WHERE id % 7 = 0",
            "UPDATE tickets SET status = 'gone', changed = '2026-05-01 10:31:00' WHERE id % 50 = 3",
            "DELETE FROM tickets WHERE id % 100 = 9",
        )
        fill(server, ROWS, ROWS + 500, 32)
    for name in ("first", "unharmed"):
        shutil.copytree(prepared, tmp_path / name)
        whole, ended = nursery.run(line(tmp_path / name, server))
        assert ended == 0
    with opened(tmp_path / "unharmed", text) as room:
        expected = state(room)
    count, _ = server.run("SELECT count(*), 0 FROM tickets WHERE status <> 'gone'")[0]
    assert len(expected) == count
    chance = random.Random(11)
    killed = 0
    for moment in range(moments):
        root = tmp_path / f"killed-{moment}"
        shutil.copytree(prepared, root)
        _, ended = nursery.run(line(root, server), seconds=whole * (moment + chance.random()) / moments)
        killed += ended == -signal.SIGKILL
        assert nursery.run(line(root, server))[1] == 0
        with opened(root, text) as room:
            assert state(room) == expected
        shutil.rmtree(root)
    assert killed > moments // 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "first", "moments"),
    [("postgresql", True, 12), ("postgresql", False, 12), ("mariadb", False, 4), ("sqlite", False, 4)],
    indirect=["server"],
)
def test_a_killed_fetch_is_completed_by_the_next(
    nursery: Nursery, server: Server, tmp_path: Path, *, first: bool, moments: int
) -> None:
    killed_at(nursery, server, tmp_path, moments, first=first)
