"""Places as sure as they are: ties stay ties, and all places hold at once as often as is claimed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.scorecards.ranks import placings

FIGURES = st.lists(st.tuples(st.floats(-100, 100), st.floats(0.001, 50)), min_size=1, max_size=12)


def test_those_told_apart_have_a_place_and_others_share_places() -> None:
    found = placings([(90, 89, 91), (50, 48, 52), (51, 49, 53), (10, 9, 11)], 1)
    assert [(one.first, one.last) for one in found] == [(1, 1), (2, 3), (2, 3), (4, 4)]
    lower = placings([(90, 89, 91), (50, 48, 52), (51, 49, 53), (10, 9, 11)], -1)
    assert [(one.first, one.last) for one in lower] == [(4, 4), (2, 3), (2, 3), (1, 1)]


def test_without_an_interval_any_place_is_possible() -> None:
    found = placings([(90, None, None), (10, 9, 11)], 1)
    assert [(one.first, one.last) for one in found] == [(1, 2), (1, 2)]
    assert placings([], 1) == ()


@given(FIGURES, st.sampled_from([1, -1]))
def test_the_order_of_values_always_lies_within_the_places(figures, better) -> None:
    found = placings([(v, v - half, v + half) for v, half in figures], better)
    order = sorted(range(len(figures)), key=lambda i: -better * figures[i][0])
    for place, i in enumerate(order, 1):
        assert found[i].first <= place <= found[i].last


@given(FIGURES)
def test_wider_intervals_never_make_a_place_surer(figures) -> None:
    narrow = placings([(v, v - half, v + half) for v, half in figures], 1)
    wide = placings([(v, v - 2 * half, v + 2 * half) for v, half in figures], 1)
    assert all(w.first <= n.first and n.last <= w.last for n, w in zip(narrow, wide, strict=True))


@pytest.mark.parametrize("count", [4, 12])
def test_all_true_places_lie_inside_at_once_as_often_as_claimed(count) -> None:
    rng = np.random.default_rng(7)
    truth = np.linspace(0, 3, count)
    true_place = count - np.arange(count)
    held = 0
    worlds = 600
    for _ in range(worlds):
        seen = truth + rng.normal(size=count)
        found = placings([(float(v), float(v) - 1.96, float(v) + 1.96) for v in seen], 1)
        held += all(p.first <= t <= p.last for p, t in zip(found, true_place, strict=True))
    assert held / worlds >= 0.95
