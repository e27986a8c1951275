"""Intervals against oracles (CONVENTIONS B.1, B.2, tables, scipy.stats) and their defining properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.metrics import intervals


def delta_ratio(n, *sums):
    return intervals.delta_ratio(n, **dict(zip(("sx", "sy", "sxx", "syy", "sxy"), sums, strict=True)))


def test_wilson_gives_the_csat_oracle():
    value, low, high = intervals.wilson(960, 1200).times(100)
    assert (float(value), round(float(low), 2), round(float(high), 2)) == (80.0, 77.64, 82.17)


def test_adjusted_wald_gives_the_nps_oracle():
    value, low, high = intervals.adjusted_wald_balance(50, 20, 100).times(100)
    assert float(value) == 30.0
    assert round(float(low), 2) == 14.05
    assert round(float(high), 2) == 44.20
    assert round(float(low + high) / 2, 2) == 29.13
    assert round(float(high - low) / 2, 2) == 15.08


def test_adjusted_wald_gives_the_small_nps_oracle():
    value, low, high = intervals.adjusted_wald_balance(12, 3, 20).times(100)
    assert float(value) == pytest.approx(45.0, abs=1e-12)
    assert round(float(low + high) / 2, 2) == 39.13
    assert round(float(high - low) / 2, 2) == 30.70


def test_effective_n_gives_the_raking_oracle():
    weights = np.array([1, 1, 2, 0.5])
    assert intervals.n_effective(weights.sum(), (weights**2).sum()) == pytest.approx(3.24, abs=1e-12)


@pytest.mark.parametrize(
    ("count", "low", "high"),  # Garwood's table, two decimals
    [
        (0, 0.0, 3.69),
        (1, 0.03, 5.57),
        (2, 0.24, 7.22),
        (5, 1.62, 11.67),
        (10, 4.80, 18.39),
        (50, 37.11, 65.92),
    ],
)
def test_poisson_count_gives_garwoods_table(count, low, high):
    value, lower, upper = intervals.poisson_count(count)
    assert float(value) == count
    assert abs(float(lower) - low) <= 0.0051
    assert abs(float(upper) - high) <= 0.0051


@pytest.mark.parametrize(
    ("n", "lower", "upper"),  # binomial tables: Conover 1999, 3.2; R's quantileCI gives the same
    [(5, 0, 6), (6, 1, 6), (9, 2, 8), (10, 2, 9), (20, 6, 15), (30, 10, 21), (100, 40, 61)],
)
def test_median_ranks_are_the_tables(n, lower, upper):
    ranks = intervals.quantile_order_statistics(n, 0.5)
    assert (int(ranks.lower), int(ranks.upper)) == (lower, upper)


def test_ranks_satisfy_their_definition_for_every_n_and_q():
    n = np.arange(0, 400)
    for q in (0.01, 0.1, 0.25, 0.5, 0.8, 0.9, 0.95, 0.99):
        lower, point, upper = intervals.quantile_order_statistics(n, q)
        assert np.all(stats.binom.cdf(lower - 1, n, q) <= 0.025 + 1e-12)
        assert np.all(stats.binom.cdf(lower, n, q)[n > 0] >= 0.025 - 1e-12)
        assert np.all(stats.binom.sf(upper - 1, n, q) <= 0.025 + 1e-12)
        assert np.all(stats.binom.sf(upper - 2, n, q)[n > 0] >= 0.025 - 1e-12)
        assert np.all((point >= lower) & (point <= upper) & (point <= n))


def test_mean_is_the_t_interval_of_scipy():
    rows = np.array([3.1, 4.7, 5.0, 9.9, 1.2])
    value, low, high = intervals.mean(rows.size, rows.sum(), (rows**2).sum())
    expected = stats.t.interval(0.95, rows.size - 1, rows.mean(), stats.sem(rows))
    assert (float(low), float(high)) == pytest.approx(expected, rel=1e-12)
    assert float(value) == pytest.approx(rows.mean(), rel=1e-12)


def powers(rows):
    return tuple((rows**power).sum() for power in (1, 2, 3))


@pytest.mark.parametrize(
    "rows", [[3.1, 4.7, 5.0, 9.9], [1.0, 1.2, 0.7, 30.0, 2.0, 2.5], [9.0, 8.8, 2.0, 9.1, 8.0]]
)
def test_the_ends_of_a_mean_are_what_halls_transformation_takes_to_those_of_t(rows):
    rows = np.array(rows)
    value, low, high = intervals.mean(rows.size, *powers(rows))
    a = stats.skew(rows, bias=False) / math.sqrt(rows.size)
    for end, t in ((low, stats.t.ppf(0.975, rows.size - 1)), (high, stats.t.ppf(0.025, rows.size - 1))):
        studentised = float(value - end) / stats.sem(rows)
        bent = studentised + a * studentised**2 / 3 + a**2 * studentised**3 / 27 + a / 6
        assert bent == pytest.approx(t, rel=1e-9)


def test_the_ends_of_a_mean_lie_the_other_way_round_for_rows_the_other_way_round():
    rows = np.array([1.0, 1.2, 0.7, 30.0, 2.0, 2.5])
    value, low, high = intervals.mean(rows.size, *powers(rows))
    other = intervals.mean(rows.size, *powers(-rows))
    assert (float(other.value), float(other.low), float(other.high)) == pytest.approx((-value, -high, -low))
    assert high - value > value - low > 0


@pytest.mark.parametrize("rows", [[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 1.0, 7.0]])
def test_symmetric_rows_and_three_of_them_have_the_t_interval(rows):
    rows = np.array(rows)
    assert np.allclose(
        intervals.mean(rows.size, *powers(rows)), intervals.mean(rows.size, *powers(rows)[:2]), rtol=1e-12
    )


def test_a_large_offset_does_not_invent_a_skewness():
    rows = np.array([1.0, 2.0, 4.0, 3.5, 2.2]) + 1e5
    found, plain = (np.array(intervals.mean(rows.size, *powers(rows)[:k])) for k in (3, 2))
    assert np.allclose(found, plain, rtol=1e-9)
    assert found[1] < found[0]


def test_a_sum_is_bent_as_a_mean_is():
    rows = np.array([1.0, 2.0, 40.0, 3.0, 2.0, 2.0, 9.0, 1.0])
    total, squares, cubes = powers(rows)
    value, low, _ = intervals.compound_poisson_sum(total, squares, cubes)
    a, studentised = cubes / squares**1.5, float(value - low) / math.sqrt(squares)
    bent = studentised + a * studentised**2 / 3 + a**2 * studentised**3 / 27 + a / 6
    assert bent == pytest.approx(stats.norm.ppf(0.975), rel=1e-9)
    _, plain_low, plain_high = intervals.compound_poisson_sum(total, squares)
    assert low > plain_low
    assert intervals.compound_poisson_sum(total, squares, cubes).high > plain_high


def test_delta_ratio_is_the_linearised_ratio_worked_by_hand():
    x, y = np.array([2.0, 4.0, 6.0, 8.0]), np.array([1.0, 3.0, 3.0, 5.0])
    ratio = y.sum() / x.sum()
    residual = y - ratio * x
    e = x.sum() ** 2 / (x @ x)
    assert e == pytest.approx(10 / 3, rel=1e-15)
    error = math.sqrt(e / (e - 1) * residual @ residual) / x.sum()
    value, low, high = delta_ratio(4, x.sum(), y.sum(), x @ x, y @ y, x @ y)
    assert float(value) == pytest.approx(0.6, rel=1e-15)
    assert float(high - value) == pytest.approx(stats.t.ppf(0.975, e - 1) * error, rel=1e-9)
    assert float(value - low) == pytest.approx(float(high - value), rel=1e-12)


def test_mean_is_the_delta_ratio_with_ones_below():
    rows = np.array([1.0, 2.0, 7.0])
    plain = intervals.mean(3, rows.sum(), rows @ rows)
    assert plain == delta_ratio(3, 3, rows.sum(), 3, rows @ rows, rows.sum())


def test_equal_weights_change_nothing():
    rows = np.array([1.0, 2.0, 7.0, 3.0])
    weighted = intervals.weighted_mean(8, 16, 2 * rows.sum(), 4 * rows.sum(), 4 * rows @ rows)
    assert np.allclose(weighted, intervals.mean(4, rows.sum(), rows @ rows), rtol=1e-12)
    assert np.allclose(intervals.wilson_weighted(6, 20, 40), intervals.wilson(3, 10), rtol=1e-12)
    assert np.allclose(
        intervals.adjusted_wald_balance_weighted(10, 4, 20, 40),
        intervals.adjusted_wald_balance(5, 2, 10),
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    "figure",
    [
        intervals.wilson(0, 0),
        intervals.wilson_weighted(0, 0, 0),
        intervals.adjusted_wald_balance(0, 0, 0),
        intervals.adjusted_wald_balance_weighted(0, 0, 0, 0),
        intervals.mean(0, 0, 0),
        intervals.weighted_mean(0, 0, 0, 0, 0),
        delta_ratio(0, 0, 0, 0, 0, 0),
        intervals.quantile_from_buckets([], [], 0.5),
        intervals.quantile_from_buckets([1.0, 2.0], [0, 0], 0.5),
    ],
)
def test_without_rows_there_is_no_figure(figure):
    assert all(math.isnan(float(number)) for number in figure)


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        (intervals.mean(1, 5, 25), 5),
        (intervals.mean(4, 20, 100), 5),
        (intervals.mean(4, 20, 100, 500), 5),
        (intervals.weighted_mean(3, 9, 15, 45, 225), 5),
        (delta_ratio(1, 2, 6, 4, 36, 12), 3),
        (delta_ratio(3, 6, 12, 14, 56, 28), 2),
        (intervals.compound_poisson_sum(0, 0), 0),
        (intervals.compound_poisson_sum(0, 0, 0), 0),
    ],
)
def test_a_value_whose_spread_was_not_seen_has_no_interval(figure, value):
    assert float(figure.value) == value
    assert math.isnan(float(figure.low))
    assert math.isnan(float(figure.high))


def test_a_ratio_over_zero_has_no_value():
    figure = delta_ratio(2, 0, 5, 2, 13, 1)
    assert math.isnan(float(figure.value))


def test_a_ratio_whose_denominator_may_be_zero_has_no_interval():
    x, y = np.array([10.0, -9.0, 8.0, -8.5]), np.array([1.0, 2.0, 1.0, 2.0])
    figure = delta_ratio(4, x.sum(), y.sum(), x @ x, y @ y, x @ y)
    assert float(figure.value) == pytest.approx(12.0)
    assert math.isnan(float(figure.low))


def test_a_large_offset_does_not_invent_a_spread():
    assert math.isnan(float(intervals.mean(5, 5e9, 5e18).low))


def test_balance_of_one_row_still_holds_its_own_value():
    value, low, high = intervals.adjusted_wald_balance(1, 0, 1)
    assert float(low) < float(value) == float(high) == 1.0


def test_histogram_of_single_rows_is_the_order_statistics():
    figure = intervals.quantile_from_buckets(np.arange(1, 101), np.ones(100), 0.5)
    assert tuple(map(float, figure)) == (50.0, 40.0, 61.0)


def test_bucket_error_widens_the_interval_only():
    figure = intervals.quantile_from_buckets(np.arange(1, 101), np.ones(100), 0.5, relative_error=0.01)
    assert tuple(map(float, figure)) == pytest.approx((50.0, 39.6, 61.61))


def test_equal_weights_change_no_quantile():
    plain = intervals.quantile_from_buckets(np.arange(1, 101), np.ones(100), 0.9)
    heavy = intervals.quantile_from_buckets(np.arange(1, 101), np.full(100, 0.37), 0.9, n_eff=100.0)
    assert tuple(map(float, plain)) == tuple(map(float, heavy))


def test_few_rows_leave_the_far_quantile_open():
    figure = intervals.quantile_from_buckets(np.arange(1, 31), np.ones(30), 0.95)
    assert math.isnan(float(figure.high))
    assert float(figure.low) < float(figure.value)


@given(n=st.integers(1, 10_000), share=st.floats(0, 1))
def test_wilson_is_symmetric_inside_and_around_its_value(n, share):
    k = round(n * share)
    value, low, high = intervals.wilson(k, n)
    other = intervals.wilson(n - k, n)
    assert 0 <= low <= value <= high <= 1
    assert float(other.low) == pytest.approx(1 - float(high), abs=1e-12)


@given(data=st.data(), n=st.integers(1, 2_000))
def test_balance_turns_with_its_sides(data, n):
    plus = data.draw(st.integers(0, n))
    minus = data.draw(st.integers(0, n - plus))
    value, low, high = intervals.adjusted_wald_balance(plus, minus, n)
    turned = intervals.adjusted_wald_balance(minus, plus, n)
    assert -1 <= low <= value <= high <= 1
    assert float(turned.value) == -float(value)
    assert float(turned.low) == pytest.approx(-float(high), abs=1e-12)


@given(
    rows=st.lists(st.tuples(st.floats(0.5, 50), st.floats(-50, 50)), min_size=2, max_size=30),
    scale=st.floats(0.01, 100),
)
def test_ratio_scales_with_its_numerator_and_ignores_order(rows, scale):
    x, y = (np.array(column) for column in zip(*rows, strict=True))
    figure = delta_ratio(x.size, x.sum(), y.sum(), x @ x, y @ y, x @ y)
    scaled = delta_ratio(x.size, x.sum(), scale * y.sum(), x @ x, scale**2 * (y @ y), scale * (x @ y))
    reach = abs(y).max() / 0.5 * scale + 1e-9
    if not (math.isnan(float(figure.low)) or math.isnan(float(scaled.low))):
        assert np.allclose(figure.times(scale), scaled, rtol=1e-6, atol=1e-6 * reach)


def test_times_keeps_the_ends_in_order():
    assert intervals.Interval(np.asarray(2.0), np.asarray(1.0), np.asarray(4.0)).times(-1).low == -4.0


def test_arrays_and_numbers_agree():
    ks, ns = np.array([0, 3, 9]), np.array([4, 9, 9])
    many = intervals.wilson(ks, ns)
    for i, (k, n) in enumerate(zip(ks, ns, strict=True)):
        assert tuple(map(float, intervals.wilson(k, n))) == tuple(float(column[i]) for column in many)
