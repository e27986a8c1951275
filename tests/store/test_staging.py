"""Staging holds rows for one ingest, spills what does not fit, and leaves nothing behind."""

from pathlib import Path

import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from leadline.errors import SourceError, StoreError
from leadline.settings import Settings
from leadline.store.engine import Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.staging import Staging


def query(text: str) -> exp.Query:
    return parse_one(text, read="duckdb", into=exp.Select)


def test_rows_are_loaded_worked_on_and_written_to_the_warehouse(
    engine: DuckDBEngine, home: Home, settings: Settings
) -> None:
    with Staging(home.root, settings) as staging:
        assert staging.load("raw", pa.table({"x": ["1", "2", "three"], "_line": [2, 3, 4]}).to_reader()) == 3
        mapped = query("select try_cast(raw.x as bigint) as x, raw._line from raw")
        assert staging.create("mapped", mapped) == 3
        assert staging.read(query("select count(*) as n from mapped where x is null")).to_pylist() == [
            {"n": 1}
        ]
        relation = Relation("fact", "call", "b1")
        assert (
            engine.write(relation, staging.stream(query("select x, _line from mapped where x is not null")))
            == 2
        )
    scan = engine.scan([relation], {"x": "integer", "_line": "integer"}, "f")
    assert engine.read(exp.select("*").from_(scan)).to_pylist() == [
        {"x": 1, "_line": 2},
        {"x": 2, "_line": 3},
    ]


def test_a_failing_reader_leaves_no_table_and_its_own_error(home: Home, settings: Settings) -> None:
    schema = pa.schema({"x": pa.string()})

    def broken():  # type: ignore[no-untyped-def] # a generator of one batch and an error
        yield pa.record_batch({"x": ["1"]}, schema)
        raise SourceError("the gzip file is cut off")

    with Staging(home.root, settings) as staging:
        with pytest.raises(SourceError, match="cut off"):
            staging.load("raw", pa.RecordBatchReader.from_batches(schema, broken()))
        assert staging.load("raw", pa.table({"x": ["1"]}).to_reader()) == 1


def test_a_table_is_made_once_and_can_be_dropped(home: Home, settings: Settings) -> None:
    with Staging(home.root, settings) as staging:
        staging.load("raw", pa.table({"x": [1]}).to_reader())
        with pytest.raises(StoreError, match="already exists"):
            staging.create("raw", query("select 1 as x"))
        staging.drop("raw")
        staging.drop("raw")
        assert staging.create("raw", query("select 2 as x")) == 1


@pytest.mark.thorough
def test_a_query_that_fails_after_its_first_rows_fails_the_write(
    engine: DuckDBEngine, home: Home, settings: Settings
) -> None:
    with Staging(home.root, settings) as staging:
        staging.load("raw", pa.table({"x": [*map(str, range(400_000)), "nonsense"]}).to_reader())
        rows = staging.stream(query("select cast(x as bigint) as x from raw"))
        with pytest.raises(StoreError, match="nonsense"):
            engine.write(Relation("fact", "call", "b1"), rows)
    assert list(engine.relations()) == []


@pytest.mark.thorough
def test_what_does_not_fit_in_memory_spills_into_the_home_and_goes_at_the_end(home: Home) -> None:
    tight = Settings(memory_limit="64MB", threads=1, max_temp_directory_size="1GB")
    with Staging(home.root, tight) as staging:
        staging.create("big", query("select i, md5(cast(i as text)) as m from range(2000000) as r(i)"))
        assert spilled(home) > 0
        assert staging.read(query("select count(*) as n from big")).to_pylist() == [{"n": 2_000_000}]
    assert list(home.temporary.iterdir()) == []


@pytest.mark.thorough
def test_what_spills_does_not_fill_the_disk(home: Home) -> None:
    tight = Settings(memory_limit="64MB", threads=1, max_temp_directory_size="20MB")
    large = query("select i, md5(cast(i as text)) as m from range(9000000) as r(i) order by m")
    with Staging(home.root, tight) as staging:
        with pytest.raises(StoreError) as full:
            staging.create("big", large)
        assert full.value.code == "store-memory"
        assert "LEADLINE_MEMORY_LIMIT" in full.value.hint


def test_what_is_loaded_does_not_fill_the_disk(
    home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Staging(home.root, settings) as staging:
        monkeypatch.setattr("leadline.store.engines.session.RESERVE", 2**60)
        with pytest.raises(StoreError, match="disk") as full:
            staging.load("raw", pa.table({"x": [1]}).to_reader())
        assert full.value.code == "store-memory"
        monkeypatch.undo()
        assert staging.load("raw", pa.table({"x": [1]}).to_reader()) == 1


def spilled(home: Home) -> int:
    return sum(f.stat().st_size for f in home.temporary.rglob("*") if f.is_file())


def test_a_limit_that_makes_no_sense_is_an_error_that_leaves_nothing(home: Home) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Staging(home.root, Settings(memory_limit="plenty"))
    assert list(home.temporary.iterdir()) == []


def test_staging_makes_the_home_it_needs(tmp_path: Path, settings: Settings) -> None:
    with Staging(tmp_path / "new" / ".leadline", settings) as staging:
        assert staging.read(query("select 1 as x")).to_pylist() == [{"x": 1}]


@pytest.mark.parametrize(
    ("limit", "threads", "expected"), [("600MB", 5, ("190.7 MiB", "1")), ("0.75 GiB", 9, ("256.0 MiB", "3"))]
)
def test_those_open_together_share_what_one_would_have(
    home: Home, limit: str, threads: int, expected: tuple[str, str]
) -> None:
    given = Settings(memory_limit=limit, threads=threads, max_temp_directory_size="3GB")
    with Staging(home.root, given, share=3) as staging:
        names = ("memory_limit", "threads")
        has = staging.read(exp.select(*(exp.func("current_setting", exp.convert(n)).as_(n) for n in names)))
        assert tuple(str(has[name][0].as_py()) for name in names) == expected
