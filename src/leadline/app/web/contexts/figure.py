"""The provenance of one figure: what an auditor with a ruler asks."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import Document, Figure, Link, Mark, Shell, VersionLine
from leadline.app.web.contexts.work import NO_WORK, WorkBox


@dataclass(frozen=True, slots=True)
class Count:
    """One number the figure is made of."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One file as one ingest read it: what was accepted, what was held, when. `used`: its rows in one figure."""

    source: Link
    file: str
    accepted: str
    held: str
    rows: str
    span: str
    loaded: str
    hash: str
    used: str = ""
    mark: Mark | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FigurePage:
    """How one figure was made, in the order it was made.

    `formula` is the calculation with its numbers; `agrees` says whether the rows themselves give the same value.
    `law` adds up the rows of all files read. `sql` reads the published states, `rows_sql` the rows.
    """

    template: ClassVar[str] = "figures/page.html"

    shell: Shell
    metric: Link
    sentence: str
    about: tuple[tuple[str, str], ...]
    figure: Figure
    status_words: str
    formula: str
    counts: tuple[Count, ...]
    method: str
    agrees: str
    version: VersionLine
    document: Document
    batches: tuple[BatchLine, ...]
    law: str
    sql: str
    rows_sql: str
    command: str
    work: WorkBox = NO_WORK
    decided: tuple[tuple[Mark, Link], ...] = ()
    """Who disputes it, while nobody has settled that; and the closed periods that froze it."""
