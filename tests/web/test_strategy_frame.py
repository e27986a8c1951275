"""The frame of a strategy on its page: pillars, themes, stages, behaviours; goals by their figures; late work."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser

from leadline.app.refresh import refresh
from leadline.app.web.views.strategy_frame import alerts, reached
from leadline.app.wiring import Latest, workspace
from leadline.catalog.definitions import Goal, Initiative
from leadline.clock import FixedClock
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.query import Query
from tests.projects import quiet, write_project
from tests.scorecards.service import calls, documents
from tests.web.door import entered, make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults, opened
from tests.web.test_views import context

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))
FRAME = [
    {"kind": "strategy", "name": "plan", "owner": "x", "perspectives": [{"name": "process"}],
     "pillars": [{"name": "service", "title": "Service that settles it", "owner": "ann"}],
     "themes": [{"name": "first", "title": "Right the first time", "pillar": "service"}, {"name": "stray"}],
     "stages": [{"name": "help", "title": "Needs help"}],
     "behaviours": [{"name": "stay", "title": "Stays", "stage": "help"}, {"name": "tell", "title": "Tells others"}]},
    {"kind": "goal", "name": "solved", "theme": "first", "by": "2026-05-01", "owner": "x",
     "reach": {"metric": "resolved", "value": 95}},
    {"kind": "initiative", "name": "coaching", "objectives": ["calm"], "goal": "solved", "budget": 100, "spent": 140,
     "from": "2026-01-01", "until": "2026-03-31", "owner": "x"},
]  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    built = [d for d in documents() if d["kind"] not in {"objective", "project"}]
    built += [
        {"kind": "project", "name": "test", "scorecard": "service", "currency": "EUR"},
        {"kind": "objective", "name": "calm", "owner": "x", "perspective": "process", "theme": "first",
         "goals": ["solved"], "behaviours": ["stay"], "stages": ["help"]},
        *FRAME,
    ]  # fmt: skip
    root = write_project(tmp_path_factory.mktemp("frame") / "p", built, {"calls.csv": calls({})})
    with workspace(root, actor="tester", clock=NOW) as space:
        refresh(space, NOW, quiet)
        latest = Latest(space)
        with entered(make_app(latest, space.ledger, clock=NOW)) as client:
            yield context(client, "/strategy"), latest()


def test_pillars_have_their_themes_goals_and_objectives(found) -> None:
    page, _ = found
    service, rest = page["pillars"]
    assert (service.label, service.owner) == ("Service that settles it", "ann")
    assert [goal.text for goal in service.goals] == ["Solved"]
    assert [(t.label, [o.objective.text for o in t.objectives]) for t in service.themes] == [
        ("Right the first time", ["Calm"]),
    ]  # fmt: skip
    assert (rest.label, [t.label for t in rest.themes]) == ("On no pillar", ["Stray"])


def test_the_customers_way_has_what_they_are_to_do_and_who_sees_to_it(found) -> None:
    page, _ = found
    help_, nowhere = page["journey"]
    assert [(b.label, [o.objective.href for o in b.objectives]) for b in help_.behaviours] == [
        ("Stays", ["#o-calm"]),
    ]  # fmt: skip
    assert [o.objective.text for o in help_.objectives] == ["Calm"]
    assert (nowhere.label, [b.label for b in nowhere.behaviours]) == ("In no stage", ["Tells others"])


def test_goals_and_initiatives_say_what_is_wrong_with_them(found) -> None:
    page, _ = found
    (goal,), (coaching,) = page["goals"], page["initiatives"]
    assert (goal.mark.word, goal.mark.tone) == ("Missed", "bad")
    assert [mark.word for mark in coaching.alerts] == ["Over budget", "Overdue"]


@pytest.mark.parametrize(
    ("value", "by", "word"),
    [(40, None, "Reached"), (95, None, "Not yet"), (95, date(2026, 6, 4), "Not yet"), (95, date(2026, 6, 2), "Missed")],
)  # fmt: skip
def test_a_goal_is_reached_where_the_whole_interval_says_so(found, value, by, word) -> None:
    _, published = found
    metric = published.catalog.metrics["resolved"]
    asked = Query("resolved", "me", "test", grain="month", since=date(2026, 5, 1), until=date(2026, 6, 1))
    (figure,) = evaluate_many(published, [asked])[0]

    def goal(level):
        return Goal.model_validate(
            {"kind": "goal", "name": "g", "by": by, "reach": {"metric": "resolved", "value": level}}
        )

    today = date(2026, 6, 3)
    assert reached(goal(value), metric, figure, today).word == word
    assert reached(goal(figure.value), metric, figure, today).word == "Cannot tell"
    lower = metric.model_copy(update={"direction": "lower"})
    assert reached(goal(95), lower, figure, today).word == "Reached"
    assert reached(goal(40), lower, figure, today).tone in {"quiet", "bad"}
    assert reached(goal(value), metric.model_copy(update={"direction": None}), figure, today) is None
    assert reached(goal(value), metric, replace(figure, value=None), today) is None


def test_an_initiative_that_is_done_is_not_late() -> None:
    said = {"kind": "initiative", "name": "i", "objectives": ["calm"], "budget": 10}
    today = date(2026, 6, 3)

    def words(**more):
        return [mark.word for mark in alerts(Initiative.model_validate(said | more), today)]

    assert words(until=date(2026, 6, 2)) == ["Overdue"]
    assert words(until=date(2026, 6, 3)) == []
    assert words(until=date(2026, 6, 2), state="done") == []
    assert words(**{"from": date(2026, 6, 2)}, state="planned") == ["Should have begun"]
    assert words(**{"from": date(2026, 6, 3)}, state="planned") == []
    assert words(spent=10) == []
    assert words(spent=10.01) == ["Over budget"]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_frame_passes_the_scan_on_desk_and_phone(tmp_path, browser: Browser, scheme: str) -> None:
    built = [d for d in documents() if d["kind"] != "objective"]
    built += [
        {"kind": "objective", "name": "calm", "owner": "x", "theme": "first", "behaviours": ["stay"]},
        *FRAME,
    ]
    root = write_project(tmp_path / "p", built, {"calls.csv": calls({})})
    with workspace(root, actor="tester", clock=NOW) as space:
        refresh(space, NOW, quiet)
        with serving(make_app(Latest(space), space.ledger, clock=NOW)) as address:
            for viewport in (DESKTOP, PHONE):
                with opened(browser, address, "/strategy", viewport=viewport, color_scheme=scheme) as page:
                    assert faults(page) == []
                    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
