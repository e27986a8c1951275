"""A company that lies: what of it is believed, and that nobody comes in by the rest."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.testclient import TestClient

from leadline.governance import accounts
from leadline.store.ledger import Ledger
from tests.web import company_signs_in as company
from tests.web.company_signs_in import Pages, Watch, account_of, rules, told

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an account that lives as long as a test


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


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_groups_are_read_where_they_lie(liar: Liar, pages: Pages, ledger: Ledger) -> None:
    liar.claims = {"realm_access": {"roles": ["kpi"]}, "groups": None}
    assert believed(liar, pages(liar.issuer, groups="realm_access.roles")).status_code == 303
    assert [g.role for g in account_of(ledger, "anna").grants] == ["analyst"]
    liar.claims = {"https://acme.example/groups": "lead", "groups": None}
    assert believed(liar, pages(liar.issuer, groups="https://acme.example/groups")).status_code == 303
    assert [g.role for g in account_of(ledger, "anna").grants] == ["team_lead"]


@pytest.mark.thorough
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
