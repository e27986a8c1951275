"""A generated company as its checks read it: its folder, its truths, and views of DuckDB over its raw files."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

VIEWS = Path(__file__).parent / "views.sql"


@dataclass
class Company:
    """A generated company: its folder, its truths, and views over its raw files."""

    folder: Path
    db: duckdb.DuckDBPyConnection

    def near(self, expected: float, margin: float) -> Any:
        """What is expected, give or take a margin that fits the full size; chance is larger in a small company."""
        return pytest.approx(expected, abs=margin / float(self.document["size"]) ** 0.5)

    @cached_property
    def document(self) -> dict[str, Any]:
        """truths.yaml."""
        loaded: dict[str, Any] = yaml.safe_load((self.folder / "truths.yaml").read_text(encoding="utf-8"))
        return loaded

    def truth(self, identifier: str) -> dict[str, Any]:
        """One truth of truths.yaml."""
        return next(t for t in self.document["truths"] if t["id"] == identifier)

    def path(self, name: str) -> Path:
        """A raw file, by its path below data/."""
        return self.folder / "data" / name

    def row(self, sql: str, *values: object) -> tuple[Any, ...]:
        """The one row of a query."""
        found = self.db.execute(sql, values).fetchall()
        assert len(found) == 1, f"{len(found)} rows"
        return tuple(found[0])

    def value(self, sql: str, *values: object) -> Any:
        """The one value of a query."""
        return self.row(sql, *values)[0]

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.db.execute(sql, values).fetchall()


def _units(folder: Path) -> list[tuple[str, str, str, str]]:
    """Code, unit, region and business unit of every code in org/units.yaml; each unit's name is a code of its own."""
    tree = yaml.safe_load((folder / "org" / "units.yaml").read_text(encoding="utf-8"))
    found: list[tuple[str, str, str, str]] = []

    def walk(node: dict[str, Any], above: list[str]) -> None:
        path = [*above, node["name"]]
        padded = [*path, *[""] * 3]
        found.extend(
            (code, node["name"], padded[2], padded[1]) for code in [*node.get("codes", []), node["name"]]
        )
        for child in node.get("children", []):
            walk(child, path)

    walk(tree, [])
    return found


def open_company(folder: Path) -> Company:
    db = duckdb.connect()
    db.execute("set timezone = 'UTC'")
    db.execute("create table units (code text, name text, region text, bu text)")
    db.executemany("insert into units values (?, ?, ?, ?)", _units(folder))
    db.execute(VIEWS.read_text(encoding="utf-8").replace("DATA", str(folder / "data")))
    return Company(folder, db)
