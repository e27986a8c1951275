"""Pages before which a company's sign-in stands, over a ledger of their own, and a certified provider."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from leadline.app.company.provider import Provider
from leadline.app.web import create_app
from leadline.errors import NothingPublished
from leadline.governance import accounts, passwords
from leadline.metrics.published import Published
from leadline.secret import Secret
from leadline.store.ledger import Ledger
from tests.web import company_signs_in as company
from tests.web.company_signs_in import Pages, Watch, rules
from tests.web.door import LOCAL

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an account that lives as long as a test


def nothing() -> Published:
    raise NothingPublished("Nothing has been published in this project yet.")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[company.Running]:
    """A certified provider."""
    with company.provider(tmp_path_factory.mktemp("company")) as started:
        yield started


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one account of its own: there is somebody who looks after it."""
    file = tmp_path_factory.mktemp("template") / "ledger.sqlite"
    opened = Ledger(f"sqlite:///{file}", Watch())
    with opened.write(actor="setup") as writer:
        accounts.add(writer, "olga")
        writer.people.add_credential("olga", "password", passwords.hashed(Secret(PASSWORD), "olga"))
    opened.close()
    return file


@pytest.fixture
def ledger(tmp_path: Path, template: Path, watch: Watch) -> Iterator[Ledger]:
    """A copy of it."""
    opened = Ledger(f"sqlite:///{shutil.copy(template, tmp_path / 'ledger.sqlite')}", watch)
    yield opened
    opened.close()


@pytest.fixture
def pages(ledger: Ledger, watch: Watch) -> Pages:
    """Make the pages of a project that declares a company's sign-in."""

    def made(issuer: str, **changed: Any) -> TestClient:
        by = Provider(rules(issuer, **changed), Secret(company.SECRET))
        return TestClient(
            create_app(nothing, ledger, watch=watch, provider=by), base_url=LOCAL, follow_redirects=False
        )

    return made
