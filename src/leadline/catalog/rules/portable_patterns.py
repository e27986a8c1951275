"""On PostgreSQL and Spark, patterns are of the form that means there what it means in DuckDB."""

from collections.abc import Iterator

from sqlglot import exp

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.errors import StoreError
from leadline.store.engines.dialects import patterns

_ENGINES: dict[str, patterns.Engine] = {"postgres": "postgres", "spark": "java"}


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find patterns that the project's warehouse would take for others; sources are read by DuckDB in any case."""
    engine = _ENGINES.get(catalog.project.warehouse)
    if engine is None:
        return
    definitions = {(d.kind, d.name): d for d in catalog.definitions()}
    for (kind, name, path), expression in catalog.expressions.items():
        if kind in {"source", "check", "detector"}:  # read by DuckDB in any case
            continue
        for node in expression.tree.find_all(exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace):
            if error := _unsayable(node, engine):
                place = catalog.place(definitions[kind, name], *path)
                yield Problem("error", "pattern-not-portable", error.message, place, error.hint)


def _unsayable(node: exp.Expr, engine: patterns.Engine) -> StoreError | None:
    try:
        patterns.asked(node, engine)
        if isinstance(node, exp.RegexpReplace):
            patterns.replacement(node.args["replacement"].name, engine)
    except StoreError as error:
        return error
    return None
