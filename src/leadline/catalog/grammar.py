"""What an expression may consist of: tokens, functions and their arguments, units of time, names of types.

This is a security boundary, and it is an allow-list: a token, a kind of syntax node, an argument or a function that
is not named here (or in checker.py) is refused, whatever a later sqlglot learns to parse.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from leadline.catalog.values import LOGICAL, NUMERIC, TEXTUAL, ValueType

MAX_TOKENS = 1_500
MAX_NESTED = 24
MAX_PREFIXES = 8
MAX_DEPTH = 120

SYMBOLS = frozenset(
    {
        "(",
        ")",
        ",",
        ".",
        "=",
        "==",
        "<>",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "||",
        "::",
        "^",
        "**",
    }
)
_WORD = re.compile(r"[^\W\d]\w*(?:\s+[^\W\d]\w*)*")
NUMBER = re.compile(r"(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PREFIXES = frozenset({"-", "+", "not"})

_REFUSED_SYMBOLS: dict[str, str] = {
    ";": "An expression is one value, not a list of statements.",
    "?": "Parameters are not read.",
    "$": "Parameters are not read.",
    "[": "Lists and subscripts are not read.",
    "{": "Structures are not read; templates neither.",
    "->": "JSON access and lambdas are not read.",
    "->>": "JSON access is not read.",
    ":": "Structures and parameters are not read.",
    "//": "Write floor(a / b).",
    "~": "Write regexp_matches(text, 'pattern').",
    "!~": "Write not regexp_matches(text, 'pattern').",
}


class Refused(Exception):
    """An expression is not allowed: why, at which character, and what to do; an ExpressionError at the edge."""

    def __init__(self, code: str, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.offset, self.hint = code, message, offset, hint


def tokens(text: str) -> list[Token]:
    """Cut an expression into tokens, refusing each that cannot stand in one."""
    try:
        found: list[Token] = DuckDB().tokenize(text)
    except SqlglotError as error:
        offset = len(text) - 1
        message = "A quotation mark is not closed, or a character is none that SQL has."
        raise Refused("expression-syntax", message, offset) from error
    if not found:
        raise Refused("expression-syntax", "There is no expression here.", 0)
    if len(found) > MAX_TOKENS:
        raise Refused("expression-too-large", f"Longer than {MAX_TOKENS:,} words and signs.", 0, "Split it.")
    nested = prefixes = 0
    for token in found:
        _admit(token, text)
        word = token.text.lower()
        nested += (word in {"(", "case"}) - (word in {")", "end"} and nested > 0)
        prefixes = prefixes + 1 if word in _PREFIXES else 0
        if nested > MAX_NESTED or prefixes > MAX_PREFIXES:
            raise Refused("expression-too-large", "Nested too deeply.", token.start, "Split it.")
    return found


def _admit(token: Token, text: str) -> None:
    """Refuse a token that is neither a word, a quoted name, a number, a plain text nor a known sign."""
    raw = text[token.start : token.end + 1]
    if token.comments:
        raise Refused("expression-forbidden", "Comments do not stand in expressions.", token.start,
                      "YAML comments (after #) may stand beside them.")  # fmt: skip
    if token.token_type == TokenType.STRING and raw.startswith("'"):
        return
    if token.token_type == TokenType.IDENTIFIER and raw.startswith('"') and token.text:
        return
    if token.token_type == TokenType.NUMBER and NUMBER.fullmatch(raw):
        if len(raw) > 40 or abs(float(raw.replace("_", ""))) > 1e300:
            raise Refused("expression-forbidden", f"The number {raw[:20]}… is too large.", token.start)
        return
    if raw.lower() == "if":  # sqlglot may take it for a statement
        hint = "Write case when … then … else … end."
        raise Refused("expression-forbidden", "`if` is not read.", token.start, hint)
    if raw in SYMBOLS or (_WORD.fullmatch(raw) and token.token_type not in _LITERALS):
        return
    sign = raw if raw in _REFUSED_SYMBOLS else raw[:1]
    hint = _REFUSED_SYMBOLS.get(sign, "")
    raise Refused("expression-forbidden", f"{raw[:20]!r} cannot stand in an expression.", token.start, hint)


_LITERALS = frozenset({
    TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.BYTE_STRING, TokenType.RAW_STRING,
    TokenType.HEREDOC_STRING, TokenType.NATIONAL_STRING, TokenType.UNICODE_STRING, TokenType.HEX_STRING,
    TokenType.BIT_STRING,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function: the types it takes; a `literal` one must be written out, and match `pattern`."""

    key: str
    types: frozenset[ValueType]
    optional: bool = False
    literal: bool = False
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how it is called, what it takes, what it gives (`same`: its first argument's type).

    `marks` are constants that sqlglot's DuckDB parser adds to the node and that mean nothing else.
    """

    written: str
    takes: tuple[Argument, ...]
    gives: ValueType | Literal["same"]
    marks: Mapping[str, object] = field(default_factory=dict)


def _text(key: str, *, optional: bool = False) -> Argument:
    return Argument(key, TEXTUAL, optional=optional)


def _number(key: str, *, optional: bool = False) -> Argument:
    return Argument(key, NUMERIC, optional=optional)


def _literal(key: str, pattern: str, *, optional: bool = False) -> Argument:
    return Argument(key, frozenset({"text", "integer"}), optional, literal=True, pattern=re.compile(pattern))


_T, _N = _text("this"), _number("this")
_PATTERN = _literal("expression", r"(?s).{1,500}")

FUNCTIONS: dict[type[exp.Expression], Function] = {
    exp.Lower: Function("lower(text)", (_T,), "text"),
    exp.Upper: Function("upper(text)", (_T,), "text"),
    exp.Length: Function("length(text)", (_T,), "integer"),
    exp.Left: Function("left(text, count)", (_T, _number("expression")), "text"),
    exp.Right: Function("right(text, count)", (_T, _number("expression")), "text"),
    exp.Substring: Function(
        "substring(text, start[, length])", (_T, _number("start"), _number("length", optional=True)), "text"
    ),
    exp.Replace: Function("replace(text, old, new)", (_T, _text("expression"), _text("replacement")), "text"),
    exp.SplitPart: Function(
        "split_part(text, separator, part)", (_T, _text("delimiter"), _number("part_index")), "text"
    ),
    exp.RegexpLike: Function(
        "regexp_matches(text, 'pattern'[, 'i'])",
        (_T, _PATTERN, _literal("flag", r"[cims]{1,4}", optional=True)), "boolean",
    ),
    exp.RegexpExtract: Function(
        "regexp_extract(text, 'pattern'[, group[, 'i']])",
        (_T, _PATTERN, _literal("group", r"[0-9]", optional=True),
         _literal("parameters", r"[cims]{1,4}", optional=True)),
        "text", {"null_if_pos_overflow": True},
    ),
    exp.RegexpReplace: Function(
        "regexp_replace(text, 'pattern', 'replacement'[, 'g'])",
        (_T, _PATTERN, _literal("replacement", r"(?s).{0,500}"),
         _literal("modifiers", r"[cgims]{1,5}", optional=True)),
        "text", {"single_replace": True},
    ),
    exp.Abs: Function("abs(number)", (_N,), "same"),
    exp.Round: Function(
        "round(number[, digits])", (_N, _literal("decimals", r"[0-9]", optional=True)), "number"
    ),
    exp.Floor: Function("floor(number)", (_N,), "number"),
    exp.Ceil: Function("ceil(number)", (_N,), "number"),
    exp.Ln: Function("ln(number)", (_N,), "number"),
    exp.Exp: Function("exp(number)", (_N,), "number"),
    exp.Sqrt: Function("sqrt(number)", (_N,), "number"),
}  # fmt: skip
"""Functions whose every argument has its own type. Those that need more thought are methods of the checker."""

_ANY: frozenset[ValueType] = frozenset(
    {"text", "integer", "number", "boolean", "date", "instant", "local", "interval", "any", "null"}
)

AGGREGATES: dict[type[exp.Expression], Function] = {
    exp.Min: Function("min(value)", (Argument("this", _ANY),), "same"),
    exp.Max: Function("max(value)", (Argument("this", _ANY),), "same"),
    exp.Sum: Function("sum(number)", (_N,), "same"),
    exp.LogicalOr: Function("bool_or(condition)", (Argument("this", LOGICAL),), "boolean"),
    exp.LogicalAnd: Function("bool_and(condition)", (Argument("this", LOGICAL),), "boolean"),
}

MARKED: dict[str, str] = {
    "LOCAL": "local(instant)",
    "BUSINESS_MINUTES": "business_minutes(from, until)",
    "INSTANT": "instant(text[, 'format'])",
    "DATE_OF": "date(text[, 'format'])",
    "NUMBER": "number(text)",
    "FIRST_BY": "first(value, by)",
    "LAST_BY": "last(value, by)",
}
"""Leadline's own functions stay in the tree as exp.Anonymous of these names; the compilers replace them."""

OFFERED: tuple[str, ...] = (
    *(f.written.split("(")[0] for f in FUNCTIONS.values()),
    *(f.written.split("(")[0] for f in AGGREGATES.values()),
    *(written.split("(")[0] for written in MARKED.values()),
    "count", "coalesce", "nullif", "greatest", "least", "concat", "trim", "ltrim", "rtrim", "power", "log10",
    "date_trunc", "date_diff", "extract", "epoch", "cast", "try_cast", "strptime", "case",
)  # fmt: skip

DURATIONS = ("second", "minute", "hour", "day", "week", "month", "year")
"""Units of an interval; also written in the plural."""

CLOCK_PARTS = frozenset({"second", "minute", "hour"})
TRUNCATIONS = frozenset({"minute", "hour", "day", "week", "month", "quarter", "year"})
DIFFERENCES = frozenset({"second", "minute", "hour", "day", "week", "month", "quarter", "year"})
PARTS = frozenset({"second", "minute", "hour", "day", "isodow", "week", "month", "quarter", "year", "epoch"})

_BUILT = {name: exp.DataType.build(sql, dialect="duckdb") for name, sql in {
    "text": "text", "integer": "bigint", "number": "double", "boolean": "boolean", "date": "date",
    "local": "timestamp", "instant": "timestamptz",
}.items()}  # fmt: skip

TYPES: dict[str, ValueType] = {
    "TEXT": "text", "VARCHAR": "text", "INT": "integer", "BIGINT": "integer", "DOUBLE": "number",
    "FLOAT": "number", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "local", "TIMESTAMPNTZ": "local",
    "TIMESTAMPTZ": "instant",
}  # fmt: skip


def built_type(name: ValueType) -> exp.DataType:
    """Give the one SQL type by which a type of value is written."""
    return _BUILT[name].copy()


_DIRECTIVES = frozenset("aAwdbBmyYHIpMSfzZjgGuUV%")


def format_fault(text: str) -> str:
    """Say what is wrong with a date format (strptime directives), or an empty string."""
    i, known = 0, False
    while i < len(text):
        if text[i] == "%":
            directive = text[i + 1 : i + 2].replace("-", text[i + 2 : i + 3]) or "nothing"
            if directive not in _DIRECTIVES:
                return f"%{directive} is no part of a date."
            known = known or directive != "%"
            i += 1
        i += 1
    return "" if known else "It names no part of a date; %Y-%m-%d would be a format."
