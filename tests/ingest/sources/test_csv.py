"""Delimited text: every record with its true line, every fault with its own record and no other."""

import csv
import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import SourceError
from leadline.ingest.sources import csv as delimited
from leadline.ingest.sources.csv import Shape

Record = tuple[int, Any]
PLAIN = Shape()


def read(data: bytes, shape: Shape = PLAIN, *, block_size: int = 1 << 22) -> list[Record]:
    """Give each record in the order of lines: its values, or its fault."""
    reading = delimited.read(io.BytesIO(data), shape, block_size=block_size)
    found: list[Record] = []
    for batch in reading.batches:
        assert batch.schema == reading.schema
        for row in batch.to_pylist():
            values = [row[f"c{i}"] for i in range(len(reading.columns))]
            found.append((row["_line"], row["_fault"] or values))
    return sorted(found)


def names(data: bytes, shape: Shape = PLAIN) -> list[str]:
    return [column.name for column in delimited.read(io.BytesIO(data), shape).columns]


def refusal(data: bytes, shape: Shape = PLAIN) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read(data, shape)
    return caught.value


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\n1,2\n", [(2, ["1", "2"])]),
        (b"a,b\n1,2", [(2, ["1", "2"])]),
        (b"a,b\r\n1,2\r\n3,4\r\n", [(2, ["1", "2"]), (3, ["3", "4"])]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [(2, ["1", "2"])]),
        (b"a,b\n\n\n1,2\n\n3,4\n", [(4, ["1", "2"]), (6, ["3", "4"])]),
        (b"\n\na,b\n1,2\n", [(4, ["1", "2"])]),
        (b'a,b\n1,"x\ny\n"\n2,z\n', [(2, ["1", "x\ny\n"]), (5, ["2", "z"])]),
        (b'a,b\n1,"x\r\ny"\r\n2,z\r\n', [(2, ["1", "x\r\ny"]), (4, ["2", "z"])]),
        (b'a,"b\nb"\n1,2\n', [(3, ["1", "2"])]),
        (b'a,b\n1,"say ""hi"", you"\n', [(2, ["1", 'say "hi", you'])]),
        (b'a,b\n1,5" pipe\n', [(2, ["1", '5" pipe'])]),
        (b'a,b\n"",\n', [(2, ["", ""])]),
        (b"a,b\n,\n", [(2, ["", ""])]),
        (b"a\n1\n\n2\n", [(2, ["1"]), (4, ["2"])]),
        (b"a,b\n1,NA\nnull,nan\n", [(2, ["1", "NA"]), (3, ["null", "nan"])]),
        (b"a,b\n", []),
    ],
)
def test_a_record_has_its_values_and_the_line_where_it_starts(data: bytes, expected: list[Record]) -> None:
    for size in (1 << 22, 7, 3, 1):
        assert read(data, block_size=size) == expected


def test_in_a_file_without_line_feeds_a_carriage_return_ends_the_line() -> None:
    data = b'a,b\r1,2\r\r3,"4\r5"\r6,7'
    assert read(data) == [(2, ["1", "2"]), (4, ["3", "4\n5"]), (6, ["6", "7"])]
    assert read(data, block_size=5) == read(data)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"1,2,3", "fields"),
        (b"1", "fields"),
        (b'1,"x"y', "quoting"),
        (b'1,"x" ', "quoting"),
        (b"1,\xff", "encoding"),
        (b"1,x\x00y", "encoding"),
        (b"1,x\ry", "quoting"),
    ],
)
def test_a_faulty_record_is_told_and_its_neighbours_are_read(line: bytes, fault: str) -> None:
    data = b"a,b\n5,6\n" + line + b"\n7,8\n"
    for size in (1 << 22, 5):
        assert read(data, block_size=size) == [(2, ["5", "6"]), (3, fault), (4, ["7", "8"])]


def test_a_quote_that_is_not_closed_holds_its_line_and_not_those_behind_it() -> None:
    data = b'a,b\n1,"x\n2,y\n3,"z"\n4,u\n'
    assert read(data) == [(2, "quoting"), (3, ["2", "y"]), (4, ["3", "z"]), (5, ["4", "u"])]


def test_a_line_that_may_belong_to_an_unclosed_quote_is_held_if_it_has_a_quote_of_its_own() -> None:
    data = b'a,b\n1,"he said\n"hello" to me\nbye",5\n2,y\n'
    assert read(data) == [(2, "quoting"), (3, "quoting"), (4, "quoting"), (5, ["2", "y"])]


def test_an_unclosed_quote_far_from_the_end_does_not_swallow_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delimited, "LONGEST_QUOTE", 1000)
    rows = b"".join(b"%d,y\n" % n for n in range(1000))
    found = read(b'a,b\n1,"x\n' + rows, block_size=256)
    assert found[0] == (2, "quoting")
    assert found[1:] == [(n + 3, [str(n), "y"]) for n in range(1000)]


def test_a_file_that_ends_inside_a_quote_is_refused_with_the_line_of_the_quote() -> None:
    error = refusal(b'a,b\n1,2\n3,"x\n4,5\n')
    assert error.code == "unclosed-quote"
    assert "line 3" in error.message


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected_from_the_header(delimiter: str) -> None:
    data = delimiter.join(["a", '"b,;|\t"', "c"]) + "\n" + delimiter.join("123") + "\n"
    assert read(data.encode()) == [(2, ["1", "2", "3"])]


@pytest.mark.parametrize("delimiter", ["||", "::", "¦", "§§", "\x01"])
def test_a_declared_delimiter_may_be_long_or_foreign(delimiter: str) -> None:
    data = f'a{delimiter}b\n1{delimiter}é\n"x{delimiter}y"{delimiter}2\n'
    expected = [(2, ["1", "é"]), (3, [f"x{delimiter}y", "2"])]
    for encoding in ("utf-8", "cp1252", "utf-16"):
        assert read(data.encode(encoding), Shape(delimiter=delimiter, encoding=encoding)) == expected


def test_without_a_quote_character_quotes_are_text() -> None:
    assert read(b'a,b\n"1,2"\n', Shape(quote="")) == [(2, ['"1', '2"'])]


def test_another_quote_character_is_taken_at_its_word() -> None:
    assert read(b"a,b\n'1,x','2\n3'\n4,\"5\n", Shape(quote="'")) == [(2, ["1,x", "2\n3"]), (4, ["4", '"5'])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"])
def test_encodings_are_read_as_declared(encoding: str) -> None:
    data = "näme,b\nÄ,2\n".encode(encoding)
    shape = Shape(encoding=encoding)
    assert names(data, shape) == ["näme", "b"]
    for size in (1 << 22, 3):
        assert read(data, shape, block_size=size) == [(2, ["Ä", "2"])]


def test_only_the_rows_that_are_not_in_the_encoding_are_told() -> None:
    data = b"a,b\n1,caf\xe9\n2,caf\xc3\xa9\n"
    assert read(data) == [(2, "encoding"), (3, ["2", "café"])]


def test_half_a_character_is_no_text_whatever_codec_gives_it() -> None:
    data = b"a,b\n1,\\ud800\n2,\\u00e9\n"
    assert read(data, Shape(encoding="raw_unicode_escape")) == [(2, "encoding"), (3, ["2", "é"])]


def test_skipped_lines_count() -> None:
    shape = Shape(skip_lines=2)
    assert read(b"Report\nof May\na,b\n1,2\n", shape) == [(4, ["1", "2"])]
    assert read(b"Report\nof May\na,b\n1,2\n", shape, block_size=2) == [(4, ["1", "2"])]


def test_without_a_header_the_first_line_is_a_record() -> None:
    shape = Shape(header=False)
    assert names(b"1,2\n3,4\n", shape) == ["column_1", "column_2"]
    assert read(b"1,2\n3,4\n", shape) == [(1, ["1", "2"]), (2, ["3", "4"])]


def test_given_names_replace_the_header_or_stand_in_for_it() -> None:
    assert names(b"a,a\n1,2\n", Shape(header_names=("x", "y"))) == ["x", "y"]
    assert read(b"a,a\n1,2\n", Shape(header_names=("x", "y"))) == [(2, ["1", "2"])]
    assert read(b"1,2\n", Shape(header=False, header_names=("x", "y"))) == [(1, ["1", "2"])]
    assert refusal(b"a,b\n1,2\n", Shape(header_names=("x",))).code == "header"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"a,b,a", ["a (1)", "b", "a (2)"]),
        (b"a,,", ["a", "column_2", "column_3"]),
        (b"NETPRO  ,net.pro,Net Pro", ["NETPRO  ", "net.pro", "Net Pro"]),
        (b'a,a,"a (1)"', ["a (1)", "a (2)", "a (1) (1)"]),
    ],
)
def test_columns_keep_their_names_and_have_one_each(header: bytes, expected: list[str]) -> None:
    assert names(header + b"\n") == expected


@pytest.mark.parametrize(
    ("data", "shape", "code"),
    [
        (b"", Shape(), "empty-file"),
        (b"\n \n\r\n", Shape(), "empty-file"),
        (b"a,b\n", Shape(skip_lines=3), "empty-file"),
        (b"PK\x03\x04" + bytes(100), Shape(), "not-text"),
        (b"PAR1" + bytes(100), Shape(), "not-text"),
        (bytes(range(256)) * 100, Shape(), "not-text"),
        ("a,b\n1,2\n".encode("utf-16"), Shape(), "not-text"),
        (b"a,\xff\n1,2\n", Shape(), "encoding"),
        (b'a,"b"c\n1,2\n', Shape(), "header"),
        (b"a,b\n", Shape(encoding="utf-99"), "unknown-encoding"),
        (b"a,b\n", Shape(encoding="hex"), "unknown-encoding"),
    ],
)
def test_what_is_unusable_as_a_whole_is_refused(data: bytes, shape: Shape, code: str) -> None:
    assert refusal(data, shape).code == code


cells = st.text(st.sampled_from('ab",;\n\r é\0'), max_size=4)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8), st.integers(1, 40))
def test_what_is_written_well_is_read_back_whatever_the_block_size(rows: list[list[str]], size: int) -> None:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["x", "y"], *rows])
    text = target.getvalue()
    expected: list[Record] = []
    line = 2
    for row in rows:
        expected.append((line, "encoding" if "\0" in "".join(row) else row))
        line += 1 + sum(value.count("\n") for value in row)
    assert read(text.encode(), block_size=size) == expected


@given(st.text(st.sampled_from('a1,"\n\r é'), max_size=60), st.integers(1, 60))
def test_both_parsers_and_all_block_sizes_say_the_same(body: str, size: int) -> None:
    data = f"x,y\n{body}\n".encode()

    def told(block_size: int, *, fast: bool) -> list[Record] | str:
        with pytest.MonkeyPatch.context() as patch:
            if not fast:
                patch.setattr(delimited.Dialect, "fast", property(lambda _: False))
            try:
                return read(data, block_size=block_size)
            except SourceError as error:
                return error.code

    assert told(size, fast=True) == told(1 << 22, fast=False) == told(1 << 22, fast=True)


@given(st.text(st.sampled_from('a,"\n'), max_size=40))
def test_every_line_that_is_not_blank_is_in_some_record(body: str) -> None:
    """No record is lost: the lines between two starts belong to the first, and every non-blank line is covered."""
    found: list[Record] = []
    with suppress(SourceError):  # the file ends inside a quote
        found = read(f"x,y\n{body}\n".encode())
    if not found:
        return
    starts = [line for line, _ in found]
    assert len(set(starts)) == len(starts)
    first = next((n for n, line in enumerate(body.split("\n"), start=2) if line.strip("\r")), None)
    assert starts[:1] == ([first] if first else [])


def test_without_quoting_a_fault_casts_no_doubt_on_what_follows() -> None:
    assert read(b"a,b\n1,x\ry\n2,z\n", Shape(quote="")) == [(2, "quoting"), (3, ["2", "z"])]
