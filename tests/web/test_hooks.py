"""Webhooks: what is signed is kept on disk before it is answered, once; everything else is turned away."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from leadline.app.serving import hooks_of
from leadline.app.web import create_app
from leadline.app.wiring import workspace
from leadline.clock import FixedClock
from leadline.errors import NothingPublished
from leadline.ingest.landing.hooks import inbox
from leadline.metrics.published import Published
from leadline.store.lock import writing
from tests.projects import write_project

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECRET = "whsec-7719-shared"  # noqa: S105 - shared with nobody but these tests
STAMP = str(int(NOW.timestamp()))
SCHEMES = ("stripe", "zendesk", "shopify", "segment", "standard", "hub")


def mac(text: bytes, digest: str = "sha256") -> bytes:
    return hmac.new(SECRET.encode(), text, getattr(hashlib, digest)).digest()


def signed(scheme: str, body: bytes, at: datetime = NOW) -> dict[str, str]:
    """Sign as the scheme's own documentation shows it."""
    stamp = str(int(at.timestamp()))
    match scheme:
        case "stripe":
            return {"Stripe-Signature": f"t={stamp},v1=00,v1={mac(stamp.encode() + b'.' + body).hex()}"}
        case "zendesk":
            told = at.isoformat().replace("+00:00", "Z")
            return {
                "X-Zendesk-Webhook-Signature": base64.b64encode(mac(told.encode() + body)).decode(),
                "X-Zendesk-Webhook-Signature-Timestamp": told,
            }
        case "shopify":
            return {"X-Shopify-Hmac-Sha256": base64.b64encode(mac(body)).decode()}
        case "segment":
            return {"X-Signature": mac(body, "sha1").hex()}
        case "standard":
            made = base64.b64encode(
                mac(b"msg_" + str(len(body)).encode() + f".{stamp}.".encode() + body)
            ).decode()
            return {
                "webhook-id": f"msg_{len(body)}",
                "webhook-timestamp": stamp,
                "webhook-signature": f"v1,{made}",
            }
        case _:
            return {"X-Hub-Signature-256": f"sha256={mac(body).hex()}"}


def source(scheme: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "source", "name": scheme, "fact": "ticket",
        "webhook": {"scheme": scheme, "secret": "shared", "records": "data?", "most_kilobytes": 2, **more},
        "columns": {"ticket_id": "event__id", "opened_at": "instant(event__received_at)", "subject": "subject"},
    }  # fmt: skip


def nothing() -> Published:
    raise NothingPublished("nothing yet")


Ask = Callable[..., int]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    documents = [{"kind": "project"}, *(source(scheme) for scheme in SCHEMES)]
    documents.append(
        source("stripe") | {"name": "secretless", "webhook": {"scheme": "stripe", "secret": "unset"}}
    )
    return write_project(tmp_path / "project", documents, {})


@pytest.fixture
def ask(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    monkeypatch.setenv("LEADLINE_SECRET_SHARED", SECRET)
    with workspace(root, actor="tester") as space:
        clock = FixedClock(NOW)
        app = create_app(nothing, space.ledger, clock=clock, hooks=hooks_of(space, clock))
        with TestClient(app, base_url="http://localhost") as client:

            def ask(name: str, body: bytes, headers: dict[str, str] | None = None) -> int:
                given = signed(name, body) if headers is None else headers
                return client.post(f"/hooks/{name}", content=body, headers=given).status_code

            yield ask


def kept(root: Path, name: str) -> list[dict[str, Any]]:
    folder = inbox.folder_of(root / ".leadline", name)
    return [json.loads(path.read_text()) for path in folder.glob("??/*") if path.stat().st_size]


def event(name: str = "evt_1", subject: str = "Late") -> bytes:
    return json.dumps({"id": name, "data": {"subject": subject}}).encode()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_signed_event_is_kept_once(scheme: str, ask: Ask, root: Path) -> None:
    assert [ask(scheme, event()), ask(scheme, event())] == [200, 200]
    (one,) = kept(root, scheme)
    assert json.loads(one["body"]) == json.loads(event())
    assert one["received_at"] == NOW.isoformat()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_not_signed_is_turned_away(scheme: str, ask: Ask, root: Path) -> None:
    good = signed(scheme, event())
    assert ask(scheme, event("evt_2"), good) == 401
    assert ask(scheme, event(), {}) == 401
    for name in good:
        assert ask(scheme, event(), good | {name: "x" + good[name][1:]}) == 401
        assert ask(scheme, event(), {key: value for key, value in good.items() if key != name}) == 401
    assert kept(root, scheme) == []


@pytest.mark.parametrize("scheme", ["stripe", "zendesk", "standard"])
@pytest.mark.parametrize(("minutes", "answer"), [(-6, 401), (6, 401), (-4, 200), (4, 200)])
def test_an_old_event_is_refused(scheme: str, minutes: int, answer: int, ask: Ask) -> None:
    assert ask(scheme, event(), signed(scheme, event(), NOW + timedelta(minutes=minutes))) == answer


def test_a_batch_of_which_only_the_first_is_signed_is_refused(ask: Ask) -> None:
    batch = b"[" + event() + b"]"
    assert ask("segment", batch) == 401


def test_whoever_shares_no_secret_learns_nothing(ask: Ask) -> None:
    assert ask("unknown", event(), {}) == 404
    assert ask("secretless", event(), signed("stripe", event())) == 404
    assert ask("stripe", event(), signed("stripe", event()) | {"Origin": "http://localhost"}) == 403
    assert ask("stripe", event(), signed("stripe", event()) | {"Sec-Fetch-Site": "same-origin"}) == 403


def test_a_large_event_and_one_that_is_no_json_are_refused(ask: Ask, root: Path) -> None:
    assert ask("stripe", b'"' + b"x" * 2046 + b'"') == 200
    assert ask("stripe", b'"' + b"x" * 2048 + b'"') == 413
    assert ask("stripe", b"a=1") == 400
    assert len(kept(root, "stripe")) == 1


def test_events_come_in_while_somebody_writes(ask: Ask, root: Path) -> None:
    with workspace(root, actor="tester") as space, writing(space.home, "refresh", FixedClock(NOW)):
        assert ask("stripe", event()) == 200


def test_an_event_that_cannot_be_kept_is_asked_for_again(ask: Ask, root: Path) -> None:
    folder = inbox.folder_of(root / ".leadline", "stripe")
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder belongs")
    assert ask("stripe", event()) == 503


def test_pages_without_webhooks_have_no_such_address(tmp_path: Path) -> None:
    with workspace(write_project(tmp_path, [{"kind": "project"}], {}), actor="tester") as space:
        assert hooks_of(space, FixedClock(NOW)) is None
        with TestClient(create_app(nothing, space.ledger), base_url="http://localhost") as client:
            assert client.post("/hooks/stripe", content=event()).status_code == 404
