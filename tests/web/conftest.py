"""The small company, refreshed once, and its pages: asked in the process, or served to a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, Workspace, workspace
from tests.projects import quiet
from tests.web import small_company
from tests.web.door import entered, make_app
from tests.web.serving import serving


@pytest.fixture(scope="session")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The small company's project, refreshed."""
    root = small_company.write(tmp_path_factory.mktemp("web") / "small")
    with workspace(root, actor="tester", clock=small_company.NOW) as opened:
        refresh(opened, small_company.NOW, quiet)
        yield opened


@pytest.fixture(scope="session")
def app(space: Workspace) -> FastAPI:
    """The pages of the small company."""
    return make_app(Latest(space), space.ledger, clock=small_company.NOW)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """Asks pages in the process."""
    with entered(app) as asking:
        yield asking


@pytest.fixture(scope="session")
def address(app: FastAPI) -> Iterator[str]:
    """A real server on loopback."""
    with serving(app) as found:
        yield found


@pytest.fixture(scope="session")
def browser(chromium: dict[str, Any]) -> Iterator[Browser]:
    """A real chromium."""
    if chromium["executable_path"] is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(**chromium)
        yield launched
        launched.close()
