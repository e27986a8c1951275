"""Which intervals of the clock a row's time touched, and how much of it lies in each: nothing is lost between them.

An interval holds its beginning and not its end, so what ends on the quarter hour ends in the quarter that begins there;
that one has its `ended`, with no seconds. By that, rows are counted in the interval in which a metric `at` their end
counts them.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from leadline.catalog.definitions import Spread, seconds
from leadline.errors import SourceError
from leadline.ingest.stitching import ROW

BEGINS = "_begins"
UNTIL, LASTING = "_until", "_lasting"
LONGEST = 366 * 86400
"""Seconds: no row lasts longer. Whoever has such rows has mistaken them."""
PORTION = 200_000
"""So many rows are laid out at a time."""
_INSTANT = pa.timestamp("us", "UTC")
Integers = npt.NDArray[np.int64]


def schema(key: pa.DataType, spread: Spread) -> pa.Schema:
    """Give the columns of what `laid_out` gives: the row, its interval, the seconds in it, whether it ended there."""
    inside, ended = spread.told
    return pa.schema([(ROW, key), (BEGINS, _INSTANT), (inside, pa.float64()), (ended, pa.int64())])


def laid_out(rows: pa.Table, spread: Spread, key: str, fact: str) -> Iterator[pa.RecordBatch]:
    """Give a row for each interval that each row's time touched.

    `rows` has the key, `_until` (an instant) and `_lasting` (seconds). Seconds are kept to the microsecond; those of a
    row add up to what it lasted.

    Raises:
        SourceError: a row lasts less than nothing, or more than 366 days.
    """
    known = rows.filter(pc.and_(pc.is_valid(rows[UNTIL]), pc.is_valid(rows[LASTING]))).combine_chunks()
    lasting = np.asarray(known[LASTING].to_numpy(), dtype=np.float64)
    bad = ~((lasting >= 0) & (lasting <= LONGEST))
    if bad.any():
        first = known[key][int(np.flatnonzero(bad)[0])].as_py()
        raise SourceError(
            f"{int(bad.sum())} rows of {fact!r} last less than nothing or more than 366 days, the first of them "
            f"{first!r}: {lasting[bad][0]:g} seconds.", code="bad-span",
            hint="Hold such rows back with `minimum` and `maximum` on the column, or leave them out with `where`.",
        )  # fmt: skip
    width = seconds(spread.every) * 1_000_000
    ends = np.asarray(known[UNTIL].cast(_INSTANT).cast(pa.int64()).to_numpy(), dtype=np.int64)
    begins = ends - np.rint(lasting * 1e6).astype(np.int64)
    keys = known[key].combine_chunks()
    wanted = schema(keys.type, spread)
    for at in range(0, known.num_rows, PORTION):
        part = slice(at, at + PORTION)
        yield _portion(keys.slice(at, PORTION), begins[part], ends[part], width, wanted)


def _portion(
    keys: pa.Array, begins: Integers, ends: Integers, width: int, wanted: pa.Schema
) -> pa.RecordBatch:
    first, last = begins // width, ends // width
    touched = last - first + 1
    row = np.repeat(np.arange(begins.size, dtype=np.int64), touched)
    nth = np.arange(row.size, dtype=np.int64) - np.repeat(np.cumsum(touched) - touched, touched)
    left = (first[row] + nth) * width
    inside = np.minimum(ends[row], left + width) - np.maximum(begins[row], left)
    columns = [
        keys.take(pa.array(row)),
        pa.array(left, pa.int64()).cast(_INSTANT),
        pa.array(inside / 1e6, pa.float64()),
        pa.array((nth == touched[row] - 1).astype(np.int64), pa.int64()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=wanted)
