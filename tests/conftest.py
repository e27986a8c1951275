"""What holds for every test: no network beyond this machine, an odd time zone, plain output.

A test that passes only in its author's time zone, language or terminal fails here. Processes that a test
starts inherit the environment set below, but not the guard on sockets.
"""

import ipaddress
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.store import postgres, spark
from tools import environment

ROOT = Path(__file__).resolve().parent.parent

ENVIRONMENT = {
    "TZ": "Pacific/Chatham",  # 12:45 or 13:45 ahead of UTC: nothing is right there by accident
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "120",
    "NO_COLOR": "1",
    "TERM": "dumb",
}

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


class NetworkError(RuntimeError):
    """A test tried to leave this machine."""


def stays_here(family: int, address: object) -> bool:
    """Tell whether `address` is a loopback address or no internet address at all."""
    if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(method: Callable[..., Any], *, address_at: int) -> Callable[..., Any]:
    """Give `method` of a socket, refusing every address that is not on this machine."""

    def call(self: socket.socket, *args: Any) -> Any:
        if not stays_here(self.family, args[address_at]):
            raise NetworkError(
                f"a test may speak to 127.0.0.1 and to unix sockets only, not to {args[address_at]}"
            )
        return method(self, *args)

    return call


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment and the guard before any test module is imported."""
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "LANG", "LANGUAGE", "PYTHONWARNINGS"):
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is born deaf to it
    patch = pytest.MonkeyPatch()
    for name, address_at in {"connect": 0, "connect_ex": 0, "sendto": -1}.items():
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name), address_at=address_at))
    config.add_cleanup(patch.undo)


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
