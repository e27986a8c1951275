"""Two workers and two web processes on one PostgreSQL ledger: nothing is done twice, and a kill loses nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.app.acting import machine_user
from leadline.app.people import Company
from leadline.app.refresh import refresh
from leadline.app.wiring import workspace
from leadline.clock import FixedClock, SystemClock
from leadline.governance import accounts, sessions
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import item, open_item
from leadline.workflow.declared import find
from leadline.workflow.jobs import put_timers
from tests.projects import quiet
from tests.store import postgres
from tests.web import small_company

LEADLINE = [sys.executable, "-c", "from leadline.app.cli import main; main()"]
LONG_AGO = FixedClock(datetime.now(UTC) - timedelta(days=40))
ITEMS = 30


@pytest.fixture
def company(tmp_path: Path, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The small company with its ledger in PostgreSQL, and reviews that were opened forty days ago and never done."""
    with postgresql.database() as url:
        monkeypatch.setenv("LEADLINE_LEDGER", url)
        root = small_company.write(tmp_path / "small")
        with workspace(root, clock=LONG_AGO) as space:
            refresh(space, LONG_AGO, quiet)
            with space.ledger.write(actor="service-desk") as writer:
                catalog = space.definitions()
                for number in range(ITEMS):
                    open_item(
                        writer, find(catalog, "quarterly_review"), title=f"Review {number}", people=Company(catalog),
                        links=[Link("metric", "resolved_rate")],
                    )  # fmt: skip
                accounts.add(writer, "service-desk")
                for role in ("analyst", "operator"):
                    accounts.grant(writer, "service-desk", role, known=[role])
                accounts.stand_for(
                    writer, "service-desk", machine_user()
                )  # by whom all processes here are started
        yield root


def worker(stack: ExitStack, root: Path, *more: str) -> subprocess.Popen[str]:
    """Start a real worker."""
    command = [*LEADLINE, "--project", str(root), "worker", "--every", "0.1", "--lease", "2", *more]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stack.callback(started.communicate)
    stack.callback(started.kill)
    return started


def served(stack: ExitStack, root: Path) -> str:
    """Start a real web process; give its address."""
    command = [*LEADLINE, "--project", str(root), "serve", "--port", "0"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stack.callback(started.communicate)
    stack.callback(started.kill)
    assert started.stdout is not None
    found = re.search(r"http://[\d.:]+", started.stdout.readline())
    assert found
    return found[0]


def send(address: str, session: str, path: str, **given: str) -> str:
    """Send a form of a page as a browser would; give the page that follows."""
    headers = {"Cookie": f"leadline_session_{urllib.parse.urlsplit(address).port}={session}"}
    body = urllib.parse.urlencode({"token": sessions.form_token(session), **given}).encode()
    for asked in (
        urllib.request.Request(f"{address}{path}", body, headers),  # noqa: S310 - this machine
        urllib.request.Request(f"{address}{path.rpartition('/')[0]}", None, headers),  # noqa: S310 - this machine
    ):
        with urllib.request.build_opener(_Stay).open(asked) as answer:
            page = str(answer.read().decode())
        if answer.status == 200:
            return page
    raise AssertionError(path)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Gives a redirection as it is: urllib would follow it without the cookie."""

    def http_error_303(self, req: object, fp: Any, code: int, msg: str, headers: object) -> Any:
        """Give the answer itself."""
        del req, code, msg, headers
        return fp


def counted(root: Path) -> Counter[str]:
    """Count what timers did."""
    with workspace(root) as space, space.ledger.read() as reader:
        assert verify(reader) == []
        events = [e for head in reader.work.items() for e in reader.work.events(head.number)]
        assert all(job.done_at for job in reader.jobs.all())
        timers = [e.timer for e in events if e.timer]
        assert len(set(timers)) == len(timers)
        return Counter(e.kind for e in events)


def idle(url: str) -> bool:
    """Tell whether nothing is left to do."""
    ledger = Ledger(url, SystemClock())
    try:
        with ledger.read() as reader:
            return all(job.done_at for job in reader.jobs.all()) and bool(reader.jobs.all())
    finally:
        ledger.close()


@pytest.mark.slow
def test_two_workers_and_two_web_processes_do_everything_once(company: Path) -> None:
    with ExitStack() as stack:
        one, two = served(stack, company), served(stack, company)
        workers = [worker(stack, company), worker(stack, company)]
        with workspace(company) as space:
            session = sessions.open_session(space.ledger, "service-desk", "password", datetime.now(UTC)).token

        def answer(n: int) -> bool:
            """Two people answer one review at once, each by another web process."""
            fields = {"field.movement": f"said by {n % 2}", "field.data": "yes"}
            page = send((one, two)[n % 2], session, f"/work/{n // 2 + 1}/act", step="answer", **fields)
            return "Work on it is over" in page and 'role="alert"' not in page

        with ThreadPoolExecutor(4) as pool:
            answered = list(pool.map(answer, range(20)))
        assert all(answered[2 * n] != answered[2 * n + 1] for n in range(10))  # one of both, never neither
        _wait(workers)
        for process in workers:
            process.send_signal(signal.SIGTERM)
        told = "".join(process.communicate()[0] for process in workers)
    done = counted(company)
    assert done["moved"] == 10
    assert done["escalated"] + told.count("overtaken") >= ITEMS - 10
    assert done["escalated"] <= ITEMS
    with workspace(company) as space, space.ledger.read() as reader:
        for head in reader.work.items(Wanted(closed=False)):
            kinds = Counter(e.kind for e in item(reader, head.number).events)
            assert (kinds["escalated"], kinds["reminded"]) == (1, 2), (
                head.number
            )  # each timer of the state, once


@pytest.mark.slow
def test_what_a_killed_worker_held_is_done_once_by_another(company: Path) -> None:
    url = os.environ["LEADLINE_LEDGER"]
    with ExitStack() as stack:
        ledger = Ledger(url, SystemClock())
        stack.callback(ledger.close)
        put_timers(ledger, SystemClock(), actor="worker")
        taker = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("taker.py")), url, "3"],
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(taker.communicate)
        stack.callback(taker.kill)
        assert taker.stdout is not None
        key = taker.stdout.readline().strip()
        taker.send_signal(signal.SIGKILL)
        first = worker(stack, company)
        for _ in range(3):  # workers die in the middle of their work, too
            assert first.stdout is not None
            first.stdout.readline()
            first.stdout.readline()
            first.send_signal(signal.SIGKILL)
            first.communicate()
            first = worker(stack, company)
        _wait([first])
        with ledger.read() as reader:
            held = reader.jobs.job(key)
        assert held is not None
        assert (held.done_at is not None, held.attempts) == (True, 2)
    done = counted(company)
    assert (done["escalated"], done["reminded"]) == (ITEMS, 2 * ITEMS)


def _wait(workers: list[subprocess.Popen[str]]) -> None:
    """Wait until nothing is left to do, while the workers live."""
    url = os.environ["LEADLINE_LEDGER"]
    while not idle(url):
        assert all(process.poll() is None for process in workers), json.dumps([p.returncode for p in workers])
        time.sleep(0.3)
