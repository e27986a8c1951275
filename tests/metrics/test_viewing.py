"""Who sees which figures: by unit, by sensitivity, by own value; compared with the figures that everybody would see."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from leadline.errors import QueryError
from leadline.metrics.adjusting import adjusted
from leadline.metrics.evaluate import evaluate, evaluate_many
from leadline.metrics.explain import explain
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Sight, Viewer
from leadline.metrics.request import Request
from leadline.metrics.viewing import at_least, seen_by, sees
from leadline.scorecards.tree import score
from tests.projects import refreshed, write_project

AGENTS = {"n1": ("A1", "A2"), "n2": ("B1", "B2", "B3"), "s1": ("C1",)}
METRIC = {"kind": "metric", "of": "contact", "at": "started_at", "measured_in": "count", "owner": "x"}
DOCUMENTS = [
    {"kind": "project", "name": "seen"},
    {"kind": "unit", "name": "north", "children": [{"name": "n1"}, {"name": "n2"}]},
    {"kind": "unit", "name": "south", "children": [{"name": "s1"}]},
    {"kind": "fact", "name": "contact", "key": ["contact_id"], "at": "started_at", "unit": "team", "columns": {
        "contact_id": {"type": "text"}, "started_at": {"type": "instant"}, "team": {"type": "unit"},
        "agent_id": {"type": "text"}, "channel": {"type": "text"}}},
    {"kind": "source", "name": "contacts", "fact": "contact", "files": "*.csv"},
    {**METRIC, "name": "open_count", "type": "count", "by": ["agent_id", "channel"], "sensitivity": "public"},
    {**METRIC, "name": "plain", "type": "count", "by": ["agent_id", "channel"]},
    {**METRIC, "name": "closed", "type": "count", "by": ["agent_id"], "sensitivity": "confidential"},
    {"kind": "metric", "name": "told", "type": "derived", "formula": "closed / plain", "measured_in": "ratio",
     "owner": "x", "sensitivity": "public"},
    {"kind": "objective", "name": "o"},
    {"kind": "scorecard", "name": "card", "period": "month", "perspectives": [{"name": "p", "objectives": [
        {"objective": "o", "measures": [
            {"metric": "plain", "goal": 10, "red_flag": 5}, {"metric": "closed", "goal": 10, "red_flag": 5}]}]}]},
]  # fmt: skip
EVERYTHING = Sight("confidential")
JUNE = "2026-06"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """Each agent has as many contacts as its place in the alphabet of agents, times four, by two channels."""
    lines, number = ["contact_id,started_at,team,agent_id,channel"], 0
    for unit, agents in AGENTS.items():
        for place, agent in enumerate(agents, 1):
            for nth in range(4 * place):
                number += 1
                lines.append(
                    f"c{number},2026-06-{nth + 1:02}T10:00:00Z,{unit},{agent},{'phone' if nth % 2 else 'chat'}"
                )
    root = write_project(tmp_path_factory.mktemp("seen") / "p", DOCUMENTS, {"c.csv": "\n".join(lines) + "\n"})
    with refreshed(root) as (_, made):
        yield made


def asked(metric: str, *sights: Sight, **more: object) -> Query:
    return Query(metric, Viewer("eva", sights), "test", **more)  # type: ignore[arg-type]  # what a query takes


def values(published: Published, query: Query) -> dict[str, float | None]:
    return {one.unit or one.slice: one.value for one in evaluate(published, query)}


def within(*units: str, **more: object) -> Sight:
    return Sight("confidential", frozenset(units), **more)  # type: ignore[arg-type]  # what a sight takes


def test_without_a_sight_there_is_nothing(published: Published) -> None:
    for metric in ("open_count", "plain", "closed"):
        with pytest.raises(QueryError) as refused:
            evaluate(published, asked(metric))
        assert refused.value.code == "not-yours"


@pytest.mark.parametrize(
    ("tier", "metric", "shown"),
    [("public", "open_count", True), ("public", "plain", False), ("internal", "plain", True),
     ("internal", "closed", False), ("confidential", "closed", True), ("internal", "told", False)],
)  # fmt: skip
def test_a_sight_reaches_up_to_its_tier(published: Published, tier: str, metric: str, shown: bool) -> None:
    query = asked(metric, Sight(tier))  # type: ignore[arg-type]  # a tier
    assert sees(published, query) == shown
    if shown:
        assert evaluate(published, query) == evaluate(published, replace(query, viewer="machine"))


def test_of_units_only_those_seen_are_parts_and_the_whole_is_not_told(published: Published) -> None:
    lead = within("n2", "s1")
    assert values(published, asked("plain", lead, unit="n2")) == {"n2": 24}
    for unit in (None, "north", "n1"):
        with pytest.raises(QueryError, match="no role shows figures"):
            evaluate(published, asked("plain", lead, unit=unit))
    assert values(published, asked("plain", lead, unit="north", by_unit=True)) == {"n2": 24}
    assert values(published, asked("plain", EVERYTHING, unit="north", by_unit=True)) == {"n1": 12, "n2": 24}
    assert seen_by(Viewer("eva", (lead,)), published.catalog) == ("n2", "s1")
    assert seen_by(Viewer("eva", (lead, EVERYTHING)), published.catalog) is None


def test_sights_add_up_and_are_never_mixed(published: Published) -> None:
    """Internal figures everywhere and confidential ones of a unit do not make confidential ones everywhere."""
    sights = (Sight("internal"), within("n2"))
    assert values(published, asked("plain", *sights)) == {"": 40}
    assert values(published, asked("closed", *sights, unit="n2")) == {"n2": 24}
    with pytest.raises(QueryError):
        evaluate(published, asked("closed", *sights))
    with pytest.raises(QueryError):
        evaluate(published, asked("closed", *sights, unit="n1"))


@pytest.mark.thorough
def test_an_agent_sees_the_own_figure_and_the_total_never_a_colleagues(published: Published) -> None:
    agent = within("n2", own=(("agent_id", "B2"),))
    assert values(published, asked("plain", agent, unit="n2", by=("agent_id",))) == {"n2": 8}
    (own,) = evaluate(published, asked("plain", agent, unit="n2", by=("agent_id",)))
    assert (own.slice, own.value) == ("agent_id=B2", 8)
    assert values(published, asked("plain", agent, unit="n2")) == {"n2": 24}, "with two others in it"
    for where in ({"agent_id": "B1"}, {"agent_id": ""}):
        with pytest.raises(QueryError):
            evaluate(published, asked("plain", agent, unit="n2", where=where))


@pytest.mark.parametrize(("unit", "me", "why"), [("n1", "A1", "one other"), ("s1", "C1", "nobody else")])
def test_a_total_that_tells_of_one_other_is_kept_back(
    published: Published, unit: str, me: str, why: str
) -> None:
    query = asked("plain", within(unit, own=(("agent_id", me),)), unit=unit)
    (one,) = evaluate(published, query)
    assert (one.status == "suppressed", one.value is None) == (why == "one other",) * 2
    assert explain(published, query).terms == {} if why == "one other" else True


def test_slices_of_a_total_are_not_told_beside_the_own_figure(published: Published) -> None:
    agent = within("n2", own=(("agent_id", "B2"),))
    found = evaluate(published, asked("plain", agent, unit="n2", by=("channel",)))
    assert {one.status for one in found} == {"suppressed"}


def test_who_is_nobody_in_the_rows_sees_no_slice(published: Published) -> None:
    unknown = within("n2", own=(("agent_id", None),))
    with pytest.raises(QueryError):
        evaluate(published, asked("plain", unknown, unit="n2", by=("agent_id",)))


def test_few_rows_are_suppressed_for_who_may_not_see_them_and_for_nobody_else(published: Published) -> None:
    few = Sight("confidential", minimum_n=10)
    by_unit = {one.unit: one.status for one in evaluate(published, asked("plain", few, by_unit=True))}
    assert by_unit == {"north": "provisional", "south": "suppressed"}
    assert {one.status for one in evaluate(published, asked("plain", EVERYTHING, by_unit=True))} == {
        "provisional"
    }
    assert at_least(published, 10) is at_least(published, 10)


def test_a_query_wider_than_the_sight_has_no_plan(published: Published) -> None:
    """Whoever forgets to narrow a query gets an error where its plan is made, not a figure."""
    lead = within("n2")
    for wide in (asked("plain", lead), asked("plain", lead, unit="north", by_unit=True)):
        with pytest.raises(QueryError) as refused:
            Request.of(published, wide, published.catalog.metrics["plain"], None)  # type: ignore[arg-type]  # a row metric
        assert refused.value.code == "not-yours"
    for ask in (explain, adjusted):
        with pytest.raises(QueryError):
            ask(published, asked("plain", lead))


def test_every_viewer_is_answered_for_itself_in_one_call(published: Published) -> None:
    mine, yours = (
        asked("plain", within("n1"), unit="n1"),
        asked("plain", within("n2", minimum_n=30), unit="n2"),
    )
    found = evaluate_many(published, [mine, yours, replace(mine, viewer="machine")])
    assert [one[0].value for one in found] == [12, None, 12]


def test_a_scorecard_shows_what_is_seen_and_says_what_is_not(published: Published) -> None:
    result = score(
        published, "card", viewer=Viewer("eva", (Sight("internal", frozenset({"n2"})),)), unit="n2"
    )
    plain, closed = result.measures()
    assert plain.observation is not None
    assert closed.observation is not None
    assert (plain.observation.value, plain.status) == (24, "on target")
    assert (closed.observation.status, closed.observation.note) == ("suppressed", "It is not yours to see.")
