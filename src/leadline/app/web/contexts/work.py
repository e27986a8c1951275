"""Work items: mine, all, one with its forms and its history, and the form that opens one."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import Link, Mark, Picker, Shell


@dataclass(frozen=True, slots=True)
class WorkLine:
    """An item in a list: what, in which state, who acts, until when; `late` says by how much it is overdue."""

    item: Link
    workflow: str
    mark: Mark
    assignee: str
    due: str
    late: str


@dataclass(frozen=True, slots=True)
class WorkBox:
    """What work there is about a metric, figure or finding, and ways to open more."""

    lines: tuple[WorkLine, ...] = ()
    opens: tuple[Link, ...] = ()


NO_WORK = WorkBox()


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A message."""

    when: str
    text: Link


@dataclass(frozen=True, slots=True)
class WorkPage:
    """What is given to a person, what is due first at the top, and what they were told."""

    template: ClassVar[str] = "work/mine.html"

    shell: Shell
    summary: str
    lines: tuple[WorkLine, ...]
    quiet: str
    told: tuple[ToldLine, ...]
    opens: tuple[Link, ...]
    everything: str
    beside: tuple[Link, ...] = ()
    """Boards, disputes, and what was decided on figures."""


@dataclass(frozen=True, slots=True)
class WorkListPage:
    """Every item, narrowed by a text and by links."""

    template: ClassVar[str] = "work/all.html"

    shell: Shell
    action: str
    text: str
    hidden: tuple[tuple[str, str], ...]
    count: str
    pickers: tuple[Picker, ...]
    lines: tuple[WorkLine, ...]
    quiet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """A field of a form: `kind` is its type, `value` what was filled in already."""

    name: str
    label: str
    kind: str
    help: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class StepForm:
    """A step: its form where the person may take it; else `why` not. `votes` says who said yes, and what is missing."""

    name: str
    title: str
    about: str
    allowed: bool
    why: str
    votes: str
    fields: tuple[FieldLine, ...]


@dataclass(frozen=True, slots=True)
class EventLine:
    """What happened: who, when, what; with a text that somebody wrote, and what was filled in."""

    when: str
    who: str
    what: str
    text: str
    filled: tuple[tuple[str, str], ...]
    by_itself: bool


@dataclass(frozen=True, slots=True)
class FileLine:
    """An attachment."""

    file: Link
    size: str
    who: str


@dataclass(frozen=True, slots=True)
class WorkItemPage:
    """One item: where it stands, what may be done next, what it is about, all that happened.

    `failed` says why what was sent was not done; the form then keeps what was typed. `recompute`: where to look at a
    recomputation of its figure, empty when it is about none.
    """

    template: ClassVar[str] = "work/item.html"

    shell: Shell
    number: int
    title: str
    workflow: str
    description: str
    mark: Mark
    facts: tuple[tuple[str, str], ...]
    filled: tuple[tuple[str, str], ...]
    about: tuple[Link, ...]
    steps: tuple[StepForm, ...]
    events: tuple[EventLine, ...]
    files: tuple[FileLine, ...]
    action: str
    recompute: str
    looked: str
    failed: str
    over: str
    token: str


@dataclass(frozen=True, slots=True)
class WorkOpenPage:
    """The form that opens an item; without a workflow, the choice of one."""

    template: ClassVar[str] = "work/open.html"

    shell: Shell
    title: str
    description: str
    choices: tuple[tuple[Link, str], ...]
    about: tuple[Link, ...]
    needs: tuple[FieldLine, ...]
    fields: tuple[FieldLine, ...]
    hidden: tuple[tuple[str, str], ...]
    action: str
    failed: str
    token: str
