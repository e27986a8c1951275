"""Parquet files: typed columns, nested structures flattened with dots, lists as JSON text; a record's line is its row.

A type that has no counterpart in the customer model (binary, durations, times of day) comes as text where that loses
nothing, and is refused when a mapping could not tell what it holds.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from leadline.errors import SourceError
from leadline.ingest.sources.reading import ARROW, RawColumn, RawType, Reading, batch, column_names

_ROWS = 65_536


def read(path: Path, wanted: Sequence[RawColumn] | None = None) -> Reading:
    """Open a Parquet file. Where the columns to have are given, those that it lacks are null, and types are widened.

    Raises:
        SourceError: the file is not Parquet, is cut off, or, while it is read, a page of it is damaged.
    """
    try:
        file = parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"The Parquet file cannot be read: {_words(error)}.", code="not-parquet") from error
    if wanted is not None:
        return Reading(tuple(wanted), _as_wanted(file, tuple(wanted)))
    leaves = [leaf for field in file.schema_arrow for leaf in _leaves(field, (field.name,))]
    names = column_names([".".join(path) for path, _ in leaves])
    columns = tuple(RawColumn(name, raw_type(kind)) for name, (_, kind) in zip(names, leaves, strict=True))
    return Reading(columns, _batches(file, columns, [path for path, _ in leaves]))


def _as_wanted(file: parquet.ParquetFile, wanted: tuple[RawColumn, ...]) -> Iterator[pa.RecordBatch]:
    """Give the records with these columns, whichever of them the file has."""
    line = 1
    has = set(file.schema_arrow.names)
    try:
        for rows in file.iter_batches(batch_size=_ROWS, columns=[c.name for c in wanted if c.name in has]):
            values = [
                convert(rows.column(c.name), c.type)
                if c.name in has
                else pa.nulls(rows.num_rows, ARROW[c.type])
                for c in wanted
            ]
            lines = pa.array(np.arange(line, line + rows.num_rows, dtype=np.int64))
            line += rows.num_rows
            yield batch(wanted, values, lines)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"The Parquet file is damaged: {_words(error)}.", code="not-parquet") from error


def _batches(
    file: parquet.ParquetFile, columns: tuple[RawColumn, ...], paths: list[tuple[str, ...]]
) -> Iterator[pa.RecordBatch]:
    line = 1
    try:
        for rows in file.iter_batches(batch_size=_ROWS):
            values = [convert(_leaf(rows, path), c.type) for path, c in zip(paths, columns, strict=True)]
            lines = pa.array(np.arange(line, line + rows.num_rows, dtype=np.int64))
            line += rows.num_rows
            yield batch(columns, values, lines)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"The Parquet file is damaged: {_words(error)}.", code="not-parquet") from error


def _leaves(field: pa.Field, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], pa.DataType]]:
    if pa.types.is_struct(field.type):
        for child in field.type:
            yield from _leaves(child, (*path, child.name))
    else:
        yield path, field.type


def _leaf(rows: pa.RecordBatch, path: tuple[str, ...]) -> pa.Array:
    values = rows.column(rows.schema.get_field_index(path[0]))
    for name in path[1:]:
        values = pc.struct_field(values, name)
    return values


def raw_type(kind: pa.DataType) -> RawType:
    """Give the type as which a column of an Arrow type is read."""
    types = pa.types
    if types.is_dictionary(kind):
        return raw_type(kind.value_type)
    if types.is_integer(kind):
        return "integer"
    if types.is_decimal(kind) and kind.scale == 0:
        return "integer" if kind.precision <= 18 else "text"
    if types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_boolean(kind):
        return "boolean"
    if types.is_date(kind):
        return "date"
    if types.is_timestamp(kind):
        return "instant" if kind.tz else "moment"
    return "text"


def convert(values: pa.Array, kind: RawType) -> pa.Array:
    """Give an array as its column is read."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_nested(values.type):
        return pa.array(
            [None if v is None else json.dumps(v, default=str) for v in values.to_pylist()], pa.string()
        )
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return pa.array([None if v is None else _bytes(v) for v in values.to_pylist()], pa.string())
    exact = kind not in (
        "number",
        "instant",
        "moment",
        "date",
    )  # nanoseconds and decimals lose digits, never a value
    return values.cast(ARROW[kind], safe=exact)


def _bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"


def _words(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0].rstrip(".")
