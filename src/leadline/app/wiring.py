"""The one place that wires the rooms together: a project's folder becomes definitions, warehouse and ledger."""

import getpass
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadline.catalog import Catalog, build, load, project_document, require
from leadline.catalog.documents import Document, parse, read
from leadline.clock import Clock, SystemClock
from leadline.errors import DefinitionError, NothingPublished, StoreError
from leadline.governance.access import Person, viewer
from leadline.governance.figure_marks import marks, number
from leadline.governance.in_force import InForce, Known, edition_has, in_force
from leadline.governance.judging import made as judging_of
from leadline.governance.timelines import timelines
from leadline.metrics.editions import edition
from leadline.metrics.published import Edition, Judging, Published, with_editions
from leadline.metrics.query import Viewer
from leadline.settings import Settings
from leadline.store.engine import Engine
from leadline.store.engines.opening import open_engine
from leadline.store.entries import DefinitionVersion
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.ledger_reader import LedgerReader


@dataclass(frozen=True)
class Workspace:
    """A project's folder with its warehouse and ledger open. `definitions()` reads the YAML as it is now."""

    root: Path
    settings: Settings
    home: Home
    engine: Engine
    ledger: Ledger
    actor: str
    clock: Clock = field(default_factory=SystemClock)
    person: Person | None = None
    """Who acts, where there are accounts; None: who runs this owns what is here."""

    @property
    def viewer(self) -> str | Viewer:
        """What decides which figures are shown to who acts: roles where there are accounts, else nothing does."""
        return self.actor if self.person is None else viewer(self.person)

    def definitions(self) -> Catalog:
        """Give the definitions that are computed: as they are in the folder, but what is governed as it is in force.

        Raises CheckFailed with every problem when they cannot be used.
        """
        return self.in_force(self.clock.now()).catalog

    def in_force(self, now: datetime, reader: LedgerReader | None = None) -> InForce:
        """Give the definitions that are computed at an instant, and what else the ledger says of them.

        Raises CheckFailed with every problem when they cannot be used, DefinitionError when what is in force does not
        fit what is written.
        """
        if reader is not None:
            return in_force_at(self.root, now, reader)
        with self.ledger.read() as opened:
            return in_force_at(self.root, now, opened)


def in_force_at(root: Path, now: datetime, reader: LedgerReader) -> InForce:
    """Give the definitions of a folder that are computed at an instant, as one moment of the ledger knows them.

    Raises CheckFailed and DefinitionError, as `Workspace.in_force`.
    """
    documents, problems = read(root)
    zone = next((d.data.get("time_zone") for d in documents if d.kind == "project"), None)
    try:
        today = now.astimezone(ZoneInfo(str(zone or "UTC"))).date()
    except (ValueError, ZoneInfoNotFoundError):  # a problem of the project's, which is told with all others
        today = now.date()
    return in_force(documents, root, problems, _known(reader), today)


def _known(reader: LedgerReader) -> Known:
    """Give what the ledger knows of governed definitions."""
    deeds = reader.effective.deeds()
    named = sorted({deed.definition for deed in deeds if deed.definition is not None})
    versions = {version.id: version for version in reader.effective.definitions(named)} if named else {}
    try:
        published = {(v.kind, v.name): v for v in reader.definitions(reader.generation().id)}
    except NothingPublished:
        published = None
    return Known(timelines(deeds), versions, published)


@contextmanager
def workspace(root: Path, *, actor: str | None = None, clock: Clock | None = None) -> Iterator[Workspace]:
    """Open a project's folder; what it keeps is made in `.leadline` on first use. Raises DefinitionError when the
    folder is no project."""
    root = root.resolve()
    if not (root / "leadline.yaml").is_file():
        raise DefinitionError(
            f"{root} is not a Leadline project: it has no leadline.yaml.",
            code="no-project",
            hint="Go to the project's folder or name it: leadline --project DIR …",
        )
    settings = Settings.from_environment()
    home = Home(root / ".leadline").prepare()
    project = project_document(root)
    written = project.data if project else {}
    warehouse = str(written.get("warehouse", "duckdb"))
    engine = open_engine(warehouse, home.root, settings, str(written.get("name", "")))
    try:
        used = clock or SystemClock()
        ledger = Ledger(settings.ledger or home.ledger_url, used)
        try:
            yield Workspace(root, settings, home, engine, ledger, actor or _whoami(), used)
        finally:
            ledger.close()
    finally:
        engine.close()


def _whoami() -> str:
    try:
        return getpass.getuser()
    except OSError:  # a container may run as a user without a name
        return "unknown"


def open_published(space: Workspace, generation: str | None = None) -> Published:
    """Give a published generation (default: the latest). Raises NothingPublished when there is none."""
    with space.ledger.read() as reader:
        found = reader.generation(generation)
        versions = reader.definitions(found.id)
        batches = {batch.id: batch for batch in reader.batches() if batch.id in set(found.batches)}
        decided = marks(reader)
    documents = [document for version in versions for document in definitions_of(version)]
    catalog = require(build(documents, space.root))
    known = {(v.kind, v.name): v for v in versions}
    made = Published(catalog, space.engine, found, known, batches, marks=decided)
    judging = tuple(_judging(space, made, documents))
    return replace(made, editions=tuple(_editions(space, made, documents)), judging=judging)


def _judging(space: Workspace, made: Published, documents: Sequence[Document]) -> Iterator[Judging]:
    """Give what judges figures of earlier periods in a generation."""
    for one in made.generation.tables.get("judging", []):
        with space.ledger.read() as reader:
            then = {(v.kind, v.name): v for v in reader.effective.definitions(one["versions"])}
        yield judging_of(documents, then, {}, (_day(one["since"]), _day(one["until"])), space.root)


def _editions(space: Workspace, made: Published, documents: Sequence[Document]) -> Iterator[Edition]:
    """Give what a generation has of earlier versions, and of candidates."""
    said: list[dict[str, Any]] = made.generation.tables.get("editions", [])
    if not said:
        return
    with space.ledger.read() as reader:
        versions = {
            v.id: v for v in reader.effective.definitions(sorted({i for e in said for i in e["versions"]}))
        }
    for one in said:
        mine = {(v.kind, v.name): v for v in (versions[i] for i in one["versions"])}
        texts = [
            d for d in documents if edition_has(d, one["made_of"]) and (d.kind, d.data["name"]) not in mine
        ]
        texts += [document for version in mine.values() for document in definitions_of(version)]
        yield edition(
            made, build(texts, space.root), mine, one["tables"], metrics=one["metrics"],
            since=_day(one["since"]), until=_day(one["until"]), candidate=one["candidate"],
        )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def open_catalog(space: Workspace, generation: str | None = None) -> Catalog:
    """Give the definitions of a published generation (default: the latest) alone. Raises NothingPublished."""
    with space.ledger.read() as reader:
        versions = reader.definitions(reader.generation(generation).id)
    return require(build([d for version in versions for d in definitions_of(version)], space.root))


def definitions_of(version: DefinitionVersion) -> list[Document]:
    """Read a definition as the ledger keeps it: it was checked when it was recorded."""
    documents, problems = parse(version.text, Path(version.file), version.line)
    if problems:
        raise StoreError(
            f"The ledger's text of {version.kind} {version.name} cannot be read: {problems[0].message}",
            code="ledger-definition",
            hint="Refresh with this version of Leadline, which records the definitions anew.",
        )
    return documents


def changed_meaning(space: Workspace, published: Published) -> list[str]:
    """Name the definitions in the folder that mean something else than what was published (or are new)."""
    working = load(space.root)
    changed = []
    for definition in working.definitions():
        known = published.versions.get((definition.kind, definition.name))
        if known is None or known.meaning != working.fingerprint(definition).meaning:
            changed.append(f"{definition.kind} {definition.name}")
    return changed


class Latest:
    """Gives the latest published generation, read again only when a newer one appears. Threads share one."""

    def __init__(self, space: Workspace) -> None:
        self._space = space
        self._lock = threading.Lock()
        self._published: Published | None = None

    def __call__(self) -> Published:
        """Give the latest published generation. Raises NothingPublished when there is none."""
        with self._space.ledger.read() as reader:
            newest = reader.newest()
            decided = number(reader)
        with self._lock:
            if self._published is None or self._published.generation.id != newest:
                self._published = open_published(self._space, newest)
            elif self._published.marks.number != decided:
                with self._space.ledger.read() as reader:
                    now = marks(reader)
                marked = replace(self._published, marks=now)
                self._published = with_editions(marked, lambda one: replace(one, marks=now))
            return self._published
