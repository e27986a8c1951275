"""goal_red_flag against the oracles of CONVENTIONS A.2, its properties, and statuses by intervals."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leadline.catalog.score_rules import goal_red_flag
from leadline.catalog.scoring import GOAL_SCORE, RED_FLAG_SCORE
from leadline.errors import DefinitionError
from leadline.scorecards.scoring import score_status

SPIDER = goal_red_flag(red_flag=500, goal=700)
numbers = st.floats(-1e6, 1e6, allow_nan=False)


@st.composite
def rules(draw):
    red_flag = draw(numbers)
    step = draw(st.floats(1e-3, 1e5)) * draw(st.sampled_from([-1, 1]))
    beyond = draw(st.none() | st.floats(1e-3, 5))
    goal = red_flag + step
    assume(goal != red_flag)
    stretch = None if beyond is None else goal + beyond * step
    assume(stretch != goal)
    return goal_red_flag(red_flag, goal, stretch)


def best(rule):
    """Give the value that scores 10."""
    return rule.points[-1 if rule.sign > 0 else 0][0]


@pytest.mark.parametrize(
    ("value", "score"),
    [(300, 0), (500, 3.3333), (600, 5), (700, 6.6667), (900, 10), (100, 0), (2000, 10)],
)
def test_goal_red_flag_gives_spiders_example(value, score):
    assert SPIDER.score(value) == pytest.approx(score, abs=5e-5)


@pytest.mark.parametrize(
    ("value", "score"), [(30, 0), (20, 3.3333), (15, 5), (10, 6.6667), (0, 10), (-5, 10), (40, 0)]
)
def test_a_goal_below_the_red_flag_means_lower_is_better(value, score):
    assert goal_red_flag(red_flag=20, goal=10).score(value) == pytest.approx(score, abs=5e-5)


@pytest.mark.parametrize(
    ("value", "score"), [(500, 3.3333), (700, 6.6667), (710, 8.3333), (720, 10), (300, 0)]
)
def test_a_stretch_is_one_more_point_of_the_line(value, score):
    assert goal_red_flag(500, 700, 720).score(value) == pytest.approx(score, abs=5e-5)


def test_a_stretch_where_the_line_ends_anyway_changes_nothing():
    for value in range(200, 1000, 7):
        assert goal_red_flag(500, 700, 900).score(value) == SPIDER.score(value)


@pytest.mark.parametrize(
    "targets",
    [
        (5, 5, None),
        (500, 700, 700),
        (500, 700, 600),
        (20, 10, 12),
        (float("nan"), 1, None),
        (0, 1, float("inf")),
    ],
)
def test_targets_without_a_scale_are_refused(targets):
    with pytest.raises(DefinitionError) as caught:
        goal_red_flag(*targets)
    assert caught.value.code == "score-targets"


@given(rule=rules(), one=numbers, other=numbers)
def test_score_is_monotone_in_value_and_stays_on_the_scale(rule, one, other):
    worse, better = sorted((one, other), key=lambda v: v * rule.sign)
    assert 0 <= rule.score(worse) <= rule.score(better) <= 10


@given(rule=rules())
def test_score_is_exact_at_its_targets(rule):
    assert rule.score(rule.red_flag) == RED_FLAG_SCORE
    assert rule.score(rule.goal) == GOAL_SCORE
    assert rule.score(best(rule)) == 10


@given(
    rule=rules(),
    value=numbers,
    factor=st.sampled_from([-100.0, -1.0, 0.5, 100.0]),
    shift=st.integers(-500, 500),
)
def test_score_does_not_depend_on_the_unit_of_measure(rule, value, factor, shift):
    def move(x):
        return factor * x + shift

    moved = goal_red_flag(move(rule.red_flag), move(rule.goal), move(best(rule)))
    assert moved.score(move(value)) == pytest.approx(rule.score(value), abs=1e-4)


@pytest.mark.parametrize(
    ("value", "band"), [(700, "on target"), (699.99, "at risk"), (500, "at risk"), (499.99, "off target")]
)
def test_a_border_belongs_to_the_better_band(value, band):
    assert SPIDER.band(value) == band
    assert goal_red_flag(-500, -700).band(-value) == band


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        (700, 800, "on target"),
        (699, 800, "cannot tell"),
        (500, 699, "at risk"),
        (500, 700, "cannot tell"),
        (400, 499, "off target"),
        (400, 500, "cannot tell"),
        (300, 900, "cannot tell"),
        (700, None, "on target"),
        (None, 499, "off target"),
        (600, None, "cannot tell"),
        (None, None, "cannot tell"),
    ],
)
def test_a_colour_needs_the_whole_interval(low, high, status):
    assert SPIDER.status(low, high) == status


def test_lower_is_better_reads_the_interval_from_the_other_side():
    rule = goal_red_flag(red_flag=20, goal=10)
    assert rule.status(5, 10) == "on target"
    assert rule.status(5, 11) == "cannot tell"
    assert rule.status(21, 30) == "off target"
    assert rule.status(21, None) == "off target"
    assert rule.ends(5, 20) == (RED_FLAG_SCORE, pytest.approx(8.3333, abs=5e-5))


@pytest.mark.parametrize(
    ("value", "low", "high", "n", "settles"),
    [
        (750, 650, 850, 100, 400),  # twice as near as the interval reaches: four times the rows
        (600, 450, 750, 100, 225),  # both borders at 100, reach 150
        (600, 550, 750, 100, 225),
        (560, 480, 640, 100, 178),  # the near border alone is in reach: 100 * (80/60)^2
        (450, 400, 520, 10, 20),  # 10 * (70/50)^2 = 19.6
        (700, 650, 750, 100, None),  # on the border
        (700.000001, 600, 800, 100, None),  # as good as on it
        (750, 720, 780, 100, None),  # settled
        (750, None, 850, 100, None),
        (None, None, None, 0, None),
        (500, 450, 900, 50, None),  # on one border of two
    ],
)
def test_the_n_that_would_settle_it(value, low, high, n, settles):
    assert SPIDER.settles_at_n(value, low, high, n) == settles


@given(rule=rules(), place=st.floats(-2, 3), reach=st.floats(1e-3, 3), n=st.integers(1, 10_000))
def test_that_n_does_settle_it(rule, place, reach, n):
    step = rule.goal - rule.red_flag
    value = rule.red_flag + place * step
    half = reach * abs(step)
    settles = rule.settles_at_n(value, value - half, value + half, n)
    if settles is None:
        near = min(abs(value - rule.red_flag), abs(value - rule.goal))
        assert (
            rule.status(value - half, value + half) != "cannot tell"
            or near * (1e9 / n) ** 0.5 <= half * 1.000001
        )
    else:
        narrow = half * (n / (settles * 1.000001)) ** 0.5
        assert settles > n
        assert rule.status(value - narrow, value + narrow) == rule.band(value)


def test_a_mean_of_goals_met_is_on_target_in_spite_of_rounding():
    score = sum([GOAL_SCORE] * 7) * (1 / 7)
    assert score_status(score - 1e-15, score) == "on target"
    assert score_status(GOAL_SCORE - 1e-6, 10) == "cannot tell"
    assert score_status(0, RED_FLAG_SCORE - 1e-6) == "off target"
