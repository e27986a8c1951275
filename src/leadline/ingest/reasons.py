"""Why a row is held: stable codes, each with the words for people. docs/errors.md lists the same codes."""

from dataclasses import dataclass
from typing import Literal, get_args

Code = Literal[
    "fields", "encoding", "quoting", "json", "formula",
    "rejected", "missing", "not-a-number", "not-a-whole-number", "not-true-or-false", "not-a-date", "not-a-time",
    "not-an-instant", "no-such-time", "no-result", "too-small", "too-large", "not-one-of", "unknown-unit",
    "duplicate", "already-loaded", "check", "batch-check",
]  # fmt: skip
CODES: tuple[Code, ...] = get_args(Code)

_WORDS: dict[Code, str] = {
    "fields": "wrong number of values",
    "encoding": "bytes that are not in the declared encoding",
    "quoting": "quotes that do not match",
    "json": "not a JSON object",
    "formula": "a formula that was never computed",
    "rejected": "{shown}",
    "missing": "{column} is missing",
    "not-a-number": "{column} is not a number",
    "not-a-whole-number": "{column} is not a whole number",
    "not-true-or-false": "{column} is neither true nor false",
    "not-a-date": "{column} is not a date",
    "not-a-time": "{column} is not a time",
    "not-an-instant": "{column} is not an instant",
    "no-such-time": "{column} is a time that the clock change left out",
    "no-result": "{column} cannot be computed",
    "too-small": "{column} is below its minimum",
    "too-large": "{column} is above its maximum",
    "not-one-of": "{column} is none of its allowed values",
    "unknown-unit": "{column} names no unit",
    "duplicate": "the same key as an earlier row of the file",
    "already-loaded": "the same key as a row of another file",
    "check": "fails the check {column}",
    "batch-check": "its file fails the check {column}",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for holding a row: its code, the fact's column it concerns (or ""), and the value or detail seen."""

    code: Code
    column: str = ""
    shown: str = ""
    hint: str = ""

    @property
    def words(self) -> str:
        """The reason without the row's own value: what rows are counted by."""
        return _WORDS[self.code].format(column=self.column or "a `reject` rule", shown=self.shown)

    def __str__(self) -> str:
        """Give the reason with the row's own value."""
        seen = "" if self.code == "rejected" or self.shown in {"", self.words} else f": {self.shown!r}"
        if (
            self.code in {"fields", "encoding", "quoting", "json", "formula", "duplicate", "already-loaded"}
            and seen
        ):
            seen = f": {self.shown}"
        return f"{self.words}{seen}{'. ' + self.hint if self.hint else ''}"
