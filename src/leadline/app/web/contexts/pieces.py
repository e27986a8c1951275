"""The parts that pages share. Plain frozen values, already worded: templates place them and decide nothing.

The grammar of a figure: value, interval, n, period, status, and a link to its provenance; no figure without.
"""

from dataclasses import dataclass
from typing import Literal

from leadline.app.web.charts.specs import SparkSpec, Tone

Shape = Literal[
    "on target", "at risk", "off target", "cannot tell", "provisional", "restated", "suppressed", "no data", "unscored",
    "suspended", "overridden", "exceeds",
    "better", "worse", "moved", "stale", "refused", "superseded",
]  # fmt: skip
"""Each has its own drawn shape, so that it reads without colour."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A status: its shape, its word, its tone."""

    shape: Shape
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Link:
    """Words and where they lead; `here` marks the present choice, `depth` indents it in a tree."""

    text: str
    href: str
    here: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Picker:
    """One part of a view's state, chosen by links. `before` and `after` step through an order."""

    label: str
    current: str
    choices: tuple[Link, ...]
    before: Link | None = None
    after: Link | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as shown. `value` is empty when there is none, and `note` then says why."""

    value: str
    interval: str
    n: str
    period: str
    href: str
    spoken: str
    mark: Mark | None = None
    """Provisional, restated, suppressed, no data; None when final."""
    note: str = ""
    notice: str = ""
    """What is to be known of its definition, in sentences; `notice_word` says it in one word."""
    notice_word: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """What readers must know before all else: that a definition ends, or came into force without approval."""

    mark: Mark
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding in a list. `facts` are its evidence, label and value; `work`: where to open work on it."""

    mark: Mark
    kind: str
    statement: str
    metric: Link
    period: str
    where: str
    facts: tuple[tuple[str, str], ...]
    href: str
    since: str
    work: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """Which published state a page shows, in words; `stale` says so when it is older than it should be."""

    id: str
    published: str
    as_of: str
    age: str
    stale: str


Place = Literal["home", "strategy", "metrics", "findings", "work", "sources", "identity", "definitions", ""]
"""Where in the navigation a page stands; nowhere for a notice."""


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page. `here` is the navigation's present place; `generation` None: nothing published."""

    title: str
    project: str
    here: Place
    generation: Generation | None
    search: str = ""
    person: str = ""
    """Who has signed in; nobody: then there is nothing to go to but the door."""
    token: str = ""
    """What a form of this page must hold."""


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a definition: which, since when, what kind of change made it."""

    version: str
    recorded: str
    change: str
    current: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Document:
    """A definition in sentences and as written, and where it stands."""

    words: tuple[str, ...]
    text: str
    place: str
    href: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """One measure that is not where it should be: what, how sure, since when, who acts."""

    mark: Mark
    metric: Link
    figure: Figure
    target: str
    sure: str
    since: str
    owner: str
    spark: SparkSpec
