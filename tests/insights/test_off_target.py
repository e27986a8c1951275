"""Off target: the whole interval beyond the red flag, in a final and recent figure."""

import json

import pytest

from leadline.catalog.units_of_measure import THIN
from leadline.insights import off_target
from leadline.insights.targets import Target, better, grains, targets
from tests.insights.company import Company, card, metric

CSAT = {"metric": "csat", "red_flag": 70, "goal": 80}
WAIT = {"metric": "wait", "red_flag": 120, "goal": 60}


@pytest.fixture
def found(monkeypatch):
    def find(company):
        monkeypatch.setattr(off_target, "evaluate_many", company.answer)
        return off_target.off_target(company, viewer="tester")

    return find


def company(*measures, **more):
    metrics = [
        metric("share", "csat", title="Contact satisfaction", direction="higher"),
        metric("mean", "wait", title="Time to answer", decimals=0),
    ]
    return Company(metrics, [card("month", *measures, **more)])


def test_the_whole_interval_beyond_the_red_flag_is_a_finding(found):
    acme = company(CSAT, unit="emea")
    for ago, high in ((0, 69.9), (1, 69.0), (2, 65.0), (3, 75.0), (4, 60.0)):
        acme.observe("csat", ago, high - 2, high - 4, high, unit="emea")
    (finding,) = found(acme)
    assert finding.statement == (
        "Contact satisfaction in EMEA was 67.9% (65.9 to 69.9) in March 2026: wholly below the red flag of 70, for "
        "the third month in a row."
    )
    assert (finding.kind, finding.severity, finding.direction) == ("off_target", "high", "bad")
    assert (finding.metric, finding.unit, finding.period, finding.grain) == (
        "csat",
        "emea",
        "2026-03",
        "month",
    )
    assert finding.evidence["periods_in_a_row"] == 3
    assert finding.evidence["p"] == pytest.approx(0.02, abs=0.001)
    assert json.loads(json.dumps(finding.evidence)) == finding.evidence


@pytest.mark.parametrize(("low", "high"), [(66, 70.0), (66, 72.0), (75, 85), (66, None)])
def test_an_interval_that_reaches_the_red_flag_is_none(found, low, high):
    acme = company(CSAT)
    acme.observe("csat", 0, 68.0, low, high)
    assert found(acme) == []


def test_lower_is_better_reads_the_other_end(found):
    acme = company(WAIT)
    acme.observe("wait", 0, 150.0, 130.0, 170.0)
    (finding,) = found(acme)
    assert (
        finding.statement
        == f"Time to answer was 150{THIN}s (130 to 170) in March 2026: wholly above the red flag of 120."
    )


def test_an_end_that_is_not_known_is_said(found):
    acme = company(WAIT)
    acme.observe("wait", 0, 150.0, 130.0, None)
    assert "(130 to unknown)" in found(acme)[0].statement


def test_a_provisional_figure_leaves_the_judgement_to_the_period_before(found):
    acme = company(CSAT)
    acme.observe("csat", 0, 60.0, 55.0, 65.0, status="provisional")
    acme.observe("csat", 1, 60.0, 55.0, 65.0)
    assert [f.period for f in found(acme)] == ["2026-02"]


def test_a_stale_figure_is_no_finding(found):
    acme = company(CSAT)
    acme.observe("csat", 2, 60.0, 55.0, 65.0)
    assert found(acme) == []


def test_suppressed_and_absent_figures_are_no_finding(found):
    acme = company(CSAT, WAIT)
    acme.observe("csat", 0, None, None, None, status="suppressed")
    acme.observe("wait", 0, None, None, None, status="no data")
    assert found(acme) == []


def test_unscored_measures_and_those_without_targets_are_not_judged(found):
    acme = company({**CSAT, "score": "unscored"}, {"metric": "wait"})
    acme.observe("csat", 0, 10.0, 9.0, 11.0)
    acme.observe("wait", 0, 500.0, 490.0, 510.0)
    assert found(acme) == []


def test_all_that_was_judged_is_counted(found):
    acme = company(CSAT, WAIT)
    acme.observe("csat", 0, 60.0, 55.0, 65.0)
    acme.observe("wait", 0, 50.0, 40.0, 60.0)
    (finding,) = found(acme)
    assert finding.evidence["tested"] == 2
    assert finding.evidence["adjusted_p"] == pytest.approx(2 * finding.evidence["p"])


def test_two_scorecards_with_one_measure_make_one_finding(found):
    acme = company(CSAT)
    acme.cards = [*acme.cards, card("month", CSAT, name="other")]
    acme.observe("csat", 0, 60.0, 55.0, 65.0)
    assert len(found(acme)) == 1


def test_targets_and_grains_follow_the_scorecards():
    acme = company(CSAT, {**WAIT, "unit": "apac"}, unit="emea")
    assert targets(acme.catalog) == [
        Target("service", "csat", "emea", "month", 70, 80, 1),
        Target("service", "wait", "apac", "month", 120, 60, -1),
    ]
    assert better(acme.catalog, acme.metrics[1]) == -1
    assert grains(acme.catalog, "csat") == ["month"]
    assert grains(Company([]).catalog, "csat") == ["month"]
    quarterly = Company(acme.metrics, [card("quarter", CSAT)])
    assert grains(quarterly.catalog, "wait") == ["quarter"]
    daily = Company(acme.metrics, [card("day", CSAT)])
    assert grains(daily.catalog, "csat") == ["week"]
