"""Definitions of every kind: the index, and one definition in words and YAML."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import Alert, Document, Link, Shell, VersionLine
from leadline.app.web.contexts.work import NO_WORK, WorkBox


@dataclass(frozen=True, slots=True)
class DefinitionLine:
    """One definition in the index."""

    link: Link
    description: str
    owner: str
    version: str


@dataclass(frozen=True, slots=True)
class DefinitionIndexPage:
    """All definitions in force, by kind."""

    template: ClassVar[str] = "definitions/list.html"

    shell: Shell
    kinds: tuple[tuple[str, tuple[DefinitionLine, ...]], ...]
    beside: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class DefinitionPage:
    """One definition: what it says, what it reads, what reads it, its versions. `columns` is for facts; `alerts` say
    that it ends, or came into force without approval; `work` is what is open about it."""

    template: ClassVar[str] = "definitions/page.html"

    shell: Shell
    kind: str
    title: str
    description: str
    document: Document
    columns: tuple[tuple[str, str, str], ...]
    reads: tuple[Link, ...]
    read_by: tuple[Link, ...]
    versions: tuple[VersionLine, ...]
    history: Link
    owned: tuple[Link, str]
    alerts: tuple[Alert, ...] = ()
    work: WorkBox = NO_WORK
