"""Raking against a printed table, the conventions' oracle, and what defines iterative proportional fitting."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.metrics import intervals
from leadline.metrics.adjusted import raking

SEED = np.array([[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]], dtype=float)
CELLS = np.array([(i, j) for i in range(4) for j in range(4)])
MARGINS = ([150, 300, 400, 150], [200, 300, 400, 100])


def test_the_table_of_the_worked_example():
    """Wikipedia, "Iterative proportional fitting", example 1: printed after three rounds, hence to 0.07."""
    found = raking.rake(CELLS, SEED.ravel(), MARGINS)
    table = found.weights.reshape(4, 4) * SEED / SEED.sum() * 1000
    printed = [
        [64.61, 46.28, 35.42, 3.83],
        [49.95, 68.15, 156.49, 25.37],
        [56.70, 144.40, 145.06, 53.76],
        [28.74, 41.18, 63.03, 17.03],
    ]
    assert np.allclose(table, printed, rtol=0, atol=0.07)
    assert np.allclose(table.sum(1), MARGINS[0], atol=1e-5)
    assert np.allclose(table.sum(0), MARGINS[1], atol=1e-5)


def test_weights_cost_what_the_conventions_say():
    """CONVENTIONS B.10: 1, 1, 2, 0.5 give an effective n of 3.24, 81 %."""
    assert raking.efficiency([1, 1, 2, 0.5]) == pytest.approx((3.24, 0.81), abs=1e-12)


def test_one_margin_is_poststratification():
    found = raking.rake([[0], [1]], [20, 80], [[0.5, 0.5]])
    assert found.weights.tolist() == pytest.approx([2.5, 0.625], rel=1e-12)
    assert found.design_effect == pytest.approx((20 * 2.5**2 + 80 * 0.625**2) / 100, rel=1e-12)
    assert found.efficiency == pytest.approx(1 / found.design_effect, rel=1e-12)
    value = raking.share(found.weights, [[0], [1]], [20, 80], [12, 72]).value
    assert float(value) == pytest.approx(0.5 * 0.6 + 0.5 * 0.9, rel=1e-12)


def test_the_variance_is_that_within_strata_when_there_is_one_margin():
    """Poststratified: sum over strata of W^2 times the stratum's variance (Cochran 1977, 5A.9, first order)."""
    rng = np.random.default_rng(2)
    groups = [rng.normal(3, 1, 20), rng.normal(8, 2, 80)]
    n, sx, sxx = ([f(g) for g in groups] for f in (len, np.sum, lambda g: g @ g))
    weights = raking.rake([[0], [1]], n, [[0.5, 0.5]]).weights
    found = raking.mean(weights, [[0], [1]], n, sx, sxx)
    variance = sum(0.25 * g.var() / len(g) for g in groups) * 100 / 98
    free = 100 / raking.rake([[0], [1]], n, [[0.5, 0.5]]).design_effect - 2
    half = float(intervals.t_quantile(free)) * math.sqrt(variance)
    assert float(found.high - found.value) == pytest.approx(half, rel=1e-9)


@pytest.mark.thorough
def test_bounds_hold_or_are_refused():
    free = raking.rake(CELLS, SEED.ravel(), MARGINS)
    assert free.clipped == 0
    tight = raking.rake(CELLS, SEED.ravel(), MARGINS, bounds=(0.25, 1.6))
    assert tight.weights.min() >= 0.25
    assert tight.weights.max() <= 1.6
    assert tight.clipped > 0
    shares = tight.weights * SEED.ravel() / SEED.sum()
    assert np.allclose(np.bincount(CELLS[:, 0], weights=shares), np.array(MARGINS[0]) / 1000, atol=1e-8)
    with pytest.raises(raking.RakingError, match=r"between 0\.9 and 1\.1"):
        raking.rake(CELLS, SEED.ravel(), MARGINS, bounds=(0.9, 1.1))


def test_a_category_without_rows_is_refused_by_its_place():
    with pytest.raises(raking.RakingError, match="no rows for a category") as refused:
        raking.rake([[0, 0], [1, 0]], [5, 5], [[0.5, 0.5], [0.8, 0.2]])
    assert (refused.value.margin, refused.value.category) == (1, 1)


@pytest.mark.parametrize("target", [[1.0], [1.0, 0.0]])
def test_rows_without_a_target_are_refused_by_their_place(target):
    with pytest.raises(raking.RakingError, match="without a target") as refused:
        raking.rake([[0], [1]], [5, 5], [target])
    assert (refused.value.margin, refused.value.category) == (0, 1)


def test_margins_that_contradict_each_other_are_refused():
    """Rows only on the diagonal: both margins are one and the same."""
    with pytest.raises(raking.RakingError, match="no weights fulfil"):
        raking.rake([[0, 0], [1, 1]], [5, 5], [[0.5, 0.5], [0.3, 0.7]])


@pytest.mark.parametrize(
    ("codes", "rows", "targets"),
    [
        ([[0]], [0], [[1]]),
        ([0], [1], [[1]]),
        ([[0]], [1], []),
        ([[0]], [1], [[-1]]),
        ([[0]], [1], [[math.nan]]),
    ],
)
def test_what_is_no_table_is_refused(codes, rows, targets):
    with pytest.raises(ValueError, match=r"cells x margins|has rows|not below 0"):
        raking.rake(codes, rows, targets)


def test_no_rows_and_no_spread_have_no_interval():
    assert math.isnan(float(raking.share([], np.zeros((0, 1)), [], []).value))
    equal = raking.mean([1.0, 1.0], [[0], [1]], [4, 4], [8, 12], [16, 36])
    assert float(equal.value) == 2.5
    assert math.isnan(float(equal.low))
    agreed = raking.share([2.5, 0.625], [[0], [1]], [20, 80], [20, 80])
    assert np.allclose(agreed, intervals.wilson(64, 64), rtol=1e-9)


cells = st.lists(st.integers(1, 60), min_size=6, max_size=6)
shares = st.lists(st.floats(0.1, 1), min_size=3, max_size=3)


@given(cells, shares, st.floats(0.1, 0.9))
def test_margins_are_met_and_odds_ratios_stay(rows, first, second):
    codes = np.array([(i, j) for i in range(3) for j in range(2)])
    found = raking.rake(codes, rows, [first, [second, 1 - second]])
    table, seed = (found.weights * rows).reshape(3, 2), np.array(rows, float).reshape(3, 2)
    assert np.allclose(table.sum(1) / table.sum(), np.array(first) / sum(first), atol=1e-8)
    assert table.sum(0)[0] / table.sum() == pytest.approx(second, abs=1e-8)
    odds, before = (t[:, 0] / t[:, 1] for t in (table, seed))
    assert np.allclose(odds / odds[0], before / before[0], rtol=1e-9)
    assert float((found.weights * rows).sum()) == pytest.approx(sum(rows), rel=1e-8)
    assert 0 < found.efficiency <= 1 + 1e-12


@pytest.mark.thorough
@given(cells, st.lists(st.floats(0.6, 1.8), min_size=6, max_size=6))
def test_bounds_that_some_weights_fulfil_are_fulfilled(rows, weights):
    codes = np.array([(i, j) for i in range(3) for j in range(2)])
    some = np.array(weights) * rows
    some = np.array(weights) * sum(rows) / some.sum()
    table = (some * rows).reshape(3, 2)
    bounds = (0.9 * some.min(), 1.1 * some.max())
    found = raking.rake(codes, rows, [table.sum(1), table.sum(0)], bounds=bounds)
    assert bounds[0] <= found.weights.min() <= found.weights.max() <= bounds[1]


@given(cells, st.floats(0.01, 100))
def test_margins_that_are_there_already_change_nothing(rows, scale):
    codes = np.array([(i, j) for i in range(3) for j in range(2)])
    table = np.array(rows, float).reshape(3, 2)
    found = raking.rake(codes, rows, [table.sum(1) * scale, table.sum(0) * scale])
    assert np.allclose(found.weights, 1, atol=1e-9)
