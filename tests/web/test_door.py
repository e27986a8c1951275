"""The door: who comes in, by what, and what a browser is given; and that nothing of it can be planted or guessed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from leadline.app.web import create_app
from leadline.app.web.guests import Host, Key
from leadline.app.web.signing import within
from leadline.errors import NothingPublished
from leadline.governance import accounts, passwords, sessions
from leadline.metrics.published import Published
from leadline.secret import Secret
from leadline.store.ledger import Ledger
from tests import ledgers
from tests.web.door import LOCAL

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an account that lives as long as a test
GUESS = "wrong but typed"
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_is = NOW

    def now(self) -> datetime:
        """Give the instant that the test set."""
        return self.now_is


def nothing() -> Published:
    raise NothingPublished("Nothing has been published in this project yet.")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def ledger(tmp_path: Path, watch: Watch) -> Iterator[Ledger]:
    opened = Ledger(ledgers.empty(tmp_path / "ledger.sqlite"), watch)
    yield opened
    opened.close()


@pytest.fixture
def anna(ledger: Ledger) -> str:
    """An account with a password and the role of a viewer."""
    with ledger.write(actor="setup") as writer:
        accounts.add(writer, "anna", title="Anna Okafor")
        writer.people.add_credential("anna", "password", passwords.hashed(Secret(PASSWORD), "anna"))
        accounts.grant(writer, "anna", "viewer", known=["viewer"])
    return "anna"


def client_of(
    ledger: Ledger, watch: Watch, *, key: Key | None = None, host: Host | None = None
) -> TestClient:
    app = create_app(nothing, ledger, watch=watch, key=key, host=host)
    return TestClient(app, base_url="https://127.0.0.1:8750" if host else LOCAL, follow_redirects=False)


@pytest.fixture
def client(ledger: Ledger, watch: Watch, anna: str) -> Iterator[TestClient]:
    assert anna
    with client_of(ledger, watch) as asking:
        yield asking


def form(client: TestClient, path: str = "/sign-in") -> dict[str, str]:
    found = re.search(r'name="token" value="([^"]+)"', client.get(path).text)
    assert found
    return {"token": found[1], "name": "anna", "password": PASSWORD}


def sign_in(client: TestClient, **changed: str) -> Response:
    return client.post("/sign-in", data={**form(client), **changed})  # type: ignore[return-value]  # httpx's, alike


@pytest.mark.thorough
def test_nobody_sees_a_page_before_signing_in(client: TestClient) -> None:
    found = client.get("/metrics?q=nps")
    assert (found.status_code, found.headers["location"]) == (303, "/sign-in?then=%2Fmetrics%3Fq%3Dnps")
    assert client.post("/identity/who/pair", data={"say": "one"}).status_code == 401
    assert client.get("/", headers={"authorization": "Bearer ll_guess"}).status_code == 401
    shown = client.get("/nowhere")
    assert shown.status_code == 404
    assert "/definitions" not in shown.text


@pytest.mark.thorough
def test_the_right_password_opens_a_new_session_and_the_way_back(client: TestClient) -> None:
    opened = sign_in(client, then="/metrics?q=nps")
    assert (opened.status_code, opened.headers["location"]) == (303, "/metrics?q=nps")
    cookie = next(c for c in opened.headers.get_list("set-cookie") if c.startswith("leadline_session_8750="))  # type: ignore[attr-defined]  # httpx's
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert client.get("/metrics").status_code == 503, "signed in; nothing is published"


@pytest.mark.thorough
def test_behind_https_cookies_are_bound_to_the_host_and_to_https(
    ledger: Ledger, watch: Watch, anna: str
) -> None:
    with client_of(ledger, watch, host=Host(behind_https=True)) as asking:
        opened = sign_in(asking)
        assert anna
    made = opened.headers.get_list("set-cookie")  # type: ignore[attr-defined]  # httpx's
    session = next(c for c in made if c.startswith("__Host-leadline_session="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(session.split("; "))


@pytest.mark.thorough
@pytest.mark.parametrize(
    "changed",
    [{"password": "wrong horse battery staple"}, {"name": "nobody"}, {"name": "anna@"}, {"password": ""},
     {"password": "x" * 9000}, {"name": "' or 1=1 --"}, {"code": "000000", "password": "no"}],
)  # fmt: skip
def test_what_is_wrong_is_not_said(client: TestClient, changed: dict[str, str]) -> None:
    refused = sign_in(client, **changed)
    assert refused.status_code == 403
    assert "Name, password and code do not fit together." in refused.text
    assert PASSWORD not in refused.text
    assert client.get("/").status_code == 303


@pytest.mark.thorough
def test_an_unknown_name_is_checked_against_a_hash_as_well(
    monkeypatch: pytest.MonkeyPatch, client: TestClient
) -> None:
    checked: list[str | None] = []
    holds = passwords.holds
    monkeypatch.setattr(passwords, "holds", lambda given, kept: checked.append(kept) or holds(given, kept))
    sign_in(client, name="nobody")
    sign_in(client, password=GUESS)
    assert [kept is None for kept in checked] == [True, False]
    assert passwords._nobodys().split("$")[1:4] == str(checked[1]).split("$")[1:4], "the same work for both"


@pytest.mark.thorough
def test_a_session_that_was_planted_is_not_the_one_that_opens(client: TestClient, ledger: Ledger) -> None:
    client.cookies.set("leadline_session_8750", "planted", domain="127.0.0.1")
    sign_in(client)
    with ledger.read() as reader:
        assert reader.people.session(sessions.kept("planted")) is None
        (made,) = reader.people.sessions("anna")
    assert client.cookies["leadline_session_8750"] != "planted"
    assert made.id == sessions.kept(client.cookies["leadline_session_8750"])


@pytest.mark.thorough
def test_signing_in_again_makes_another_session_and_ends_the_first(
    client: TestClient, ledger: Ledger
) -> None:
    sign_in(client)
    first = client.cookies["leadline_session_8750"]
    page = TestClient(client.app, base_url=LOCAL, follow_redirects=False)
    data = form(page)
    page.cookies.set("leadline_session_8750", first)
    page.post("/sign-in", data=data)
    with ledger.read() as reader:
        assert [s.ended_at is None for s in reader.people.sessions("anna")] == [False, True]


@pytest.mark.thorough
@pytest.mark.parametrize("changed", [{"token": ""}, {"token": "guess"}, {}])
def test_the_door_takes_only_its_own_form(client: TestClient, changed: dict[str, str]) -> None:
    data = {**form(client), **changed}
    if not changed:
        client.cookies.clear()  # a form from elsewhere brings a token, and the browser no cookie of ours
    assert client.post("/sign-in", data=data).status_code == 403
    with TestClient(client.app, base_url=LOCAL) as other:
        stolen = {**form(client)}
        assert other.post("/sign-in", data=stolen).status_code == 403


@pytest.mark.parametrize("header", [{"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}])
def test_the_door_takes_no_form_from_elsewhere(client: TestClient, header: dict[str, str]) -> None:
    assert client.post("/sign-in", data=form(client), headers=header).status_code == 403


@pytest.mark.thorough
def test_a_form_of_one_session_does_not_serve_another(client: TestClient) -> None:
    sign_in(client)
    token = sessions.form_token(client.cookies["leadline_session_8750"])
    with TestClient(client.app, base_url=LOCAL, follow_redirects=False) as other:
        sign_in(other)
        assert other.post("/sign-out", data={"token": token}).status_code == 403
        assert other.get("/").status_code == 503, "still signed in"
        assert client.post("/sign-out", data={"token": token}).status_code == 303
        assert client.get("/").status_code == 303, "signed out"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "then",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "", "/a\\b", "/\tx",
     "\\\\evil", "/sign-in", "/sign-out", "///evil.example", "http:evil"],
)  # fmt: skip
def test_the_way_back_stays_here(client: TestClient, then: str) -> None:
    assert within(then) == "/"
    assert sign_in(client, then=then).headers["location"] == "/"


@pytest.mark.thorough
def test_a_session_ends_when_it_is_idle_and_at_last_in_any_case(client: TestClient, watch: Watch) -> None:
    sign_in(client)
    watch.now_is += sessions.IDLE - timedelta(minutes=1)
    assert client.get("/").status_code == 503
    watch.now_is += sessions.IDLE - timedelta(minutes=1)
    assert client.get("/").status_code == 503, "being used keeps it open"
    watch.now_is += sessions.IDLE + timedelta(minutes=1)
    assert client.get("/").status_code == 303
    sign_in(client)
    for _ in range(7):
        watch.now_is += sessions.IDLE - timedelta(minutes=10)
    assert client.get("/").status_code == 303


@pytest.mark.thorough
def test_locking_an_account_ends_its_sessions_at_once(client: TestClient, ledger: Ledger) -> None:
    sign_in(client)
    with ledger.write(actor="boss") as writer:
        accounts.lock(writer, "anna", "left the company")
    assert client.get("/").status_code == 303
    assert sign_in(client).status_code == 403


@pytest.mark.thorough
def test_guessing_is_slowed_down_and_shuts_nobody_out_for_good(client: TestClient, watch: Watch) -> None:
    sign_in(client)  # this browser is known from now on
    client.cookies.delete("leadline_session_8750")
    with TestClient(client.app, base_url=LOCAL, follow_redirects=False) as stranger:
        answers = [sign_in(stranger, password=f"guess {n}").status_code for n in range(8)]
        assert answers == [403] * 5 + [429] * 3
        assert sign_in(stranger).status_code == 429, "the right password has to wait too"
        assert sign_in(client).status_code == 303, "a browser that was here before has a count of its own"
        watch.now_is += timedelta(minutes=15)
        assert sign_in(stranger).status_code == 303


@pytest.mark.thorough
def test_waits_last_over_a_restart_and_hold_for_every_server(
    client: TestClient, ledger: Ledger, watch: Watch
) -> None:
    for n in range(3):
        assert sign_in(client, password=f"guess {n}").status_code == 403
    with client_of(ledger, watch) as second:
        assert [sign_in(second, password=f"guess {n}").status_code for n in range(3)] == [403, 403, 429]
        assert sign_in(second).status_code == 429
    with client_of(ledger, watch) as restarted:
        assert sign_in(restarted).status_code == 429, "the right password has to wait too, at any server"
        watch.now_is += timedelta(minutes=15)
        assert sign_in(restarted).status_code == 303
    with client_of(ledger, watch) as third:
        assert sign_in(third, password=GUESS).status_code == 403
        assert sign_in(third).status_code == 303, "who came in begins anew"
    with ledger.read() as reader:
        assert len(reader.journal(None, verb="sign_in_passed")) == 2
        told = "".join(f"{row.after}" for row in reader.journal(None))
    assert "guess" not in told
    assert GUESS not in told


def test_the_key_leads_in_once_as_administrator(ledger: Ledger, watch: Watch) -> None:
    key = Key("olga")
    with client_of(ledger, watch, key=key) as asking:
        assert "Open the address that the server printed" in asking.get("/sign-in").text
        assert asking.get("/sign-in/key?key=guess").status_code == 403
        assert asking.get(f"/sign-in/key?key={key.value}").headers["location"] == "/"
        assert asking.get("/metrics").status_code == 503
        assert TestClient(asking.app, base_url=LOCAL).get(f"/sign-in/key?key={key.value}").status_code == 403
        with client_of(ledger, watch, key=Key("olga")) as restarted:
            restarted.cookies.update(asking.cookies)
            assert restarted.get("/metrics").status_code == 303, "a session by key ends with its server"
    with ledger.read() as reader:
        told = "".join(f"{row.subject}{row.before}{row.after}" for row in reader.journal())
    assert key.value not in told


def test_where_there_are_accounts_a_key_leads_nowhere(ledger: Ledger, watch: Watch, anna: str) -> None:
    key = Key("olga")
    with client_of(ledger, watch, key=key) as asking:
        assert anna
        assert asking.get(f"/sign-in/key?key={key.value}").status_code == 403


@pytest.mark.thorough
def test_nothing_secret_is_in_the_journal_or_in_a_page(
    client: TestClient, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        sign_in(client)
        with TestClient(client.app, base_url=LOCAL) as other:
            assert GUESS not in sign_in(other, password=GUESS).text
    with ledger.read() as reader:
        told = "".join(f"{row.subject}{row.before}{row.after}" for row in reader.journal(None))
        (kept,) = reader.people.credentials("anna", kind="password")
    for secret in (PASSWORD, GUESS, kept.secret, client.cookies["leadline_session_8750"]):
        assert secret not in told
        assert secret not in caplog.text
    assert "argon2" not in repr(kept)
    assert kept.secret.startswith("$argon2id$")
