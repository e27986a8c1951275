"""JSON lines: one object a line, nested objects flattened with dots, values as they are written.

The columns of such a file are known only at its end: what is too long to be kept until then is read twice.
"""

import json
from collections.abc import Callable, Iterator

import pyarrow as pa

from leadline.errors import SourceError
from leadline.ingest.sources.csv import split
from leadline.ingest.sources.reading import Broken, Fault, RawColumn, Reading, batches_of, broken_batch
from leadline.ingest.sources.text import BLOCK, Bytes, blocks, shown, spoilt

MOST_COLUMNS = 2000
_BATCH = 50_000
_KEPT = 100_000
"""Lines that are kept until the columns are known; a longer file is read again."""


class _Written(str):
    """A number as it stands in the file."""

    __slots__ = ()


_Line = tuple[int, dict[str, str | None] | Broken]
"""A line's number and its flat record, or what is wrong with it."""


class _Unusable(ValueError):
    """A line is no record; its text says why."""


def read(
    opened: Callable[[], Bytes],
    *,
    encoding: str = "utf-8",
    names: tuple[str, ...] = (),
    block_size: int = BLOCK,
) -> Reading:
    """Open a file of JSON lines. `opened` opens it anew; `names` are columns to have even if no line has the key.

    Raises:
        SourceError: the file is empty, not text, one JSON document instead of lines, or has over 2,000 columns.
    """
    found = dict.fromkeys(names)
    kept: list[_Line] | None = []
    for number, line in _lines(opened(), encoding, block_size):
        if number == 1 and line.lstrip().startswith("["):
            raise SourceError(
                "The file is one JSON array, not JSON lines.",
                code="not-json-lines",
                hint="Write one object a line.",
            )
        one = _read(number, line)
        if not isinstance(one, Broken):
            found.update(dict.fromkeys(one))
        if kept is not None:
            kept.append((number, one))
            kept = kept if len(kept) <= _KEPT else None
        if len(found) > MOST_COLUMNS:
            raise SourceError(
                f"The records have more than {MOST_COLUMNS:,} different keys.", code="too-many-columns"
            )
    if not found:
        raise SourceError("The file has no JSON object.", code="empty-file")
    columns = tuple(RawColumn(name) for name in found)
    again = (
        ((n, _read(n, line)) for n, line in _lines(opened(), encoding, block_size))
        if kept is None
        else iter(kept)
    )
    return Reading(columns, _batches(again, columns))


def _read(number: int, line: str) -> dict[str, str | None] | Broken:
    """Give the flat record of a line, or what is wrong with it."""
    try:
        return record(line)
    except _Unusable as error:
        fault: Fault = "encoding" if spoilt(line) else "json"
        return Broken(number, fault, str(error), shown(line))


def record(line: str) -> dict[str, str | None]:
    """Give the flat record of one line, or raise _Unusable with the reason."""
    if spoilt(line):
        raise _Unusable("bytes that are not in the declared encoding")
    try:
        value = _DECODER.decode(line)
    except RecursionError as error:
        raise _Unusable("nested too deeply") from error
    except json.JSONDecodeError as error:
        raise _Unusable(f"{error.msg} at column {error.colno}") from error
    if not isinstance(value, dict):
        raise _Unusable("not a JSON object")
    flat: dict[str, str | None] = {}
    _flatten(value, "", flat)
    if "\\u" in line and any(spoilt(f"{key}{text or ''}") for key, text in flat.items()):
        raise _Unusable("an escape that stands for no character")
    return flat


def written(value: object) -> str:
    """Give a JSON value as JSON text, numbers as they were written."""
    match value:
        case _Written():
            return value
        case dict():
            return (
                "{"
                + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {written(v)}" for k, v in value.items())
                + "}"
            )
        case list():
            return "[" + ", ".join(written(v) for v in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _lines(data: Bytes, encoding: str, block_size: int) -> Iterator[tuple[int, str]]:
    number = 0
    for block in blocks(data, encoding, block_size):
        for line in split(block):
            number += 1
            if line.strip():
                yield number, line


def _batches(lines: Iterator[_Line], columns: tuple[RawColumn, ...]) -> Iterator[pa.RecordBatch]:
    names = [c.name for c in columns]
    rows: list[list[str | None]] = []
    starts: list[int] = []
    broken: list[Broken] = []
    for number, one in lines:
        if isinstance(one, Broken):
            broken.append(one)
        else:
            rows.append([one.get(name) for name in names])
            starts.append(number)
        if len(rows) + len(broken) >= _BATCH:
            yield from _flush(columns, rows, starts, broken)
            rows, starts, broken = [], [], []
    yield from _flush(columns, rows, starts, broken)


def _flush(
    columns: tuple[RawColumn, ...], rows: list[list[str | None]], starts: list[int], broken: list[Broken]
) -> Iterator[pa.RecordBatch]:
    yield from batches_of(columns, rows, starts)
    if broken:
        yield broken_batch(columns, broken)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Unusable("a key stands twice in one object")
    return made


def _no_constant(name: str) -> object:
    raise _Unusable(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    parse_int=_Written, parse_float=_Written, parse_constant=_no_constant, object_pairs_hook=_object
)


def _flatten(value: dict[str, object], prefix: str, flat: dict[str, str | None]) -> None:
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict):
            _flatten(item, f"{name}.", flat)
            continue
        if name in flat:
            raise _Unusable(f"the key {name!r} stands twice once nested keys are joined by dots")
        flat[name] = _text(item)


def _text(item: object) -> str | None:
    match item:
        case None:
            return None
        case str():
            return str(item)
        case bool():
            return "true" if item else "false"
        case _:
            return written(item)
