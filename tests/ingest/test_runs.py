"""A run: each file once, changes in place of what they change, nothing lost, every file's fate told."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import LeadlineError
from leadline.ingest import work
from leadline.ingest.law import Law, LawBroken
from leadline.ingest.result import Step
from leadline.ingest.sources import files
from leadline.ingest.sources.files import digest
from tests.ingest.conftest import CALLS
from tests.ingest.room import Room

A = "call_id,at,site,score,channel\n1,2024-05-01 10:00,EM,7,phone\n2,2024-05-01 11:00,XX,8,phone\n"
B = "call_id,at,site,score,channel\n3,2024-05-02 10:00,DE,7,chat\n"


def fates(result: Any) -> dict[str, str]:
    return {f.file: f.outcome for f in result.files}


def ids(room: Room) -> list[str]:
    return [call for (call,) in room.rows("call", "call_id")]


def touch(path: Path, later: int = 5) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + later * 10**9))


def test_rows_are_accepted_or_held_and_the_law_is_shown(room: Room) -> None:
    room.write("in/a.csv", A)
    room.write("in/b.csv", B)
    result = room.ingest()
    assert fates(result) == {"in/a.csv": "loaded", "in/b.csv": "loaded"}
    assert result.law == Law(3, 2, 1)
    assert str(result.law) == "3 rows in = 2 accepted + 1 held"
    assert result.live_law == result.law
    assert room.held() == {3: ["site names no unit: 'XX'"]}
    assert room.rows("call", "call_id", "site", "_line") == [("1", "emea", 2), ("3", "dach", 2)]
    (first, second) = result.live
    assert (first.rows_in, first.rows_accepted, first.rows_quarantined) == (2, 1, 1)
    assert first.reasons == {"site names no unit": 1}
    assert first.at_min is not None
    assert first.at_min.isoformat() == "2024-05-01T08:00:00+00:00"
    assert first.at_max == first.at_min
    assert second.fact == "call"


def test_a_second_run_loads_nothing(room: Room) -> None:
    room.write("in/a.csv", A)
    first = room.ingest()
    for _ in range(2):
        again = room.ingest()
        assert fates(again) == {"in/a.csv": "unchanged"}
        assert again.law == Law()
        assert [b.id for b in again.live] == [b.id for b in first.live]
    assert len(room.batches()) == 1


def test_a_file_that_was_touched_is_hashed_once_and_known_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room.write("in/a.csv", A)
    room.ingest()
    touch(path)
    assert fates(room.ingest()) == {"in/a.csv": "unchanged"}
    monkeypatch.setattr(
        "leadline.ingest.survey.digest", lambda _: pytest.fail("hashed although nothing changed")
    )
    assert fates(room.ingest()) == {"in/a.csv": "unchanged"}
    assert len(room.batches()) == 1


@pytest.mark.thorough
def test_a_change_that_keeps_size_and_time_is_seen_if_the_file_was_just_written(room: Room) -> None:
    """A stamp younger than two seconds is not trusted: the file may change again without its time telling."""
    path = room.write("in/a.csv", B)
    status = path.stat()
    room.clock = type(room.clock)(room.clock.now().fromtimestamp(status.st_mtime, tz=room.clock.now().tzinfo))
    room.ingest()
    path.write_text(B.replace("3,", "4,", 1))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert fates(room.ingest()) == {"in/a.csv": "loaded"}
    assert ids(room) == ["4"]


@pytest.mark.thorough
def test_a_changed_file_supersedes_what_it_loaded(room: Room) -> None:
    room.write("in/a.csv", A)
    (old,) = room.ingest().live
    room.write("in/a.csv", A.replace("XX", "DE").replace("1,2024", "9,2024"))
    result = room.ingest()
    (new,) = result.live
    assert fates(result) == {"in/a.csv": "loaded"}
    assert result.files[0].supersedes == old.id
    assert result.files[0].reason == "changed"
    assert ids(room) == ["2", "9"]
    assert [(b.id, b.superseded_by) for b in room.batches()] == [(old.id, new.id), (new.id, None)]


@pytest.mark.thorough
def test_a_file_that_goes_back_to_what_it_was_is_loaded_again(room: Room) -> None:
    for text in (A, B, A):
        room.write("in/a.csv", text)
        assert fates(room.ingest()) == {"in/a.csv": "loaded"}
    assert ids(room) == ["1"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('files: "in/*.csv"', 'files: "in/*.csv"\ncolumns: {channel: "\'chat\'"}'),
        ("time_zone: Europe/Berlin", "time_zone: UTC"),
        ("codes: [EM, Europe]", "codes: [EM, Europe, XX]"),
        ("minimum: 0, maximum: 10", "minimum: 8, maximum: 10"),
        ('files: "in/*.csv"', 'files: "in/*.csv"\nnull_values: ["", XX]'),
    ],
)
def test_what_decides_the_result_loads_the_file_anew(room: Room, old: str, new: str) -> None:
    room.write("in/a.csv", A)
    room.ingest()
    room.write("leadline.yaml", CALLS.replace(old, new))
    result = room.ingest()
    assert fates(result) == {"in/a.csv": "loaded"}
    assert result.files[0].reason == "mapping changed"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: source", "kind: source\ntitle: Calls\nowner: someone"),
        ('files: "in/*.csv"', 'files: "in/**/*.csv"'),
        ('files: "in/*.csv"', 'files: "in/*.csv"\ntime_zone: Europe/Berlin'),
        ("type: text, one_of: [phone, chat]", "one_of: [chat, phone], type: text, description: How"),
    ],
)
def test_what_only_describes_does_not(room: Room, old: str, new: str) -> None:
    room.write("in/a.csv", A)
    room.ingest()
    room.write("leadline.yaml", CALLS.replace(old, new))
    assert fates(room.ingest()) == {"in/a.csv": "unchanged"}


@pytest.mark.thorough
def test_rows_of_a_file_that_is_gone_still_count_and_it_is_told(room: Room) -> None:
    path = room.write("in/a.csv", A)
    room.write("in/b.csv", B)
    room.ingest()
    path.unlink()
    result = room.ingest()
    assert fates(result) == {"in/a.csv": "gone", "in/b.csv": "unchanged"}
    assert ids(room) == ["1", "3"]
    room.write("in/a.csv", A)
    assert fates(room.ingest()) == {"in/a.csv": "unchanged", "in/b.csv": "unchanged"}


@pytest.mark.thorough
def test_a_file_that_the_pattern_leaves_out_counts_no_longer_until_it_is_meant_again(room: Room) -> None:
    room.write("in/a.csv", A)
    room.write("in/b.csv", B)
    room.ingest()
    room.write("leadline.yaml", CALLS.replace("in/*.csv", "in/b*.csv"))
    result = room.ingest()
    assert fates(result)["in/a.csv"] == "retired"
    assert ids(room) == ["3"]
    assert [b.file for b in result.live] == ["in/b.csv"]
    assert "in/a.csv" not in fates(room.ingest())
    room.write("leadline.yaml", CALLS)
    room.ingest()
    assert ids(room) == ["1", "3"]


@pytest.mark.thorough
def test_a_source_that_is_renamed_takes_its_rows_with_it(room: Room) -> None:
    room.write("in/a.csv", A)
    room.ingest()
    room.write("leadline.yaml", CALLS.replace("kind: source\nname: calls", "kind: source\nname: phone"))
    result = room.ingest()
    assert sorted((f.source, f.outcome) for f in result.files) == [("calls", "retired"), ("phone", "loaded")]
    assert ids(room) == ["1"]


REFUSED = {
    "empty-file": b"",
    "truncated-gzip": gzip.compress(B.encode())[:-9],
    "not-text": bytes(range(256)) * 50,
    "unclosed-quote": B.encode() + b'5,"',
    "unknown-column": b"x,y\n1,2\n",
    "missing-column": b"call_id,score\n1,2\n",
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_file_that_is_unusable_as_a_whole_is_refused_and_the_others_load(room: Room, code: str) -> None:
    if code == "unknown-column":
        room.write("leadline.yaml", CALLS.replace('"in/*.csv"', '"in/*.csv"\ncolumns: {site: site_code}'))
        room.write("in/b.csv", B.replace("site", "site_code"))
    else:
        room.write("in/b.csv", B)
    room.write("in/a.csv", REFUSED[code])
    result = room.ingest()
    assert fates(result) == {"in/a.csv": "refused", "in/b.csv": "loaded"}
    (refused,) = result.refused
    assert refused.code == code
    assert refused.reason
    assert ids(room) == ["3"]
    again = room.ingest()
    assert fates(again) == {"in/a.csv": "refused", "in/b.csv": "unchanged"}
    assert again.refused[0].reason == refused.reason
    assert len(room.batches()) == 2


@pytest.mark.thorough
def test_a_refused_change_leaves_what_was_loaded_before(room: Room) -> None:
    room.write("in/a.csv", A)
    (old,) = room.ingest().live
    room.write("in/a.csv", b"")
    result = room.ingest()
    assert fates(result) == {"in/a.csv": "refused"}
    assert result.refused[0].batch == result.live[0]
    assert result.live[0].id == old.id
    assert ids(room) == ["1"]
    room.write("in/a.csv", B)
    assert fates(room.ingest()) == {"in/a.csv": "loaded"}
    assert ids(room) == ["3"]


@pytest.mark.thorough
def test_a_file_that_changes_while_it_is_read_is_tried_again_next_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room.write("in/a.csv", A)
    whole = files.Opened.read

    def read(self: files.Opened, size: int) -> bytes:
        touch(path)
        return whole(self, size)

    with monkeypatch.context() as patch:
        patch.setattr(files.Opened, "read", read)
        result = room.ingest()
    assert [f.code for f in result.refused] == ["changing-file"]
    assert room.batches() == []
    assert fates(room.ingest()) == {"in/a.csv": "loaded"}


@pytest.mark.thorough
def test_a_file_that_may_not_be_read_is_refused_for_now(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room.write("in/a.csv", A)
    room.ingest()
    touch(path)
    with monkeypatch.context() as patch:
        patch.setattr("leadline.ingest.survey.digest", lambda _: digest(room.root / "not there"))
        result = room.ingest()
    assert [f.code for f in result.refused] == ["unreadable-file"]
    assert ids(room) == ["1"]
    assert fates(room.ingest()) == {"in/a.csv": "unchanged"}


def test_files_of_one_pattern_may_have_different_columns_in_any_order(room: Room) -> None:
    room.write("in/a.csv", "extra,at,CALL_ID\nx,2024-05-01 10:00,1\n")
    room.write("in/b.csv", "call_id;at;score\n2;2024-05-01 10:00;5\n")
    room.ingest()
    assert room.rows("call", "call_id", "score") == [("1", None), ("2", 5)]


def test_a_pattern_without_files_is_told(room: Room) -> None:
    result = room.ingest()
    assert result.empty == ("calls",)
    assert result.files == ()


@pytest.mark.thorough
def test_only_the_sources_asked_for_are_read(room: Room) -> None:
    room.write("leadline.yaml", f"{CALLS}---\nkind: source\nname: chats\nfact: call\nfiles: chats.csv\n")
    room.write("in/a.csv", A)
    room.write("chats.csv", B)
    assert fates(room.ingest(sources=["chats"])) == {"chats.csv": "loaded"}
    assert fates(room.ingest(sources=["calls"])) == {"in/a.csv": "loaded"}
    with pytest.raises(LeadlineError) as caught:
        room.ingest(sources=["chat"])
    assert caught.value.code == "unknown-source"
    assert "'chats'" in caught.value.hint


@pytest.mark.thorough
def test_progress_tells_files_rows_and_bytes(room: Room) -> None:
    room.write("in/a.csv", A)
    room.write("in/b.csv", B)
    steps: list[Step] = []
    room.ingest(progress=steps.append)
    assert [(s.file, s.nth, s.files) for s in steps if s.doing == "done"] == [
        ("in/a.csv", 1, 2),
        ("in/b.csv", 2, 2),
    ]
    assert {s.doing for s in steps} == {"reading", "checking", "writing", "done"}
    last = steps[-1]
    assert (last.rows, last.bytes_read, last.bytes_total) == (1, len(B), len(B))
    assert steps[0].bytes_read == len(A)
    rows = [s.rows for s in steps if s.file == "in/a.csv"]
    assert rows == sorted(rows)


@pytest.mark.thorough
def test_a_row_that_is_lost_on_the_way_breaks_the_law_and_loads_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.write("in/a.csv", A)
    honest = work.accepted

    def lossy(columns: Any, *, clashing: bool) -> Any:
        return honest(columns, clashing=clashing).where("m.v0 <> '1'")

    with monkeypatch.context() as patch:
        patch.setattr(work, "accepted", lossy)
        with pytest.raises(LawBroken) as caught:
            room.ingest()
    assert caught.value.code == "law-broken"
    assert "2 rows in ≠ 0 accepted + 1 held" in caught.value.message
    assert room.batches() == []
    assert room.ingest().law == Law(2, 1, 1)


def test_a_row_that_the_mapping_doubles_breaks_the_law(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.write("in/a.csv", A)
    honest = work.Work.map

    def doubling(self: work.Work, plan: Any, reading: Any, told: Any) -> int:
        plan.query.set("expressions", [*plan.query.expressions, "unnest([1, 2])"])
        return honest(self, plan, reading, told)

    monkeypatch.setattr(work.Work, "map", doubling)
    with pytest.raises(LawBroken):
        room.ingest()
    assert room.batches() == []


@pytest.mark.thorough
def test_every_format_is_loaded_by_one_door(room: Room) -> None:
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    room.write("leadline.yaml", CALLS + "".join(
        f"---\nkind: source\nname: {name}\nfact: call\nfiles: {file}\n"
        for name, file in (("lines", "x.jsonl"), ("pages", "x.xlsx"), ("table", "x.parquet"), ("zipped", "x.csv.gz"))
    ))  # fmt: skip
    room.write("x.jsonl", '{"call_id": 10, "at": "2024-05-01T10:00:00Z", "score": 7}\n{"call_id": 11}\n{\n')
    room.write("x.csv.gz", gzip.compress(b"call_id,at\n20,2024-05-01\n"))
    table = {"call_id": ["30"], "at": pa.array([0], pa.timestamp("us", "UTC")), "score": [11]}
    pq.write_table(pa.table(table), room.root / "x.parquet")
    workbook = openpyxl.Workbook()
    workbook.active.append(["call_id", "at"])
    workbook.active.append([40, "2024-05-01 10:00"])
    workbook.save(room.root / "x.xlsx")
    result = room.ingest()
    assert result.law == Law(6, 3, 3)
    assert ids(room) == ["10", "20", "40"]
    assert room.codes("x.jsonl") == {2: ["missing"], 3: ["json"]}
    assert room.codes("x.parquet") == {1: ["too-large"]}
