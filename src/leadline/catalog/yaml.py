"""YAML text to data in which every key and value remembers its place.

Leadline reads a strict subset: YAML 1.2 booleans, no dates, no tags, no merge keys, no duplicate keys, and bounds
on size, nesting and aliases, so that a hostile file costs no more than an honest one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml as pyyaml

from leadline.catalog.problems import Problem
from leadline.errors import Place

MAX_BYTES = 2_000_000
MAX_DEPTH = 50
MAX_ALIASED = 10_000

Data: TypeAlias = "str | int | float | bool | list[Data] | dict[str, Data] | None"
Path_: TypeAlias = "tuple[str | int, ...]"

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ESCAPED = {"x": 2, "u": 4, "U": 8}
_SPACES = frozenset("ntrvfNLP_ \t\n")
_LOADER = getattr(pyyaml, "CLoader", pyyaml.Loader)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands: its line and column (from 1), its key's, and its source text for places inside it."""

    line: int
    column: int
    key_line: int
    key_column: int
    style: str = ""
    raw: str = ""

    def inside(self, value: str, offset: int) -> tuple[int, int]:
        """Give the line and column of the character `offset` of a text value.

        Exact for plain, quoted and block scalars: characters other than white space stand in the source in the
        order of the value, between quotes, escapes and indentation.
        """
        wanted = sum(1 for c in value[:offset] if not c.isspace())
        for nth, (row, column) in enumerate(_solid(self.raw, self.style)):
            if nth == wanted:
                return self.line + row, column + (self.column if row == 0 else 1)
        return self.line, self.column


def _solid(raw: str, style: str) -> Iterator[tuple[int, int]]:
    """Give row and column (from 0, within `raw`) of each character of a scalar that is not white space."""
    row, start, i, end = 0, 0, 0, len(raw)
    if style in "|>" and style:
        i = raw.find("\n") + 1 or end
        row, start = 1, i
    elif style in "'\"" and style:
        i, end = 1, len(raw) - 1
    while i < end:
        c, width, shown = raw[i], 1, not raw[i].isspace()
        if style == "'" and raw.startswith("''", i):
            width = 2
        elif style == '"' and c == "\\":
            escape = raw[i + 1 : i + 2]
            width, shown = 2 + _ESCAPED.get(escape, 0), not _escapes_space(raw[i + 1 : i + 10])
        if shown:
            yield row, i - start
        newlines = raw.count("\n", i, i + width)
        if newlines:
            row, start = row + newlines, raw.rfind("\n", i, i + width) + 1
        i += width


def _escapes_space(escape: str) -> bool:
    """Tell whether what follows a backslash stands for white space."""
    digits = escape[1 : 1 + _ESCAPED.get(escape[:1], 0)]
    return chr(int(digits, 16)).isspace() if digits else escape[:1] in _SPACES


@dataclass(frozen=True, slots=True)
class Tree:
    """One YAML document: its data, a mark for each path into it, and where its text stands."""

    data: Data
    marks: Mapping[Path_, Mark]
    text: str
    line: int


class Refusal(Exception):
    """The document goes no further; never leaves this module."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class _Node:
    """A composed node: data, where it stands, and the marks of what is inside it, by path relative to it."""

    data: Data
    mark: Mark
    inner: dict[Path_, Mark] = field(default_factory=dict)
    size: int = 1


class _Composer:
    """Compose documents from the parser's events; problems that do not end the document are collected."""

    def __init__(self, text: str, file: Path, first_line: int) -> None:
        self.text, self.file, self.shift = text, file, first_line - 1
        self.events: Iterator[Any] = iter(pyyaml.parse(text, Loader=_LOADER))
        self.anchors: dict[str, _Node | None] = {}
        self.aliased = 0
        self.problems: list[Problem] = []

    def place(self, mark: Any) -> Place:
        return Place(self.file, mark.line + 1 + self.shift, mark.column + 1)

    def problem(self, code: str, message: str, mark: Any, hint: str = "") -> Problem:
        return Problem("error", code, message, self.place(mark), hint)

    def node(self, event: Any, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            raise Refusal(
                self.problem("yaml-too-deep", f"Nested deeper than {MAX_DEPTH} levels.", event.start_mark)
            )
        if isinstance(event, pyyaml.AliasEvent):
            return self.alias(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        if getattr(event, "tag", None) not in {None, "!"}:
            self.problems.append(
                self.problem("yaml-tag", f"The tag {event.tag} is not read.", event.start_mark, "Remove it.")
            )
        if isinstance(event, pyyaml.ScalarEvent):
            node = self.scalar(event)
        elif isinstance(event, pyyaml.SequenceStartEvent):
            node = self.sequence(event, depth)
        else:
            node = self.mapping(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def mark(self, event: Any) -> Mark:
        line, column = event.start_mark.line + 1 + self.shift, event.start_mark.column + 1
        return Mark(line, column, line, column)

    def scalar(self, event: Any) -> _Node:
        line, column = event.start_mark.line + 1 + self.shift, event.start_mark.column + 1
        raw = self.text[event.start_mark.index : event.end_mark.index]
        style = event.style or ""
        return _Node(
            _resolve(event.value) if event.implicit[0] and not style else event.value,
            Mark(line, column, line, column, style, raw),
        )

    def alias(self, event: Any) -> _Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            what = "stands inside itself" if event.anchor in self.anchors else "has no anchor before it"
            raise Refusal(self.problem("yaml-alias", f"The alias *{event.anchor} {what}.", event.start_mark))
        self.aliased += node.size
        if self.aliased > MAX_ALIASED:
            raise Refusal(
                self.problem(
                    "yaml-bomb", f"Aliases expand to more than {MAX_ALIASED:,} values.", event.start_mark,
                    "Write the values out, or use fewer aliases.",
                )
            )  # fmt: skip
        return node

    def sequence(self, event: Any, depth: int) -> _Node:
        items: list[Data] = []
        whole = _Node(items, self.mark(event))
        for child_event in iter(lambda: next(self.events), None):
            if isinstance(child_event, pyyaml.SequenceEndEvent):
                break
            child = self.node(child_event, depth + 1)
            _nest(whole, len(items), child, child.mark)
            items.append(child.data)
        return whole

    def mapping(self, event: Any, depth: int) -> _Node:
        values: dict[str, Data] = {}
        whole = _Node(values, self.mark(event))
        for key_event in iter(lambda: next(self.events), None):
            if isinstance(key_event, pyyaml.MappingEndEvent):
                break
            key = self.key(key_event, depth, values)
            child = self.node(next(self.events), depth + 1)
            if key is None:
                continue
            at = self.mark(key_event)
            mark = Mark(
                child.mark.line, child.mark.column, at.line, at.column, child.mark.style, child.mark.raw
            )
            _nest(whole, key, child, mark)
            values[key] = child.data
        return whole

    def key(self, event: Any, depth: int, before: Mapping[str, Data]) -> str | None:
        """Read a key; None, with a problem, if it cannot be one."""
        node = self.node(event, depth + 1)
        if not isinstance(event, pyyaml.ScalarEvent) or not event.value:
            self.problems.append(
                self.problem("yaml-key", "A key is a single word or text.", event.start_mark)
            )
            return None
        if event.value == "<<":
            self.problems.append(
                self.problem("yaml-merge", "Merge keys (<<) are not read.", event.start_mark, "Write it out.")
            )
            return None
        if event.value in before:
            self.problems.append(
                self.problem(
                    "yaml-duplicate-key", f"The key {event.value!r} is here twice.", event.start_mark,
                    "Keep one of them: which of the two would count is not for Leadline to guess.",
                )
            )  # fmt: skip
            return None
        return str(event.value) if node else None


def _nest(whole: _Node, step: str | int, child: _Node, mark: Mark) -> None:
    """Put a child's marks under its step of the whole's."""
    whole.inner[(step,)] = mark
    for path, inner in child.inner.items():
        whole.inner[(step, *path)] = inner
    whole.size += child.size


def _resolve(text: str) -> Data:
    """Give the YAML 1.2 core value of a plain scalar (no octal, no infinities, no dates)."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if len(text) <= 30:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text) and any(c in text for c in ".eE"):
            return float(text)
    return text


def compose(text: str, file: Path, first_line: int = 1) -> tuple[list[Tree], list[Problem]]:
    """Read every document of a text. A syntax error ends the reading; what stands before it is kept."""
    trees: list[Tree] = []
    composer = _Composer(text, file, first_line)
    if len(text) > MAX_BYTES:
        at = Place(file, first_line, 1)
        return [], [Problem("error", "yaml-too-large", f"Longer than {MAX_BYTES:,} characters.", at)]
    starts: list[Any] = []
    roots: list[_Node] = []
    try:
        for event in composer.events:
            if isinstance(event, pyyaml.DocumentStartEvent):
                composer.anchors.clear()
                starts.append(event.start_mark)
                roots.append(composer.node(next(composer.events), 1))
    except Refusal as refusal:
        composer.problems.append(refusal.problem)
    except pyyaml.YAMLError as error:
        composer.problems.append(_syntax(error, file, first_line))
    ends = [m.index for m in starts[1:]] + [len(text)]
    for root, start, end in zip(roots, starts, ends, strict=False):
        if root.data is None:  # nothing but comments
            continue
        marks = {(): root.mark, **root.inner}
        trees.append(Tree(root.data, marks, text[start.index : end], start.line + first_line))
    return trees, composer.problems


def _syntax(error: pyyaml.YAMLError, file: Path, first_line: int) -> Problem:
    """Say a YAML syntax error in one line, where it was found."""
    if isinstance(error, pyyaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + first_line, mark.column + 1) if mark else Place(file, first_line, 1)
        said = " ".join(part for part in (error.context, error.problem) if part)
    else:
        place, said = Place(file, first_line, 1), str(error).split("\n", 1)[0]
    hint = "A text with `: `, `#`, or one that begins with a symbol belongs in quotes."
    if "tab" in said or "cannot start any token" in said:
        hint = "Indent with spaces, not tabs; put a text that begins with a symbol in quotes."
    return Problem("error", "yaml-syntax", f"Not readable as YAML: {said}.", place, hint)
