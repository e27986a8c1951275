"""What holds for every test: no network beyond this machine, an odd time zone, plain output.

A test that passes only in its author's time zone, language or terminal fails here. Processes that a test
starts inherit the environment set below, but not the guard on sockets.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import ledgers, surroundings
from tests.store import postgres, spark
from tools import environment

ROOT = Path(__file__).resolve().parent.parent

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PHASES = [
    phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain
]  # it traces every line
hypothesis.settings.register_profile("dev", deadline=None, phases=PHASES, max_examples=40)
hypothesis.settings.register_profile(
    "ci", deadline=None, phases=PHASES, max_examples=40, derandomize=True, database=None, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


SERVERS = {"postgresql", "running_postgres", "running_mariadb"}
"""The fixtures that start a database server."""

SERVED = {"postgres", "postgresql", "mariadb"}
"""The parameters that ask for one."""


def pytest_configure(config: pytest.Config) -> None:
    """Prepare what is around the tests before any of their modules is imported."""
    surroundings.prepare(config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what speaks to a database server."""
    asked = getattr(item, "callspec", None)
    values = [value for value in asked.params.values() if isinstance(value, str)] if asked else []
    if SERVERS.intersection(getattr(item, "fixturenames", ())) or SERVED.intersection(values):
        item.add_marker(pytest.mark.server)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the collector of garbage leave alone what lives as long as the run: thousands of tests and their modules."""
    del session
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server, if this machine has one."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with postgres.server() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql_template(postgresql: postgres.Server) -> Iterator[str]:
    """An empty ledger in PostgreSQL, to be copied: the name of its database."""
    with postgresql.database() as url:
        ledgers.migrated(url)
        yield postgresql.name(url)


@pytest.fixture(scope="session")
def spark_server() -> Iterator[str]:
    """The address of a Spark cluster, if this machine can have one."""
    if spark.home() is None:
        pytest.skip(
            "Spark's programs or Java are missing: make environment-spark; apt-get install default-jre-headless"
        )
    with spark.cluster() as url:
        yield url


@pytest.fixture(params=["duckdb", "postgres", pytest.param("spark", marks=pytest.mark.spark)])
def warehouse_word(request: pytest.FixtureRequest) -> Iterator[str]:
    """What stands behind `warehouse:` in a project, each engine in turn; LEADLINE_WAREHOUSE leads to an empty one."""
    with ExitStack() as open_, pytest.MonkeyPatch.context() as patch:
        if request.param == "postgres":
            running: postgres.Server = request.getfixturevalue("postgresql")
            patch.setenv("LEADLINE_WAREHOUSE", open_.enter_context(running.database()))
        elif request.param == "spark":
            patch.setenv("LEADLINE_WAREHOUSE", request.getfixturevalue("spark_server"))
        yield request.param


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, which stands beside the repository on some machines and not on others."""
    folder = Path(os.environ.get("LEADLINE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not on this machine: {folder} is missing")
    return folder


@pytest.fixture(scope="session")
def chromium() -> dict[str, Any]:
    """What `playwright.chromium.launch(**chromium)` needs to start the browser of this machine."""
    return {"executable_path": environment.browser(), "args": CHROMIUM_ARGUMENTS}
