"""No SQL is put together from pieces of text: queries are sqlglot trees, values are bound (decision 0001)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import tree

STATEMENT = re.compile(
    r"\s*(select\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|merge\s+into\s|with\s+\S+\s+as\s*\(|copy\s*\(|"
    r"attach\s+['{]|pragma\s|(create|alter|drop)\s+(or\s+replace\s+)?(temp\w*\s+)?(table|view|schema|index|macro|trigger)\b)",
    re.IGNORECASE,
)


def pieced_together(module: ast.Module) -> Iterator[int]:
    """Give the lines on which a statement is an f-string, a sum, a `%` or a `.format` of texts."""
    for node in ast.walk(module):
        match node:
            case ast.JoinedStr(values=[ast.Constant(value=str(begin)), *_, _]):
                pass
            case ast.BinOp(left=ast.Constant(value=str(begin)), op=ast.Add() | ast.Mod()):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(begin)), attr="format")):
                pass
            case _:
                continue
        if STATEMENT.match(begin):
            yield node.lineno


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("f'select {x} from t'", True),
        ("'SELECT * FROM ' + name", True),
        ("'delete from %s' % name", True),
        ("'insert into {} values (1)'.format(name)", True),
        ("f'create or replace table {name} (x int)'", True),
        ("'select x from t where y = ?'", False),
        ("f'Update {name}: it is old.'", False),
        ("f'With {n} rows as (roughly) expected'", False),
    ],
)
def test_text_that_becomes_sql_is_recognised(code: str, refused: bool) -> None:
    assert bool(list(pieced_together(ast.parse(code)))) is refused


@pytest.mark.thorough
def test_no_sql_is_put_together_from_text() -> None:
    inside = [path for path in tree.python_files() if path.is_relative_to(Path("src/leadline"))]
    tree.nothing([f"{path}:{line}" for path in inside for line in pieced_together(tree.syntax(path))])
