"""Asking with patience, with credentials that stay here, and nobody but the declared host."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from leadline.catalog.definitions.api import Api
from leadline.errors import LeadlineError, SourceError
from leadline.ingest.landing.api.walk import ApiConnector
from leadline.secret import Secret
from tests.ingest.api.server import Call, Face, Fault, Reply, serving
from tests.ingest.api.things import ROWS, TOKEN, Still, connector, fetch, ids, numbered


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        (
            {"Date": "Mon, 01 Jun 2026 10:00:00 GMT", "Retry-After": "Mon, 01 Jun 2026 10:01:30 GMT"},
            90,
            90,
        ),
        ({}, 0.5, 2),
    ],
)
def test_a_throttled_request_waits_as_long_as_the_api_says(
    headers: Mapping[str, str], least: float, most: float
) -> None:
    pace = Still()
    fault = Fault("status", headers={k: v for k, v in headers.items() if k != "Date"})
    with serving(numbered, fault) as server:
        server.date = headers.get("Date")
        fetch(connector(server, pace, pages={"page": {"to": "page", "rows": 5}}))
    assert len(pace.waits) == 1
    assert least <= pace.waits[0] <= most


def test_a_pause_beyond_measure_ends_the_fetch() -> None:
    with serving(numbered, Fault("status", headers={"Retry-After": "86400"})) as server:
        with pytest.raises(SourceError, match="longest_wait") as error:
            fetch(connector(server))
        assert error.value.code == "api-throttled"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("status", status=503), "api-unavailable"),
        (Fault("status", status=429), "api-throttled"),
        (Fault("garbage"), "api-answer"),
        (Fault("hang-up"), "api-unreachable"),
    ],
)
def test_what_stays_wrong_is_an_error_and_no_empty_page(fault: Fault, code: str) -> None:
    again = [Fault(fault.kind, status=fault.status) for _ in range(4)]
    with serving(numbered, *again) as server:
        with pytest.raises(SourceError) as error:
            fetch(connector(server, attempts=4))
        assert error.value.code == code
        assert len(server.calls) == 4


def test_the_declared_rate_is_kept() -> None:
    pace = Still()
    with serving(numbered) as server:
        fetch(connector(server, pace, query={"size": 2}, pages={"page": {"to": "page", "rows": 2}},
                        rate={"requests": 5, "per": "minute"}))  # fmt: skip
        assert len(server.calls) == 12
    assert pace.time == pytest.approx(
        120
    )  # the 6th request waits for the first to be a minute old, the 11th too


def test_nothing_leads_to_another_host() -> None:
    with serving(numbered) as other:
        for face in (
            lambda _: Reply({"things": ROWS[:5], "next": f"{other.base}/things"}),
            lambda _: Reply(
                {"things": ROWS[:5], "next": f"//127.0.0.1:{other.base.rpartition(':')[2]}/things"}
            ),
            lambda _: Reply({}, 302, {"Location": f"{other.base}/things"}),
            lambda _: Reply({}, 307, {"Location": "/elsewhere"}),
        ):
            with serving(face) as server:
                made = connector(server, pages={"link": {"from": "next"}}, auth={"bearer": {"secret": "t"}})
                with pytest.raises(SourceError) as error:
                    fetch(made)
                assert error.value.code == "api-elsewhere"
        assert other.calls == []


@pytest.mark.parametrize(
    "url", ["http://example.com", "ftp://127.0.0.1", "https://user:pw@example.com", "example.com", "https://"]
)
def test_an_address_is_encrypted_and_holds_no_password(url: str) -> None:
    made = ApiConnector("things", Api.model_validate({"url": url}), lambda _: Secret(TOKEN), Still())
    with pytest.raises(SourceError) as error:
        fetch(made)
    assert error.value.code == "api-address"


def guarded(face: Face, *good: str) -> Face:
    """Answer only to who shows one of these."""

    def answer(call: Call) -> Reply:
        if call.headers.get("authorization") not in good and call.headers.get("x-key") not in good:
            return Reply({"message": f"not with {call.headers.get('authorization')}"}, 401)
        return face(call)

    return answer


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        ({"bearer": {"secret": "t"}}, f"Bearer {TOKEN}"),
        ({"header": {"name": "X-Key", "secret": "t"}}, TOKEN),
        ({"header": {"name": "X-Key", "secret": "t", "prefix": "Key "}}, f"Key {TOKEN}"),
        ({"basic": {"user": "me/token", "secret": "t"}}, "Basic bWUvdG9rZW46dG9rLTNmOWE3Yy1zZWNyZXQ="),
        ({"basic": {"secret": "t", "as_user": True}}, "Basic dG9rLTNmOWE3Yy1zZWNyZXQ6WA=="),
    ],
)
def test_credentials_are_shown_as_declared_and_never_told(auth: Any, shown: str) -> None:
    with serving(guarded(numbered, shown)) as server:
        assert len(fetch(connector(server, auth=auth))[0]) == 5
    with serving(guarded(numbered)) as server:
        with pytest.raises(SourceError, match="does not accept the credentials") as error:
            fetch(connector(server, auth=auth))
        assert error.value.code == "api-credentials"
        assert TOKEN not in str(error.value)
        assert shown.rpartition(" ")[2] not in str(error.value)
        assert len(server.calls) == 1


@dataclass
class Issuer:
    """Issues tokens, each good for some answers."""

    good_for: int
    issued: int = 0
    used: int = 0
    forms: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, call: Call) -> Reply:
        if call.path == "/token":
            self.forms.append(call.form)
            self.issued += 1
            self.used = 0
            return Reply({"access_token": f"access-{self.issued}", "expires_in": 60})
        self.used += 1
        if call.headers.get("authorization") != f"Bearer access-{self.issued}" or self.used > self.good_for:
            return Reply({"error": "expired"}, 401)
        return numbered(call)


@pytest.mark.parametrize(
    ("scheme", "grant"),
    [
        ({"client_credentials": {"token_url": "/token", "client_id": "me", "secret": "t"}}, "client_credentials"),
        ({"refresh_token": {"token_url": "/token", "client_id": "me", "refresh": "t"}}, "refresh_token"),
    ],
)  # fmt: skip
def test_an_expired_token_is_renewed_once(scheme: Any, grant: str) -> None:
    issuer = Issuer(good_for=2)
    with serving(issuer) as server:
        records, _ = fetch(connector(server, auth=scheme, pages={"page": {"to": "page", "rows": 5}}))
        assert ids(records) == list(range(23))
        assert issuer.issued == 3
        assert {form["grant_type"] for form in issuer.forms} == {grant}
        assert all(TOKEN not in call.path and TOKEN not in str(call.query) for call in server.calls)
    with serving(Issuer(good_for=0)) as server:
        with pytest.raises(SourceError) as error:
            fetch(connector(server, auth=scheme))
        assert error.value.code == "api-credentials"
        assert server.paths == ["/token", "/things", "/token", "/things"]


def test_waiting_can_be_interrupted() -> None:
    class Stop(LeadlineError):
        pass

    def heed() -> None:
        if server.calls:
            raise Stop("enough")

    with serving(numbered, Fault("status")) as server, pytest.raises(Stop):
        list(connector(server).pages(None, heed))
