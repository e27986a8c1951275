"""Reconciliations and expectations that cannot be: refused with a code, before any data is touched."""

from pathlib import Path

import pytest

from leadline.catalog import load
from tests.ingest.test_versions import PROJECT as VERSIONS
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


NO_VERSIONS = [
    ("versions: {taken: taken_on, columns: [tier, city]}", "versions: {columns: [tier]}", "bad-value"),
    ("versions: {taken: taken_on, columns", "versions: {taken: taken_on, ended: tier is null, columns", "bad-value"),
    ("taken: taken_on, columns: [tier, city]", "taken: city, columns: [tier]", "wrong-column-type"),
    ("columns: [tier, city]}", "columns: [teir]}", "unknown-column"),
    ("key: [customer, taken_on]", "key: [taken_on]", "versions-key"),
    ("key: [customer, since]\nvalid: {from: since, until: until}\n---\nkind: fact\nname: change",
     "key: [customer]\n---\nkind: fact\nname: change", "versions-valid"),
    ("at: taken_on\n", "", "recoded-undated"),
    ("city: {type: text}", "city: {type: integer, recoded: [{from: 2026-01-01, codes: {x: y}}]}", "bad-constraint"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "code"), NO_VERSIONS)
def test_what_cannot_be_versions_is_refused(tmp_path: Path, before: str, after: str, code: str) -> None:
    assert before in VERSIONS
    (tmp_path / "leadline.yaml").write_text(VERSIONS.replace(before, after, 1))
    assert code in {problem.code for problem in load(tmp_path).problems}


def test_codes_are_read_where_they_are_loaded(tmp_path: Path) -> None:
    derived = "---\nkind: fact\nname: kinds\nfrom: dump\nkey: [customer]\ncolumns:\n  t: {type: text, as: max(tier), "
    text = (
        VERSIONS
        + derived
        + "recoded: [{from: 2026-01-01, codes: {A: Gold}}]}\n  n: {type: integer, as: count(*)}\n"
    )
    (tmp_path / "leadline.yaml").write_text(text)
    assert "not-loaded" in {problem.code for problem in load(tmp_path).problems}


def mixed(**more: object) -> list[dict[str, object]]:
    live = {
        "kind": "metric",
        "name": "live",
        "type": "count",
        "of": "billed",
        "collected": {"real_time": True},
    }
    daily = {"kind": "metric", "name": "daily", "type": "count", "of": "billed"}
    both = {
        "kind": "metric",
        "name": "both",
        "type": "derived",
        "formula": "live / daily",
        "measured_in": "ratio",
    }
    return [*documents(), live, daily, {**both, **more}]


def test_real_time_and_periodic_figures_are_mixed_only_where_that_is_said(tmp_path: Path) -> None:
    problems = load(write_project(tmp_path / "a", mixed(), {})).problems
    assert [p.code for p in problems if p.level == "error"] == ["mixed-real-time"]
    problems = load(write_project(tmp_path / "b", mixed(mixes_real_time=True), {})).problems
    assert [p.code for p in problems if p.level == "error"] == []
    problems = load(write_project(tmp_path / "c", mixed(formula="daily / daily"), {})).problems
    assert [p.code for p in problems if p.level == "error"] == []
