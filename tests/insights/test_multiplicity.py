"""Benjamini-Hochberg against the paper's example, R and scipy; ties and NaN."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.insights.stats.multiplicity import benjamini_hochberg, equal_shares

PAPER = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip
shares = st.floats(0, 1)


def test_the_papers_example_rejects_four():
    """Benjamini and Hochberg 1995, section 3.2: the first four at q = 0.05, where Bonferroni rejects three."""
    adjusted = benjamini_hochberg(PAPER)
    assert int((adjusted <= 0.05).sum()) == 4
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)


def test_it_is_what_r_gives():
    """p.adjust(c(0.01, 0.04, 0.03, 0.5, 0.02), "BH") in R: 0.05 0.05 0.05 0.50 0.05."""
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.5, 0.02]) == pytest.approx([0.05, 0.05, 0.05, 0.5, 0.05])


def test_equal_p_are_adjusted_alike():
    assert benjamini_hochberg([0.02, 0.5, 0.02, 0.5]) == pytest.approx([0.04, 0.5, 0.04, 0.5])


def test_what_was_not_tested_is_not_counted():
    adjusted = benjamini_hochberg([math.nan, 0.01, math.nan, 0.5])
    assert np.isnan(adjusted[[0, 2]]).all()
    assert adjusted[[1, 3]] == pytest.approx([0.02, 0.5])


@pytest.mark.parametrize("p", [[], [math.nan], [[math.nan, math.nan]]])
def test_nothing_tested_gives_nothing(p):
    assert benjamini_hochberg(p).shape == np.asarray(p).shape
    assert np.isnan(benjamini_hochberg(p)).all()


def test_the_shape_stays():
    assert benjamini_hochberg([[0.01, 0.02], [0.03, 0.04]]) == pytest.approx(np.full((2, 2), 0.04))


@pytest.mark.thorough
@given(st.lists(shares, min_size=1, max_size=60))
def test_it_is_what_scipy_gives(p):
    expected = stats.false_discovery_control(p, method="bh")
    assert benjamini_hochberg(p) == pytest.approx(expected, abs=1e-12)


@given(st.lists(shares, min_size=1, max_size=60), st.randoms())
def test_order_does_not_matter_and_adjusted_never_falls_below(p, random):
    mixed = list(range(len(p)))
    random.shuffle(mixed)
    adjusted = benjamini_hochberg(p)
    assert benjamini_hochberg([p[i] for i in mixed]) == pytest.approx([adjusted[i] for i in mixed], abs=1e-12)
    assert (adjusted >= np.asarray(p) - 1e-12).all()


def test_weights_shift_what_is_easily_found():
    plain = benjamini_hochberg([0.02, 0.02, 0.5, 0.5])
    weighted = benjamini_hochberg([0.02, 0.02, 0.5, 0.5], [3, 1, 1, 1])
    assert plain == pytest.approx([0.04, 0.04, 0.5, 0.5])
    assert weighted[0] == pytest.approx(min(0.01 * 4, 0.03 * 4 / 2))
    assert weighted[1] == pytest.approx(0.03 * 4 / 2)


@given(st.lists(shares, min_size=1, max_size=20), st.floats(0.01, 100))
def test_only_relative_weights_matter(p, scale):
    weights = np.arange(1, len(p) + 1)
    assert benjamini_hochberg(p, weights * scale) == pytest.approx(benjamini_hochberg(p, weights), abs=1e-12)
    assert benjamini_hochberg(p, np.full(len(p), scale)) == pytest.approx(benjamini_hochberg(p), abs=1e-12)


def test_each_kind_has_an_equal_share_however_many_tests_it_has():
    p = [0.1, math.nan, 0.2, 0.3, 0.4]
    weights = equal_shares(p, ["whole", "whole", "slice", "slice", "slice"])
    assert weights == pytest.approx([1, 1, 1 / 3, 1 / 3, 1 / 3])
    assert weights[[0]].sum() == pytest.approx(weights[2:].sum())


def test_slices_without_end_do_not_hide_a_change_of_the_whole():
    rng = np.random.default_rng(3)
    p = np.concatenate([[1e-4], rng.random(20), rng.random(5000)])
    kinds = ["whole"] * 21 + ["slice"] * 5000
    assert benjamini_hochberg(p)[0] > 0.05
    assert benjamini_hochberg(p, equal_shares(p, kinds))[0] < 0.01
