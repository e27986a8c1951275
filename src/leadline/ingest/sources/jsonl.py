"""JSON lines: one object a line, nested objects flattened with dots, values as they are written.

The columns of such a file are known only at its end: what is too long to be kept until then is read twice.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from leadline.errors import SourceError
from leadline.ingest.sources.alike import MOST_SHAPES, Shape
from leadline.ingest.sources.csv import split
from leadline.ingest.sources.reading import Broken, Fault, RawColumn, Reading, batch, broken_batch
from leadline.ingest.sources.text import BLOCK, Bytes, blocks, shown, spoilt

MOST_COLUMNS = 2000
_CHUNK = 50_000
_KEPT = 100_000
"""Lines that are kept until the columns are known; a longer file is read again."""


class _Written(str):
    """A number as it stands in the file."""

    __slots__ = ()


class Unusable(ValueError):
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
    lines = _Lines(dict.fromkeys(names))
    kept: list[_Chunk] | None = []
    for chunk in lines.chunks(blocks(opened(), encoding, block_size)):
        if kept is not None:
            kept.append(chunk)
            kept = kept if sum(c.size for c in kept) <= _KEPT else None
    if not lines.found:
        raise SourceError("The file has no JSON object.", code="empty-file")
    columns = tuple(RawColumn(name) for name in lines.found)
    again = lines.chunks(blocks(opened(), encoding, block_size)) if kept is None else iter(kept)
    return Reading(columns, (made for chunk in again for made in chunk.batches(columns)))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Readable lines: their numbers, and the values of each key."""

    lines: pa.Array
    values: Mapping[str, pa.Array]

    def column(self, name: str) -> pa.Array:
        """Give the values of a key, nulls if no line has it."""
        return self.values.get(name, pa.nulls(len(self.lines), pa.string()))


@dataclass(slots=True)
class _Chunk:
    """Some lines of a file: those of each shape as its pattern found them, those decoded with care, broken ones."""

    size: int = 0
    parts: list[_Rows] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    def batches(self, columns: tuple[RawColumn, ...]) -> Iterator[pa.RecordBatch]:
        """Give the readable lines in their order, then the broken ones."""
        if self.parts:
            lines = pa.concat_arrays([part.lines for part in self.parts])
            order = pc.sort_indices(lines) if len(self.parts) > 1 else None
            values = [pa.concat_arrays([part.column(c.name) for part in self.parts]) for c in columns]
            if order is not None:
                lines, values = lines.take(order), [column.take(order) for column in values]
            yield batch(columns, values, lines)
        if self.broken:
            yield broken_batch(columns, self.broken)


@dataclass(slots=True)
class _Lines:
    """Reads lines. `found` are all keys so far, in the order of their first lines."""

    found: dict[str, None]
    shapes: list[Shape] = field(default_factory=list)
    tries: int = 0

    def chunks(self, source: Iterator[str]) -> Iterator[_Chunk]:
        """Give all lines that are not blank, some at a time."""
        making = _Making()
        number = 0
        for block in source:
            shapes = [] if spoilt(block) else self.shapes  # patterns do not look for spoilt characters
            for line in split(block):
                number += 1
                for shape in shapes:
                    if match := shape.pattern.fullmatch(line):
                        making.add(shape, number, match.groups())
                        break
                else:
                    if line.strip():
                        self._careful(number, line, making)
                if making.size >= _CHUNK:
                    yield making.chunk()
                    making = _Making()
        yield making.chunk()

    def _careful(self, number: int, line: str, making: "_Making") -> None:
        """Decode a line with care, and learn how it is written."""
        if number == 1 and line.lstrip().startswith("["):
            raise SourceError(
                "The file is one JSON array, not JSON lines.",
                code="not-json-lines",
                hint="Write one object a line.",
            )
        one = _read(number, line)
        making.size += 1
        if isinstance(one, Broken):
            making.broken.append(one)
            return
        making.odd.append((number, one))
        self.found.update(dict.fromkeys(one))
        if len(self.found) > MOST_COLUMNS:
            raise SourceError(
                f"The records have more than {MOST_COLUMNS:,} different keys.", code="too-many-columns"
            )
        if self.tries < MOST_SHAPES:
            self.tries += 1
            if (shape := Shape.of(line, one)) is not None:
                self.shapes.append(shape)


@dataclass(slots=True)
class _Making:
    """A chunk in the making."""

    size: int = 0
    alike: dict[Shape, tuple[list[int], list[tuple[str, ...]]]] = field(default_factory=dict)
    odd: list[tuple[int, dict[str, str | None]]] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    def add(self, shape: Shape, number: int, values: tuple[str, ...]) -> None:
        """Add a line that has a shape."""
        self.size += 1
        if shape not in self.alike:
            self.alike[shape] = ([], [])
        lines, rows = self.alike[shape]
        lines.append(number)
        rows.append(values)

    def chunk(self) -> _Chunk:
        """Give it, made."""
        parts = [
            _Rows(pa.array(lines, pa.int64()), dict(zip(shape.names, shape.texts(rows), strict=True)))
            for shape, (lines, rows) in self.alike.items()
        ]
        if self.odd:
            names = dict.fromkeys(name for _, one in self.odd for name in one)
            values = {name: pa.array([one.get(name) for _, one in self.odd], pa.string()) for name in names}
            parts.append(_Rows(pa.array([number for number, _ in self.odd], pa.int64()), values))
        return _Chunk(self.size, parts, self.broken)


def _read(number: int, line: str) -> dict[str, str | None] | Broken:
    """Give the flat record of a line, or what is wrong with it."""
    try:
        return record(line)
    except Unusable as error:
        fault: Fault = "encoding" if spoilt(line) else "json"
        return Broken(number, fault, str(error), shown(line))


def record(line: str, between: str = ".") -> dict[str, str | None]:
    """Give the flat record of one line, nested keys joined by `between`, or raise Unusable with the reason."""
    if spoilt(line):
        raise Unusable("bytes that are not in the declared encoding")
    try:
        value = _DECODER.decode(line)
    except RecursionError as error:
        raise Unusable("nested too deeply") from error
    except json.JSONDecodeError as error:
        raise Unusable(f"{error.msg} at column {error.colno}") from error
    if not isinstance(value, dict):
        raise Unusable("not a JSON object")
    flat: dict[str, str | None] = {}
    _flatten(value, "", flat, between)
    if "\\u" in line and any(spoilt(f"{key}{text or ''}") for key, text in flat.items()):
        raise Unusable("an escape that stands for no character")
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


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise Unusable("a key stands twice in one object")
    return made


def _no_constant(name: str) -> object:
    raise Unusable(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    parse_int=_Written, parse_float=_Written, parse_constant=_no_constant, object_pairs_hook=_object
)


def _flatten(value: dict[str, object], prefix: str, flat: dict[str, str | None], between: str) -> None:
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict):
            _flatten(item, f"{name}{between}", flat, between)
            continue
        if name in flat:
            raise Unusable(f"the key {name!r} stands twice once nested keys are joined")
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
