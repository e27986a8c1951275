r"""Regular expressions in RE2's meaning, said again for Java and for PostgreSQL; what one of them means otherwise is
refused.

Read are: literals, `.`, classes, \d \w \s and their opposites, ^ $ \A \z \b, groups, |, and the quantifiers. \d \w \s
are ASCII in RE2, `$` is the very end, `.` is all but a line feed: each is said outright. PostgreSQL's matches are the
longest, RE2's and Java's the first: for whether a text matches at all that is one; for what matches, it is one as long
as nothing but single characters is repeated and nothing is alternative.
"""

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from leadline.store.engines.dialects.rewriting import unsayable

Engine = Literal["java", "postgres"]

_SHORT = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_NAMED = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "digit": "0-9", "lower": "a-z", "upper": "A-Z", "space": r"\t-\r ",
    "punct": r"!-\/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "blank": r"\t ", "word": "0-9A-Za-z_",
}  # fmt: skip
_CONTROL = {"t": r"\t", "n": r"\n", "f": r"\f", "r": r"\r", "v": r"\x0b", "a": r"\x07"}
_SPECIAL = frozenset(r"\.[](){}*+?|^$")
_BORDER = r"(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))"
_MOST = {"java": 1000, "postgres": 255}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in an engine's own syntax, without the flags that it needs."""

    text: str
    groups: int
    ignores_case: bool


def asked(node: exp.Expr, engine: Engine) -> Pattern:
    """Say for an engine the pattern of a regexp_matches, regexp_extract or regexp_replace, with its flags.

    Raises:
        StoreError: the engine has nothing that means the same, or the pattern has not the group that is asked for.
    """
    flags = node.args.get("flag") or node.args.get("parameters") or node.args.get("modifiers")
    letters, pattern = flags.name.replace("g", "") if flags else "", node.expression.name
    said = translated(pattern, letters, engine, extracts=not isinstance(node, exp.RegexpLike))
    group = node.args.get("group")
    if group and int(group.name) > said.groups:
        raise unsayable(f"group {group.name} of the pattern {pattern!r}", "It has fewer groups.")
    return said


def translated(pattern: str, flags: str, engine: Engine, *, extracts: bool) -> Pattern:
    """Say a pattern for an engine; `extracts` if it matters what matches, not only whether.

    Raises:
        StoreError: the engine has nothing that means the same.
    """
    return _Reader(pattern, flags, engine, extracts=extracts).read()


def replacement(written: str, engine: Engine, *, shift: int = 0) -> str:
    r"""Say a replacement: RE2's \0 to \9 (moved by `shift` groups) and \\ . In Java's, every plain character that may
    be none is escaped: `$`, the backslash, and digits, which could belong to the number of a group before them."""
    out = ""
    plain = r"\$0123456789" if engine == "java" else "\\"
    i = 0
    while i < len(written):
        letter, after = written[i], written[i + 1 : i + 2]
        i += 1
        if letter != "\\":
            out += f"\\{letter}" if letter in plain else letter
            continue
        if after == "\\":
            out += "\\\\"
        elif after.isdigit():
            of_postgres = r"\&" if after == "0" else f"\\{after}"
            out += f"${int(after) + shift}" if engine == "java" else of_postgres
        else:
            raise unsayable(f"the replacement {written!r}", "A backslash stands before a digit, or twice.")
        i += 1
    return out


class _Reader:
    """Reads a pattern once from left to right, saying it as it goes."""

    def __init__(self, pattern: str, flags: str, engine: Engine, *, extracts: bool) -> None:
        self._pattern = pattern
        self._at = 0
        self._engine = engine
        self._extracts = extracts and engine == "postgres"
        self._groups = 0
        self._ignores_case = False
        self._dot_is_all = False
        for flag in flags:
            self._set(flag)

    def read(self) -> Pattern:
        if self._pattern.startswith("(?"):
            letters, closed, _ = self._pattern[2:].partition(")")
            if closed and letters and set(letters) <= set("is"):
                self._at = 3 + len(letters)
                for flag in letters:
                    self._set(flag)
        said = self._alternatives()
        if self._at < len(self._pattern):
            raise self._refused("an unbalanced parenthesis")
        return Pattern(said, self._groups, self._ignores_case)

    def _set(self, flag: str) -> None:
        """DuckDB's flags: of i and c, of s and m the last holds."""
        if flag in "ic":
            self._ignores_case = flag == "i"
        elif flag in "sm":
            self._dot_is_all = flag == "s"

    def _refused(self, what: str) -> Exception:
        return unsayable(
            f"the pattern {self._pattern!r} ({what})",
            "Write a simpler pattern, or keep the project on DuckDB.",
        )

    def _alternatives(self) -> str:
        parts = [self._sequence()]
        while self._next() == "|":
            self._at += 1
            parts.append(self._sequence())
        if len(parts) > 1 and self._extracts:
            raise self._refused("alternatives: PostgreSQL takes the longest")
        return "|".join(parts)

    def _sequence(self) -> str:
        said = ""
        while (letter := self._next()) and letter not in "|)":
            atom, single = self._atom(letter)
            said += atom + self._quantifier(single=single)
        return said

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _atom(self, letter: str) -> tuple[str, bool]:
        """Give what one element says, and whether it is a single character."""
        self._at += 1
        match letter:
            case "(":
                return self._group(), False
            case "[":
                return self._class(), True
            case ".":
                return (r"[\s\S]" if self._engine == "java" else ".") if self._dot_is_all else r"[^\n]", True
            case "^":
                return "^", False
            case "$":
                return r"\z" if self._engine == "java" else "$", False
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise self._refused(f"{letter} after nothing")
            case _:
                return self._literal(letter), True

    def _literal(self, letter: str) -> str:
        if letter == "\0":
            raise self._refused("a NUL")
        return f"\\{letter}" if letter in _SPECIAL else letter

    def _escape(self) -> tuple[str, bool]:
        letter = self._next()
        self._at += 1
        if letter in _SHORT:
            return f"[{_SHORT[letter]}]", True
        if letter.lower() in _SHORT and letter:
            return f"[^{_SHORT[letter.lower()]}]", True
        if letter in _CONTROL:
            return _CONTROL[letter], True
        if letter == "b":
            return _BORDER, False
        if letter == "A":
            return "^", False
        if letter == "z":
            return r"\z" if self._engine == "java" else "$", False
        if letter and not letter.isalnum():
            return self._literal(letter), True
        raise self._refused(f"\\{letter}")

    def _group(self) -> str:
        captures = True
        if self._pattern.startswith("?:", self._at):
            captures = False
            self._at += 2
        elif self._next() == "?":
            raise self._refused("(?…)")
        self._groups += captures
        inside = self._alternatives()
        if self._next() != ")":
            raise self._refused("an unbalanced parenthesis")
        self._at += 1
        return f"({inside})" if captures else f"(?:{inside})"

    def _quantifier(self, *, single: bool) -> str:
        letter = self._next()
        if letter and letter in "*+?":
            said = letter
            self._at += 1
        elif letter == "{":
            said = self._counted()
        else:
            return ""
        if self._extracts and not single:
            raise self._refused("a repeated group: PostgreSQL takes the longest")
        if self._next() == "?":
            if self._extracts:
                raise self._refused("a lazy quantifier")
            self._at += 1
            return said if self._engine == "postgres" else f"{said}?"
        if self._next() and self._next() in "*+{":
            raise self._refused("two quantifiers")
        return said

    def _counted(self) -> str:
        inside, closed, _ = self._pattern[self._at + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not low.isdigit() or not (high.isdigit() or not high):
            raise self._refused("{")
        if max(int(low), int(high or 0)) > _MOST[self._engine]:
            raise self._refused("more than so many repetitions")
        self._at += len(inside) + 2
        return f"{{{low}{comma}{high}}}"

    def _class(self) -> str:
        said = "["
        if self._next() == "^":
            said += "^"
            self._at += 1
        first = True
        while (letter := self._next()) != "]" or first:
            if not letter:
                raise self._refused("an open bracket")
            said += self._member(letter)
            first = False
        self._at += 1
        return f"{said}]"

    def _member(self, letter: str) -> str:
        if self._pattern.startswith("[:", self._at):
            name, closed, _ = self._pattern[self._at + 2 :].partition(":]")
            if not closed or name not in _NAMED:
                raise self._refused(f"[:{name[:9]}")
            self._at += len(name) + 4
            return _NAMED[name]
        self._at += 1
        if letter == "-":
            between = self._pattern[self._at - 2] not in "[^" and self._next() != "]"
            return "-" if between else r"\-"
        if letter != "\\":
            if letter == "\0":
                raise self._refused("a NUL")
            return f"\\{letter}" if letter in r"[]^&~" else letter
        after = self._next()
        self._at += 1
        if after in _SHORT:
            return _SHORT[after]
        if after in _CONTROL:
            return _CONTROL[after]
        if after and not after.isalnum():
            return f"\\{after}"
        raise self._refused(f"\\{after} in brackets")
