"""Rows of which nobody knows when they were are in no period, and an explanation says how many they are."""

from pathlib import Path

import pytest
import yaml

from leadline.metrics.explain import explain
from leadline.metrics.query import Query
from tests.metrics.test_cases import documents
from tests.projects import refreshed, write_project

pytestmark = pytest.mark.thorough

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


def test_an_explanation_of_a_conversion_counts_rows_without_a_date_or_an_entity(tmp_path):
    kinds = {"id": "text", "at": "instant", "who": "text", "topic": "text", "kind": "text"}
    fact = {"key": ["id"], "at": "at", "columns": {name: {"type": kind} for name, kind in kinds.items()}}
    rows = ["a,2026-01-01T10:00:00Z,x,t,k", "b,,x,t,k", "c,2026-01-02T10:00:00Z,,t,k", "d,2026-01-02T10:00:00Z,x,,k",
            "e,2026-01-02T10:00:00Z,,,other", "f,,,t,k", "g,2026-01-03T10:00:00Z,x,t,k",
            "h,2026-01-20T10:00:00Z,y,t,k"]  # fmt: skip
    metric = {"type": "conversion", "entity": "who", "followed_by": {"fact": "row", "same": ["topic"]},
              "within": "7 days", "where": "kind = 'k'"}  # fmt: skip
    case = {"fact": fact, "rows": "\n".join(["id,at,who,topic,kind", *rows]), "metric": metric}
    definitions, files = documents(case)
    with refreshed(write_project(tmp_path / "project", definitions, files)) as (_, published):
        asked = published.periods.parse("2026-01")
        found = explain(
            published, Query("figure", "tester", "test", "month", since=asked.start, until=asked.end)
        )
        assert [sentence for sentence in found.words if " rows of row " in sentence] == [
            "2 rows of row are in no period: they have no at.",
            "2 rows of row count in nothing: they have no who or no topic.",
        ]
        assert (found.observation.n, found.observation.value, found.agrees) == (
            2,
            50,
            True,
        )  # the horizon of h runs
