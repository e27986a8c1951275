"""Pages that are kept: the same for all who may see the same, another for others, and never of a state that is gone."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.web import application
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import NoticePage, Page
from leadline.app.web.reading import Memory, Reading
from leadline.app.web.routes import ROUTES
from leadline.app.web.sheets import Frame, Sheet
from leadline.app.web.views import home, shells
from leadline.app.wiring import Latest, Workspace, workspace
from leadline.clock import Clock, FixedClock
from tests.projects import quiet, write_project
from tests.scorecards.service import calls, documents
from tests.web.door import entered, let_in, make_app

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))
TOKEN = re.compile(r'name="token" value="([^"]+)"')
PATHS = (
    "/", "/?unit=north", "/?period=2026-04", "/scorecards/service", "/executive", "/strategy", "/metrics",
    "/metrics?q=min", "/metrics/minutes", "/metrics/resolved?unit=south",
    "/compare", "/compare?metric=minutes",
)  # fmt: skip


@pytest.fixture(scope="module")
def space(tmp_path_factory) -> Iterator[Workspace]:
    root = write_project(
        tmp_path_factory.mktemp("sheets") / "p", documents(owner="ann"), {"calls.csv": calls({})}
    )
    with workspace(root, actor="tester", clock=NOW) as opened:
        refresh(opened, NOW, quiet)
        yield opened


def app_of(space: Workspace, clock: Clock = NOW) -> FastAPI:
    return make_app(Latest(space), space.ledger, clock=clock)


def page(client: TestClient, path: str, name: str, *roles: str) -> str:
    """Give a page as somebody sees it, without the token of the session."""
    let_in(client, name, *roles)
    found = client.get(path)
    assert found.status_code == 200, found.text[:500]
    tokens = TOKEN.findall(found.text)
    assert len(set(tokens)) == 1
    return found.text.replace(tokens[0], "")


def test_the_paths_are_all_that_is_kept() -> None:
    kept = {route.path for route in ROUTES if route.kept}
    assert {re.sub(r"(/\w+)/\w+", r"\1/{name}", path.partition("?")[0]) for path in PATHS} == kept


@pytest.mark.thorough
@pytest.mark.parametrize("path", PATHS)
def test_a_kept_page_is_what_the_next_reader_would_have_been_given_anew(space: Workspace, path: str) -> None:
    with entered(app_of(space)) as client, entered(app_of(space)) as fresh:
        for name in ("ann", "ben"):
            let_in(client, name, "kpi_owner")  # whoever comes first may not decide what the next one sees
        ann = page(client, path, "ann")
        ben = page(client, path, "ben")
        assert ben == page(fresh, path, "ben")
        assert ben != ann
        assert ben.replace("ben", "ann") == ann


@pytest.mark.thorough
def test_those_who_may_see_less_are_given_their_own_page(space: Workspace) -> None:
    with entered(app_of(space)) as client, entered(app_of(space)) as fresh:
        page(client, "/metrics/minutes", "ann", "kpi_owner")
        seen = page(client, "/metrics/minutes", "carl", "viewer")
        assert seen == page(fresh, "/metrics/minutes", "carl")


@pytest.mark.thorough
def test_each_reader_has_the_token_of_the_own_session(space: Workspace) -> None:
    with entered(app_of(space)) as client:
        tokens = set()
        for name in ("ann", "ben"):
            let_in(client, name, "kpi_owner")
            tokens |= set(TOKEN.findall(client.get("/").text))
        assert len(tokens) == 2


@pytest.mark.thorough
def test_what_is_written_or_published_is_seen_at_once(space: Workspace) -> None:
    with entered(app_of(space)) as client:
        before = client.get("/").text
        assert client.get("/").text == before
        refresh(space, FixedClock(NOW.now() + timedelta(hours=1)), quiet)
        after = client.get("/").text
        assert after != before
        assert space.ledger is not None


@dataclass
class Hand:
    """A clock that is turned by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@pytest.mark.thorough
def test_time_goes_on(space: Workspace) -> None:
    hand = Hand(Latest(space)().generation.as_of + timedelta(minutes=2))
    with entered(app_of(space, hand)) as client:
        first = client.get("/").text
        hand.at += timedelta(minutes=40)
        later = client.get("/").text
        assert "2 minutes ago" in first
        assert later == first.replace("2 minutes ago", "42 minutes ago")
        assert "These figures are" not in later
        hand.at += timedelta(days=5)
        assert "These figures are" in client.get("/").text
        hand.at += timedelta(days=5)
        assert "These figures are 10 days old" in client.get("/").text


def test_a_page_that_tells_the_time_is_kept_for_its_minute(space: Workspace, monkeypatch) -> None:
    times = []

    def telling(reading: Reading, asked: Asked) -> Page:
        times.append(reading.now)
        made = home.home(reading, asked)
        return replace(made, shell=replace(made.shell, title=f"It is {reading.now:%H:%M}"))

    route = next(one for one in ROUTES if one.path == "/")
    monkeypatch.setattr(application, "ROUTES", (replace(route, view=telling),))
    hand = Hand(NOW.now() + timedelta(hours=1))
    with entered(app_of(space, hand)) as client:
        assert "It is 01:00" in client.get("/").text
        told = len(times)  # those of the warming as well
        assert "It is 01:00" in client.get("/").text
        assert len(times) == told
        hand.at += timedelta(minutes=1)
        assert "It is 01:01" in client.get("/").text


def test_many_who_ask_for_the_same_at_once_have_it_made_once() -> None:
    memory, made, gate = Memory(), [], threading.Barrier(8)

    def make() -> int:
        made.append(threading.get_ident())
        time.sleep(0.05)
        return len(made)

    def ask(_: int) -> int:
        gate.wait()
        return memory.recall("key", make)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {1}
    assert len(made) == 1


def test_what_fails_is_tried_again() -> None:
    memory = Memory()
    with pytest.raises(ZeroDivisionError):
        memory.recall("key", lambda: 1 // 0)
    assert memory.recall("key", lambda: 7) == 7
    assert memory.recall("key", lambda: 8, lambda kept: kept != 7) == 8


def test_a_name_is_no_markup() -> None:
    notice = NoticePage(shells.bare("x", "nobody", "t"), 404, "Title", "Words", "", "", "", (), ())
    filled = Sheet.of(notice).filled(Frame('<b>"&', "t0ken")).decode()
    assert "&lt;b&gt;&#34;&amp;" in filled
    assert "t0ken" in filled
