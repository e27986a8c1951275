"""Units compared, people of a team, targets proposed and asked for: on pages, by whom they may be seen."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, Workspace, open_published, workspace
from leadline.clock import FixedClock
from leadline.metrics.query import Sight, Viewer
from leadline.scorecards.agents import by_agent
from leadline.scorecards.comparing import compare_metric
from leadline.scorecards.targeting import allotted
from leadline.scorecards.tree import score
from tests.projects import quiet, write_project
from tests.scorecards.service import TEAMS, calls, documents
from tests.web.door import entered, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))
PATHS = (
    "/compare", "/compare?metric=minutes", "/compare?metric=resolved&kind=teams", "/compare?metric=calls_taken",
    "/scorecards/service?unit=north", "/scorecards/service/agents?unit=north",
    "/scorecards/service?unit=north&slice=product%3Da", "/targets",
    "/targets?definition=service&metric=minutes", "/scorecards/of_a",
    "/targets/allocation?definition=service&metric=minutes",
    "/targets/allocation?definition=service&metric=minutes&kind=mix%3Ateam_kind&view=product",
)  # fmt: skip


def company() -> list[dict[str, Any]]:
    """Give the company by week, its products in the place of persons, its scorecard governed."""
    made = [one for one in documents() if one["kind"] not in {"trade_off", "incentive"}]
    for one in made:
        if one["kind"] == "project":
            one["governed"] = {"scorecards": ["service"]}
        if one["kind"] == "metric":
            one["by"] = ["product", "team_kind"]
        if one["kind"] == "fact":
            one["columns"]["team_kind"] = {"type": "text"}
        if one["kind"] == "scorecard":
            one |= {"agents": "product", "adaptable": ["targets"], "period": "week", "owner": "tester"}
            measures = one["perspectives"][0]["objectives"][0]["measures"]
            measures[0]["case_mix"] = "team_kind"
            measures.append({"metric": "calls_taken", "weight": 0, "score": "unscored"})
    made.append({"kind": "metric", "name": "calls_taken", "type": "count", "of": "call", "owner": "x"})
    made.append({"kind": "scorecard", "name": "of_a", "template": "service", "where": {"product": "a"},
                 "leaves_out": []})  # fmt: skip
    made[-1].pop("leaves_out")
    for one in made:
        if one["kind"] == "metric" and one["name"] == "calls_taken":
            one["by"] = ["product"]
    return made


def rows() -> str:
    """Give calls of which product a gets the hard kind far more often than product b, and both do as well on each."""
    lines = calls({}, n=600).splitlines()
    out = [lines[0] + ",team_kind"]
    for nth, line in enumerate(lines[1:]):
        parts = line.split(",")
        hard = nth % 5 > 0 if parts[5] == "a" else nth % 5 == 0
        minutes = float(parts[3]) + (6 if hard else 0)
        out.append(",".join([*parts[:3], f"{minutes:.2f}", *parts[4:], "hard" if hard else "easy"]))
    return "\n".join(out) + "\n"


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = write_project(tmp_path_factory.mktemp("compare") / "p", company(), {"calls.csv": rows()})
    with workspace(root, actor="tester", clock=NOW) as made:
        refresh(made, NOW, quiet)
        yield made


@pytest.fixture(scope="module")
def app(space: Workspace) -> FastAPI:
    return make_app(Latest(space), space.ledger, clock=NOW)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with entered(app) as asking:
        yield asking


@pytest.mark.parametrize("path", PATHS)
def test_every_page_answers(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_case_mix_is_taken_out_of_a_persons_figure(space: Workspace) -> None:
    published = open_published(space)
    found = by_agent(published, "service", viewer="x", unit="north")
    minutes = {who: next(result.measures()).observation for who, result in found.people}
    plain = {
        who: next(m for m in score(published, "of_a", viewer="x", unit="north").measures()).observation
        for who in ("a",)
    }
    a, b = minutes["a"], minutes["b"]
    assert a is not None
    assert b is not None
    assert a.adjustment == b.adjustment == "standardised"
    raw = plain["a"]
    assert raw is not None
    assert raw.value is not None
    assert a.value is not None
    assert b.value is not None
    assert raw.value > a.value + 1  # the hard cases are not its fault
    assert abs(a.value - b.value) < 1.5
    one = score(published, "service", viewer="x", unit="north", where={"product": "a"})
    assert next(one.measures()).observation == a


@pytest.mark.thorough
def test_each_person_sees_the_own_figures_and_nobody_elses(space: Workspace) -> None:
    published = open_published(space)
    mine = Viewer("a", (Sight("confidential", own=(("product", "a"),)),))
    assert [who for who, _ in by_agent(published, "service", viewer=mine, unit="north").people] == ["a"]
    anybody = Viewer("v", (Sight("internal"),))
    assert by_agent(published, "service", viewer=anybody, unit="north").people == ()
    other = score(published, "service", viewer=mine, unit="north", where={"product": "b"})
    assert all(m.observation is None or m.observation.value is None for m in other.measures())


def test_totals_are_compared_without_places(space: Workspace) -> None:
    published = open_published(space)
    found = compare_metric(published, "calls_taken", TEAMS, viewer="x", within="acme", grain="week", better=0)
    assert not found.ranked
    assert all(one.placing is None for one in found.units)
    ranked = compare_metric(published, "minutes", TEAMS, viewer="x", within="acme", grain="week", better=-1)
    assert ranked.kinds == "team_kind"
    assert {(one.placing.first, one.placing.last) for one in ranked.units if one.placing} == {(1, 2)}


def test_teams_of_different_parents_are_standardised_for_the_whole(space: Workspace) -> None:
    published = open_published(space)
    near = compare_metric(published, "minutes", TEAMS, viewer="x", within="acme", grain="week", better=-1)
    far = compare_metric(
        published, "minutes", ("acme", *TEAMS), viewer="x", within=None, grain="week", better=-1
    )  # one lies above the others: as teams at different depths do
    assert far.kinds == "team_kind"
    got = {one.unit: one.now for one in far.units}
    for one in near.units:
        assert one.now is not None
        seen = got[one.unit]
        assert seen is not None
        assert (seen.value, seen.adjustment) == (pytest.approx(one.now.value), "standardised")


def test_scores_have_a_history_each_as_the_pages_of_those_weeks_say(
    client: TestClient, space: Workspace
) -> None:
    page = context(client, "/compare")
    assert {one.label for one in page["multiples"]} == {"North", "South"}
    published = open_published(space)
    chosen = next(one.href for one in page["period"].choices if one.here).rpartition("period=")[2]
    week = published.periods.back(published.periods.parse(chosen), 3)
    for one in page["multiples"]:
        then = score(published, "service", viewer="x", unit=one.label.lower(), period=week.start)
        assert one.values[-4] == pytest.approx(then.score)
        assert one.low <= min(v for v in one.values if v is not None)


@pytest.mark.thorough
def test_a_proposal_is_asked_for_and_nothing_is_in_force_by_it(client: TestClient, space: Workspace) -> None:
    shown = client.get("/targets?definition=service&metric=minutes").text
    assert "Evidence" in shown
    token = shown.split('name="token" value="')[1].split('"')[0]
    file = next(path for path in space.root.rglob("*.yaml") if "kind: scorecard" in path.read_text())
    before = file.read_text()
    form = {"token": token, "definition": "service", "measure": "minutes", "red_flag": "13.5", "goal": "9.5"}
    same = {"origin": str(client.base_url), "referer": str(client.base_url)}
    unsaid = client.post("/targets", data=form, headers=same)
    assert unsaid.status_code >= 400
    assert file.read_text() == before
    wrong = client.post("/targets", data={**form, "goal": "13.5", "because": "x"}, headers=same)
    assert wrong.status_code >= 400
    assert file.read_text() == before
    asked = client.post("/targets", data={**form, "because": "Evidence of ten weeks."}, headers=same)
    assert asked.status_code == 200
    assert "/changes/" in str(asked.url)
    assert "Minutes" in asked.text
    assert "13.5" in file.read_text()
    published = open_published(space)
    assert next(score(published, "service", viewer="x").measures()).goal == 10
    again = client.post("/targets", data={**form, "goal": "9", "because": "More."}, headers=same)
    assert "being changed already" in again.text
    file.write_text(before)


@pytest.mark.thorough
def test_goals_are_allocated_to_units_and_asked_for_and_nothing_is_in_force_by_it(
    client: TestClient, space: Workspace
) -> None:
    file = next(path for path in space.root.rglob("*.yaml") if "kind: scorecard" in path.read_text())
    before = file.read_text()
    asked = "/targets/allocation?definition=service&metric=minutes"
    assert asked.replace("&", "&amp;") in client.get("/targets?definition=service&metric=minutes").text
    shown = client.get(f"{asked}&minutes.goal=9").text
    assert "allocated here is another goal" in shown
    assert "No part has a goal of its own" in shown
    assert "is no number" in client.get(f"{asked}&minutes.goal=many").text
    token = shown.split('name="token" value="')[1].split('"')[0]
    form = {"token": token, "definition": "service", "measure": "minutes", "goal": "9", "kind": "own"}
    same = {"origin": str(client.base_url), "referer": str(client.base_url)}
    assert (
        client.post("/targets/allocation", data=form, headers=same).status_code >= 400
    )  # a reason is missing
    assert file.read_text() == before
    done = client.post("/targets/allocation", data={**form, "because": "The board's goal."}, headers=same)
    assert "/changes/" in str(done.url)
    published = open_published(space)
    found = allotted(
        published, "minutes", 9.0, viewer="x", period=published.latest_complete("minutes", "week")
    )
    text = file.read_text()
    for one in found.allotted:
        if found.level[found.allotted.index(one)] == 1:
            assert f"goal: {float(f'{one.goal:.4g}'):g}" in text
    assert next(score(published, "service", viewer="x").measures()).goal == 10
    file.write_text(before)


@pytest.mark.browser
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_pass_the_scan_and_fit(app: FastAPI, browser: Browser, path: str, scheme: str) -> None:
    with serving(app) as address:
        for viewport in (DESKTOP, PHONE):
            with opened(browser, address, path, viewport=viewport, color_scheme=scheme) as page:
                assert faults(page) == []
                assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
