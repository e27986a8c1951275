"""A SELECT that somebody wrote for a database of theirs: one statement, and nothing in it that writes."""

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from leadline.errors import SourceError

_WRITES: tuple[type[exp.Expr], ...] = (
    exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.Command, exp.Into, exp.Lock,
    exp.Set, exp.Use, exp.Pragma, exp.Copy, exp.TruncateTable,
)  # fmt: skip
_DIALECTS = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql"}


def dialect_of(backend: str) -> str | None:
    """Give sqlglot's name of a database's dialect; None where it knows none."""
    name = _DIALECTS.get(backend, backend)
    return name if name in Dialect.classes else None


def checked_select(text: str, backend: str) -> str:
    """Give a query as it may be sent.

    Raises:
        SourceError: it cannot be read, is several statements, or is or holds something other than SELECT.
    """
    text = text.strip().rstrip(";").rstrip()
    try:
        found = [tree for tree in sqlglot.parse(text, dialect=dialect_of(backend)) if tree is not None]
    except SqlglotError as error:
        said = str(error).split("\n", maxsplit=1)[0]
        raise _refused(f"The query cannot be read: {said}") from error
    if len(found) != 1:
        raise _refused("The query is not one statement.")
    if not isinstance(found[0], exp.Query) or (isinstance(found[0], exp.Select) and not found[0].expressions):
        raise _refused("The query is not a SELECT.")
    for node in found[0].walk():
        if isinstance(node, _WRITES):
            raise _refused(f"The query is not only a SELECT: it holds {node.key.upper()}.")
    return text


def _refused(message: str) -> SourceError:
    return SourceError(message, code="database-query", hint="Write one SELECT that only reads.")
