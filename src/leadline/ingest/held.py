"""Held rows at rest: each with its line, its reasons, and all that its file said, so that it can be tried again.

One schema for every source: the raw values stand as one JSON object, names and order as in the file, null for null.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import pyarrow as pa
from sqlglot import exp

from leadline.errors import suggest
from leadline.ingest.mapping import parsed_reasons
from leadline.ingest.reasons import Reason
from leadline.ingest.sources.reading import RawColumn, RawType
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.entries import Batch

COLUMNS: Mapping[str, ValueType] = {
    "_line": "integer", "_code": "text", "_reason": "text", "_reasons": "text", "_raw": "text", "_types": "text",
    "_text": "text", "_other": "text",
}  # fmt: skip
SCHEMA = pa.schema(
    [(name, pa.int64() if kind == "integer" else pa.string()) for name, kind in COLUMNS.items()]
)
"""`_reason`: the first reason's words, without the value. `_reasons`: all, as JSON. `_raw`: the values by column; of a
broken record they are all null, and `_text` is its text. `_other`: the batch that holds the key, if that is why."""

_JSON = json.JSONEncoder(ensure_ascii=False).encode
_HINTS = 200


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that was not accepted: `id` is `batch:line`."""

    batch: str
    source: str
    file: str
    line: int
    reasons: tuple[Reason, ...]
    raw: Mapping[str, str | None]
    types: Mapping[str, RawType]
    text: str

    @property
    def id(self) -> str:
        """The row's name in exports."""
        return f"{self.batch}:{self.line}"

    @property
    def unread(self) -> bool:
        """Whether there is nothing to try again: the record could not be read, and nobody has mended it."""
        return bool(self.text) and not any(value is not None for value in self.raw.values())


@dataclass(slots=True)
class Holding:
    """Turns the rows of a file that are held into rows at rest, counting them by reason on the way.

    Staged rows have `_line`, `_reasons`, `_raw` (the values in the order of `columns`), `_text` and `_other`.

    `known` gives the values that a fact's column may have, for near names.
    """

    columns: Sequence[RawColumn]
    known: Callable[[str], Sequence[str]]
    reasons: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    hints: dict[tuple[str, str], str] = field(default_factory=dict)

    def reader(self, staged: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """Give the rows at rest of staged ones."""
        return pa.RecordBatchReader.from_batches(SCHEMA, self._batches(staged))

    def _batches(self, staged: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        types = _types({c.name: c.type for c in self.columns})
        names = [c.name for c in self.columns]
        say = lru_cache(maxsize=4096)(self._said)
        for batch in staged:
            rows = batch.num_rows
            said = [say(text) for text in batch["_reasons"].to_pylist()]
            raw = [_JSON(dict(zip(names, values, strict=True))) for values in batch["_raw"].to_pylist()]
            self.reasons.update(words for _, words, _ in said)
            self.rows += rows
            columns = [
                batch["_line"],
                *(pa.array(values, pa.string()) for values in zip(*said, strict=True)),
                pa.array(raw, pa.string()),
                pa.array([types] * rows, pa.string()),
                batch["_text"],
                batch["_other"],
            ]
            if rows:
                yield pa.record_batch(columns, schema=SCHEMA)

    def _said(self, text: str) -> tuple[str, str, str]:
        """Give the code and words of the first reason against a row, and all reasons as JSON."""
        reasons = [self._near(reason) for reason in parsed_reasons(text)]
        return reasons[0].code, reasons[0].words, _reasons(reasons)

    def _near(self, reason: Reason) -> Reason:
        """Add near names to a reason where there is a list of what a value may be; to the first few hundred only."""
        if reason.code not in {"unknown-unit", "not-one-of"}:
            return reason
        key = (reason.column, reason.shown)
        if key not in self.hints and len(self.hints) < _HINTS:
            self.hints[key] = suggest(reason.shown, self.known(reason.column))
        return replace(reason, hint=self.hints.get(key, ""))


def _reasons(reasons: Sequence[Reason]) -> str:
    return _JSON([[r.code, r.column, r.shown, r.hint] for r in reasons])


def _types(types: Mapping[str, RawType]) -> str | None:
    """Give the types of columns that are not text, as JSON, or None if there are none."""
    return (
        _JSON({name: kind for name, kind in types.items() if kind != "text"})
        if set(types.values()) - {"text"}
        else None
    )


def place(source: str, batch: str) -> Relation:
    """Give where a batch's held rows are at rest."""
    return Relation("held", source, batch)


def others(engine: Engine, batch: Batch) -> frozenset[str]:
    """Give the batches because of whose rows some rows of this one are held."""
    query = (
        exp.select("_other")
        .distinct()
        .from_(engine.scan([place(batch.source, batch.id)], {"_other": "text"}, "h"))
    )
    return frozenset(v for v in engine.read(query).column(0).to_pylist() if v is not None)


def read(engine: Engine, batch: Batch, released: Collection[int]) -> Iterator[HeldRow]:
    """Give a batch's held rows in the order of their lines, without those released since."""
    if batch.rows_quarantined:
        yield from (row for row in at_rest(engine, batch) if row.line not in released)


def at_rest(engine: Engine, batch: Batch) -> Iterator[HeldRow]:
    """Give the rows kept with a batch in the order of their lines."""
    rows_of = engine.scan([place(batch.source, batch.id)], COLUMNS, "h")
    for rows in engine.stream(exp.select(*COLUMNS).from_(rows_of).order_by("_line")):
        for row in rows.to_pylist():
            yield from_rest(batch, row)


def from_rest(batch: Batch, row: Mapping[str, Any]) -> HeldRow:
    """Give a row of a batch from what is at rest of it."""
    return HeldRow(
        batch.id,
        batch.source,
        batch.file,
        row["_line"],
        tuple(Reason(*reason) for reason in json.loads(row["_reasons"])),
        json.loads(row["_raw"]),
        json.loads(row["_types"]) if row["_types"] else {},
        row["_text"] or "",
    )


def row_at_rest(row: HeldRow) -> dict[str, object]:
    """Give what is at rest of a row."""
    first = row.reasons[0]
    return {
        "_line": row.line,
        "_code": first.code,
        "_reason": first.words,
        "_reasons": json.dumps(
            [[r.code, r.column, r.shown, r.hint] for r in row.reasons], ensure_ascii=False
        ),
        "_raw": json.dumps(dict(row.raw), ensure_ascii=False),
        "_types": json.dumps(dict(row.types)) if row.types else None,
        "_text": row.text or None,
        "_other": None,
    }
