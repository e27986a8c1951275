"""What only the embedded engine has: files that filters reach, a path, a shell of its own, Ctrl-C."""

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from leadline.errors import StoreError
from leadline.settings import Settings
from leadline.store.engine import Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from tests.store.engines import COLUMNS, ROWS, relation


def files(home: Home) -> list[str]:
    return sorted(
        p.name for p in home.root.rglob("*") if p.suffix in {".parquet", ".duckdb"} or "parquet" in p.name
    )


def test_filters_and_projections_reach_the_files(engine: DuckDBEngine) -> None:
    for start in range(4):
        rows: dict[str, Any] = {
            "day": range(start * 100, start * 100 + 100),
            "v": [1.5] * 100,
            "unused": ["u"] * 100,
        }
        if start == 3:
            rows["added"] = [True] * 100
        engine.write(relation(f"b{start}"), pa.table(rows).to_reader())
    scan = engine.scan(
        [relation(f"b{n}") for n in range(4)],
        {"day": "integer", "v": "number", "unused": "text", "added": "boolean"},
        "f",
    )
    query = exp.select("sum(f.v) as total").from_(scan).where("f.day > 350")
    assert engine.read(query).to_pylist() == [{"total": 49 * 1.5}]
    readers = [node for node in plan(engine, query) if node["name"].strip() == "READ_PARQUET"]
    assert len(readers) == 2, "files of one schema are read together"
    for node in readers:
        assert node["extra_info"]["Projections"] == "v"
        assert "350" in node["extra_info"]["Filters"]


def plan(engine: DuckDBEngine, query: exp.Query) -> list[dict[str, Any]]:
    """Give every operator of a query's plan."""
    with engine._session._cursor() as cursor:
        found = json.loads(cursor.execute(f"EXPLAIN (FORMAT json) {engine.sql(query)}").fetchall()[0][1])
    operators = []
    while found:
        operators.append(found.pop())
        found.extend(operators[-1]["children"])
    return operators


def test_relations_at_rest_are_listed_and_half_written_ones_are_not(engine: DuckDBEngine, home: Home) -> None:
    written = [
        Relation("fact", "call", "b1"),
        Relation("held", "calls", "b1"),
        Relation("state", "nps", "5f.3"),
    ]
    for each in written:
        engine.write(each, ROWS.to_reader())
    shutil.copy(home.root / "facts/call/b1.parquet", home.root / "facts/call/.b2.parquet.ab12cd34")
    assert list(engine.relations()) == written
    assert engine.tidy() == 1
    assert files(home) == ["5f.3.parquet", "b1.parquet", "b1.parquet"]


INTERRUPTED = textwrap.dedent("""
    import os, signal, sys, threading
    from pathlib import Path
    from sqlglot import parse_one
    from leadline.settings import Settings
    from leadline.store.engine import Relation
    from leadline.store.engines.duckdb import DuckDBEngine

    engine = DuckDBEngine(Path(sys.argv[1]), Settings(threads=2))
    query = parse_one("SELECT max(i % 7) AS m FROM range(1000000000000) AS r(i)")
    deeds = {
        "read": lambda: engine.read(query),
        "derive": lambda: engine.derive(Relation("state", "nps", "k1"), query),
        "publish": lambda: engine.publish("g1", {"t": query}),
    }
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        deeds[sys.argv[2]]()
    except KeyboardInterrupt:
        print("interrupted", list(engine.relations()), list(engine.generations()), engine.tidy())
    engine.close()
""")


@pytest.mark.thorough
@pytest.mark.parametrize("deed", ["read", "derive", "publish"])
def test_control_c_ends_a_long_query_and_leaves_nothing(tmp_path: Path, deed: str) -> None:
    command = [sys.executable, "-W", "error", "-c", INTERRUPTED, str(tmp_path / ".leadline"), deed]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (run.stdout, run.stderr) == ("interrupted [] [] 0\n", "")


def test_the_sql_shown_runs_in_a_shell_of_its_own(engine: DuckDBEngine, home: Home) -> None:
    import duckdb

    engine.write(relation("b1"), ROWS.to_reader())
    engine.publish("g1", {"t": exp.select(exp.Star()).from_(engine.scan([relation("b1")], COLUMNS, "f"))})
    text = engine.sql(exp.select("count(*) as n").from_(engine.published(["g1"], "t", COLUMNS, "p")))
    with duckdb.connect() as shell:
        assert shell.sql(text).fetchall() == [(2,)]
    assert str(home.root).replace("'", "''") in text


def test_a_home_whose_path_the_engine_would_misread_is_refused(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(StoreError, match="question mark"):
        DuckDBEngine(tmp_path / "why?" / ".leadline", settings)


def test_a_home_that_cannot_be_made_is_an_error(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        DuckDBEngine(tmp_path / "file" / ".leadline", settings)
