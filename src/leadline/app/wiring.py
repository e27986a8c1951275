"""The one place that wires the rooms together: a project's folder becomes definitions, warehouse and ledger."""

import getpass
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from leadline.catalog import Catalog, build, load, project_document, require
from leadline.catalog.documents import Document, parse
from leadline.clock import Clock, SystemClock
from leadline.errors import DefinitionError, StoreError
from leadline.governance.figure_marks import marks
from leadline.metrics.published import Published
from leadline.settings import Settings
from leadline.store.engine import Engine
from leadline.store.engines.opening import open_engine
from leadline.store.entries import DefinitionVersion
from leadline.store.home import Home
from leadline.store.ledger import Ledger


@dataclass(frozen=True)
class Workspace:
    """A project's folder with its warehouse and ledger open. `definitions()` reads the YAML as it is now."""

    root: Path
    settings: Settings
    home: Home
    engine: Engine
    ledger: Ledger
    actor: str

    def definitions(self) -> Catalog:
        """Read the definitions in the folder. Raises CheckFailed with every problem when they cannot be used."""
        return require(load(self.root))


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
        ledger = Ledger(settings.ledger or home.ledger_url, clock or SystemClock())
        try:
            yield Workspace(root, settings, home, engine, ledger, actor or _whoami())
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
    return Published(catalog, space.engine, found, known, batches, marks=decided)


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
            newest = reader.generation().id
            decided = reader.decided.last()
        with self._lock:
            if self._published is None or self._published.generation.id != newest:
                self._published = open_published(self._space, newest)
            elif self._published.marks.number != decided:
                with self._space.ledger.read() as reader:
                    self._published = replace(self._published, marks=marks(reader))
            return self._published
