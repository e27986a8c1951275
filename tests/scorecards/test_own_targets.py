"""Targets of units and from a day on: the nearest unit's hold, then the latest; on scorecards and in findings."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from leadline.catalog import Catalog, load
from leadline.catalog.definitions import Measure
from leadline.catalog.score_rules import aimed
from leadline.insights.targets import targets
from leadline.metrics.calendars import periods_of
from leadline.metrics.observation import Observation
from leadline.scorecards.tree import arrange
from tests.projects import write_project

FACT = {"kind": "fact", "name": "contact", "key": ["id"], "at": "at", "unit": "team", "columns": {
    "id": {"type": "text", "required": True}, "at": {"type": "instant", "required": True}, "team": {"type": "unit"},
    "good": {"type": "boolean"}}}  # fmt: skip
OWN = [
    {"unit": "emea", "red_flag": 60, "goal": 70},
    {"unit": "emea", "from": "2026-03-01", "red_flag": 62, "goal": 72},
    {"from": "2026-05-01", "red_flag": 75, "goal": 85},
]


def project(tmp_path: Path, own: list[dict[str, Any]], **keys: Any) -> Catalog:
    measure = {"metric": "csat", "red_flag": 70, "goal": 80, "targets": own, **keys}
    documents: list[dict[str, Any]] = [
        {"kind": "project", "name": "p", "scorecard": "card"}, FACT,
        {"kind": "source", "name": "log", "fact": "contact", "files": "data/*.csv", "format": "csv"},
        {"kind": "unit", "name": "group", "children": [
            {"name": "emea", "children": [{"name": "berlin"}]}, {"name": "americas"}]},
        {"kind": "metric", "name": "csat", "type": "share", "of": "contact", "when": "good", "direction": "higher",
         "owner": "x"},
        {"kind": "objective", "name": "loved", "owner": "x"},
        {"kind": "scorecard", "name": "card", "perspectives": [
            {"name": "customer", "objectives": [{"objective": "loved", "measures": [measure]}]}]},
    ]  # fmt: skip
    return load(write_project(tmp_path, documents, {}))


def measure_of(catalog: Catalog) -> Measure:
    return catalog.scorecards["card"].perspectives[0].objectives[0].measures[0]


@pytest.mark.parametrize(
    ("unit", "day", "goal"),
    [
        (None, "2026-01-01", 80),
        (None, "2026-05-01", 85),
        ("americas", "2026-04-30", 80),
        ("americas", "2026-05-01", 85),
        ("emea", "2026-01-01", 70),
        ("emea", "2026-03-01", 72),
        ("berlin", "2026-02-28", 70),
        ("berlin", "2026-06-01", 72),  # the nearest unit's, though the whole's is later
    ],
)
def test_the_nearest_unit_holds_then_the_latest_day(
    tmp_path: Path, unit: str | None, day: str, goal: float
) -> None:
    catalog = project(tmp_path, OWN)
    assert list(catalog.problems) == []
    assert aimed(measure_of(catalog), catalog.units, unit, date.fromisoformat(day)).goal == goal


@pytest.mark.parametrize(("month", "unit", "status"), [
    (2, "berlin", "on target"), (3, "berlin", "at risk"), (3, None, "at risk"), (5, None, "off target"),
])  # fmt: skip
def test_a_scorecard_judges_by_the_targets_of_its_unit_and_period(
    tmp_path: Path, month: int, unit: str | None, status: str
) -> None:
    catalog = project(tmp_path, OWN)
    periods = periods_of(catalog.calendar)
    period = periods.period("month", date(2026, month, 1))
    value = 71.0 if unit else 74.0
    seen = Observation(
        metric="csat", version=1, period=period.label, grain="month", unit=unit, slice="", value=value, low=value - 0.5,
        high=value + 0.5, n=1000, status="final", method="", note="", start=period.start, end=period.end,
    )  # fmt: skip
    result = arrange(
        catalog, catalog.scorecards["card"], periods, period, unit=unit, answers={("csat", unit): [seen]}
    )
    assert next(result.measures()).status == status


def test_findings_look_at_units_with_targets_of_their_own(tmp_path: Path) -> None:
    catalog = project(tmp_path, OWN)
    february = {t.unit: t.red_flag for t in targets(catalog, lambda *_: date(2026, 2, 28))}
    assert february == {None: 70, "emea": 60}
    assert {t.unit: t.red_flag for t in targets(catalog)} == {None: 75, "emea": 62}


@pytest.mark.parametrize(
    ("own", "keys", "code"),
    [
        ([{"unit": "emae", "red_flag": 60, "goal": 70}], {}, "unknown-unit"),
        ([{"red_flag": 70, "goal": 60}], {}, "targets-direction"),
        ([{"red_flag": 70, "goal": 70}], {}, "targets-equal"),
        ([{"red_flag": 60, "goal": 70, "stretch": 65}], {}, "stretch-side"),
        ([{"unit": "emea", "red_flag": 60, "goal": 70}], {"unit": "emea"}, "target-unused"),
        ([{"red_flag": 60, "goal": 70}], {"score": "unscored"}, "target-unused"),
    ],
)
def test_targets_that_cannot_hold_are_refused(
    tmp_path: Path, own: list[dict[str, Any]], keys: dict[str, Any], code: str
) -> None:
    assert code in {problem.code for problem in project(tmp_path, own, **keys).problems}
