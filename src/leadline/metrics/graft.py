"""A user's checked expression, grafted into a query: columns qualified, division made safe, LOCAL made wall-clock time.

An expression is never pasted as text; its tree was checked by the catalog, and only copies of it are changed here.
BUSINESS_MINUTES stays, to be computed once per row (catalog/once_per_row.py).
"""

from sqlglot import exp

from leadline.catalog.expressions import Expression
from leadline.catalog.wall_clock import ROW, WallClock, column, reference_alias
from leadline.store.casts import as_type

__all__ = ["ROW", "WallClock", "column", "graft", "reference_alias"]


def graft(expression: Expression, clock: WallClock) -> exp.Expr:
    """Give a copy of a checked tree that can stand in a query over the fact's rows.

    What has no result for a row (a division by zero, the logarithm of a negative number) is null for that row.
    """
    whole = exp.paren(expression.tree)
    inside_out = [node for node in reversed(list(whole.walk(bfs=False))) if node is not whole]
    for node in inside_out:
        replaced = _replaced(node, clock)
        if replaced is not node:
            node.replace(replaced)
    return whole


def _replaced(node: exp.Expr, clock: WallClock) -> exp.Expr:
    match node:
        case exp.Column():
            return column(f"{node.table}.{node.name}" if node.table else node.name)
        case exp.Div():
            return exp.Div(
                this=as_type(exp.paren(node.this), "double"),
                expression=_not_zero(node.expression),
                typed=False,
                safe=False,
            )
        case exp.Mod():
            return exp.Mod(this=node.this.copy(), expression=_not_zero(node.expression))
        case exp.Ln() | exp.Log() | exp.Sqrt():
            number = node.expression if isinstance(node, exp.Log) else node.this
            least = exp.GTE if isinstance(node, exp.Sqrt) else exp.GT
            defined = least(this=exp.paren(number.copy()), expression=exp.Literal.number(0))
            return exp.Case(ifs=[exp.If(this=defined, true=node.copy())])
        case exp.Anonymous() if node.name.upper() == "LOCAL":
            return clock.local(node.expressions[0])
        case _:
            return node


def _not_zero(divisor: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=exp.paren(divisor.copy()), expression=exp.Literal.number(0))
