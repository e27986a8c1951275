"""One run of landing: pages go in, and from time to time all that came is committed together with the cursor.

What is committed is in force at once where a first fetch was complete before; until then it stands in `coming.json`,
and nothing of it is read. A run that reads everything commits once, at its end. Files that no manifest names are
removed after the next commit.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from leadline.catalog.definitions import Source
from leadline.clock import Clock
from leadline.errors import SourceError
from leadline.ingest.landing import tables
from leadline.ingest.landing.columns import Columns
from leadline.ingest.landing.flatten import as_table
from leadline.ingest.landing.manifest import (
    COMING,
    MANIFEST,
    Manifest,
    landed_folder,
    read_manifest,
    write_manifest,
)
from leadline.ingest.landing.merging import Counts, Segments
from leadline.ingest.landing.order import Rank
from leadline.ingest.landing.page import Json, Page
from leadline.ingest.landing.tables import DEAD
from leadline.store.home import arriving

Dead = Callable[[pa.Table], "np.ndarray[tuple[int], np.dtype[np.bool_]]"]
"""Tells which records take theirs away."""

_RECORDS, _BYTES = 200_000, 64_000_000
"""So much is gathered before it is merged."""

PATIENCE = timedelta(seconds=30)
"""So long a slow source's records wait to be committed."""


def origin_of(source: Source) -> str:
    """Give the hash of all that decides which records there are: when it changes, they are fetched anew."""
    lands = source.lands
    if lands is None:
        return ""
    said = lands.model_dump(mode="json", exclude=set(type(lands).tuning))
    return hashlib.sha256(json.dumps([source.connector, said], sort_keys=True).encode()).hexdigest()


@dataclass(slots=True)
class Landing:
    """A run on one source. The caller holds the writing lock."""

    source: Source
    folder: Path
    clock: Clock
    dead: Dead | None
    base: Manifest
    target: str
    segments: Segments
    columns: Columns
    cursor: Json
    whole: bool
    records: int = 0
    _waiting: list[pa.Table] = field(default_factory=list)
    _records: int = 0
    _bytes: int = 0
    _merged: bool = False
    _committed: datetime | None = None

    @classmethod
    def begin(
        cls,
        root: Path,
        source: Source,
        clock: Clock,
        *,
        whole: bool,
        dead: Dead | None = None,
        anew: bool = False,
    ) -> "Landing":
        """Begin, or go on where a killed run was.

        Raises:
            SourceError: what has landed cannot be read, or nothing tells the records of an incremental source apart.
        """
        key = source.lands.record_key if source.lands else ()
        if not whole and not key:
            raise SourceError(
                f"Nothing tells the records of {source.name!r} apart, so fetching some again would double them.",
                code="landing-key", hint="Write `key: [...]`.",
            )  # fmt: skip
        folder = landed_folder(root, source.name)
        base, target = _base(folder, origin_of(source), whole=whole, anew=anew)
        held = {s.name: s for s in base.segments} if key else {}
        segments = Segments(
            folder, source.name, key, source.lands.record_updated if source.lands else None, held,
            base.next if key else 1, whole, _graves(folder, base),
        )  # fmt: skip
        return cls(
            source, folder, clock, dead, base, target, segments, Columns.of(base), base.cursor, whole,
            _committed=clock.now(),
        )  # fmt: skip

    @property
    def counts(self) -> Counts:
        """What became of the records so far."""
        return self.segments.counts

    def land(self, page: Page) -> None:
        """Take a page in; commit when there is enough and the page ends where a run may begin."""
        table = page.records if isinstance(page.records, pa.Table) else as_table(page.records)
        if table.num_rows or isinstance(page.records, pa.Table):
            self.columns.meet(table, explicit=isinstance(page.records, pa.Table))
            self._take(table, self.dead(table) if self.dead is not None and table.num_rows else None)
        gone = page.gone if isinstance(page.gone, pa.Table) else as_table(page.gone)
        if gone.num_rows:
            self._take(gone, np.ones(gone.num_rows, dtype=np.bool_))
        if page.present is not None:
            self._merge()
            self.segments.finish(page.present)
        if page.cursor is not None:
            self.cursor = page.cursor
        full = self._records >= _RECORDS or self._bytes >= _BYTES
        late = self.clock.now() - (self._committed or self.clock.now()) >= PATIENCE
        if full:
            self._merge()
        if (self._merged or late) and page.cursor is not None and not self.whole:
            self.commit()

    def commit(self) -> None:
        """Put what came so far in force, or keep it for the next run to go on with where nothing was complete yet.

        Only where the last page said that a run may begin behind it, and where not everything is read each time.
        """
        self._commit(self.target)

    def finish(self) -> Manifest:
        """End the run: all that came is in force.

        Raises:
            SourceError: everything was read and there was nothing, where there were records before.
        """
        if self.whole and not self.records and self.base.rows:
            raise SourceError(
                f"{self.source.name!r} gave no record at all, where it gave {self.base.rows:,} before; these stay.",
                code="landing-empty",
                hint=f"Look at its rights and filters. If it is so: leadline fetch {self.source.name} --anew.",
            )
        self._merge()
        if self.whole:
            self.segments.finish()
        self.columns.finish(self.records)
        manifest = self._commit(MANIFEST, ended=True)
        (self.folder / COMING).unlink(missing_ok=True)
        _tidy(self.folder, manifest)
        return manifest

    def _take(self, table: pa.Table, dead: "np.ndarray[tuple[int], np.dtype[np.bool_]] | None") -> None:
        marks = np.zeros(table.num_rows, dtype=np.bool_) if dead is None else dead
        self._waiting.append(table.append_column(DEAD, pa.array(marks)))
        self.records += table.num_rows
        self._records += table.num_rows
        self._bytes += table.nbytes

    def _merge(self) -> None:
        """Bring what was gathered into segments."""
        waiting, self._waiting, self._records, self._bytes = self._waiting, [], 0, 0
        if not waiting:
            return
        self._merged = True
        schema = waiting[0].schema
        for table in waiting[1:]:
            schema = tables.united(schema, table.schema)
        whole = pa.concat_tables([tables.aligned(table, schema) for table in waiting])
        if whole.num_rows:
            self.segments.merge(whole)

    def _commit(self, target: str, *, ended: bool = False) -> Manifest:
        """Put in force what came so far, with the cursor."""
        self._merge()
        now = self.clock.now()
        made = replace(
            self.base,
            segments=tuple(self.segments.held[name] for name in sorted(self.segments.held)),
            columns=dict(self.columns.types),
            absent=tuple(self.columns.absent),
            cursor=None if self.whole else self.cursor,
            next=self.segments.next,
            graves=_bury(self.folder, self.segments.graves),
            fetched_at=now.isoformat() if ended else self.base.fetched_at,
            runs=self.base.runs + ended,
        ).with_drift(self.columns.told(now))
        write_manifest(self.folder, made, target)
        _tidy(self.folder, made)
        self.base, self._committed, self._merged = made, now, False
        return made


def _base(folder: Path, origin: str, *, whole: bool, anew: bool) -> tuple[Manifest, str]:
    """Give what a run begins with, and where it commits to."""
    empty = Manifest(origin=origin)
    if anew:
        return empty, MANIFEST if whole else COMING
    standing = read_manifest(folder)
    if standing is not None and standing.origin == origin:
        return standing, MANIFEST
    if whole:
        return empty, MANIFEST
    coming = read_manifest(folder, COMING)
    return (coming if coming is not None and coming.origin == origin else empty), COMING


def _tidy(folder: Path, made: Manifest) -> None:
    """Remove the files that neither what was just committed nor what else there is names, a killed run's halves too.

    Nobody else is writing here: the caller holds the writing lock.
    """
    named = {*made.files, MANIFEST, COMING}
    for name in (MANIFEST, COMING):
        try:
            other = read_manifest(folder, name)
        except SourceError:
            continue
        named |= set(other.files) if other else set()
    for path in folder.iterdir():
        if path.name not in named and not path.is_dir():
            path.unlink(missing_ok=True)


def _graves(folder: Path, base: Manifest) -> dict[str, Rank]:
    if not base.graves:
        return {}
    try:
        table = parquet.read_table(folder / base.graves)
    except (pa.ArrowInvalid, OSError):
        return {}  # what it kept out was older than a deletion: at worst it comes back, and is seen
    return {r["key"]: (r["kind"], Decimal(r["rank"])) for r in table.to_pylist()}


def _bury(folder: Path, graves: dict[str, Rank]) -> str:
    """Write down which keys were deleted when; give the file's name."""
    if not graves:
        return ""
    keys = sorted(graves)
    table = pa.table(
        {
            "key": pa.array(keys, pa.string()),
            "kind": pa.array([graves[k][0] for k in keys], pa.int64()),
            "rank": pa.array([str(graves[k][1]) for k in keys], pa.string()),
        }
    )
    name = f"graves-{hashlib.sha256(repr(sorted(graves.items())).encode()).hexdigest()[:16]}.parquet"
    if not (folder / name).exists():
        with arriving(folder / name) as temporary:
            parquet.write_table(table, temporary, compression="zstd")
    return name
