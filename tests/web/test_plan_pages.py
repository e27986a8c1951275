"""The plan, its back-test and the history of a definition as pages: what they show, and how they look."""

import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from leadline.app.ending import end
from leadline.app.wiring import Latest
from leadline.catalog.plan import Effective
from leadline.clock import FixedClock
from leadline.governance.figure_marks import suspend
from tests.governance.company import APRIL, DOCUMENTS, Company, company
from tests.governance.test_backtest import SCORECARD
from tests.web.door import entered, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

pytestmark = pytest.mark.thorough

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
    with cx.open() as space:
        with space.ledger.write(actor="ann") as writer:
            suspend(
                writer, space.definitions(), "csat", since=date(2026, 2, 1), until=date(2026, 2, 20),
                reason="The survey tool was down.", item="kpi_outage 7",
            )  # fmt: skip
        end(space, FixedClock(cx.now), ("metric", "csat"), "deprecate", replaced_by="answers")
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
        ("deprecate", "–"), ("apply", "2026-04-01"), ("adopt", "all periods"),
    ]  # fmt: skip
    bridge = found["Bridge between version 1 and 2"]
    assert [row[-1].text for row in bridge.rows] == ["2", "2", "1", "1", "1"]
    assert bridge.rows[0][4].text == "25.0"


def test_the_trend_says_which_version_takes_effect_where_and_leads_to_what_it_changed(
    client: TestClient,
) -> None:
    page = context(client, "/metrics/csat?period=2026-04")
    version, outage, restated = page["marked"]
    assert [(m.kind, m.first, m.last, m.text) for m in page["trend"].marks] == [
        ("version", 3, 3, "v2"), ("outage", 1, 1, "suspended"),
    ]  # fmt: skip
    assert "April 2026, for periods from 1 April 2026" in version.text
    assert version.links[0].href == "/history/metric/csat?old=1&new=2"
    assert ("The survey tool was down." in outage.text, outage.links[0].href) == (True, "/work/7")
    assert restated.text.startswith("April 2026 was 50.0% when it was first final, and is 75.0%")
    composed = context(client, "/metrics/unhappy")
    assert [(m.kind, m.first) for m in composed["trend"].marks] == [("version", 3), ("outage", 1)]


def test_the_bridge_of_a_step_adds_up(client: TestClient) -> None:
    step, period = context(client, "/metrics/csat?period=2026-04")["bridges"]
    assert [(s.label, s.text) for s in step.steps] == [
        ("March 2026", "50.0%"), ("What happened", "0.0"), ("The definition", "+25.0"), ("April 2026", "75.0%"),
    ]  # fmt: skip
    assert [s.text for s in period.steps] == ["50.0%", "0.0", "+25.0", "75.0%"]
    (before,) = context(client, "/metrics/csat?period=2026-03")["bridges"]
    assert [(s.label, s.about) for s in before.steps][-1] == (
        "By version 2", "shown for this period is version 1",
    )  # fmt: skip
    for spec in (step, period, before):
        assert sum(s.end - s.start for s in spec.steps if s.start is not None) == pytest.approx(
            spec.steps[-1].end - spec.steps[0].end
        )
    north = context(client, "/metrics/csat?period=2026-04&unit=north")["bridges"]
    assert len(north) == 2
    assert context(client, "/metrics/answers")["bridges"] == ()


def test_a_figure_says_everywhere_that_its_definition_ends(client: TestClient) -> None:
    said = "csat is deprecated. Use answers instead."
    page = context(client, "/metrics/csat")
    assert [(a.mark.word, a.text, a.links[0].href) for a in page["alerts"]] == [
        ("Deprecated", said, "/metrics/answers"),
    ]  # fmt: skip
    assert page["figure"].notice == said
    assert context(client, "/figures?metric=csat&period=2026-04")["figure"].notice == said
    made_of = context(client, "/metrics/unhappy")
    assert made_of["alerts"][0].text == made_of["figure"].notice == f"It is made of csat. {said}"
    (alert,) = context(client, "/")["alerts"]
    assert (alert.text, alert.links[0].text) == (said, "Use Answers")
    assert context(client, "/metrics/answers")["alerts"] == ()


def test_any_two_versions_are_compared_key_by_key_and_line_by_line(client: TestClient) -> None:
    block = blocks(client, "/history/metric/csat?old=2&new=1")["Two versions"]
    assert [[cell.text for cell in row] for row in block.rows] == [["when", "score >= 3", "score >= 4"]]
    assert "-when: score >= 3" in block.text
    assert [f.value for f in block.form.fields] == ["2", "1"]
    assert client.get("/history/metric/csat?old=9").status_code == 404


def test_the_plan_compares_with_what_is_in_force_not_with_what_was_published(
    changed: Company, tmp_path: Path
) -> None:
    cx = Company(Path(shutil.copytree(changed.root, tmp_path / "p")), deepcopy(changed.documents))
    cx.edit("csat", when="score >= 5")
    cx.apply(Effective("restating"))
    with (
        cx.open() as space,
        entered(make_app(Latest(space), space.ledger, clock=FixedClock(cx.now))) as asking,
    ):
        assert "metric csat" not in {row[0].about for b in blocks(asking, "/plan").values() for row in b.rows}
        cx.edit("csat", when="score >= 1")
        found = context(asking, "/plan/csat")
        assert [[c.text for c in row] for row in found["blocks"][0].rows] == [
            ["when", "score >= 5", "score >= 1"]
        ]
        assert found["about"] == (
            "Another version came into force since the last refresh: refresh, then both can be compared.",
        )


@pytest.mark.browser
@pytest.mark.parametrize("path", [*PATHS, "/metrics/csat?period=2026-04", "/"])
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
