"""Reconciliations: two sides that should say the same, cell by cell, and the rows behind a cell that differs."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import Document, Link, Mark, Picker, Shell


@dataclass(frozen=True, slots=True)
class CellLine:
    """One cell: where, both figures with the way to how each was made, what they differ by, what is allowed."""

    where: Link
    mark: Mark
    left: Link
    right: Link
    difference: str
    allowed: str
    note: str


@dataclass(frozen=True, slots=True)
class ReconciliationLine:
    """One reconciliation in the list: its sides, and how many cells of the last period differ."""

    link: Link
    left: Link
    right: Link
    mark: Mark
    period: str
    words: str


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key whose rows are on one side only or add up to different values."""

    key: tuple[str, ...]
    side: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class ReconciliationsPage:
    """Every reconciliation, those that differ first."""

    template: ClassVar[str] = "reconciliations/list.html"

    shell: Shell
    lines: tuple[ReconciliationLine, ...]


@dataclass(frozen=True, slots=True)
class ReconciliationPage:
    """One reconciliation in one period. `keys` are of the cell that is chosen; `chosen` names it."""

    template: ClassVar[str] = "reconciliations/page.html"

    shell: Shell
    title: str
    description: str
    because: str
    owner: str
    sentence: str
    tolerance: str
    left: Link
    right: Link
    labels: str
    period: Picker | None
    cells: tuple[CellLine, ...]
    chosen: str
    columns: tuple[str, ...]
    keys: tuple[KeyLine, ...]
    keys_note: str
    command: str
    document: Document
