"""A copy of everything that a project keeps, made while it is in use, and a project made from a copy.

The ledger is copied as one moment shows it, whatever database it is in, into SQLite; then come the rows that it names.
Rows at rest never change, so no other writer need wait. What a sweep removed meanwhile makes the copy begin anew.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from leadline.clock import Clock
from leadline.errors import StoreError
from leadline.settings import Settings
from leadline.store.database import Database, failing
from leadline.store.engine import Engine, Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.engines.files import Files
from leadline.store.home import Home, arriving, touching
from leadline.store.journal import head, verify
from leadline.store.ledger import Ledger
from leadline.store.moving import copy_relation, needed
from leadline.store.records import metadata

MANIFEST, LEDGER = "backup.json", "ledger.sqlite"
LANDED, NAMES_LANDED = "landed", "manifest.json"
FETCHED = (LANDED, "hooks")
"""Folders of the home with one for each source: what has landed, and what webhooks brought that has not."""
ATTACHED = "attachments"
"""The folder of files that people attached to work items, each under its own hash."""
_ROWS = 1000
_TRIES = 3
Told = Callable[[str, int, int], None]
"""Told what is being copied, how many things are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a copy holds: the journal's last row (an anchor), when it was made, and each file's SHA-256 by its path."""

    made_at: datetime
    seq: int
    hash: str
    relations: int
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a project keeps: its ledger's address, its warehouse, its home."""

    ledger_url: str
    engine: Engine
    home: Home


def backup(kept: Kept, target: Path, clock: Clock, told: Told) -> Backup:
    """Copy a project's ledger, rows and landed records into a new folder; it is whole once its `backup.json` is there.

    Raises:
        StoreError: the folder is not empty, cannot be written, or the journal does not verify.
    """
    if target.exists() and any(target.iterdir()):
        half = (target / LEDGER).exists() and not (target / MANIFEST).exists()
        left = f"It has no {MANIFEST}: a copy that was not finished. Remove it, or name" if half else "Name"
        raise StoreError(f"{target} is not empty.", code="backup-target", hint=f"{left} a new folder.")
    for attempt in range(_TRIES):
        try:
            return _copied(kept, Home(target), clock, told)
        except StoreError as error:
            if error.code != "store-missing" or attempt == _TRIES - 1:
                raise
            shutil.rmtree(target)  # rows were swept since the ledger was copied: a new one names others
    raise AssertionError("every attempt returns or raises")


def restore(source: Path, ledger_url: str, home: Home, clock: Clock, told: Told) -> Backup:
    """Make a project's store from a copy: rows into its home, the ledger into the database that the settings name.

    Raises:
        StoreError: there is no whole copy, a file of it was changed, or the project keeps something already.
    """
    made = read(source)
    fetched = any(place.is_file() for name in (*FETCHED, ATTACHED) for place in (home.root / name).rglob("*"))
    if fetched or any(Files(home).all()) or (not ledger_url and (home.root / LEDGER).exists()):
        raise StoreError(
            f"{home.root} keeps something already.", code="restore-target",
            hint="Restore into a folder that has its definitions only; move `.leadline` away first.",
        )  # fmt: skip
    for done, (name, expected) in enumerate(sorted(made.files.items())):
        told(name, done, len(made.files))
        if _hashed(source / name) != expected:
            raise StoreError(f"{source / name} is not what was copied.", code="backup-changed")
    home.prepare()
    for name in sorted(
        made.files, key=lambda name: (name == LEDGER, name)
    ):  # nothing counts before all is there
        if name == LEDGER and ledger_url:
            continue
        with arriving(home.root / name) as place:
            shutil.copyfile(source / name, place)
    if ledger_url:
        _pour(f"sqlite:///{(source / LEDGER).absolute()}", ledger_url)
    with closing(Ledger(ledger_url or home.ledger_url, clock)) as ledger, ledger.read() as reader:
        faults = verify(reader, (made.seq, made.hash))
    if faults:
        raise StoreError(f"The restored journal does not verify: {faults[0].message}.", code="backup-changed")
    return made


def read(source: Path) -> Backup:
    """Read what a copy holds. Raises StoreError where there is no whole one."""
    try:
        said = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        return Backup(
            datetime.fromisoformat(said["made_at"]),
            said["seq"],
            said["hash"],
            said["relations"],
            said["files"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{source} holds no whole backup.",
            code="backup-broken",
            hint="One that was not finished has no backup.json.",
        ) from error


def _copied(kept: Kept, into: Home, clock: Clock, told: Told) -> Backup:
    into.prepare()
    told("the ledger", 0, 1)
    _pour(kept.ledger_url, f"sqlite:///{(into.root / LEDGER).absolute()}")
    with closing(Ledger(into.ledger_url, clock)) as ledger, ledger.read() as reader:
        faults, (seq, hashed) = verify(reader), head(reader)
        wanted = sorted(needed(reader))
        gone = {batch.id for batch in reader.batches()} - {batch.id for batch in reader.live_batches()}
    if faults:
        raise StoreError(
            f"The journal does not verify, so a copy of it would prove nothing: {faults[0].message}.",
            code="backup-journal", hint="See `leadline audit verify`.",
        )  # fmt: skip
    found = 0
    with closing(DuckDBEngine(into.root, Settings())) as copy:
        for done, relation in enumerate(wanted):
            told(f"{relation.name}/{relation.key}", done, len(wanted))
            if kept.engine.exists(relation):
                _copy(kept, copy, into, relation)
                found += 1
            elif relation.key not in gone:  # superseded rows may have been swept long ago; these may not
                raise StoreError(
                    f"The rows of {relation.name}/{relation.key} are gone.", code="store-missing"
                )
    _copy_fetched(kept.home, into)
    for place in sorted((kept.home.root / ATTACHED).rglob("*")):
        if place.is_file() and not place.name.startswith("."):
            _copy_file(place, into.root / place.relative_to(kept.home.root))
    shutil.rmtree(into.temporary, ignore_errors=True)
    files = {str(place.relative_to(into.root)): _hashed(place) for place in _files(into)}
    made = Backup(clock.now(), seq, hashed, found, files)
    with arriving(into.root / MANIFEST) as place:
        said = {
            "made_at": made.made_at.isoformat(),
            "seq": seq,
            "hash": hashed,
            "relations": found,
            "files": files,
        }
        place.write_text(json.dumps(said, indent=1), encoding="utf-8")
    return made


def _copy(kept: Kept, copy: Engine, into: Home, relation: Relation) -> None:
    """Copy a relation: its files as they are where it has some, else its rows."""
    if not kept.engine.capabilities.in_files:
        copy_relation(kept.engine, copy, relation)
        return
    for part in Files(kept.home).parts(relation):
        _copy_file(part, into.root / part.relative_to(kept.home.root))


def _copy_fetched(home: Home, into: Home) -> None:
    """Copy what connectors have fetched or were sent, source by source: what has landed, and what waits to.

    What waits is put away only after the manifest names it as landed: with the manifest as it was, nothing is missing.
    """
    folders = [home.root / name for name in FETCHED]
    for source in sorted({place.name for folder in folders for place in folder.glob("*") if place.is_dir()}):
        named = home.root / LANDED / source / NAMES_LANDED
        said = named.read_bytes() if named.exists() else None
        for place in sorted(place for folder in folders for place in (folder / source).rglob("*")):
            hidden = place.name.startswith(".") or place.suffix == ".lock"
            if place.is_file() and place != named and not hidden:
                _copy_file(place, into.root / place.relative_to(home.root))
        if (named.read_bytes() if named.exists() else None) != said:
            raise StoreError(f"{named} was replaced while it was copied.", code="store-missing")
        if said is not None:
            target = into.root / named.relative_to(home.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(said)


def _copy_file(place: Path, target: Path) -> None:
    with touching(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(place, target)
    except FileNotFoundError:
        raise StoreError(f"{place} is gone.", code="store-missing") from None


def _pour(url: str, into: str) -> None:
    """Copy every row of one ledger into another, which must be empty, in one transaction each."""
    with (
        closing(Database(url)) as old,
        closing(Database(into)) as new,
        old.reading() as source,
        failing(),
        new.writing() as target,
    ):
        for table in metadata.sorted_tables:
            if target.execute(sa.select(sa.func.count()).select_from(table)).scalar():
                raise StoreError("The ledger to restore into is not empty.", code="restore-target")
            with closing(source.execute(sa.select(table).execution_options(yield_per=_ROWS))) as every:
                for rows in _chunks(every.mappings()):
                    target.execute(sa.insert(table), rows)


def _chunks(rows: Iterable[sa.RowMapping]) -> Iterator[list[dict[str, object]]]:
    chunk: list[dict[str, object]] = []
    for row in rows:
        chunk.append(dict(row))
        if len(chunk) == _ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _files(home: Home) -> Iterator[Path]:
    for place in sorted(home.root.rglob("*")):
        fetched = place.relative_to(home.root).parts[0] in (*FETCHED, ATTACHED)
        if place.is_file() and (place.name == LEDGER or place.suffix == ".parquet" or fetched):
            yield place


def _hashed(place: Path) -> str:
    try:
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StoreError(f"{place} is gone or cannot be read.", code="backup-changed") from error
