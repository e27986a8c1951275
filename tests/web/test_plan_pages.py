"""The plan, its back-test and the history of a definition as pages: what they show, and how they look."""

import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from leadline.app.wiring import Latest
from leadline.catalog.plan import Effective
from leadline.clock import FixedClock
from tests.governance.company import APRIL, DOCUMENTS, Company, company
from tests.governance.test_backtest import SCORECARD
from tests.web.door import entered, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

PATHS = ("/plan", "/plan/csat", "/plan/answers", "/history/metric/csat", "/definitions/metric/csat")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company after one applied change, with another in its files."""
    first = company(tmp_path_factory.mktemp("planned") / "p")
    cx = Company(Path(shutil.copytree(first.root, first.root.parent / "q")), deepcopy(DOCUMENTS))
    cx.documents += [deepcopy(SCORECARD), {"kind": "objective", "name": "happy"}]
    cx.edit("project", scorecard="board")
    cx.edit("csat", when="score >= 3")
    cx.apply(Effective("from_period", APRIL))
    cx.refresh()
    cx.edit("csat", when="score >= 2")
    return cx


@pytest.fixture(scope="module")
def app(changed: Company) -> Iterator[FastAPI]:
    with changed.open() as space:
        yield make_app(Latest(space), space.ledger, clock=FixedClock(changed.now))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with entered(app) as asking:
        yield asking


def blocks(client: TestClient, path: str) -> dict[str, Any]:
    return {one.heading: one for one in context(client, path)["blocks"]}


@pytest.mark.parametrize("path", PATHS)
def test_every_page_answers_and_its_links_lead_somewhere(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    for href in set(re.findall(r'href="(/(?!static)[^"]*)"', response.text)):
        assert client.get(href.replace("&amp;", "&")).status_code == 200, href


def test_the_plan_names_what_changes_and_whom_it_concerns(client: TestClient) -> None:
    found = blocks(client, "/plan")
    lines = {row[0].about: row for row in found["Changes"].rows}
    assert set(lines) == {"metric csat", "metric unhappy", "scorecard board"}
    assert lines["metric csat"][1].about == "governed"
    assert lines["metric csat"][2].text == "when: score >= 3 → score >= 2"
    assert lines["metric csat"][3].text == "metric unhappy, scorecard board, objective happy"
    assert [row[0].text for row in found["Whom it concerns"].rows] == ["Nobody", "cx"]


def test_the_back_test_shows_both_versions_and_their_difference(client: TestClient) -> None:
    found = blocks(client, "/plan/csat")
    row = found["Both versions over past periods"].rows[-1]
    assert [cell.text for cell in row[2:5]] == ["75.0%", "87.5%", "12.5"]
    assert len(found["The difference, as written less in force"].plot.rows) == 5
    assert "counted otherwise" in found["Rows that move"].about[0]


def test_history_has_versions_deeds_and_a_bridge(client: TestClient) -> None:
    found = blocks(client, "/history/metric/csat")
    assert [row[0].text for row in found["Versions"].rows] == ["2", "1"]
    assert found["Versions"].rows[0][3].about == "when: score >= 4 → score >= 3"
    assert [(row[0].text, row[2].text) for row in found["In force"].rows] == [
        ("apply", "2026-04-01"), ("adopt", "all periods"),
    ]  # fmt: skip
    bridge = found["Bridge between version 1 and 2"]
    assert [row[-1].text for row in bridge.rows] == ["2", "2", "1", "1", "1"]
    assert bridge.rows[0][4].text == "25.0"


@pytest.mark.browser
@pytest.mark.parametrize("path", PATHS[:4])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_passes_the_scan_and_fits(
    browser: Browser, app: FastAPI, path: str, viewport: Any
) -> None:
    with (
        serving(app) as address,
        opened(browser, address, path, viewport=viewport, color_scheme="light") as page,
    ):
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
