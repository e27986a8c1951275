"""Nothing grows past what a reader can hold: modules, functions, classes; and names say what is inside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import tree

MODULE_LINES = 400
FUNCTION_LINES = 60
PUBLIC_METHODS = 20

SAYS_NOTHING = {
    "base_impl",
    "common",
    "helper",
    "helpers",
    "impl",
    "manager",
    "managers",
    "misc",
    "util",
    "utils",
}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in tree.nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def classes(path: Path) -> Iterator[tuple[str, int]]:
    for node in tree.nodes(path):
        if isinstance(node, ast.ClassDef):
            methods = (m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef))
            yield f"{path}:{node.lineno} {node.name}", sum(not m.name.startswith("_") for m in methods)


def over(limit: int, sizes: Iterator[tuple[str, int]]) -> list[str]:
    return [f"{name}: {size} > {limit}" for name, size in sizes if size > limit]


def test_modules_stay_readable_in_one_sitting() -> None:
    lines = ((str(path), len((tree.text(path) or "").splitlines())) for path in tree.python_files())
    tree.nothing(over(MODULE_LINES, lines))


@pytest.mark.thorough
def test_functions_fit_on_a_screen() -> None:
    tree.nothing(over(FUNCTION_LINES, (size for path in tree.python_files() for size in functions(path))))


@pytest.mark.thorough
def test_classes_have_one_subject() -> None:
    tree.nothing(over(PUBLIC_METHODS, (size for path in tree.python_files() for size in classes(path))))


def test_no_file_has_a_name_that_says_nothing() -> None:
    tree.nothing([str(path) for path in tree.python_files() if {*path.parts[:-1], path.stem} & SAYS_NOTHING])
