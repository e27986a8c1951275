"""What tests of several engines share: an engine of each kind, empty; rows to write, and reading them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from sqlglot import exp

from leadline.settings import Settings
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.engines.opening import open_engine
from tests.store import postgres

ENGINES = ["duckdb", "postgres", pytest.param("spark", marks=pytest.mark.spark)]
SMALL = Settings(memory_limit="256MB", threads=2, max_temp_directory_size="1GB")
ARROW = {
    "text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
}  # fmt: skip


@contextmanager
def an_engine(warehouse: str, home: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Open an empty engine of a kind, starting its server if need be; leave nothing behind."""
    with an_address(warehouse, request) as url, opened(warehouse, home, url) as engine:
        yield engine


@contextmanager
def an_address(warehouse: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of an empty warehouse of a kind; none for the embedded one."""
    if warehouse == "postgres":
        server: postgres.Server = request.getfixturevalue("postgresql")
        with server.database() as url:
            yield url
    else:
        yield request.getfixturevalue("spark_server") if warehouse == "spark" else ""


@contextmanager
def opened(warehouse: str, home: Path, url: str) -> Iterator[Engine]:
    """Open an engine, and close it."""
    settings = Settings(SMALL.ledger, SMALL.memory_limit, SMALL.threads, SMALL.max_temp_directory_size, url)
    engine = open_engine(warehouse, home, settings, "test")
    try:
        yield engine
    finally:
        engine.close()


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


def everything(engine: Engine, keys: list[str], columns: dict[str, ValueType]) -> pa.Table:
    scan = engine.scan([relation(key) for key in keys], columns, "f")
    return engine.read(exp.select("*").from_(scan))
