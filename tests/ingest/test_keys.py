"""One row per key over all files of a fact, whichever came first."""

import pytest

from leadline.ingest import checks
from leadline.ingest.runs import ingest
from tests.ingest.conftest import CALLS
from tests.ingest.room import Room

HEAD = "call_id,at\n"


def calls(*ids: str) -> str:
    return HEAD + "".join(f"{n},2024-05-01\n" for n in ids)


def held(room: Room) -> dict[str, dict[int, list[str]]]:
    return {b.file: room.held(b.file) for b in room.live() if b.rows_quarantined}


def owners(room: Room) -> dict[str, str]:
    """Give the file that holds each key."""
    files = {b.id: b.file for b in room.live()}
    return {key: files[batch] for key, batch in room.rows("call", "call_id", "_batch")}


def test_later_rows_of_a_key_are_held_and_name_the_first(room: Room) -> None:
    room.write("in/a.csv", calls("1", "2", "1", "1"))
    room.write("in/b.csv", calls("3", "2", "3", "2"))
    result = room.ingest()
    assert held(room) == {
        "in/a.csv": {4: ["the same key as an earlier row of the file: line 2"],
                     5: ["the same key as an earlier row of the file: line 2"]},
        "in/b.csv": {3: ["the same key as a row of another file: line 3 of in/a.csv"],
                     4: ["the same key as an earlier row of the file: line 2"],
                     5: ["the same key as a row of another file: line 3 of in/a.csv"]},
    }  # fmt: skip
    assert [b.reasons for b in result.live] == [
        {"the same key as an earlier row of the file": 2},
        {"the same key as a row of another file": 2, "the same key as an earlier row of the file": 1},
    ]


def test_a_held_row_leaves_its_key_to_the_next_row_that_is_sound(room: Room) -> None:
    room.write("in/a.csv", "call_id,at,score\n1,2024-05-01,99\n1,2024-05-01,5\n")
    room.ingest()
    assert room.rows("call", "call_id", "score", "_line") == [("1", 5, 3)]


@pytest.mark.thorough
def test_an_earlier_file_that_comes_later_takes_the_key(room: Room) -> None:
    room.write("in/b.csv", calls("1", "2"))
    room.ingest()
    room.write("in/a.csv", calls("1"))
    result = room.ingest()
    assert [(f.file, f.outcome, f.reason) for f in result.files] == [
        ("in/a.csv", "loaded", "new"), ("in/b.csv", "loaded", ""),
    ]  # fmt: skip
    assert owners(room) == {"1": "in/a.csv", "2": "in/b.csv"}


@pytest.mark.thorough
def test_a_key_that_a_changed_file_gives_up_goes_to_the_next_file(room: Room) -> None:
    room.write("in/a.csv", calls("1"))
    room.write("in/b.csv", calls("1", "2"))
    room.ingest()
    room.write("in/a.csv", calls("9"))
    room.ingest()
    assert owners(room) == {"1": "in/b.csv", "2": "in/b.csv", "9": "in/a.csv"}
    assert held(room) == {}


@pytest.mark.thorough
def test_a_change_moves_through_several_files(room: Room) -> None:
    room.write("in/a.csv", calls("1"))
    room.write("in/b.csv", calls("1", "2"))
    room.write("in/c.csv", calls("2", "1"))
    room.ingest()
    room.write("in/a.csv", calls("2"))
    room.ingest()
    assert owners(room) == {"2": "in/a.csv", "1": "in/b.csv"}
    assert sorted(held(room)["in/c.csv"]) == [2, 3]


@pytest.mark.thorough
def test_a_file_that_is_gone_keeps_its_keys(room: Room) -> None:
    path = room.write("in/b.csv", calls("1"))
    room.ingest()
    path.unlink()
    room.write("in/a.csv", calls("1", "2"))
    room.ingest()
    assert owners(room) == {"1": "in/b.csv", "2": "in/a.csv"}
    room.write("in/b.csv", calls("1"))
    room.ingest()
    assert owners(room) == {"1": "in/a.csv", "2": "in/a.csv"}


def test_keys_are_one_over_all_sources_of_a_fact(room: Room) -> None:
    room.write("leadline.yaml", f"{CALLS}---\nkind: source\nname: archive\nfact: call\nfiles: old.csv\n")
    room.write("in/a.csv", calls("1"))
    room.write("old.csv", calls("1"))
    room.ingest()
    assert owners(room) == {"1": "old.csv"}
    assert held(room) == {"in/a.csv": {2: ["the same key as a row of another file: line 2 of old.csv"]}}


@pytest.mark.thorough
def test_a_source_that_is_not_read_keeps_its_keys_until_all_are(room: Room) -> None:
    room.write("leadline.yaml", f"{CALLS}---\nkind: source\nname: archive\nfact: call\nfiles: old.csv\n")
    room.write("in/a.csv", calls("1"))
    room.ingest(sources=["calls"])
    room.write("old.csv", calls("1"))
    room.ingest(sources=["archive"])
    assert owners(room) == {"1": "in/a.csv"}
    room.ingest()
    assert owners(room) == {"1": "old.csv"}


@pytest.mark.thorough
def test_a_file_that_is_due_and_cannot_be_read_any_more_keeps_its_keys(room: Room) -> None:
    room.write("in/a.csv", calls("5"))
    room.write("in/b.csv", calls("1", "2"))
    room.ingest()
    room.write("in/a.csv", calls("1", "5"))
    room.write("in/b.csv", b"")
    result = room.ingest()
    assert {f.file: f.outcome for f in result.files} == {"in/a.csv": "loaded", "in/b.csv": "refused"}
    assert owners(room) == {"1": "in/b.csv", "2": "in/b.csv", "5": "in/a.csv"}
    room.write("in/b.csv", calls("2"))
    room.ingest()
    assert owners(room) == {"1": "in/a.csv", "2": "in/b.csv", "5": "in/a.csv"}


@pytest.mark.thorough
def test_files_that_must_change_together_are_told_in_one_transaction(room: Room) -> None:
    room.write("in/c.csv", calls("1"))
    room.ingest()
    room.write("in/a.csv", calls("1"))
    room.write("in/b.csv", calls("2"))
    told: list[int] = []

    class Watching:
        def __getattr__(self, name: str) -> object:
            if name == "write":
                told.append(len(room.batches()))
            return getattr(room.ledger, name)

    ingest(room.catalog, room.engine, Watching(), room.staging, room.clock, actor="t")  # type: ignore[arg-type]  # a ledger that watches
    assert told == [1]
    assert len(room.batches()) == 4


def test_keys_of_several_columns_are_compared_as_a_whole(room: Room) -> None:
    room.write("leadline.yaml", CALLS.replace("key: [call_id]", "key: [call_id, at]"))
    room.write("in/a.csv", HEAD + "1,2024-05-01\n1,2024-05-02\n1,2024-05-01 00:00\n,2024-05-01\n")
    room.ingest()
    assert room.codes() == {4: ["duplicate"], 5: ["missing"]}


def test_a_fact_without_a_key_takes_every_row(room: Room) -> None:
    room.write("leadline.yaml", CALLS.replace("key: [call_id]\n", ""))
    room.write("in/a.csv", calls("1", "1", "1"))
    room.write("in/b.csv", calls("1"))
    room.ingest()
    assert len(room.rows("call", "call_id")) == 4


@pytest.mark.thorough
def test_many_small_files_are_checked_against_each_other(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_ALIKE", 2)  # so that keys are put together at every size
    for n in range(15):
        room.write(f"in/{n:02}.csv", calls(str(n), str(n + 1)))
    result = room.ingest()
    assert (result.law.rows_in, result.law.accepted, result.law.held) == (30, 16, 14)
    room.write("in/10.csv", calls("x"))
    room.ingest()
    assert owners(room)["11"] == "in/11.csv"
