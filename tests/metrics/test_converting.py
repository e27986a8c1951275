"""Conversions: rows without a rate are told of, new rates reach old rows, and what cannot be converted is refused."""

from datetime import UTC, date, datetime

import pytest

from leadline.catalog import load
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse
from tests.projects import write_project

FACT = {"kind": "fact", "name": "sale", "key": ["id"], "at": "day", "columns": {
    "id": {"type": "text"}, "day": {"type": "date"}, "paid": {"type": "number"}, "currency": {"type": "text"},
    "left": {"type": "date"}}}  # fmt: skip
PROJECT = {"kind": "project", "time_zone": "Europe/Berlin"}
TOTAL = {"kind": "metric", "name": "total", "type": "sum", "of": "sale", "value": "paid", "measured_in": "EUR",
         "given_in": {"currency": "currency"}}  # fmt: skip
RAW = {**TOTAL, "name": "raw", "given_in": None}
LEVEL = {"kind": "metric", "name": "level", "type": "stock", "of": "sale", "from": "day", "until": "left",
         "value": "paid", "measured_in": "EUR", "given_in": {"currency": "currency"}}  # fmt: skip
QUANTILE = {**TOTAL, "name": "middle", "type": "quantile", "quantile": 0.5}

UNRATED = "2 rows of sale count in nothing: there is no rate from their currency into EUR on their day, or no currency."


def sale(name, day, paid, currency, left=None):
    return {"id": name, "day": date(2026, 1, day), "paid": paid, "currency": currency, "left": left}


def rate(day, value):
    return {"from_currency": "USD", "to_currency": "EUR", "valid_from": date(2026, 1, day), "rate": value}


SALES = [sale("a", 5, 100.0, "USD", date(2026, 2, 20)), sale("b", 6, 10.0, "EUR"), sale("c", 6, 7.0, "SEK"),
         sale("d", 7, 8.0, None)]  # fmt: skip


@pytest.mark.thorough
def test_rows_without_a_rate_are_left_out_and_told_of_and_new_rates_reach_old_rows(tmp_path):
    with warehouse(tmp_path / "p", [PROJECT, FACT, TOTAL, RAW, LEVEL, QUANTILE]) as made:
        rates = {"first": [rate(1, 0.5)]}
        for expected in (50.0, 80.0):
            published = made.publish(
                {"sale": {"s": SALES}, "exchange_rate": rates}, as_of=datetime(2026, 3, 9, tzinfo=UTC)
            )
            month = {"since": date(2026, 1, 1), "until": date(2026, 2, 1)}
            found = explain(published, Query("total", "tester", "test", "month", **month))
            assert (found.observation.value, found.observation.n) == (expected + 10, 2)
            assert found.agrees
            assert [w for w in found.words if "no rate" in w] == [UNRATED]
            levels = evaluate(published, Query("level", "tester", "test", "month"))
            assert [o.value for o in levels][:2] == [
                expected + 10,
                10,
            ]  # it leaves at the rate at which it entered
            rates = {"first": [rate(1, 0.5)], "second": [rate(4, 0.8)]}
        assert evaluate(published, Query("raw", "tester", "test", "month"))[0].value == 125
        middle = evaluate(published, Query("middle", "tester", "test", "month"))[0]
        assert (middle.n, middle.value) == (2, pytest.approx(10, rel=0.01))


@pytest.mark.parametrize(
    ("texts", "change", "warned"),
    [
        (["coin"], {}, True), (["'EUR'"], {}, False), (["'EUR'", "'USD'"], {}, True), ([], {}, False),
        (["coin"], {"measured_in": "each"}, False),
    ],
)  # fmt: skip
def test_amounts_whose_currencies_may_differ_are_warned_of(texts, change, warned, tmp_path):
    sources = [
        {"kind": "source", "name": f"s{i}", "files": "*.csv", "fact": "sale", "columns": {"currency": text}}
        for i, text in enumerate(texts)
    ]
    catalog = load(write_project(tmp_path / "p", [PROJECT, FACT, {**RAW, **change}, *sources], {}))
    assert ("mixed-currencies" in {p.code for p in catalog.problems}) == warned
