"""The pages of change requests: the back-test as a chart, what was edited since, emergencies for ever."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, workspace
from tests.app.test_change_control import DOCUMENTS, NOW, ROWS, edit, requested, step
from tests.projects import quiet, write_project
from tests.web.door import entered, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_project(tmp_path_factory.mktemp("changes") / "p", DOCUMENTS, {"a.csv": ROWS})
    with workspace(made, actor="tester", clock=NOW) as space:
        refresh(space, NOW, quiet)
    edit(made, "score >= 5")
    requested(made)
    requested(made)
    step(made, 2, "ann", "emergency_apply", emergency="A wrong figure goes out today.")
    return made


@pytest.fixture(scope="module")
def app(root: Path) -> Iterator[FastAPI]:
    with workspace(root, actor="tester", clock=NOW) as space:
        yield make_app(Latest(space), space.ledger, clock=NOW)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with entered(app) as asking:
        yield asking


def test_the_list_says_which_were_put_into_force_in_an_emergency(client: TestClient) -> None:
    rows = context(client, "/changes")["blocks"][0].rows
    assert [row[0].mark.word if row[0].mark else "" for row in rows] == [
        "Put into force in an emergency, not reviewed yet", "",
    ]  # fmt: skip


def test_a_request_shows_both_versions_and_whether_the_plan_is_still_the_one(client: TestClient) -> None:
    blocks = {one.heading: one for one in context(client, "/changes/1")["blocks"]}
    plot = blocks["Back-test: Csat"].plot
    assert [(row.label, round(row.value or 0)) for row in plot.rows][-2:] == [
        ("2026-01 old", 40), ("2026-01 new", 20),
    ]  # fmt: skip
    assert (blocks["Whom and what it affects"].about[0][:33], True) == (
        "metric csat means something else.",
        True,
    )
    keys = [[cell.text for cell in row[1:]] for row in blocks["Key by key"].rows]
    assert ["when", "score >= 4", "score >= 5"] in keys
    assert len(blocks["The difference: Csat"].plot.rows) == len(plot.rows) // 2
    assert [label for label, _, _ in blocks["Rows that move: Csat"].bars] == [
        "Gained",
        "Lost",
        "Counted otherwise",
    ]
    old, new = blocks["Scores: card"].plot.rows[-2:]
    assert (old.label, new.label) == ("2026-01 old", "2026-01 new")
    assert old.value > new.value
    assert [row[0].text for row in blocks["What may be done"].rows]
    assert blocks["What happened"].rows[0][1].text == "ben"
    assert client.get("/changes/99").status_code == 404
    assert client.get("/changes/none").status_code == 404


def test_what_came_in_an_emergency_says_so_for_ever(client: TestClient) -> None:
    page = context(client, "/definitions/metric/csat")
    (alert,) = page["alerts"]
    assert (alert.mark.word, alert.links[0].href) == ("Put into force in an emergency", "/changes/2")
    assert alert.text.startswith("Version 2 came into force without approval, by ann on")
    assert context(client, "/metrics/csat")["alerts"] == page["alerts"]
    rows = {one.heading: one for one in context(client, "/history/metric/csat")["blocks"]}["In force"].rows
    assert (rows[0][0].mark.word, rows[0][-1].href) == ("Emergency", "/changes/2")


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/changes", "/changes/1"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_pass_the_scan_and_fit(
    browser: Browser, app: FastAPI, path: str, viewport: dict[str, int]
) -> None:
    with serving(app) as address, opened(browser, address, path, viewport=viewport) as page:
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
