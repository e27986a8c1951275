"""Pages of the reporting calendar and of a period, asked as a browser asks them; forms do what they say."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from leadline.app.bridging import bridge_in
from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, Workspace, workspace
from leadline.governance import accounts, sessions
from tests.app import closing_company as company
from tests.app.closing_company import HEADER, MARCH, answers
from tests.projects import quiet
from tests.web.door import entered, let_in, make_app
from tests.web.test_views import context

pytestmark = pytest.mark.thorough

PAGE = "/scorecards/service/periods/2026-02"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return company.write(tmp_path / "project")


@pytest.fixture
def space(project: Path) -> Iterator[Workspace]:
    with workspace(project, actor="ann", clock=MARCH) as opened:
        refresh(opened, MARCH, quiet)
        yield opened


@pytest.fixture
def client(space: Workspace) -> Iterator[TestClient]:
    with entered(
        make_app(Latest(space), space.ledger, clock=MARCH, bridges=partial(bridge_in, space, MARCH))
    ) as asking:
        yield asking


def send(client: TestClient, what: str, **given: str) -> tuple[int, str]:
    answer = client.post(
        f"{PAGE}/{what}",
        data={"token": sessions.form_token(client.cookies["leadline_session_8750"]), **given},
        follow_redirects=True,
    )
    return answer.status_code, answer.text


def test_the_calendar_lists_periods_and_says_what_the_first_lacks(client: TestClient) -> None:
    html = client.get("/periods").text
    assert "February 2026" in html
    assert "Satisfaction is off target and has no comment." in html
    assert "2 of 3" in html
    assert f'href="{PAGE}"' in client.get("/?period=2026-02").text.replace("2026-02&", "2026-02")


def test_a_comment_that_is_required_is_one_click_from_the_executive_page(client: TestClient) -> None:
    (first, *_) = context(client, "/executive?period=2026-02&unit=emea")["matters"]
    assert first.unsaid.text == "A comment is required and there is none."
    assert first.unsaid.href == f"{PAGE}?unit=emea#say-csat"
    form = '<form class="decide" id="say-csat" method="post"'  # a browser opens the disclosure that holds it
    assert form in client.get(first.unsaid.href).text
    parts = {"part.cause": "A strike in Leeds.", "part.action": "More people in March."}
    send(client, "comment", metric="csat", unit="emea", **parts)
    (first, *_) = context(client, "/executive?period=2026-02&unit=emea")["matters"]
    assert first.unsaid is None


def test_a_period_is_commented_on_closed_restated_and_reopened_on_its_page(
    client: TestClient, space: Workspace, project: Path
) -> None:
    page = client.get(f"{PAGE}?unit=emea").text
    assert "A comment is required and there is none." in page
    status, text = send(client, "close")
    assert status == 400
    assert "Satisfaction is off target and has no comment" in text
    parts = {"part.cause": "A strike in Leeds.", "part.action": "More people in March."}
    _, text = send(client, "comment", metric="csat", unit="emea", **parts)
    assert "A strike in Leeds." in text
    _, text = send(client, "close")
    assert "These figures stand as they were closed." in text
    (project / "answers_late.csv").write_text(HEADER + answers("late", 100, 0))
    refresh(space, MARCH, quiet)
    text = client.get(f"{PAGE}?unit=emea").text
    assert "50.0%" in text
    assert "60.0%" in text
    _, text = send(client, "comment", metric="csat", unit="emea", **parts)
    assert "would alter 2026-02" in text
    _, text = send(client, "reopen", step="ask", because="A file was late.")
    assert "tester asks to reopen it: A file was late." in text
    _, text = send(client, "reopen", step="agree")
    assert "somebody else must agree" in text
    let_in(client, "bob", "steward")
    _, text = send(client, "reopen", step="agree")
    assert "Reopened" in text


def test_pages_show_what_was_closed_beside_what_is_now_and_why(
    client: TestClient, space: Workspace, project: Path
) -> None:
    board = client.get("/scorecards/service?period=2026-02").text
    assert "Not complete: 2 of 3 units that report are ready." in board
    emea = client.get("/scorecards/service?period=2026-02&unit=emea").text
    assert "A comment is required and there is none." in emea
    assert f"{PAGE}?unit=emea#say-csat" in emea
    parts = {"part.cause": "A strike in Leeds.", "part.action": "More people in March."}
    send(client, "comment", metric="csat", unit="emea", **parts)
    send(client, "close")
    (project / "answers_late.csv").write_text(HEADER + answers("late", 100, 0))
    refresh(space, MARCH, quiet)
    emea = client.get("/scorecards/service?period=2026-02&unit=emea").text
    assert "closed as 50.0%" in emea
    assert "A strike in Leeds." in emea
    assert "PowerPoint" in emea
    metric = client.get("/metrics/csat?grain=month&period=2026-02&unit=emea").text
    assert "As it was closed" in metric
    assert "A strike in Leeds." in metric
    assert "A strike in Leeds." not in client.get("/metrics/csat?grain=month&period=2026-02&unit=amer").text
    why = client.get(f"{PAGE}/bridge?figure=customer/loved/csat&unit=emea")
    assert "was closed as 50.0% and is 60.0% now" in why.text
    assert "As it is now" in why.text
    assert "+10.0" in why.text
    assert client.get(f"{PAGE}/bridge?figure=customer/loved/nothing&unit=emea").status_code == 400
    with space.ledger.write(actor="tester") as writer:
        accounts.add(writer, "eva")
        accounts.grant(writer, "eva", "analyst", unit="emea", known=["analyst"])
    let_in(client, "eva")
    assert client.get(f"{PAGE}/bridge?figure=customer/loved/csat&unit=emea").status_code == 200
    refused = client.get(f"{PAGE}/bridge?figure=customer/loved/csat&unit=amer")
    assert refused.status_code in {400, 403, 404}
    assert "87.5" not in refused.text


def test_longer_windows_use_closed_figures_where_periods_are_closed(
    client: TestClient, space: Workspace, project: Path
) -> None:
    send(client, "close", despite="on", because="A test.")
    (project / "answers_late.csv").write_text(
        HEADER + answers("late", 100, 0) + answers("jan", 90, 10, month=1)
    )
    refresh(space, MARCH, quiet)
    page = client.get("/metrics/csat?grain=month&period=2026-02").text
    assert "Year to date" in page
    assert f"{100 * (550 + 100 + 90) / (800 + 100 + 100):.1f}%" in page  # all rows of now
    assert f"{100 * (550 + 90) / (800 + 100):.1f}%" in page  # February as it was closed
    assert "February 2026 as closed" in page


def test_a_form_from_elsewhere_or_of_somebody_who_may_not_does_nothing(client: TestClient) -> None:
    assert client.post(f"{PAGE}/close", data={"despite": "on", "because": "x"}).status_code == 403
    let_in(client, "vera", "viewer")
    assert send(client, "close", despite="on", because="x")[0] == 403
    assert "Closed by" not in client.get(PAGE).text


def test_a_closed_figure_is_shown_to_nobody_who_may_not_see_it(client: TestClient, space: Workspace) -> None:
    parts = {"part.cause": "A strike in Leeds.", "part.action": "More people in March."}
    send(client, "comment", metric="csat", unit="emea", **parts)
    send(client, "close")
    with space.ledger.write(actor="tester") as writer:
        accounts.add(writer, "eva")
        accounts.grant(writer, "eva", "analyst", unit="emea", known=["analyst"])
    let_in(client, "eva")
    page = client.get(f"{PAGE}?unit=emea")
    assert page.status_code == 200
    assert "50.0%" in page.text
    assert "amer" not in page.text.casefold()
    own = client.get(PAGE).text  # without a unit, it is the one that is hers
    assert "68.8%" not in own
    assert "87.5%" not in own
    for address in (f"{PAGE}?unit=amer", f"{PAGE}/pack.pdf?unit=amer"):
        refused = client.get(address)
        assert refused.status_code in {400, 403, 404}
        assert b"87.5%" not in refused.content
    calendar = client.get("/periods").text
    assert "amer" not in calendar.casefold()


def test_what_people_wrote_is_text(client: TestClient) -> None:
    evil = "<script>alert(1)</script> is what happened"
    _, text = send(client, "comment", metric="csat", unit="emea", **{"part.cause": evil})
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("pptx", b"PK"), ("xlsx", b"PK")])
def test_a_pack_is_one_click(client: TestClient, form: str, begins: bytes) -> None:
    answer = client.get(f"{PAGE}/pack.{form}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert "attachment" in answer.headers["content-disposition"]
    assert client.get(f"{PAGE}/pack.docx").status_code == 400


def test_the_feed_gives_closed_figures_page_by_page(client: TestClient) -> None:
    send(client, "close", despite="on", because="A test.")
    first = client.get("/feed/epm?limit=3").json()
    assert first["more"]
    rest = client.get(f"/feed/epm?cursor={first['cursor']}").json()
    rows = first["rows"] + rest["rows"]
    assert {(row["measure"], row["unit"]) for row in rows} >= {
        ("csat", None),
        ("csat", "emea"),
        ("answers", "amer"),
    }
    assert client.get("/feed/epm?cursor=x").status_code == 400
