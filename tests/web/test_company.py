"""Signing in by the company: through a certified provider that the test starts, and through one that lies."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.testclient import TestClient

from leadline.app.company.provider import Provider
from leadline.app.web import create_app
from leadline.catalog.definitions import SignIn
from leadline.errors import AccessError, NothingPublished
from leadline.governance import accounts, passwords
from leadline.governance.accounts import COMPANY
from leadline.metrics.published import Published
from leadline.secret import Secret
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from tests.web import company_signs_in as company
from tests.web.door import LOCAL

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an account that lives as long as a test


class Watch:
    """The real time, which a test moves on."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def now(self) -> datetime:
        """Give the present instant, so much later."""
        return datetime.now(UTC) + self.later


def nothing() -> Published:
    raise NothingPublished("Nothing has been published in this project yet.")


def rules(address: str, **changed: Any) -> SignIn:
    said = {
        "issuer": address, "client": company.CLIENT, "title": "Acme login", "accounts": "new",
        "scopes": ["openid", "profile", "email", "groups"],
        "roles": [{"group": "kpi", "role": "analyst"}, {"group": "lead", "role": "team_lead", "unit": "north"}],
    }  # fmt: skip
    return SignIn.model_validate({**said, **changed})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[company.Running]:
    """A certified provider."""
    with company.provider(tmp_path_factory.mktemp("company")) as started:
        yield started


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one account of its own: there is somebody who looks after it."""
    file = tmp_path_factory.mktemp("template") / "ledger.sqlite"
    opened = Ledger(f"sqlite:///{file}", Watch())
    with opened.write(actor="setup") as writer:
        accounts.add(writer, "olga")
        writer.people.add_credential("olga", "password", passwords.hashed(Secret(PASSWORD), "olga"))
    opened.close()
    return file


@pytest.fixture
def ledger(tmp_path: Path, template: Path, watch: Watch) -> Iterator[Ledger]:
    """A copy of it."""
    opened = Ledger(f"sqlite:///{shutil.copy(template, tmp_path / 'ledger.sqlite')}", watch)
    yield opened
    opened.close()


Pages = Callable[..., TestClient]


@pytest.fixture
def pages(ledger: Ledger, watch: Watch) -> Pages:
    """Make the pages of a project that declares a company's sign-in."""

    def made(issuer: str, **changed: Any) -> TestClient:
        by = Provider(rules(issuer, **changed), Secret(company.SECRET))
        return TestClient(
            create_app(nothing, ledger, watch=watch, provider=by), base_url=LOCAL, follow_redirects=False
        )

    return made


def account_of(ledger: Ledger, name: str) -> accounts.Account:
    with ledger.read() as reader:
        return accounts.account(reader, name)


def told(ledger: Ledger, verb: str) -> list[dict[str, Any]]:
    """Give what the journal says of a verb, in order."""
    with ledger.read() as reader:
        rows = reader.journal(None)[::-1]
    return [dict(json.loads(row.after or "{}"), actor=row.actor) for row in rows if row.verb == verb]


def test_somebody_of_the_company_comes_in_with_the_roles_of_their_groups(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    running.people()
    asking = pages(running.issuer)
    door = asking.get("/sign-in?then=/metrics").text
    assert "Sign in with Acme login" in door
    came = company.through(asking, "u-17", "/metrics?q=nps")
    assert (came.status_code, came.headers["location"]) == (303, "/metrics?q=nps")
    assert asking.get("/metrics").status_code == 503, "signed in; nothing is published"
    anna = account_of(ledger, "anna")
    assert (anna.title, anna.links) == ("Anna Okafor", frozenset({(running.issuer, "u-17")}))
    assert [(g.role, g.unit, g.by) for g in anna.grants] == [("analyst", None, COMPANY)]
    with ledger.read() as reader:
        assert [one.how for one in reader.people.sessions("anna")] == ["company"]
        assert verify(reader) == []


def test_roles_follow_the_groups_at_each_sign_in_and_the_journal_says_so(
    running: company.Running, pages: Pages, ledger: Ledger, watch: Watch
) -> None:
    asking = pages(running.issuer)
    running.people()
    company.through(asking, "u-17")
    with ledger.write(actor="olga") as writer:
        accounts.grant(writer, "anna", "viewer", known=["viewer"])
    running.people(u_17={**company.PEOPLE["u-17"], "groups": ["lead", "others"]})
    company.through(asking, "u-17")
    held = [(g.role, g.unit, g.by) for g in account_of(ledger, "anna").grants]
    assert held == [("viewer", None, "olga"), ("team_lead", "north", COMPANY)], "what a person gave stays"
    changes = [one for one in told(ledger, "change_person") if one["person"] == "anna"]
    assert [(one["verb"], one["actor"], one["said"].get("because")) for one in changes] == [
        ("added", COMPANY, None),
        ("linked", COMPANY, None),
        ("granted", COMPANY, "group kpi"),
        ("granted", "olga", None),
        ("revoked", COMPANY, "the company's groups bring it no longer"),
        ("granted", COMPANY, "group lead"),
    ]
    company.through(asking, "u-17")
    assert len([one for one in told(ledger, "change_person") if one["person"] == "anna"]) == 6, (
        "nothing new, nothing said"
    )
    (lead,) = [g for g in account_of(ledger, "anna").grants if g.source == COMPANY]
    assert lead.until is not None
    assert timedelta(29) <= lead.until - watch.now().date() <= timedelta(30), (
        "it ends when nobody comes to confirm it"
    )
    running.people()


@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
def test_other_algorithms_of_the_list_count(tmp_path: Path, pages: Pages, algorithm: str) -> None:
    with company.provider(tmp_path, algorithm=algorithm, conform=False) as other:
        assert company.through(pages(other.issuer), "u-17").status_code == 303
        refused = company.through(pages(other.issuer, algorithms=["RS256"]), "u-17")
        assert refused.status_code == 403
        assert "company-token" in refused.text


def test_nobody_is_linked_by_a_name_or_an_address(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    running.people()
    with ledger.write(actor="setup") as writer:
        accounts.add(writer, "anna", title="Anna Okafor")
        accounts.grant(writer, "anna", "administrator", known=["administrator"])
        accounts.add(writer, "anna@example.com")
    asking = pages(running.issuer)
    refused = company.through(asking, "u-17")
    assert refused.status_code == 403
    assert "company-taken" in refused.text
    assert asking.get("/metrics").status_code == 303, "nobody came in"
    with ledger.write(actor="olga") as writer:
        accounts.link(writer, "anna", running.issuer, "u-17")
        with pytest.raises(AccessError, match="signs in as 'anna'"):
            accounts.link(writer, "olga", running.issuer, "u-17")
    assert company.through(asking, "u-17").status_code == 303
    assert {g.role for g in account_of(ledger, "anna").grants} == {"administrator", "analyst"}


def test_where_only_known_accounts_come_in_a_stranger_is_told_who_they_are(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    running.people()
    asking = pages(running.issuer, accounts="known")
    refused = company.through(asking, "u-18")
    assert refused.status_code == 403
    assert "u-18" in refused.text
    assert "company-unknown" in refused.text
    assert told(ledger, "sign_in_failed")[-1]["code"] == "company-unknown"
    with ledger.read() as reader:
        assert set(accounts.accounts(reader)) == {"olga"}
    with ledger.write(actor="olga") as writer:
        accounts.link(writer, "olga", running.issuer, "u-18")
    assert company.through(asking, "u-18").status_code == 303


def test_a_locked_account_is_refused_and_gets_no_role(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    asking = pages(running.issuer)
    running.people()
    company.through(asking, "u-17")
    with ledger.write(actor="olga") as writer:
        accounts.lock(writer, "anna", "left the company")
    running.people(u_17={**company.PEOPLE["u-17"], "groups": ["lead"]})
    refused = company.through(asking, "u-17")
    assert refused.status_code == 403
    assert "company-locked" in refused.text
    assert {g.role for g in account_of(ledger, "anna").grants} == {"analyst"}
    assert asking.get("/metrics").status_code == 303
    running.people()


def test_unlinking_ends_what_the_company_brought(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    asking = pages(running.issuer)
    running.people()
    company.through(asking, "u-17")
    with ledger.write(actor="olga") as writer:
        accounts.unlink(writer, "anna", running.issuer, "u-17")
    assert account_of(ledger, "anna").grants == ()
    assert asking.get("/metrics").status_code == 303
    assert "company-taken" in company.through(asking, "u-17").text


def test_an_answer_that_this_browser_did_not_ask_for_opens_nothing(
    running: company.Running, pages: Pages
) -> None:
    asking, other = pages(running.issuer), pages(running.issuer)
    running.people()
    place = company.ours(company.walk(company.begun(asking), "u-17"))
    said = company.query(place)
    assert "company-state" in other.get(place).text, "a browser that began nothing"
    company.begun(other)
    assert "company-state" in other.get(place).text, "one that began something else"
    for state in ("", "x", "é"):
        company.begun(other)
        assert other.get("/sign-in/company/back", params={**said, "state": state}).status_code == 403
    assert other.get("/metrics").status_code == 303
    assert asking.get(place).status_code == 303, "the one whose it is"
    assert "company-state" in asking.get(place).text, "and once"


def test_a_code_of_another_sign_in_is_refused(running: company.Running, pages: Pages) -> None:
    """Somebody has the victim's browser answer with a code of theirs: the verifier is another one."""
    asking, other = pages(running.issuer), pages(running.issuer)
    running.people()
    mine, theirs = (company.query(company.walk(company.begun(one), "u-17")) for one in (asking, other))
    mixed = asking.get("/sign-in/company/back", params={**mine, "code": theirs["code"]})
    assert mixed.status_code == 403
    assert "company-answer" in mixed.text


@pytest.mark.parametrize(
    "said",
    [
        {"error": "access_denied"},
        {"error": "<script>alert(1)</script>"},
        {"code": ""},
        {"iss": "https://evil.example"},
    ],
)
def test_what_the_company_refuses_is_named(
    running: company.Running, pages: Pages, said: dict[str, str]
) -> None:
    asking = pages(running.issuer)
    state = company.query(company.begun(asking))["state"]
    refused = asking.get(
        "/sign-in/company/back", params={"state": state, "code": "x", "iss": running.issuer, **said}
    )
    assert refused.status_code == 403
    assert "<script>" not in refused.text
    assert ("company-answer" if "iss" in said else "company-refused") in refused.text


def test_a_company_that_is_down_is_named_and_the_door_stays_open(pages: Pages) -> None:
    asking = pages("http://127.0.0.1:9")
    down = asking.get("/sign-in/company?then=/metrics")
    assert down.status_code == 503
    assert "company-down" in down.text
    assert "Acme login cannot be reached" in down.text
    token = down.text.split('name="token" value="')[1].split('"')[0]
    form = {"token": token, "name": "olga", "password": PASSWORD, "then": "/metrics"}
    assert asking.post("/sign-in", data=form).headers["location"] == "/metrics"


def test_signing_out_offers_to_sign_out_there_too(running: company.Running, pages: Pages) -> None:
    asking = pages(running.issuer)
    running.people()
    company.through(asking, "u-17")
    from leadline.governance.sessions import form_token

    token = form_token(asking.cookies["leadline_session_8750"])
    out = asking.post("/sign-out", data={"token": token})
    assert out.headers["location"] == "/sign-in?out=company"
    assert "Sign out of Acme login too" in asking.get("/sign-in?out=company").text
    there = company.query(asking.get("/sign-in/company/out").headers["location"])
    assert there == {"client_id": "leadline", "post_logout_redirect_uri": f"{LOCAL}/sign-in"}
    assert "too" not in asking.get("/sign-in").text


def test_the_secret_and_the_tokens_are_nowhere(
    running: company.Running, pages: Pages, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    asking = pages(running.issuer)
    running.people()
    with caplog.at_level("DEBUG"):
        place = company.walk(company.begun(asking), "u-17")
        asking.get(company.ours(place))
    with ledger.read() as reader:
        said = "".join(f"{row.subject}{row.before}{row.after}" for row in reader.journal(None))
    for secret in (company.SECRET, company.query(place)["code"]):
        assert secret not in said
    assert company.SECRET not in caplog.text
    assert company.SECRET not in repr(Provider(rules(running.issuer), Secret(company.SECRET)))


# ------------------------------------------------------------------ a company that lies


def signed(claims: dict[str, Any], key: Any, algorithm: str = "RS256", kid: str = "one") -> str:
    """Sign claims."""
    return jwt.encode({"alg": algorithm, "kid": kid}, claims, key, algorithms=[algorithm])


KEY, OTHER = (
    RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}),
    RSAKey.generate_key(2048, {"kid": "one"}),
)


class Liar(ThreadingHTTPServer):
    """Answers as a provider would, with a token that a test has made."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.token: Callable[[dict[str, Any]], str] = lambda claims: signed(claims, KEY)
        self.claims: dict[str, Any] = {}
        self.keys = [KEY.as_dict(private=False)]
        self.said: dict[str, Any] = {}
        self.user: dict[str, Any] = {}
        self.nonce = ""


class _Answers(BaseHTTPRequestHandler):
    server: Liar

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Give metadata, keys, or what is said of the user."""
        us = self.server.issuer
        pages: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": us, "authorization_endpoint": f"{us}/auth", "token_endpoint": f"{us}/token",
                "jwks_uri": f"{us}/keys", "userinfo_endpoint": f"{us}/me", **self.server.said,
            },
            "/keys": {"keys": self.server.keys},
            "/me": self.server.user,
        }  # fmt: skip
        self._answer(pages.get(self.path, {}))

    def do_POST(self) -> None:
        """Give a token."""
        self.rfile.read(int(self.headers["Content-Length"]))
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": self.server.issuer, "sub": "u-17", "aud": "leadline", "iat": now, "exp": now + 300,
            "nonce": self.server.nonce, "preferred_username": "anna", "name": "Anna", "groups": ["kpi"],
        }  # fmt: skip
        said = {name: value for name, value in {**claims, **self.server.claims}.items() if value is not None}
        self._answer({"id_token": self.server.token(said), "access_token": "a", "token_type": "Bearer"})

    def _answer(self, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def liar() -> Iterator[Liar]:
    server = Liar()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def believed(liar: Liar, asking: TestClient) -> Any:
    asked = company.query(company.begun(asking))
    liar.nonce = asked["nonce"]
    return asking.get("/sign-in/company/back", params={"state": asked["state"], "code": "any"})


def test_what_is_true_is_believed(liar: Liar, pages: Pages) -> None:
    assert believed(liar, pages(liar.issuer)).status_code == 303


NOW = int(datetime.now(UTC).timestamp())
LIES: dict[str, tuple[dict[str, Any], str]] = {
    "issuer": ({"iss": "https://evil.example"}, "another issuer"),
    "no issuer": ({"iss": None}, "another issuer"),
    "audience": ({"aud": "another"}, "for somebody else"),
    "no audience": ({"aud": None}, "for somebody else"),
    "audiences": ({"aud": ["leadline", "another"]}, "given to somebody else"),
    "party": ({"azp": "another"}, "given to somebody else"),
    "expired": ({"exp": NOW - 3600}, "has expired"),
    "no end": ({"exp": None}, "has expired"),
    "an odd end": ({"exp": "tomorrow"}, "has expired"),
    "future": ({"iat": NOW + 86400}, "of the future"),
    "nonce": ({"nonce": "another"}, "of another sign-in"),
    "no nonce": ({"nonce": None}, "of another sign-in"),
    "nobody": ({"sub": ""}, "names nobody"),
    "a number": ({"sub": 17}, "names nobody"),
    "everybody": ({"sub": "x" * 256}, "names nobody"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_lies_is_refused(liar: Liar, pages: Pages, ledger: Ledger, lie: str) -> None:
    liar.claims, why = LIES[lie]
    refused = believed(liar, asking := pages(liar.issuer))
    assert (refused.status_code, "company-token" in refused.text) == (403, True)
    assert why in refused.text
    assert asking.get("/metrics").status_code == 303
    assert told(ledger, "sign_in_failed")[-1]["code"] == "company-token"
    with ledger.read() as reader:
        assert set(accounts.accounts(reader)) == {"olga"}


def unsigned(claims: dict[str, Any]) -> str:
    from joserfc.util import json_b64encode

    return f"{json_b64encode({'alg': 'none'}).decode()}.{json_b64encode(claims).decode()}."


def changed(claims: dict[str, Any]) -> str:
    """Sign claims, and change them afterwards."""
    head, body, signature = signed(claims, KEY).split(".")
    return f"{head}.{body[:-4]}AAAA.{signature}"


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "none": unsigned,
    "another key": lambda claims: signed(claims, OTHER),
    "the secret": lambda claims: signed(claims, OctKey.import_key(company.SECRET * 2), "HS256"),
    "the public key as secret": lambda claims: signed(
        claims, OctKey.import_key(json.dumps(KEY.as_dict(private=False))), "HS256"
    ),
    "an unknown key": lambda claims: signed(claims, KEY, kid="two"),
    "another algorithm": lambda claims: signed(claims, KEY, "RS512"),
    "another kind of key": lambda claims: signed(claims, ECKey.generate_key("P-256"), "ES256"),
    "a changed claim": changed,
    "rubbish": lambda _: "x",
    "dots": lambda _: "..",
    "not even letters": lambda _: "\u2028.é.\x00",
    "a list": lambda _: "W10.W10.W10",
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_token_that_is_forged_is_refused(liar: Liar, pages: Pages, forged: str) -> None:
    liar.token = FORGED[forged]
    refused = believed(liar, pages(liar.issuer))
    assert refused.status_code == 403
    assert "company-token" in refused.text


def test_keys_that_the_company_changed_are_looked_up_again(liar: Liar, pages: Pages, watch: Watch) -> None:
    asking = pages(liar.issuer)
    assert believed(liar, asking).status_code == 303
    new = RSAKey.generate_key(2048, {"kid": "two"})
    liar.keys.append(new.as_dict(private=False))
    liar.token = lambda claims: signed(claims, new, kid="two")
    assert believed(liar, asking).status_code == 403, "looked up a moment ago"
    watch.later = timedelta(seconds=31)
    assert believed(liar, asking).status_code == 303


@pytest.mark.parametrize(
    ("said", "code"),
    [({"issuer": "https://evil.example"}, "company-answer"),
     ({"authorization_endpoint": "http://evil.example/"}, "company-answer"),
     ({"authorization_endpoint": None}, "company-answer")],
)  # fmt: skip
def test_what_a_company_says_of_itself_is_checked(
    liar: Liar, pages: Pages, said: dict[str, Any], code: str
) -> None:
    liar.said = said
    refused = pages(liar.issuer).get("/sign-in/company")
    assert refused.status_code == 503
    assert code in refused.text


@pytest.mark.parametrize(
    ("claims", "user", "code"),
    [({"groups": {"kpi": True}}, {}, "company-claims"), ({"groups": [1]}, {}, "company-claims"),
     ({"groups": None, "_claim_names": {"groups": "src1"}}, {"sub": "u-17"}, "company-claims"),
     ({"groups": None}, {"sub": "u-18", "groups": ["kpi"]}, "company-answer"),
     ({"preferred_username": "Not a name!"}, {}, "company-name"),
     ({"preferred_username": None}, {"sub": "u-17"}, "company-name"),
     ({"preferred_username": "OLGA"}, {}, "company-taken"), ({"preferred_username": "ol-ga."}, {}, "")],
)  # fmt: skip
def test_what_roles_and_names_cannot_be_told_from_is_refused(
    liar: Liar, pages: Pages, claims: dict[str, Any], user: dict[str, Any], code: str
) -> None:
    liar.claims, liar.user = claims, user
    answer = believed(liar, pages(liar.issuer))
    assert answer.status_code == (403 if code else 303)
    assert code in answer.text


def test_groups_are_read_where_they_lie(liar: Liar, pages: Pages, ledger: Ledger) -> None:
    liar.claims = {"realm_access": {"roles": ["kpi"]}, "groups": None}
    assert believed(liar, pages(liar.issuer, groups="realm_access.roles")).status_code == 303
    assert [g.role for g in account_of(ledger, "anna").grants] == ["analyst"]
    liar.claims = {"https://acme.example/groups": "lead", "groups": None}
    assert believed(liar, pages(liar.issuer, groups="https://acme.example/groups")).status_code == 303
    assert [g.role for g in account_of(ledger, "anna").grants] == ["team_lead"]


def test_who_sends_codes_that_are_none_has_to_wait(liar: Liar, pages: Pages) -> None:
    liar.claims = {"nonce": "another"}
    asking = pages(liar.issuer)
    answers = [believed(liar, asking).status_code for _ in range(7)]
    assert answers == [403] * 5 + [429] * 2


@pytest.mark.parametrize(
    "changed",
    [{"issuer": "http://login.example.com"}, {"issuer": "https://u:p@login.example.com"}, {"issuer": "login"},
     {"algorithms": ["none"]}, {"algorithms": ["HS256"]}, {"algorithms": []},
     {"accounts": "everybody"}, {"password": "x"}],
)  # fmt: skip
def test_a_declaration_that_would_be_unsafe_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        rules("https://login.example.com", **changed)
