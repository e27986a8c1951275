"""The strategy: what its parts come to, and what the checks say of a bad one."""

from pathlib import Path
from typing import Any

import pytest

from leadline.catalog import Catalog, load, strategy
from tests.projects import write_project

FACT = {"kind": "fact", "name": "contact", "key": ["id"], "at": "at", "columns": {
    "id": {"type": "text", "required": True}, "at": {"type": "instant", "required": True},
    "channel": {"type": "text"}, "good": {"type": "boolean"}, "seconds": {"type": "number"}}}  # fmt: skip


SOURCE = {"kind": "source", "name": "log", "fact": "contact", "files": "data/*.csv", "format": "csv"}


def metric(name: str, **keys: Any) -> dict[str, Any]:
    """A metric over contacts."""
    return {"kind": "metric", "name": name, "type": "mean", "of": "contact", "value": "seconds", "owner": "x",
            "measured_in": "seconds",
            "direction": "lower", **keys}  # fmt: skip


def share(name: str, **keys: Any) -> dict[str, Any]:
    return {"kind": "metric", "name": name, "type": "share", "of": "contact", "when": "good", "owner": "x",
            "direction": "higher", **keys}  # fmt: skip


def measure(name: str, **keys: Any) -> dict[str, Any]:
    goal = {"red_flag": 70, "goal": 80} if name in {"solved", "happy"} else {"red_flag": 80, "goal": 70}
    return {"metric": name, **goal, **keys}


def objective(name: str, **keys: Any) -> dict[str, Any]:
    return {"kind": "objective", "name": name, "owner": "x", **keys}


def card(*perspectives: tuple[str, float, dict[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    return {"kind": "scorecard", "name": "card", "perspectives": [
        {"name": name, "weight": weight,
         "objectives": [{"objective": o, "measures": measures} for o, measures in objectives.items()]}
        for name, weight, objectives in perspectives
    ]}  # fmt: skip


STRATEGY = {
    "kind": "strategy",
    "name": "plan",
    "owner": "board",
    "perspectives": [{"name": "customer"}, {"name": "process"}],
    "themes": [{"name": "first_time"}],
}
CARD = card(("customer", 1, {"loved": [measure("happy")]}), ("process", 1, {"quick": [measure("wait")]}))
LINK = {"objective": "loved", "after": "2 days"}
SOUND: list[dict[str, Any]] = [
    {"kind": "project", "name": "p", "scorecard": "card"}, FACT, SOURCE, STRATEGY, CARD,
    share("happy", indicator="lagging", by=["channel"]), metric("wait", indicator="leading"),
    objective("loved", perspective="customer", theme="first_time"),
    objective("quick", perspective="process", leads_to=[LINK]),
]  # fmt: skip


def made(tmp_path: Path, *changed: dict[str, Any], without: str = "") -> Catalog:
    """The sound project with some of its definitions exchanged or added."""
    new = {(d["kind"], d["name"]): d for d in changed}
    old = {(d["kind"], d["name"]): d for d in SOUND if d["name"] != without}
    return load(write_project(tmp_path, list((old | new).values()), {}))


def codes(catalog: Catalog) -> set[str]:
    return {problem.code for problem in catalog.problems}


def test_a_sound_strategy_has_no_problem(tmp_path: Path) -> None:
    assert list(made(tmp_path).problems) == []


def test_a_link_shows_in_the_weightiest_measures(tmp_path: Path) -> None:
    (link,) = strategy.links(made(tmp_path))
    assert link.driver is not None
    assert link.outcome is not None
    assert (link.driver.metric, link.outcome.metric, link.sign) == ("wait", "happy", -1)


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("objective-unmeasured", [objective("third", perspective="customer")]),
        ("metric-without-objective", [share("solved")]),
        ("all-lagging", [metric("wait", indicator="lagging")]),
        ("goal-unowned", [{"kind": "goal", "name": "win"}]),
        ("goal-unowned", [{"kind": "initiative", "name": "try", "objectives": ["loved"]}]),
        ("perspective-overweight",
         [card(("customer", 3, {"loved": [measure("happy")]}), ("process", 1, {"quick": [measure("wait")]}))]),
        ("counted-twice",
         [card(("customer", 1, {"loved": [measure("happy")]}), ("process", 1, {"quick": [measure("happy")]}))]),
        ("counted-twice",
         [metric("delay", indicator="leading"),
          card(("customer", 1, {"loved": [measure("happy")]}),
               ("process", 1, {"quick": [measure("wait"), measure("delay")]}))]),
        ("spend-importance",
         [{"kind": "initiative", "name": "try", "objectives": ["quick"], "budget": 9, "owner": "x"},
          objective("loved", perspective="customer", importance=3),
          objective("quick", perspective="process", importance=2, leads_to=[LINK])]),
        ("link-downward", [objective("loved", perspective="customer", leads_to=[{**LINK, "objective": "quick"}]),
                           objective("quick", perspective="process")]),
        ("link-circle", [objective("loved", perspective="customer", leads_to=[{**LINK, "objective": "quick"}])]),
        ("link-direction", [metric("wait", direction=None, indicator="leading")]),
        ("link-figure", [objective("quick", perspective="process", leads_to=[
            {**LINK, "outcome": {"metric": "happy", "where": {"seconds": "1"}}}])]),
        ("link-figure", [objective("quick", perspective="process", leads_to=[
            {**LINK, "outcome": {"metric": "happy", "unit": "north"}}]),
            {"kind": "unit", "name": "north"}]),
        ("unknown-strategy-part", [objective("loved", perspective="people")]),
        ("unknown-strategy-part", [objective("loved", theme="nothing")]),
        ("unknown-goal", [objective("loved", goals=["nothing"])]),
        ("unknown-objective", [objective("quick", leads_to=[{**LINK, "objective": "lovd"}])]),
        ("unknown-metric", [objective("quick", leads_to=[{**LINK, "driver": "wiat"}])]),
        ("goal-unpursued", [{"kind": "goal", "name": "win", "owner": "x"}]),
        ("initiative-budget", [{"kind": "initiative", "name": "try", "objectives": ["loved"], "budget": 9, "spent": 10,
                                "owner": "x"}]),
        ("initiative-dates", [{"kind": "initiative", "name": "try", "objectives": ["loved"], "from": "2026-02-01",
                               "until": "2026-01-31", "owner": "x"}]),
        ("perspective-elsewhere", [objective("loved", perspective="process")]),
        ("listed-twice", [{**STRATEGY, "themes": [{"name": "first_time"}, {"name": "first_time"}]}]),
        ("second-strategy", [{"kind": "strategy", "name": "other"}]),
        ("bad-value", [objective("quick", leads_to=[{**LINK, "after": "soon"}])]),
    ],
)  # fmt: skip
def test_each_check_finds_what_it_is_for(tmp_path: Path, code: str, changed: list[dict[str, Any]]) -> None:
    assert code in codes(made(tmp_path, *changed))


def test_without_a_strategy_nothing_is_asked_for(tmp_path: Path) -> None:
    plain = [
        objective("loved"),
        objective("quick", leads_to=[LINK]),
        share("solved"),
        metric("wait", indicator="lagging"),
    ]
    assert list(made(tmp_path, *plain, without="plan").problems) == []


def test_a_link_that_ends_where_it_cannot_be_followed_is_no_circle(tmp_path: Path) -> None:
    third = objective("third", perspective="process", leads_to=[LINK, {**LINK, "objective": "quick"}])
    assert "link-circle" not in codes(made(tmp_path, third))


def test_importance_is_declared_or_the_share_of_the_scorecard(tmp_path: Path) -> None:
    assert strategy.importance(made(tmp_path)) == {"loved": 0.5, "quick": 0.5}
    both = made(tmp_path, objective("loved", importance=3), objective("quick", importance=1, leads_to=[LINK]))
    assert strategy.importance(both) == {"loved": 0.75, "quick": 0.25}


def test_budgets_are_shared_among_objectives_and_stopped_ones_are_not_counted(tmp_path: Path) -> None:
    work = {"kind": "initiative", "owner": "x", "budget": 100}
    found = made(
        tmp_path, {**work, "name": "one", "objectives": ["loved", "quick"]},
        {**work, "name": "two", "objectives": ["loved"]},
        {**work, "name": "old", "objectives": ["quick"], "state": "stopped"},
    )  # fmt: skip
    assert strategy.spend(found) == {"loved": 150.0, "quick": 50.0}
