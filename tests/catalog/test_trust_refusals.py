"""Reconciliations and expectations that cannot be: refused with a code, before any data is touched."""

import pytest

from leadline.catalog import load
from tests.insights.test_reconciliations import documents
from tests.projects import write_project

REFUSED = [
    ({"left": "nothing"}, "unknown-metric"), ({"units": ["mars"]}, "unknown-unit"),
    ({"by": ["color"]}, "unknown-slice"),
    ({"right": "billed_revenue"}, "same-sides"), ({"key": ["colour"]}, "unknown-column"),
    ({"right_key": ["account", "month"]}, "bad-value"), ({"tolerance": {"relative": "much"}}, "bad-value"),
    ({"left": "calls"}, "unit-mismatch"), ({"right": "guarded"}, "no-rows-to-compare"),
    ({"left": "yearly"}, "measured-less-often"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), REFUSED)
def test_what_cannot_be_set_against_each_other_is_refused(tmp_path, change, code) -> None:
    more = [
        {"kind": "metric", "name": "calls", "type": "count", "of": "billed", "by": ["product"]},
        {"kind": "metric", "name": "guarded", "type": "sum", "of": "agreed", "value": "amount", "by": ["product"],
         "measured_in": "EUR", "minimum_n": 30},
        {"kind": "metric", "name": "yearly", "type": "sum", "of": "billed", "value": "amount", "by": ["product"],
         "measured_in": "EUR", "measured": "every year"},
    ]  # fmt: skip
    problems = load(write_project(tmp_path / "p", [*documents(**change), *more], {})).problems
    assert code in {problem.code for problem in problems}


def test_two_reconciliations_that_would_make_one_finding_are_refused(tmp_path) -> None:
    twice = {**documents()[-1], "name": "again"}
    problems = load(write_project(tmp_path / "p", [*documents(), twice], {})).problems
    assert [problem.code for problem in problems if problem.level == "error"] == ["reconciled-twice"]
