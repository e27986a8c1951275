"""Held rows tried again: with the mapping as it is now, and with values corrected by hand.

The rows that pass become a batch that replays the first one. What was corrected in them is kept beside it, so that it
is not lost when the same file must be mapped anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

import pyarrow as pa
from sqlglot import exp

from leadline.errors import SourceError
from leadline.ingest import held
from leadline.ingest.arrived import Arrived
from leadline.ingest.checks import Keys, accepted
from leadline.ingest.gate import Gate, Surroundings
from leadline.ingest.held import HeldRow
from leadline.ingest.law import Law
from leadline.ingest.load import Loader
from leadline.ingest.sources.reading import ARROW, RawColumn, Reading, batch
from leadline.ingest.survey import landed, mapping_hash
from leadline.ingest.work import Work
from leadline.store.engine import Engine, Relation
from leadline.store.entries import Batch, batch_id

LAST = 1 << 30
"""The place of replayed rows in the order of files: behind all, so that they take no other row's key."""

_CHUNK = 20_000


def try_again(
    loader: Loader,
    parent: Batch,
    rows: Iterable[HeldRow],
    keys: Keys,
    *,
    ordinal: int,
    corrected: bool,
    around: Surroundings,
) -> tuple[Batch | None, Law]:
    """Map held rows of one batch anew; give the batch of those that pass, if any, and what became of all.

    Rows without values (broken ones, not corrected) cannot be tried and must not be given. `ordinal` is the file's
    place in the order. If `corrected`, what the rows say is kept with the new batch.

    Raises:
        SourceError: a corrected value is not of its column's type, or the mapping does not fit the rows.
    """
    source = loader.catalog.sources[parent.source]
    ahead = iter(rows)
    first = next(ahead, None)
    if first is None:
        return None, Law()
    columns = tuple(RawColumn(name, first.types.get(name, "text")) for name in first.raw)
    kept: dict[int, HeldRow] = {}
    work = Work(loader.catalog, loader.engine, loader.staging, source)
    fresh = batch_id()
    target = Relation("fact", parent.fact, fresh)
    try:
        made = loader.plan(source, columns, around.released)
        reading = Reading(columns, _batches(columns, first, ahead, kept if corrected else None))
        tried = work.map(made, reading, _quiet)
        file = Arrived(loader.catalog, loader.engine, loader.staging, source, made)
        clashing = bool(work.clashes(made, keys, LAST, Gate(file, around).aside()).held)
        released = work.accept(made, target, clashing=clashing)
        law = Law(tried, released, work.held(clashing=clashing))
        law.demand(f"Replaying {parent.file}")
        if not released:
            loader.engine.drop(target)
            return None, law
        span = work.span(made, clashing=clashing)
        if corrected:
            lines = loader.staging.read(accepted([exp.column("_line", table="m")], clashing=clashing))
            _keep(loader.engine, parent.source, fresh, (kept[line] for line in lines.column(0).to_pylist()))
        keys.take(made, ordinal, clashing=clashing)
    finally:
        work.clean()
    return _replay(loader, parent, fresh, released, span), law


def _replay(
    loader: Loader, parent: Batch, fresh: str, released: int, span: tuple[datetime | None, datetime | None]
) -> Batch:
    """Give the batch of the rows of another that are accepted after all."""
    source = loader.catalog.sources[parent.source]
    return replace(
        parent,
        id=fresh,
        mapping_hash=mapping_hash(loader.catalog, source, landed(loader.catalog, source)),
        recorded_at=loader.clock.now(),
        rows_in=released,
        rows_accepted=released,
        rows_quarantined=0,
        reasons={},
        at_min=span[0],
        at_max=span[1],
        replays=parent.id,
        released=0,
        superseded_by=None,
    )


def corrections(engine: Engine, replays: Iterable[Batch]) -> dict[int, HeldRow]:
    """Give the rows corrected by hand that these replays hold, by line."""
    found: dict[int, HeldRow] = {}
    for replay in replays:
        if engine.exists(held.place(replay.source, replay.id)):
            found |= {row.line: row for row in held.at_rest(engine, replay)}
    return found


def _batches(
    columns: Sequence[RawColumn], first: HeldRow, ahead: Iterator[HeldRow], kept: dict[int, HeldRow] | None
) -> Iterator[pa.RecordBatch]:
    chunk = [first, *islice(ahead, _CHUNK)]
    while chunk:
        if kept is not None:
            kept |= {row.line: row for row in chunk}
        arrays = [_array(column, chunk) for column in columns]
        yield batch(columns, arrays, pa.array([row.line for row in chunk], pa.int64()))
        chunk = list(islice(ahead, _CHUNK))


def _array(column: RawColumn, rows: Sequence[HeldRow]) -> pa.Array:
    texts = pa.array([row.raw.get(column.name) for row in rows], pa.string())
    try:
        return texts.cast(ARROW[column.type])
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"A value of column {column.name!r} is no {column.type}: {error}.", code="correction"
        ) from error


def _keep(engine: Engine, source: str, replay: str, rows: Iterable[HeldRow]) -> None:
    kept = [held.row_at_rest(row) for row in rows]
    table = pa.Table.from_pylist(kept, schema=held.SCHEMA)
    engine.write(held.place(source, replay), table.to_reader())


def _quiet(rows: int) -> None:
    """Say nothing: replays are short."""
