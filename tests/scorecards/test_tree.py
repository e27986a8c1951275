"""A scorecard's tree: what is asked, how figures become nodes, and who counts for how much."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from leadline.catalog.definitions import Count, Fact, Mean, Objective, Scorecard, Share
from leadline.catalog.units import UnitTree
from leadline.errors import QueryError
from leadline.metrics.month_periods import MonthPeriods
from leadline.metrics.observation import Observation
from leadline.scorecards import judging, tree

PERIODS = MonthPeriods()
MARCH = PERIODS.parse("2026-03")


def metric(kind, name, **more):
    more = {"of": "survey", **more}
    return kind.model_validate({"kind": "metric", "name": name, **more})


METRICS = {
    "csat": metric(Share, "csat", type="share", when="score >= 4"),
    "effort": metric(Mean, "effort", type="mean", value="effort", measured_in="points"),
    "contacts": metric(Count, "contacts", type="count", of="call"),
}
OBJECTIVES = {
    n: Objective.model_validate({"kind": "objective", "name": n}) for n in ("delight", "ease", "volume")
}
CATALOG = SimpleNamespace(
    units=UnitTree(),
    metrics=METRICS,
    objectives=OBJECTIVES,
    facts={
        "survey": Fact.model_validate({"kind": "fact", "name": "survey", "unit": "team"}),
        "call": Fact.model_validate({"kind": "fact", "name": "call"}),
    },
)
MEASURES = {
    "csat": {"metric": "csat", "weight": 3, "red_flag": 70, "goal": 80},
    "effort": {"metric": "effort", "weight": 1, "red_flag": 4, "goal": 2},
    "contacts": {"metric": "contacts", "red_flag": 1000, "goal": 500},
}


def scorecard(**more):
    return Scorecard.model_validate(
        {
            "kind": "scorecard",
            "name": "service",
            "perspectives": [
                {
                    "name": "customer",
                    "weight": 3,
                    "objectives": [
                        {"objective": "delight", "measures": [MEASURES["csat"], MEASURES["effort"]]},
                        {"objective": "ease", "measures": [{"metric": "effort", "score": "unscored"}]},
                    ],
                },
                {
                    "name": "process",
                    "weight": 1,
                    "objectives": [{"objective": "volume", "measures": [MEASURES["contacts"]]}],
                },
            ],
            **more,
        }
    )


def figure(name, value, low=None, high=None, *, n=100, period=MARCH, status="final", unit=None, note=""):
    return Observation(
        name,
        1,
        period.label,
        "month",
        unit,
        "",
        value,
        low,
        high,
        n,
        status,
        "t",
        note,
        period.start,
        period.end,
    )


def arranged(*figures, unit=None, **more):
    answers = {}
    for one in figures:
        answers.setdefault((one.metric, one.unit), []).append(one)
    return tree.arrange(CATALOG, scorecard(**more), PERIODS, MARCH, unit=unit, answers=answers)


ALL = (
    figure("csat", 85.0, 81.0, 88.0),
    figure("effort", 3.0, 2.5, 3.5),
    figure("contacts", 1200.0, 1100.0, 1300.0, n=1200),
)


def test_every_measure_is_scored_and_rolled_up_by_weight():
    result = arranged(*ALL)
    csat, effort, unscored, contacts = result.measures()
    assert [m.status for m in result.measures()] == ["on target", "at risk", "unscored", "off target"]
    assert csat.score == pytest.approx(10 * (85 - 60) / 30)
    assert effort.score == pytest.approx(5)
    assert contacts.score == pytest.approx(2)
    customer, process = result.perspectives
    delight = customer.objectives[0]
    assert delight.score == pytest.approx((3 * csat.score + effort.score) / 4)
    assert delight.measures[0].share == delight.measures[0].counts == 0.75
    assert customer.score == delight.score
    assert result.score == pytest.approx((3 * customer.score + process.score) / 4)
    assert (customer.counts, process.counts) == (0.75, 0.25)
    assert result.confidence == 1
    assert unscored.observation.value == 3.0


def test_a_branch_without_anything_scored_is_no_gap():
    customer = arranged(*ALL).perspectives[0]
    assert customer.objectives[1].status == "unscored"
    assert customer.objectives[1].weight == 0
    assert customer.confidence == 1


def test_a_gap_leaves_its_weight_to_its_siblings_and_shows_in_the_confidence():
    result = arranged(ALL[0], ALL[2])
    delight = result.perspectives[0].objectives[0]
    assert delight.score == delight.measures[0].score
    assert [m.counts for m in delight.measures] == [1, 0]
    assert [m.share for m in delight.measures] == [0.75, 0.25]
    assert delight.confidence == 0.75
    assert delight.measures[1].status == "no data"
    assert result.confidence == pytest.approx((3 * 0.75 + 1) / 4)


def test_below_minimum_confidence_no_colour_is_shown():
    result = arranged(ALL[1], missing_data={"minimum_confidence": 50})
    delight = result.perspectives[0].objectives[0]
    assert delight.score == pytest.approx(5)
    assert delight.status == "cannot tell"
    assert delight.reason == "Only 25% of the weight has data; a colour needs 50%."


FEBRUARY, JANUARY, LAST_MARCH = (PERIODS.parse(label) for label in ("2026-02", "2026-01", "2025-03"))


@pytest.mark.parametrize(
    ("rule", "score", "reason"),
    [
        ("redistribute", None, ""),
        ("most_recent", 5.0, "No figure: that of 2026-01 stands in."),
        ("last_year", 10 / 3, "No figure: that of 2025-03 stands in."),
        ("substitute", 20 / 3, "No figure: 2 stands in."),
        ("zero", 0.0, "There are no rows for this period. It scores 0."),
    ],
)
def test_a_gap_is_filled_as_the_scorecard_says_and_is_no_data(monkeypatch, rule, score, reason):
    monkeypatch.setitem(MEASURES, "effort", {**MEASURES["effort"], "substitute": 2})
    earlier = (
        figure("effort", 3.0, 2.5, 3.5, period=JANUARY),
        figure("effort", None, period=FEBRUARY, status="no data"),
        figure("effort", 4.0, 3.5, 4.5, period=LAST_MARCH),
    )
    result = arranged(ALL[0], ALL[2], *earlier, missing_data={"rule": rule})
    delight = result.perspectives[0].objectives[0]
    effort = delight.measures[1]
    assert effort.score == (None if score is None else pytest.approx(score))
    assert effort.reason.startswith(reason)
    assert (effort.confidence, delight.confidence) == (0, 0.75)
    csat = delight.measures[0].score
    assert delight.score == pytest.approx(csat if score is None else (3 * csat + score) / 4)


def test_a_recent_figure_stands_in_for_so_many_periods_only():
    old = figure("effort", 3.0, 2.5, 3.5, period=JANUARY)
    gaps = {"rule": "most_recent", "within": 1}
    assert arranged(ALL[0], old, missing_data=gaps).perspectives[0].objectives[0].measures[1].score is None


def test_nothing_fills_a_suppressed_figure():
    figures = (figure("effort", None, status="suppressed"), figure("effort", 3.0, 2.5, 3.5, period=FEBRUARY))
    for rule in ("most_recent", "last_year", "substitute", "zero"):
        effort = (
            arranged(ALL[0], *figures, missing_data={"rule": rule}).perspectives[0].objectives[0].measures[1]
        )
        assert (effort.score, effort.status) == (None, "suppressed")


def test_one_gap_blanks_what_is_above_it():
    result = arranged(ALL[0], ALL[2], missing_data={"rule": "blank"})
    customer, process = result.perspectives
    assert (customer.score, result.score) == (None, None)
    assert process.score is not None


def test_each_level_rolls_up_by_its_own_rule():
    result = arranged(*ALL, roll_up="worst")
    assert result.status == result.perspectives[1].status == "off target"
    assert result.score == 0
    assert result.perspectives[0].status == "at risk"


def test_an_interval_over_a_border_cannot_tell_and_says_what_would():
    result = arranged(figure("csat", 82.0, 78.0, 86.0, n=350))
    csat = next(result.measures())
    assert csat.status == "cannot tell"
    assert csat.settles_at_n == 1400
    assert csat.reason == "The interval reaches over the goal; about 1,400 rows would settle it."


def test_a_total_has_no_n_that_would_settle_it():
    contacts = list(arranged(figure("contacts", 510.0, 466.7, 556.2, n=510)).measures())[3]
    assert contacts.status == "cannot tell"
    assert contacts.settles_at_n is None
    assert contacts.reason == "The interval reaches over the goal; more rows would not narrow a total."


def test_a_figure_without_an_interval_supports_no_colour():
    csat = next(arranged(figure("csat", 95.0, n=1)).measures())
    assert csat.status == "cannot tell"
    assert csat.settles_at_n is None
    assert (csat.score_low, csat.score_high) == (0, 10)
    assert csat.reason == "The figure has no interval."


def test_suppressed_and_absent_figures_keep_their_reason():
    result = arranged(
        figure("csat", None, n=3, status="suppressed", note="Fewer than 30 rows."),
        figure("effort", None, n=9, status="no data", note="The denominator is zero."),
    )
    csat, effort, _, contacts = result.measures()
    assert (csat.status, csat.reason) == ("suppressed", "Fewer than 30 rows.")
    assert (effort.status, effort.reason) == ("no data", "The denominator is zero.")
    assert (contacts.status, contacts.reason) == ("no data", "There are no rows for this period.")
    assert result.status == "suppressed"
    assert result.score is None
    assert result.confidence == 0


def test_provisional_figures_mark_their_parents():
    result = arranged(replace(ALL[0], status="provisional"), *ALL[1:])
    assert next(result.measures()).status == "on target"
    assert result.provisional
    assert result.perspectives[0].provisional
    assert not result.perspectives[1].provisional


def test_previous_last_year_and_history_are_found_by_period():
    past = [figure("csat", 60.0 + i, 50.0, 90.0, period=PERIODS.back(MARCH, i)) for i in range(15)]
    csat = next(arranged(*past).measures())
    assert csat.observation.value == 60
    assert csat.previous.value == 61
    assert csat.last_year.value == 72
    assert [o.value for o in csat.history] == [72.0 - i for i in range(13)]


def test_the_history_asked_for_holds_the_same_period_last_year():
    for grain, since in (
        ("month", date(2025, 3, 1)),
        ("quarter", date(2023, 1, 1)),
        ("week", date(2025, 3, 10)),
    ):
        period = PERIODS.period(grain, date(2026, 3, 15))
        asked = tree.questions(CATALOG, scorecard(period=grain), PERIODS, period, unit=None, viewer="ann")
        assert {q.since for q in asked.values()} == {since}
        assert {q.until for q in asked.values()} == {period.end}
        assert {(q.viewer, q.purpose) for q in asked.values()} == {("ann", "scorecard")}


def test_each_figure_is_asked_once():
    asked = tree.questions(CATALOG, scorecard(), PERIODS, MARCH, unit="emea", viewer="ann")
    assert set(asked) == {("csat", "emea"), ("effort", "emea")}


def test_a_metric_that_knows_no_units_says_so():
    contacts = list(arranged(unit="emea").measures())[3]
    assert (contacts.status, contacts.unit) == ("no data", "emea")
    assert contacts.reason == "Contacts is not told apart by unit."


def test_a_measure_of_one_unit_keeps_it():
    card = scorecard(
        perspectives=[
            {
                "name": "customer",
                "objectives": [
                    {
                        "objective": "delight",
                        "measures": [{**MEASURES["csat"], "unit": "apac"}, MEASURES["csat"]],
                    }
                ],
            }
        ]
    )
    asked = tree.questions(CATALOG, card, PERIODS, MARCH, unit="emea", viewer="ann")
    assert set(asked) == {("csat", "apac"), ("csat", "emea")}


def test_an_unknown_scorecard_is_suggested():
    with pytest.raises(QueryError, match="Did you mean 'service'"):
        tree.find(SimpleNamespace(scorecards={"service": scorecard()}), "servce")


def test_which_way_is_good_follows_the_targets():
    csat, effort, unscored, _ = arranged(*ALL).measures()
    assert csat.higher_is_better is True
    assert effort.higher_is_better is False
    assert unscored.higher_is_better is None


@pytest.mark.parametrize(
    ("csat", "effort", "contacts", "label"),
    [
        ("2026-03", "2026-03", "2026-03", "2026-03"),
        ("2026-03", "2025-12", "2025-12", "2026-03"),  # csat alone is 9/16 of the weight
        ("2025-12", "2026-02", "2026-03", "2025-12"),
        ("2025-12", "2026-03", None, "2025-12"),
        (None, None, "2026-01", "2026-01"),
    ],
)
def test_the_latest_period_is_complete_for_half_the_weight(csat, effort, contacts, label):
    ends = {"csat": csat, "effort": effort, "contacts": contacts}
    published = SimpleNamespace(
        latest_complete=lambda name, _: PERIODS.parse(ends[name]) if ends[name] else None
    )
    assert tree.latest_period(published, scorecard()).label == label


def test_where_nothing_is_scored_every_metric_counts_alike():
    measures = [{"metric": "csat", "score": "unscored"}, {"metric": "contacts", "score": "unscored"}]
    card = scorecard(
        perspectives=[{"name": "p", "objectives": [{"objective": "ease", "measures": measures}]}]
    )
    ends = {"csat": MARCH, "contacts": PERIODS.back(MARCH)}
    assert tree.latest_period(SimpleNamespace(latest_complete=lambda name, _: ends[name]), card) == MARCH


def test_without_any_rows_there_is_no_latest_period():
    with pytest.raises(QueryError, match="has any rows yet"):
        tree.latest_period(SimpleNamespace(latest_complete=lambda *_: None), scorecard())


@pytest.mark.parametrize(
    ("number", "words"), [(55, "55"), (13185, "14,000"), (2_054_251, "2,100,000"), (9, "9")]
)
def test_the_n_that_would_settle_it_is_said_roundly(number, words):
    assert f"{judging._rounded(number):,}" == words


@pytest.mark.parametrize(
    ("low", "borders", "exceeds"),
    [(87.0, "better", True), (86.9, "better", False), (87.0, "worse", False), (87.1, "worse", True)],
)
def test_a_measure_exceeds_where_its_whole_interval_scores_so_much(low, borders, exceeds):
    found = (
        arranged(figure("csat", 89.0, low, 91.0), exceeds_from=9).perspectives[0].objectives[0].measures[0]
    )
    bordered = replace(found, rule=replace(found.rule, borders=borders))
    assert bordered.exceeds == exceeds
    assert found.status == "on target"


def test_nothing_exceeds_where_the_scorecard_does_not_say_from_where():
    assert not any(m.exceeds for m in arranged(figure("csat", 95.0, 94.0, 96.0)).measures())


def test_what_is_not_on_target_for_sure_does_not_exceed():
    found = next(arranged(figure("csat", 89.0, 79.0, 95.0), exceeds_from=9).measures())
    assert (found.status, found.exceeds) == ("cannot tell", False)
