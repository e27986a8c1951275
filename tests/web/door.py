"""Ways through the door for tests: pages whose server somebody started, and who has come in by its key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.testclient import TestClient

from leadline.app.web import create_app
from leadline.app.web.guests import Key
from leadline.governance import accounts, sessions
from leadline.metrics.published import Published
from leadline.store.ledger import Ledger

LOCAL = "http://127.0.0.1:8750"


def make_app(open_published: Callable[[], Published], ledger: Ledger, **options: Any) -> FastAPI:
    """Make the pages, with a key to them."""
    key = Key("tester")
    app = create_app(open_published, ledger, key=key, **options)
    app.state.door = (ledger, key)
    return app


def token_of(app: FastAPI) -> str:
    """Open a session as the key would, without using it up; give what the browser must hold."""
    ledger, key = app.state.door
    now = datetime.now(UTC)
    return sessions.open_session(ledger, key.actor, f"key {key.mark}", now, lasts=sessions.STARTED).token


def cookie_of(app: FastAPI, address: str) -> dict[str, str]:
    """Give the session's cookie as a browser takes it."""
    name = f"leadline_session_{urlsplit(address).port or 80}"
    return {"name": name, "value": token_of(app), "url": address}


@contextmanager
def entered(app: FastAPI, base_url: str = LOCAL) -> Iterator[TestClient]:
    """Ask pages in the process, as who started the server."""
    with TestClient(app, base_url=base_url) as asking:
        made = cookie_of(app, base_url)
        asking.cookies.set(made["name"], made["value"])
        yield asking


def let_in(asking: TestClient, name: str, *roles: str) -> None:
    """Let a client go on as somebody else: with an account and roles, made where they are not there."""
    ledger, _ = cast("FastAPI", asking.app).state.door
    with ledger.write(actor="tester") as writer:
        if name not in accounts.accounts(writer):
            accounts.add(writer, name)
        for role in roles:
            accounts.grant(writer, name, role, known=[role])
    opened = sessions.open_session(ledger, name, "password", datetime.now(UTC))
    port = urlsplit(str(asking.base_url)).port or 80
    asking.cookies.clear()
    asking.cookies.set(f"leadline_session_{port}", opened.token)
