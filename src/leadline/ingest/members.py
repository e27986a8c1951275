"""Of which rows of a derived fact a parent's row is a part, where its own columns do not say: a chain, intervals.

Stitching and spreading cannot be said in a query that every engine understands, so the parent's rows are read, and
what each is a member of is written beside them: `_row`, the chain or interval, and what these tell.
"""

from collections.abc import Collection, Mapping

import pyarrow as pa

from leadline.catalog.definitions import Fact
from leadline.ingest import spreading, stitching
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.spreading import BEGINS, LASTING, UNTIL
from leadline.ingest.stitching import CHAIN, ROW
from leadline.store.engine import ValueType


def has_members(fact: Fact) -> bool:
    """Tell whether a derived fact's rows are made of members."""
    return fact.stitch is not None or fact.spread is not None


def column(fact: Fact) -> str:
    """Name the column that says what a row is a member of: the part of the key that is no column of the parent."""
    return CHAIN if fact.stitch else BEGINS


def told(fact: Fact) -> Collection[str]:
    """Name the derived fact's columns that membership tells: paths of a chain, seconds within an interval."""
    if fact.stitch is not None:
        return tuple(fact.stitch.paths)
    return fact.spread.told if fact.spread is not None else ()


def types(fact: Fact, parent: Fact) -> Mapping[str, ValueType]:
    """Give the columns of the written members with their types."""
    kind = kind_at_rest(parent.columns[parent.key[0]].type)
    if fact.spread is not None:
        inside, ended = fact.spread.told
        return {ROW: kind, BEGINS: "instant", inside: "number", ended: "integer"}
    return {ROW: kind, CHAIN: kind, **dict.fromkeys(told(fact), "text")}


def read(fact: Fact, parent: Fact) -> Mapping[str, str]:
    """Give the parent's columns that decide membership, with the name under which each is read."""
    if fact.spread is not None:
        return {parent.key[0]: parent.key[0], fact.spread.until: UNTIL}
    wanted = fact.stitch.columns if fact.stitch is not None else frozenset()
    return {name: name for name in sorted({*wanted, parent.key[0], parent.at or ""})}


def computed(fact: Fact) -> Collection[str]:
    """Name the expressions that decide membership."""
    return (LASTING,) if fact.spread is not None else ()


def found(fact: Fact, parent: Fact, rows: pa.Table) -> pa.RecordBatchReader:
    """Give the members: of which chain each row is, or which intervals its time touched.

    Raises:
        SourceError: a row's time cannot be laid over intervals.
    """
    key = parent.key[0]
    if fact.stitch is not None:
        return stitching.stitched(rows, fact.stitch, key, parent.at or "").to_reader()
    assert fact.spread is not None  # noqa: S101 - has_members
    wanted = spreading.schema(rows.schema.field(key).type, fact.spread)
    return pa.RecordBatchReader.from_batches(wanted, spreading.laid_out(rows, fact.spread, key, parent.name))
