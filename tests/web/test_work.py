"""The pages of work, over a real project: a figure is disputed in the browser's way, forms keep what was typed, files
come back as files, and what people write stays text."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.web.uploads import read
from leadline.app.wiring import Latest, Workspace, workspace
from leadline.governance.accounts import grant
from leadline.store.journal import verify
from tests.projects import quiet
from tests.web import small_company
from tests.web.door import entered, let_in, make_app

FIGURE = "metric=resolved_rate&period=2025-11"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00--\r\n\r\n--x\x00"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company, refreshed once."""
    root = small_company.write(tmp_path_factory.mktemp("made") / "small")
    with workspace(root, clock=small_company.NOW) as space:
        refresh(space, small_company.NOW, quiet)
    return root


@pytest.fixture
def space(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of it, open."""
    shutil.copytree(made, tmp_path / "small")
    with workspace(tmp_path / "small", clock=small_company.NOW) as opened:
        yield opened


@pytest.fixture
def app(space: Workspace) -> FastAPI:
    """The application over it."""
    return make_app(Latest(space), space.ledger, clock=small_company.NOW, home=space.home)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Somebody's browser."""
    with entered(app) as asking:
        yield asking


def page(response: Any, status: int = 200) -> dict[str, Any]:
    """Give what a page shows."""
    assert response.status_code == status, response.text[:2000]
    found: dict[str, Any] = vars(response)["context"]
    return found


def token(client: TestClient, person: str) -> str:
    """Sign somebody in; give what their forms hold."""
    let_in(client, person, "analyst")
    return str(page(client.get("/work/open?workflow=kpi_dispute"))["token"])


def send(client: TestClient, path: str, *, person: str, **given: str) -> dict[str, Any]:
    """Send a form as a page of ours would."""
    return page(client.post(path, data={"token": token(client, person), **given}))


def seen(client: TestClient, person: str, path: str) -> dict[str, Any]:
    """Give a page as somebody sees it."""
    let_in(client, person, "analyst")
    return page(client.get(path))


def dispute(client: TestClient, claim: str = "It is too low") -> dict[str, Any]:
    """Let sid dispute the figure of November."""
    return send(
        client, "/work/open", workflow="kpi_dispute", figure=FIGURE, title="November", person="sid",
        **{"field.claim": claim},
    )  # fmt: skip


@pytest.mark.thorough
def test_a_figure_is_disputed_from_its_page_and_settled_on_its_rows(
    client: TestClient, space: Workspace
) -> None:
    figure = page(client.get(f"/figures?{FIGURE}"))
    form = page(client.get(next(o.href for o in figure["work"].opens if "dispute" in o.href)))
    assert form["title"] == "KPI dispute"
    assert [f.name for f in form["fields"]] == ["title", "claim", "expected"]
    made = dispute(client)
    assert (made["number"], made["mark"].word) == (1, "Open")
    assert any(href.href == f"/figures?{FIGURE}" for href in made["about"])
    assert "Where the figure came from then" in dict(made["facts"])
    ((mark, why),) = page(client.get(f"/figures?{FIGURE}"))["decided"]
    assert (mark.word, why.href, why.text) == (
        "Disputed",
        "/work/1",
        "November: sid says that it is wrong; open",
    )
    for where in (f"/figures?{FIGURE}", "/metrics/resolved_rate"):
        lines = page(client.get(where))["work"].lines
        assert [(one.item.text, one.item.href) for one in lines] == [("November", "/work/1")]
    assert [o.name for o in seen(client, "zoe", "/work/1")["steps"] if o.allowed] == []
    owner = seen(client, "service-desk", "/work/1")
    assert [o.name for o in owner["steps"] if o.allowed] == ["take"]
    send(client, "/work/1/act", step="take", person="service-desk")
    blind = send(
        client, "/work/1/act", step="settle", person="service-desk", **{"field.grounds": "rows agree"}
    )
    assert "recomputation" in blind["failed"]
    looked = send(client, "/work/1/recompute", person="service-desk")
    assert looked["looked"].startswith("The rows give what is published")
    assert "It comes from the same files by the same definition" in looked["looked"]
    half = send(
        client, "/work/1/act", step="settle", person="service-desk", **{"field.grounds": "rows agree"}
    )
    assert "Outcome (outcome) is missing" in half["failed"]
    settle = next(one for one in half["steps"] if one.name == "settle")
    assert {f.name: f.value for f in settle.fields}["grounds"] == "rows agree"  # what was typed is kept
    done = send(
        client, "/work/1/act", step="settle", person="service-desk",
        **{"field.grounds": "rows agree", "field.outcome": "the figure stands"},
    )  # fmt: skip
    assert done["mark"].word == "Settled"
    told = seen(client, "sid", "/work")
    assert [one.text.text for one in told["told"]] == ["November: Settled", "Given to you: November"]
    assert [one.item.text for one in told["lines"]] == ["November"]
    assert send(client, "/work/1/act", step="accept", person="sid")["over"]
    assert page(client.get(f"/figures?{FIGURE}"))["decided"] == ()
    with space.ledger.read() as reader:
        assert verify(reader) == []


@pytest.mark.thorough
def test_what_people_write_stays_text(client: TestClient) -> None:
    hostile = "<script>alert(1)</script>\n<img src=x onerror=alert(1)>"
    dispute(client, hostile)
    client.post("/work/1/comment", data={"token": token(client, "sid"), "text": hostile})
    html = client.get("/work/1").text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    assert "November" in client.get("/work/all?q=onerror").text


@pytest.mark.thorough
def test_a_file_comes_back_as_a_file(client: TestClient, space: Workspace) -> None:
    dispute(client)
    sent = {"token": token(client, "sid")}
    for name, data, kept in (
        ("chart.png", PNG, True),
        ('../../Grüße "x".txt', b"ein Text\n", True),
        ("chart.png", PNG, False),
        ("page.png", b"<!DOCTYPE html><script>alert(1)</script>", False),
        ("macro.docx", b"PK\x03\x04nothing", False),
        ("program.pdf", b"\x7fELF\x02\x01", False),
        ("empty.txt", b"", False),
    ):
        found = page(client.post("/work/1/attach", data=sent, files={"file": (name, data)}))
        assert bool(found["failed"]) != kept, name
    assert [one.file.text for one in found["files"]] == [
        "chart.png",
        "Grüße %22x%22.txt",
    ]  # browsers write it so
    got = client.get(found["files"][0].file.href)
    assert (got.content, got.headers["content-type"]) == (PNG, "image/png")
    assert got.headers["content-disposition"].startswith("attachment;")
    assert "default-src 'none'" in got.headers["content-security-policy"]
    assert got.headers["x-content-type-options"] == "nosniff"
    place = next((space.home.root / "attachments").rglob("*.*"), None)
    assert place is None  # kept by its hash alone: no name of anybody's choosing is on disk
    whole = next(
        p for p in (space.home.root / "attachments").rglob("*") if p.is_file() and p.read_bytes() == PNG
    )
    whole.write_bytes(b"changed")
    page(client.get(found["files"][0].file.href), 404)
    page(client.get("/work/1/files/" + "0" * 64), 404)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/work/1/act", {"step": "take"}),
        ("/work/1/comment", {"text": "x"}),
        ("/work/1/assign", {"to": "x"}),
        ("/work/1/recompute", {}),
        ("/work/open", {"workflow": "kpi_dispute"}),
    ],
)
def test_a_form_from_elsewhere_does_nothing(client: TestClient, path: str, given: dict[str, str]) -> None:
    dispute(client)
    events = len(page(client.get("/work/1"))["events"])
    page(client.post(path, data=given), 403)
    page(client.post(path, data={**given, "token": "x" * 43}), 403)
    headers = {"sec-fetch-site": "cross-site"}
    page(client.post(path, data={**given, "token": token(client, "sid")}, headers=headers), 403)
    client.cookies.clear()
    page(client.post(path, data={**given, "token": "x"}), 401)
    let_in(client, "vera", "viewer")
    assert client.post(path, data={**given, "token": "x"}).status_code == 403
    let_in(client, "sid")
    assert len(page(client.get("/work/1"))["events"]) == events


@pytest.mark.thorough
def test_too_much_is_refused_before_it_is_read_whole(client: TestClient) -> None:
    dispute(client)
    mine = {"token": token(client, "sid")}
    page(client.post("/work/1/comment", data={**mine, "text": "x" * 300_000}), 413)
    big = {"file": ("big.txt", b"x" * (10 * 1024 * 1024 + 200_000))}
    page(client.post("/work/1/attach", data=mine, files=big), 413)
    page(client.get("/work/9"), 404)


@pytest.mark.thorough
def test_items_are_found_by_text_and_links(client: TestClient) -> None:
    dispute(client, "a needle here")
    send(
        client,
        "/work/open",
        workflow="quarterly_review",
        metric="resolved_rate",
        title="Q1",
        person="service-desk",
    )
    found = page(client.get("/work/all?q=needle"))
    assert [one.item.text for one in found["lines"]] == ["November"]
    assert page(client.get("/work/all?kind=quarterly_review"))["count"] == "1 item"
    assert [one.item.text for one in page(client.get("/work/all?state=overdue"))["lines"]] == []
    assert (
        page(client.get("/work?person=Service%20Desk"))["summary"] == "2 items"
    )  # however the name is written
    assert seen(client, "zoe", "/work")["lines"] == ()
    for picker in found["pickers"]:
        for choice in picker.choices:
            assert client.get(choice.href).status_code == 200


@pytest.mark.thorough
def test_work_opens_on_a_finding(client: TestClient) -> None:
    findings = page(client.get("/findings?metric=resolved_rate"))["lines"]
    choice = page(client.get(findings[0].work))
    href = next(link.href for link, _ in choice["choices"] if "kpi_dispute" in link.href)
    form = page(client.get(href))
    given = dict(form["hidden"]) | {"title": "Odd", "field.claim": "no"}
    made = page(client.post(form["action"], data={"token": form["token"], **given}))
    assert {"figures", "findings", "metrics"} <= {re.split(r"[/?]", link.href)[1] for link in made["about"]}


@pytest.mark.thorough
def test_a_figure_that_somebody_is_not_shown_is_not_told_by_an_item_about_it(client: TestClient) -> None:
    dispute(client)
    send(client, "/work/1/recompute", person="sid")
    for person, role, shown in (
        ("ana", "analyst", True),
        ("adam", "administrator", True),
        ("nora", "", False),
    ):
        let_in(client, person, *([role] if role else []))
        if not role:
            ledger, _ = client.app.state.door  # type: ignore[attr-defined] # the pages, made by make_app
            with ledger.write(actor="tester") as writer:
                grant(writer, person, "analyst", known=["analyst"], unit="south")
        html = client.get("/work/1").text
        assert ("was 59" in html) == shown, person
        assert ("The rows give what is published" in html) == shown, person


@pytest.mark.thorough
def test_what_is_missing_is_asked_for(client: TestClient) -> None:
    form = page(client.get("/work/open?workflow=kpi_dispute"))
    assert [one.name for one in form["needs"]] == ["figure"]
    again = send(
        client, "/work/open", workflow="kpi_dispute", person="sid", figure="nonsense", **{"field.claim": "x"}
    )
    assert "not a figure's address" in again["failed"]
    assert [f.value for f in again["fields"] if f.name == "claim"] == ["x"]


def test_a_multipart_form_is_read_as_it_was_sent() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\ny\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="n.png"\r\nContent-Type: image/png\r\n\r\n'
        + PNG
        + b"\r\n--B--\r\n"
    )
    found = read(body, "multipart/form-data; boundary=B")
    assert (dict(found), [(f.name, f.data) for f in found.files]) == ({"a": "x\r\ny"}, [("n.png", PNG)])
    for broken in (b"", b"--B", b"--B\r\n\r\n", body[:40], b"--B--\r\n", b"\xff" * 100):
        read(broken, "multipart/form-data; boundary=B")
    assert dict(read(b"a=%C3%A4&b=1", "application/x-www-form-urlencoded")) == {"a": "ä", "b": "1"}
