"""Relations are written whole or not at all, and a scan of many gives each column as it was asked for."""

import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from leadline.errors import SourceError, StoreError
from leadline.settings import Settings
from leadline.store.engine import Relation, ValueType
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home

COLUMNS: dict[str, ValueType] = {
    "name": "text",
    "count": "integer",
    "value": "number",
    "good": "boolean",
    "day": "date",
    "at": "instant",
}
ROWS = pa.table(
    {
        "name": ["Zürich", None],
        "count": [2**53 + 1, None],
        "value": [0.1, None],
        "good": [True, None],
        "day": [date(2026, 3, 29), None],
        "at": pa.array([datetime(2026, 3, 29, 1, 30, tzinfo=UTC), None], pa.timestamp("us", tz="UTC")),
    }
)


def relation(key: str, name: str = "interaction") -> Relation:
    return Relation("fact", name, key)


def everything(engine: DuckDBEngine, keys: list[str], columns: dict[str, ValueType]) -> pa.Table:
    scan = engine.scan([relation(key) for key in keys], columns, "f")
    return engine.read(exp.select("*").from_(scan))


def files(home: Home) -> list[str]:
    return sorted(
        p.name for p in home.root.rglob("*") if p.suffix in {".parquet", ".duckdb"} or "parquet" in p.name
    )


def test_what_is_written_is_read(engine: DuckDBEngine) -> None:
    assert engine.write(relation("b1"), ROWS.to_reader()) == 2
    read = everything(engine, ["b1"], COLUMNS)
    assert read.to_pylist() == ROWS.to_pylist()
    assert read.schema.types == ROWS.schema.types
    assert engine.columns(relation("b1")) == COLUMNS


def test_a_relation_can_be_empty(engine: DuckDBEngine) -> None:
    assert engine.write(relation("b1"), ROWS.slice(0, 0).to_reader()) == 0
    assert engine.exists(relation("b1"))
    assert everything(engine, ["b1"], COLUMNS).schema.types == ROWS.schema.types


def test_no_relations_give_no_rows_with_the_columns_asked_for(engine: DuckDBEngine) -> None:
    read = everything(engine, [], COLUMNS)
    assert (read.num_rows, read.schema.names, read.schema.types) == (0, list(COLUMNS), ROWS.schema.types)
    count = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(engine.scan([], {}, "f"))
    assert engine.read(count).to_pylist() == [{"n": 0}]


def test_rows_can_be_counted_without_a_column(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), ROWS.to_reader())
    count = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(engine.scan([relation("b1")], {}, "f"))
    assert engine.read(count).to_pylist() == [{"n": 2}]


def test_a_column_that_older_relations_lack_is_null_and_one_of_another_type_is_cast(
    engine: DuckDBEngine,
) -> None:
    engine.write(
        relation("old"), pa.table({"count": pa.array([7], pa.int32()), "value": ["1.5"]}).to_reader()
    )
    engine.write(relation("new"), ROWS.slice(0, 1).to_reader())
    old, new = everything(engine, ["old", "new"], COLUMNS).to_pylist()
    assert old == {"name": None, "count": 7, "value": 1.5, "good": None, "day": None, "at": None}
    assert new == ROWS.slice(0, 1).to_pylist()[0]


def test_columns_are_found_whatever_the_case_of_their_letters(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), pa.table({"Name": ["x"]}).to_reader())
    assert everything(engine, ["b1"], {"name": "text"}).to_pylist() == [{"name": "x"}]


def test_a_value_that_does_not_fit_its_type_is_an_error_and_not_null(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), pa.table({"count": ["seven"]}).to_reader())
    with pytest.raises(StoreError, match="seven"):
        everything(engine, ["b1"], {"count": "integer"})


def test_columns_may_have_any_name(engine: DuckDBEngine) -> None:
    names = ["select", 'with "quotes"', "it's", "Größe (m²)", "a.b", "_line"]
    engine.write(relation("b1"), pa.table({name: [1] for name in names}).to_reader())
    read = everything(engine, ["b1"], dict.fromkeys(names, "integer"))
    assert read.to_pylist() == [dict.fromkeys(names, 1)]


def test_columns_that_differ_only_in_case_are_refused(engine: DuckDBEngine) -> None:
    with pytest.raises(StoreError, match="'Name' and 'name'"):
        engine.write(relation("b1"), pa.table({"Name": [1], "name": [2]}).to_reader())


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


def test_a_failing_reader_leaves_nothing_and_its_own_error(engine: DuckDBEngine, home: Home) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from ROWS.to_batches()
        raise SourceError("line 3 is cut off")

    with pytest.raises(SourceError, match="line 3"):
        engine.write(relation("b1"), pa.RecordBatchReader.from_batches(ROWS.schema, broken()))
    assert not engine.exists(relation("b1"))
    assert files(home) == []


def test_a_failing_query_leaves_nothing(engine: DuckDBEngine, home: Home) -> None:
    with pytest.raises(StoreError, match="nonsense"):
        engine.derive(
            relation("b1"), parse_one("select cast(x as int) as i from (values ('1'), ('nonsense')) as t(x)")
        )
    assert files(home) == []


def test_a_relation_is_written_once(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), ROWS.to_reader())
    with pytest.raises(StoreError) as refused:
        engine.write(relation("b1"), ROWS.to_reader())
    assert refused.value.code == "store-exists"
    assert everything(engine, ["b1"], COLUMNS).num_rows == 2


def test_a_dropped_relation_is_gone_and_may_be_dropped_again(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), ROWS.to_reader())
    engine.drop(relation("b1"))
    engine.drop(relation("b1"))
    assert list(engine.relations()) == []
    with pytest.raises(StoreError) as missing:
        engine.scan([relation("b1")], COLUMNS, "f")
    assert missing.value.code == "store-missing"


def test_a_relation_written_again_after_a_drop_has_its_new_columns(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), pa.table({"count": [1]}).to_reader())
    everything(engine, ["b1"], {"count": "integer"})
    engine.drop(relation("b1"))
    engine.write(relation("b1"), pa.table({"name": ["x"]}).to_reader())
    assert everything(engine, ["b1"], {"name": "text"}).to_pylist() == [{"name": "x"}]


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


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", ".hidden", "a b", "a*", "x" * 151, "naïve"])
def test_a_name_that_could_mean_another_file_is_refused(engine: DuckDBEngine, name: str) -> None:
    for wrong in (Relation("fact", name, "b1"), Relation("fact", "call", name)):
        with pytest.raises(StoreError, match="cannot name"):
            engine.exists(wrong)
    with pytest.raises(StoreError, match="cannot name"):
        engine.publish(name, {})


def test_sums_of_integers_are_integers(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), pa.table({"count": [2**53, 1, 2]}).to_reader())
    total = exp.select("sum(f.count) as total", "sum(f.count) * 0.5 as half").from_(
        engine.scan([relation("b1")], {"count": "integer"}, "f")
    )
    assert engine.read(total).to_pylist() == [{"total": 2**53 + 3, "half": (2**53 + 3) / 2}]
    engine.derive(relation("sum"), total)
    assert everything(engine, ["sum"], {"total": "integer"}).to_pylist() == [{"total": 2**53 + 3}]


def test_a_sum_that_does_not_fit_is_an_error_and_not_a_rounded_number(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), pa.table({"count": [2**62, 2**62]}).to_reader())
    total = exp.select("sum(f.count) as total").from_(
        engine.scan([relation("b1")], {"count": "integer"}, "f")
    )
    with pytest.raises(StoreError):
        engine.derive(relation("sum"), total)
    with pytest.raises(StoreError):
        engine.read(total)


def test_what_a_query_orders_stays_in_order(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), pa.table({"count": [(n * 7919) % 5003 for n in range(5003)]}).to_reader())
    scan = engine.scan([relation("b1")], {"count": "integer"}, "f")
    engine.derive(
        relation("b2"), exp.select("f.count", "sum(f.count) as wide").from_(scan).group_by("1").order_by("1")
    )
    assert everything(engine, ["b2"], {"count": "integer"})["count"].to_pylist() == list(range(5003))


def test_a_stream_gives_what_a_read_gives(engine: DuckDBEngine) -> None:
    engine.write(relation("b1"), pa.table({"count": range(250_000)}).to_reader())
    query = exp.select("f.count").from_(engine.scan([relation("b1")], {"count": "integer"}, "f"))
    batches = list(engine.stream(query))
    assert len(batches) > 1
    assert pa.Table.from_batches(batches).equals(engine.read(query))
    assert engine.write(relation("b2"), engine.stream(query)) == 250_000


def test_time_is_utc_wherever_the_machine_stands(engine: DuckDBEngine) -> None:
    query = exp.select(
        "cast(timestamptz '2026-03-29 01:30:00+00' as text) as shown",
        "timestamptz '2026-03-29 01:30:00' as at",
    )
    for _ in range(2):  # a setting may hold for one cursor only
        read = engine.read(query)
        assert read["shown"].to_pylist() == ["2026-03-29 01:30:00+00"]
        assert read["at"].to_pylist() == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]
        assert read.schema.field("at").type == pa.timestamp("us", tz="UTC")


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


@pytest.mark.parametrize("deed", ["read", "derive", "publish"])
def test_control_c_ends_a_long_query_and_leaves_nothing(tmp_path: Path, deed: str) -> None:
    command = [sys.executable, "-W", "error", "-c", INTERRUPTED, str(tmp_path / ".leadline"), deed]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (run.stdout, run.stderr) == ("interrupted [] [] 0\n", "")


def test_what_the_dialect_cannot_say_is_an_error(engine: DuckDBEngine) -> None:
    query = exp.select(exp.IgnoreNulls(this=exp.func("sum", exp.column("x")))).from_("t")
    unsupported = exp.select(exp.Pivot(this=exp.column("x"))).from_("t")
    for tree in (query, unsupported):
        with pytest.raises(StoreError):
            engine.read(tree)


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
