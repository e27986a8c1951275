"""JSON lines: values as written, objects flattened, every unusable line told."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import SourceError
from leadline.ingest.sources import jsonl
from leadline.ingest.sources.alike import Shape


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


SHAPES = (
    '{"a": %s, "b": {"c": %s, "d": %s}}', '{"a":%s,"b":{"c":%s,"d":%s}}\r', '  {"a": %s, "c": %s, "e": {}, "ü": %s} \t',
    '{"b": {"d": %s}, "a": %s, "a.b": %s}', "[%s, %s, %s]", '{"a": %s, "b.c": %s, "b": {"c": %s}}', "{}%s%s%s",
    '{"a": %s, "a": %s, "f": %s}', '{"n[]": %s, "o,{}": %s, "p:": %s}',
)  # fmt: skip
WRITTEN = (
    "1", "-0", "0.50", "1E+3", "01", "1.", ".5", "+1", "--1", "١", "NaN", "Infinity", "true", "True", "null", "nul", "",
    '""', '"x"', '"null"', '"é 😀"', '"\ufffd"', '"a\tb"', '"\\u0041"', '"\\ud800"', '"\\n"', '"\\""', '"a"b"',
    '"\x7f"', '"\x00"', '" "', '" 1 "', "[]", "[1.0, null]", "{}", '{"z": 1.0}', '"}"', '"{,:"', "1 ",
    '"1", "q": "2"', '1, "q": 2',
)  # fmt: skip
lines = st.tuples(st.sampled_from(SHAPES), *[st.sampled_from(WRITTEN) | st.sampled_from(['"x"', "1"])] * 3)


@pytest.mark.thorough
@given(st.lists(lines, min_size=1, max_size=12), st.sampled_from([7, 90, 4000]), st.booleans())
def test_a_pattern_reads_what_the_decoder_reads(
    made: list[tuple[str, str, str, str]], block_size: int, twice: bool
) -> None:
    whole = "".join(f"{shape % tuple(rest)}\n" for shape, *rest in [(SHAPES[0], "1", "2", "3"), *made])
    data = whole.encode() + b'{"a": "\xff", "b": {"c": 1, "d": 2}}\n' * twice
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "MOST_SHAPES", 0)
        careful = read(data, block_size=block_size)
        patch.setattr(jsonl, "MOST_SHAPES", 8)
        assert read(data, block_size=block_size) == careful
        patch.setattr(jsonl, "_CHUNK", 3)
        patch.setattr(jsonl, "_KEPT", 0)
        assert read(data, block_size=block_size) == careful


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ('{"a": 1, "b": {"c": "x"}}', True),
        ("{}", True),
        ('{"a": [1]}', False),
        ('{"a": "\\n"}', False),
        ('{"\\u0061": 1}', False),
    ],
)
def test_only_lines_of_simple_values_have_a_shape(line: str, known: bool) -> None:
    assert (Shape.of(line, jsonl.record(line)) is not None) is known


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
keys = st.text(st.characters(exclude_characters=".", exclude_categories=["Cs"]), max_size=4)


@pytest.mark.thorough
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
