"""What there is to do: the files that the sources mean, against what the ledger knows of them.

A file is the same while its bytes are: they are hashed unless size, time of change and inode are those noted with the
hash. A mapping is the same while nothing that decides its result changed.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from leadline.catalog import Catalog
from leadline.catalog.definitions import Fact, Source
from leadline.clock import Clock
from leadline.errors import SourceError
from leadline.ingest.landing.manifest import Manifest, landed_folder, logical, read_manifest
from leadline.ingest.row_checks import checks_of
from leadline.ingest.sources.files import Stamp, digest
from leadline.ingest.sources.files import find as find_files
from leadline.ingest.sources.reading import RawColumn
from leadline.store.entries import Batch

FileKey = tuple[str, str]
"""Source and file, as paths are written in the ledger."""

READING = 2
"""Counts changes in how Leadline reads and maps: files loaded under another number are loaded anew."""

_UNSETTLED = 2_000_000_000
"""Nanoseconds in which a file may change twice without its time of change telling."""

Standing = Literal["to load", "unchanged", "refused before", "unreadable"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file on disk, and what is known of it. `live` is the batch that counts, without its replays.

    Of a segment of landed records `columns` are those of all segments, and `landed_hash` is what landed.
    """

    source: Source
    fact: Fact
    file: str
    path: Path
    mapping_hash: str
    standing: Standing = "to load"
    stamp: Stamp | None = None
    hash: str = ""
    settled: bool = False
    live: Batch | None = None
    error: SourceError | None = None
    reason: str = ""
    columns: tuple[RawColumn, ...] | None = None
    landed_hash: str = ""

    @property
    def key(self) -> FileKey:
        """Source and file."""
        return self.source.name, self.file


@dataclass(frozen=True, slots=True)
class Survey:
    """Every file in the order of loading; the live batches of files that are gone (and whether the mapping changed
    since); and those to be retired."""

    candidates: tuple[Candidate, ...]
    gone: tuple[tuple[Batch, bool], ...]
    retired: tuple[Batch, ...]
    empty: tuple[str, ...]
    to_load: int = 0


def survey(
    catalog: Catalog,
    batches: Sequence[Batch],
    clock: Clock,
    chosen: Collection[str] | None,
    released: Mapping[FileKey, frozenset[str]] | None = None,
) -> Survey:
    """Look at the files of the chosen sources (None: of all). `batches` are all that the ledger has.

    `released` are the checks that a person lets a file pass, by source and hash: they decide what is made of it.
    """
    known = _Known.of(batches)
    candidates: list[Candidate] = []
    empty: list[str] = []
    mappings: dict[str, str] = {}
    read: set[str] = set()
    for name in sorted(catalog.sources):
        if chosen is not None and name not in chosen:
            continue
        source = catalog.sources[name]
        manifest = landed(catalog, source)
        mappings[name] = mapping_hash(catalog, source, manifest)
        found = list(_found(catalog, source, mappings[name], manifest))
        if not found:
            empty.append(name)
        unsettled = clock.now().timestamp() * 1e9 - _UNSETTLED
        candidates += [_judged(one, known, unsettled, released or {}) for one in found]
        if manifest is not None:
            read.add(name)
    met = {(c.source.name, c.file) for c in candidates}
    gone: list[tuple[Batch, bool]] = []
    retired: list[Batch] = []
    for key, batch in sorted(known.live.items()):
        if key in met or not batch.rows_in or (chosen is not None and batch.source not in chosen):
            continue
        defined = catalog.sources.get(batch.source)
        if defined is not None and defined.fact == batch.fact and _only_gone(catalog, batch, read):
            gone.append((batch, batch.mapping_hash != mappings[batch.source]))
        else:
            retired.append(batch)
    to_load = sum(c.standing == "to load" for c in candidates)
    return Survey(tuple(candidates), tuple(gone), tuple(retired), tuple(empty), to_load)


def _found(catalog: Catalog, source: Source, mapping: str, manifest: Manifest | None) -> Iterator[Candidate]:
    """Give the files that a source means, or the segments of what it landed."""
    fact = catalog.facts[source.fact]
    if source.files is not None:
        for path in find_files(catalog.root, source.files):
            yield Candidate(source, fact, path.as_posix(), catalog.root / path, mapping)
    elif manifest is not None:
        folder = landed_folder(catalog.root, source.name)
        for segment in manifest.segments:
            yield Candidate(
                source, fact, logical(source.name, segment.name), folder / segment.file, mapping,
                columns=_columns(source, manifest), landed_hash=segment.hash,
            )  # fmt: skip


def _columns(source: Source, manifest: Manifest) -> tuple[RawColumn, ...]:
    """Give the columns of all landed records, and those that the source has although no record had them yet."""
    others = [RawColumn(name) for name in source.header_names if name not in manifest.columns]
    return (*manifest.raw_columns, *others)


def _only_gone(catalog: Catalog, batch: Batch, read: Collection[str]) -> bool:
    """Tell whether a file is not there although its source means it: landed records that are gone mean nothing any
    more, unless nothing at all is known to have landed."""
    if catalog.sources[batch.source].connector:
        return batch.source not in read
    return not (catalog.root / batch.file).exists()


def largest(catalog: Catalog) -> int:
    """Give the size in bytes of the largest file that a source means; a packed file counts ten times."""
    sizes = [0]
    for source in catalog.sources.values():
        if source.files is None:
            landed = landed_folder(catalog.root, source.name).glob("[0-9]*.parquet")
            sizes += [plain_size(path, path.stat().st_size) for path in landed]
            continue
        for path in find_files(catalog.root, source.files):
            with suppress(OSError):  # a file may go at any time
                sizes.append(plain_size(path, (catalog.root / path).stat().st_size))
    return max(sizes)


def plain_size(path: Path, size: int) -> int:
    """Give the size in bytes that a file may have as plain text."""
    return size * (10 if path.suffix in {".gz", ".parquet", ".xlsx"} else 1)


def landed(catalog: Catalog, source: Source) -> Manifest | None:
    """Give what of a source has landed; None where nothing has, or where it is one of files."""
    return read_manifest(landed_folder(catalog.root, source.name)) if source.connector else None


def mapping_hash(catalog: Catalog, source: Source, manifest: Manifest | None) -> str:
    """Give the hash of all that decides what a source makes of a file's bytes."""
    fact = catalog.facts[source.fact]
    codes = any(column.type == "unit" for column in fact.columns.values())
    aside = Source.described_by | {"kind", "name", "files", "columns", "reject", "time_zone"}
    aside |= set(Source.connectors)

    def canonical(*path: str | int) -> str:
        return catalog.expression(source, *path).tree.sql(dialect="duckdb")

    parts = [
        READING,
        source.model_dump(mode="json", exclude=set(aside)),
        {name: canonical("columns", name) for name in source.columns},
        [(canonical("reject", nth, "when"), rejection.reason) for nth, rejection in enumerate(source.reject)],
        catalog.fingerprint(fact).meaning,
        source.time_zone or catalog.project.time_zone,
        sorted(catalog.units.by_code.items()) if codes else [],
    ]
    if manifest is not None:
        parts.append(_used(catalog, source, manifest))
    if checks := checks_of(catalog, source):
        parts.append({check.name: catalog.fingerprint(check).meaning for check in checks})
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _used(catalog: Catalog, source: Source, manifest: Manifest) -> list[tuple[str, str]]:
    """Give the landed columns that a mapping uses, with their types: when one comes or changes, all is read anew."""
    names = set(catalog.facts[source.fact].columns)
    for path in [("columns", n) for n in source.columns] + [
        ("reject", n, "when") for n in range(len(source.reject))
    ]:
        names |= set(catalog.expression(source, *path).columns)
    meant = {name.strip().casefold() for name in names}
    return sorted((n, kind) for n, kind in manifest.columns.items() if n.strip().casefold() in meant)


@dataclass(slots=True)
class _Known:
    """The ledger's batches by file: the live one without its replays, and the latest of any kind."""

    live: dict[FileKey, Batch] = field(default_factory=dict)
    latest: dict[FileKey, Batch] = field(default_factory=dict)

    @classmethod
    def of(cls, batches: Sequence[Batch]) -> "_Known":
        known = cls()
        for batch in batches:
            if batch.replays is None:
                known.latest[batch.source, batch.file] = batch
                if batch.state == "loaded" and batch.superseded_by is None:
                    known.live[batch.source, batch.file] = batch
        return known

    def noted(self, key: FileKey) -> Iterator[Batch]:
        """Give the batches whose stamp may still be the file's."""
        yield from (b for b in (self.live.get(key), self.latest.get(key)) if b is not None)


def _judged(
    found: Candidate, known: _Known, unsettled: float, released: Mapping[FileKey, frozenset[str]]
) -> Candidate:
    """Say what is to be done with a file, from its bytes and what the ledger knows."""
    live, latest = known.live.get(found.key), known.latest.get(found.key)
    try:
        stamp = Stamp.of(found.path)
        same = [b for b in known.noted(found.key) if b.file_inode and _stamp_of(b) == stamp]
        hash_ = same[0].file_hash if same else digest(found.path)
    except SourceError as error:
        return replace(found, standing="unreadable", live=live, error=error)
    if found.landed_hash and hash_ != found.landed_hash:
        damaged = SourceError(
            "What has landed in this file is not what stands in it now.",
            code="landed-damaged",
            hint=f"Fetch everything again: leadline fetch {found.source.name} --anew.",
        )
        return replace(found, standing="unreadable", live=live, error=damaged)
    if passed := released.get((found.source.name, hash_)):
        said = json.dumps([found.mapping_hash, sorted(passed)])
        found = replace(found, mapping_hash=hashlib.sha256(said.encode()).hexdigest())
    found = replace(found, stamp=stamp, hash=hash_, settled=stamp.modified < unsettled, live=live)
    now = (hash_, found.mapping_hash)
    if live is not None and (live.file_hash, live.mapping_hash) == now:
        return replace(found, standing="unchanged")
    if latest is not None and latest.state == "refused" and (latest.file_hash, latest.mapping_hash) == now:
        return replace(found, standing="refused before", reason=latest.reason)
    reason = "new" if live is None else "changed" if live.file_hash != hash_ else "mapping changed"
    return replace(found, standing="to load", reason=reason)


def _stamp_of(batch: Batch) -> Stamp:
    return Stamp(batch.file_size, batch.file_mtime_ns, batch.file_inode)
