"""A ledger on each database, and a clock that a test moves."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from leadline.store.ledger import Ledger
from tests import ledgers
from tests.store import postgres
from tests.workflow.worlds import NOON


class Ticking:
    """A clock that stands until a test moves it."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Give the instant it stands at."""
        return self.instant

    def later(self, **length: float) -> None:
        """Move it on."""
        self.instant += timedelta(**length)


@pytest.fixture
def clock() -> Ticking:
    """A clock that begins at noon."""
    return Ticking(NOON)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty ledger, on each database."""
    if request.param == "sqlite":
        yield ledgers.empty(tmp_path / "ledger.sqlite")
        return
    running: postgres.Server = request.getfixturevalue("postgresql")
    with running.database(request.getfixturevalue("postgresql_template")) as url:
        yield url


@pytest.fixture
def ledger(ledger_url: str, clock: Ticking) -> Iterator[Ledger]:
    """An open, empty ledger, on each database."""
    opened = Ledger(ledger_url, clock)
    yield opened
    opened.close()
