"""However records come, in whichever pages, runs and order: of each key the newest counts, and deleted ones do not."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import SourceError
from leadline.ingest.landing import merging
from leadline.ingest.landing.flatten import flattened
from leadline.ingest.landing.manifest import landed_folder, read_manifest
from leadline.ingest.landing.order import rank
from leadline.ingest.landing.page import Page
from leadline.ingest.landing.session import Landing
from tests.ingest.landing.landings import Row, files, land, landed, source
from tests.ingest.room import CLOCK

EVENTS = st.lists(
    st.tuples(
        st.integers(0, 12),  # key
        st.integers(0, 30),  # updated
        st.booleans(),  # deleted
        st.integers(0, 3),  # how the page ends: 3 ends the run
    ),
    max_size=60,
)


def gone(table: pa.Table) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.array([value == "true" for value in table.column("gone").to_pylist()])


def expected(events: list[Row]) -> dict[str, Row]:
    """Of each key the newest; of equals the last; a deletion as old as what comes after it is undone by it."""
    newest: dict[str, Row] = {}
    for event in events:
        standing = newest.get(event["id"])
        if standing is None or int(event["at"]) >= int(standing["at"]):
            newest[event["id"]] = event
    return {key: event for key, event in newest.items() if event["gone"] == "false"}


@pytest.mark.thorough
@given(EVENTS, st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_any_pages_of_any_runs_end_in_the_newest_of_each_key(
    events: list[tuple[int, int, bool, int]], full: int
) -> None:
    rows: list[Row] = [
        {"id": str(key), "at": str(at), "gone": "true" if dead else "false", "n": str(n)}
        for n, (key, at, dead, _) in enumerate(events)
    ]
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "FULL", full)
        root, of = Path(folder), source(key=["id"], updated="at", deleted="gone = 'true'")
        pages: list[Page] = []
        for row, (*_, end) in zip(rows, events, strict=True):
            pages.append(Page([row], cursor=1))
            if end == 3:
                land(root, of, pages, dead=gone)
                pages = []
        _, manifest = land(root, of, pages, dead=gone)
        assert {row["id"]: row for row in landed(root)} == expected(rows)
        assert len(landed(root)) == len(expected(rows))
        assert files(root) == set(manifest.files)
        assert all(segment.rows <= full for segment in manifest.segments)


@pytest.mark.thorough
@given(st.lists(st.dictionaries(st.integers(0, 15), st.integers(0, 2), max_size=12), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_runs_that_read_everything_hold_what_the_last_one_met(runs: list[dict[int, int]]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "FULL", 4)
        root, of = Path(folder), source(key=["id"])
        for run in runs:
            rows = [{"id": str(key), "v": str(value)} for key, value in run.items()]
            if not rows and landed(root):
                with pytest.raises(SourceError, match="no record at all"):
                    land(root, of, [Page(rows)], whole=True)
                continue
            land(root, of, [Page(rows[:5]), Page(rows[5:])], whole=True)
            assert sorted(landed(root), key=lambda r: int(r["id"])) == sorted(
                rows, key=lambda r: int(r["id"])
            )


def test_a_small_change_replaces_the_segment_that_it_is_in_and_the_last_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "FULL", 100)
    of = source(key=["id"], updated="at")
    rows: list[Row] = [{"id": n, "at": n} for n in range(1000)]
    _, before = land(tmp_path, of, [Page(pa.Table.from_pylist(rows), cursor=999)])
    assert len(before.segments) == 10
    change = [{"id": 250, "at": 2000}, {"id": 7, "at": 7}, {"id": 1000, "at": 2001}]
    landing, after = land(tmp_path, of, [Page(pa.Table.from_pylist(change), cursor=2001)])
    replaced = {s.name for s in after.segments} - {
        s.name for s in before.segments if s.file in {t.file for t in after.segments}
    }
    assert replaced == {"000003", "000011"}
    assert (landing.counts.new, landing.counts.changed, landing.counts.same) == (1, 1, 1)
    assert after.rows == 1001


def test_a_first_fetch_that_did_not_end_is_not_read_and_goes_on(tmp_path: Path) -> None:
    of = source(key=["id"], updated="at")
    landing = Landing.begin(tmp_path, of, CLOCK, whole=False)
    landing.land(Page([{"id": "1", "at": "1"}], cursor={"page": 2}))
    landing.commit()
    assert read_manifest(landed_folder(tmp_path, "tickets")) is None
    again = Landing.begin(tmp_path, of, CLOCK, whole=False)
    assert again.cursor == {"page": 2}
    again.land(Page([{"id": "2", "at": "2"}], cursor={"page": 3}))
    again.finish()
    assert [row["id"] for row in landed(tmp_path)] == ["1", "2"]


def test_another_table_is_fetched_anew_and_the_old_records_count_until_it_is_there(tmp_path: Path) -> None:
    land(tmp_path, source(key=["id"], updated="at"), [Page([{"id": "old", "at": "1"}], cursor=1)])
    other = source(key=["id"], updated="at", table="other", query=None)
    landing, _ = land(tmp_path, other, [])
    assert landed(tmp_path) == []
    assert landing.base.cursor is None


def test_columns_that_come_go_and_change_are_told_and_noted(tmp_path: Path) -> None:
    of = source(key=["id"])
    land(tmp_path, of, [Page(pa.table({"id": [1, 2], "a": [1, 2], "b": ["x", "y"]}))], whole=True)
    _, made = land(
        tmp_path, of, [Page(pa.table({"id": [1, 2], "a": ["1", "two"], "c": [1.5, 2.5]}))], whole=True
    )
    told = [str(drift) for drift in made.drift]
    assert told == [
        "Column 'a' was integer and is text.", "Column 'c' is new.", "Column 'b' is gone.",
    ]  # fmt: skip
    assert made.columns == {"id": "integer", "a": "text", "b": "text", "c": "number"}
    _, back = land(
        tmp_path, of, [Page(pa.table({"id": [1], "a": ["1"], "b": ["z"], "c": [1.5]}))], whole=True
    )
    assert [str(drift) for drift in back.drift[3:]] == ["Column 'b' is back."]


def test_a_record_without_a_key_is_kept_once_however_often_it_comes(tmp_path: Path) -> None:
    of = source(key=["id"], updated="at")
    strange = {"at": "1", "v": "no id"}
    for _ in range(3):
        land(tmp_path, of, [Page([strange, {"id": "1", "at": "1"}], cursor=1)])
    assert sorted(row["v"] for row in landed(tmp_path) if "v" in row) == ["no id"]
    assert len(landed(tmp_path)) == 2


def test_keys_of_several_columns_are_not_confused(tmp_path: Path) -> None:
    rows = [{"a": "x:1", "b": "y"}, {"a": "x", "b": "1:y"}, {"a": "x:1", "b": "y"}]
    land(tmp_path, source(key=["a", "b"]), [Page(rows)], whole=True)
    assert len(landed(tmp_path)) == 2


def test_what_is_not_present_any_more_goes(tmp_path: Path) -> None:
    of = source(key=["id"], updated="at")
    land(tmp_path, of, [Page(pa.table({"id": [1, 2, 3], "at": [1, 1, 1]}), cursor=1)])
    landing, _ = land(tmp_path, of, [Page(cursor=1, present=pa.table({"id": [3, 1, 9]}))])
    assert [row["id"] for row in landed(tmp_path)] == [1, 3]
    assert landing.counts.gone == 1


def test_a_damaged_file_is_said_and_fetched_again_when_asked(tmp_path: Path) -> None:
    of = source(key=["id"])
    land(tmp_path, of, [Page([{"id": "1"}])], whole=True)
    for path in landed_folder(tmp_path, "tickets").glob("*.parquet"):
        path.write_bytes(b"not parquet")
    with pytest.raises(SourceError, match="--anew"):
        land(tmp_path, of, [Page([{"id": "1"}])], whole=True)
    land(tmp_path, of, [Page([{"id": "1"}])], whole=True, anew=True)
    assert landed(tmp_path) == [{"id": "1"}]
    (landed_folder(tmp_path, "tickets") / "manifest.json").write_text('{"version": 1')
    with pytest.raises(SourceError, match="--anew"):
        land(tmp_path, of, [Page([{"id": "1"}])], whole=True)


def test_nested_json_lands_flat_and_lists_stay_json() -> None:
    record = json.loads('{"id": 1, "a": {"b": {"c": true}, "d": []}, "e": null, "f": 1.10, "g": {}}')
    assert flattened(record) == {"id": "1", "a__b__c": "true", "a__d": "[]", "e": None, "f": "1.1"}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2026-05-01T10:00:00Z", "2026-05-01T10:00:00.5Z"),
        ("2026-05-01T10:00:00+02:00", "2026-05-01T09:00:00Z"),
        ("2026-05-01", "2026-05-01 00:00:01"),
        ("9", "10"),
        ("1700000000", "1700000000.25"),
        (None, "0001-01-01"),
    ],
)
def test_newer_is_by_meaning_not_by_letters(older: str | None, newer: str) -> None:
    assert rank(older, "at") < rank(newer, "at")


@pytest.mark.parametrize("value", ["yesterday", True, "12:00"])
def test_what_tells_no_order_is_refused(value: object) -> None:
    with pytest.raises(SourceError, match="neither a number nor an instant"):
        rank(value, "at")


def test_what_a_killed_run_left_half_written_goes_with_the_next_commit(tmp_path: Path) -> None:
    """Whichever half: of a segment, of one that has not its name yet, of a manifest."""
    of = source(key=["id"], updated="at")
    land(tmp_path, of, [Page([{"id": "1", "at": "1"}], 1)])
    folder = landed_folder(tmp_path, "tickets")
    for half in (
        ".000002.coming.5acf2763",
        "000002.coming",
        ".manifest.json.5acf2763",
        "000002-0123.parquet",
    ):
        (folder / half).write_bytes(b"half")
    land(tmp_path, of, [Page([{"id": "2", "at": "2"}], 2)])
    manifest = read_manifest(folder)
    assert manifest is not None
    assert {p.name for p in folder.iterdir()} == {*manifest.files, "manifest.json"}
    assert len(landed(tmp_path)) == 2
