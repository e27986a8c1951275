"""A condition over a fact's columns, as SQL over the staged fields that hold them.

Pure: trees in, trees out. Sources' mappings have a lowering of their own, which reads texts; here values are typed.
"""

from collections.abc import Mapping

from sqlglot import exp

from leadline.catalog.expressions import Expression
from leadline.ingest import conversions as c


def lowered(expression: Expression, fields: Mapping[str, exp.Expr], zone: str) -> exp.Expr:
    """Give a checked condition over fields; a column without a field is null, and so is what has no result."""
    whole = exp.paren(expression.tree)
    for node in reversed(
        list(whole.walk(bfs=False))
    ):  # inside out: what is replaced is not looked into again
        if node is whole:
            continue
        replaced = _replaced(node, fields, zone)
        if replaced is not node:
            node.replace(replaced)
    return whole


def _replaced(node: exp.Expr, fields: Mapping[str, exp.Expr], zone: str) -> exp.Expr:
    match node:
        case exp.Column():
            return fields[node.name].copy() if node.name in fields else exp.null()
        case exp.Div() | exp.Mod():
            node.set("expression", exp.Nullif(this=node.expression.copy(), expression=c.number(0)))
            return node
        case exp.Anonymous() if node.name == "LOCAL":
            return c.in_zone(node.expressions[0], zone)
        case exp.Ln() | exp.Log() | exp.Sqrt():
            number = node.expression if isinstance(node, exp.Log) else node.this
            least = exp.GTE if isinstance(node, exp.Sqrt) else exp.GT
            return c.when(least(this=exp.paren(number.copy()), expression=c.number(0)), node)
        case _:
            return node
