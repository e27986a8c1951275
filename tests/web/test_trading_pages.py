"""Trade-offs, what-if and payouts on pages: the conflict is said, what is asked is answered, every step is shown."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, workspace
from leadline.clock import FixedClock
from tests.projects import quiet, write_project
from tests.scorecards.service import MONTHS, TEAMS, calls, documents
from tests.web.door import entered, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))
GATES = [{"metric": "resolved", "at_least": 62}, {"metric": "minutes", "no_worse_than": "previous", "pays": 50},
         {"findings": ["trade_off"]}]  # fmt: skip
PATHS = (
    "/trade-offs", "/trade-offs/speed_or_care", "/scorecards/service/what-if",
    "/scorecards/service/what-if?resolved.goal=95&resolved.red_flag=90", "/scorecards/service/what-if?resolved.goal=1",
    "/incentives/bonus", "/incentives/bonus?period=2026-04", "/incentives/bonus/north", "/incentives/bonus/south",
    "/definitions/trade_off/speed_or_care", "/definitions/incentive/bonus", "/findings?kind=trade_off",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Iterator[FastAPI]:
    """North bought speed with resolution in May."""
    together = {"scorecard": "service", "percent": 20}
    built = documents(gates=GATES, together=together)
    files = {"calls.csv": calls({("north", "2026-05"): (8.0, 0.5)})}
    root = write_project(tmp_path_factory.mktemp("trading") / "p", built, files)
    with workspace(root, actor="tester", clock=NOW) as space:
        refresh(space, NOW, quiet)
        yield make_app(Latest(space), space.ledger, clock=NOW)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with entered(app) as asking:
        yield asking


@pytest.mark.parametrize("path", PATHS)
def test_every_page_answers(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_conflict_is_said_and_leads_to_both_figures(client: TestClient) -> None:
    listed, one = client.get("/trade-offs").text, client.get("/trade-offs/speed_or_care").text
    assert "Conflict" in listed
    assert "Resolved in North got worse as minutes got better in May 2026" in one
    assert "/figures?metric=resolved&amp;period=2026-05&amp;unit=north" in one
    assert "/trade-offs/speed_or_care" in client.get("/findings?kind=trade_off").text
    # one for each unit, in the wide drawing and in the narrow one
    trails = re.findall(r'<path d="([^"]+)" class="trail"', one)
    assert len(trails) == 2 * len(TEAMS)
    assert {trail.count("L") for trail in trails} == {len(MONTHS) - 1}
    assert (
        "66.7%" in listed or "67%" in listed
    )  # resolved has two of three parts of the weight, for the long term


def test_what_is_asked_is_answered_and_what_cannot_be_is_said(client: TestClient) -> None:
    turned = client.get("/scorecards/service/what-if?resolved.goal=95&resolved.red_flag=90").text
    assert "What would change" in turned
    assert "leadline what-if service --set resolved.goal=95 --set resolved.red_flag=90" in turned
    wrong = client.get("/scorecards/service/what-if?resolved.goal=60").text
    assert 'role="alert"' in wrong
    assert "What would change" not in wrong
    untouched = client.get(
        "/scorecards/service/what-if?resolved.goal=80&nothing.goal=3&resolved.goal%3Cb%3E=1"
    ).text
    assert "What would change" not in untouched


def test_who_turns_red_is_said_first(client: TestClient) -> None:
    harder = context(client, "/scorecards/service/what-if?resolved.goal=95&resolved.red_flag=90")
    assert harder["sentence"].startswith("Turning red: ")
    assert "Resolved in South" in harder["sentence"]
    easier = context(client, "/scorecards/service/what-if?calm.weight=3&period=2026-04")
    assert easier["sentence"] == "Nothing turns red; 0 statuses change."
    assert easier["command"] == "leadline what-if service --set calm.weight=3 --period 2026-04"
    assert [(line.label, line.value, line.changed) for line in easier["above"]] == [
        ("Process", "1", False), ("Calm", "3", True),
    ]  # fmt: skip
    assert context(client, "/scorecards/service/what-if")["sentence"].startswith("The figures of May 2026")


def test_a_harder_goal_that_gives_more_is_explained(client: TestClient) -> None:
    page = context(client, "/scorecards/service/what-if?resolved.goal=99")
    more = "Resolved" in page["stretched"]
    assert more == any(
        float(one.scores.split(" → ")[1]) > float(one.scores.split(" → ")[0])
        for one in page["measures"] if " → " in one.scores
    )  # fmt: skip


def test_a_statement_shows_every_step(client: TestClient) -> None:
    north, south = (client.get(f"/incentives/bonus/{unit}").text for unit in ("north", "south"))
    assert "0.00 EUR" in north
    assert "The whole interval is beyond the bound." in north
    assert "got worse as minutes got better" in north
    assert "For all alike, 20%" in south
    assert "--period 2026-05 --unit south --json" in south
    assert client.get("/incentives/bonus/acme").status_code == 404


def test_a_statement_says_what_it_stands_on_and_its_parts_of_the_score(client: TestClient) -> None:
    page = context(client, "/incentives/bonus/south")
    assert [one.part for one in page["measures"]] == ["33%", "67%"]
    assert ("Bonus", "version 1") in page["provenance"]
    assert page["hash"] in client.get("/incentives/bonus/south").text


def test_the_curve_is_drawn_with_who_is_paid_on_it(client: TestClient) -> None:
    page = context(client, "/incentives/bonus")
    curve = page["curve"]
    assert curve.frontier == (
        (0.0, 0),
        (2, 0),
        (6.67, pytest.approx(100.07, abs=0.01)),
        (9, 150),
        (10.0, 150),
    )
    assert [point.label for point in curve.points] == ["North", "South"]
    assert page["sentence"].startswith("1 of 2 payouts are due")


def test_approval_is_asked_for_on_the_page_once(client: TestClient) -> None:
    before = context(client, "/incentives/bonus")
    assert (before["ask"], before["item"]) == ("/incentives/bonus/approval", None)
    sent = client.post(before["ask"], data={"period": "2026-05", "token": before["token"]})
    assert sent.status_code == 200
    assert "Bonus, 2026-05" in sent.text
    assert "statements.txt" in sent.text
    after = context(client, "/incentives/bonus")
    assert (after["ask"], after["approval"]) == ("", "Approval is asked for.")
    assert after["item"].href.startswith("/work/")
    again = client.post(before["ask"], data={"period": "2026-05", "token": before["token"]})
    assert again.status_code >= 400


def test_the_plan_tells_scores_and_payouts_of_another_weight(tmp_path) -> None:
    root = write_project(
        tmp_path / "p", documents(), {"calls.csv": calls({("north", "2026-05"): (8.0, 0.5)})}
    )
    with workspace(root, actor="tester", clock=NOW) as space:
        refresh(space, NOW, quiet)
        text = (root / "leadline.yaml").read_text()
        (root / "leadline.yaml").write_text(text.replace("weight: 2", "weight: 9"))
        assert text.count("weight: 2") == 1
        with entered(make_app(Latest(space), space.ledger, clock=NOW)) as asking:
            found = {block.heading: block for block in context(asking, "/plan")["blocks"]}
    scores = next(block for heading, block in found.items() if heading.startswith("Scores: "))
    assert len(scores.plot.rows) == 10
    paid = next(block for heading, block in found.items() if "would have paid" in heading)
    may = [[cell.text for cell in row] for row in paid.rows if row[0].text == "2026-05"]
    assert [row[1] for row in may] == ["north", "south"]
    assert all(row[2].endswith(" EUR") and row[2] != row[3] for row in may)


@pytest.mark.browser
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_pass_the_scan_on_desk_and_phone(
    app: FastAPI, browser: Browser, path: str, scheme: str
) -> None:
    with serving(app) as address:
        for viewport in (DESKTOP, PHONE):
            with opened(browser, address, path, viewport=viewport, color_scheme=scheme) as page:
                assert faults(page) == []
                assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
