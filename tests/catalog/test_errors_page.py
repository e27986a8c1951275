"""docs/errors.md lists every code that is raised, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.catalog import grammar
from leadline.ingest.reasons import CODES as REASONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "errors.md").read_text("utf-8")
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PLACES = {"Problem": 1, "Refused": 0, "problem": 0}
"""Which argument of a call is a code, where it has no name."""


def texts(node: ast.expr | None) -> Iterator[str]:
    """Give the codes that an argument can be: a text, or one of two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from texts(value)


def raised(file: Path) -> Iterator[str]:
    """Give the codes that a module can raise."""
    in_catalog = "catalog" in file.parts
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            said = [k.value for k in node.keywords if k.arg == "code"]
            if in_catalog and name in PLACES and len(node.args) > PLACES[name]:
                said.append(node.args[PLACES[name]])
            for value in said:
                yield from texts(value)
        elif isinstance(node, ast.ClassDef) and any("Error" in ast.unparse(base) for base in [*node.bases]):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code":
                    yield from texts(line.value)
        elif (
            isinstance(node, ast.Assign) and in_catalog and ast.unparse(node.targets[0]) in {"code", "_CODES"}
        ):
            yield from texts(node.value)


def listed() -> set[str]:
    """Give the codes in the first column of the tables, and in the last paragraph."""
    cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    return {code for cell in [*cells, PAGE.splitlines()[-1]] for code in re.findall(r"`([a-z0-9-]+)`", cell)}


@pytest.mark.thorough
def test_every_code_is_listed_and_every_listed_code_is_raised() -> None:
    found = {code for file in (ROOT / "src" / "leadline").rglob("*.py") for code in raised(file)}
    found |= {"leadline", "check-failed", "expression", *REASONS}
    assert sorted(found - listed()) == []
    assert sorted(listed() - found) == []


def test_every_function_of_expressions_is_listed() -> None:
    section = PAGE.partition("An expression is a SQL value")[2].partition("## ")[0]
    assert [name for name in grammar.OFFERED if not re.search(rf"\b{name}\b", section)] == []


@pytest.mark.thorough
def test_every_code_of_the_catalog_is_provoked_by_a_test() -> None:
    here = Path(__file__).parent
    written = "".join(f.read_text("utf-8") for f in here.rglob("*") if f.suffix in {".py", ".yaml"})
    found = {code for file in (ROOT / "src/leadline/catalog").rglob("*.py") for code in raised(file)}
    assert sorted(code for code in found if not re.search(rf"[\"@ \[]{code}\b|{code}@", written)) == []
