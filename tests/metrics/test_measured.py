"""A metric that is measured every quarter has no months, by itself, in a formula, or among the changes looked for."""

from datetime import UTC, datetime, timedelta

import pytest

from leadline.errors import QueryError
from leadline.insights.changes import tests as comparisons
from leadline.insights.targets import grains
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse

DOCUMENTS = [
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "score": {"type": "number"}}},
    *({"kind": "metric", **metric} for metric in (
        {"name": "seldom", "of": "answer", "type": "mean", "value": "score", "measured_in": "points",
         "measured": "every quarter"},
        {"name": "often", "of": "answer", "type": "mean", "value": "score", "measured_in": "points"},
        {"name": "both", "type": "derived", "formula": "seldom - often", "measured_in": "points"})),
]  # fmt: skip
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.thorough
def test_it_is(tmp_path):
    rows = [{"id": str(n), "at": START + timedelta(days=n), "score": float(n % 7)} for n in range(100)]
    with warehouse(tmp_path / "project", DOCUMENTS) as made:
        published = made.publish({"answer": {"b": rows}})
        for metric in ("seldom", "both"):
            assert grains(published.catalog, metric) == ["quarter"]
            for grain in ("day", "week", "month"):
                with pytest.raises(QueryError) as refused:
                    evaluate(published, Query(metric, "tester", "test", grain))
                assert refused.value.code == "measured-less-often"
            assert [o.period for o in evaluate(published, Query(metric, "tester", "test", "quarter"))] == [
                "2026-Q1", "2026-Q2"
            ]  # fmt: skip
            assert evaluate(published, Query(metric, "tester", "test", "year"))
        assert evaluate(published, Query("often", "tester", "test", "day"))
        watched = {(t.metric.name, t.grain) for t in comparisons(published, viewer="tester")}
        assert not {
            (name, grain) for name, grain in watched if name == "seldom" and grain in {"month", "week"}
        }
        assert {name for name, _ in watched} >= {"often"}
