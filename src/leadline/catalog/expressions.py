"""Text to a checked expression. A project file must never read a file, call out, or run a statement.

Three walls stand one behind the other: only known tokens reach the parser (grammar.py), only known syntax with known
arguments and known functions is copied from what it gives (operators.py, functions.py), and only columns of the scope
are named. The copy is the only thing that compilers see. In it:

- a column is exp.Column, quoted; `reference.column` has `table` = the reference. In a source's expressions, names
  are the file's own, case and dots included, and `table` is never set;
- operators carry the parentheses they need, so that equal meaning gives equal trees and text;
- Leadline's own functions are exp.Anonymous of the names in grammar.MARKED, with checked arguments:
  LOCAL(instant) wall-clock time; BUSINESS_MINUTES(from, until) the calendar's business time between two instants;
  INSTANT(text[, format]), DATE_OF(text[, format]), NUMBER(text) in sources;
  FIRST_BY(value, by), LAST_BY(value, by) in derived facts;
- casts are exp.Cast or exp.TryCast to text, bigint, double, boolean, date, timestamp (wall clock) or timestamptz;
- `/` is exp.Div, ln, log10 and sqrt stand as written: what happens at zero is the compiler's to decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError

from leadline.catalog import functions, grammar, operators
from leadline.catalog.checker import Checker, Scope, conversion
from leadline.catalog.definitions.fact import ColumnType
from leadline.catalog.grammar import Refused
from leadline.catalog.values import LOGICAL, NUMERIC, WORDS, ValueType, assignable, of_column
from leadline.errors import ExpressionError, Place

__all__ = ["Expression", "Scope", "parse"]

_RULES = {**operators.RULES, **functions.RULES}
_ROLES: dict[str, tuple[frozenset[ValueType], str]] = {
    "predicate": (LOGICAL, "true or false"),
    "number": (NUMERIC, "a number"),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: as written, as a tree, its type, and the columns it names (`reference.column` too)."""

    text: str
    tree: exp.Expression
    type: ValueType
    columns: frozenset[str]

    def uses(self, marked: str) -> bool:
        """Tell whether one of Leadline's own functions stands in the expression."""
        return any(node.name == marked for node in self.tree.find_all(exp.Anonymous))


def parse(
    text: str,
    scope: Scope,
    *,
    expects: str = "any",
    place: Place | Callable[[int], Place] | None = None,
    aggregates: bool = False,
    mapping: bool = False,
) -> Expression:
    """Parse and check an expression.

    `expects` is "predicate", "number", "any", or the type of the column that takes the value. `place` is where the
    text stands, or a function from a character's offset to its place. `aggregates` allows min, max, sum, count,
    bool_or, bool_and, first and last over the rows of a key; `mapping` allows what reads texts of files.

    Raises ExpressionError with the place of the offending character.
    """
    try:
        checker = Checker(scope, _RULES, aggregates, mapping)
        tree, kind = checker.check(_parsed(text))
        _expect(kind, expects, mapping=mapping)
    except Refused as refused:
        at = _place(place, _start(text, refused.offset))
        raise ExpressionError(refused.message, code=refused.code, place=at, hint=refused.hint) from None
    except RecursionError:
        raise ExpressionError(
            "Nested too deeply.", code="expression-too-large", place=_place(place, 0), hint="Split it."
        ) from None
    return Expression(text, tree, kind, frozenset(checker.columns))


def _place(place: Place | Callable[[int], Place] | None, offset: int) -> Place:
    """Give the place of a character of the text."""
    if place is None:
        return Place(Path("expression"), 1, offset + 1)
    return place if isinstance(place, Place) else place(offset)


def _start(text: str, offset: int) -> int:
    """Give an offset as it is, or, if it is negative, the next word after that character."""
    if offset >= 0:
        return offset
    found = grammar.tokens(text)
    return next((t.start for t in found if t.start >= -offset and t.text not in _BETWEEN), -offset)


_BETWEEN = grammar.SYMBOLS - {"*"}


@lru_cache(maxsize=4096)
def _parsed(text: str) -> exp.Expression:
    """Parse a text of admitted tokens. What is given is shared: rules read it and never change it."""
    admitted = grammar.tokens(text)
    try:
        trees = DuckDB().parser().parse_into(exp.Condition, admitted, text)
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        word = str(found.get("highlight") or "")
        where = (found.get("line"), found.get("col"))
        offset = next((token.start for token in admitted if (token.line, token.col) == where), 0)
        raise Refused("expression-syntax", _said(word), offset, _hint(text)) from None
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Expression):
        raise Refused("expression-syntax", _said(admitted[0].text), admitted[0].start, _hint(text))
    if _depth(tree) > grammar.MAX_DEPTH:
        raise Refused("expression-too-large", "Nested too deeply.", 0, "Split it.")
    return tree


def _said(word: str) -> str:
    return f"Not readable as an expression at {word!r}." if word else "Not readable as an expression."


def _hint(text: str) -> str:
    """Guess what most often makes a text unreadable."""
    if text.count("(") != text.count(")"):
        return "Its parentheses do not match."
    return "It is one SQL value or condition, such as score >= 9 and channel = 'phone'."


def _depth(tree: exp.Expression) -> int:
    """Give how deep a tree is, chains of one connector counting once."""
    deepest, stack = 0, [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        for child in node.iter_expressions():
            chained = isinstance(node, exp.Connector) and type(child) is type(node)
            stack.append((child, depth if chained else depth + 1))
    return deepest


def _expect(kind: ValueType, expects: str, *, mapping: bool) -> None:
    """Refuse an expression whose value is not of the expected kind."""
    if expects == "any":
        return
    if expects in _ROLES and not (mapping and expects == "number"):  # in a source that is a column's type
        types, words = _ROLES[expects]
        if kind not in types or kind == "null":
            code = "expects-condition" if expects == "predicate" else "expects-number"
            raise Refused(code, f"This must be {words}, and it is {WORDS[kind]}.", 0,
                          conversion(kind, "boolean" if expects == "predicate" else "number"))  # fmt: skip
        return
    column = cast("ColumnType", expects)
    wanted = of_column(column)
    fits = (
        assignable(kind, column)
        if mapping
        else kind in {wanted, "null"} or (kind, wanted) == ("integer", "number")
    )
    if not fits:
        raise Refused("expression-type", f"The column is {WORDS[wanted]}, and this is {WORDS[kind]}.", 0,
                      conversion(kind, wanted))  # fmt: skip
