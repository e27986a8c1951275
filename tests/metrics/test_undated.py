"""Rows of which nobody knows when they were are in no period, and an explanation says how many they are."""

from pathlib import Path

import pytest
import yaml

from leadline.metrics.explain import explain
from leadline.metrics.query import Query
from tests.metrics.test_cases import documents
from tests.projects import refreshed, write_project

CASES = Path(__file__).parent.parent / "cases"


@pytest.mark.parametrize(
    ("case", "period", "said"),
    [
        ("customer_clock", "2026-01", ("3 rows of row are in no period: they have no at, or no known time zone in "
                                       "customer.time_zone.")),
        ("by_invitation_date", "2026-01", "2 rows of row are in no period: they have no invitation.sent_at."),
        ("by_response_date", "2026-02", None),
    ],
)  # fmt: skip
def test_an_explanation_counts_them(case, period, said, tmp_path):
    definitions, files = documents(yaml.safe_load((CASES / f"{case}.yaml").read_text("utf-8")))
    with refreshed(write_project(tmp_path / "project", definitions, files)) as (_, published):
        asked = published.periods.parse(period)
        one = Query("figure", "tester", "test", "month", since=asked.start, until=asked.end)
        found = [sentence for sentence in explain(published, one).words if "in no period: they" in sentence]
        assert found == ([said] if said else [])
