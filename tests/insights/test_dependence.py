"""Resemblance of near days: found where it is, not invented where it is not, and not mistaken for one event."""

import numpy as np
import pytest

from leadline.insights.stats.dependence import widening
from tests.insights.comparison_worlds import DAYS, WEEK, resembling


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize(("resemblance", "low", "high"), [(0.0, 1.0, 1.15), (0.3, 1.5, 1.9), (0.6, 2.5, 3.5)])
def test_the_factor_follows_the_resemblance(rng, resemblance, low, high):
    """For resemblance r the full factor is (1+r)/(1-r): 1, 1.86, 4; seven lags see most of it."""
    x = rng.poisson(50, (DAYS, 400)) + 1.0
    factor = widening(x * (10 + resembling(rng, 400, resemblance)), x)
    assert low <= float(factor.mean()) <= high
    assert (factor >= 1).all()


def test_the_week_itself_is_no_resemblance(rng):
    y = rng.poisson(200 * WEEK[:, None], (DAYS, 200)).astype(float)
    assert float(widening(y, np.ones_like(y), weekly=True).mean()) < 1.15


def test_rare_events_do_not_look_like_resemblance(rng):
    y = rng.poisson(0.1, (DAYS, 200)).astype(float)
    assert float(widening(y, np.ones_like(y), weekly=True).mean()) < 1.2


@pytest.mark.parametrize("size", [20, 400, 1e6])
def test_one_event_counts_for_little_however_large(rng, size):
    y = rng.normal(100, 5, (DAYS, 50))
    y[200:206] += size
    assert float(widening(y, np.ones_like(y)).mean()) < 2.5


@pytest.mark.parametrize("size", [10, 50, 1e6])
def test_a_new_level_counts_for_little_however_large(rng, size):
    y = rng.normal(100, 5, (DAYS, 50))
    y[182:] += size
    assert float(widening(y, np.ones_like(y)).mean()) < 4.2


def test_little_history_says_nothing(rng):
    assert (widening(rng.normal(size=(40, 3)), np.ones((40, 3))) == 1).all()
    assert widening(np.zeros((0, 2)), np.zeros((0, 2))).shape == (2,)


def test_days_without_rows_are_left_out(rng):
    """Open every third day: no day has a neighbour, and nothing is known of resemblance at lags 1 and 2."""
    y = np.where(np.arange(DAYS)[:, None] % 3 == 0, rng.normal(10, 1, (DAYS, 100)), 0.0)
    x = np.where(y != 0, 1.0, 0.0)
    assert float(widening(y, x).mean()) < 1.15


def test_no_spread_widens_nothing():
    assert (widening(np.ones((100, 2)), np.ones((100, 2))) == 1).all()
