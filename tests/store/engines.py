"""What tests of several engines share: an engine of each kind, empty, and Arrow's types for the values they keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from leadline.settings import Settings
from leadline.store.engine import Engine
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
    if warehouse == "postgres":
        server: postgres.Server = request.getfixturevalue("postgresql")
        with server.database() as url, opened(warehouse, home, url) as engine:
            yield engine
    else:
        url = request.getfixturevalue("spark_server") if warehouse == "spark" else ""
        with opened(warehouse, home, url) as engine:
            yield engine


@contextmanager
def opened(warehouse: str, home: Path, url: str) -> Iterator[Engine]:
    """Open an engine, and close it."""
    settings = Settings(SMALL.ledger, SMALL.memory_limit, SMALL.threads, SMALL.max_temp_directory_size, url)
    engine = open_engine(warehouse, home, settings, "test")
    try:
        yield engine
    finally:
        engine.close()
