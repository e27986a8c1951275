"""Pins of what other people's code does oddly (docs/oddities.md): each fails on the day when its workaround may go."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa


def test_duckdb_sets_a_time_zone_for_one_cursor_only() -> None:
    """Workaround: `engines/statements.py`, setting()."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'").fetchall()
        shown = "SELECT current_setting('TimeZone')"
        assert connection.execute(shown).fetchall() == [("Asia/Tokyo",)]
        cursor = connection.cursor()
        assert cursor.execute(shown).fetchall() != [("Asia/Tokyo",)]
        cursor.close()


def test_duckdb_writes_a_sum_of_integers_to_parquet_as_a_float(tmp_path: Path) -> None:
    """Workaround: `DuckDBEngine._narrow`."""
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT sum(i) AS s FROM range(3) AS r(i)) TO '{tmp_path}/s.parquet'"
        ).fetchall()
    assert pq.read_schema(tmp_path / "s.parquet").field("s").type == pa.float64()


def test_duckdb_renames_columns_that_differ_in_case_only() -> None:
    """Workaround: `engines/session.py`, _refuse_twins()."""
    with duckdb.connect() as connection:
        connection.register("twins", pa.table({"Name": [1], "name": [2]}))
        assert connection.sql("SELECT * FROM twins").columns[1] != "name"


def test_duckdb_reads_columns_out_of_the_folders_names(tmp_path: Path) -> None:
    """Workaround: `engines/statements.py`, read_files()."""
    (tmp_path / "year=2024").mkdir()
    pq.write_table(pa.table({"i": [1]}), tmp_path / "year=2024" / "f.parquet")
    with duckdb.connect() as connection:
        file = tmp_path / "year=2024" / "f.parquet"
        assert connection.sql(f"FROM read_parquet(['{file}'])").columns == ["i", "year"]


def test_duckdb_puts_the_log_of_a_file_elsewhere_when_its_path_has_a_question_mark(tmp_path: Path) -> None:
    """Workaround: `DuckDBEngine.__init__` refuses such a home."""
    (tmp_path / "why?").mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{tmp_path}/why?/f.duckdb' AS f").fetchall()
        with pytest.raises(duckdb.Error):
            connection.execute("CREATE TABLE f.t AS SELECT 1 AS i").fetchall()


def test_sqlite_forgets_the_offset_of_a_time() -> None:
    """Workaround: `records.Instant`."""
    engine = sa.create_engine("sqlite://")
    table = sa.Table("t", sa.MetaData(), sa.Column("at", sa.DateTime(timezone=True)))
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert().values(at=datetime(2026, 3, 1, tzinfo=UTC)))
        assert connection.scalar(sa.select(table.c.at)).tzinfo is None
    engine.dispose()
