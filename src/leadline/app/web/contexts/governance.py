"""Pages of governance: owners, boards, decisions on figures, the journal. Each is a title and blocks, worded."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from leadline.app.web.charts.specs import BarSpec, IntervalSpec
from leadline.app.web.contexts.pieces import Link, Mark, Shell


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: words, where they lead, a mark before them, and small words below."""

    text: str
    href: str = ""
    mark: Mark | None = None
    about: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `kind`: a line, several, a choice, yes or no, hidden, or a password."""

    name: str
    label: str
    kind: Literal["line", "text", "choice", "check", "hidden", "password"] = "line"
    value: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form: where it is sent, its fields, its buttons (value and words); `token` proves that it came from here."""

    action: str
    fields: tuple[Field, ...]
    buttons: tuple[tuple[str, str], ...]
    method: Literal["get", "post"] = "post"
    token: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a page: a heading and sentences; then facts, plot, table, text as written, form, as there are any.

    `empty` is said where a table has no rows.
    """

    heading: str
    about: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    empty: str = ""
    text: str = ""
    form: Form | None = None
    plot: IntervalSpec | None = None
    bars: tuple[tuple[str, BarSpec, str], ...] = ()
    """Counts of one whole: a label, its bar, and the count in words."""
    drawing: str = ""
    """SVG that this server drew; it is placed as it is."""


@dataclass(frozen=True, slots=True)
class GovernancePage:
    """One page of governance: what it is about, sentences, the way to the pages beside it, and blocks."""

    template: ClassVar[str] = "governance/page.html"

    shell: Shell
    crumbs: tuple[Link, ...]
    title: str
    about: tuple[str, ...]
    mark: Mark | None
    beside: tuple[Link, ...]
    blocks: tuple[Block, ...]
