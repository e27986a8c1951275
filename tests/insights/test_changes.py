"""Changes: what is compared, what is counted, what is said, and what is kept quiet."""

import json
from datetime import date

import numpy as np
import pytest

from leadline.insights import changes, detect, off_target
from leadline.metrics.comparison import DayTotals
from tests.insights.company import Company, card, metric, shares

FIRST = date(2025, 1, 1)
YEAR = 365
MARCH = (date(2026, 3, 1) - FIRST).days
END = (date(2026, 4, 1) - FIRST).days
WHOLE = (None, "")


@pytest.fixture
def found(monkeypatch):
    """Find changes of a company."""

    def find(company, everything=False):
        monkeypatch.setattr(changes, "day_totals", company.totals)
        monkeypatch.setattr(changes, "hidden_places", company.hides)
        monkeypatch.setattr(off_target, "evaluate_many", company.answer)
        return (detect.detect if everything else changes.changes)(company, viewer="tester")

    return find


@pytest.fixture
def rng():
    return np.random.default_rng(20260304)


def satisfaction(rng, **more):
    """Satisfaction fell by 8 points in EMEA in March 2026; nothing happened in APAC."""
    places = {
        ("emea", ""): [(MARCH, 0.79), (END - MARCH, 0.71)],
        ("apac", ""): [(END, 0.8)],
    }
    parts = shares(rng, FIRST, places, 150)
    whole = [a.sum(axis=1, keepdims=True) for a in (parts.n, parts.y, parts.x)]
    days = DayTotals(
        FIRST,
        [WHOLE, *parts.places],
        *(np.hstack(p) for p in zip(whole, (parts.n, parts.y, parts.x), strict=True)),
    )
    csat = metric("share", "csat", title="Contact satisfaction", direction="higher", **more)
    return Company([csat], days={"csat": [days]})


def test_a_fall_is_found_where_it_is_and_said_in_words(found, rng):
    findings = {(f.kind, f.period, f.unit): f for f in found(satisfaction(rng))}
    fell = findings["changed_from_previous", "2026-03", "emea"]
    assert fell.statement.startswith("Contact satisfaction in EMEA fell to 7")
    assert "% in March 2026 from 7" in fell.statement
    assert "% in February 2026 (−" in fell.statement
    assert fell.statement.endswith(" points).")
    assert (fell.direction, fell.severity, fell.grain, fell.slice) == ("bad", "medium", "month", "")
    assert ("changed_from_last_year", "2026-03", "emea") in findings
    assert ("changed_from_previous", "2026-03", None) in findings
    assert not [f for f in findings.values() if f.unit == "apac"]
    assert {f.period for f in findings.values()} == {"2026-03"}


def test_the_evidence_says_what_was_tested_and_how(found, rng):
    fell = next(f for f in found(satisfaction(rng)) if f.unit == "emea" and f.kind == "changed_from_previous")
    evidence = fell.evidence
    assert evidence["difference"] == pytest.approx(evidence["now"]["value"] - evidence["before"]["value"])
    assert evidence["low"] < evidence["difference"] < evidence["high"] < 0
    assert evidence["difference"] == pytest.approx(-8, abs=3)
    assert evidence["p"] <= evidence["adjusted_p"] <= 0.05
    assert evidence["tested"] == 3 * (14 + 3)  # three places; 14 previous months, 3 months a year before
    assert abs(evidence["now"]["n"] - 31 * 150) < 350
    assert evidence["now"]["period"] == "2026-03"
    assert evidence["test"] == "t, days as clusters"
    assert evidence["widening"] >= 1
    assert json.loads(json.dumps(evidence)) == evidence


def test_nothing_is_told_of_suppressed_figures(found, rng):
    assert found(satisfaction(rng, minimum_n=100_000)) == []


def test_nothing_is_told_of_what_would_tell_of_small_figures(found, rng):
    company = satisfaction(rng, minimum_n=10, sensitivity="confidential")
    company.hidden = {("emea", "")}
    findings = found(company)
    assert findings
    assert not [f for f in findings if f.unit == "emea"]
    assert {f.evidence["tested"] for f in findings} == {2 * (14 + 3)}


def test_periods_that_are_not_complete_are_not_compared(found, rng):
    company = satisfaction(rng)
    company.until = date(2026, 3, 31)
    assert found(company) == []
    company = satisfaction(rng)
    company.days["csat"] = [
        DayTotals(date(2025, 1, 2), t.places, t.n[1:], t.y[1:], t.x[1:]) for t in company.days["csat"]
    ]
    assert next(f for f in found(company)).evidence["tested"] == 3 * (13 + 2)


def test_little_history_is_compared_at_a_finer_grain(monkeypatch, rng):
    company = satisfaction(rng)
    company.cards = [card("year", {"metric": "csat", "red_flag": 70, "goal": 80})]
    monkeypatch.setattr(changes, "day_totals", company.totals)
    assert {test.grain for test in changes.tests(company, viewer="tester")} == {"quarter"}
    company.until = date(2025, 2, 20)
    assert {test.grain for test in changes.tests(company, viewer="tester")} == {"week"}
    company.until = date(2025, 1, 14)
    assert not list(changes.tests(company, viewer="tester"))


def test_a_yearly_survey_covers_its_years(found, rng):
    """Asked in May only; the year is whole all the same, before and after."""
    stretches = {WHOLE: [(25, 0.8), (340, 0.5), (25, 0.6)]}
    days = shares(rng, date(2024, 5, 2), stretches, 60)
    asked = np.r_[:25, 365:390]
    off = np.setdiff1d(np.arange(390), asked)
    for part in (days.n, days.y):
        part[off] = 0
    collected = {"collected": {"every": "year"}}
    company = Company([metric("share", "csat", **collected)], days={"csat": [days]}, until=date(2026, 1, 1))
    company.cards = [card("year", {"metric": "csat", "red_flag": 70, "goal": 80})]
    finding = next(iter(found(company)))
    assert (finding.period, finding.evidence["before"]["period"]) == ("2025", "2024")
    assert finding.evidence["tested"] == 1
    assert finding.evidence["difference"] == pytest.approx(-20, abs=5)


def test_the_same_rows_are_tested_once(rng):
    one = shares(rng, FIRST, {WHOLE: [(60, 0.8)], ("emea", ""): [(60, 0.8)]}, 50)
    again = DayTotals(FIRST, [(None, "channel=phone")], one.n[:, :1], one.y[:, :1].copy(), one.x[:, :1])
    kept = list(changes.distinct([one, again]))
    assert [table.places for table in kept] == [one.places, []]
    assert kept[1].n.shape == (60, 0)


def test_a_table_without_places_is_passed_over(found, rng):
    company = satisfaction(rng)
    days = len(company.days["csat"][0].n)
    company.days["csat"].append(DayTotals(FIRST, [], *(np.zeros((days, 0)) for _ in range(3))))
    assert {f.period for f in found(company)} == {"2026-03"}


def test_without_anything_to_compare_there_is_nothing(found):
    assert found(Company([metric("quantile", "p90"), metric("share", "csat")])) == []


def contacts(rng, before, now, **more):
    """Counts with a week's pattern: a calendar month's weekends must not look like a change."""
    rate = np.where((np.arange(END) + FIRST.weekday()) % 7 < 5, 1.0, 0.2) * np.where(
        np.arange(END) < MARCH, before, now
    )
    y = rng.poisson(rate)[:, None].astype(float)
    return Company(
        [metric("count", "contacts", direction="lower", **more)],
        days={"contacts": [DayTotals(FIRST, [WHOLE], y, y, np.ones_like(y))]},
    )


def test_totals_are_told_by_the_day(found, rng):
    finding = next(f for f in found(contacts(rng, 500, 650)) if f.kind == "changed_from_previous")
    assert finding.statement.startswith("Contacts rose to ")
    assert " a day in March 2026 from " in finding.statement
    assert finding.direction == "bad"
    assert finding.severity == "high"
    assert finding.evidence["per_day"]
    assert finding.evidence["difference"] == pytest.approx(115, abs=10)


def test_the_calendar_is_no_change(found, rng):
    assert found(contacts(rng, 500, 500)) == []


def test_a_unit_that_begins_is_a_change(found, rng):
    finding = next(f for f in found(contacts(rng, 0, 40)) if f.kind == "changed_from_previous")
    assert " from 0" in finding.statement
    assert finding.evidence["before"]["n"] == 0


@pytest.mark.parametrize(("period", "grain"), [("quarter", "quarter"), ("week", "week"), ("day", "week")])
def test_a_metric_is_watched_at_the_grain_of_its_scorecard(monkeypatch, rng, period, grain):
    company = satisfaction(rng)
    company.cards = [card(period, {"metric": "csat", "red_flag": 70, "goal": 80})]
    monkeypatch.setattr(changes, "day_totals", company.totals)
    assert {test.grain for test in changes.tests(company, viewer="tester")} == {grain}


@pytest.mark.parametrize(
    ("kind", "more", "change", "before", "severity"),
    [
        ("share", {}, 12, 50, "high"),
        ("share", {}, -3, 50, "medium"),
        ("share", {}, 0.4, 50, "low"),
        ("mean", {}, -60, 300, "high"),
        ("mean", {}, 16, 300, "medium"),
        ("mean", {}, 3, 300, "low"),
        ("sum", {}, 5, 0, "high"),
    ],
)
def test_severity_is_the_size_of_a_change(kind, more, change, before, severity):
    company = Company([metric(kind, "m", **more)])
    assert changes.severity(company, company.metrics[0], change=change, before=before) == severity


@pytest.mark.parametrize(("change", "severity"), [(5, "high"), (2, "medium"), (1, "low")])
def test_targets_say_how_large_a_change_is(change, severity):
    company = Company([metric("share", "m")], [card("month", {"metric": "m", "red_flag": 75, "goal": 80})])
    assert changes.severity(company, company.metrics[0], change=change, before=50) == severity


def test_targets_say_which_way_is_good_where_the_metric_does_not(found, rng):
    company = satisfaction(rng)
    company.metrics = [metric("share", "csat")]
    assert {f.direction for f in found(company)} == {"neutral"}
    company.cards = [card("month", {"metric": "csat", "red_flag": 70, "goal": 80})]
    assert {f.direction for f in found(company)} == {"bad"}


def test_the_same_generation_gives_the_same_findings_latest_first(found, rng):
    company = satisfaction(rng)
    company.cards = [card("month", {"metric": "csat", "red_flag": 90, "goal": 95})]
    company.observe("csat", 0, 75.0, 74.0, 76.0)
    one, other = found(company, everything=True), found(company, everything=True)
    assert one == other
    assert one[0].kind == "off_target"
    assert len({f.id for f in one}) == len(one)
    ranks = [(f.severity != "high", f.unit is not None) for f in one if f.kind != "off_target"]
    assert ranks == sorted(ranks)
