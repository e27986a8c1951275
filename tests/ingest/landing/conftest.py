"""Servers for the length of a run, and a database of each kind for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.landing import servers
from tests.store import mariadb, postgres


@pytest.fixture(scope="session")
def running_postgres() -> Iterator[postgres.Server]:
    """A PostgreSQL."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed: make test installs it")
    with postgres.server() as running:
        yield running


@pytest.fixture(scope="session")
def running_mariadb() -> Iterator[mariadb.MariaDB]:
    """A MariaDB."""
    if mariadb.program() is None:
        pytest.skip("MariaDB is not installed: make test installs it")
    with mariadb.server() as running:
        yield running


@pytest.fixture(params=servers.KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[servers.Server]:
    """An empty database of every kind."""
    if request.param == "sqlite":
        yield servers.sqlite(tmp_path / "theirs")
    elif request.param == "postgresql":
        with servers.postgresql(request.getfixturevalue("running_postgres")) as found:
            yield found
    else:
        with servers.maria(request.getfixturevalue("running_mariadb")) as found:
            yield found
