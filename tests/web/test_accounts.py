"""My account, and people and access: forms that do what they say, for whom they may, and no further."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, Workspace, workspace
from leadline.governance import accounts, codes, passwords
from leadline.secret import Secret
from leadline.store.journal import verify
from tests.projects import quiet
from tests.web import small_company
from tests.web.door import entered, let_in, make_app
from tests.web.test_views import context

OLD, NEW = "correct horse battery staple", "a new one is long enough"


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = small_company.write(tmp_path_factory.mktemp("accounts") / "small")
    with workspace(root, actor="tester", clock=small_company.NOW) as opened:
        refresh(opened, small_company.NOW, quiet)
        with opened.ledger.write(actor="tester") as writer:
            accounts.add(writer, "anna")
            writer.people.add_credential("anna", "password", passwords.hashed(Secret(OLD), "anna"))
        yield opened


@pytest.fixture(scope="module")
def client(space: Workspace) -> Iterator[TestClient]:
    with entered(make_app(Latest(space), space.ledger, clock=small_company.NOW)) as asking:
        yield asking


def send(client: TestClient, path: str, **form: str) -> tuple[int, str]:
    token = re.search(r'name="token" value="([^"]+)"', client.get(path).text)
    assert token
    answer = client.post(path, data={"token": token[1], **form}, follow_redirects=False)
    return answer.status_code, answer.text


def account_of(space: Workspace, name: str) -> accounts.Account:
    with space.ledger.read() as reader:
        return accounts.account(reader, name)


@pytest.mark.thorough
def test_the_password_changes_only_with_the_present_one(space: Workspace, client: TestClient) -> None:
    let_in(client, "anna")
    wrong = {"act": "password", "present": "not the one", "new": NEW, "again": NEW}
    assert send(client, "/account", **wrong)[0] == 400
    assert send(client, "/account", **{**wrong, "present": OLD, "again": "another"})[0] == 400
    assert send(client, "/account", **{**wrong, "present": OLD, "new": "short", "again": "short"})[0] == 400
    assert send(client, "/account", **{**wrong, "present": OLD})[0] == 303
    with space.ledger.read() as reader:
        (kept,) = accounts.live(reader, accounts.account(reader, "anna"), "password")
        open_ = [one for one in reader.people.sessions("anna") if one.ended_at is None]
    assert passwords.holds(Secret(NEW), kept.secret)
    assert len(open_) == 1, "the session that changed it goes on"


def test_a_device_is_asked_for_once_it_has_shown_a_code(space: Workspace, client: TestClient) -> None:
    let_in(client, "anna")
    status, page = send(client, "/account", act="device")
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)
    assert status == 200
    assert secret
    assert "<svg" in page
    assert send(client, "/account", act="confirm", secret=secret[1], code="000000")[0] == 400
    step = int(datetime.now(UTC).timestamp()) // codes.STEP
    code = codes.hotp(base64.b32decode(secret[1]), step)
    status, shown = send(client, "/account", act="confirm", secret=secret[1], code=code)
    given = re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", shown)
    assert (status, len(given)) == (200, codes.RECOVERY)
    with space.ledger.read() as reader:
        kept = accounts.live(reader, accounts.account(reader, "anna"), "recovery")
        assert [one.secret for one in kept] == [codes.recovery_hash(one) for one in given]
        assert verify(reader) == []
    assert given[0] not in client.get("/account").text


@pytest.mark.thorough
def test_a_token_is_shown_once_and_opens_until_it_is_revoked(space: Workspace, client: TestClient) -> None:
    let_in(client, "anna", "viewer")
    assert send(client, "/account", act="token", scopes="everything", days="9")[0] == 400
    assert send(client, "/account", act="token", scopes="metrics:metric:read", days="999")[0] == 400
    status, shown = send(
        client, "/account", act="token", label="robot", scopes="metrics:metric:read", days="9"
    )
    token = re.search(r"ll_[\w-]{40,}", shown)
    assert status == 200
    assert token
    assert token[0] not in client.get("/account").text
    with entered(client.app) as program:  # type: ignore[arg-type]  # what make_app gave
        program.cookies.clear()
        bearer = {"authorization": f"Bearer {token[0]}"}
        assert program.get("/metrics", headers=bearer).status_code == 200
        assert program.get("/", headers=bearer).status_code == 403
        assert program.get("/account", headers=bearer).status_code == 403
        assert program.post("/account", headers=bearer, data={"act": "everywhere"}).status_code == 403
        with space.ledger.read() as reader:
            (kept,) = accounts.live(reader, accounts.account(reader, "anna"), "token")
        assert send(client, "/account", act="revoke", number=str(kept.number))[0] == 303
        assert program.get("/metrics", headers=bearer).status_code == 401


def test_signing_out_everywhere_else_leaves_this_session(client: TestClient) -> None:
    let_in(client, "anna")
    with entered(client.app) as other:  # type: ignore[arg-type]  # what make_app gave
        let_in(other, "anna")
        assert other.get("/account").status_code == 200
        assert send(client, "/account", act="everywhere")[0] == 303
        assert other.get("/account", follow_redirects=False).status_code == 303
    assert client.get("/account").status_code == 200


@pytest.mark.thorough
def test_an_administrator_adds_grants_and_locks(space: Workspace, client: TestClient) -> None:
    let_in(client, "boss", "administrator")
    assert send(client, "/people", act="add", person="ben", title="Ben", password=OLD)[0] == 303
    assert send(client, "/people", act="grant", person="ben", role="team_lead", unit="north")[0] == 303
    assert send(client, "/people", act="grant", person="ben", role="king")[0] == 404
    assert send(client, "/people", act="grant", person="ben", role="viewer", unit="atlantis")[0] == 404
    (grant,) = account_of(space, "ben").grants
    assert (grant.role, grant.unit, grant.by) == ("team_lead", "north", "boss")
    why = client.get("/people?q=ben&kind=metrics:figure:read&unit=south").text
    assert "ben may not metrics:figure:read: role team_lead for north and below" in why
    assert send(client, "/people", act="lock", person="ben", because="Left.")[0] == 303
    assert account_of(space, "ben").locked == "Left."


def test_nobody_gives_more_than_is_held(space: Workspace, client: TestClient) -> None:
    """Who administers a unit gives roles there, not elsewhere, and not everywhere."""
    with space.ledger.write(actor="tester") as writer:
        accounts.add(writer, "local")
        accounts.grant(writer, "local", "administrator", unit="north", known=["administrator"])
    let_in(client, "local")
    escalation = {"act": "grant", "person": "local", "role": "administrator"}
    assert send(client, "/people", **escalation)[0] == 403
    assert send(client, "/people", **escalation, unit="south")[0] == 403
    assert send(client, "/people", act="add", person="mole", password=OLD)[0] == 403
    assert send(client, "/people", act="lock", person="boss")[0] == 403
    assert send(client, "/people", act="grant", person="anna", role="viewer", unit="north")[0] == 303
    assert [(g.role, g.unit) for g in account_of(space, "local").grants] == [("administrator", "north")]


def test_a_lead_sees_the_led_unit_and_no_other(space: Workspace, client: TestClient) -> None:
    with space.ledger.write(actor="tester") as writer:
        accounts.add(writer, "lead")
        accounts.grant(writer, "lead", "team_lead", unit="north", known=["team_lead"])
    let_in(client, "lead")
    page = context(client, "/")
    assert page["unit"].current == "North"
    assert [link.text for link in page["unit"].choices] == ["North"]
    assert client.get("/metrics/nps?unit=south").status_code == 403
    assert client.get("/figures?metric=nps&period=2026-01&unit=south").status_code == 403
    elsewhere = context(client, "/?unit=south")["perspectives"]
    shown = [row.figure.value for p in elsewhere for o in p.objectives for row in o.measures]
    assert shown
    assert set(shown) == {""}
    assert (
        context(client, "/metrics/nps")["sentence"] == context(client, "/metrics/nps?unit=north")["sentence"]
    )
    for line in context(client, "/findings")["lines"]:
        assert "North" in line.where, line


def test_what_personal_data_were_shown_to_whom_is_told(space: Workspace, client: TestClient) -> None:
    def told() -> list[tuple[str, str]]:
        with space.ledger.read() as reader:
            return [(row.actor, row.subject) for row in reader.notes("see_personal_data")]

    let_in(client, "ana", "analyst")
    before = told()
    closed = client.get("/sources/contacts")
    assert "To see them needs the permission ingest:row:read" in closed.text
    assert told() == before
    let_in(client, "stew", "steward")
    assert client.get("/sources/contacts").status_code == 200
    assert told() == [*before, ("stew", "source:contacts")]


@pytest.mark.thorough
def test_personal_data_are_not_shown_where_it_cannot_be_told(
    space: Workspace, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(client, "stew", "steward")
    monkeypatch.setattr("leadline.app.web.guests.sessions.SEEN", sessions_never())
    with space.ledger.write(actor="somebody else"):
        page = client.get("/sources/contacts")
        assert page.status_code == 503
        assert "h1,2026" not in page.text
        assert client.get("/sources").status_code == 200, "what shows no personal data stays readable"


def sessions_never() -> timedelta:
    return timedelta(days=999)
