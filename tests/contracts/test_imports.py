"""The rooms keep their order, and `import leadline` costs next to nothing."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.contracts import tree

ONLY = {
    "src/leadline/store": {
        *("adbc_driver_manager", "adbc_driver_postgresql", "alembic", "duckdb", "psycopg", "psycopg2"),
        *("pymysql", "pyspark", "sqlalchemy", "sqlite3"),
    },
    "src/leadline/app": {
        *("click", "fastapi", "http", "httpx", "jinja2", "markupsafe", "requests", "rich"),
        *("smtplib", "socketserver", "starlette", "typer", "urllib3", "uvicorn"),
    },
    "src/leadline/ingest/landing/api src/leadline/app/company": {"httpx2"},
    "src/leadline/app/company": {"joserfc"},
}
"""Rooms -> the packages that nobody else may import. The app serves HTTP; two folders ask others by it."""

HEAVY = {
    "alembic",
    "duckdb",
    "fastapi",
    "jinja2",
    "numpy",
    "openpyxl",
    "pandas",
    "psycopg",
    "pyarrow",
    "pydantic",
    "rich",
    "scipy",
    "sqlalchemy",
    "sqlglot",
    "starlette",
    "typer",
    "uvicorn",
    "yaml",
}


@pytest.mark.thorough
def test_the_import_contracts_hold() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as main; main()",
        "--no-logo",
    ]
    run = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_room_of_the_design_is_named_in_the_layers_contract() -> None:
    contracts = tomllib.loads(tree.text(tree.ROOT / "pyproject.toml") or "")["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract for contract in contracts if contract["id"] == "layers")
    assert layers["exhaustive"] is True
    assert layers["containers"] == ["leadline"]


def imported(path: Path) -> set[str]:
    """Give the outermost name of each module that a file imports anywhere, functions included."""
    names = set()
    for node in tree.nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.thorough
@pytest.mark.parametrize("room", sorted(ONLY))
def test_only_one_room_speaks_to(room: str) -> None:
    outside = [
        path
        for path in tree.python_files()
        if path.parts[0] == "src" and not any(path.is_relative_to(one) for one in room.split())
    ]
    tree.nothing([f"{path}: {name}" for path in outside for name in sorted(imported(path) & ONLY[room])])


def test_importing_leadline_loads_nothing_heavy() -> None:
    probe = f"import leadline, sys; print(*sorted(set(sys.modules) & {HEAVY!r}))"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
