"""Excel: one sheet, values as text, dates in ISO form, rows by their number in the sheet."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from leadline.errors import SourceError
from leadline.ingest.sources import excel


def book(path: Path, rows: list[list[Any]], sheet: str = "Data", before: int = 0) -> Path:
    workbook = openpyxl.Workbook()
    workbook.active.title = sheet
    for n, row in enumerate(rows, start=1 + before):
        for m, value in enumerate(row, start=1):
            workbook.active.cell(n, m, value)
    workbook.create_sheet("Other").append(["x"])
    workbook.save(path)
    return path


def read(path: Path, **options: Any) -> tuple[list[str], list[tuple[int, Any]]]:
    reading = excel.read(path, **options)
    found: list[tuple[int, Any]] = []
    for batch in reading.batches:
        rows = batch.to_pylist()
        width = len(reading.columns)
        found += [(row["_line"], row["_fault"] or [row[f"c{i}"] for i in range(width)]) for row in rows]
    return [c.name for c in reading.columns], sorted(found, key=lambda pair: pair[0])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12, "12"),
        (12.0, "12"),
        (0.1, "0.1"),
        (1e20, "1e+20"),
        (True, "true"),
        ("  x ", "  x "),
        (datetime.fromisoformat("2024-05-01"), "2024-05-01"),
        (datetime.fromisoformat("2024-05-01T10:30:15"), "2024-05-01 10:30:15"),
        (date(2024, 5, 1), "2024-05-01"),
        (time(10, 30), "10:30:00"),
        (timedelta(hours=26, seconds=1), "93601"),
        ("#N/A", "#N/A"),
    ],
)
def test_cells_are_text(tmp_path: Path, cell: object, text: str) -> None:
    assert read(book(tmp_path / "x.xlsx", [["a", "b"], [cell, "end"]]))[1] == [(2, [text, "end"])]


def test_rows_keep_their_number_and_blank_ones_are_no_records(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", [["a", "b"], [1, 2], [], [3, None], [None, None], [4, 5]])
    assert read(path)[1] == [(2, ["1", "2"]), (4, ["3", None]), (6, ["4", "5"])]


def test_what_stands_above_the_header_is_skipped(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", [["Report"], ["of May"], ["a", "b"], [1, 2]])
    assert read(path, skip_lines=2) == (["a", "b"], [(4, ["1", "2"])])
    below = book(tmp_path / "y.xlsx", [["a", "b"], [1, 2]], before=3)
    assert read(below) == (["a", "b"], [(5, ["1", "2"])])


def test_a_sheet_is_found_by_name(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", [["a"], [1]])
    assert read(path, sheet="Other") == (["x"], [])
    with pytest.raises(SourceError) as caught:
        read(path, sheet="Dta")
    assert caught.value.code == "unknown-sheet"
    assert "'Data'" in caught.value.hint


def test_headers_may_be_missing_given_or_nameless(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", [["a", None, "a"], [1, 2, 3]])
    assert read(path)[0] == ["a (1)", "column_2", "a (2)"]
    assert read(path, names=("x", "y", "z")) == (["x", "y", "z"], [(2, ["1", "2", "3"])])
    assert read(path, header=False)[1] == [(1, ["a", None, "a"]), (2, ["1", "2", "3"])]
    with pytest.raises(SourceError):
        read(path, names=("x",))


def test_a_row_that_is_wider_than_the_header_is_held(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", [["a", "b"], [1, 2, None, 4], [5, 6]])
    assert read(path)[1] == [(2, "fields"), (3, ["5", "6"])]


def test_a_formula_that_was_never_computed_holds_its_row(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", [["a", "b"], [1, "=A2+1"], [3, 4]])
    assert read(path)[1] == [(2, "formula"), (3, ["3", "4"])]


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"PK\x03\x04garbage", b"\xd0\xcf\x11\xe0old"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        read(path)
    assert caught.value.code == "not-excel"


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", [["a", "b"], *([n, n] for n in range(500))])
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(SourceError):
        read(path)


def test_a_sheet_without_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read(book(tmp_path / "x.xlsx", []))
    assert caught.value.code == "empty-file"
