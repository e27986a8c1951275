"""Rolling up: weighted mean, redistribution, confidence, intervals, and their properties."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.scorecards.rollup import Child, roll_up


def child(score, weight=1.0, *, reach=0.0, confidence=None, status=None):
    return Child(
        weight=weight,
        score=score,
        low=None if score is None else max(0.0, score - reach),
        high=None if score is None else min(10.0, score + reach),
        confidence=(score is not None) * 1.0 if confidence is None else confidence,
        status=status or ("no data" if score is None else "cannot tell"),
    )


scores = st.none() | st.floats(0, 10)
children = st.lists(
    st.builds(child, scores, st.floats(0.01, 100), reach=st.floats(0, 10)), min_size=1, max_size=8
)


def test_weights_are_relative():
    one = roll_up([child(9, 1), child(6, 2), child(3, 7)])
    assert one.score == pytest.approx(4.2)
    assert one.shares == pytest.approx((0.1, 0.2, 0.7))
    assert one.score == pytest.approx(roll_up([child(9, 10), child(6, 20), child(3, 70)]).score)


def test_a_gap_leaves_its_weight_to_its_siblings():
    rolled = roll_up([child(8, 1), child(None, 2), child(4, 1)])
    assert rolled.score == pytest.approx(6)
    assert rolled.shares == (0.5, 0, 0.5)
    assert rolled.confidence == 0.5


def test_one_of_three_present_is_a_confidence_of_a_third():
    assert roll_up([child(8), child(None), child(None)]).confidence == pytest.approx(1 / 3)


def test_confidence_of_a_branch_counts_by_its_weight():
    rolled = roll_up([child(8, 3, confidence=0.5), child(None, 1)])
    assert rolled.confidence == pytest.approx(3 * 0.5 / 4)


def test_below_the_minimum_confidence_there_is_a_score_and_no_colour():
    rolled = roll_up([child(9), child(None), child(None)], minimum_confidence=0.5)
    assert rolled.score == 9
    assert rolled.status == "cannot tell"
    assert rolled.reason == "Only 33% of the weight has data; a colour needs 50%."


def test_at_the_minimum_confidence_there_is_a_colour():
    assert roll_up([child(9), child(None)], minimum_confidence=0.5).status == "on target"


def test_weight_zero_is_shown_and_has_no_influence():
    assert roll_up([child(9, 1), child(0, 0)]).score == 9
    alone = roll_up([child(9, 0)])
    assert alone.score is None
    assert alone.status == "unscored"
    assert alone.reason == "No measure below has a weight."


def test_without_scores_a_suppressed_child_names_the_reason():
    assert roll_up([child(None), child(None, status="suppressed")]).status == "suppressed"
    assert roll_up([child(None)]).status == "no data"
    assert roll_up([]).score is None


def test_independent_half_widths_add_as_squares():
    rolled = roll_up([child(5, reach=3), child(5, reach=4)])
    assert rolled.low == pytest.approx(5 - 2.5)
    assert rolled.high == pytest.approx(5 + 2.5)


def test_half_widths_stay_on_their_side():
    rolled = roll_up([child(10, reach=2), child(0, reach=2)])
    assert (rolled.low, rolled.high) == pytest.approx((4, 6))


def test_an_end_that_is_not_known_counts_as_the_end_of_the_scale():
    rolled = roll_up([Child(1, 6.0, None, None, 1.0, "cannot tell")])
    assert (rolled.low, rolled.high) == (0, 10)


def test_parent_colour_needs_the_whole_interval():
    assert roll_up([child(8, reach=1)]).status == "on target"
    assert roll_up([child(7, reach=1)]).status == "cannot tell"
    assert roll_up([child(2, reach=1)]).status == "off target"


@given(children)
def test_shares_sum_to_one_and_the_score_lies_between_the_childrens(items):
    rolled = roll_up(items)
    present = [c.score for c in items if c.score is not None]
    if not present:
        assert rolled.score is None
        assert sum(rolled.shares) == 0
        return
    assert math.isclose(sum(rolled.shares), 1, rel_tol=1e-12)
    assert min(present) - 1e-9 <= rolled.score <= max(present) + 1e-9
    assert 0 <= rolled.low <= rolled.score + 1e-9
    assert rolled.score - 1e-9 <= rolled.high <= 10
    assert 0 <= rolled.confidence <= 1 + 1e-12


@given(children, st.floats(0, 10), st.floats(0.01, 100))
def test_a_child_without_a_score_does_not_move_the_score(items, score, weight):
    some = [*items, child(score)]
    assert roll_up([*some, child(None, weight)]).score == pytest.approx(roll_up(some).score)
    assert roll_up([*some, child(None, weight)]).confidence < roll_up(some).confidence + 1e-12


@given(children, st.data())
def test_a_better_child_never_makes_a_worse_parent(items, data):
    index = data.draw(st.integers(0, len(items) - 1))
    old = items[index]
    if old.score is None:
        return
    better = data.draw(st.floats(old.score, 10))
    changed = [*items[:index], child(better, old.weight), *items[index + 1 :]]
    assert roll_up(changed).score >= roll_up(items).score - 1e-9


@given(children, st.floats(0.01, 100))
def test_only_relative_weights_matter(items, factor):
    scaled = [Child(c.weight * factor, c.score, c.low, c.high, c.confidence, c.status) for c in items]
    assert roll_up(scaled).shares == pytest.approx(roll_up(items).shares)


@given(children)
def test_order_does_not_matter(items):
    one, other = roll_up(items), roll_up(items[::-1])
    assert one.status == other.status
    assert one.confidence == pytest.approx(other.confidence)
