"""Rows as every engine gives them, and on their way to and from PostgreSQL: as CSV, which COPY and Arrow take in bulk.

An empty text is quoted and null is not, on both ways. Times come back as microseconds.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from leadline.store.engines.dialects.kinds import Kind

ARROW: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
    "local": pa.timestamp("us"),
}
_ON_THE_WIRE = {**ARROW, "instant": pa.int64(), "local": pa.int64()}
BLOCK = 16 * 2**20
"""Bytes that are read at a time; no row may be longer."""


def plain(schema: pa.Schema) -> pa.Schema:
    """Give a schema with 64-bit integers and floats in place of decimals and narrow ones, and instants in UTC."""
    return pa.schema([pa.field(f.name, _plain(f.type)) for f in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal(kind):
        return pa.int64() if kind.scale == 0 else pa.float64()
    if pa.types.is_timestamp(kind):
        return ARROW["instant" if kind.tz is not None else "local"]
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_large_string(kind):
        return pa.string()
    return kind


def conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give a batch with the types of a schema. A value that does not fit its type is an error."""
    arrays = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def sent(batch: pa.RecordBatch, kinds: Mapping[str, Kind]) -> bytes:
    """Give a batch as CSV, each column as its kind. A value that does not fit its kind is an error."""
    arrays = [batch.column(n).cast(ARROW[kind]) for n, kind in enumerate(kinds.values())]
    table = pa.table(arrays, names=[str(n) for n in range(len(arrays))])
    sink = io.BytesIO()
    options = pcsv.WriteOptions(include_header=False, quoting_style="all_valid")
    pcsv.write_csv(table, sink, write_options=options)
    return sink.getvalue()


class Received(io.RawIOBase):
    """What COPY sends, as a file to read from; only as much is fetched as is read."""

    def __init__(self, chunks: Iterator[bytes | bytearray | memoryview]) -> None:
        super().__init__()
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as there is something; 0 at the end."""
        wanted = len(buffer)
        parts = [self._rest]
        have = len(self._rest)
        while have < wanted:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(bytes(chunk))
            have += len(chunk)
        whole = b"".join(parts)
        buffer[: min(wanted, have)] = whole[:wanted]
        self._rest = whole[wanted:]
        return min(wanted, have)


def received(
    chunks: Iterator[bytes | bytearray | memoryview], kinds: Sequence[Kind], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Give the rows of a COPY in CSV as batches with columns of these kinds."""
    names = [str(n) for n in range(len(kinds))]
    file = io.BufferedReader(Received(chunks), BLOCK)
    if not file.peek(1):
        return
    reader = pcsv.open_csv(
        file,
        read_options=pcsv.ReadOptions(column_names=names, block_size=BLOCK, use_threads=False),
        parse_options=pcsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pcsv.ConvertOptions(
            column_types={name: _ON_THE_WIRE[kind] for name, kind in zip(names, kinds, strict=True)},
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    for batch in reader:
        arrays = [_typed(batch.column(n), kind) for n, kind in enumerate(kinds)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _typed(column: pa.Array, kind: Kind) -> pa.Array:
    return cast("pa.Array", pc.cast(column, ARROW[kind])) if kind in {"instant", "local"} else column
