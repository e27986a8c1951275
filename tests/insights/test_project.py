"""Findings and scorecard of a real project: files in, refresh, scorecard and findings out."""

from datetime import date

import pytest

from leadline.errors import QueryError
from leadline.insights.detect import detect
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from leadline.scorecards.tree import score
from tests.insights.project import write
from tests.projects import refreshed


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    with refreshed(write(tmp_path_factory.mktemp("service"))) as (_, found):
        yield found


def test_the_planted_fall_is_found_in_its_region(published):
    findings = detect(published, viewer="tester")
    about = {(f.kind, f.metric, f.period, f.unit, f.slice) for f in findings}
    assert ("changed_from_previous", "csat", "2026-03", "emea", "") in about
    assert ("changed_from_last_year", "csat", "2026-03", "emea", "") in about
    assert ("off_target", "csat", "2026-03", "emea", "") in about
    assert {f.period for f in findings} == {"2026-03"}
    assert not [f for f in findings if f.unit == "apac" or f.metric != "csat"]


@pytest.mark.thorough
def test_one_team_of_a_region_is_not_told_beside_it(published):
    assert "berlin" not in {f.unit for f in detect(published, viewer="tester")}


def test_findings_are_the_same_each_time_and_their_figures_are_the_querys(published):
    findings = detect(published, viewer="tester")
    assert findings == detect(published, viewer="tester")
    fell = next(f for f in findings if f.kind == "changed_from_previous" and f.unit == "emea")
    query = Query("csat", "tester", "test", unit="emea", since=date(2026, 2, 1), until=date(2026, 4, 1))
    before, now = evaluate(published, query)
    assert fell.evidence["now"] == {"period": "2026-03", "value": pytest.approx(now.value), "n": now.n}
    assert fell.evidence["before"] == {
        "period": "2026-02",
        "value": pytest.approx(before.value),
        "n": before.n,
    }


@pytest.mark.thorough
def test_the_scorecard_is_scored_from_published_figures(published):
    result = score(published, "service", viewer="tester")
    assert result.period.label == "2026-03"
    whole, emea, answers = result.measures()
    assert emea.status == "off target"
    assert emea.unit == "emea"
    assert whole.observation.n > emea.observation.n
    assert answers.status == "on target"
    assert len(whole.history) == 13
    assert whole.last_year.period == "2025-03"
    assert whole.previous.value > whole.observation.value
    assert result.confidence == 1
    assert 0 < result.score_low < result.score < result.score_high < 10


def test_another_unit_and_period_may_be_asked_for(published):
    result = score(published, "service", viewer="tester", unit="apac", period=date(2025, 6, 17))
    whole, emea, _ = result.measures()
    assert result.period.label == "2025-06"
    assert (whole.unit, emea.unit) == ("apac", "emea")
    assert (whole.observation.unit, whole.observation.period) == ("apac", "2025-06")
    assert whole.last_year.status == "no data"


def test_before_the_first_row_there_is_no_data(published):
    result = score(published, "service", viewer="tester", period=date(2020, 1, 1))
    assert result.status == "no data"
    assert {m.status for m in result.measures()} == {"no data"}


def test_a_unit_that_there_is_not_is_refused(published):
    with pytest.raises(QueryError, match="'emea'"):
        score(published, "service", viewer="tester", unit="emae")
