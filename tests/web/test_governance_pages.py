"""Owners, boards, decisions on figures and the journal as pages: what they show, what forms do, how they look."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from leadline.app.people import Company
from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, Workspace, workspace
from leadline.app.work import pinned
from leadline.governance import figure_marks as fm
from leadline.governance import meetings
from leadline.governance.agenda import waiting
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from leadline.workflow import open_item
from leadline.workflow.declared import find
from tests.projects import quiet, write_project
from tests.web import small_company
from tests.web.door import entered, let_in, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

pytestmark = pytest.mark.thorough

PEOPLE: list[dict[str, Any]] = [
    *({"kind": "person", "name": name} for name in ("ann", "ben", "cy", "service_desk")),
    {"kind": "person", "name": "old", "left": "2026-01-01"},
    {"kind": "board", "name": "metrics", "members": ["ann", "cy"], "quorum": 2, "chair": "cy"},
    {"kind": "domain", "name": "service", "steward": "ben"},
    {"kind": "metric", "of": "contact", "name": "local_rate", "title": "Solved at once (north)", "type": "share",
     "when": "resolved and score > 3", "adapts": "resolved_rate", "in_unit": "north", "owner": "old",
     "by": ["channel"], "minimum_n": 10, "collected": small_company.LATE},
]  # fmt: skip
PATHS = (
    "/ownership",
    "/ownership/metric/resolved_rate",
    "/boards",
    "/boards/metrics",
    "/boards/metrics/meetings/m3",
    "/disputes",
    "/decided",
    "/audit",
    "/audit?verb=decide",
    "/audit?kind=proof",
    "/definitions",
    "/definitions/metric/resolved_rate",
    "/definitions/board/metrics",
    "/metrics/handle_time",
    "/metrics/local_rate",
    "/figures?metric=nps&period=2026-01",
)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    documents = [dict(one) for one in small_company.DOCUMENTS]
    for one in documents:
        if one.get("name") == "resolved_rate":
            one |= {
                "adaptable": ["when"],
                "domain": "service",
                "raci": {"accountable": "service-desk", "informed": ["old"]},
            }
    files = {"data/a.csv": small_company.HEADER + "".join(small_company.rows())}
    root = write_project(tmp_path_factory.mktemp("governed") / "p", [*documents, *PEOPLE], files)
    with workspace(root, actor="tester", clock=small_company.NOW) as opened_:
        refresh(opened_, small_company.NOW, quiet)
        yield opened_


@pytest.fixture(scope="module")
def app(space: Workspace) -> FastAPI:
    latest = Latest(space)
    now = latest()
    with space.ledger.write(actor="ben") as writer:
        fm.suspend(writer, now.catalog, "handle_time", since=date(2026, 1, 1), until=date(2026, 2, 1),
                   reason="The telephone system was replaced.", item="kpi_outage 4", unit="north")  # fmt: skip
        asked = Query("nps", "t", "test", since=date(2026, 1, 1), until=date(2026, 2, 1))
        figure = evaluate(now, asked)[0]
        fm.override(writer, figure, 44.0, reason="A batch is lost.", item="data_override 5", asked_by="ann")
    with space.ledger.write(actor="ann") as writer:
        catalog = space.definitions()
        links = [pinned(now, "metric=nps&period=2026-01", "ann", whole=True)]
        open_item(writer, find(catalog, "kpi_dispute"), title="January", people=Company(catalog), links=links,
                  fields={"claim": "It is <b>too</b> low."})  # fmt: skip
        points = waiting(writer, catalog, "metrics")
        met = meetings.call(writer, catalog, "metrics", on=date(2026, 2, 1), points=points, own=["Reviews"])
        meetings.begin(writer, catalog, met.id, chair="cy", present=["ann", "cy"])
        meetings.decide(writer, catalog, met.id, "2", "approved", in_favour=["ann", "cy"], because="Soon.")
        assert met.id == "m3"
    return make_app(latest, space.ledger, clock=small_company.NOW)


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


def test_a_decision_is_seen_without_a_refresh_and_both_values_stand_there(client: TestClient) -> None:
    found = blocks(client, "/decided")
    (line,) = found["Suspended"].rows
    assert (line[0].text, line[0].about, line[2].text) == (
        "Handle time",
        "North",
        "The telephone system was replaced.",
    )
    (line,) = found["Stated otherwise"].rows
    assert line[2].text.startswith("44")
    assert line[1].text != line[2].text
    assert (line[4].text, line[4].about) == ("ann, approved by ben", "data_override 5")
    figure = client.get("/figures?metric=nps&period=2026-01").text
    assert "Stated by hand as 44" in figure
    assert "A batch is lost" in figure
    page = client.get("/metrics/handle_time?grain=month&period=2026-01&unit=north").text
    assert "Suspended" in page
    assert "Suspended" not in client.get("/metrics/handle_time?grain=month&period=2026-01&unit=south").text


def test_an_ownership_is_proposed_contested_and_settled_by_forms(app: FastAPI, client: TestClient) -> None:
    path = "/ownership/metric/nps"

    def send(person: str, **form: str) -> int:
        with entered(app) as asking:
            let_in(asking, person, "kpi_owner")
            token = re.search(r'name="token" value="([^"]+)"', asking.get(path).text)
            assert token is not None
            return asking.post(path, data={"token": token[1], **form}, follow_redirects=False).status_code

    assert client.post(path, data={"act": "propose", "who": "ann", "actor": "cy"}).status_code == 403
    assert send("cy", act="propose", who="ann=60 ben=40", actor="ann", because="Both work on it.") == 303
    assert send("cy", act="accept", actor="ann") == 400, "who signed in acts, whoever the form names"
    assert send("ann", act="contest", because="It is mine alone.") == 303
    facts = dict(blocks(client, path)["Now"].facts)
    assert facts["Contested by"] == "ann: It is mine alone."
    assert "contests it: It is mine alone." in client.get("/ownership").text
    assert send("ann", act="settle", who="ann", because="x") == 400
    gaps = {(row[0].text, row[1].text) for row in context(client, "/ownership")["blocks"][0].rows}
    assert ("Net promoter score", "Contested") in gaps
    assert ("Solved at once (north)", "Owner left") in gaps


def test_the_journal_is_searched_and_exported(client: TestClient) -> None:
    rows = blocks(client, "/audit?verb=decide&q=telephone")["Rows"]
    assert [row[4].text for row in rows.rows] == ["decision:1"]
    assert rows.about == (
        "All of it as CSV: leadline audit log --limit 0 --verb 'decide' --text 'telephone' --csv",
    )
    assert client.get("/audit?since=yesterday").status_code == 404
    assert blocks(client, "/audit?actor=nobody")["Rows"].rows == ()


def test_the_journal_is_downloaded_as_it_is_filtered(client: TestClient) -> None:
    answer = client.get("/audit.csv?verb=decide&q=telephone")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["verb"], row["subject"], len(row["hash"])) for row in rows] == [("decide", "decision:1", 64)]
    every = list(csv.DictReader(io.StringIO(client.get("/audit.csv").text)))
    assert int(every[0]["seq"]) == len(every) > 50, "all rows, not only those that a page shows"
    form = blocks(client, "/audit?verb=decide&q=telephone")["Rows"].form
    assert (form.action, {field.name: field.value for field in form.fields}) == (
        "/audit.csv", {"verb": "decide", "q": "telephone"},
    )  # fmt: skip


def test_the_chain_is_proved_on_the_page(client: TestClient) -> None:
    anchor = blocks(client, "/audit")["Checkpoint"].text
    assert "The journal is whole: each" in blocks(client, "/audit?kind=proof")["Checkpoint"].about[-1]
    kept = blocks(client, f"/audit?kind=proof&anchor={anchor}")["Checkpoint"].about
    assert kept[-1].startswith("The journal is whole, up to what was kept outside")
    seq, _, hashed = anchor.partition(":")
    other = blocks(client, f"/audit?kind=proof&anchor={seq}:{hashed[::-1]}")["Checkpoint"].about
    assert other[-2:] == ("the journal no longer holds the row that was anchored", "One fault.")
    assert client.get("/audit?kind=proof&anchor=rubbish").status_code == 400


def test_boards_say_who_decides_and_variants_in_what_they_differ(client: TestClient) -> None:
    found = blocks(client, "/boards")
    assert [cell.text for cell in found["Boards"].rows[0]] == [
        "Metrics",
        "ann, cy (chair)",
        "2 of 2",
        "Everything",
    ]
    (variant,) = found["Local variants"].rows
    assert variant[2].text == "North"
    assert "score" in variant[3].text
    assert "It differs" in client.get("/metrics/local_rate").text


def test_a_board_meets_on_its_pages_and_another_approves_the_minutes(app: FastAPI) -> None:
    with entered(app) as asking:

        def send(person: str, path: str, **form: str) -> Any:
            let_in(asking, person, "board_member")
            token = re.search(r'name="token" value="([^"]+)"', asking.get(path).text)
            assert token is not None
            return asking.post(path, data={"token": token[1], **form}, follow_redirects=False)

        made = send("ann", "/boards/metrics", on="2026-02-10", own="Reviews\n\nTargets")
        path = made.headers["location"]
        agenda = context(asking, path)["blocks"][1].rows
        mine = next(row[0].text for row in agenda if row[1].text == "Reviews")
        assert send("ben", path, act="add", title="x").status_code == 400  # he does not sit on it
        for form in (
            {"act": "begin", "chair": "cy", "present.ann": "yes", "present.cy": "yes"},
            {"act": "add", "title": "And this"},
            {"act": "decide", "point": mine, "outcome": "approved", "yes.ann": "yes", "yes.cy": "yes"},
            {"act": "write", "text": "We met.\n\nWe agreed."},
        ):
            assert send("ann", path, **form).status_code == 303, form
        page = context(asking, path)
        blocks_ = {one.heading: one for one in page["blocks"]}
        rows = {row[1].text: (row[2].text, row[3].text) for row in blocks_["Agenda and decisions"].rows}
        assert rows["Reviews"] == ("Approved", "for it ann, cy")
        assert rows["And this"] == ("not reached", "")
        assert dict(blocks_["The meeting"].facts)["Quorum"] == "reached: at least 2 are present"
        hashed = dict(blocks_["Minutes"].facts)["Hash of the record"]
        assert send("ann", path, act="approve", hash=hashed).status_code == 400  # who wrote them
        assert send("cy", path, act="approve", hash="0" * 64).status_code == 400
        assert send("cy", path, act="approve", hash=hashed).status_code == 303
        assert context(asking, path)["mark"].word == "Minutes approved"
        assert context(asking, "/boards/metrics")["blocks"][2].rows[0][3].text == "approved by cy"
        assert asking.get("/boards/metrics/meetings/m99").status_code == 404
        assert asking.get("/boards/none").status_code == 404


def test_disputes_show_the_figure_as_it_was_and_where_it_came_from(client: TestClient) -> None:
    (row,) = blocks(client, "/disputes")["Open"].rows
    assert (row[0].text, row[0].about) == ("January", "ann: It is <b>too</b> low.")
    assert row[1].about.startswith("2026-01: ")
    assert row[2].text.endswith(" rows of 1 file")
    assert row[3].text == "Nobody has yet"
    assert blocks(client, "/disputes?metric=csat")["Open"].rows == ()


@pytest.mark.browser
@pytest.mark.parametrize("path", PATHS[:8])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_passes_the_scan_and_fits(
    browser: Browser, app: FastAPI, path: str, viewport: Any
) -> None:
    with serving(app) as address, opened(browser, address, path, viewport=viewport) as page:
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
