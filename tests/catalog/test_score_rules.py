"""Every score rule against the oracles of CONVENTIONS A.2, and what holds for all of them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from leadline.catalog.definitions.score_rules import ScoredBy
from leadline.catalog.score_rules import scored_by
from leadline.errors import DefinitionError

READ = TypeAdapter(ScoredBy)


def rule(name, borders="better", **more):
    return scored_by(READ.validate_python({"rule": name, **more}), borders)


CLEARPOINT = [
    {"at_least": 100, "status": "on target", "score": 10},
    {"at_least": 90, "status": "at risk", "score": 5},
    {"status": "off target", "score": 0},
]
EVERY = {
    "piecewise": {"points": [[0, 0], [50, 3.33], [80, 6.67], [100, 10]]},
    "inside": {"red_flag": [70, 95], "goal": [80, 85]},
    "yes_no": {},
    "labels": {
        "labels": [{"value": 1, "label": "Failed", "score": 0}, {"value": 2, "label": "Meets", "score": 6.67}]
    },
    "performance": {"minimum": 20, "maximum": 120},
    "progress": {"baseline": 40, "target": 25},
    "worst_best": {"worst": 300, "best": 100},
    "achievement": {"target": 200, "red_flag": 90, "goal": 100},
    "reduction": {"target": 200, "red_flag": 90, "goal": 100},
    "absolute": {"target": 200, "red_flag": 80, "goal": 95},
    "zero_target": {"tolerance": 10, "red_flag": 50, "goal": 90},
    "deviation": {"target": 200, "red_flag": -10, "goal": 0},
    "equal_bands": {"edges": [0, 4000, 6000, 12000]},
    "first_match": {"target": 200, "rules": CLEARPOINT},
}


@pytest.mark.parametrize(
    ("name", "more", "scores"),
    [
        # Spider's custom number types: any list of points, straight between (A.2.2)
        ("piecewise", {}, {-5: 0, 25: 5 / 3, 50: 10 / 3, 65: 5, 80: 20 / 3, 90: 25 / 3, 100: 10, 200: 10}),
        ("piecewise", {"points": [[0, 10], [10, 0]]}, {0: 10, 4: 6, 12: 0}),
        # best in the middle (A.2.3)
        ("inside", {}, {60: 0, 70: 10 / 3, 75: 5, 80: 20 / 3, 82.5: 10, 85: 20 / 3, 90: 5, 95: 10 / 3, 105: 0, 200: 0}),
        ("yes_no", {}, {1: 10, 0: 0}),
        ("labels", {}, {1: 0, 2: 6.67}),
        # BSC Designer: (v - min) / (max - min), and 1 less that (A.2.5)
        ("performance", {}, {20: 0, 70: 5, 120: 10, 0: 0}),
        ("performance", {"direction": "lower"}, {20: 10, 70: 5, 120: 0}),
        ("progress", {}, {40: 0, 34: 4, 25: 10, 20: 10}),
        ("progress", {"baseline": 10, "target": 30}, {15: 2.5}),
        # NICE Uptivity: (worst - v) / (worst - best), either way (A.2.6)
        ("worst_best", {}, {300: 0, 150: 7.5, 100: 10, 500: 0}),
        ("worst_best", {"worst": 1, "best": 5}, {4: 7.5, 9: 10}),
        # attainment (A.2.7): percent of the target by red flag and goal
        ("achievement", {}, {180: 10 / 3, 190: 5, 200: 20 / 3, 220: 10, 100: 0}),
        ("reduction", {}, {220: 10 / 3, 200: 20 / 3, 180: 10, 240: 0}),
        ("absolute", {}, {200: 10, 190: 20 / 3, 210: 20 / 3, 160: 10 / 3, 240: 10 / 3, 0: 0}),
        ("zero_target", {}, {0: 10, 1: 20 / 3, -1: 20 / 3, 5: 10 / 3, -5: 10 / 3, 20: 0}),
        ("deviation", {}, {180: 10 / 3, 200: 20 / 3, 220: 10, 160: 0}),
        ("deviation", {"target": -50, "red_flag": 10, "goal": 5}, {-45: 10 / 3, -47.5: 20 / 3}),
        # Microsoft: 0-4000 / 4000-6000 / 6000-12000 and 9000 gives 83.3 %, not 75 % (A.2.8)
        ("equal_bands", {}, {9000: 8.3333, 4000: 10 / 3, 2000: 5 / 3, 6000: 20 / 3}),
        ("equal_bands", {"direction": "lower"}, {0: 10, 4000: 20 / 3, 9000: 5 / 3}),
        # ClearPoint: >= target green, >= 0.9 target amber, else red (A.2.9)
        ("first_match", {}, {200: 10, 199.9: 5, 180: 5, 179.9: 0}),
        ("first_match", {"target": None, "rules": [
            {"above": 3, "below": 5, "status": "at risk", "score": 4}, {"at_most": 3, "status": "on target",
             "score": 9}, {"status": "off target", "score": 1}]}, {3: 9, 4: 4, 5: 1}),
    ],
)  # fmt: skip
def test_a_rule_scores_as_its_convention_says(name, more, scores):
    made = rule(name, **{**EVERY[name], **more})
    for value, score in scores.items():
        assert made.score(value) == pytest.approx(score, abs=5e-5), value


@pytest.mark.parametrize(
    ("name", "aims"),
    [
        ("piecewise", [(50, 80, 1)]), ("inside", [(70, 80, 1), (95, 85, -1)]), ("yes_no", []), ("labels", []),
        ("performance", [(20 + 100 / 3, 20 + 200 / 3, 1)]), ("progress", [(35, 30, -1)]),
        ("worst_best", [(300 - 200 / 3, 300 - 400 / 3, -1)]), ("achievement", [(180, 200, 1)]),
        ("reduction", [(220, 200, -1)]), ("absolute", [(160, 190, 1), (240, 210, -1)]),
        ("zero_target", [(-5, -1, 1), (5, 1, -1)]), ("deviation", [(180, 200, 1)]),
        ("equal_bands", [(4000, 6000, 1)]), ("first_match", [(180, 200, 1)]),
    ],
)  # fmt: skip
def test_a_rule_says_from_which_sides_values_get_better(name, aims):
    found = [(aim.red_flag, aim.goal, aim.sign) for aim in rule(name, **EVERY[name]).aims]
    assert found == [pytest.approx(aim) for aim in aims]


def test_with_nothing_between_red_flag_and_goal_are_one():
    lines = [{"at_least": 8, "status": "on target", "score": 10}, {"status": "off target", "score": 0}]
    made = rule("first_match", rules=lines)
    assert (made.red_flag, made.goal, made.sign) == (8, 8, 1)


@pytest.mark.parametrize(
    ("name", "low", "high", "status", "ends"),
    [
        ("inside", 81, 84, "on target", (8, 10)),
        ("inside", 79, 84, "cannot tell", (6.3333, 10)),
        ("inside", 60, 110, "cannot tell", (0, 10)),
        ("inside", 96, None, "off target", (0, 3)),
        ("absolute", 195, 205, "on target", (8.3333, 10)),
        ("first_match", 180, 199, "at risk", (5, 5)),
        ("first_match", 170, 200, "cannot tell", (0, 10)),
        ("first_match", None, 179, "off target", (0, 0)),
        ("equal_bands", 4000, 5999, "at risk", (3.3333, 6.6650)),
        ("equal_bands", 3000, 7000, "cannot tell", (2.5, 7.2222)),
    ],
)
def test_a_colour_needs_the_whole_interval_whichever_the_rule(name, low, high, status, ends):
    made = rule(name, **EVERY[name])
    assert made.status(low, high) == status
    assert made.ends(low, high) == pytest.approx(ends, abs=5e-5)


def test_a_border_belongs_to_the_side_that_the_definition_names():
    for name in ("piecewise", "achievement", "equal_bands", "inside"):
        made, strict = (rule(name, side, **EVERY[name]) for side in ("better", "worse"))
        for aim in made.aims:
            assert (made.band(aim.goal), made.band(aim.red_flag)) == ("on target", "at risk")
            assert (strict.band(aim.goal), strict.band(aim.red_flag)) == ("at risk", "off target")


def test_a_value_without_a_label_has_no_score():
    made = rule("labels", **EVERY["labels"])
    assert math.isnan(made.score(1.5))
    assert (made.word(2), made.word(1.5)) == ("Meets", None)


def test_the_middle_settles_with_more_rows():
    made = rule("inside", **EVERY["inside"])
    assert (
        made.settles_at_n(82, 79, 85, 100) == 225
    )  # 2 to the border where the interval reaches 3: (3/2)^2 times n
    assert made.settles_at_n(82, 81, 83, 100) is None


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("piecewise", {"points": [[1, 0], [1, 10]]}),
        ("piecewise", {"points": [[2, 0], [1, 10], [3, 5]]}),
        ("inside", {"red_flag": [80, 90], "goal": [70, 85]}),
        (
            "labels",
            {"labels": [{"value": 1, "label": "a", "score": 0}, {"value": 1, "label": "b", "score": 1}]},
        ),
        ("performance", {"minimum": 5, "maximum": 5}),
        ("progress", {"baseline": 5, "target": 5}),
        ("achievement", {"target": 5, "red_flag": 90, "goal": 90}),
        ("absolute", {"target": 0, "red_flag": 90, "goal": 95}),
        ("absolute", {"target": 5, "red_flag": 95, "goal": 90}),
        ("equal_bands", {"edges": [1, 3, 2]}),
    ],
)
def test_numbers_that_give_no_scale_are_refused(name, more):
    with pytest.raises(DefinitionError) as caught:
        rule(name, **more)
    assert caught.value.code == "score-targets"


numbers = st.floats(-1e4, 1e4)
ONE_WAY = ["piecewise", "performance", "progress", "worst_best", "achievement", "reduction", "deviation", "equal_bands",
           "first_match"]  # fmt: skip


@given(name=st.sampled_from(ONE_WAY), one=numbers, other=numbers)
def test_scores_are_monotone_where_one_way_is_good(name, one, other):
    made = rule(name, **EVERY[name])
    worse, better = sorted((one, other), key=lambda v: v * made.sign)
    assert 0 <= made.score(worse) <= made.score(better) <= 10
    order = ["off target", "at risk", "on target"]
    assert order.index(made.band(worse)) <= order.index(made.band(better))


@given(
    name=st.sampled_from(sorted(EVERY)), ends=st.tuples(numbers, numbers).map(sorted), part=st.floats(0, 1)
)
def test_ends_hold_the_score_of_every_value_between(name, ends, part):
    made = rule(name, **EVERY[name])
    if made.is_exact:
        return
    low, high = ends
    value = min(max(low + part * (high - low), low), high)
    worst, best = made.ends(low, high)
    assert worst - 1e-9 <= made.score(value) <= best + 1e-9
    status = made.status(low, high)
    assert status in {made.band(value), "cannot tell"}


IN_PERCENT = {"achievement", "reduction", "absolute", "zero_target", "deviation"}
"""Rules whose red flag and goal are percent of a target, whatever that is measured in."""


def scaled(said, factor):
    """Give a rule's numbers in another unit of measure."""
    if isinstance(said, list):
        return [scaled(one, factor) for one in said]
    return said * factor if isinstance(said, int | float) else said


@given(
    name=st.sampled_from(
        ["inside", "performance", "progress", "worst_best", "equal_bands", *sorted(IN_PERCENT)]
    ),
    factor=st.sampled_from([0.001, 0.5, 60.0, 1000.0]),
    value=st.floats(-1000, 20_000),
)
def test_no_score_depends_on_the_unit_of_measure(name, factor, value):
    given_ = EVERY[name]
    kept = {"red_flag", "goal"} if name in IN_PERCENT else set()
    moved = {key: said if key in kept else scaled(said, factor) for key, said in given_.items()}
    assert rule(name, **moved).score(value * factor) == pytest.approx(
        rule(name, **given_).score(value), abs=1e-6
    )


@given(
    factor=st.sampled_from([0.001, 0.5, 100.0, -1.0]),
    shift=st.integers(-500, 500),
    value=st.floats(-100, 300),
)
def test_a_piecewise_score_does_not_depend_on_the_unit_of_measure(factor, shift, value):
    points = [(0, 0), (50, 3.33), (80, 6.67), (100, 10)]
    moved = rule("piecewise", points=sorted((p * factor + shift, s) for p, s in points))
    assert moved.score(value * factor + shift) == pytest.approx(
        rule("piecewise", points=points).score(value), abs=1e-6
    )
