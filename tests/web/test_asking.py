"""Who is denied something asks for it on the page; somebody else grants it on the work item, as far as they may."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from leadline.app.access_requests import granting
from leadline.app.refresh import refresh
from leadline.app.web.routes import FORMS, ROUTES
from leadline.app.wiring import Latest, Workspace, workspace
from leadline.app.work import Office
from leadline.catalog.definitions.workflow import Effect
from leadline.errors import AccessError
from leadline.governance import accounts
from leadline.store.journal import verify
from leadline.workflow import Item, item
from tests.projects import quiet
from tests.web import small_company
from tests.web.door import entered, let_in, make_app
from tests.web.test_matrix import holds, path_of

TODAY = datetime.now(UTC).date()
LATER = (TODAY + timedelta(days=40)).isoformat()


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = small_company.write(tmp_path_factory.mktemp("asking") / "small")
    with workspace(root, actor="tester") as opened:
        refresh(opened, small_company.NOW, quiet)
        with opened.ledger.write(actor="tester") as writer:
            for name, role, unit in (("adam", "administrator", None), ("nora", "administrator", "north")):
                accounts.add(writer, name)
                accounts.grant(writer, name, role, unit=unit, known=[role])
        yield opened


@pytest.fixture(scope="module")
def client(space: Workspace) -> Iterator[TestClient]:
    with entered(make_app(Latest(space), space.ledger)) as asking:
        yield asking


def send(client: TestClient, page: str, path: str = "", **form: str) -> tuple[int, str]:
    token = re.search(r'name="token" value="([^"]+)"', client.get(page).text)
    assert token
    answer = client.post(path or page, data={"token": token[1], **form}, follow_redirects=False)
    return answer.status_code, answer.text


def ask(client: TestClient, name: str, **form: str) -> tuple[int, str]:
    let_in(client, name)
    return send(client, "/access", **{"role": "analyst", "purpose": "Quarterly review", **form})


def latest(space: Workspace, name: str) -> Item:
    with space.ledger.read() as reader:
        numbers = [one.number for one in reader.work.items() if one.opened_by == name]
        return item(reader, max(numbers))


def take(client: TestClient, name: str, number: int, step: str, **form: str) -> tuple[int, str]:
    let_in(client, name)
    return send(client, f"/work/{number}", f"/work/{number}/act", step=step, **form)


def grants(space: Workspace, name: str) -> list[tuple[str, str | None, date | None, str]]:
    with space.ledger.read() as reader:
        return [(g.role, g.unit, g.until, g.by) for g in accounts.account(reader, name).grants]


def test_from_a_closed_page_to_an_open_one(space: Workspace, client: TestClient) -> None:
    let_in(client, "vera", "viewer")
    denied = client.get("/sources")
    assert denied.status_code == 403
    assert 'href="/access?kind=ingest%3Asource%3Aread"' in denied.text
    form = client.get("/access?kind=ingest%3Asource%3Aread").text
    assert "You lack ingest:source:read (see what came in from each source, counted)" in form
    offered = re.findall(r'<option value="(\w+)"', form.split('name="role"')[1].split("</select>")[0])
    assert offered[0] == "analyst", "roles for many stand first"
    assert "viewer" not in offered
    assert send(client, "/access", role="analyst", purpose="Quarterly review", until=LATER)[0] == 303
    number = latest(space, "vera").number
    assert "Analyst" not in "".join(str(g) for g in grants(space, "vera"))
    assert take(client, "adam", number, "grant")[0] == 303
    assert grants(space, "vera")[-1] == ("analyst", None, date.fromisoformat(LATER), "adam")
    let_in(client, "vera")
    assert client.get("/sources").status_code == 200
    assert "Granted" in client.get("/access").text
    with space.ledger.read() as reader:
        (row,) = [
            r
            for r in reader.journal(None, verb="change_person")
            if f"access_request {number}: " in str(r.after)
        ]
        assert row.actor == "adam"
        assert verify(reader) == []


def test_who_has_no_role_at_all_can_ask(space: Workspace, client: TestClient) -> None:
    assert ask(client, "nick")[0] == 303
    number = latest(space, "nick").number
    assert ask(client, "nick")[1].count("You have asked for this already.") == 1
    assert take(client, "adam", number, "refuse", **{"field.reason": "Not needed for that."})[0] == 303
    assert grants(space, "nick") == []
    let_in(client, "nick")
    assert "Not needed for that." in client.get("/access").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"role": "king"}, "There is no role"),
        ({"role": ""}, "There is no role"),
        ({"role": "<b>"}, "&lt;b&gt;"),
        ({"unit": "moon"}, "There is no unit"),
        ({"until": "soon"}, "That is no day"),
        ({"until": "2001-01-01"}, "is not over yet"),
        ({"purpose": ""}, "What for"),
    ],
)
def test_rubbish_is_refused_and_opens_nothing(
    space: Workspace, client: TestClient, form: dict[str, str], said: str
) -> None:
    with space.ledger.read() as reader:
        before = len(reader.work.items())
    status, page = ask(client, "rita", **form)
    assert (status, said in page) == (200, True)
    with space.ledger.read() as reader:
        assert len(reader.work.items()) == before


def test_nobody_grants_an_own_request(space: Workspace, client: TestClient) -> None:
    assert ask(client, "adam", role="steward")[0] == 303
    found = latest(space, "adam")
    status, page = take(client, "adam", found.number, "grant")
    assert status == 200
    assert "adam may not" in page
    office = Office.within(space)
    with space.ledger.write(actor="adam") as writer, pytest.raises(AccessError, match="own request"):
        granting(office.catalog, office.people)(writer, found, Effect(do="grant_access"))
    assert [role for role, *_ in grants(space, "adam")] == ["administrator"]


@pytest.mark.thorough
def test_who_gives_roles_in_one_unit_gives_none_elsewhere(space: Workspace, client: TestClient) -> None:
    for unit, allowed in (("north", True), ("south", False), ("", False)):
        assert ask(client, "uma", role="team_lead", unit=unit)[0] == 303
        found = latest(space, "uma")
        status, page = take(client, "nora", found.number, "grant")
        assert status == (303 if allowed else 200), unit
        office = Office.within(space)
        if not allowed:
            assert "nora may not" in page
            with (
                space.ledger.write(actor="nora") as writer,
                pytest.raises(AccessError, match="not give this role"),
            ):
                granting(office.catalog, office.people)(writer, found, Effect(do="grant_access"))
    assert [(role, unit) for role, unit, *_ in grants(space, "uma")] == [("team_lead", "north")]


def test_a_token_asks_for_nothing(space: Workspace, client: TestClient) -> None:
    from leadline.governance import sessions

    let_in(client, "vera")
    until = datetime.now(UTC) + timedelta(hours=1)
    token = sessions.new_token(space.ledger, "vera", actor="vera", label="", scopes=("*:*:*",), until=until)
    client.cookies.clear()
    assert client.get("/access", headers={"authorization": f"Bearer {token}"}).status_code == 403


# ------------------------------------------------------------------ roles that are held for a unit

ROLES = ("viewer", "analyst", "kpi_owner", "steward", "team_lead", "board_member", "auditor", "administrator")


def refused(text: str) -> bool:
    return "This needs the permission" in text


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES)
def test_a_role_for_a_unit_opens_no_page_and_no_form_of_the_company(
    space: Workspace, client: TestClient, role: str
) -> None:
    name = f"only_{role}"
    let_in(client, name)
    with space.ledger.write(actor="tester") as writer:
        accounts.grant(writer, name, role, unit="north", known=[role])
    for route in ROUTES:
        answer = client.get(path_of(route), follow_redirects=False)
        may = holds(role, route.permission) and not route.company
        assert refused(answer.text) != may, f"{role} for north GET {route.path}: {answer.status_code}"
    token = re.search(r'name="token" value="([^"]+)"', client.get("/account").text)
    assert token
    for form in FORMS:
        for unit in ("", "south"):
            answer = client.post(
                path_of(form), data={"token": token[1], "unit": unit}, follow_redirects=False
            )
            may = holds(role, form.permission) and form.reach == "itself"
            assert refused(answer.text) != may, (
                f"{role} for north POST {form.path} of {unit or 'the company'}"
            )
        if form.reach == "unit":
            answer = client.post(
                path_of(form), data={"token": token[1], "unit": "north"}, follow_redirects=False
            )
            assert refused(answer.text) != holds(role, form.permission), f"{role} for north POST {form.path}"
