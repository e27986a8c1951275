"""What every reader gives: a file's columns, and its records in batches, each with the line where it stands.

A record that cannot be read stands in the same stream as the others, with its fault and its text: so the number of
records is counted once, here, and nothing that comes later can lose one unseen.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

RawType = Literal["text", "integer", "number", "boolean", "date", "moment", "instant"]
"""Type of a file's column. CSV, JSON lines and Excel give text only; a `moment` is a wall-clock time (Parquet)."""

Fault = Literal["fields", "encoding", "quoting", "json", "formula"]
"""Why a record could not be read."""

ARROW: dict[RawType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "moment": pa.timestamp("us"),
    "instant": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One column of a file, by the name that the file gives it (spaces, capitals and dots included)."""

    name: str
    type: RawType = "text"


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that cannot be read: the line where it starts, why, and its text as far as it could be decoded."""

    line: int
    fault: Fault
    detail: str
    text: str


@dataclass(frozen=True)
class Reading:
    """An opened file. `batches` can be iterated once; it raises SourceError when the file as a whole is unusable.

    A batch has the fields `c0`, `c1`, ... (the columns in their order), `_line` (int64), and `_fault`, `_detail`,
    `_text`, which are null unless the record is broken; then the columns are null.
    """

    columns: tuple[RawColumn, ...]
    batches: Iterable[pa.RecordBatch]

    @property
    def schema(self) -> pa.Schema:
        """The schema of every batch."""
        return schema(self.columns)


def physical(position: int) -> str:
    """Give the field's name of the column at `position`; names in files may clash in a case-blind warehouse."""
    return f"c{position}"


def schema(columns: Sequence[RawColumn]) -> pa.Schema:
    """Give the schema of the batches of a file with these columns."""
    fields = [pa.field(physical(i), ARROW[c.type]) for i, c in enumerate(columns)]
    texts = [pa.field(n, pa.string()) for n in ("_fault", "_detail", "_text")]
    return pa.schema([*fields, pa.field("_line", pa.int64()), *texts])


def batch(columns: Sequence[RawColumn], values: Sequence[pa.Array], lines: pa.Array) -> pa.RecordBatch:
    """Make a batch of readable records: one array a column, and their lines."""
    nothing = pa.nulls(len(lines), pa.string())
    return pa.record_batch([*values, lines, nothing, nothing, nothing], schema=schema(columns))


def broken_batch(columns: Sequence[RawColumn], records: Sequence[Broken]) -> pa.RecordBatch:
    """Make a batch of broken records."""
    empty = [pa.nulls(len(records), ARROW[c.type]) for c in columns]
    texts = [
        pa.array([r.fault for r in records], pa.string()),
        pa.array([r.detail for r in records], pa.string()),
        pa.array([r.text for r in records], pa.string()),
    ]
    lines = pa.array([r.line for r in records], pa.int64())
    return pa.record_batch([*empty, lines, *texts], schema=schema(columns))


def batches_of(
    columns: Sequence[RawColumn], rows: Sequence[Sequence[str | None]], lines: Sequence[int]
) -> Iterator[pa.RecordBatch]:
    """Give the batch of rows of texts, or nothing when there are no rows."""
    if rows:
        arrays = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
        yield batch(columns, arrays, pa.array(lines, pa.int64()))


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """Give each column one name of its own: nameless ones become `column_3`, repeated ones `name (1)`, `name (2)`.

    A repeated name is then nobody's name, so a mapping that uses it is told so instead of getting one of the two.
    """
    named = [name or f"column_{i}" for i, name in enumerate(header, start=1)]
    repeated = {name for name in named if named.count(name) > 1}
    names: list[str] = []
    for name in named:
        number, free = 1, name
        while free in names or free in repeated:
            free, number = f"{name} ({number})", number + 1
        names.append(free)
    return tuple(names)


def with_text(reading: Reading, name: str, text: str) -> Reading:
    """Give a reading with one column more, which holds the same text in every record that can be read."""
    columns = (*reading.columns, RawColumn(name))
    place, made = len(reading.columns), schema(columns)

    def batches() -> Iterator[pa.RecordBatch]:
        for one in reading.batches:
            sound = one.column("_fault").is_null()
            texts = pc.if_else(sound, pa.scalar(text, pa.string()), pa.scalar(None, pa.string()))
            arrays = list(one.columns)
            yield pa.record_batch([*arrays[:place], texts, *arrays[place:]], schema=made)

    return Reading(columns, batches())
