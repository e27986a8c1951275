"""The machinery of rewriting: from the leaves up, each node of a known type is given to its rule.

A rule sees its node with the parts already rewritten, and the kinds of all as they were before. What a rule says in
SQL is a template of the engine's own dialect, whose one-letter columns stand for the parts: parsed once, filled in.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from leadline.errors import StoreError
from leadline.store.engines.dialects.kinds import Kind, Kinds

Rule = Callable[[exp.Expr, Kinds], exp.Expr]
Rules = Mapping[type[exp.Expr], Rule]
Tree = TypeVar("Tree", bound=exp.Expr)

_CLOSED = (exp.Column, exp.Literal, exp.Paren, exp.Func, exp.Cast, exp.Boolean, exp.Null, exp.Case, exp.Star)


def rewritten(tree: Tree, rules: Rules, *, copy: bool = True) -> Tree:
    """Give a copy of a tree, each node of a type in `rules` replaced by what its rule makes of it.

    Without `copy` the tree itself is changed, unless parts of it are another's too: to replace them would reach one.
    """
    held = exp.Paren(this=tree.copy() if copy or not _is_its_own(tree) else tree)
    nodes = [node for node in held.walk(bfs=False) if type(node) in rules]
    kinds = Kinds()
    for node in nodes:
        if not isinstance(node, exp.Identifier):
            kinds.of(node)
        for part in node.iter_expressions():
            kinds.of(part)
    for node in reversed(nodes):
        new = rules[type(node)](node, kinds)
        if new is not node:
            kinds.same(new, node)
            node.replace(new)
    whole: Tree = held.this
    whole.pop()
    return whole


def _is_its_own(tree: exp.Expr) -> bool:
    """Tell whether every node of a tree stands in this tree alone, and there once."""
    stack = [tree]
    while stack:
        node = stack.pop()
        for part in node.iter_expressions():
            if part.parent is not node:
                return False
            stack.append(part)
    return tree.parent is None


def filled(dialect: str, template: str, **parts: exp.Expr) -> exp.Expr:
    """Give a template with a copy of each part wherever a column has its name."""
    whole = exp.Paren(this=_parsed(dialect, template).copy())
    for column in list(whole.find_all(exp.Column)):
        part = parts[column.name].copy()
        column.replace(part if isinstance(part, _CLOSED) else exp.Paren(this=part))
    tree: exp.Expr = whole.this
    tree.pop()
    return tree


@lru_cache(maxsize=1024)
def _parsed(dialect: str, template: str) -> exp.Expr:
    return sqlglot.parse_one(template, read=dialect)


def text(value: str) -> exp.Literal:
    """Write a text."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expr:
    """Write a whole number."""
    literal = exp.Literal.number(abs(value))
    return exp.Neg(this=literal) if value < 0 else literal


def needed(kinds: Kinds, node: exp.Expr, what: str) -> Kind:
    """Give a node's kind, which the rule cannot do without.

    Raises:
        StoreError: nothing in the query tells it.
    """
    kind = kinds.of(node)
    if kind is None:
        raise unsayable(f"{what} of {node.sql(dialect='duckdb')!r}, whose type nothing tells")
    return kind


def unsayable(what: str, hint: str = "") -> StoreError:
    """Give the error for what an engine cannot be made to compute as the others do."""
    return StoreError(
        f"This warehouse cannot compute {what}.",
        code="store-dialect",
        hint=hint or "Write it another way, or keep the project on DuckDB.",
    )


def rendered(tree: exp.Expr, dialect: str, *, pretty: bool = False) -> str:
    """Give the text of a rewritten tree, every name quoted. The tree is used up: sqlglot changes what it renders.

    Raises:
        StoreError: the tree holds something that the dialect cannot say; sqlglot would leave it out without a word.
    """
    try:
        return tree.sql(
            dialect=dialect, identify=True, unsupported_level=ErrorLevel.RAISE, pretty=pretty, copy=False
        )
    except SqlglotError as error:
        raise StoreError(
            f"The query cannot be said in the dialect of {dialect}: {error}", code="store-dialect"
        ) from error
