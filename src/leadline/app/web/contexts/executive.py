"""The executive page: what is off, how sure, since when, why, who acts and by when; customers beside money."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.home import MeasureRow, Verdict
from leadline.app.web.contexts.pieces import Deviation, Link, Mark, Picker, Shell
from leadline.app.web.contexts.standing import Standing


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a deviation, in words, and where it is shown. `said_by` names a person who says it."""

    words: str
    href: str
    said_by: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One deviation with its reasons, and what is done about it by whom and when; `unsaid` says that a comment is
    required and is not there or not whole, and leads to where who may write it does."""

    deviation: Deviation
    objective: Link
    reasons: tuple[Reason, ...]
    actions: tuple[Reason, ...]
    unsaid: Link | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One perspective's figures, to stand beside another's."""

    label: str
    verdict: Verdict
    rows: tuple[MeasureRow, ...]


@dataclass(frozen=True, slots=True)
class ExecutivePage:
    """One screen, one sheet. `standing` says whether the period is closed, or what it lacks. `sentence` says the whole
    in one; `more` how many deviations are left out."""

    template: ClassVar[str] = "executive/page.html"

    shell: Shell
    scorecard: Link
    sentence: str
    verdict: Verdict
    period: Picker
    unit: Picker
    period_state: str
    tally: tuple[tuple[Mark, int], ...]
    matters: tuple[Matter, ...]
    more: str
    quiet: str
    undecided: tuple[Deviation, ...]
    columns: tuple[str, ...]
    sides: tuple[Side, ...]
    standing: Standing | None
