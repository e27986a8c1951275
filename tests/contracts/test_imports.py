"""The rooms keep their order, and `import leadline` costs next to nothing."""

import subprocess
import sys
import tomllib

from tests.contracts import tree

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


def test_importing_leadline_loads_nothing_heavy() -> None:
    probe = f"import leadline, sys; print(*sorted(set(sys.modules) & {HEAVY!r}))"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
