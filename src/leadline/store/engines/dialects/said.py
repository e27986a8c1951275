"""The one door: a tree in Leadline's meaning, said in the SQL of an engine."""

from sqlglot import exp

from leadline.store.engines.dialects import neutral, postgres, spark
from leadline.store.engines.dialects.rewriting import Rules, Tree, rendered, rewritten

RULES: dict[str, Rules] = {"duckdb": neutral.DUCKDB.rules, "postgres": postgres.RULES, "spark": spark.RULES}


def meant(tree: Tree, dialect: str, *, copy: bool = True) -> Tree:
    """Give a tree that means on this engine what the given one means to Leadline. Without `copy` that is used up.

    Raises:
        StoreError: the engine has nothing that means the same.
    """
    return rewritten(tree, RULES[dialect], copy=copy)


def said(tree: exp.Expr, dialect: str, *, pretty: bool = False) -> str:
    """Give the text of a tree in an engine's dialect.

    Raises:
        StoreError: the engine has nothing that means the same.
    """
    return rendered(meant(tree, dialect), dialect, pretty=pretty)
