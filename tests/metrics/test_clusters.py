"""Cluster-robust intervals: a textbook's cluster sample, analysis of variance, and one row in each cluster."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.metrics import intervals
from leadline.metrics.adjusted import clusters

RESIDENTS = [8, 12, 4, 5, 6, 6, 7, 5, 8, 3, 2, 6, 5, 10, 9, 3, 6, 5, 5, 4, 6, 8, 7, 3, 8]
INCOMES = [
    96,
    121,
    42,
    65,
    52,
    40,
    75,
    65,
    45,
    50,
    85,
    43,
    54,
    49,
    53,
    50,
    32,
    22,
    45,
    37,
    51,
    30,
    39,
    47,
    41,
]


def share(hits, sizes):
    return clusters.share(clusters.sums_of(sizes, hits), sum(sizes))


def test_the_cluster_sample_of_the_textbook():
    """Scheaffer, Mendenhall, Ott, Elementary Survey Sampling, 8.3: 25 of 415 blocks, mean income 8,801 +- 1,617.

    There with the finite population's factor, two standard errors and G - 1; here e is 21.03 of 25.
    """
    x, y = np.array(RESIDENTS, float), 1000 * np.array(INCOMES, float)
    sums = clusters.sums_of(x, y)
    found = clusters.ratio(sums, positive=True)
    e = float(sums.effective)
    assert float(found.value) == pytest.approx(8801, abs=0.5)
    error = float(found.high - found.value) / stats.t.ppf(0.975, e - 1)
    bound = 2 * error * math.sqrt((1 - 25 / 415) * (e - 1) / e * 25 / 24)
    assert bound == pytest.approx(1617, abs=0.5)
    assert e == pytest.approx(151**2 / 1047, abs=1e-12)


def test_clusters_of_one_size_are_their_means():
    """As many rows in each: the t interval of the clusters' means (scipy)."""
    rows = np.random.default_rng(7).normal(5, 1, (9, 4)) + np.arange(9)[:, None] / 3
    found = clusters.ratio(clusters.sums_of([4] * 9, rows.sum(1)), positive=True)
    means = rows.mean(1)
    assert (float(found.low), float(found.high)) == pytest.approx(
        stats.t.interval(0.95, 8, means.mean(), stats.sem(means)), rel=1e-12
    )


def test_one_row_in_each_cluster_is_the_mean_of_rows():
    rows = np.array([1.0, 2.0, 7.0, 3.0])
    found = clusters.ratio(clusters.sums_of(np.ones(4), rows), positive=True)
    assert np.allclose(found, intervals.mean(4, rows.sum(), rows @ rows), rtol=1e-12)


def test_one_row_in_each_cluster_is_about_wilson():
    """The n is then n - 1 (the variance is estimated) times (z / t)^2."""
    value, low, high = share([1] * 160 + [0] * 40, [1] * 200)
    plain = intervals.wilson(160, 200)
    assert float(value) == 0.8
    assert (float(low), float(high)) == pytest.approx((float(plain.low), float(plain.high)), abs=1.5e-3)
    one, two = clusters.count(clusters.sums_of(np.ones(10), np.zeros(10))), intervals.poisson_count(10)
    assert np.allclose(one, two, rtol=1e-12)


def test_rows_that_repeat_say_nothing_new():
    """Every answer given four times, by the same customer: the interval stays about the one of single answers."""
    hits = np.array([1] * 30 + [0] * 20)
    one, four = share(hits, [1] * 50), share(4 * hits, [4] * 50)
    assert np.allclose(one, four, rtol=1e-9)
    naive = intervals.wilson(120, 200)
    assert float(four.high - four.low) > 1.8 * float(naive.high - naive.low)


def test_balance_of_customers_who_repeat_is_that_of_customers():
    plus, minus = np.array([1] * 50 + [0] * 50), np.array([0] * 50 + [1] * 20 + [0] * 30)
    found = [
        clusters.balance(clusters.sums_of([k] * 100, k * (plus - minus)), 100 * k, 50 * k, 20 * k)
        for k in (1, 3)
    ]
    assert np.allclose(found[0], found[1], rtol=1e-9)
    assert float(found[1].value) == 0.3
    assert (float(found[1].low), float(found[1].high)) == pytest.approx((0.1405, 0.4420), abs=0.005)


def test_customers_who_call_in_crowds_widen_a_count():
    found = clusters.count(clusters.sums_of([5] * 10, [0] * 10))
    assert [float(x) for x in found] == pytest.approx([50, 5 * 4.7954, 5 * 18.3904], abs=1e-3)


def test_where_all_agree_each_cluster_counts_once():
    found, plain = share([5, 5, 5, 5], [5, 5, 5, 5]), intervals.wilson(4, 4)
    assert np.allclose(found, plain, rtol=1e-12)


def test_one_cluster_that_disagrees_with_itself_has_no_interval():
    value, low, high = share([3], [5])
    assert float(value) == 0.6
    assert math.isnan(float(low))
    assert math.isnan(float(high))


def test_no_clusters_have_no_figure():
    assert all(math.isnan(float(x)) for x in share([], []))
    assert all(math.isnan(float(x)) for x in clusters.ratio(clusters.sums_of([], []), positive=True))
    nothing = clusters.balance(clusters.sums_of([], []), 0, 0, 0)
    assert all(math.isnan(float(x)) for x in nothing)
    found = clusters.count(clusters.sums_of([], []))
    assert float(found.value) == 0
    assert math.isnan(float(found.high)), "nothing tells how many rows come at once"


def test_a_denominator_that_may_be_nought_has_no_interval_unless_it_cannot_be():
    sums = clusters.sums_of([10, -9, 1, 1], [3, 1, 2, 5])
    assert math.isnan(float(clusters.ratio(sums, positive=False).low))


totals = st.lists(st.tuples(st.integers(1, 20), st.floats(0, 1)), min_size=2, max_size=40)


@pytest.mark.thorough
@given(totals)
def test_a_share_stays_a_share_and_no_n_grows_by_clusters(table):
    sizes = [n for n, _ in table]
    hits = [round(n * p) for n, p in table]
    value, low, high = share(hits, sizes)
    if not math.isnan(float(low)):
        assert 0 <= low <= value <= high <= 1
        plain = intervals.wilson(sum(hits), sum(sizes))
        assert float(high - low) >= float(plain.high - plain.low) - 1e-9


@given(totals, st.permutations(range(40)))
def test_order_of_clusters_does_not_matter(table, order):
    shuffled = [table[i] for i in order if i < len(table)]
    one, other = (
        clusters.ratio(clusters.sums_of(*zip(*rows, strict=True)), positive=True)
        for rows in (table, shuffled)
    )
    assert np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True)
