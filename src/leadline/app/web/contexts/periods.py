"""The reporting calendar, and one period of a scorecard with what was frozen, restated, missing and said."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.charts.specs import BridgeSpec
from leadline.app.web.contexts.pieces import Link, Mark, Picker, Shell


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One period of one scorecard: its state, when it is due, how many units are ready, and what the first gap is."""

    scorecard: str
    period: Link
    state: str
    due: str
    overdue: bool
    units: str
    lacking: str


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """The reporting calendar. `notices` say where comments keep to good news."""

    template: ClassVar[str] = "periods/list.html"

    shell: Shell
    lines: tuple[CalendarLine, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """A figure or score: as it was closed (or stands), and what it is now where that is something else."""

    depth: int
    label: Link
    value: str
    interval: str
    n: str
    version: str
    mark: Mark
    score: str
    now: str
    now_mark: Mark | None
    why: str = ""
    """Where it is said why it moved."""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, or the place where one is missing. `parts` are label and text."""

    about: str
    key: str
    required: str
    parts: tuple[tuple[str, str], ...]
    by: str
    fields: tuple[tuple[str, str, str], ...]
    """What the form asks: name, label, and what was written."""


@dataclass(frozen=True, slots=True)
class BridgePage:
    """Why a frozen figure is another one now: the steps as a chart, and each in words."""

    template: ClassVar[str] = "periods/bridge.html"

    shell: Shell
    title: str
    crumbs: tuple[Link, ...]
    lede: str
    bridge: BridgeSpec | None
    cannot: str


@dataclass(frozen=True, slots=True)
class PeriodPage:
    """One period of a scorecard."""

    template: ClassVar[str] = "periods/page.html"

    shell: Shell
    title: str
    scorecard: Link
    period: Picker
    unit: Picker
    unit_name: str
    state: str
    state_words: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[FrozenLine, ...]
    moved: str
    gaps: tuple[tuple[str, str, str], ...]
    accepted: tuple[str, ...]
    comments: tuple[Said, ...]
    selective: tuple[str, ...]
    packs: tuple[Link, ...]
    can_close: bool
    can_ask: bool
    can_agree: str
    """Who asked to reopen, and why; empty where nobody did."""
    can_comment: bool
    action: str
    token: str
