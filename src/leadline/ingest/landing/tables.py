"""Tables of landed records: one schema for what differs, one array of keys, and how they are written and read."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from leadline.errors import SourceError
from leadline.ingest.landing.manifest import Segment
from leadline.ingest.sources.files import digest
from leadline.store.home import arriving

DEAD = "\0dead"
"""The name of the column that says of an incoming record that it takes its key's record away."""

_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)


def united(one: pa.Schema, other: pa.Schema) -> pa.Schema:
    """Give the schema that holds both: columns as met, types as wide as needed, text where none is."""
    types = {field.name: field.type for field in one}
    for field in other:
        types[field.name] = wider(types[field.name], field.type) if field.name in types else field.type
    return pa.schema(list(types.items()))


def wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Give a type that holds the values of both without loss, or text."""
    if one.equals(other) or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if pa.types.is_integer(one) and pa.types.is_integer(other):
        return pa.int64() if pa.uint64() not in (one, other) else pa.decimal128(20, 0)
    if all(any(is_(kind) for is_ in _NUMBERS[1:]) for kind in (one, other)):
        return pa.float64()
    if pa.types.is_timestamp(one) and pa.types.is_timestamp(other) and one.tz == other.tz:
        return pa.timestamp("us", one.tz)
    return pa.string()


def aligned(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give a table with a schema's columns: those that it lacks are null."""
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
            continue
        values = table.column(field.name)
        columns.append(values if values.type.equals(field.type) else values.cast(field.type, safe=False))
    return pa.Table.from_arrays(columns, schema=schema)


def keys_of(table: pa.Table, key: Sequence[str], source: str) -> pa.Array:
    """Give one value for each record that tells it from others: the key's, or for several columns a text of them.

    A record without a key is known by its whole content, so that meeting it again does not make another of it.

    Raises:
        SourceError: a column of the key is not there.
    """
    for name in key:
        if name not in table.column_names:
            raise SourceError(
                f"The records of {source!r} have no {name!r}, which is of their key; they have "
                f"{', '.join(repr(n) for n in table.column_names[:30])}.",
                code="landing-key",
                hint="Correct `key:`; nested values are written with two underscores, `user__id`.",
            )
    first = table.column(key[0])
    if len(key) == 1 and pa.types.is_integer(first.type) and not first.null_count:
        return _one(first.cast(pa.int64()))
    parts = [_one(table.column(name).cast(pa.string())) for name in key]
    if len(key) > 1:
        lengths = [pc.binary_length(part).cast(pa.string()) for part in parts]
        pieces = [piece for pair in zip(lengths, parts, strict=True) for piece in pair]
        joined = pc.binary_join_element_wise(*pieces, ":")
    else:
        joined = parts[0]
    if not joined.null_count:
        return joined
    missing = pc.is_null(joined).to_pylist()
    filled = [
        f"\0{_content(table, row)}" if absent else known
        for row, (absent, known) in enumerate(zip(missing, joined.to_pylist(), strict=True))
    ]
    return pa.array(filled, pa.string())


def alike(one: pa.Array, other: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Give two arrays of keys in one type: a key that was a number and is a text now is the same key."""
    if one.type.equals(other.type):
        return one, other
    return one.cast(pa.string()), other.cast(pa.string())


def differing(one: pa.Table, other: pa.Table) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Tell which rows of two tables of one schema are not the same."""
    found = np.zeros(one.num_rows, dtype=np.bool_)
    for before, after in zip(one.columns, other.columns, strict=True):
        if before.equals(after):
            continue
        unlike = pc.fill_null(pc.not_equal(before, after), fill_value=True)
        both = pc.and_(pc.is_null(before), pc.is_null(after))
        found |= pc.and_not(unlike, both).to_numpy(zero_copy_only=False).astype(np.bool_)
    return found


def bounds(keys: pa.Array) -> tuple[str | int | None, str | int | None]:
    """Give the least and the greatest key."""
    if not len(keys):
        return None, None
    found = pc.min_max(keys).as_py()
    return found["min"], found["max"]


def write(folder: Path, name: str, table: pa.Table, keys: pa.Array | None) -> Segment:
    """Write a segment, on disk when this returns; what is written under the name of its content is never changed."""
    temporary_name = f"{name}.coming"
    target = folder / temporary_name
    with arriving(target) as temporary:
        parquet.write_table(table, temporary, compression="zstd", row_group_size=65_536)
    hashed = digest(target)
    file = f"{name}-{hashed[:16]}.parquet"
    target.replace(folder / file)
    least, greatest = bounds(keys) if keys is not None else (None, None)
    return Segment(name, file, hashed, table.num_rows, (folder / file).stat().st_size, least, greatest)


def read(folder: Path, segment: Segment, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a segment, or some columns of it.

    Raises:
        SourceError: it is not there or not whole.
    """
    try:
        return parquet.read_table(folder / segment.file, columns=list(columns) if columns else None)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(
            f"{folder / segment.file} has landed and cannot be read any more.",
            code="landed-damaged",
            hint="Fetch everything again: leadline fetch SOURCE --anew.",
        ) from error


def _one(values: pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _content(table: pa.Table, row: int) -> str:
    values = table.slice(row, 1).to_pylist()[0]
    said = sorted((k, str(v)) for k, v in values.items() if v is not None and k != DEAD)
    return hashlib.sha256(repr(said).encode()).hexdigest()
