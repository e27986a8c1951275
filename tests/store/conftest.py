"""What tests of the store share: a home, an engine, and a ledger on each database that Leadline supports."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadline.clock import FixedClock
from leadline.settings import Settings
from leadline.store.engine import Engine
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from tests import ledgers
from tests.store import postgres
from tests.store.engines import ENGINES, an_engine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at noon."""
    return FixedClock(NOON)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The store of a project whose folder has everything in its name that a path may hold."""
    return Home(tmp_path / "it's [a] year=3 %41 *" / ".leadline").prepare()


@pytest.fixture
def settings() -> Settings:
    """Small limits: many tests run side by side."""
    return Settings(memory_limit="256MB", threads=2, max_temp_directory_size="1GB")


@pytest.fixture
def engine(home: Home, settings: Settings) -> Iterator[DuckDBEngine]:
    """An open warehouse."""
    opened = DuckDBEngine(home.root, settings)
    yield opened
    opened.close()


@pytest.fixture(params=ENGINES)
def warehouse(request: pytest.FixtureRequest, home: Home) -> Iterator[Engine]:
    """An open, empty warehouse of every kind."""
    with an_engine(request.param, home.root, request) as opened:
        yield opened


@pytest.fixture
def postgresql_url(postgresql: postgres.Server, postgresql_template: str) -> Iterator[str]:
    """The address of an empty ledger in PostgreSQL."""
    with postgresql.database(postgresql_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    """The address of what will be a ledger, on each database."""
    if request.param == "sqlite":
        yield home.ledger_url
    else:
        running: postgres.Server = request.getfixturevalue("postgresql")
        with running.database() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, home: Home) -> str:
    """The address of an empty ledger, on each database."""
    if request.param == "sqlite":
        ledgers.empty(home.root / "ledger.sqlite")
        return home.ledger_url
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def ledger(ledger_url: str, clock: FixedClock) -> Iterator[Ledger]:
    """An open, empty ledger, on each database."""
    opened = Ledger(ledger_url, clock)
    yield opened
    opened.close()
