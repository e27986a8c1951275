"""Workflows as they are declared now: those that Leadline ships, with the project's own in place of the same name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from leadline.catalog import Catalog, build
from leadline.catalog.definitions import Workflow
from leadline.catalog.documents import PROJECT_FILE, parse, recall
from leadline.catalog.validate import validate
from leadline.errors import StoreError, WorkError, suggest
from leadline.store.entries import DefinitionVersion, NewDefinition

FOLDER = Path(__file__).parent / "shipped"
SHOWN = Path("leadline/workflow/shipped")
"""How shipped files are named in places: they lie in the package, not in the project."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A workflow and what is recorded of it when an item is opened: items keep the version they began with."""

    workflow: Workflow
    recorded: NewDefinition
    shipped: bool


def declared(catalog: Catalog) -> Mapping[str, Declared]:
    """Give every workflow by name: shipped ones, and the project's, which go before them."""
    found = {name: _of(shipped(), name, shipped=True) for name in shipped().workflows}
    found |= {name: _of(catalog, name, shipped=False) for name in catalog.workflows}
    return dict(sorted(found.items()))


def find(catalog: Catalog, name: str) -> Declared:
    """Give one workflow. Raises WorkError with near names when there is none."""
    if name in catalog.workflows:
        return _of(catalog, name, shipped=False)
    if name in shipped().workflows:
        return _of(shipped(), name, shipped=True)
    known = {*catalog.workflows, *shipped().workflows}
    raise WorkError(
        f"There is no workflow {name!r}.", code="work-workflow",
        hint=suggest(name, known) or f"There are {', '.join(sorted(known))}.",
    )  # fmt: skip


def kept(version: DefinitionVersion) -> Workflow:
    """Give the workflow that an item was opened under, as the ledger keeps it.

    Raises StoreError if this version of Leadline cannot read it.
    """
    return _read(version.text, version.file, version.line)


@cache
def shipped() -> Catalog:
    """Give the workflows that Leadline ships, as a catalog of their own."""
    documents, problems = parse("kind: project\nname: shipped\n", Path(PROJECT_FILE))
    for file in sorted(FOLDER.glob("*.yaml")):
        found, wrong = parse(file.read_text("utf-8"), SHOWN / file.name)
        documents, problems = documents + found, problems + wrong
    made = build(documents, FOLDER, problems)
    if made.problems:  # a fault of the package, found by its tests
        raise AssertionError([str(problem) for problem in made.problems])
    return made


def text(name: str) -> str:
    """Give a shipped workflow as it is copied into a project. Raises WorkError when there is none."""
    if name not in shipped().workflows:
        raise WorkError(
            f"Leadline ships no workflow {name!r}.", code="work-workflow",
            hint=suggest(name, shipped().workflows) or "leadline add workflow --list shows them.",
        )  # fmt: skip
    return shipped().text(shipped().workflows[name])


def _of(catalog: Catalog, name: str, *, shipped: bool) -> Declared:
    workflow = catalog.workflows[name]
    print_, place = catalog.fingerprint(workflow), catalog.place(workflow)
    recorded = NewDefinition(
        "workflow", name, print_.meaning, print_.metadata, catalog.text(workflow), place.file.as_posix(), place.line
    )  # fmt: skip
    return Declared(workflow, recorded, shipped)


@lru_cache(maxsize=256)
def _read(text: str, file: str, line: int) -> Workflow:
    for document in recall(text, Path(file), line):
        definition, problems = validate(document)
        if isinstance(definition, Workflow) and not problems:
            return definition
    raise StoreError(
        "A workflow that the ledger keeps cannot be read by this version of Leadline.", code="ledger-definition",
        hint="Use the version of Leadline that recorded it.",
    )  # fmt: skip
