"""Comparisons against scipy where the two must agree, and the rules for what is not compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.insights.stats.comparison import (
    Comparison,
    Moments,
    binomial_floors,
    compare,
    compare_totals,
    poisson_floors,
)


def numbers(found: Comparison) -> dict[str, float]:
    return {name: float(np.squeeze(value)) for name, value in found._asdict().items()}


def test_with_one_row_a_day_it_is_welchs_test():
    rng = np.random.default_rng(1)
    one, other = rng.normal(5, 1, 12), rng.normal(6, 3, 20)
    found = numbers(compare(Moments.of(one, np.ones(12)), Moments.of(other, np.ones(20))))
    expected = stats.ttest_ind(one, other, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    assert found["p"] == pytest.approx(expected.pvalue, rel=1e-10)
    assert found["df"] == pytest.approx(expected.df, rel=1e-10)
    assert found["difference"] - found["margin"] == pytest.approx(low, rel=1e-10)
    assert found["difference"] + found["margin"] == pytest.approx(high, rel=1e-10)


def test_a_week_against_a_week_is_the_paired_test_by_weekday():
    rng = np.random.default_rng(2)
    days = np.arange(7)
    level = np.array([100, 90, 80, 80, 70, 20, 10])
    one, other = level + rng.normal(5, 3, 7), level + rng.normal(0, 3, 7)
    found = numbers(compare_totals(one[:, None], other[:, None], days, days))
    expected = stats.ttest_rel(one, other)
    assert found["p"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert found["df"] == pytest.approx(6)
    assert found["difference"] == pytest.approx((one - other).mean(), rel=1e-9)


def test_without_a_week_it_is_the_pooled_test():
    rng = np.random.default_rng(3)
    one, other = rng.normal(5, 1, 12), rng.normal(6, 1, 20)
    found = numbers(compare_totals(one[:, None], other[:, None], np.zeros(12), np.zeros(20)))
    expected = stats.ttest_ind(one, other)
    assert found["p"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert found["now"] == pytest.approx(one.mean())
    assert found["before"] == pytest.approx(other.mean())


def test_totals_are_compared_at_equal_weekdays():
    """100 on working days and nothing at weekends: five weekends instead of four are no change."""
    days = (np.arange(61) + 5) % 7
    y = np.where(days < 5, 100.0, 0.0) + np.tile([0.5, -0.5], 31)[:61]
    found = numbers(compare_totals(y[:31, None], y[31:, None], days[:31], days[31:]))
    assert abs(found["now"] - found["before"]) > 3
    assert abs(found["difference"]) < 0.5
    assert found["p"] > 0.2


def test_rows_of_a_day_are_not_taken_as_independent():
    """The same share from 10,000 rows: what counts is how it moved from day to day."""
    x = np.full(10, 1000.0)
    calm = Moments.of(x * np.tile([0.80, 0.81], 5), x)
    wild = Moments.of(x * np.tile([0.60, 1.00], 5), x)
    then = Moments.of(x * np.tile([0.75, 0.76], 5), x)
    assert numbers(compare(calm, then))["p"] < 1e-6
    assert numbers(compare(wild, then))["p"] > 0.4


def test_a_floor_keeps_calm_days_from_looking_too_sure():
    x, then = np.full(5, 10.0), np.full(5, 10.0)
    one, other = Moments.of([9, 9, 9, 9, 9.001], x), Moments.of([8, 8, 8, 8, 8.001], then)
    assert numbers(compare(one, other))["p"] < 1e-6
    floors = binomial_floors((one.sy, one.sx), (other.sy, other.sx))
    assert numbers(compare(one, other, floors=floors))["p"] > 0.05


def test_the_floors_are_the_variances_of_independent_rows():
    first, second = binomial_floors((np.array(7.0), np.array(18.0)), (np.array(2.0), np.array(0.0)))
    assert float(first) == pytest.approx(0.5 * 0.5 / 18)
    assert float(second) == 0
    counts = poisson_floors(np.full((10, 1), 2.0), np.full((20, 1), 3.45))
    assert [float(c[0]) for c in counts] == pytest.approx([0.3, 0.15])


def test_widening_widens():
    rng = np.random.default_rng(4)
    one, other = (
        Moments.of(rng.normal(5, 1, 30), np.ones(30)),
        Moments.of(rng.normal(5.5, 1, 30), np.ones(30)),
    )
    plain, wide = numbers(compare(one, other)), numbers(compare(one, other, widening=4.0))
    assert wide["error"] == pytest.approx(2 * plain["error"] * (29 / 26) ** 0.5)  # w, and e-w instead of e-1
    assert wide["df"] < plain["df"]
    assert wide["p"] > plain["p"]


@pytest.mark.parametrize(
    ("y", "x"),
    [
        ([1, 2, 3], [1, 1, 1]),  # three days
        ([1, 2, 3, 4, 5], [1000, 1, 1, 1, 1]),  # one day holds nearly all
        ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),  # no rows
        ([2, 4, 6, 8, 10], [1, 2, 3, 4, 5]),  # no spread
    ],
)
def test_what_days_cannot_bear_is_not_compared(y, x):
    one = Moments.of(y, x)
    assert np.isnan(compare(one, one).p)


def test_a_few_days_of_totals_are_not_compared():
    two = np.array([[1.0], [2.0]])
    assert np.isnan(compare_totals(two, two, [0, 1], [0, 1]).p).all()
    assert np.isnan(compare_totals(np.zeros((0, 1)), np.ones((9, 1)), [], np.arange(9) % 7).p).all()


def test_places_are_compared_each_for_itself():
    rng = np.random.default_rng(5)
    y, x = rng.normal(5, 1, (40, 3)), rng.integers(5, 9, (40, 3)).astype(float)
    together = compare(Moments.of(y[:20], x[:20]), Moments.of(y[20:], x[20:]))
    totals = compare_totals(y[:20], y[20:], np.arange(20) % 7, np.arange(20) % 7)
    for i in range(3):
        alone = compare(Moments.of(y[:20, i], x[:20, i]), Moments.of(y[20:, i], x[20:, i]))
        assert float(alone.p) == pytest.approx(float(together.p[i]), rel=1e-9)
        one = compare_totals(y[:20, i : i + 1], y[20:, i : i + 1], np.arange(20) % 7, np.arange(20) % 7)
        assert float(one.p[0]) == pytest.approx(float(totals.p[i]), rel=1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_a_comparison_turns_with_its_sides_and_ignores_the_scale(seed, scale):
    rng = np.random.default_rng(seed)
    y, x = rng.gamma(2, 1, 24), rng.integers(1, 9, 24).astype(float)
    one, other = Moments.of(y[:10], x[:10]), Moments.of(y[10:], x[10:])
    there, back = numbers(compare(one, other)), numbers(compare(other, one))
    assert there["p"] == pytest.approx(back["p"], rel=1e-9, nan_ok=True)
    assert there["difference"] == pytest.approx(-back["difference"], rel=1e-9, nan_ok=True)
    scaled = numbers(compare(Moments.of(scale * y[:10], x[:10]), Moments.of(scale * y[10:], x[10:])))
    assert scaled["p"] == pytest.approx(there["p"], rel=1e-6, nan_ok=True)
