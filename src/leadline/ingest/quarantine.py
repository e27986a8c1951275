"""Held rows: listed by reason, exported to be mended by hand, and tried again.

Only rows of live batches are here, and only those not released since. An export names each row by `batch:line`, so
a mended file finds its rows again; what it leaves out stays held.
"""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.clock import Clock
from leadline.errors import SourceError
from leadline.ingest import conversions as c
from leadline.ingest import held
from leadline.ingest.check_notes import FileHash, known
from leadline.ingest.checks import Keys
from leadline.ingest.gate import Surroundings
from leadline.ingest.held import HeldRow
from leadline.ingest.law import Law
from leadline.ingest.load import Loader
from leadline.ingest.order import Order
from leadline.ingest.replay import try_again
from leadline.ingest.sources import csv as delimited
from leadline.ingest.sources.files import Opened
from leadline.ingest.sources.reading import physical
from leadline.ingest.survey import Survey
from leadline.store.engine import Engine, Relation
from leadline.store.entries import Batch
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

ID, LINE, FILE, REASONS, TEXT = "_held_id", "_line", "_file", "_reasons", "_text"
_OWN = (ID, FILE, LINE, REASONS)
_HINT = "Export the held rows anew; the file may have been loaded again since."

Cells = Mapping[str, str]
"""A row of a mended export, by column."""


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """The held rows of one file that have the same first reason, with a few of them."""

    source: str
    file: str
    batch: str
    code: str
    reason: str
    rows: int
    examples: tuple[HeldRow, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the rows tried of one batch: `law.accepted` are released, as `batch`; `law.held` held still."""

    parent: Batch
    batch: Batch | None
    law: Law


def groups(
    engine: Engine, ledger: Ledger, *, source: str | None = None, file: str | None = None, examples: int = 3
) -> list[HeldGroup]:
    """Give the held rows by source, file and first reason, the most frequent reason of a file first."""
    found: list[HeldGroup] = []
    for batch, replays in _with_held(ledger, source, file):
        counts = engine.read(_counted(engine, batch, replays)).to_pylist()
        shown: dict[str, list[HeldRow]] = {n["_reason"]: [] for n in counts}
        for row in engine.read(_examples(engine, batch, replays, examples)).to_pylist() if counts else ():
            shown[row["_reason"]].append(held.from_rest(batch, row))
        found += [
            HeldGroup(
                batch.source,
                batch.file,
                batch.id,
                n["_code"],
                n["_reason"],
                n["rows"],
                tuple(shown[n["_reason"]]),
            )
            for n in counts
        ]
    return found


def rows(
    engine: Engine,
    ledger: Ledger,
    *,
    source: str | None = None,
    file: str | None = None,
    reason: str | None = None,
) -> Iterator[HeldRow]:
    """Give every held row, by source, file and line. `reason`: only rows with this code, or these words, first."""
    for batch, replays in _with_held(ledger, source, file):
        for row in held.read(engine, batch, _released(engine, replays)):
            if reason is None or reason in {row.reasons[0].code, row.reasons[0].words}:
                yield row


def export(
    engine: Engine,
    ledger: Ledger,
    target: TextIO,
    *,
    source: str | None = None,
    file: str | None = None,
    reason: str | None = None,
) -> int:
    """Write held rows as CSV, to be mended and given to `replay`; give their number.

    The columns are `_held_id`, `_file`, `_line`, `_reasons`, those of the files, and `_text` (of unreadable records).
    """
    names: dict[str, None] = {}
    for row in rows(engine, ledger, source=source, file=file, reason=reason):
        names |= dict.fromkeys(row.raw)
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([*_OWN, *names, TEXT])
    number = 0
    for row in rows(engine, ledger, source=source, file=file, reason=reason):
        reasons = "; ".join(str(r) for r in row.reasons)
        values = [row.raw.get(name) or "" for name in names]
        writer.writerow([row.id, row.file, row.line, reasons, *values, row.text])
        number += 1
    return number


def replay(
    catalog: Catalog,
    engine: Engine,
    ledger: Ledger,
    staging: Staging,
    clock: Clock,
    *,
    actor: str,
    source: str | None = None,
    corrected: Path | None = None,
) -> list[Replayed]:
    """Try held rows again: those of a source, or of all, as the definitions are now; or those in a mended export.

    The caller holds the project's writing lock. What passes counts at once; what does not stays held as it was.

    Raises:
        SourceError: the mended file cannot be read, names a row that is not held, or has a value of a wrong type.
    """
    with ledger.read() as reader:
        batches = reader.batches()
    replaying = _Replaying(
        Loader(catalog, engine, staging, clock),
        ledger,
        actor,
        Order(Survey((), (), (), ()), batches, set()),
        known(ledger).released,
    )
    chosen = [(b, r) for b, r in _with_held(ledger, source, None) if b.source in catalog.sources]
    mended = _mended(corrected) if corrected else None
    if mended is not None:
        _refuse_strangers(engine, mended, chosen)
        chosen = [(batch, replays) for batch, replays in chosen if batch.id in mended]
    try:
        done = [replaying.batch(b, replays, mended[b.id] if mended else None) for b, replays in chosen]
    finally:
        replaying.close()
    return [replayed for replayed in done if replayed.law.rows_in]


@dataclass(slots=True)
class _Replaying:
    """A replay of several batches: the keys that one takes are taken for the next."""

    loader: Loader
    ledger: Ledger
    actor: str
    order: Order
    passed: Mapping[FileHash, frozenset[str]] = field(default_factory=dict)
    """The checks that a person has let files pass."""
    keys: dict[str, Keys] = field(default_factory=dict)

    def batch(self, batch: Batch, replays: Sequence[Batch], mended: Mapping[int, Cells] | None) -> Replayed:
        """Try the held rows of one batch, or those mended, and tell the ledger of what passes."""
        engine = self.loader.engine
        rows_held = held.read(engine, batch, _released(engine, replays))
        tried = (
            rows_held
            if mended is None
            else (_patched(r, mended[r.line]) for r in rows_held if r.line in mended)
        )
        made, law = try_again(
            self.loader,
            batch,
            (row for row in tried if not row.unread and not _waits(row, self._released_from(batch))),
            self._keys(batch.fact),
            ordinal=self.order.place_of[batch.id],
            corrected=mended is not None,
            around=Surroundings(self._live, same=(batch, *replays), released=self._released_from(batch)),
        )
        if made is not None:
            with self.ledger.write(actor=self.actor) as writer:
                writer.record_batch(made)
        return Replayed(batch, made, law)

    def _live(self, fact: str) -> list[Batch]:
        return [batch for holder in self.order.of(fact).values() for batch in holder.batches]

    def _released_from(self, batch: Batch) -> frozenset[str]:
        return self.passed.get((batch.source, batch.file_hash), frozenset())

    def close(self) -> None:
        """Drop what is staged."""
        for keys in self.keys.values():
            keys.close()

    def _keys(self, name: str) -> Keys:
        if name not in self.keys:
            loader = self.loader
            fact = loader.catalog.facts[name]
            self.keys[name] = Keys(loader.staging, loader.engine, fact, self.order.of(name))
        return self.keys[name]


def _waits(row: HeldRow, passed: Collection[str]) -> bool:
    """Tell whether a row waits for a person to let its whole file pass a check."""
    return any(reason.code == "batch-check" and reason.column not in passed for reason in row.reasons)


def _with_held(ledger: Ledger, source: str | None, file: str | None) -> list[tuple[Batch, list[Batch]]]:
    """Give the live batches that have held rows, by source and file, each with its live replays."""
    with ledger.read() as reader:
        live = reader.live_batches()
    chosen = [
        b
        for b in live
        if b.rows_quarantined and (source is None or b.source == source) and (file is None or b.file == file)
    ]
    chosen.sort(key=lambda b: (b.source, b.file))
    return [(batch, [b for b in live if b.replays == batch.id]) for batch in chosen]


def _released(engine: Engine, replays: Sequence[Batch]) -> frozenset[int]:
    """Give the lines that replays have released."""
    if not replays:
        return frozenset()
    lines = engine.read(exp.select("_line").from_(_replayed(engine, replays)))
    return frozenset(lines.column(0).to_pylist())


def _replayed(engine: Engine, replays: Sequence[Batch]) -> exp.Expr:
    relations = [Relation("fact", b.fact, b.id) for b in replays]
    return engine.scan(relations, {"_line": "integer"}, "r")


def _unreleased(engine: Engine, batch: Batch, replays: Sequence[Batch]) -> exp.Select:
    """Select the rows of a batch that are held still, all columns."""
    kept = engine.scan([held.place(batch.source, batch.id)], held.COLUMNS, "h")
    query = exp.select(*(exp.column(name, table="h") for name in held.COLUMNS)).from_(kept)
    if not replays:
        return query
    same = exp.EQ(this=exp.column("_line", table="h"), expression=exp.column("_line", table="r"))
    return query.join(_replayed(engine, replays), on=same, join_type="anti")


def _counted(engine: Engine, batch: Batch, replays: Sequence[Batch]) -> exp.Select:
    return (
        exp.select("_code", "_reason", exp.Count(this=exp.Star()).as_("rows"))
        .from_(_unreleased(engine, batch, replays).subquery("h"))
        .group_by("_code", "_reason")
        .order_by(exp.Ordered(this=exp.column("rows"), desc=True), "_reason")
    )


def _examples(engine: Engine, batch: Batch, replays: Sequence[Batch], number: int) -> exp.Select:
    """Select the first few rows of each reason."""
    line = exp.Ordered(this=exp.column("_line"))
    nth = exp.Window(
        this=exp.RowNumber(), partition_by=[exp.column("_reason")], order=exp.Order(expressions=[line])
    )
    numbered = exp.select("*", nth.as_("_nth")).from_(_unreleased(engine, batch, replays).subquery("h"))
    few = exp.LTE(this=exp.column("_nth"), expression=c.number(number))
    return exp.select("*").from_(numbered.subquery("n")).where(few).order_by("_line")


def _mended(path: Path) -> dict[str, dict[int, Cells]]:
    """Read a mended export: the cells of each row, by batch and line."""
    opened = Opened(path)
    try:
        reading = delimited.read(opened, delimited.Shape())
        names = [column.name for column in reading.columns]
        if ID not in names:
            raise SourceError(f"{path.name} has no column {ID!r}.", code="correction", hint=_HINT)
        found: dict[str, dict[int, Cells]] = {}
        for batch in reading.batches:
            for row in batch.to_pylist():
                if row["_fault"] is not None:
                    raise SourceError(
                        f"Line {row['_line']} of {path.name} cannot be read: {row['_detail']}.",
                        code="correction",
                    )
                cells = {name: row[physical(i)] or "" for i, name in enumerate(names)}
                parent, _, line = cells[ID].partition(":")
                if not line.isdecimal():
                    raise SourceError(f"{cells[ID]!r} is no {ID}.", code="correction", hint=_HINT)
                found.setdefault(parent, {})[int(line)] = cells
    finally:
        opened.close()
    return found


def _refuse_strangers(
    engine: Engine, mended: Mapping[str, Mapping[int, Cells]], chosen: Sequence[tuple[Batch, list[Batch]]]
) -> None:
    """Refuse a mended file that names rows which are not held, before any of it counts."""
    known = {batch.id: (batch, replays) for batch, replays in chosen}
    for name, lines in mended.items():
        if name in known:
            query = exp.select("_line").from_(_unreleased(engine, *known[name]).subquery("h"))
            lines_held = set(engine.read(query).column(0).to_pylist())
        strangers = sorted(set(lines) - (lines_held if name in known else set()))
        if strangers:
            raise SourceError(
                f"The row {name}:{strangers[0]} is not held (any more).", code="correction", hint=_HINT
            )


def _patched(row: HeldRow, cells: Cells) -> HeldRow:
    """Give a row as it was mended. A cell left as it was exported means what it meant; an emptied one means null."""
    raw = {
        name: value if cells.get(name, value or "") == (value or "") else cells[name] or None
        for name, value in row.raw.items()
    }
    return replace(row, raw=raw)
