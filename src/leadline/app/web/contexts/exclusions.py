"""Exclusions: rows that stay facts and enter no figure, why, and what the figures would be with them."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import Document, Figure, Link, Shell


@dataclass(frozen=True, slots=True)
class ExclusionLine:
    """What one detector caught: how many rows, how many of them a person released, how many enter no figure."""

    detector: Link
    fact: Link
    caught: str
    released: str
    left_out: str


@dataclass(frozen=True, slots=True)
class ExclusionsPage:
    """Every detector of the project, those that leave most out first."""

    template: ClassVar[str] = "exclusions/list.html"

    shell: Shell
    sentence: str
    lines: tuple[ExclusionLine, ...]


@dataclass(frozen=True, slots=True)
class EffectLine:
    """A figure as it is published, and what it would be with the rows that are left out."""

    metric: Link
    without: Figure
    with_them: str
    interval: str
    n: str
    outside: bool
    """Whether it would lie outside the interval that is published."""


@dataclass(frozen=True, slots=True)
class CaughtRow:
    """One row that was caught: its key, what was seen, and whether it counts. Its texts are untrusted."""

    key: str
    seen: str
    now: str


@dataclass(frozen=True, slots=True)
class ExclusionPage:
    """One detector: the effect of what it keeps out on each figure, the rows, and how they come back."""

    template: ClassVar[str] = "exclusions/page.html"

    shell: Shell
    title: str
    description: str
    because: str
    line: ExclusionLine
    effect_of: str
    effects: tuple[EffectLine, ...]
    rows: tuple[CaughtRow, ...]
    rows_note: str
    commands: tuple[str, ...]
    document: Document
