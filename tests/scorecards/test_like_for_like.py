"""The like of a month a year before, where a long year has left no month of just those weeks."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from leadline.metrics.published import Published
from leadline.scorecards.results import MeasureResult
from leadline.scorecards.tree import score
from tests.projects import refreshed, write_project

FIRST, LAST = date(2022, 1, 30), date(2024, 6, 1)
DOCUMENTS = [
    {"kind": "project", "time_zone": "UTC", "calendar": "retail"},
    {"kind": "calendar", "name": "retail", "year_named_by": "start", "week_years": {
        "pattern": "4-5-4", "ends": "saturday nearest to january 31", "like_for_like": "shifted"}},
    {"kind": "fact", "name": "sale", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant", "required": True}, "good": {"type": "boolean"}}},
    {"kind": "source", "name": "sales", "fact": "sale", "files": "sales.csv", "columns": {}},
    {"kind": "metric", "name": "sales", "type": "count", "of": "sale", "owner": "x"},
    {"kind": "metric", "name": "good", "type": "share", "of": "sale", "when": "good", "owner": "x"},
    {"kind": "objective", "name": "sell"},
    {"kind": "scorecard", "name": "shop", "period": "month", "perspectives": [{"name": "customer", "objectives": [
        {"objective": "sell", "measures": [
            {"metric": "sales", "score": "unscored"}, {"metric": "good", "red_flag": 20, "goal": 40}]}]}]},
]  # fmt: skip


def on(day: date) -> int:
    """Say how many sales a day has."""
    return day.toordinal() % 4 + 1


def days() -> Iterator[date]:
    return (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    lines = [
        f"{day}-{n},{day}T10:00:00Z,{'true' if n == 0 else 'false'}" for day in days() for n in range(on(day))
    ]
    root: Path = tmp_path_factory.mktemp("shop") / "p"
    write_project(root, DOCUMENTS, {"sales.csv": "id,at,good\n" + "\n".join(lines) + "\n"})
    with refreshed(root) as (_, published):
        yield published


def measures(shop: Published, label: str) -> dict[str, MeasureResult]:
    period = shop.periods.parse(label)
    result = score(shop, "shop", viewer="tester", period=period.start)
    return {one.metric.name: one for one in result.measures()}


def sold(first: date, end: date) -> int:
    return sum(on(day) for day in days() if first <= day < end)


def test_after_a_long_year_a_month_is_compared_with_the_weeks_that_are_its_like(shop: Published) -> None:
    found = measures(shop, "2024-P02")
    now, before = found["sales"].observation, found["sales"].last_year
    assert now is not None
    assert before is not None
    year = timedelta(days=364)
    assert (before.start, before.end) == (now.start - year, now.end - year)
    assert before.value == sold(before.start, before.end)
    assert before.period == f"{before.start} to {before.end - timedelta(days=1)}"
    share = found["good"].last_year
    assert share is not None
    counted = (before.end - before.start).days
    assert share.value == pytest.approx(100 * counted / sold(before.start, before.end))
    assert all(" to " not in one.period for one in found["sales"].history)


def test_a_month_whose_like_is_a_month_is_compared_with_it(shop: Published) -> None:
    before = measures(shop, "2023-P02")["sales"].last_year
    assert before is not None
    assert before.period == "2022-P02"
    assert before.value == sold(before.start, before.end)
