"""JSON lines: values as written, objects flattened, every unusable line told."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import SourceError
from leadline.ingest.sources import jsonl


def read(data: bytes, **options: Any) -> tuple[list[str], list[tuple[int, Any]]]:
    reading = jsonl.read(lambda: io.BytesIO(data), **options)
    names = [c.name for c in reading.columns]
    found: list[tuple[int, Any]] = []
    for batch in reading.batches:
        for row in batch.to_pylist():
            values = {n: row[f"c{i}"] for i, n in enumerate(names) if row[f"c{i}"] is not None}
            found.append((row["_line"], (row["_fault"], row["_detail"]) if row["_fault"] else values))
    return names, sorted(found, key=lambda pair: pair[0])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"a": 1.50}', {"a": "1.50"}),
        ('{"a": 1E3}', {"a": "1E3"}),
        ('{"a": 12345678901234567890123}', {"a": "12345678901234567890123"}),
        ('{"a": true, "b": false, "c": null}', {"a": "true", "b": "false"}),
        ('{"a": "é\\u00e9\\n"}', {"a": "éé\n"}),
        ('{"a": {"b": {"c": 1}}}', {"a.b.c": "1"}),
        ('{"a": [1.0, "x", {"b": null}, [true]]}', {"a": '[1.0, "x", {"b": null}, [true]]'}),
        ('{"a": {}}', {}),
        ('{"a": ""}', {"a": ""}),
    ],
)
def test_values_are_as_they_are_written(line: str, expected: dict[str, str]) -> None:
    assert read(b'{"z": 0}\n' + line.encode())[1][1] == (2, expected)


def test_columns_are_all_keys_of_the_file_and_those_declared() -> None:
    names, rows = read(b'{"a": 1}\n{"b": {"c": 2}}\n', names=("d",))
    assert names == ["d", "a", "b.c"]
    assert rows == [(1, {"a": "1"}), (2, {"b.c": "2"})]


@pytest.mark.parametrize(
    ("line", "fault", "word"),
    [
        (b"{", "json", "column"),
        (b"[1]", "json", "not a JSON object"),
        (b"3", "json", "not a JSON object"),
        (b'{"a": NaN}', "json", "NaN"),
        (b'{"a": 1, "a": 2}', "json", "twice"),
        (b'{"a": {"b": 1}, "a.b": 2}', "json", "twice"),
        (b'{"a": "\xff"}', "encoding", "encoding"),
        (b'{"a": "\\ud800"}', "json", "no character"),
        (b'{"a": "\\u0000"}', "json", "no character"),
        (b'{"\\udfff": 1}', "json", "no character"),
        (b'{"a": ' + b"[" * 100_000, "json", "deep"),
    ],
)
def test_an_unusable_line_is_told_and_its_neighbours_are_read(line: bytes, fault: str, word: str) -> None:
    _, rows = read(b'{"z": 0}\n\n' + line + b'\n{"z": 1}')
    assert rows[0] == (1, {"z": "0"})
    assert rows[1][0] == 3
    assert rows[1][1][0] == fault
    assert word in rows[1][1][1]
    assert rows[2] == (4, {"z": "1"})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b"\n\n", "empty-file"),
        (b"nonsense\n", "empty-file"),
        (b'[{"a": 1}]\n', "not-json-lines"),
    ],
)
def test_what_has_no_json_lines_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(data)
    assert caught.value.code == code


def test_a_file_with_countless_keys_is_refused() -> None:
    with pytest.raises(SourceError) as caught:
        read(b"".join(b'{"k%d": 1}\n' % n for n in range(2001)))
    assert caught.value.code == "too-many-columns"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
keys = st.text(st.characters(exclude_characters="."), max_size=4)


@given(st.lists(st.dictionaries(keys, values, min_size=1, max_size=3), max_size=4))
def test_texts_survive_and_lists_are_json(rows: list[dict[str, Any]]) -> None:
    rows = [{"a": 0}, *rows]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    _, found = read(data, block_size=11)
    for number, (row, (line, told)) in enumerate(zip(rows, found, strict=True), start=1):
        assert line == number
        if any("\0" in key or (isinstance(value, str) and "\0" in value) for key, value in row.items()):
            assert told[0] == "json"
            continue
        for key, value in row.items():
            if value is None:
                assert key not in told
            elif isinstance(value, str):
                assert told[key] == value
            else:
                assert json.loads(told[key]) == value
