"""From a signed POST to a figure: a served project keeps what it acknowledges, whoever kills it, and counts it once."""

import hashlib
import hmac
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.clock import SystemClock
from leadline.ingest.landing.hooks import inbox
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.query import Query
from tests.projects import quiet, write_project

SECRET = "whsec-2214-shared"  # noqa: S105 - shared with nobody but these tests
MONEY = 1.25
DOCUMENTS = [
    {"kind": "project", "time_zone": "UTC"},
    {"kind": "fact", "name": "takings", "key": ["payment_id"], "at": "paid_at", "columns": {
        "payment_id": {"type": "text", "required": True}, "paid_at": {"type": "instant", "required": True},
        "amount": {"type": "number"}}},
    {"kind": "source", "name": "payments", "fact": "takings",
     "webhook": {"scheme": "stripe", "secret": "pay", "records": "data.object"},
     "columns": {"payment_id": "event__id", "paid_at": "instant(event__received_at)", "amount": "number(amount)"}},
    {"kind": "metric", "name": "payments", "type": "count", "of": "takings", "owner": "cx"},
    {"kind": "metric", "name": "paid", "type": "sum", "of": "takings", "value": "amount", "measured_in": "EUR",
     "owner": "cx"},
]  # fmt: skip


@contextmanager
def served(root: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a project in a process of its own; give the process and its address."""
    program = [sys.executable, "-c", "from leadline.app.cli import main; main()", "-p", str(root)]
    with subprocess.Popen(
        [*program, "serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "LEADLINE_SECRET_PAY": SECRET, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = ""
        while "/sign-in/key?key=" not in said:
            said = process.stdout.readline()
            assert said, "it ended before it listened"
        try:
            yield process, said[said.index("http://") :].split()[0]
        finally:
            process.kill()


@contextmanager
def connected(base: str) -> Iterator[http.client.HTTPConnection]:
    """Give a connection that stays open between requests."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


def post(to: http.client.HTTPConnection, name: str) -> str:
    """Send an event, signed as Stripe signs; give the answer."""
    body = json.dumps({"id": name, "data": {"object": {"amount": MONEY}}}).encode()
    stamp = str(int(time.time()))
    made = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    to.request("POST", "/hooks/payments", body, {"Stripe-Signature": f"t={stamp},v1={made}"})
    answer = to.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text
    return text


def figures(root: Path) -> tuple[float, float]:
    """Refresh; give how many payments count, and their sum."""
    with workspace(root, actor="tester") as space:
        refresh(space, SystemClock(), quiet)
        published = open_published(space)
        asked = [Query(m, "tester", "test", "year") for m in ("payments", "paid")]
        number, paid = evaluate_many(published, asked)
        return sum(o.value or 0 for o in number), sum(o.value or 0 for o in paid)


def kept(root: Path) -> int:
    folder = inbox.folder_of(root / ".leadline", "payments")
    return sum(p.stat().st_size > 0 for p in folder.glob("??/*") if not p.name.startswith("."))


@pytest.mark.thorough
def test_what_a_served_project_acknowledges_becomes_a_figure_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLINE_SECRET_PAY", SECRET)
    root = write_project(tmp_path / "shop", DOCUMENTS, {})
    with served(root) as (_, base), connected(base) as client:
        for n in range(5):
            assert post(client, f"evt_{n}") == "Kept.\n"
            assert kept(root) == n + 1, "it was acknowledged before it was kept"
        assert [post(client, f"evt_{n}") for n in range(5)] == ["Known.\n"] * 5
        assert figures(root) == (5, 5 * MONEY)
        assert [post(client, f"evt_{n}") for n in range(6)] == ["Known.\n"] * 5 + ["Kept.\n"]
        assert figures(root) == (6, 6 * MONEY)  # while it is served
        assert figures(root) == (6, 6 * MONEY)
        client.request("GET", base.removeprefix(f"http://{urlsplit(base).netloc}"))  # the address lets us in
        cookie = client.getresponse()
        cookie.read()
        client.request(
            "GET", "/metrics/payments", headers={"Cookie": cookie.headers["Set-Cookie"].split(";")[0]}
        )
        page = client.getresponse()
        assert page.status == 200, page.headers.as_string()
        assert re.search(r">\s*6\s*<", page.read().decode())


@pytest.mark.slow
def test_a_killed_server_loses_no_acknowledged_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_SECRET_PAY", SECRET)
    root = write_project(tmp_path / "shop", DOCUMENTS, {})
    dice, sent, acknowledged = random.Random(3), set[str](), set[str]()

    def send(base: str, worker: int, life: int) -> None:
        """Send one event after another until nobody answers."""
        with suppress(OSError, http.client.HTTPException), connected(base) as client:
            for n in range(100_000):
                name = f"evt_{life}_{worker}_{n}"
                sent.add(name)
                post(client, name)
                acknowledged.add(name)

    for life in range(3):
        with served(root) as (process, base):
            senders = [threading.Thread(target=send, args=(base, w, life)) for w in range(3)]
            for one in senders:
                one.start()
            time.sleep(dice.uniform(0.2, 1.0))
            process.send_signal(signal.SIGKILL)
            for one in senders:
                one.join()
        count, paid = figures(root)
        assert len(acknowledged) <= count <= len(sent)
        assert paid == pytest.approx(count * MONEY)
    with served(root) as (_, base), connected(base) as client:  # who got no answer sends it again
        for name in sorted(sent - acknowledged) + sorted(acknowledged)[:50]:
            assert post(client, name) == "Known.\n" or name not in acknowledged
    assert len(acknowledged) > 20
    assert figures(root)[0] == len(sent)
