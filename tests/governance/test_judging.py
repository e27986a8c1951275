"""A period is judged by the scorecard, and paid by the plan, that was in force for the day on which it begins."""

from datetime import date
from typing import Any

import pytest

from leadline.app.wiring import open_published
from leadline.catalog.plan import Effective
from leadline.metrics.published import judging_version
from leadline.scorecards.freezing import score_units
from leadline.scorecards.incentives import find_plan, payouts, simulated
from leadline.scorecards.tree import score
from tests.governance.company import APRIL, Company
from tests.governance.test_backtest import SCORECARD, many

pytestmark = pytest.mark.thorough

FROM_APRIL = Effective("from_period", APRIL)
BONUS = {"kind": "incentive", "name": "bonus", "scorecard": "board", "units": ["north"], "from": "2026-01-01",
         "currency": "EUR", "amount": 1000, "curve": [[0, 0], [10, 100]], "owner": "cx"}  # fmt: skip


@pytest.fixture
def judged(cx: Company) -> Company:
    """Its scorecard and its bonus are governed, and were another until March."""
    cx.edit("project", governed={"metrics": ["csat"], "scorecards": "all", "incentives": "all"})
    cx.documents += [dict(SCORECARD), {"kind": "objective", "name": "happy"}, dict(BONUS)]
    cx.write({f"answers/more-{m}.csv": many(m, 400, m) for m in (2, 3, 4, 5)})
    cx.apply(Effective("restating"))
    cx.refresh()
    return cx


def easier(cx: Company) -> None:
    cx.edit("board", perspectives=[{"name": "customer", "objectives": [{"objective": "happy", "measures": [
        {"metric": "csat", "red_flag": 30, "goal": 45}]}]}])  # fmt: skip
    cx.edit("bonus", amount=2000)


def scores(cx: Company) -> dict[str, tuple[float | None, float | None]]:
    """Give goal and score of the one measure, by month."""
    with cx.open() as space:
        published = open_published(space)
        found = {}
        for month in (2, 3, 4, 5):
            result = score(published, "board", viewer="ann", period=date(2026, month, 1))
            (again,) = score_units(published, "board", result.period, [None], viewer="ann")
            (measure,) = result.measures()
            assert again.score == result.score
            found[result.period.label] = measure.goal, measure.score
        return found


def test_a_past_period_is_judged_by_the_version_in_force_then(judged: Company) -> None:
    before = scores(judged)
    easier(judged)
    judged.apply(FROM_APRIL)
    judged.refresh()
    after = scores(judged)
    assert {label: goal for label, (goal, _) in after.items()} == {
        "2026-02": 65, "2026-03": 65, "2026-04": 45, "2026-05": 45,
    }  # fmt: skip
    assert [after[m] for m in ("2026-02", "2026-03")] == [before[m] for m in ("2026-02", "2026-03")]
    with judged.open() as space:
        published = open_published(space)
        versions = [judging_version(published, "scorecard", "board", date(2026, m, 1)) for m in (3, 4)]
        paid = {
            m: payouts(published, find_plan(published, "bonus"), viewer="ann", period=date(2026, m, 1))[0]
            for m in (3, 4)
        }
        tried = simulated(published, find_plan(published, "bonus"), viewer="ann", periods=3)
    assert versions == [1, 2]
    assert [paid[m].plan.amount for m in (3, 4)] == [1000, 2000]
    assert paid[3].meaning != paid[4].meaning
    assert {one.plan.amount for row in tried for one in row} == {2000}  # what today's plan would have paid


def test_restating_judges_all_periods_anew(judged: Company) -> None:
    easier(judged)
    judged.apply(Effective("restating"))
    judged.refresh()
    assert {goal for goal, _ in scores(judged).values()} == {45}


def test_a_metric_that_is_gone_has_no_figure_in_the_scorecard_of_then(judged: Company) -> None:
    card: dict[str, Any] = next(d for d in judged.documents if d.get("name") == "board")
    judged.edit(
        "project", governed={"metrics": ["csat", "answers"], "scorecards": "all", "incentives": "all"}
    )
    measures = card["perspectives"][0]["objectives"][0]["measures"]
    card["perspectives"] = [{"name": "customer", "objectives": [{"objective": "happy", "measures": [
        *measures, {"metric": "answers", "red_flag": 1, "goal": 2}]}]}]  # fmt: skip
    judged.write({})
    judged.apply(Effective("restating"))
    judged.refresh()
    easier(judged)
    judged.apply(FROM_APRIL)
    judged.refresh()
    with judged.open() as space:
        result = score(open_published(space), "board", viewer="ann", period=date(2026, 3, 1))
    assert [m.metric.name for m in result.measures()] == ["csat", "answers"]


def test_the_generation_keeps_what_judged(judged: Company) -> None:
    easier(judged)
    judged.apply(FROM_APRIL)
    published = judged.refresh()
    assert [(j.since, j.until) for j in published.judging] == [(None, APRIL)]
    assert set(published.judging[0].versions) == {("scorecard", "board"), ("incentive", "bonus")}
