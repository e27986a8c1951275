"""Pages of a company with a late feed and two systems that disagree: each says so, where it matters, a click away."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, workspace
from tests.app import late_company
from tests.app.late_company import LAST
from tests.app.test_late import CUT
from tests.projects import quiet, write_project
from tests.web.door import entered, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

pytestmark = pytest.mark.thorough

ORDERS = [
    {"kind": "fact", "name": "log", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant", "required": True}, "team": {"type": "unit"},
        "channel": {"type": "text"}}},
    {"kind": "source", "name": "switch", "fact": "log", "files": "switch.csv", "columns": {"channel": "'phone'"}},
    {"kind": "metric", "name": "logged", "type": "count", "of": "log", "by": ["channel"]},
    {"kind": "reconciliation", "name": "calls_logged", "title": "Calls against the switch", "left": "logged",
     "right": "calls_by_channel", "units": ["emea", "americas"], "by": ["channel"], "key": ["id"],
     "tolerance": {"relative": "1 %"}, "owner": "telephony", "because": "A call that is not logged is not billed."},
    {"kind": "metric", "name": "calls_by_channel", "title": "Calls", "type": "count", "of": "contact",
     "where": "channel = 'phone'", "by": ["channel"]},
    {"kind": "detector", "name": "flood", "title": "One customer too often", "of": "contact", "type": "repeated",
     "same": ["team"], "per": "day", "at_most": 3, "where": "team = 'us' and channel = 'chat'"},
    {"kind": "check", "name": "teams", "of": "contact", "type": "values", "column": "customer", "one_of": ["c0", "c1"],
     "level": "warn"},
    {"kind": "objective", "name": "reached"},
    {"kind": "scorecard", "name": "card", "perspectives": [{"name": "customer", "objectives": [
        {"objective": "reached", "measures": [{"metric": "contacts", "red_flag": 100, "goal": 200},
                                              {"metric": "calls", "red_flag": 100, "goal": 200}]}]}]},
]  # fmt: skip
PATHS = (
    "/sources", "/sources/chats", "/sources/calls", "/reconciliations", "/reconciliations/calls_logged",
    "/reconciliations/calls_logged?period=2026-02&unit=emea&slice=channel%3Dphone", "/metrics/contacts",
    "/exclusions", "/exclusions/flood", "/scorecards/card",
    "/findings", "/figures?metric=contacts&period=2026-03", "/definitions/reconciliation/calls_logged",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Iterator[FastAPI]:
    """The company, refreshed twice: the switch misses the Americans' calls of March's last week."""
    missing = late_company.rows("phone", "us", LAST).splitlines(keepends=True)[:-35]
    switch = late_company.HEADER + late_company.rows("phone", "emea", LAST) + "".join(missing)
    files = {**late_company.files(CUT), "switch.csv": switch}
    root = write_project(tmp_path_factory.mktemp("trust") / "p", [*late_company.DOCUMENTS, *ORDERS], files)
    with workspace(root, actor="tester", clock=late_company.NOW) as space:
        refresh(space, late_company.NOW, quiet)
        refresh(space, late_company.NOW, quiet)
        yield make_app(Latest(space), space.ledger, clock=late_company.NOW)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with entered(app) as asking:
        yield asking


@pytest.mark.parametrize("path", PATHS)
def test_every_page_answers_and_its_links_lead_somewhere(client: TestClient, path: str) -> None:
    import re

    response = client.get(path)
    assert response.status_code == 200
    for href in set(re.findall(r'href="(/(?!static)[^"]*)"', response.text)):
        assert client.get(href.replace("&amp;", "&")).status_code == 200, href


def test_the_list_says_who_is_late_how_reliable_and_how_often_on_time(client: TestClient) -> None:
    page = context(client, "/sources")
    lines = {line.source.text: line for line in page["lines"]}
    late = lines["Chats"]
    assert page["lines"][0] is late
    assert (late.mark.shape, late.freshness) == (
        "stale",
        "Chats of Americas is late: nothing since 2026-03-28.",
    )
    assert late.weakest == "least: timeliness 71"  # the calls that differ are no chats
    assert late.objective == "on time on 0 of 1 day, 99 % wanted"
    assert late.metrics == "5 metrics"
    assert lines["Calls"].mark.shape == "on target"
    assert page["reconciled"] == "1 of 1 differ"


def test_a_source_says_each_part_its_past_and_what_depends_on_it(client: TestClient) -> None:
    page = context(client, "/sources/chats")
    assert {part.name: part.value for part in page["parts"]}["Timeliness"] == "71"
    assert page["history"] is not None
    assert "Contacts" in {link.text for link in page["metrics"]}
    assert ("channel", "text", "'chat'") in page["columns"]


def test_a_metric_whose_source_is_late_says_so_on_its_face(client: TestClient) -> None:
    page = context(client, "/metrics/contacts")
    assert [link.text for link in page["troubles"]] == [
        "Chats of Americas is late: nothing since 2026-03-28.",
        "Calls is unreliable: 70 of 100, wanted 80; consistency is 50.",
    ]
    assert page["troubles"][0].href == "/sources/chats"
    assert page["figure"].mark.shape == "provisional"
    assert context(client, "/metrics/logged")["troubles"] == ()
    assert (
        "Chats of Americas is late"
        in context(client, "/figures?metric=contacts&period=2026-03")["status_words"]
    )


def test_a_scorecard_says_which_measures_stand_on_late_or_unreliable_data(client: TestClient) -> None:
    page = context(client, "/scorecards/card")
    rows = {row.metric.text: row for p in page["perspectives"] for o in p.objectives for row in o.measures}
    assert rows["Contacts"].doubt.word == "late data"
    assert rows["Contacts"].doubt.words.startswith("Chats of Americas is late")
    assert rows["Calls"].doubt.word == "unreliable data"
    assert rows["Calls"].doubt.words == "Calls is unreliable: 70 of 100, wanted 80; consistency is 50."


def test_what_detectors_leave_out_is_shown_with_its_effect(client: TestClient) -> None:
    assert context(client, "/sources")["excluded"].endswith("rows enter no figure")
    page = context(client, "/exclusions/flood")
    assert page["line"].caught == page["line"].left_out != "0"
    effect = {(e.metric.text, e.without.period): e for e in page["effects"]}["Contacts", "January 2026"]
    assert (effect.without.n, effect.n) == ("465", "620")
    assert page["rows"][0].now == "left out"
    assert page["commands"][0] == "leadline release flood --row KEY --reason TEXT"
    assert client.get("/exclusions/nothing").status_code == 404


def test_a_source_says_what_the_checks_said(client: TestClient) -> None:
    (line,) = context(client, "/sources/chats")["checks"]
    assert (line.check.text, line.level, line.mark.word) == ("Teams", "warn", "Warned")
    assert int(line.rows.replace(",", "")) > 100
    assert "chats.csv" in line.words
    assert "2026" in line.last


def test_a_reconciliation_shows_the_cell_that_differs_and_its_rows(client: TestClient) -> None:
    page = context(client, "/reconciliations/calls_logged")
    assert page["sentence"] == "1 of 2 cells differ"
    first = page["cells"][0]
    assert (first.where.text, first.mark.shape, first.left.text, first.right.text) == (
        "Americas · channel: phone", "off target", "120", "155",
    )  # fmt: skip
    assert page["keys_note"].startswith(
        "35 keys differ: 0 on the left side only, 35 on the right side only, 0 with"
    )
    assert page["labels"] == "Logged: every day. Calls: every day."
    assert {key.side for key in page["keys"]} == {"only right"}
    quiet_ = context(client, "/reconciliations/calls_logged?period=2026-02")
    assert (quiet_["sentence"], quiet_["chosen"]) == ("all 2 cells agree", "")
    assert client.get("/reconciliations/nothing").status_code == 404


def test_findings_about_data_lead_to_their_pages(client: TestClient) -> None:
    lines = {line.kind: line for line in context(client, "/findings")["lines"]}
    assert lines["large, rows that are late"].href == "/sources/chats"
    href = lines["large, two systems disagree"].href
    assert href.startswith("/reconciliations/calls_logged?period=2026-03")
    assert context(client, href)["chosen"] == "Rows that differ: Americas · channel: phone"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_pass_the_scan_and_no_phone_scrolls_sideways(
    app: FastAPI, browser: Browser, scheme: Any
) -> None:
    with serving(app) as address:
        for path in PATHS[:10]:
            with opened(browser, address, path, color_scheme=scheme, viewport=DESKTOP) as page:
                page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(d => d.open = true)")
                assert faults(page) == [], path
            with opened(browser, address, path, color_scheme=scheme, viewport=PHONE, is_mobile=True) as page:
                assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
                assert faults(page, "target-size", "color-contrast") == [], path
