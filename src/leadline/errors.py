"""What can go wrong, said to people. Bottom layer: imports nothing from the package.

    LeadlineError            every error a user may see: code, what, where, what to do
    ├── DefinitionError      a definition cannot be used as written
    │   └── ExpressionError  an expression in it cannot be used as written
    ├── SourceError          a file cannot be read (the whole file, not a row of it)
    ├── QueryError           a figure cannot be computed as asked
    ├── StoreError           the warehouse or ledger refuses
    │   ├── BusyError        another process is writing (retryable)
    │   └── NothingPublished there is no published state yet
    ├── PeriodError          a period cannot be closed, reopened or commented on
    ├── ExportError          a pack or an export cannot be written
    ├── IdentityError        records cannot be resolved to persons as declared
    ├── GovernanceError      a decision on definitions or figures cannot be taken
    ├── WorkError            a work item cannot be opened or moved as asked
    ├── AccessError          an account, a sign-in or a permission is missing
    └── DemoError            the demo company cannot be made there

A message says what, where, why and what to do next. Codes are stable and listed in docs/errors.md (a test compares).
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file and, counted from 1, its line and column (0 = unknown)."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Give `file:line:column`, the form that editors make clickable."""
        parts = [str(self.file), *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


def suggest(word: str, known: Iterable[str]) -> str:
    """Give the near names of `word` among `known` as a sentence, or an empty string."""
    originals = {k.lower(): k for k in known}
    near = difflib.get_close_matches(word.lower(), originals, n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(repr(originals[n]) for n in near)}?" if near else ""


class LeadlineError(Exception):
    """An error with a stable `code`, a message, the `place` it concerns and a `hint` of what to do next."""

    code = "leadline"

    def __init__(
        self, message: str, *, code: str | None = None, place: Place | None = None, hint: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        """Give `place: message hint` on one line."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}{' ' + self.hint if self.hint else ''}"


class DefinitionError(LeadlineError):
    """A definition cannot be used as written."""

    code = "definition"


class ExpressionError(DefinitionError):
    """An expression cannot be used as written."""

    code = "expression"


class SourceError(LeadlineError):
    """A source file cannot be read at all; none of its rows was loaded."""

    code = "source"


class QueryError(LeadlineError):
    """A figure cannot be computed as asked."""

    code = "query"


class StoreError(LeadlineError):
    """The warehouse or the ledger refuses."""

    code = "store"


class BusyError(StoreError):
    """Another process is writing; trying again later will do."""

    code = "busy"


class NothingPublished(StoreError):
    """No refresh has been published in this project yet."""

    code = "nothing-published"


class IdentityError(LeadlineError):
    """Records cannot be resolved to persons as declared, or a decision on them cannot be taken."""

    code = "identity"


class PeriodError(LeadlineError):
    """A period cannot be closed, reopened, or commented on as asked."""

    code = "period"


class GovernanceError(LeadlineError):
    """A decision on definitions or figures cannot be taken, or not by whoever wants to."""

    code = "governance"


class WorkError(LeadlineError):
    """A work item cannot be opened, moved or added to as asked."""

    code = "work"


class AccessError(LeadlineError):
    """Somebody may not, or an account cannot be changed so."""

    code = "no-access"


class ExportError(LeadlineError):
    """A pack or an export cannot be written."""

    code = "export"


class DemoError(LeadlineError):
    """The demo company cannot be made there."""

    code = "demo"
