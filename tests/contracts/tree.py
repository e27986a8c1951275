"""The repository as the contracts see it: the files git would publish, and their syntax trees."""

import ast
import functools
import io
import subprocess
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {
    ".git",
    ".venv",
    ".venv-duckdb2",
    ".leadline",
    "__pycache__",
    "node_modules",
    "dist",
    "build",
    "demo-company",
}


@functools.cache
def files() -> tuple[Path, ...]:
    """Give every file that is committed or could be (nothing that git ignores), relative to the root."""
    told = subprocess.run(
        [
            "git",
            "-c",
            f"safe.directory={ROOT}",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if told.returncode == 0:
        found = {Path(name) for name in told.stdout.decode().split("\0") if name}
    else:  # an unpacked archive has no git
        found = {path.relative_to(ROOT) for path in ROOT.rglob("*") if not NOT_OURS & set(path.parts)}
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def python_files() -> list[Path]:
    """Give the Python files among them."""
    return [path for path in files() if path.suffix == ".py"]


@functools.cache
def text(path: Path) -> str | None:
    """Give the text of a file, or None where it is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


@functools.cache
def syntax(path: Path) -> ast.Module:
    """Give the syntax tree of a Python file."""
    return ast.parse(text(path) or "", filename=str(path))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Give every node of a Python file's syntax tree."""
    return tuple(ast.walk(syntax(path)))


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Give the comments of a Python file with their lines."""
    source = io.StringIO(text(path) or "")
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def calls(path: Path) -> Iterator[ast.Call]:
    """Give every call in a Python file."""
    return (node for node in nodes(path) if isinstance(node, ast.Call))


def dotted(node: ast.expr) -> str:
    """Give `a.b.c` for an attribute chain, and an empty string for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case _:
            return ""


def nothing(found: Iterable[object]) -> None:
    """Fail with every line of what was found, where nothing should have been."""
    lines = [str(line) for line in found]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
