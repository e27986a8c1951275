"""Files to documents: every YAML document of a project, before anything is known of its meaning.

The shipped model is read first, so that a project can extend it; hidden folders and links to folders are not read.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, lru_cache
from pathlib import Path

from leadline.catalog.definitions import KINDS
from leadline.catalog.problems import Problem
from leadline.catalog.yaml import MAX_BYTES, Data, Mark, Path_, compose
from leadline.errors import DefinitionError, Place, suggest

PROJECT_FILE = "leadline.yaml"
MODEL = Path(__file__).parent / "model"
MODEL_SHOWN = Path("leadline/catalog/model")
"""How the shipped model's files are named in places: they lie in the package, not in the project."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One YAML document: its text, its file (relative to the project), its first line, its data and their marks."""

    text: str
    file: Path
    line: int
    data: Mapping[str, Data]
    marks: Mapping[Path_, Mark]

    @property
    def kind(self) -> str:
        """The value of its `kind` key."""
        return str(self.data["kind"])

    @property
    def body(self) -> str:
        """Its text from the line of its first key on, without the marks around it."""
        lines = self.text.split("\n")[self.marks[()].line - self.line :]
        lines[0] = lines[0][self.marks[()].column - 1 :]
        return "\n".join(lines).strip().removesuffix("...").strip() + "\n"

    @property
    def shipped(self) -> bool:
        """Whether it belongs to the model that Leadline ships."""
        return self.file.is_relative_to(MODEL_SHOWN)

    def place(self, *path: str | int, key: bool = False, offset: int | None = None) -> Place:
        """Give the place of a value (of its key with `key`), or of the nearest thing around it that is there.

        A structure's place is its key's. With `offset`, the place of that character of a text value.
        """
        for end in range(len(path), -1, -1):
            mark = self.marks.get(path[:end])
            if mark is None:
                continue
            value = self.value(*path)
            if key or end < len(path) or isinstance(value, dict | list):
                return Place(self.file, mark.key_line, mark.key_column)
            if offset is not None and isinstance(value, str):
                return Place(self.file, *mark.inside(value, offset))
            return Place(self.file, mark.line, mark.column)
        return Place(self.file, self.line, 1)

    def value(self, *path: str | int) -> Data:
        """Give the value at a path, or None."""
        found: Data = dict(self.data)
        for step in path:
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                return None
        return found


def parse(text: str, file: Path, line: int = 1) -> tuple[list[Document], list[Problem]]:
    """Read the documents of a text that begins at a line of a file (also a text kept by the ledger).

    The same text gives the same documents: a process reads a project's files many times, and they seldom change.
    """
    documents, problems = _parsed(text, file, line)
    return list(documents), list(problems)


@lru_cache(maxsize=1024)
def _parsed(text: str, file: Path, line: int) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    trees, problems = compose(text, file, line)
    documents: list[Document] = []
    for tree in trees:
        at = tree.marks[()]
        place = Place(file, at.line, at.column)
        if not isinstance(tree.data, dict):
            problems.append(
                Problem("error", "not-a-definition", "A definition is a list of `key: value` lines.", place,
                        "Begin it with `kind:`.")
            )  # fmt: skip
            continue
        document = Document(tree.text, file, tree.line, tree.data, tree.marks)
        kind = tree.data.get("kind")
        if "kind" not in tree.data:
            problems.append(
                Problem("error", "no-kind", "The document does not say what it defines.", place,
                        f"Begin it with `kind:` and one of {', '.join(KINDS)}; a YAML file that is no definition "
                        "belongs outside the project or in a folder whose name begins with a dot.")
            )  # fmt: skip
        elif kind not in KINDS:
            problems.append(
                Problem("error", "unknown-kind", f"There is no kind {kind!r}.", document.place("kind"),
                        suggest(str(kind), KINDS) or f"The kinds are {', '.join(KINDS)}.")
            )  # fmt: skip
        else:
            documents.append(document)
    return tuple(documents), tuple(problems)


def recall(text: str, file: Path, line: int = 1) -> list[Document]:
    """Read back the document, or documents, of a text that `Catalog.text` gave (as the ledger keeps it).

    Raises DefinitionError if this version of Leadline cannot read it.
    """
    documents, problems = parse(text, file, line)
    if problems:
        worst = problems[0]
        raise DefinitionError(worst.message, code=worst.code, place=worst.place, hint=worst.hint)
    return documents


@cache
def shipped() -> tuple[Document, ...]:
    """Give the documents of the unified customer model, read once."""
    found: list[Document] = []
    for file in sorted(MODEL.glob("*.yaml")):
        documents, problems = parse(file.read_text("utf-8"), MODEL_SHOWN / file.name)
        if problems:  # a fault of the package, found by its tests
            raise AssertionError(problems[0])
        found += documents
    return tuple(found)


def files(root: Path) -> Iterator[Path]:
    """Give every *.yaml and *.yml under a folder, in order of their path, without hidden files and folders."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                yield Path(folder) / name


def read(root: Path) -> tuple[list[Document], list[Problem]]:
    """Read the shipped model and every definition of the project under `root`."""
    documents, problems = list(shipped()), []
    ignored = _ignored(root)
    for file in files(root):
        shown = file.relative_to(root)
        if any(fnmatch(shown.as_posix(), pattern) for pattern in ignored):
            continue
        text = _text(file, shown)
        if isinstance(text, Problem):
            problems.append(text)
            continue
        found, wrong = parse(text, shown)
        documents += found
        problems += wrong
    return documents, problems


def project_document(root: Path) -> Document | None:
    """Give the document that makes a folder a project, as it is written; None where it cannot be read."""
    text = _text(root / PROJECT_FILE, Path(PROJECT_FILE))
    if isinstance(text, Problem):
        return None
    return next((d for d in parse(text, Path(PROJECT_FILE))[0] if d.kind == "project"), None)


def _ignored(root: Path) -> tuple[str, ...]:
    """Give the patterns of files that the project says are no definitions."""
    project = project_document(root)
    patterns = project.data.get("ignore") if project else None
    return tuple(str(pattern) for pattern in patterns) if isinstance(patterns, list) else ()


def _text(file: Path, shown: Path) -> str | Problem:
    """Read a file's text, or say why it cannot be read."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Problem("error", "file-unreadable", f"Cannot be read: {error.strerror}.", Place(shown))
    if len(raw) > MAX_BYTES:
        return Problem("error", "yaml-too-large", f"Larger than {MAX_BYTES:,} bytes.", Place(shown),
                       "Definitions are small; is this a data file?")  # fmt: skip
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        return Problem("error", "not-utf-8", f"Byte 0x{raw[error.start]:02x} is not UTF-8.",
                       Place(shown, line, column), "Save the file as UTF-8.")  # fmt: skip
