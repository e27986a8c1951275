"""Which rows are one chain: those that are linked, directly or through others, whatever the order they came in.

A link without a time joins all rows that have the same; one with a time joins those that follow each other so soon,
which makes a group's rows sessions. Chains are the connected components of all links together, so a row that bridges
two chains makes them one. A chain is named by the key of its first row: by instant, then by key.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from leadline.catalog.definitions import Link, Stitch, seconds

ROW = "_row"
CHAIN = "_chain"
BETWEEN = " → "
MOST_STEPS = 20
"""A path tells so many steps; what follows is an ellipsis."""

Integers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


def stitched(rows: pa.Table, stitch: Stitch, key: str, at: str) -> pa.Table:
    """Give the chain of each row: `_row`, `_chain` (the key of the chain's first row), and each path as text.

    `rows` has the key, the instant (or date) `at` and every column that the stitch names; keys are unique. Steps of a
    path that are the same as the one before, or nothing, are not told.
    """
    ordered = rows.take(pc.sort_indices(rows, [(at, "ascending"), (key, "ascending")]))
    begins, dated = _instants(ordered.column(at))
    ends = begins
    if stitch.until:
        until, ended = _instants(ordered.column(stitch.until))
        ends = np.where(ended, np.maximum(until, begins), begins)
    piles = [_linked(ordered, link, begins, ends, dated) for link in stitch.links]
    first = _components(piles, ordered.num_rows)
    keys = ordered.column(key).combine_chunks()
    columns = {ROW: keys, CHAIN: keys.take(pa.array(first))}
    for name, told in stitch.paths.items():
        columns[name] = _paths(ordered.column(told), first)
    return pa.table(columns)


def _instants(column: pa.ChunkedArray) -> tuple[Integers, Truths]:
    """Give instants or dates as microseconds since 1970, and which of them there are."""
    kind = (
        pa.timestamp("us", "UTC")
        if pa.types.is_timestamp(column.type) and column.type.tz
        else pa.timestamp("us")
    )
    whole = column.cast(kind).cast(pa.int64()).combine_chunks()
    there = np.asarray(pc.is_valid(whole).to_numpy(zero_copy_only=False), dtype=np.bool_)
    return np.asarray(pc.fill_null(whole, 0).to_numpy(zero_copy_only=False), dtype=np.int64), there


def _linked(rows: pa.Table, link: Link, begins: Integers, ends: Integers, dated: Truths) -> Integers:
    """Give, for each row in order, the number of the first row of its pile; rows that are not linked are their own."""
    groups, there = _groups([rows.column(name) for name in link.same])
    found = np.arange(rows.num_rows, dtype=np.int64)
    if link.within is not None:
        there &= dated
    chosen = np.flatnonzero(there)
    if not chosen.size:
        return found
    chosen = chosen[np.argsort(groups[chosen], kind="stable")]  # by group, and within it in order of time
    group = groups[chosen]
    starts = np.ones(chosen.size, dtype=np.bool_)
    starts[1:] = group[1:] != group[:-1]
    if link.within is not None:
        latest = _latest(np.cumsum(starts), ends[chosen])
        starts[1:] |= begins[chosen][1:] - latest[:-1] > seconds(link.within) * 1_000_000
    heads = chosen[starts]
    found[chosen] = heads[np.cumsum(starts) - 1]
    return found


def _latest(groups: Integers, ends: Integers) -> Integers:
    """Give the latest end so far within each group; groups are numbered upwards."""
    levels, rank = np.unique(ends, return_inverse=True)
    so_far = np.maximum.accumulate(groups * levels.size + rank)
    return np.asarray(levels[so_far % levels.size], dtype=np.int64)


def _groups(columns: Sequence[pa.ChunkedArray]) -> tuple[Integers, Truths]:
    """Number the rows by what they have in all columns together; tell which have something in each."""
    groups = np.zeros(len(columns[0]), dtype=np.int64)
    there = np.ones(len(columns[0]), dtype=np.bool_)
    for column in columns:
        codes = column.combine_chunks().dictionary_encode()
        there &= np.asarray(pc.is_valid(codes).to_numpy(zero_copy_only=False), dtype=np.bool_)
        number = np.asarray(pc.fill_null(codes.indices, 0).to_numpy(zero_copy_only=False), dtype=np.int64)
        groups = groups * max(len(codes.dictionary), 1) + number
        groups = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    return groups, there


def _components(piles: Sequence[Integers], size: int) -> Integers:
    """Give the first row of each row's chain, from the first row of its pile by every link."""
    if len(piles) == 1 or not size:
        return piles[0]
    from scipy.sparse import coo_array  # noqa: PLC0415  # a tenth of a second, for those who stitch
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415  # as above

    rows = np.tile(np.arange(size, dtype=np.int64), len(piles))
    ones = np.ones(rows.size, dtype=np.int8)
    links = coo_array((ones, (rows, np.concatenate(piles))), shape=(size, size))  # type: ignore[no-untyped-call]  # scipy has no types
    count, labels = connected_components(links, directed=False)
    first = np.full(count, size, dtype=np.int64)
    np.minimum.at(first, labels, np.arange(size, dtype=np.int64))
    return np.asarray(first[labels], dtype=np.int64)


def _paths(column: pa.ChunkedArray, first: Integers) -> pa.Array:
    """Give for each row the values that its chain's rows have in a column, in their order, as one text."""
    values = column.cast(pa.string()).combine_chunks()
    there = np.flatnonzero(np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False)))
    there = there[np.argsort(first[there], kind="stable")]
    codes = np.asarray(pc.fill_null(values.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False))
    chain, code = first[there], codes[there]
    new = np.ones(there.size, dtype=np.bool_)
    new[1:] = (chain[1:] != chain[:-1]) | (code[1:] != code[:-1])
    there, chain = there[new], chain[new]
    heads = np.flatnonzero(np.diff(chain, prepend=-1) != 0)
    nth = np.arange(there.size) - np.repeat(heads, np.diff(np.append(heads, there.size)))
    told = pc.if_else(pa.array(nth == MOST_STEPS), "…", values.take(pa.array(there)))
    kept = nth <= MOST_STEPS
    chain = chain[kept]
    heads = np.flatnonzero(np.diff(chain, prepend=-1) != 0)
    steps = pa.ListArray.from_arrays(
        pa.array(np.append(heads, chain.size), pa.int32()), told.filter(pa.array(kept))
    )
    texts = pc.binary_join(steps, BETWEEN)
    where = np.full(first.size, -1, dtype=np.int64)
    where[chain[heads]] = np.arange(heads.size)
    of_row = where[first]
    return texts.take(pa.array(of_row, mask=of_row < 0))
