"""What an agent, somebody of another unit, and a lower tier are told by every page: never what is not theirs.

Peers' names and the figures that nobody else may see are odd on purpose, so that any page that tells of one is found.
"""

import random
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from leadline.app.cli.commands import app as commands
from leadline.app.refresh import refresh
from leadline.app.web.routes import ROUTES
from leadline.app.wiring import Latest, Workspace, workspace
from leadline.governance import accounts
from tests.projects import quiet, write_project
from tests.web import small_company
from tests.web.door import entered, let_in, make_app

pytestmark = pytest.mark.slow
MINE, PEERS = "agent-mine", ("agent-zoroaster", "agent-quixote", "agent-xerxes")
RULES = {"type": "mean", "of": "contact", "value": "seconds", "measured_in": "seconds", "direction": "lower"}
DOCUMENTS: list[Mapping[str, Any]] = [
    {"kind": "project", "name": "desk", "scorecard": "service"},
    {"kind": "unit", "name": "group", "children": [{"name": "north"}, {"name": "south"}]},
    {"kind": "fact", "name": "contact", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text", "required": True}, "at": {"type": "instant", "required": True},
        "team": {"type": "unit"}, "agent": {"type": "text"}, "seconds": {"type": "number"}}},
    {"kind": "source", "name": "log", "fact": "contact", "files": "*.csv", "format": "csv"},
    {"kind": "metric", "name": "pace", "by": ["agent"], **RULES},
    {"kind": "metric", "name": "secret_pace", "by": ["agent"], "sensitivity": "confidential", **RULES,
     "value": "seconds * 1000"},
    {"kind": "objective", "name": "lean"},
    {"kind": "scorecard", "name": "service", "perspectives": [{"name": "all", "objectives": [
        {"objective": "lean", "measures": [
            {"metric": "pace", "red_flag": 400, "goal": 200},
            {"metric": "secret_pace", "red_flag": 400000, "goal": 200000}]}]}]},
    {"kind": "role", "name": "agent", "may": ["metrics:*:read", "scorecards:scorecard:read", "insights:finding:read"],
     "sensitivity": "confidential", "own": {"agent": "agent"}, "minimum_n": 5},
]  # fmt: skip


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    chance, lines, day = random.Random(3), ["id,at,team,agent,seconds\n"], date(2025, 11, 1)
    while day < date(2026, 3, 1):
        for n, agent in enumerate((MINE, *PEERS)):
            for unit in ("north", "south"):
                spent = round(chance.gauss(300 if unit == "north" else 777, 40) + 10 * n)
                lines.append(f"{day}-{unit}-{n},{day}T10:00:00,{unit},{agent},{spent}\n")
        day += timedelta(days=1)
    root = write_project(tmp_path_factory.mktemp("desk") / "desk", DOCUMENTS, {"log.csv": "".join(lines)})
    with workspace(root, actor="tester", clock=small_company.NOW) as opened:
        refresh(opened, small_company.NOW, quiet)
        with opened.ledger.write(actor="tester") as writer:
            known = ["agent", "viewer", "team_lead"]
            accounts.add(writer, "ben", attributes={"agent": MINE})
            accounts.grant(writer, "ben", "agent", unit="north", known=known)
            accounts.add(writer, "vera")
            accounts.grant(writer, "vera", "viewer", known=known)
            accounts.add(writer, "nina")
            accounts.grant(writer, "nina", "team_lead", unit="north", known=known)
        yield opened


@pytest.fixture(scope="module")
def client(space: Workspace) -> Iterator[TestClient]:
    with entered(make_app(Latest(space), space.ledger, clock=small_company.NOW, home=space.home)) as asking:
        yield asking


def addresses() -> list[str]:
    """Give every page, of both metrics, with what a reader might ask for."""
    found = []
    for metric in ("pace", "secret_pace"):
        names = {
            "kind": "metric",
            "name": metric,
            "unit": "north",
            "number": "1",
            "period": "2026-01",
            "form": "xlsx",
        }
        for route in ROUTES:
            if "/pack." in route.path:
                continue  # packs have tests of their own
            name = {**names, "name": "service"} if route.path.startswith("/scorecards") else names
            path = re.sub(r"\{(\w+)(:\w+)?\}", lambda m, name=name: name.get(m[1], "x"), route.path)
            if "{" not in route.path and metric != "pace" and route.path != "/figures":
                continue  # it is of no metric
            figure = f"?metric={metric}&period=2026-01"
            asked = ("", "?unit=south", f"?slice=agent%3D{PEERS[0]}", "?unit=north&period=2026-01", figure)
            found += [path + more for more in (*asked, f"{figure}&slice=agent%3D{PEERS[1]}")]
    return found


def told(client: TestClient, name: str, *forbidden: str) -> list[str]:
    """Give the pages that tell somebody what is not theirs; what was typed into the address is not told by the page."""
    let_in(client, name)
    found = []
    for path in addresses():
        answer = client.get(path, follow_redirects=False)
        text = re.sub(r'(?:href|value|action)="[^"]*"', "", answer.text)
        here = [word for word in forbidden if re.search(word, text) and word not in path]
        found += [f"{path} ({answer.status_code}) tells of {word}" for word in here]
    return found


CONFIDENTIAL, OTHERS = r"\b5[3-7]\d,\d{3}\b", r"\b(?:7[89]|80)\d\.\d\b"
"""The company's secret pace, in thousands of seconds; the pace of the other unit, where everything takes longer."""


def test_who_may_see_it_reads_all_of_it(client: TestClient) -> None:
    """What the other tests look for is on pages, so they can fail."""
    let_in(client, "boss", "administrator")
    pages = ("/metrics/pace", "/metrics/secret_pace", "/metrics/pace?unit=south", "/metrics/pace?slice=agent")
    shown = "".join(client.get(page).text for page in pages)
    for word in (*PEERS, CONFIDENTIAL, OTHERS):
        assert re.search(word, shown), word


def test_an_agent_reads_no_name_of_a_peer(client: TestClient) -> None:
    assert told(client, "ben", *PEERS) == []


def test_a_low_tier_reads_no_confidential_figure(client: TestClient) -> None:
    assert told(client, "vera", CONFIDENTIAL) == []


def test_who_leads_a_unit_reads_no_figure_of_another(client: TestClient) -> None:
    assert told(client, "nina", OTHERS) == []


def test_the_feed_and_the_command_line_tell_an_agent_no_more(space: Workspace, client: TestClient) -> None:
    let_in(client, "ben")
    for peer in PEERS:
        assert peer not in client.get("/feed/epm").text
    with space.ledger.write(actor="tester") as writer:
        accounts.stand_for(writer, "ben", "root")
    for words in (
        ["query", "pace", "--by", "agent"],
        ["query", "pace", "--by", "agent", "--json"],
        ["findings"],
        ["explain", "pace"],
    ):
        done = CliRunner().invoke(commands, ["--project", str(space.root), *words])
        said = f"{done.output}{done.exception}"
        assert not any(peer in said for peer in PEERS), (words, said)
