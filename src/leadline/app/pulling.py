"""What is in force in the ledger comes into a working folder: of a new clone, or of one that has drifted.

The rule: a text that the ledger knows can be taken away, for it is kept there; one that it never saw is somebody's
work, and is left alone unless they say otherwise, and then set aside. A definition that says the same is not touched,
comments included.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal
from zoneinfo import ZoneInfo

from leadline.catalog.definitions import is_governed
from leadline.catalog.documents import PROJECT_FILE, Document, parse, read, recall, shipped
from leadline.errors import DefinitionError
from leadline.governance.in_force import Known, governed_by
from leadline.governance.timelines import Node, timelines
from leadline.store.entries import DefinitionVersion
from leadline.store.ledger_reader import LedgerReader

What = Literal["missing", "drifted", "gone", "edited", "only here", "unreadable"]
"""Of a definition in the folder: it is not there; it is another version that the ledger knows; it is one that is in
force no more; it was edited and never applied; the ledger never saw it. Of a file: it cannot be read."""
SAFE: frozenset[What] = frozenset({"missing", "drifted", "gone"})
"""What takes nothing away that is kept nowhere else."""
ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Difference:
    """One definition in which the folder is not as what is in force, and where it stands; `version` is the one in
    force, None where none is. `left`: it stays as it is."""

    what: What
    kind: str
    name: str
    file: str
    version: int | None
    left: bool = False


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a folder differs in, the new text of each file (None: the file goes), and where texts were set aside."""

    differences: tuple[Difference, ...]
    texts: Mapping[str, str | None]
    aside: str = ""

    @property
    def left(self) -> tuple[Difference, ...]:
        """What stays as it is, for it is kept nowhere else."""
        return tuple(one for one in self.differences if one.left)


def in_force_now(reader: LedgerReader, now: datetime) -> dict[Node, DefinitionVersion]:
    """Give what is in force, as the ledger alone knows it: what is governed by its deeds, the rest as it was published.

    Raises:
        NothingPublished: there was no refresh yet.
    """
    published = {(v.kind, v.name): v for v in reader.definitions(reader.generation().id)}
    deeds = reader.effective.deeds()
    named = sorted({deed.definition for deed in deeds if deed.definition is not None})
    versions = {version.id: version for version in reader.effective.definitions(named)} if named else {}
    lines = timelines(deeds)
    project = next((d for v in published.values() if v.kind == "project" for d in _documents(v)), None)
    zone = str(project.data.get("time_zone") or "UTC") if project else "UTC"
    today = now.astimezone(ZoneInfo(zone)).date()
    governed = governed_by([project] if project else [], Known(lines, versions, published), today)
    found = dict(published)
    for node, line in lines.items():
        segment = line.now(today)
        if not is_governed(governed, *node) or not line.segments:
            continue
        found.pop(node, None)
        if segment is not None and segment.definition is not None:
            found[node] = versions[segment.definition]
    return {node: version for node, version in found.items() if not _is_shipped(version)}


def pull(root: Path, reader: LedgerReader, now: datetime, *, overwrite: bool = False) -> Pulled:
    """Work out what a folder differs in from what is in force, and what its files are to be. Writes nothing.

    Raises:
        NothingPublished: there was no refresh yet.
        DefinitionError: the new texts would not say what is in force (`pull-text`).
    """
    return _Pulling(root, reader, in_force_now(reader, now), overwrite).run()


def write(root: Path, pulled: Pulled, now: datetime) -> Pulled:
    """Write what was worked out, each file whole; what was edited is set aside first. Gives where, if anything was."""
    risky = {one.file for one in pulled.differences if one.what not in SAFE and not one.left}
    aside = Path(".leadline") / ASIDE / f"{now:%Y%m%dT%H%M%S}"
    kept = [name for name in sorted(risky) if (root / name).is_file()]
    for name in kept:
        (root / aside / name).parent.mkdir(parents=True, exist_ok=True)
        (root / aside / name).write_bytes((root / name).read_bytes())
    for name, text in pulled.texts.items():
        place = root / name
        if text is None:
            place.unlink(missing_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        hidden = place.with_name(f".{place.name}.pulled")
        hidden.write_text(text, encoding="utf-8")
        hidden.replace(place)
    return Pulled(pulled.differences, pulled.texts, aside.as_posix() if kept else "")


@dataclass
class _File:
    """A file on its way: its lines, the documents in it, and what is to be put in their places or after them."""

    lines: list[str]
    exchanged: list[tuple[Document, str | None]] = field(default_factory=list)
    added: list[tuple[int, str]] = field(default_factory=list)

    def text(self) -> str | None:
        """Give the new text; None where nothing is left in it."""
        lines = list(self.lines)
        for one, new in sorted(self.exchanged, key=lambda pair: -pair[0].marks[()].line):
            first = one.marks[()].line - 1
            last = first + len(one.body.splitlines())
            before = lines[first][: one.marks[()].column - 1]
            if new is not None:
                lines[first:last] = [
                    f"{before}{line}" if n == 0 else line for n, line in enumerate(new.splitlines())
                ]
                continue
            lines[first:last] = [before] if before.strip() else []
            _close(lines, first)
        found = "\n".join(lines).strip("\n")
        for _, body in sorted(self.added):
            found = f"{found}\n---\n{body.rstrip()}" if found.strip() else body.rstrip()
        says = [
            line
            for line in found.splitlines()
            if line.strip() not in {"", "---", "..."} and line.strip()[:1] != "#"
        ]
        return f"{found}\n" if says else None


@dataclass(frozen=True)
class _Pulling:
    root: Path
    reader: LedgerReader
    standing: Mapping[Node, DefinitionVersion]
    overwrite: bool

    def run(self) -> Pulled:
        documents, problems = read(self.root)
        broken = {p.place.file.as_posix() for p in problems if p.place is not None}
        written: dict[Node, Document] = {}
        for one in documents:
            anew = self.overwrite and one.file.as_posix() in broken  # then the whole file is written anew
            if not one.shipped and not anew:
                written.setdefault(_node(one), one)
        found = [
            *(
                Difference("unreadable", "", "", name, None, left=not self.overwrite)
                for name in sorted(broken)
            ),
            *self._differences(written, broken),
        ]
        texts = dict(self._texts(found, written, broken))
        self._check(found, texts, written)
        return Pulled(tuple(found), texts)

    def _differences(self, written: Mapping[Node, Document], broken: set[str]) -> Iterator[Difference]:
        for node, version in sorted(
            self.standing.items(), key=lambda one: (one[1].file, one[1].line, one[0])
        ):
            mine = written.get(node)
            if mine is None:
                file = _file(version)
                left = file in broken and not self.overwrite
                yield Difference("missing", *node, file, version.version, left)
            elif mine.data != _own(version).data:
                known = self._knows(node, mine)
                what: What = "drifted" if known else "edited"
                yield Difference(
                    what, *node, mine.file.as_posix(), version.version, self._left(mine, broken, what)
                )
        for node, mine in sorted(written.items()):
            if node not in self.standing:
                what = "gone" if self._knows(node, mine) else "only here"
                yield Difference(what, *node, mine.file.as_posix(), None, self._left(mine, broken, what))

    def _left(self, mine: Document, broken: set[str], what: What) -> bool:
        return not self.overwrite and (what not in SAFE or mine.file.as_posix() in broken)

    def _knows(self, node: Node, mine: Document) -> bool:
        """Tell whether the ledger keeps this very text, comments aside."""
        return any(_own(version).data == mine.data for version in self.reader.versions(*node))

    def _texts(
        self, found: Sequence[Difference], written: Mapping[Node, Document], broken: set[str]
    ) -> Iterator[tuple[str, str | None]]:
        changed: dict[str, _File] = {}
        for one in found:
            if one.left:
                continue
            if one.file not in changed:
                place = self.root / one.file
                fresh = one.file in broken or not place.is_file()
                changed[one.file] = _File([] if fresh else place.read_text("utf-8-sig").splitlines())
            if one.what == "unreadable":
                continue
            node = (one.kind, one.name)
            version, mine = self.standing.get(node), written.get(node)
            body = _own(version).body if version else None
            if one.file in broken or mine is None:
                changed[one.file].added += [(version.line, body)] if version and body else []
            else:
                changed[one.file].exchanged.append((mine, body))
        yield from ((name, file.text()) for name, file in changed.items())

    def _check(
        self, found: Sequence[Difference], texts: Mapping[str, str | None], written: Mapping[Node, Document]
    ) -> None:
        """Read the new texts back: with the files that are left alone they must say what is in force, and no more."""
        said = {node: one.data for node, one in written.items() if one.file.as_posix() not in texts}
        for name, text in texts.items():
            said |= {_node(d): d.data for d in parse(text or "", Path(name))[0]}
        left = {(one.kind, one.name) for one in found if one.left}
        for node in {*self.standing, *said} - left:
            version = self.standing.get(node)
            if said.get(node) != (_own(version).data if version else None):
                raise DefinitionError(
                    f"The folder cannot be made to say what is in force of {node[0]} {node[1]}: nothing was written.",
                    code="pull-text", hint="Move its file away, and pull again.",
                )  # fmt: skip


def _node(document: Document) -> Node:
    return document.kind, str(document.data.get("name"))


def _close(lines: list[str], at: int) -> None:
    """Take away the line between documents that nothing stands before or after any more."""
    while at < len(lines) and not lines[at].strip():
        del lines[at]
    if at < len(lines) and lines[at].strip() == "---":
        del lines[at]
        return
    while at > 0 and not lines[at - 1].strip():
        at -= 1
        del lines[at]
    if at > 0 and at >= len(lines) and lines[at - 1].strip() == "---":
        del lines[at - 1]


def _documents(version: DefinitionVersion) -> list[Document]:
    return recall(version.text, Path(version.file), version.line)


def _own(version: DefinitionVersion) -> Document:
    """Give the project's own document of a version: a shipped fact that it extends is kept behind it."""
    return _documents(version)[0]


def _is_shipped(version: DefinitionVersion) -> bool:
    return any(d.file.as_posix() == version.file for d in shipped())


def _file(version: DefinitionVersion) -> str:
    """Give where a definition belongs; one that was kept where no definition may be stands in a place of its own."""
    path = PurePosixPath(version.file)
    safe = not path.is_absolute() and not any(part.startswith(".") for part in path.parts)
    if safe and path.suffix in {".yaml", ".yml"}:
        return path.as_posix()
    return PROJECT_FILE if version.kind == "project" else f"{version.kind}/{version.name}.yaml"
