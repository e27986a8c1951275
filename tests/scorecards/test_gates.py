"""Gates pass only where somebody looked, at figures that are firm, and for those whose rows it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from leadline.catalog.definitions import Incentive
from leadline.clock import FixedClock
from leadline.metrics.published import Published
from leadline.scorecards import gates as judging
from leadline.scorecards.gates import Evidence
from leadline.scorecards.incentives import find_plan, payouts
from tests.projects import refreshed, write_project
from tests.scorecards.service import calls, documents

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))
MARCH, MAY = date(2026, 3, 1), date(2026, 5, 1)
GATE = {"gates": [{"findings": ["trade_off", "survey_fraud"]}]}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    root = tmp_path_factory.mktemp("gates") / "p"
    plan = {("north", "2026-05"): (8.0, 0.5)}
    measures = [{"metric": "minutes", "red_flag": 14, "goal": 10},
                {"metric": "rare", "red_flag": 60, "goal": 80, "weight": 2}]  # fmt: skip
    more = [
        {"kind": "metric", "name": "rare", "type": "share", "of": "call", "when": "resolved", "direction": "higher",
         "where": "product = 'z'", "collected": {"every": "day"}, "owner": "x"},
        {"kind": "scorecard", "name": "thin",
         "perspectives": [{"name": "process", "objectives": [{"objective": "calm", "measures": measures}]}]},
    ]  # fmt: skip
    built = write_project(root, [*documents(), *more], {"calls.csv": calls(plan)})
    with refreshed(built, NOW) as (space, found), space.ledger.read() as reader:
        yield found, next(f for f in reader.findings() if f.kind == "trade_off")


def plan(published: Published, **more) -> Incentive:
    return Incentive.model_validate(find_plan(published, "bonus").model_dump(by_alias=True) | more)


def states(published, evidence, period=MAY, **more):
    paid = payouts(published, plan(published, **(GATE | more)), viewer="me", evidence=evidence, period=period)
    return [p.state for p in paid], [p.gates[0].why for p in paid]


def test_what_an_earlier_refresh_found_and_the_last_did_not_look_for_is_for_a_person(known) -> None:
    published, one = known
    told, why = states(published, Evidence(earlier=[one]))
    assert told == ["held", "due"]
    assert why[0].startswith("An earlier refresh found, and the last did not look again: Resolved in North")
    assert states(published, Evidence(earlier=[one]), doubt="pays")[0] == ["due", "due"]


def test_what_the_last_refresh_looked_for_again_and_did_not_find_is_not_so(known) -> None:
    published, one = known
    again = Evidence(earlier=[one], always={"trade_off": date.min, "survey_fraud": date.min})
    assert states(published, again)[0] == ["due", "due"]


def test_a_period_in_which_nobody_looked_is_no_period_without_findings(known) -> None:
    published, _ = known
    late = Evidence(refreshed=[date(2026, 6, 3)])
    told, why = states(published, late, MARCH)
    assert told == ["held", "held"]
    assert why[0] == "No refresh looked for trade off, survey fraud in 2026-03."
    assert states(published, late)[0] == ["due", "due"]
    soon = Evidence(refreshed=[date(2026, 4, 30), date(2026, 6, 3)])
    assert states(published, soon, MARCH)[0] == ["due", "due"]
    for day in (date(2026, 3, 31), date(2026, 5, 1)):
        assert states(published, Evidence(refreshed=[day]), MARCH)[0] == ["held", "held"]
    some = Evidence(refreshed=[], always={"survey_fraud": date.min})
    assert states(published, some, MARCH)[1][0] == "No refresh looked for trade off in 2026-03."


def test_a_finding_about_more_holds_for_those_whose_rows_it_names(known) -> None:
    published, one = known
    shared = replace(one, kind="survey_fraud", unit="acme", evidence={"units": {"south": 12, "acme": 3}})
    told, why = states(published, Evidence([shared]))
    assert told == ["due", "held"]
    assert why[1].endswith("12 of these rows are of it.")
    assert states(published, Evidence([replace(shared, evidence={})]))[0] == ["due", "due"]


@pytest.mark.parametrize(
    ("status", "state", "why"),
    [
        ("provisional", "provisional", "minutes: rows may still arrive."),
        ("suspended", "held", "minutes: The figure is suspended."),
        ("suppressed", "held", "minutes: The figure is suppressed."),
    ],
)
def test_a_gate_holds_no_figure_that_is_not_firm_against_anybody(
    known, monkeypatch, status, state, why
) -> None:
    published, _ = known
    ask = judging.evaluate_many

    def as_said(*args):
        hidden = {"value": None, "low": None, "high": None} if status == "suppressed" else {}
        return [[replace(o, status=status, note="", **hidden) for o in answer] for answer in ask(*args)]

    monkeypatch.setattr(judging, "evaluate_many", as_said)
    paid = payouts(published, plan(published, gates=[{"metric": "minutes", "at_most": 1}]), viewer="me")
    assert {p.state for p in paid} == {state}
    assert paid[0].why == (why,)
    assert {p.amount for p in paid} == {None}


def test_a_gate_without_bounds_says_nothing_of_bounds(known) -> None:
    published, _ = known
    gated = plan(published, gates=[{"metric": "resolved", "no_worse_than": "previous"}])
    _, south = payouts(published, gated, viewer="me")
    assert "bound" not in south.gates[0].why
    assert south.gates[0].why.endswith("not worse by more than chance explains.")


def test_an_outcome_of_all_that_rests_on_too_little_holds_every_payout(known) -> None:
    published, _ = known
    for least, state in ((60, "held"), (20, "due")):
        cards = dict(published.catalog.scorecards)
        gaps = cards["thin"].missing_data.model_copy(update={"minimum_confidence": least})
        cards["thin"] = cards["thin"].model_copy(update={"missing_data": gaps})
        other = replace(published, catalog=replace(published.catalog, scorecards=cards))
        shared = plan(other, together={"scorecard": "thin", "percent": 20})
        paid = payouts(other, shared, viewer="me")
        assert {p.state for p in paid} == {state}
        assert paid[0].together.confidence == pytest.approx(1 / 3)
    assert states(published, Evidence(), together={"scorecard": "thin", "percent": 20})[0] == ["held", "held"]
