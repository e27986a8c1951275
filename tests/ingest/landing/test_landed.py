"""Tables that a real dlt wrote, and files as Airbyte writes them: finished loads alone, the newest of each key."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from leadline.errors import LeadlineError
from tests.ingest.landing.fetched import FACT, fetched
from tests.ingest.landing.servers import Server
from tests.ingest.room import Room, opened

NOBODY = Server("files", "", "", None, "")


def project(**landed: object) -> str:
    source = {
        "kind": "source", "name": "tickets", "fact": "sale", "landed": {"table": "tickets", **landed},
        "columns": {"id": "id", "status": "status", "note": "who__name"}, "header_names": ["id", "status", "who__name"],
    }  # fmt: skip
    documents = [{"kind": "project", "name": "read", "time_zone": "UTC"}, FACT, source]
    return "---\n".join(yaml.safe_dump(document, sort_keys=False) for document in documents)


@pytest.fixture(scope="module")
def dlt(root: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that runs pipelines."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.ingest.landing.dlt_process"]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        yield running
        assert running.stdin
        running.stdin.close()


def run(dlt: "subprocess.Popen[str]", kind: str, folder: Path, disposition: str, rows: object) -> None:
    """Let dlt load rows."""
    folder.mkdir(parents=True, exist_ok=True)
    assert dlt.stdin
    assert dlt.stdout
    dlt.stdin.write(f"{kind} {folder} {disposition} {json.dumps(rows)}\n")
    dlt.stdin.flush()
    assert dlt.stdout.readline() == "done\n"


def loaded(room: Room) -> list[tuple[object, ...]]:
    """Fetch and load; give what counts."""
    fetched(room, NOBODY)
    assert room.ingest().live_law.held == 0
    return room.rows("sale", "id", "status", "note")


FIRST = [
    {"id": 1, "status": "open", "who": {"name": "Ann"}},
    {"id": 2, "status": "open", "who": {"name": "Bo"}},
]


@pytest.mark.slow
def test_what_dlt_wrote_into_a_database_is_read_when_its_load_ended(
    dlt: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    run(dlt, "sqlite", theirs, "merge", FIRST)
    with opened(tmp_path / "p", project(by="dlt", url=f"sqlite:///{theirs}/crm.db")) as room:
        assert loaded(room) == [(1, "open", "Ann"), (2, "open", "Bo")]
        run(dlt, "sqlite", theirs, "merge", [{"id": 2, "status": "done", "who": {"name": "Bo"}}])
        with closing(sqlite3.connect(theirs / "crm.db")) as connection, connection:
            last = connection.execute("SELECT max(load_id) FROM _dlt_loads").fetchone()
            connection.execute("UPDATE _dlt_loads SET status = 1 WHERE load_id = ?", last)
        assert loaded(room) == [(1, "open", "Ann")], "the row of a load that did not end is not there yet"
        with closing(sqlite3.connect(theirs / "crm.db")) as connection, connection:
            connection.execute("UPDATE _dlt_loads SET status = 0")
        assert loaded(room) == [(1, "open", "Ann"), (2, "done", "Bo")]
        run(dlt, "sqlite", theirs, "replace", [{"id": 3, "status": "new", "who": {"name": "Cy"}}])
        assert loaded(room) == [(3, "new", "Cy")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_what_dlt_wrote_into_files_is_read_when_its_load_ended(
    dlt: "subprocess.Popen[str]", tmp_path: Path, kind: str
) -> None:
    theirs = tmp_path / "theirs"
    run(dlt, kind, theirs, "append", FIRST)
    with opened(tmp_path / "p", project(by="dlt", folder=str(theirs / "crm"), key=["id"])) as room:
        assert loaded(room) == [(1, "open", "Ann"), (2, "open", "Bo")]
        run(dlt, kind, theirs, "append", [{"id": 2, "status": "done", "who": {"name": "Bo"}}])
        newest = max((theirs / "crm/_dlt_loads").iterdir())
        text = newest.read_text()
        newest.unlink()
        assert loaded(room) == [(1, "open", "Ann"), (2, "open", "Bo")]
        newest.write_text(text)
        assert loaded(room) == [(1, "open", "Ann"), (2, "done", "Bo")]


def airbyte(number: int, at: int, *, deleted: str | None = None, **data: object) -> str:
    """A record as Airbyte's file destinations write it."""
    record = {
        "_airbyte_raw_id": f"raw-{number}-{at}", "_airbyte_extracted_at": 1_700_000_000_000 + at, "_airbyte_meta": {},
        "_airbyte_data": {"id": number, "_ab_cdc_deleted_at": deleted, **data},
    }  # fmt: skip
    return json.dumps(record) + "\n"


@pytest.mark.thorough
def test_of_what_airbyte_appended_the_newest_counts_and_what_was_deleted_goes(tmp_path: Path) -> None:
    place = tmp_path / "lake/tickets"
    place.mkdir(parents=True)
    (place / "2026_1.jsonl").write_text(
        airbyte(1, 1, status="open") + airbyte(2, 2, status="done") + airbyte(3, 1, status="open")
    )
    (place / "2026_2.jsonl").write_text(
        airbyte(2, 1, status="open") + airbyte(3, 2, status="open", deleted="2026-05-01T00:00:00Z")
    )
    with opened(tmp_path / "p", project(by="airbyte", folder=str(tmp_path / "lake"), key=["id"])) as room:
        assert loaded(room) == [(1, "open", None), (2, "done", None)]
        (place / "2026_3.jsonl").write_text(
            airbyte(3, 3, status="back") + airbyte(1, 2, status="", deleted="x")
        )
        assert loaded(room) == [(2, "done", None), (3, "back", None)]


def test_what_airbyte_wrote_into_a_database_is_read_without_what_was_deleted(
    server: Server, tmp_path: Path
) -> None:
    server.run(
        "CREATE TABLE tickets (_airbyte_raw_id VARCHAR(36), _airbyte_extracted_at TIMESTAMP NULL, _airbyte_meta TEXT,"
        " _ab_cdc_deleted_at VARCHAR(40), id BIGINT, status VARCHAR(9), who__name VARCHAR(9))",
        "INSERT INTO tickets VALUES ('a', '2026-05-01 10:00:00', '{}', NULL, 1, 'open', 'Ann'),"
        " ('b', '2026-05-01 10:00:01', '{}', '2026-05-01', 2, 'open', 'Bo')",
    )
    secret = {"secret": "theirs"} if server.password else {}
    with opened(tmp_path / "p", project(by="airbyte", url=server.url, **secret)) as room:
        fetched(room, server)
        room.ingest()
        assert room.rows("sale", "id", "status", "note") == [(1, "open", "Ann")]


def test_a_broken_line_of_a_finished_load_takes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "lake/tickets"
    place.mkdir(parents=True)
    (place / "1.jsonl").write_text(airbyte(1, 1, status="open") + "{broken\n")
    with opened(tmp_path / "p", project(by="airbyte", folder=str(tmp_path / "lake"))) as room:
        with pytest.raises(LeadlineError) as refused:
            fetched(room, NOBODY)
        assert refused.value.code == "landed-file"
        assert room.ingest().files == ()
