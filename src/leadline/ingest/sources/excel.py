"""Excel workbooks (.xlsx, .xlsm): one sheet, values as text; a record's line is its row number in the sheet.

Dates and times come as ISO text. A formula that Excel never computed holds its row: its value is not in the file.
"""

import threading
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import pyarrow as pa
from openpyxl.reader.excel import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from leadline.errors import SourceError, suggest
from leadline.ingest.sources.reading import Broken, RawColumn, Reading, batches_of, broken_batch, column_names
from leadline.ingest.sources.text import shown

_BATCH = 20_000
_QUIET = threading.Lock()
"""What is done to warnings is done to all threads: one at a time, lest it be undone in the wrong order."""

Cells = tuple[object, ...]


class _Sheet(Protocol):
    """What is used of openpyxl's worksheet, which has no types."""

    title: str

    def iter_rows(self, *, values_only: bool) -> Iterator[Cells]: ...

    def reset_dimensions(self) -> None: ...


def read(
    path: Path,
    *,
    sheet: str | None = None,
    header: bool = True,
    names: tuple[str, ...] = (),
    skip_lines: int = 0,
) -> Reading:
    """Open one sheet of a workbook, by default the first.

    Raises:
        SourceError: it is no workbook, has no such sheet, has no header, or `names` do not fit the header.
    """
    rows = enumerate(_rows(path, sheet, formulas=_has_formulas(path)), start=1)
    for _ in range(skip_lines):
        next(rows, None)
    first = next(
        ((line, cells, bad) for line, (cells, bad) in rows if any(c is not None for c in cells)), None
    )
    if first is None:
        raise SourceError("The sheet has no header row.", code="empty-file")
    line, cells, bad = first
    width = max(i for i, cell in enumerate(cells, start=1) if cell is not None)
    found = [text(cell) or "" for cell in cells[:width]]
    if names and header and len(names) != width:
        raise SourceError(
            f"`header_names` gives {len(names)} names, but the header has {width} columns: {', '.join(found)}.",
            code="header",
        )
    given = names or (found if header else [""] * width)
    columns = tuple(RawColumn(name) for name in column_names(given))
    ahead = [] if header else [(line, (cells, bad))]
    return Reading(columns, _batches(columns, iter(ahead), rows))


def text(cell: object) -> str | None:
    """Give a cell's value as text: whole numbers without a fraction, dates and times in ISO form."""
    match cell:
        case None | str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            seconds = cell / timedelta(seconds=1)
            return str(int(seconds)) if seconds.is_integer() else repr(seconds)
        case _:
            return str(cell)


def _has_formulas(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            return any(_mentions_formula(archive, name) for name in sheets if not name.endswith("/"))
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        raise _unreadable(error) from error


def _mentions_formula(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as part:
        while chunk := part.read(1 << 20):
            if b"<f>" in (seen := tail + chunk) or b"<f " in seen:
                return True
            tail = chunk[-2:]
    return False


def _rows(path: Path, sheet: str | None, *, formulas: bool) -> Iterator[tuple[Cells, bool]]:
    """Give every row's values, and whether one of them is a formula that was never computed."""
    try:
        with path.open("rb") as file:
            values = _sheet(file, sheet, data_only=True).iter_rows(values_only=True)
            if not formulas:
                yield from zip(values, repeat(object=False), strict=False)
                return
            with path.open("rb") as again:
                written = _sheet(again, sheet, data_only=False).iter_rows(values_only=True)
                for cells, source in zip(values, written, strict=True):
                    pairs = zip(cells, source, strict=False)
                    yield cells, any(v is None and s is not None for v, s in pairs)
    except (zipfile.BadZipFile, zlib.error, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise _unreadable(error) from error


def _sheet(file: BinaryIO, name: str | None, *, data_only: bool) -> _Sheet:
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions, never of values
        workbook = load_workbook(file, read_only=True, data_only=data_only)  # type: ignore[no-untyped-call]  # openpyxl has no types
    sheets = {sheet.title: sheet for sheet in cast("list[_Sheet]", workbook.worksheets)}
    if not sheets or (name is not None and name not in sheets):
        raise SourceError(
            f"The workbook has no sheet {name!r}; it has {', '.join(map(repr, sheets)) or 'none'}.",
            code="unknown-sheet",
            hint=suggest(name or "", sheets),
        )
    worksheet = sheets[name if name is not None else next(iter(sheets))]
    worksheet.reset_dimensions()  # what a file says of its own size may be wrong, and would cut it
    return worksheet


def _batches(
    columns: tuple[RawColumn, ...],
    ahead: Iterator[tuple[int, tuple[Cells, bool]]],
    rows: Iterator[tuple[int, tuple[Cells, bool]]],
) -> Iterator[pa.RecordBatch]:
    width = len(columns)
    good: list[list[str | None]] = []
    lines: list[int] = []
    broken: list[Broken] = []
    for line, (cells, uncomputed) in chain(ahead, rows):
        values = [text(cell) for cell in cells]
        if not any(value is not None for value in values) and not uncomputed:
            continue
        extra = [value for value in values[width:] if value is not None]
        if uncomputed:
            detail = "a formula whose value was never computed: open and save the file in Excel"
            broken.append(Broken(line, "formula", detail, _joined(values)))
        elif extra:
            detail = f"{width + len(extra)} values for {width} columns"
            broken.append(Broken(line, "fields", detail, _joined(values)))
        else:
            good.append([*values[:width], *[None] * (width - len(values))])
            lines.append(line)
        if len(good) + len(broken) >= _BATCH:
            yield from _flush(columns, good, lines, broken)
            good, lines, broken = [], [], []
    yield from _flush(columns, good, lines, broken)


def _flush(
    columns: tuple[RawColumn, ...], rows: list[list[str | None]], lines: list[int], broken: list[Broken]
) -> Iterator[pa.RecordBatch]:
    yield from batches_of(columns, rows, lines)
    if broken:
        yield broken_batch(columns, broken)


def _joined(values: list[str | None]) -> str:
    return shown("\t".join(value or "" for value in values))


def _unreadable(error: Exception) -> SourceError:
    return SourceError(
        f"The workbook cannot be read: {error}.",
        code="not-excel",
        hint="Only .xlsx and .xlsm are read; old or encrypted workbooks must be saved anew.",
    )
