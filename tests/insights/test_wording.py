"""Findings in words."""

import pytest

from leadline.catalog.units_of_measure import THIN
from leadline.insights import wording
from tests.insights.company import Company, metric

CATALOG = Company([]).catalog


@pytest.mark.parametrize(
    ("unit", "slice_", "words"),
    [
        (None, "", "Contact rate"),
        ("emea", "", "Contact rate in EMEA"),
        (None, "channel=phone", "Contact rate for channel phone"),
        (None, "customer.price_tier=gold", "Contact rate for price tier gold"),
        (None, "channel=(none)", "Contact rate without channel"),
        ("apac", "channel=phone, tier=a=b", "Contact rate in APAC for channel phone for tier a=b"),
    ],
)
def test_a_figure_is_named(unit, slice_, words):
    assert wording.about(CATALOG, metric("share", "contact_rate"), unit, slice_) == words


@pytest.mark.parametrize(
    ("grain", "label", "words"),
    [
        ("month", "2026-03", "March 2026"),
        ("week", "2026-W09", "week 9 of 2026"),
        ("quarter", "2026-Q1", "Q1 2026"),
        ("year", "2026", "2026"),
        ("day", "2026-03-05", "2026-03-05"),
    ],
)
def test_a_period_is_said(grain, label, words):
    assert wording.period(grain, label) == words


@pytest.mark.parametrize(
    ("kind", "value", "margin", "told", "change"),
    [
        ("share", -7.66, 2.13, "−7.7%", "−7.7 ± 2.1 points"),
        ("balance", 31.24, 4.4, "31.2", "+31.2 ± 4.4 points"),
        ("mean", 1310.4, 25.2, f"1,310{THIN}s", f"+1,310 ± 25{THIN}s"),
        ("ratio", 0.01234, 0.00056, "0.01234%", "+0.01234 ± 0.00056 points"),
        ("count", 512.34, 30.0, "512 a day", "+512 ± 30 at equal weekdays"),
        ("sum", 1512.3, 9.96, "€1,512.3 a day", "+€1,512.3 ± €10.0 at equal weekdays"),
    ],
)
def test_numbers_have_the_decimals_that_their_margin_bears(kind, value, margin, told, change):
    one = metric(kind, "m")
    places = wording.decimals(one, margin)
    assert wording.daily(one, value, places) == told
    assert wording.difference(one, value, margin, places) == change


def test_decimals_of_the_metric_are_kept():
    assert wording.decimals(metric("mean", "m", decimals=2), 25) == 2
    assert wording.decimals(metric("mean", "m"), float("nan")) == 1


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, ""),
        (2, ", for the second month in a row"),
        (7, ", for the 7th month in a row"),
        (13, ", for the 13th month in a row"),
    ],
)
def test_how_long_is_said(count, words):
    assert wording.in_a_row("month", count) == words
