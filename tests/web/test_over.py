"""A scorecard over other stretches of time, with what serves its objectives, and with who acts: views of one page."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from leadline.app.wiring import Workspace, open_published
from leadline.metrics.longer import longer_many, stretches
from leadline.metrics.periods import Period
from leadline.metrics.query import Query
from tests.web.small_company import START, rows
from tests.web.test_views import context


def measures(page: dict[str, Any]) -> dict[str, Any]:
    return {row.metric.text: row for p in page["perspectives"] for o in p.objectives for row in o.measures}


def counted(first: date, end: date) -> int:
    """Count the contacts of some days, from the lines of the file."""
    days = Counter(date.fromisoformat(line.split(",")[1][:10]) for line in rows())
    return sum(n for day, n in days.items() if first <= day < end)


def test_nothing_is_computed_where_it_is_not_asked_for(client: TestClient) -> None:
    page = context(client, "/?period=2026-01")
    assert page["stretches"] == ()
    assert all(row.over is None for row in measures(page).values())
    assert [one.text for one in page["views"].choices] == [
        "Period", "Year to date", "Rolling", "Year ago", "What serves", "Who acts",
    ]  # fmt: skip


def test_the_year_to_date_is_what_the_rows_come_to(client: TestClient) -> None:
    page = context(client, "/?period=2026-02&view=ytd")
    now, before = measures(page)["Contacts"].over.stretches
    assert now.value == f"{counted(date(2026, 1, 1), date(2026, 3, 1)):,}"
    assert before.value == f"{counted(date(2025, 1, 1), date(2025, 3, 1)):,}"
    assert page["stretches"] == ("Year to date", "A year before", "Difference")
    assert measures(page)["Contacts"].mark.word == "Not scored"


def test_rates_over_a_year_to_date_are_said_to_be_apart_where_their_intervals_are(client: TestClient) -> None:
    rate = measures(context(client, "/?period=2026-02&view=ytd"))["Solved at once"].over
    assert rate.change.word == "apart"  # 80 % then, 55 to 65 % now
    assert rate.change.arrow == "down"
    same = measures(context(client, "/?period=2026-02&view=ytd"))["Handle time"].over
    assert same.change.word == "overlap"


def test_a_year_that_is_not_whole_is_not_compared(client: TestClient) -> None:
    over = measures(context(client, "/?period=2026-02&view=rolling"))["Contacts"].over
    now, before = over.stretches
    assert now.value == f"{counted(date(2025, 3, 1), date(2026, 3, 1)):,}"
    assert before.words == "rows from January 2025"
    assert over.change is None


def test_the_page_of_the_metric_says_the_same(client: TestClient) -> None:
    now = measures(context(client, "/?period=2026-01&unit=north&view=rolling"))[
        "Solved at once"
    ].over.stretches[0]
    record = context(client, now.href)["record"]
    assert now.value in {one.value for one in record.longer}


def test_a_year_ago_stands_beside_its_change(client: TestClient) -> None:
    page = context(client, "/?period=2026-01&view=year-ago")
    (before,) = measures(page)["Solved at once"].over.stretches
    assert before.value == measures(context(client, "/?period=2025-01"))["Solved at once"].figure.value
    assert page["stretches"][0] == "Jan 2025"


def test_what_serves_is_shown_and_changes_no_score(client: TestClient) -> None:
    plain, page = context(client, "/?period=2026-01"), context(client, "/?period=2026-01&view=serving")
    assert measures(page)["Cost"].mark.word == "Watched"
    assert measures(page)["Contacts"].mark.word == "Not scored"
    verdicts = [
        [(p.verdict, [o.verdict for o in p.objectives]) for p in one["perspectives"]] for one in (plain, page)
    ]
    assert verdicts[0] == verdicts[1]
    assert page["tally"] == plain["tally"]
    solved = next(o for p in page["perspectives"] for o in p.objectives if o.drivers)
    (driver,) = solved.drivers
    assert driver.objective.text == "Work is lean"
    assert driver.verdict.mark.word == "On target"
    assert driver.words == "Handle time → Solved at once, after 5 days, moderate."


def test_views_keep_period_and_unit(client: TestClient) -> None:
    page = context(client, "/?period=2026-01&unit=north&view=ytd")
    assert all("unit=north" in one.href and "period=2026-01" in one.href for one in page["views"].choices)
    assert all("view=ytd" in one.href for one in page["period"].choices)
    assert page["views"].choices[0].href == "/?period=2026-01&unit=north"


def test_a_view_that_there_is_not_is_refused(client: TestClient) -> None:
    answer = client.get("/?view=lunar")
    assert answer.status_code == 404
    assert "no view lunar" in answer.text


@pytest.mark.parametrize("weeks", [4, 5])
def test_a_stretch_that_is_no_period_is_the_sum_of_its_weeks(space: Workspace, weeks: int) -> None:
    published = open_published(space)
    first = date(2025, 2, 3)  # a Monday
    end = first + timedelta(weeks=weeks)
    over = Period(first, end, f"{first} to {end - timedelta(days=1)}", "month")
    (found,) = stretches(published, [Query("contacts", "tester", "a test")], over)
    assert found is not None
    assert (found.value, found.start, found.end, found.period) == (
        counted(first, end),
        first,
        end,
        over.label,
    )
    shifted = Period(first + timedelta(days=1), end + timedelta(days=1), "askew", "month")
    assert stretches(published, [Query("contacts", "tester", "a test")], shifted) == [None]


def test_one_metric_over_two_stretches_is_asked_at_once(space: Workspace) -> None:
    published = open_published(space)
    asked = [
        (Query("contacts", "tester", "a test", unit=unit), published.periods.period("month", day))
        for unit in (None, "north")
        for day in (date(2025, 6, 1), date(2025, 12, 1))
    ]
    found = [one.value if one else None for one in longer_many(published, asked, "to_date")]
    assert found[0] == counted(START, date(2025, 7, 1))
    assert found[1] == counted(START, date(2026, 1, 1))
    assert found[2] is not None
    assert found[2] < found[0]
