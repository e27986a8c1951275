"""Who may: expressions such as `owner or role steward`, `board metrics and not author`, and `2 of board metrics`.

`and` binds closer than `or`, `not` closer than both; parentheses group. Terms are `anyone`, `author` (who opened the
item), `assignee`, `owner` (of a definition that the item is about), `role NAME`, `board NAME`, `person NAME`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from leadline.errors import DefinitionError, suggest

ALONE = ("anyone", "author", "assignee", "owner")
NAMED = ("role", "board", "person")
_COUNTED = re.compile(r"^(?:(\d{1,3}|majority|all|quorum) of )?(.+)$")
_NAME = re.compile(r"[\w.@+-]{1,100}")


@dataclass(frozen=True, slots=True)
class Term:
    """One word for some people; `name` is empty for those that need none."""

    word: str
    name: str = ""

    def __str__(self) -> str:
        """Give it as it is written."""
        return f"{self.word} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody else."""

    of: "Who"


@dataclass(frozen=True, slots=True)
class All:
    """Who meets every part."""

    of: tuple["Who", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Who meets any part."""

    of: tuple["Who", ...]


Who: TypeAlias = Term | Not | All | Either


@dataclass(frozen=True, slots=True)
class Approval:
    """How many of some people must have said yes: a number, `majority` or `all` of them, or a board's `quorum`."""

    who: Who
    of: int | str
    written: str


@lru_cache(maxsize=512)
def parse(text: str) -> Who:
    """Read an expression. Raises DefinitionError (`bad-who`) for one that is none."""
    words = re.findall(r"[()]|[^\s()]+", text)
    found, rest = _any(words, text)
    if rest:
        raise _wrong(text, f"`{rest[0]}` stands where `and`, `or` or the end should be.")
    return found


@lru_cache(maxsize=512)
def approval(text: str) -> Approval:
    """Read one line of `approvals`. Raises DefinitionError (`bad-who`) for one that is none."""
    counted = _COUNTED.match(text.strip())
    if counted is None:
        raise _wrong(text, "It is empty.")
    many, who = counted[1] or "1", parse(counted[2])
    if many == "quorum" and not (isinstance(who, Term) and who.word == "board"):
        raise _wrong(text, "Only a board has a quorum of its own.")
    return Approval(who, int(many) if many.isdigit() else many, text)


def terms(who: Who) -> Iterator[Term]:
    """Give every term in an expression."""
    match who:
        case Term():
            yield who
        case Not(of=inner):
            yield from terms(inner)
        case All(of=parts) | Either(of=parts):
            for part in parts:
                yield from terms(part)


def _any(words: list[str], text: str) -> tuple[Who, list[str]]:
    return _joined(words, text, "or")


def _joined(words: list[str], text: str, word: str) -> tuple[Who, list[str]]:
    """Read parts joined by `or`, each of parts joined by `and`."""
    parts: list[Who] = []
    while True:
        part, words = _joined(words, text, "and") if word == "or" else _one(words, text)
        parts.append(part)
        if words[:1] != [word]:
            break
        words = words[1:]
    if len(parts) == 1:
        return parts[0], words
    return (Either(tuple(parts)) if word == "or" else All(tuple(parts))), words


def _one(words: list[str], text: str) -> tuple[Who, list[str]]:
    if not words:
        raise _wrong(text, "It ends too early.")
    word, rest = words[0], words[1:]
    if word == "not":
        inner, rest = _one(rest, text)
        return Not(inner), rest
    if word == "(":
        inner, rest = _any(rest, text)
        if rest[:1] != [")"]:
            raise _wrong(text, "A parenthesis is not closed.")
        return inner, rest[1:]
    if word in ALONE:
        return Term(word), rest
    if word in NAMED:
        if not rest or not _NAME.fullmatch(rest[0]):
            raise _wrong(text, f"`{word}` needs a name.")
        return Term(word, rest[0]), rest[1:]
    near = suggest(word, (*ALONE, *NAMED))
    raise _wrong(text, f"There is no `{word}`. {near}".strip())


def _wrong(text: str, why: str) -> DefinitionError:
    return DefinitionError(
        f"{text!r} does not say who. {why}",
        code="bad-who",
        hint="Write anyone, author, assignee, owner, role NAME, board NAME or person NAME, with and, or, not.",
    )
