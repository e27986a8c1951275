"""Held rows: listed, exported, mended, tried again; each row of a file counts once, whatever was done."""

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadline.errors import SourceError
from leadline.ingest import quarantine
from leadline.ingest.law import Law
from leadline.ingest.quarantine import Replayed
from leadline.ingest.result import live_law
from tests.ingest.conftest import CALLS
from tests.ingest.room import Room

FILE = """call_id,at,site,score,channel
1,2024-05-01 10:00,EM,7,phone
2,2024-05-01 11:00,XX,8,phone
3,2024-05-01 11:00,emaa,,phone
4,nonsense,EM,12,chat
5,2024-05-01 12:00
"""


def replay(room: Room, **options: Any) -> list[Replayed]:
    with room.staging() as staging:
        return quarantine.replay(
            room.catalog, room.engine, room.ledger, staging, room.clock, actor="mender", **options
        )


def export(room: Room, **options: Any) -> list[dict[str, str]]:
    target = io.StringIO()
    number = quarantine.export(room.engine, room.ledger, target, **options)
    rows = list(csv.DictReader(io.StringIO(target.getvalue())))
    assert len(rows) == number
    return rows


def mend(room: Room, rows: list[dict[str, str]], **cells: dict[str, str]) -> Path:
    """Write an export with some cells changed: by line (`l3`), by column."""
    path = room.root / "mended.csv"
    with path.open("w", newline="") as target:
        writer = csv.DictWriter(target, rows[0])
        writer.writeheader()
        writer.writerows(row | cells.get(f"l{row['_line']}", {}) for row in rows)
    return path


def ids(room: Room) -> list[str]:
    return [key for (key,) in room.rows("call", "call_id")]


@pytest.mark.thorough
def test_held_rows_are_grouped_by_file_and_reason_with_examples(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.write("in/b.csv", FILE.replace("\n1,", "\n7,").replace("\n5,2024-05-01 12:00", ""))
    room.ingest()
    groups = quarantine.groups(room.engine, room.ledger, examples=1)
    assert [(g.file, g.code, g.reason, g.rows) for g in groups] == [
        ("in/a.csv", "unknown-unit", "site names no unit", 2),
        ("in/a.csv", "not-an-instant", "at is not an instant", 1),
        ("in/a.csv", "fields", "wrong number of values", 1),
        ("in/b.csv", "unknown-unit", "site names no unit", 2),
        ("in/b.csv", "not-an-instant", "at is not an instant", 1),
    ]
    (example,) = groups[0].examples
    assert (example.line, example.raw["site"]) == (3, "XX")
    assert [str(r) for r in example.reasons] == ["site names no unit: 'XX'"]
    (two,) = groups[1].examples
    assert [str(r) for r in two.reasons] == [
        "at is not an instant: 'nonsense'", "score is above its maximum: '12'",
    ]  # fmt: skip
    assert [g.file for g in quarantine.groups(room.engine, room.ledger, file="in/b.csv")] == ["in/b.csv"] * 2
    assert quarantine.groups(room.engine, room.ledger, source="other") == []


def test_near_names_are_suggested_for_what_comes_from_a_list(room: Room) -> None:
    room.write("in/a.csv", FILE.replace("8,phone", "8,fone"))
    room.ingest()
    assert room.held()[4] == ["site names no unit: 'emaa'. Did you mean 'emea' or 'EM'?"]
    assert "channel is none of its allowed values: 'fone'. Did you mean 'phone'?" in room.held()[3]


def test_rows_are_found_by_code_or_words(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.ingest()
    for reason in ("unknown-unit", "site names no unit"):
        rows = quarantine.rows(room.engine, room.ledger, reason=reason)
        assert [row.line for row in rows] == [3, 4]


@pytest.mark.thorough
def test_an_export_has_the_files_columns_the_reasons_and_the_text_of_unreadable_rows(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.write("in/b.csv", "call_id;at;extra\n9;x;y\n")
    room.ingest()
    rows = export(room)
    assert list(rows[0]) == [
        "_held_id", "_file", "_line", "_reasons", "call_id", "at", "site", "score", "channel", "extra", "_text",
    ]  # fmt: skip
    assert [(r["_file"], r["_line"], r["call_id"], r["extra"]) for r in rows] == [
        ("in/a.csv", "3", "2", ""), ("in/a.csv", "4", "3", ""), ("in/a.csv", "5", "4", ""), ("in/a.csv", "6", "", ""),
        ("in/b.csv", "2", "9", "y"),
    ]  # fmt: skip
    assert rows[2]["_reasons"] == "at is not an instant: 'nonsense'; score is above its maximum: '12'"
    assert rows[3]["_text"] == "5,2024-05-01 12:00\n"
    assert [r["_line"] for r in export(room, reason="fields")] == ["6"]


@pytest.mark.thorough
def test_a_replay_after_a_fix_of_the_definitions_releases_rows_of_files_that_are_gone(room: Room) -> None:
    path = room.write("in/a.csv", FILE)
    room.ingest()
    path.unlink()
    room.write("leadline.yaml", CALLS.replace("codes: [EM, Europe]", "codes: [EM, Europe, XX]"))
    (done,) = replay(room)
    assert done.law == Law(3, 1, 2)
    assert done.batch is not None
    assert done.batch.replays == done.parent.id
    assert ids(room) == ["1", "2"]
    assert room.rows("call", "call_id", "_line", "site") == [("1", 2, "emea"), ("2", 3, "emea")]
    live = tuple(room.live())
    assert [(b.rows_in, b.rows_accepted, b.rows_quarantined, b.released) for b in live] == [
        (5, 1, 4, 1), (1, 1, 0, 0),
    ]  # fmt: skip
    assert live_law(live) == Law(5, 2, 3)
    assert sorted(room.held()) == [4, 5, 6]
    assert sum(g.rows for g in quarantine.groups(room.engine, room.ledger)) == 3
    assert replay(room)[0].law == Law(2, 0, 2)
    assert len(room.live()) == 2


@pytest.mark.thorough
def test_rows_mended_by_hand_are_released_and_the_others_stay(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.ingest()
    path = mend(
        room, export(room),
        l3={"site": "DE"}, l5={"at": "2024-05-01", "score": "10"},
        l6={"call_id": "5", "at": "2024-05-01 12:00", "site": "DE"},
    )  # fmt: skip
    (done,) = replay(room, corrected=path)
    assert done.law == Law(4, 3, 1)
    assert ids(room) == ["1", "2", "4", "5"]
    assert sorted(room.held()) == [4]
    assert live_law(tuple(room.live())) == Law(5, 4, 1)


@pytest.mark.thorough
def test_what_an_export_leaves_out_stays_held(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.ingest()
    rows = [row for row in export(room) if row["_line"] == "3"]
    (done,) = replay(room, corrected=mend(room, rows, l3={"site": "EM"}))
    assert done.law == Law(1, 1, 0)
    assert sorted(room.held()) == [4, 5, 6]


@pytest.mark.thorough
def test_a_released_row_takes_no_key_that_another_row_has(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.write("in/b.csv", "call_id,at\n8,2024-05-01\n")
    room.ingest()
    rows = export(room)
    (done,) = replay(
        room, corrected=mend(room, rows, l3={"site": "EM", "call_id": "8"}, l4={"site": "EM", "call_id": "1"})
    )
    assert done.law == Law(3, 0, 3)
    assert ids(room) == ["1", "8"]


@pytest.mark.thorough
def test_two_rows_mended_to_one_key_are_released_once(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.write("in/b.csv", FILE.replace("\n1,", "\n6,"))
    room.ingest()
    done = replay(room, corrected=mend(room, export(room), l3={"site": "EM"}))
    assert [d.law.accepted for d in done] == [1, 0]
    assert ids(room) == ["1", "2", "6"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda rows: [row | {"_held_id": "0000:3"} for row in rows], "0000:3"),
        (lambda rows: [row | {"_held_id": row["_held_id"].split(":")[0] + ":2"} for row in rows], ":2"),
        (lambda rows: [row | {"_held_id": "what"} for row in rows], "'what'"),
        (lambda rows: [{"_line": "1"} for _ in rows], "_held_id"),
    ],
)
def test_a_mended_file_that_names_other_rows_is_refused_whole(room: Room, change: Any, word: str) -> None:
    room.write("in/a.csv", FILE)
    room.ingest()
    path = mend(room, change(export(room)))
    with pytest.raises(SourceError) as caught:
        replay(room, corrected=path)
    assert caught.value.code == "correction"
    assert word in caught.value.message
    assert len(room.live()) == 1


@pytest.mark.thorough
def test_rows_are_mended_once(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.ingest()
    path = mend(room, export(room), l3={"site": "EM"})
    replay(room, corrected=path)
    with pytest.raises(SourceError):
        replay(room, corrected=path)
    assert ids(room) == ["1", "2"]


@pytest.mark.thorough
def test_a_changed_file_takes_back_what_was_released_and_says_so(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.ingest()
    replay(room, corrected=mend(room, export(room), l3={"site": "EM"}))
    room.write("in/a.csv", FILE + "9,2024-05-01,EM,7,phone\n")
    result = room.ingest()
    assert result.files[0].corrections_lost == 1
    assert ids(room) == ["1", "9"]
    assert result.live_law == Law(6, 2, 4)


@pytest.mark.thorough
def test_corrections_survive_a_change_of_the_mapping(room: Room) -> None:
    room.write("in/a.csv", FILE)
    room.ingest()
    replay(
        room, corrected=mend(room, export(room), l3={"site": "EM"}, l5={"at": "2024-05-01", "score": "10"})
    )
    assert ids(room) == ["1", "2", "4"]
    room.write("leadline.yaml", CALLS.replace("maximum: 10", "maximum: 9"))
    result = room.ingest()
    assert result.files[0].reason == "mapping changed"
    assert result.files[0].corrections_lost == 1
    assert ids(room) == ["1", "2"]
    assert result.live_law == Law(5, 2, 3)
    room.write("leadline.yaml", CALLS)
    assert room.ingest().files[0].corrections_lost == 0
    assert ids(room) == ["1", "2"]


@pytest.mark.thorough
def test_typed_values_come_back_as_they_were(room: Room) -> None:
    room.write(
        "leadline.yaml",
        CALLS.replace('"in/*.csv"', '"in/*.parquet"\ncolumns: {at: wall, score: score + 0.0}'),
    )
    (room.root / "in").mkdir()
    table = {
        "call_id": ["1", "2"],
        "wall": pa.array([1_000_001, 2_000_000], pa.timestamp("us")),
        "score": pa.array([0.1, 11.0]),
        "site": ["XX", "EM"],
    }
    path = room.root / "in/a.parquet"
    pq.write_table(pa.table(table), path)
    room.ingest()
    assert room.codes() == {1: ["unknown-unit", "not-a-whole-number"], 2: ["too-large"]}
    path.unlink()
    rows = export(room)
    assert [(r["wall"], r["score"]) for r in rows] == [
        ("1970-01-01 00:00:01.000001", "0.1"),
        ("1970-01-01 00:00:02", "11.0"),
    ]
    with pytest.raises(SourceError) as caught:
        replay(room, corrected=mend(room, rows, l1={"score": "many"}))
    assert "'score'" in caught.value.message
    (done,) = replay(room, corrected=mend(room, rows, l1={"score": "3", "site": "DE"}, l2={"score": ""}))
    assert done.law == Law(2, 2, 0)
    assert room.rows("call", "call_id", "score") == [("1", 3), ("2", None)]
