"""Library metrics of surveys: published examples, computed from rows."""

import pytest

from leadline.metrics.intervals import n_effective, wilson_weighted
from tests.metrics.library_figures import at, figures, many, values


def answers(instrument, *groups, **also):
    """Give answers: pairs of number and score."""
    return [
        row
        for size, score in groups
        for row in many(size, answered_at=at(), instrument=instrument, score=score, **also)
    ]


@pytest.mark.thorough
def test_nps_of_a_hundred_and_of_twenty():
    """CONVENTIONS B.1: 30.0 with 14.05..44.20; 45.0 with 39.13 +- 30.70 (adjusted Wald, Rocks 2016)."""
    rows = {"survey_response": answers("nps", (50, 10), (30, 8), (20, 6))}
    found = figures(rows, "nps_relational", "nps_promoters", "nps_passives", "nps_detractors")
    nps = found["nps_relational"]
    assert (nps.value, round(nps.low, 2), round(nps.high, 2), nps.n) == (30.0, 14.05, 44.20, 100)
    assert [found[f"nps_{k}"].value for k in ("promoters", "passives", "detractors")] == [50, 30, 20]
    (nps,) = figures({"survey_response": answers("nps", (12, 9), (5, 7), (3, 0))}, "nps_relational").values()
    assert nps.value == 45.0
    assert (nps.low + nps.high) / 2 == pytest.approx(39.13, abs=0.005)
    assert (nps.high - nps.low) / 2 == pytest.approx(30.70, abs=0.005)


def test_nps_keeps_relation_and_contact_apart_and_counts_no_score_off_the_scale():
    rows = {
        "survey_response": [
            *answers("nps", (3, 10), (1, 0)),
            *answers("nps", (1, 10), (1, 3), interaction="i1"),
            *answers("nps", (2, 3), ticket="t1"),
            *answers("nps", (5, 99), (5, -1), (5, None)),
            *answers("csat", (9, 5)),
        ]
    }
    found = values(rows, "nps_relational", "nps_transactional", digits=6)
    assert found == {"nps_relational": 50.0, "nps_transactional": -50.0}


def test_nps_counts_on_the_day_of_the_answer_or_of_the_invitation_as_its_name_says():
    late = many(3, instrument="nps", score=10, invited_at=at(20), answered_at=at(31))
    early = many(1, instrument="nps", score=0, invited_at=at(), answered_at=at(1))
    rows = {"survey_response": [*late, *early]}
    assert values(rows, "nps_relational", "nps_by_invitation", digits=6) == {
        "nps_relational": -100.0, "nps_by_invitation": 50.0,
    }  # fmt: skip


def test_csat_of_960_of_1200():
    """CONVENTIONS B.2: 80.0 %, Wilson 77.64..82.17; the boxes add up, and no scale counts in another."""
    five = answers("csat", (500, 5), (460, 4), (100, 3), (90, 2), (50, 1))
    seven = answers("csat7", (30, 7), (20, 6), (50, 5))
    found = figures(
        {"survey_response": [*five, *seven]},
        "csat_top2", "csat_top1", "csat_bottom2", "csat_top2_of_7", "csat_mean",
    )  # fmt: skip
    csat = found["csat_top2"]
    assert (csat.value, round(csat.low, 2), round(csat.high, 2), csat.n) == (80.0, 77.64, 82.17, 1200)
    assert csat.method.startswith("Wilson")
    assert found["csat_top1"].value == pytest.approx(100 * 500 / 1200)
    assert found["csat_bottom2"].value == pytest.approx(100 * 140 / 1200)
    assert found["csat_top2_of_7"].value == 50.0
    assert found["csat_mean"].value == pytest.approx((2500 + 1840 + 300 + 180 + 50) / 1200)


def test_tickets_rated_good_leave_out_what_was_not_offered_or_not_answered():
    rated = {"good": 30, "bad": 10, "offered": 25, "unoffered": 35, None: 5}
    rows = [
        r
        for word, size in rated.items()
        for r in many(size, opened_at=at(), resolved_at=at(1), satisfaction=word)
    ]
    (found,) = figures({"ticket": rows}, "csat_good_bad").values()
    assert (found.value, found.n) == (75.0, 40)


def test_effort_of_both_versions_each_on_its_scale():
    two = answers("ces", (40, 7), (20, 5), (15, 4), (25, 1))
    one = answers("ces1", (6, 1), (3, 2), (1, 5))
    found = values({"survey_response": [*two, *one]}, "ces_2_mean", "ces_2_percent", "ces_1_mean", digits=6)
    assert found == {"ces_2_mean": 4.65, "ces_2_percent": 60.0, "ces_1_mean": 1.7}


def test_first_contact_resolution_as_customers_say():
    rows = {"survey_response": answers("fcr", (72, 1), (28, 0), (11, None))}
    assert values(rows, "fcr_customer_confirmed", digits=6) == {"fcr_customer_confirmed": 72.0}


def test_sentiment_shares_and_balance():
    called = {"positive": 50, "neutral": 30, "negative": 20, None: 40, "unsure": 7}
    rows = [r for word, size in called.items() for r in many(size, answered_at=at(), sentiment=word)]
    found = values(
        {"survey_response": rows}, "sentiment_positive", "sentiment_negative", "sentiment_net", digits=6
    )
    assert found == {"sentiment_positive": 50.0, "sentiment_negative": 20.0, "sentiment_net": 30.0}


@pytest.mark.thorough
def test_weights_have_an_effective_size_and_an_efficiency():
    """CONVENTIONS B.10: weights 1, 1, 2, 0.5 give n_eff 3.24 and 81 %; the weighted score's interval goes by it."""
    rows = [
        {"answered_at": at(), "instrument": "nps", "score": score, "weight": weight}
        for score, weight in ((10, 1), (9, 1), (3, 2), (8, 0.5))
    ]
    found = figures(
        {"survey_response": rows}, "survey_effective_n", "survey_weighting_efficiency", "nps_weighted"
    )
    assert round(found["survey_effective_n"].value, 2) == 3.24
    assert round(found["survey_weighting_efficiency"].value, 0) == 81
    assert found["nps_weighted"].value == pytest.approx(100 * (2 - 2) / 4.5)
    n = 4.5**2 / 6.25
    assert n_effective(4.5, 6.25) == pytest.approx(3.24)
    up = (2 / 4.5 * n + 0.75) / (n + 3)
    half = 1.959964 * ((2 * up) / (n + 3)) ** 0.5
    assert found["nps_weighted"].high == pytest.approx(100 * half, abs=1e-4)
    assert wilson_weighted(2, 4.5, 6.25).value == pytest.approx(2 / 4.5)


README = {
    "complete": 4,
    "partial": 2,
    "refusal": 1,
    "non_contact": 1,
    "other": 1,
    "unknown": 2,
    "ineligible": 1,
}
MIDDLE_EARTH = {
    "complete": 760, "partial": 339, "break_off": 59, "non_contact": 288, "other": 1, "unknown": 173, "ineligible": 71,
}  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("counts", "digits", "stated"),
    [
        # outcomerate's README (commit 0c59953): I 4, P 2, R 1, NC 1, O 1, UH 1, UO 1, NE 1, e = eligibility_rate
        (README, 1, [36.4, 54.5, 37.0, 55.6, 44.4, 66.7]),
        # outcomerate's table of middleearth; the rates by AAPOR's formulas, worked by hand
        (MIDDLE_EARTH, 2, [46.91, 67.84, 47.15, 68.18, 52.52, 75.95]),
    ],
    ids=["README", "middleearth"],
)
def test_response_rates_of_a_disposition_table(counts, digits, stated):
    rows = [r for word, size in counts.items() for r in many(size, invited_at=at(), disposition=word)]
    names = [f"response_rate_{nr}" for nr in range(1, 7)]
    found = values({"survey_invitation": rows}, *names, digits=digits)
    assert [found[name] for name in names] == stated


def test_an_invitation_without_disposition_is_of_unknown_eligibility():
    rows = [*many(3, invited_at=at(), disposition="complete"), *many(1, invited_at=at())]
    found = values({"survey_invitation": rows}, "response_rate_1", "response_rate_5", digits=6)
    assert found == {"response_rate_1": 75.0, "response_rate_5": 100.0}


def test_everyday_response_and_bounce_rates():
    rows = [
        *many(20, invited_at=at(), delivered=True, answered=True),
        *many(60, invited_at=at(), delivered=True, answered=False),
        *many(20, invited_at=at(), delivered=False),
    ]
    found = values({"survey_invitation": rows}, "survey_response_rate", "survey_bounce_rate", digits=6)
    assert found == {"survey_response_rate": 25.0, "survey_bounce_rate": 20.0}
