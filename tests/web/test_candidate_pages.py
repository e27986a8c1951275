"""Candidates as pages: both versions side by side over past periods, and the decision, by a form."""

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
from leadline.governance.candidates import candidates
from tests.governance.company import DOCUMENTS, Company, company
from tests.web.door import entered, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def trying(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company with a candidate beside the version in force."""
    first = company(tmp_path_factory.mktemp("tried") / "p")
    cx = Company(first.root, deepcopy(DOCUMENTS))
    cx.edit("csat", when="score >= 3")
    cx.apply(Effective("from_now"), parallel=True)
    cx.refresh()
    return cx


@pytest.fixture
def cx(trying: Company, tmp_path: Path) -> Company:
    return Company(shutil.copytree(trying.root, tmp_path / "p"), deepcopy(trying.documents))


@pytest.fixture
def app(cx: Company) -> Iterator[FastAPI]:
    with cx.open() as space:
        yield make_app(Latest(space), space.ledger, clock=FixedClock(cx.now))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with entered(app) as asking:
        yield asking


def blocks(client: TestClient, path: str) -> dict[str, Any]:
    return {one.heading: one for one in context(client, path)["blocks"]}


def sent(client: TestClient, **values: str) -> Any:
    form = blocks(client, "/candidates/csat")["Decide"].form
    return client.post("/candidates/csat", data={"token": form.token, **values}, follow_redirects=False)


def test_both_versions_stand_side_by_side_with_their_difference(client: TestClient) -> None:
    (row,) = blocks(client, "/candidates")["What is tried"].rows
    assert (row[0].text, row[0].href, row[1].text) == ("Csat", "/candidates/csat", "2")
    found = blocks(client, "/candidates/csat")
    assert [[c.text for c in row] for row in found["What is tried"].rows] == [
        ["when", "score >= 4", "score >= 3"]
    ]
    table = found["Both versions over past periods"]
    assert table.columns[2:4] == ("In force", "Candidate")
    assert [cell.text for cell in table.rows[-1][2:5]] == ["50.0%", "75.0%", "25.0"]
    assert len(found["The difference, candidate less in force"].plot.rows) == len(table.rows) >= 5
    assert context(client, "/metrics/csat")["alerts"][0].links[0].href == "/candidates/csat"
    assert blocks(client, "/candidates/csat?grain=quarter")["Both versions over past periods"].rows
    assert client.get("/candidates/csat?grain=hour").status_code == 404
    assert "No candidate" in client.get("/candidates/answers").text


def test_a_decision_opens_a_change_request_with_the_comparison(client: TestClient) -> None:
    answer = sent(client, act="apply", how="from_now", because="Threes are content as well.")
    assert answer.status_code == 303
    found = blocks(client, answer.headers["location"])
    assert found["Why"].about == ("Threes are content as well.",)
    assert "Back-test: Csat" in found
    again = sent(client, act="apply", how="from", day="never", because="x")
    assert "does not say from when on" in again.text
    assert "Threes" not in again.text


def test_what_was_not_tried_is_not_put_into_force(cx: Company, client: TestClient) -> None:
    cx.edit("csat", when="score >= 2")
    answer = sent(client, act="apply", how="restating", because="It is better.")
    assert "What is written now is not what was tried." in answer.text


def test_a_candidate_is_dropped_with_a_reason(cx: Company, client: TestClient) -> None:
    assert "A reason is needed" in sent(client, act="drop", because=" ").text
    answer = sent(client, act="drop", because="Nobody understands it.")
    assert answer.headers["location"] == "/candidates"
    with cx.open() as space, space.ledger.read() as reader:
        assert candidates(reader) == []
        assert reader.effective.deeds("metric", "csat")[-1].note == "Nobody understands it."
    assert context(client, "/candidates")["blocks"][0].rows == ()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/candidates", "/candidates/csat"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_pass_the_scan_and_fit(
    browser: Browser, app: FastAPI, path: str, viewport: dict[str, int]
) -> None:
    with (
        serving(app) as address,
        opened(browser, address, path, viewport=viewport, color_scheme="light") as page,
    ):
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
