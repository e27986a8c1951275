"""What is wrong with a project, as data: all problems are reported at once, each with its place and what to do.

Codes are stable and listed in docs/errors.md (a test compares both ways); an error blocks work, a warning does not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from leadline.errors import DefinitionError, LeadlineError, Place

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it stands, and what to do about it."""

    level: Level
    code: str
    message: str
    place: Place
    hint: str = ""

    def __str__(self) -> str:
        """Give `place: level[code]: message hint` on one line."""
        return (
            f"{self.place}: {self.level}[{self.code}]: {self.message}{' ' + self.hint if self.hint else ''}"
        )

    def as_dict(self) -> dict[str, str | int]:
        """Give the problem for `--json`: level, code, message, hint, file, line, column."""
        return {
            "level": self.level,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "file": self.place.file.as_posix(),
            "line": self.place.line,
            "column": self.place.column,
        }


def problem_of(error: LeadlineError, place: Place) -> Problem:
    """Turn a raised error into a problem, at the error's own place if it has one."""
    return Problem("error", error.code, error.message, error.place or place, error.hint)


def in_order(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Give each problem once: by file, line and column, errors before warnings at one place."""
    once = dict.fromkeys(problems)
    yield from sorted(
        once,
        key=lambda p: (p.place.file.as_posix(), p.place.line, p.place.column, p.level, p.code, p.message),
    )


class CheckFailed(DefinitionError):
    """The definitions have errors; carries every problem, not only the first."""

    code = "check-failed"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [p for p in self.problems if p.level == "error"]
        shown = "".join(f"\n  {p}" for p in errors[:20])
        more = f"\n  … and {len(errors) - 20} more" if len(errors) > 20 else ""
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__(
            f"The definitions have {count}:{shown}{more}\n",
            hint="Run `leadline check` to see everything that is wrong, and mend it.",
        )
