"""What cannot be computed as it is asked for is refused by name: chasm, fan-out, not additive over time, too fine."""

from datetime import UTC, date, datetime

import pytest

from leadline.errors import QueryError
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
DOCUMENTS = [
    {"kind": "unit", "name": "company"},
    {"kind": "fact", "name": "sale", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "channel": {"type": "text"}, "amount": {"type": "number"}}},
    {"kind": "fact", "name": "paying", "key": ["pid"], "at": "paid", "unit": "place", "columns": {
        "pid": {"type": "text"}, "paid": {"type": "instant"}, "order": {"type": "text", "references": "sale"},
        "kind": {"type": "text"}, "place": {"type": "unit"}}},
    *({"kind": "metric", **metric} for metric in (
        {"name": "revenue", "of": "sale", "type": "sum", "value": "amount", "measured_in": "EUR", "by": ["channel"]},
        {"name": "payments", "of": "paying", "type": "count", "by": ["kind"]},
        {"name": "per_payment", "type": "derived", "formula": "revenue / payments", "measured_in": "EUR"},
        {"name": "morale", "type": "manual", "every": "month", "measured_in": "points"},
        {"name": "morale_index", "type": "index", "parts": [{"metric": "morale", "worst": 0, "best": 10}]},
        {"name": "spent", "type": "manual", "every": "month", "over_time": "sum", "measured_in": "EUR"},
    )),
]  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    entry = {"entry_id": "1", "metric": "morale", "period_start": date(2026, 1, 1), "value": 7.0}
    twice = [{**entry, "entry_id": f"{i}", "metric": "spent", "value": float(i)} for i in (2, 3)]
    with warehouse(tmp_path_factory.mktemp("refusals") / "project", DOCUMENTS) as made:
        yield made.publish({
            "sale": {"b1": [{"id": "o", "at": AT, "channel": "web", "amount": 10.0}]},
            "paying": {"b2": [{"pid": "p", "paid": AT, "order": "o", "kind": "card"}]},
            "manual_figure": {"b3": [entry, *twice]},
        })  # fmt: skip


@pytest.mark.parametrize(
    ("question", "code", "named"),
    [
        ({"metric": "per_payment", "by": ("channel",)}, "chasm", "payments"),
        ({"metric": "per_payment", "where": {"kind": "card"}}, "chasm", "revenue"),
        ({"metric": "revenue", "by": ("paying.kind",)}, "fan-out", "several rows of paying"),
        ({"metric": "per_payment", "unit": "company"}, "no-unit", "sale"),
        ({"metric": "morale", "grain": "quarter"}, "not-additive-over-time", "entered by month"),
        ({"metric": "morale_index", "grain": "year"}, "not-additive-over-time", "morale"),
        ({"metric": "spent", "grain": "week"}, "grain-too-fine", "entered by month"),
        ({"metric": "per_payment", "grain": "hour"}, "grain-too-fine", "kept by day"),
    ],
)
def test_it_is_refused_with_its_name_and_what_to_do(published, question, code, named):
    with pytest.raises(QueryError) as refused:
        evaluate(published, Query(viewer="tester", purpose="test", **question))
    assert refused.value.code == code
    assert named in refused.value.message
    assert refused.value.hint


def test_two_figures_entered_for_one_period_are_no_figure(published):
    (figure,) = evaluate(published, Query("spent", "tester", "test", "month"))
    assert (figure.value, figure.status, figure.n) == (None, "no data", 2)
    assert "keep one" in figure.note


def test_a_figure_entered_for_the_whole_is_not_that_of_a_unit(published):
    (whole,) = evaluate(published, Query("morale", "tester", "test", "month"))
    (unit,) = evaluate(published, Query("morale", "tester", "test", "month", unit="company"))
    assert (whole.value, whole.n) == (7.0, 1)
    assert (unit.value, unit.status) == (None, "no data")


@pytest.mark.thorough
def test_a_formula_over_parts_of_which_one_has_no_spread_says_that_it_has_no_interval(published):
    (figure,) = evaluate(published, Query("per_payment", "tester", "test", "month"))
    assert figure.value == 10.0
    assert figure.low is None
    assert "No interval" in figure.note
