"""Closed figures for planning systems: one flat row for each, with versions and restatements, whole or since a cursor.

The one rule: rows are only ever added. A reader that keeps its cursor gets each row once, in one order.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from leadline.app.seen import shown
from leadline.errors import ExportError
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.scorecards.freezing import segment_of
from leadline.store.closings import Closing, Frozen, Restated
from leadline.store.frozen import FrozenReader

COLUMNS: Mapping[str, str] = {
    "cursor": "text", "scorecard": "text", "scorecard_version": "integer", "period": "text",
    "period_start": "day", "period_end": "day", "unit": "text", "on_unit": "text", "segment": "text",
    "node": "text", "path": "text", "label": "text", "measure": "text", "version": "integer",
    "measured_in": "text", "value": "number", "low": "number", "high": "number", "n": "integer",
    "status": "text", "score": "number", "score_status": "text", "weight": "number", "target": "number",
    "red_flag": "number", "restated": "flag", "withheld": "flag", "in_force": "flag", "generation": "text",
    "recorded_at": "instant", "closing": "text", "hash": "text",
}  # fmt: skip
"""The table's columns and their types, in order. docs/epm.md says what each holds."""

START = "0.0.0"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows after a cursor, the cursor to go on from, and whether more are there."""

    rows: tuple[dict[str, Any], ...]
    cursor: str
    more: bool


def page(
    published: Published,
    reader: FrozenReader,
    viewer: str | Viewer,
    *,
    cursor: str = START,
    limit: int | None = None,
) -> Page:
    """Give the rows that a viewer sees after a cursor, at most `limit`; without one, all.

    Raises:
        ExportError: the cursor is none.
    """
    rows: list[dict[str, Any]] = []
    last, more = cursor, False
    for made in _after(reader, _read(cursor)):
        at, closing, figure, row = made
        if limit is not None and len(rows) >= limit:
            more = True
            break
        last = at
        period = published.periods.parse(closing.period)
        if figure.metric is None and not isinstance(viewer, str):
            continue  # a score tells of every figure below it: scores are for those who read the whole ledger
        if shown(published, viewer, figure, period):
            rows.append({"cursor": at, **row})
    return Page(tuple(rows), last, more)


def as_csv(rows: tuple[dict[str, Any], ...]) -> str:
    """Give rows as CSV with a header. A text that a spreadsheet would take for a formula begins with a quote."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {k: f"'{v}" if isinstance(v, str) and v[:1] in "=+-@\t" else v for k, v in row.items()}
        for row in rows
    )
    return out.getvalue()


def write_parquet(rows: tuple[dict[str, Any], ...], target: Path) -> None:
    """Write rows as Parquet, with the same columns whether there are rows or not."""
    import pyarrow as pa  # noqa: PLC0415 - only this format needs it
    import pyarrow.parquet as pq  # noqa: PLC0415 - same

    kinds = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "flag": pa.bool_(),
             "day": pa.date32(), "instant": pa.timestamp("s", tz="UTC")}  # fmt: skip
    schema = pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    pq.write_table(pa.Table.from_pylist([_typed(row) for row in rows], schema=schema), target)


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row with days and instants as such."""
    read = {"day": date.fromisoformat, "instant": datetime.fromisoformat}
    return {
        name: read[COLUMNS[name]](value) if COLUMNS[name] in read and value is not None else value
        for name, value in row.items()
    }


def _after(
    reader: FrozenReader, cursor: tuple[int, int, int]
) -> Iterator[tuple[str, Closing, Frozen, dict[str, Any]]]:
    """Give every figure of closings after a cursor, in order, and then every restatement after it."""
    number, position, restatement = cursor
    in_force = {one.id for one in reader.in_force()}
    closings = {one.id: one for one in reader.closings()}
    kept: dict[str, list[Frozen]] = {}
    for closing in closings.values():
        if closing.number < number:
            continue
        kept[closing.id] = reader.figures(closing.id)
        for nth, figure in enumerate(kept[closing.id], 1):
            if closing.number == number and nth <= position:
                continue
            number, position = closing.number, nth
            at = f"{number}.{position}.{restatement}"
            yield at, closing, figure, _row(closing, figure, None, in_force=closing.id in in_force)
    for one in reader.restated(after=restatement):
        closing = closings[one.closing]
        figures = kept.setdefault(closing.id, reader.figures(closing.id))
        figure = figures[one.position]
        at = f"{number}.{position}.{one.number}"
        yield at, closing, figure, _row(closing, figure, one, in_force=closing.id in in_force)


def _row(closing: Closing, was: Frozen, now: Restated | None, *, in_force: bool) -> dict[str, Any]:
    said = now or was
    return {
        "scorecard": closing.scorecard,
        "scorecard_version": closing.version,
        "period": closing.period,
        "period_start": closing.start,
        "period_end": closing.end,
        "unit": was.of_unit,
        "on_unit": was.unit,
        "segment": ", ".join(f"{column}={value}" for column, value in segment_of(was).items()) or None,
        "node": was.node,
        "path": was.path,
        "label": was.label,
        "measure": was.metric,
        "version": said.version,
        "measured_in": was.measured_in,
        "value": said.value,
        "low": said.low,
        "high": said.high,
        "n": said.n,
        "status": said.status,
        "score": said.score,
        "score_status": said.verdict,
        "weight": was.weight,
        "target": was.goal,
        "red_flag": was.red_flag,
        "restated": now is not None,
        "withheld": now is not None and now.withheld,
        "in_force": in_force,
        "generation": now.generation if now else closing.generation,
        "recorded_at": (now.at if now else closing.closed_at).isoformat(timespec="seconds"),
        "closing": closing.id,
        "hash": closing.hash,
    }


def _read(cursor: str) -> tuple[int, int, int]:
    parts = cursor.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
        raise ExportError(
            f"{cursor!r} is no cursor.", code="export-cursor", hint=f"Begin with {START}, or without one."
        )
    number, position, restatement = (int(part) for part in parts)
    return number, position, restatement
