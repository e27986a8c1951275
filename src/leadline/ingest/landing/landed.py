"""`landed:` as a connector: tables of dlt and Airbyte, read as a whole each time, without what is not finished.

dlt marks each row with its load, and notes a load in `_dlt_loads` when all of it is there (status 0). Airbyte marks
records that were deleted at their source (`_ab_cdc_deleted_at`).
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leadline.catalog.definitions import Landed
from leadline.errors import SourceError
from leadline.ingest.landing.asked import Asked
from leadline.ingest.landing.page import Heed, Json, Page
from leadline.ingest.sources import parquet
from leadline.ingest.sources.reading import physical
from leadline.store.databases.addresses import address, engine
from leadline.store.databases.rows import Rows
from leadline.store.databases.snapshot import snapshot

_LOADS, _LOAD, _DELETED = "_dlt_loads", "_dlt_load_id", "_ab_cdc_deleted_at"
_LINES = 10_000


@dataclass(frozen=True, slots=True)
class LandedTable:
    """Reads a table that dlt or Airbyte wrote."""

    asked: Asked
    declared: Landed

    @property
    def whole(self) -> bool:
        """Every run reads everything: these tools replace rows and whole tables. What is the same is left as it is."""
        return True

    def pages(self, cursor: Json, heed: Heed) -> Iterator[Page]:
        """Give the rows of finished loads; see `Connector`."""
        del cursor
        found = self._of_files(heed) if self.declared.folder is not None else self._of_database(heed)
        for page in found:
            yield _without_deleted(page) if self.declared.by == "airbyte" else page

    def _of_database(self, heed: Heed) -> Iterator[Page]:
        declared, asked = self.declared, self.asked
        secret = asked.secrets.get(declared.secret) if declared.secret else None
        made = engine(address(declared.url, secret, asked.root))
        try:
            with snapshot(made, share=False) as moment:
                rows = Rows.of(moment, declared.table, None)
                query = rows.all()
                if declared.by == "dlt":
                    rows.require([_LOAD], "by: dlt")
                    schema, dot, _ = declared.table.rpartition(".")
                    loads = Rows.of(moment, f"{schema}{dot}{_LOADS}", None)
                    query = rows.finished(_LOAD, loads)
                for table in moment.batches(query):
                    heed()
                    yield Page(table)
        finally:
            made.dispose()

    def _of_files(self, heed: Heed) -> Iterator[Page]:
        folder = self.asked.root / (self.declared.folder or "")
        place = folder / self.declared.table
        if not place.is_dir():
            raise SourceError(
                f"There is no folder {self.declared.table!r} in {self.declared.folder!r}.", code="landed-file",
                hint="`folder` is the dataset's folder, `table` the name of a folder in it.",
            )  # fmt: skip
        finished = _finished(folder) if self.declared.by == "dlt" else None
        for path in sorted(p for p in place.rglob("*") if p.is_file() and not p.name.startswith(".")):
            if finished is None or _load_of(path.name) in finished:
                for page in _records(path):
                    heed()
                    yield page


def of_landed(asked: Asked) -> LandedTable:
    """Give what reads a table that another tool landed."""
    declared = asked.source.landed
    if declared is None:
        raise SourceError(f"{asked.source.name!r} is not one that another tool landed.", code="not-fetched")
    return LandedTable(asked, declared)


def _finished(folder: Path) -> frozenset[str]:
    """Give the loads of a dataset of files that ended."""
    place = folder / _LOADS
    if not place.is_dir():
        raise SourceError(
            f"There is no {_LOADS!r} in {folder.name!r}, so nothing tells which loads ended.", code="landed-file",
            hint="Is `folder` the dataset's folder, as dlt wrote it?",
        )  # fmt: skip
    notes = [note for path in sorted(place.rglob("*")) if path.is_file() for note in _lines(path)]
    return frozenset(str(note.get("load_id")) for note in notes if str(note.get("status")) == "0")


def _load_of(name: str) -> str:
    """Give the load that a file of dlt is of: `1795361927.407797.9bceed313a.jsonl.gz`."""
    return ".".join(name.split(".")[:2])


def _records(path: Path) -> Iterator[Page]:
    """Give the records of a file."""
    if path.suffix in {".parquet", ".pq"}:
        reading = parquet.read(path)
        names = [column.name.replace(".", "__") for column in reading.columns]
        for batch in reading.batches:
            columns = [batch.column(physical(nth)) for nth in range(len(names))]
            yield Page(pa.Table.from_arrays(columns, names=names))
        return
    if not {".jsonl", ".json", ".ndjson"} & set(path.suffixes):
        raise SourceError(
            f"{path.name!r} is neither Parquet nor JSON lines.", code="landed-file",
            hint="Let the tool write Parquet or JSON lines.",
        )  # fmt: skip
    waiting: list[Mapping[str, object]] = []
    for record in _lines(path):
        data = record.pop("_airbyte_data", None)
        waiting.append({**record, **data} if isinstance(data, dict) else record)
        if len(waiting) >= _LINES:
            yield Page(waiting)
            waiting = []
    if waiting:
        yield Page(waiting)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Give the objects of a file of JSON lines, packed or not.

    Raises:
        SourceError: a line is none; a finished load has no such lines, so nothing of it is taken.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            for nth, line in enumerate(gzip.GzipFile(fileobj=raw) if packed else raw, start=1):
                if line.strip():
                    found = json.loads(line, parse_float=str)
                    if not isinstance(found, dict):
                        raise _broken(path, f"line {nth} is no object")
                    yield found
    except (OSError, EOFError, ValueError) as error:
        raise _broken(path, f"it cannot be read ({type(error).__name__})") from error


def _broken(path: Path, why: str) -> SourceError:
    return SourceError(
        f"{path.name!r} is of a load that ended, and {why}.",
        code="landed-file",
        hint="Let the tool load it again.",
    )


def _without_deleted(page: Page) -> Page:
    """Part the records that say that they are gone from the others."""
    if isinstance(page.records, pa.Table):
        if _DELETED not in page.records.column_names:
            return page
        values = page.records.column(_DELETED)
        there = pc.is_null(values)
        if pa.types.is_string(values.type):
            there = pc.or_(there, pc.equal(values, ""))
        return Page(
            page.records.filter(pc.fill_null(there, fill_value=True)),
            gone=page.records.filter(pc.invert(there)),
        )
    return Page(
        [record for record in page.records if not record.get(_DELETED)],
        gone=[record for record in page.records if record.get(_DELETED)],
    )
