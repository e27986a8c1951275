"""What a scorecard would say: scored anew from the same figures, and nothing that a definition could not say."""

from datetime import UTC, datetime

import pytest

from leadline.catalog.definitions import Scorecard
from leadline.clock import FixedClock
from leadline.errors import QueryError
from leadline.scorecards.tree import score
from leadline.scorecards.what_if import Change, changed, parse, what_if
from tests.projects import refreshed, write_project
from tests.scorecards.service import calls, documents

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    root = tmp_path_factory.mktemp("what_if") / "p"
    with refreshed(write_project(root, documents(), {"calls.csv": calls({})}), NOW) as (_, found):
        yield found


def test_no_change_is_the_scorecard_as_it_is(published) -> None:
    for outcome in what_if(published, "service", [], viewer="me", units=(None, "north", "south")):
        assert outcome.now == outcome.then == score(published, "service", viewer="me", unit=outcome.unit)
        assert outcome.moved == []


def test_a_target_out_of_reach_turns_its_measure_and_the_whole(published) -> None:
    (outcome,) = what_if(
        published, "service", [parse("resolved.red_flag=90"), parse("resolved.goal=95")], viewer="me"
    )
    ((one, other),) = outcome.moved
    assert (one.metric.name, other.status) == ("resolved", "off target")
    assert one.observation == other.observation
    assert outcome.then.score < outcome.now.score


def test_red_flag_and_goal_may_move_past_each_other_in_either_order(published) -> None:
    asked = [parse("resolved.red_flag=90"), parse("resolved.goal=95"), parse("resolved.stretch=99")]
    found = [what_if(published, "service", order, viewer="me")[0].then for order in (asked, asked[::-1])]
    assert found[0] == found[1]
    with pytest.raises(QueryError) as refused:
        what_if(published, "service", [*asked, parse("resolved.stretch=91")], viewer="me")
    assert refused.value.message.startswith("resolved: The stretch 91")


def test_a_weight_of_nothing_leaves_the_other_measure_alone(published) -> None:
    (outcome,) = what_if(published, "service", [parse("resolved.weight=0")], viewer="me")
    minutes = next(m for m in outcome.now.measures() if m.metric.name == "minutes")
    assert outcome.then.score == pytest.approx(minutes.score)


@pytest.mark.parametrize(
    "text",
    ["resolved", "resolved.goal", "resolved.goal=x", "resolved.goal=nan", "resolved.goal=inf", "resolved.colour=3",
     "solved.goal=3", "resolved@north.goal=3", "resolved.goal=60", "process.goal=3", "resolved.weight=-1", "=3"],
)  # fmt: skip
def test_what_no_definition_could_say_is_refused(published, text) -> None:
    with pytest.raises(QueryError) as refused:
        what_if(published, "service", [parse(text)], viewer="me")
    assert refused.value.code == "what-if"


def test_a_metric_shown_twice_needs_its_unit(published) -> None:
    card = published.catalog.scorecards["service"]
    perspective = card.perspectives[0]
    place = perspective.objectives[0]
    twice = place.model_copy(update={"measures": (*place.measures, place.measures[0])})
    double = card.model_copy(
        update={"perspectives": (perspective.model_copy(update={"objectives": (twice,)}),)}
    )
    with pytest.raises(QueryError, match="2 times"):
        changed(double, [Change("minutes", "goal", 8)])


def test_a_target_that_would_not_reach_its_units_is_refused(published) -> None:
    card = published.catalog.scorecards["service"].model_dump(by_alias=True)
    measures = card["perspectives"][0]["objectives"][0]["measures"]
    measures[0]["targets"] = [{"unit": "north", "red_flag": 15, "goal": 11}]
    own = Scorecard.model_validate(card)
    with pytest.raises(QueryError, match="targets of its own"):
        changed(own, [Change("minutes", "goal", 8)])
    assert changed(own, [Change("minutes", "weight", 3)]) != own
