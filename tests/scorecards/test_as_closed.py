"""Periods put together from their figures: as from the rows, where figures tell; nothing where they do not."""

import random
from statistics import NormalDist

import pytest

from leadline.catalog.definitions import Count, Metric, Quantile, Share
from leadline.scorecards.as_closed import Part, Z, adds_up, together


def share(**more: object) -> Metric:
    return Share.model_validate(
        {"kind": "metric", "name": "csat", "type": "share", "of": "answer", "when": "x", **more}
    )


def test_the_quantile_is_that_of_a_95_percent_interval() -> None:
    assert pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-15) == Z


def test_shares_put_together_are_the_share_of_all_rows() -> None:
    dice = random.Random(3)
    good = [dice.randint(0, n) for n in (40, 70, 500)]
    parts = [
        Part(str(k), 100 * g / n, None, None, n, closed=k < 2)
        for k, (g, n) in enumerate(zip(good, (40, 70, 500), strict=True))
    ]
    found = together(share(), parts)
    assert found is not None
    assert found.value == pytest.approx(100 * sum(good) / 610)
    assert (found.n, found.closed, found.low) == (610, ("0", "1"), None)


def test_intervals_of_independent_periods_add_in_squares_and_stay_within_the_share() -> None:
    parts = [
        Part("a", 50.0, 50 - 3, 50 + 3, 100, closed=True),
        Part("b", 50.0, 50 - 4, 50 + 4, 100, closed=False),
    ]
    found = together(share(), parts)
    assert found is not None
    assert ((found.high or 0) - 50, 50 - (found.low or 0)) == (pytest.approx(2.5), pytest.approx(2.5))
    low = together(share(), [Part("a", 0.5, 0.0, 8.0, 100, closed=True)])
    assert low is not None
    assert low.low == 0.0


def test_counts_add_up() -> None:
    count = Count.model_validate({"kind": "metric", "name": "c", "type": "count", "of": "answer"})
    parts = [Part("a", 3.0, None, None, 3, closed=True), Part("b", 4.0, None, None, 4, closed=False)]
    found = together(count, parts)
    assert found is not None
    assert (found.value, found.n) == (7.0, 7)


def test_what_figures_cannot_tell_is_not_put_together() -> None:
    middle = Quantile.model_validate(
        {"kind": "metric", "name": "q", "type": "quantile", "of": "answer", "value": "x", "quantile": 0.5,
         "measured_in": "points"}
    )  # fmt: skip
    assert not adds_up(middle)
    assert not adds_up(share(weight="w"))
    hidden = Part("a", None, None, None, None, closed=True)
    assert together(share(), [hidden, Part("b", 1.0, 0.0, 2.0, 9, closed=False)]) is None
    empty = Part("a", None, None, None, 0, closed=True)
    assert together(share(), [empty, Part("b", 1.0, 0.0, 2.0, 9, closed=False)]) is not None
