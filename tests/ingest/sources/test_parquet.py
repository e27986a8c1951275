"""Parquet: typed columns, nested ones flattened, rows counted from one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadline.errors import SourceError
from leadline.ingest.sources import parquet


def read(path: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    reading = parquet.read(path)
    names = [c.name for c in reading.columns]
    rows = [row for batch in reading.batches for row in batch.to_pylist()]
    assert [row["_line"] for row in rows] == list(range(1, len(rows) + 1))
    return {c.name: c.type for c in reading.columns}, [
        {n: row[f"c{i}"] for i, n in enumerate(names)} for row in rows
    ]


def test_types_come_over(tmp_path: Path) -> None:
    noon = datetime(2024, 5, 1, 12)  # noqa: DTZ001  # a wall-clock time has no zone
    columns = {
        "i": pa.array([1, None], pa.int16()),
        "u": pa.array([2**63 - 1, 0], pa.uint64()),
        "f": pa.array([1.5, None], pa.float32()),
        "d": pa.array([Decimal("1.25"), None], pa.decimal128(9, 2)),
        "k": pa.array([Decimal(7), None], pa.decimal128(18, 0)),
        "big": pa.array([Decimal("9" * 30), None], pa.decimal128(38, 0)),
        "b": pa.array([True, None]),
        "day": pa.array([date(2024, 5, 1), None]),
        "wall": pa.array([noon, None], pa.timestamp("ns")),
        "at": pa.array([noon.replace(tzinfo=UTC), None], pa.timestamp("ms", "Europe/Berlin")),
        "t": pa.array(["x", None]).dictionary_encode(),
        "s": pa.array([{"a": 1, "b": {"c": "y"}}, None]),
        "l": pa.array([[1, 2], None]),
        "raw": pa.array([b"\xff", b"text"]),
    }
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    types, rows = read(tmp_path / "x.parquet")
    assert types == {
        "i": "integer", "u": "integer", "f": "number", "d": "number", "k": "integer", "big": "text",
        "b": "boolean", "day": "date", "wall": "moment", "at": "instant", "t": "text", "s.a": "integer",
        "s.b.c": "text", "l": "text", "raw": "text",
    }  # fmt: skip
    assert rows[0] == {
        "i": 1, "u": 2**63 - 1, "f": 1.5, "d": 1.25, "k": 7, "big": "9" * 30, "b": True, "day": date(2024, 5, 1),
        "wall": noon, "at": noon.replace(tzinfo=UTC), "t": "x", "s.a": 1, "s.b.c": "y", "l": "[1, 2]",
        "raw": "0xff",
    }  # fmt: skip
    assert {name for name, value in rows[1].items() if value is not None} == {"u", "raw"}


def test_rows_are_counted_over_row_groups(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": list(range(1000))}), tmp_path / "x.parquet", row_group_size=7)
    _, rows = read(tmp_path / "x.parquet")
    assert [row["n"] for row in rows] == list(range(1000))


def test_an_integer_that_does_not_fit_refuses_the_file(tmp_path: Path) -> None:
    pq.write_table(pa.table({"u": pa.array([2**64 - 1], pa.uint64())}), tmp_path / "x.parquet")
    with pytest.raises(SourceError):
        read(tmp_path / "x.parquet")


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_what_is_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"n": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SourceError) as caught:
        read(path)
    assert caught.value.code == "not-parquet"


def test_a_damaged_page_refuses_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"n": [str(n) * 50 for n in range(5000)]}), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError) as caught:
        read(path)
    assert caught.value.code == "not-parquet"
