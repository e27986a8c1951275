"""The log of messages: what was written is read, once and in order; what a kill cut off is passed over."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import BusyError, StoreError
from leadline.ingest.landing.streams import log as logs
from leadline.ingest.landing.streams.log import Log
from leadline.ingest.landing.streams.messages import Message


def message(n: int, body: bytes = b"{}") -> Message:
    return Message(
        "orders", "orders.new", f"O/{n}", body, key="k", id=None, sent_at="2026-11-22T10:00:00+00:00"
    )


def write(log: Log, *numbers: int) -> None:
    with log.writing() as writer:
        for n in numbers:
            writer.append([message(n)])


def read(log: Log, cursor: object = None) -> list[str]:
    return [m.position for messages, _ in log.pages(cursor) for m in messages]  # type: ignore[arg-type]  # a cursor is any JSON


@given(st.binary() | st.text().map(str.encode), st.text() | st.none())
def test_a_message_is_read_as_it_was_written(body: bytes, key: str | None) -> None:
    one = Message("of", "to", "1-0", body, key=key and key.encode(errors="replace").decode())
    line = one.line()
    assert line.count(b"\n") == 1
    assert Message.read(line) == one


def test_what_was_written_is_read_from_any_cursor_on(tmp_path: Path) -> None:
    log = Log(tmp_path / "source" / "messages")
    assert read(log) == []
    write(log, 1, 2)
    write(log, 3)
    assert read(log) == ["O/1", "O/2", "O/3"]
    cursors = [cursor for _, cursor in log.pages(None)]
    assert [read(log, cursor) for cursor in cursors] == [["O/3"], []]
    write(log, 4)
    assert read(log, cursors[-1]) == ["O/4"]


def test_a_line_that_a_kill_cut_off_is_passed_over(tmp_path: Path) -> None:
    log = Log(tmp_path / "source" / "messages")
    write(log, 1, 2)
    (file,) = log.folder.glob("*.jsonl")
    with file.open("ab") as stream:
        stream.write(message(3).line()[:-5])
    *_, (_, cursor) = log.pages(None)
    assert read(log) == ["O/1", "O/2"]
    write(log, 3)
    assert read(log) == ["O/1", "O/2", "O/3"]
    assert read(log, cursor) == ["O/3"]


def test_what_follows_a_failure_begins_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(tmp_path / "source" / "messages")
    with log.writing() as writer:
        writer.append([message(1)])
        with monkeypatch.context() as full:
            full.setattr(logs.os, "fsync", _no_room)
            with pytest.raises(StoreError):
                writer.append([message(2)])
        (file,) = log.folder.glob("*.jsonl")
        with file.open("r+b") as stream:  # of what was not forced to disk, half may be there
            stream.truncate(file.stat().st_size - 5)
        writer.append([message(2), message(3)])
    assert read(log) == ["O/1", "O/2", "O/3"]


def _no_room(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_large_files_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGE", 300)
    monkeypatch.setattr(logs, "AT_ONCE", 2)
    log = Log(tmp_path / "source" / "messages")
    write(log, *range(10))
    assert len(list(log.folder.glob("*.jsonl"))) > 2
    assert read(log) == [f"O/{n}" for n in range(10)]


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    log = Log(tmp_path / "orders" / "messages")
    with log.writing(), pytest.raises(BusyError, match="listens for 'orders'"), log.writing():
        pass


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"no json", "Expecting value at column 1"),
        (b"[1, 2]", "not a JSON object"),
        (b"7", "not a JSON object"),
        (b"", "Expecting value at column 1"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": 1, "a": 2}', "a key stands twice in one object"),
        (b"\xff\xfe", "bytes that are no UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_record_lands_as_text_with_its_reason(body: bytes, fault: str) -> None:
    found = message(1, body).record()
    assert found["_fault"] == fault
    assert found["_raw"] == body.decode(errors="backslashreplace")
    assert found["_position"] == "O/1"


def test_a_record_keeps_numbers_as_written_and_its_own_place() -> None:
    found = message(
        1, b'{"price": 1.10, "who": {"id": 7, "tags": [1.0]}, "_position": "mine", "no": null}'
    ).record()
    assert found == {
        "price": "1.10", "who__id": "7", "who__tags": "[1.0]", "no": None, "_position": "O/1", "_topic": "orders.new",
        "_message_key": "k", "_message_id": None, "_sent_at": "2026-11-22T10:00:00+00:00", "_fault": None, "_raw": None,
    }  # fmt: skip
