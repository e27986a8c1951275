"""Roll-up rules other than the weighted mean (CONVENTIONS A.3), and gaps (A.4); dated weights."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.definitions import Measure
from leadline.catalog.scoring import BANDS, GOAL_SCORE, RED_FLAG_SCORE, band_of
from leadline.scorecards.rollup import BORDERS, Child, roll_up

RED, AMBER, GREEN = 1.0, 5.0, 9.0


def child(score, *, low=None, high=None, weight=1.0):
    if score is None:
        return Child(weight, None, None, None, 0.0, "no data")
    return Child(
        weight, score, score if low is None else low, score if high is None else high, 1.0, band_of(score)
    )


@pytest.mark.parametrize(
    ("rule", "scores", "status", "score"),
    [
        ("worst", [GREEN, AMBER, RED], "off target", 0.0),
        ("worst", [GREEN, AMBER, GREEN], "at risk", RED_FLAG_SCORE),
        ("best", [GREEN, AMBER, RED], "on target", GOAL_SCORE),
        ("best", [RED, RED], "off target", 0.0),
        ("most_frequent_ties_worst", [GREEN, GREEN, RED], "on target", GOAL_SCORE),
        ("most_frequent_ties_worst", [GREEN, GREEN, RED, RED, AMBER], "off target", 0.0),
        ("most_frequent_ties_best", [GREEN, GREEN, RED, RED, AMBER], "on target", GOAL_SCORE),
        ("most_frequent_ties_best", [AMBER, RED], "at risk", RED_FLAG_SCORE),
        ("weighted", [GREEN, AMBER, RED], "at risk", 5.0),
    ],
)
def test_a_rule_names_the_parents_band(rule, scores, status, score):
    found = roll_up([child(s) for s in scores], rule)
    assert (found.status, found.score) == (status, pytest.approx(score))


def test_what_weighs_nothing_is_not_the_worst():
    assert roll_up([child(GREEN), child(RED, weight=0.0)], "worst").status == "on target"


def test_counting_gives_counts_and_no_score():
    found = roll_up([child(GREEN), child(GREEN), child(RED), child(None), child(RED, weight=0.0)], "count")
    assert (found.score, found.status, found.reason) == (
        None,
        "unscored",
        "2 on target, 1 off target, 1 no data.",
    )
    assert roll_up([child(GREEN)], "none").score is None


def test_one_gap_blanks_all_where_that_is_asked_for():
    assert roll_up([child(GREEN), child(None)], blank=True).score is None
    assert roll_up([child(GREEN), child(None, weight=0.0)], blank=True).score == GREEN
    assert roll_up([child(GREEN), child(None)]).score == GREEN


def test_a_childs_unsettled_status_unsettles_the_parent_only_where_it_decides():
    open_ = child(5.0, low=2.0, high=8.0)
    assert roll_up([child(GREEN), open_], "worst").status == "cannot tell"
    assert roll_up([child(RED), open_], "worst").status == "off target"
    assert roll_up([child(GREEN), open_], "best").status == "on target"
    assert roll_up([child(GREEN), child(GREEN), open_], "most_frequent_ties_worst").status == "on target"
    assert roll_up([child(GREEN), open_], "most_frequent_ties_worst").status == "cannot tell"
    many = [child(5.0, low=0.0, high=10.0)] * 12
    assert roll_up(many, "worst").status == "cannot tell"


scores = st.lists(st.floats(0, 10), min_size=1, max_size=5)
RULES = ["worst", "best", "most_frequent_ties_worst", "most_frequent_ties_best"]


@given(rule=st.sampled_from(RULES), found=scores, data=st.data())
def test_a_parent_is_no_worse_when_a_child_is_better_unless_the_many_decide(rule, found, data):
    parent = roll_up([child(s) for s in found], rule)
    assert parent.score in BORDERS.values()
    assert parent.status in {band_of(s) for s in found}
    if rule in {"worst", "best"}:
        nth = data.draw(st.integers(0, len(found) - 1))
        better = [*found[:nth], data.draw(st.floats(found[nth], 10)), *found[nth + 1 :]]
        assert roll_up([child(s) for s in better], rule).score >= parent.score


@given(
    rule=st.sampled_from(RULES),
    ends=st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=3),
)
def test_a_band_is_told_exactly_where_every_outcome_gives_it(rule, ends):
    children = [child((a + b) / 2, low=min(a, b), high=max(a, b)) for a, b in ends]
    outcomes = set()
    reach = [[b for b in BANDS if BANDS.index(band_of(c.low)) <= BANDS.index(b) <= BANDS.index(band_of(c.high))]
             for c in children]  # fmt: skip
    for bands in product(*reach):
        outcomes.add(roll_up([child(BORDERS[band] + 1) for band in bands], rule).status)
    assert roll_up(children, rule).status == (outcomes.pop() if len(outcomes) == 1 else "cannot tell")


def test_weights_hold_from_their_day_on():
    dated = Measure.model_validate(
        {
            "metric": "csat",
            "weight": [{"from": date(2026, 1, 1), "weight": 2}, {"from": date(2026, 7, 1), "weight": 3}],
        }
    )
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date.max]
    assert [dated.weight_on(day) for day in days] == [0, 2, 2, 3, 3]
    assert Measure.model_validate({"metric": "csat", "weight": 4}).weight_on(date.min) == 4
