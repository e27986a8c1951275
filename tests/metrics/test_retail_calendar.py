"""Types that look back beyond the periods asked for, in a calendar whose periods are looked up among bounds."""

from datetime import date

import pytest

from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse

DOCUMENTS = [
    {"kind": "project", "calendar": "retail"},
    {"kind": "calendar", "name": "retail", "year_named_by": "start",
     "week_years": {"pattern": "4-5-4", "ends": "saturday nearest to january 31"}},
    {"kind": "fact", "name": "row", "key": ["id"], "at": "opened", "columns": {
        "id": {"type": "text"}, "opened": {"type": "date"}, "closed": {"type": "date"}}},
    {"kind": "metric", "name": "level", "of": "row", "type": "stock", "from": "opened", "until": "closed"},
    {"kind": "metric", "name": "opened", "of": "row", "type": "count"},
    {"kind": "metric", "name": "so_far", "type": "cumulative", "metric": "opened", "to_date": "year",
     "measured_in": "count"},
    {"kind": "metric", "name": "two_months", "type": "cumulative", "metric": "opened", "rolling": "2 months",
     "measured_in": "count"},
]  # fmt: skip
ROWS = [
    {"id": "a", "opened": date(1985, 5, 5)},
    {"id": "b", "opened": date(2023, 12, 30), "closed": date(2024, 2, 3)},
    {"id": "c", "opened": date(2023, 12, 31), "closed": date(2024, 2, 4)},
    {"id": "d", "opened": date(2024, 2, 4)},
    {"id": "e", "opened": date(2024, 3, 2)},
]


@pytest.mark.thorough
def test_levels_and_windows_follow_the_weeks(tmp_path):
    with warehouse(tmp_path / "project", DOCUMENTS) as made:
        published = made.publish({"row": {"b": ROWS}})

        def ask(metric):
            asked = Query(metric, "tester", "test", "month", since=date(2023, 11, 26), until=date(2024, 3, 3))
            return {o.period: o.value for o in evaluate(published, asked)}

        assert ask("opened") == {"2023-P11": 1, "2023-P12": 1, "2024-P01": 2}
        assert ask("level") == {"2023-P11": 2, "2023-P12": 2, "2024-P01": 3}
        assert ask("so_far") == {"2023-P11": 1, "2023-P12": 2, "2024-P01": 2}
        assert ask("two_months") == {"2023-P11": 1, "2023-P12": 2, "2024-P01": 3}
