"""Sources: how fresh, how much came in, what is held and why."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.charts.specs import BarSpec, SparkSpec
from leadline.app.web.contexts.figure import BatchLine
from leadline.app.web.contexts.pieces import Document, Link, Mark, Picker, Shell


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows are held, and how many."""

    text: str
    rows: str
    href: str
    bar: BarSpec


@dataclass(frozen=True, slots=True)
class Law:
    """Rows in = accepted + held, as counted."""

    rows: str
    accepted: str
    held: str
    holds: bool


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source: its newest row, its files, its rows."""

    source: Link
    fact: Link
    mark: Mark
    freshness: str
    newest: str
    files: str
    rows: str
    accepted: str
    held: str
    held_share: str
    bar: BarSpec
    reasons: tuple[Reason, ...]
    score: str
    weakest: str
    objective: str
    metrics: str


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of a source's reliability: its name, its value of 100 as a number and a bar, and what it says."""

    name: str
    value: str
    bar: BarSpec | None
    words: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """What one check said of a source's files: how many rows broke it, which files, when it last looked."""

    check: Link
    level: str
    mark: Mark
    rows: str
    words: str
    last: str


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """Every source, those in trouble first."""

    template: ClassVar[str] = "sources/list.html"

    shell: Shell
    law: Law
    lines: tuple[SourceLine, ...]
    reconciled: str
    excluded: str
    """How many rows enter no figure; empty where no detector looks."""
    astray: tuple[str, ...]
    """What has landed of sources that are declared no more, in words."""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One row in quarantine: where it stands, why it is held, what it says. Its texts are untrusted."""

    place: str
    reasons: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One source: its files, and the rows it holds back with examples of each reason."""

    template: ClassVar[str] = "sources/page.html"

    shell: Shell
    title: str
    description: str
    line: SourceLine
    law: Law
    files: tuple[BatchLine, ...]
    reason: Picker | None
    held: tuple[HeldRow, ...]
    held_note: str
    commands: tuple[str, ...]
    document: Document
    parts: tuple[PartLine, ...]
    history: SparkSpec | None
    metrics: tuple[Link, ...]
    columns: tuple[tuple[str, str, str], ...]
    checks: tuple[CheckLine, ...]
