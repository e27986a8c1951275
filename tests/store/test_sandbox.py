"""What a project's expression can never do, were it to get past the allow-list: read, write, call out, unlock."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from leadline.errors import StoreError
from leadline.settings import Settings
from leadline.store.engine import Relation
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.staging import Staging

READING = [
    "select * from read_csv('/etc/hostname')",
    "select * from read_text('/etc/hostname')",
    "select * from read_blob('/etc/hostname')",
    "select * from '/etc/passwd'",
    "select * from glob('/etc/*')",
    "select * from read_parquet('http://127.0.0.1:1/x.parquet')",
    "select * from sniff_csv('/etc/passwd')",
    "select getenv('HOME')",
    "select * from python_variable",
]
DOING = [
    "copy (select 1) to '{outside}/escaped.csv'",
    "attach '{outside}/escaped.duckdb' as escaped",
    "export database '{outside}/escaped'",
    "install httpfs",
    "load httpfs",
    "load '{outside}/escaped.duckdb_extension'",
    "set enable_external_access = true",
    "set global lock_configuration = false",
    "reset enable_external_access",
    "set allowed_directories = ['/']",
    "set allowed_paths = ['/etc/passwd']",
    "set memory_limit = '1TB'",
    "set temp_directory = '/'",
    "set TimeZone = 'Asia/Tokyo'",
    "pragma enable_logging",
]


@pytest.fixture
def staging(home: Home, settings: Settings) -> Iterator[Staging]:
    with Staging(home.root, settings) as opened:
        yield opened


@pytest.mark.parametrize("text", READING)
def test_a_query_reads_nothing_outside(engine: DuckDBEngine, staging: Staging, text: str) -> None:
    python_variable = pa.table({"secret": [1]})
    query = parse_one(text, read="duckdb", into=exp.Select)
    for place in (engine, staging):
        with pytest.raises(StoreError):
            place.read(query)
        with pytest.raises(StoreError):
            place.stream(query)
    assert python_variable.num_rows == 1


@pytest.mark.parametrize("text", DOING)
def test_a_statement_does_nothing_outside(
    engine: DuckDBEngine, staging: Staging, text: str, tmp_path: Path
) -> None:
    """The sessions run only trees of the store's own; this is the wall behind that wall."""
    import duckdb

    for session in (engine._session, staging._session):
        with session._cursor() as cursor, pytest.raises(duckdb.Error):
            cursor.execute(text.format(outside=tmp_path)).fetchall()
    assert list(tmp_path.glob("escaped*")) == []


def test_staging_does_not_even_read_the_projects_own_files(
    engine: DuckDBEngine, staging: Staging, home: Home
) -> None:
    engine.write(Relation("fact", "call", "b1"), pa.table({"i": [1]}).to_reader())
    scan = exp.select("*").from_(engine.scan([Relation("fact", "call", "b1")], {"i": "integer"}, "f"))
    assert engine.read(scan).num_rows == 1
    with pytest.raises(StoreError):
        staging.read(scan)
    assert (home.root / "facts/call/b1.parquet").exists()


def test_the_engine_does_not_read_the_ledger(engine: DuckDBEngine, home: Home) -> None:
    (home.root / "ledger.sqlite").write_text("secret", encoding="utf-8")
    for name in ("ledger.sqlite", "writing.lock", ".gitignore"):
        with pytest.raises(StoreError, match="Cannot access"):
            engine.read(
                exp.select("*").from_(exp.func("read_text", exp.Literal.string(f"{home.root}/{name}")))
            )


def test_a_path_that_climbs_out_of_the_home_is_refused(
    engine: DuckDBEngine, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    climbing = exp.select("*").from_(
        exp.func("read_csv", exp.Literal.string(f"{home.root}/../../secret.csv"))
    )
    with pytest.raises(StoreError):
        engine.read(climbing)
