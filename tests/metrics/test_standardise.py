"""Direct standardisation against published values and its own identities."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.metrics import intervals
from leadline.metrics.adjusted import standardise

CASES = [0, 8, 63, 112, 262, 295]
BIRTHS = [327, 30666, 123419, 149919, 104088, 34392]
ALL_BIRTHS = [319933, 931318, 786511, 488235, 237863, 61313]


def test_the_gamma_interval_of_fay_and_feuer():
    """Down's syndrome by the mother's age, fifth child and later, Michigan 1950-1964, per 100,000 births.

    Fay, Feuer 1997, table II; to five decimals as printed by the R package dsrTest 1.0.0.
    """
    found = standardise.rate(CASES, BIRTHS, ALL_BIRTHS).times(1e5)
    assert [float(x) for x in found] == pytest.approx([75.52901, 67.70212, 188.30017], abs=1e-5)


def test_one_stratum_is_garwoods_interval():
    found = standardise.rate([10], [50], [3])
    plain = intervals.poisson_count(10)
    assert [float(x) for x in found] == pytest.approx([float(x) / 50 for x in plain], rel=1e-12)


def test_one_stratum_is_the_plain_figure():
    assert np.allclose(standardise.share([16], [20], [1]), intervals.wilson(16, 20), rtol=1e-12)
    assert np.allclose(
        standardise.balance([12], [3], [20], [1]), intervals.adjusted_wald_balance(12, 3, 20), rtol=1e-12
    )
    rows = np.array([1.0, 2.0, 7.0, 3.0])
    found, plain = standardise.mean([4], [13], [rows @ rows], [1]), intervals.mean(4, 13, rows @ rows)
    assert float(found.value) == float(plain.value)
    assert float(found.high - found.value) / stats.t.ppf(0.975, 4) == pytest.approx(
        float(plain.high - plain.value) / stats.t.ppf(0.975, 3), rel=1e-12
    )


def test_a_standardised_share_worked_by_hand():
    """60 % of 10, 90 % of 90: 87 % raw; at half and half 75 %."""
    value, low, high = standardise.share([6, 81], [10, 90], [0.5, 0.5])
    q = np.array([7 / 12, 82 / 92])
    centre, variance = q.mean(), (q * (1 - q) / [10, 90]).sum() / 4
    plain = intervals.wilson(0.75 * centre * (1 - centre) / variance, centre * (1 - centre) / variance)
    assert float(value) == pytest.approx(0.75, rel=1e-12)
    assert (float(low), float(high)) == pytest.approx((float(plain.low), float(plain.high)), rel=1e-12)
    assert float(high - low) > 1.9 * float(intervals.wilson(87, 100).high - intervals.wilson(87, 100).low)


def test_welch_satterthwaite_as_printed():
    """Welch 1938 on two samples: scipy's ttest_ind without equal variances, weights 1 and -1 taken as a difference."""
    a, b = np.array([14.1, 15.3, 15.9, 13.2, 16.0, 14.9]), np.array([12.0, 19.5, 8.8, 21.1])
    theirs = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    mine = standardise.combined(
        [a.mean(), -b.mean()], [a.var(ddof=1) / 6, b.var(ddof=1) / 4], [5, 3], [0.5, 0.5]
    ).times(2)
    assert (float(mine.low), float(mine.high)) == pytest.approx((theirs.low, theirs.high), rel=1e-9)


def test_strata_without_rows_are_left_out_and_told():
    found = standardise.share([6, 0, 8], [10, 0, 10], [0.5, 0.3, 0.2])
    assert float(standardise.covered([10, 0, 10], [0.5, 0.3, 0.2])) == pytest.approx(0.7, rel=1e-12)
    assert float(found.value) == pytest.approx((0.5 * 0.6 + 0.2 * 0.8) / 0.7, rel=1e-12)
    assert float(standardise.covered([0, 0], [0.5, 0.5])) == 0


def test_nothing_at_all_has_no_figure():
    for found in (
        standardise.share([0, 0], [0, 0], [1, 1]),
        standardise.balance([0, 0], [0, 0], [0, 0], [1, 1]),
        standardise.mean([0, 0], [0, 0], [0, 0], [1, 1]),
        standardise.rate([0, 0], [0, 0], [1, 1]),
    ):
        assert all(math.isnan(float(x)) for x in found)


def test_means_of_equal_rows_have_no_interval():
    found = standardise.mean([1, 1], [3, 5], [9, 25], [1, 1])
    assert float(found.value) == 4
    assert math.isnan(float(found.low))
    equal = standardise.mean([3, 2], [9, 10], [27, 50], [1, 1])
    assert float(equal.value) == 4
    assert math.isnan(float(equal.low))


def test_ratios_are_combined_by_their_own_variances():
    x, y = (
        np.array([[2.0, 4.0, 6.0, 8.0], [1.0, 2.0, 1.0, 2.0]]),
        np.array([[1.0, 3.0, 3.0, 5.0], [2.0, 3.0, 1.0, 3.0]]),
    )
    figures = intervals.delta_ratio(
        4, sx=x.sum(1), sy=y.sum(1), sxx=(x * x).sum(1), syy=(y * y).sum(1), sxy=(x * y).sum(1)
    )
    free = x.sum(1) ** 2 / (x * x).sum(1) - 1
    found = standardise.of_figures(figures, free, [0.25, 0.75])
    errors = (figures.high - figures.value) / stats.t.ppf(0.975, free)
    parts = np.array([0.25, 0.75]) ** 2 * errors**2
    f = parts.sum() ** 2 / (parts**2 / free).sum()
    assert float(found.value) == pytest.approx(0.25 * 0.6 + 0.75 * 1.5, rel=1e-12)
    assert float(found.high - found.value) == pytest.approx(
        stats.t.ppf(0.975, f) * math.sqrt(parts.sum()), rel=1e-9
    )


def test_weights_of_rows_are_those_of_the_mix():
    per, n_eff = standardise.quantile_weights([10, 90], [0.5, 0.5])
    w = np.repeat(per, [10, 90])
    assert w.sum() == pytest.approx(1, rel=1e-12)
    assert float(n_eff) == pytest.approx(w.sum() ** 2 / (w @ w), rel=1e-12)
    assert float(standardise.design_effect([10, 90], [0.5, 0.5])) == pytest.approx(100 / 36, rel=1e-12)


strata = st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1), st.floats(0.01, 1)), min_size=1, max_size=8)


@given(strata)
def test_the_own_mix_gives_the_raw_value(table):
    n = [size for size, _, _ in table]
    k = [round(size * p) for size, p, _ in table]
    assert float(standardise.share(k, n, n).value) == pytest.approx(sum(k) / sum(n), abs=1e-12)
    assert float(standardise.design_effect(n, n)) == pytest.approx(1, abs=1e-9)


@given(strata, st.floats(0.1, 50))
def test_only_the_proportions_of_a_mix_count_and_shares_stay_shares(table, scale):
    n = [size for size, _, _ in table]
    k = [round(size * p) for size, p, _ in table]
    mix = np.array([w for _, _, w in table])
    one, other = standardise.share(k, n, mix), standardise.share(k, n, scale * mix)
    assert np.allclose(one, other, rtol=1e-9)
    assert 0 <= one.low <= one.value <= one.high <= 1
    turned = standardise.share(np.array(n) - k, n, mix)
    assert np.allclose([one.low, one.high], [1 - turned.high, 1 - turned.low], atol=1e-9)
