"""Whether one series precedes another: false alarms on worlds without a link, power on worlds with one."""

import math

import numpy as np
import pytest

from leadline.insights.stats.precedence import Floats, Precedence, precedence

YEAR = {"day": 365.25, "week": 52.18, "month": 12.0}
SEASON = {"day": 7, "week": 1, "month": 1}


def memory(chance: np.random.Generator, n: int, phi: float) -> Floats:
    """An autoregressive series."""
    series, news = np.zeros(n + 50), chance.normal(size=n + 50)
    for i in range(1, n + 50):
        series[i] = phi * series[i - 1] + news[i]
    return series[50:]


def season(n: int, grain: str) -> Floats:
    at = np.arange(n)
    year = 3 * np.sin(2 * np.pi * at / YEAR[grain]) + np.cos(4 * np.pi * at / YEAR[grain])
    return year + (3 * np.array([0, 1, 1, 1, 1, -1, -3])[at % 7] if grain == "day" else 0)


def world(chance: np.random.Generator, name: str, n: int, grain: str) -> tuple[Floats, Floats]:
    """Two series that have nothing to do with each other but, at most, the calendar."""
    match name:
        case "walks":
            return np.cumsum(chance.normal(size=n)), np.cumsum(chance.normal(size=n))
        case "memory":
            return memory(chance, n, 0.8), memory(chance, n, 0.6)
        case "one season":
            return season(n, grain) + chance.normal(size=n), season(n, grain) + memory(chance, n, 0.5)
        case _:
            return chance.standard_t(2, size=n), chance.standard_t(2, size=n)


def told(x: Floats, y: Floats, lag: int, grain: str, expected: float = 0.3) -> Precedence:
    return precedence(x, y, lag, expected=expected, season=SEASON[grain], year=YEAR[grain])


def followed(chance: np.random.Generator, n: int, lag: int, size: float) -> tuple[Floats, Floats]:
    """An outcome that follows its driver after a lag."""
    x = memory(chance, n + lag, 0.7)
    y = memory(chance, n + lag, 0.3)
    y[lag:] += size * x[:-lag]
    return x[lag:], y[lag:]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["walks", "memory", "one season", "outliers"])
@pytest.mark.parametrize(
    ("n", "grain", "lag"), [(540, "day", 5), (540, "day", 7), (78, "week", 4), (36, "month", 2)]
)
def test_false_alarms_stay_at_what_was_said(name: str, n: int, grain: str, lag: int) -> None:
    """Of 1,000 worlds without a link 5 % seem to have one, to three standard errors, and a point for small n."""
    chance = np.random.default_rng([n, lag, len(name)])
    false = sum(
        told(*world(chance, name, n, grain), lag, grain).told in {"precedes", "against"} for _ in range(1000)
    )
    assert false / 1000 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1000) + (0.01 if n < 100 else 0)


@pytest.mark.parametrize("name", ["walks", "one season"])
def test_what_only_shares_a_trend_or_a_season_seldom_alarms(name: str) -> None:
    chance = np.random.default_rng(7)
    false = sum(
        told(*world(chance, name, 540, "day"), 5, "day").told in {"precedes", "against"} for _ in range(60)
    )
    assert false <= 9  # of 60 at 5 %: more has a chance of one in 1,000


@pytest.mark.parametrize(("n", "lag", "grain"), [(540, 5, "day"), (156, 4, "week")])
def test_a_link_is_found_at_its_lag_and_not_backwards(n: int, lag: int, grain: str) -> None:
    found = told(*followed(np.random.default_rng(3), n, lag, 0.6), lag, grain)
    assert found.told == "precedes"
    assert found.correlation is not None
    assert found.backwards is not None
    assert found.correlation > 0.3 > abs(found.backwards)


def test_a_link_the_other_way_round_is_said_so() -> None:
    x, y = followed(np.random.default_rng(3), 540, 5, 0.6)
    assert told(x, -y, 5, "day").told == "against"
    assert told(x, -y, 5, "day", expected=-0.3).told == "precedes"
    assert told(x, y, 5, "day", expected=-0.3).told == "against"


def test_the_sign_that_is_expected_changes_words_and_not_numbers() -> None:
    x, y = world(np.random.default_rng(11), "walks", 540, "day")
    up, down = told(x, y, 5, "day"), told(x, -y, 5, "day", expected=-0.3)
    assert up.told == down.told == "not seen"
    assert up.correlation == pytest.approx(-(down.correlation or 0.0))


def test_too_little_is_cannot_tell_with_the_n_that_would_do() -> None:
    x, y = world(np.random.default_rng(5), "walks", 18, "month")
    found = told(x, y, 2, "month")
    assert (found.told, found.correlation, found.n) == ("cannot tell", None, 18)
    assert found.needed == 85  # Cohen 1988: r = .30, 80 % power, two-sided 5 %


def test_a_constant_series_and_gaps_are_no_error() -> None:
    y = world(np.random.default_rng(5), "walks", 200, "day")[1]
    assert told(np.full(200, 4.0), y, 5, "day").told == "cannot tell"
    y[20:190] = np.nan
    assert told(y, y, 5, "day").told == "cannot tell"
    with pytest.raises(ValueError, match="lag"):
        precedence(y, y, 0, expected=0.3)
