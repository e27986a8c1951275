"""Kaplan-Meier against the leukemia trial of Freireich and others 1963 (Blood 21:699), as printed in Klein and
Moeschberger 2003, table 4.1 and in every textbook, and against scipy.stats.ecdf."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.metrics import intervals, survival

DRUG = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
DRUG_OPEN = [0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def curve(times, is_open):
    censored = np.asarray(is_open, dtype=float)
    return survival.kaplan_meier(times, 1 - censored, censored)


DRUG_CURVE = curve(DRUG, DRUG_OPEN)
PLACEBO_CURVE = curve(PLACEBO, [0] * 21)


def test_the_curve_of_the_leukemia_trial():
    """Klein and Moeschberger 2003, table 4.1A: S(t) to three digits, its standard error to three."""
    reached = DRUG_CURVE.events > 0
    assert DRUG_CURVE.times[reached].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert DRUG_CURVE.at_risk[reached].tolist() == [21, 17, 15, 12, 11, 7, 6]
    s = DRUG_CURVE.survival[reached]
    assert s.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    error = s * np.sqrt(DRUG_CURVE.spread[reached])
    assert error.round(3).tolist() == [0.076, 0.087, 0.096, 0.107, 0.114, 0.128, 0.135]
    assert (DRUG_CURVE.n, DRUG_CURVE.open) == (21, 12)
    assert DRUG_CURVE.not_reached == pytest.approx(0.448, abs=5e-4)


def test_the_medians_of_the_leukemia_trial():
    assert [float(x) for x in survival.quantile(DRUG_CURVE)[:2]] == [23.0, 13.0]
    assert math.isnan(float(survival.quantile(DRUG_CURVE).high))
    assert [float(x) for x in survival.quantile(PLACEBO_CURVE)] == [8.0, 4.0, 11.0]


def test_a_quantile_that_the_curve_does_not_reach_is_none():
    found = survival.quantile(DRUG_CURVE, 0.75)
    assert math.isnan(float(found.value))
    assert float(found.low) == 23.0
    assert math.isnan(float(found.high))


def test_shares_reached_by_a_time():
    value, low, high = survival.reached_by(DRUG_CURVE, 10)
    assert float(value) == pytest.approx(1 - 0.752941176, abs=1e-9)
    assert [float(low), float(high)] == pytest.approx([1 - 0.88936184, 1 - 0.50319951], abs=1e-8)
    assert [float(x) for x in survival.reached_by(DRUG_CURVE, 3)[:2]] == [0, 0]
    assert float(survival.reached_by(DRUG_CURVE, 3).high) == pytest.approx(0.16109, abs=1e-5)
    assert math.isnan(float(survival.reached_by(DRUG_CURVE, 36).value)), "nobody was watched for 36 weeks"
    assert float(survival.reached_by(PLACEBO_CURVE, 36).value) == 1
    assert math.isnan(float(survival.reached_by(PLACEBO_CURVE, 36).high))


rows = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


@given(rows)
def test_another_implementation_gives_the_same(table):
    times, is_open = [t for t, _ in table], [o for _, o in table]
    mine = curve(times, is_open)
    with warnings.catch_warnings(action="ignore"):  # theirs warns where S is 0 or 1
        theirs = stats.ecdf(stats.CensoredData.right_censored(times, is_open)).sf
        their_band = theirs.confidence_interval(method="log-log")
    assert mine.times.tolist() == theirs.quantiles.tolist()
    assert mine.survival == pytest.approx(theirs.probabilities, abs=1e-12)
    inner = (mine.survival > 0) & (mine.survival < 1)
    band = survival.band(mine)
    assert band.low[inner] == pytest.approx(their_band.low.probabilities[inner], abs=1e-9)
    assert band.high[inner] == pytest.approx(their_band.high.probabilities[inner], abs=1e-9)


@given(rows, st.permutations(range(60)), st.floats(0.05, 0.95))
def test_order_and_repetition_of_times_do_not_matter(table, order, q):
    shuffled = [table[i] for i in order if i < len(table)]
    assert (
        curve(*zip(*table, strict=True)).survival.tolist()
        == curve(*zip(*shuffled, strict=True)).survival.tolist()
    )
    times = sorted({t for t, _ in table})
    counted = survival.kaplan_meier(
        times, [table.count((t, False)) for t in times], [table.count((t, True)) for t in times]
    )
    one, other = survival.quantile(counted, q), survival.quantile(curve(*zip(*table, strict=True)), q)
    assert np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True)
    low, value, high = (float(one.low), float(one.value), float(one.high))
    assert not low > value
    assert not value > high


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200, unique=True), st.floats(0.05, 0.95))
def test_with_nobody_open_the_quantile_is_that_of_the_rows(times, q):
    found = survival.quantile(curve(times, [0] * len(times)), q)
    rank = int(intervals.quantile_order_statistics(len(times), q).point)
    assert float(found.value) == sorted(times)[rank - 1]


def test_the_ends_reach_outward_by_the_buckets_error():
    found = survival.quantile(PLACEBO_CURVE, relative_error=0.005)
    assert [float(x) for x in found] == [8.0, pytest.approx(4 * 0.995), pytest.approx(11 * 1.005)]


def test_no_rows_have_no_curve():
    nothing = survival.kaplan_meier([], [], [])
    assert nothing.n == 0
    assert math.isnan(nothing.not_reached)
    assert all(math.isnan(float(x)) for x in survival.quantile(nothing))
    assert all(math.isnan(float(x)) for x in survival.reached_by(nothing, 3))


def test_everybody_open_reaches_nothing():
    waiting = curve([3, 4, 5], [1, 1, 1])
    assert waiting.not_reached == 1
    assert all(math.isnan(float(x)) for x in survival.quantile(waiting))
    assert float(survival.reached_by(waiting, 3.5).value) == 0


@pytest.mark.parametrize(
    "bad", [([-1], [1], [0]), ([1], [-1], [0]), ([math.nan], [1], [0]), ([1], [1], [math.inf])]
)
def test_what_is_no_time_or_count_is_refused(bad):
    with pytest.raises(ValueError, match="not below 0"):
        survival.kaplan_meier(*bad)


@pytest.mark.parametrize("q", [0, 1, -0.5])
def test_what_is_no_quantile_is_refused(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        survival.quantile(PLACEBO_CURVE, q)
