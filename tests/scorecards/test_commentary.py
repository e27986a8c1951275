"""Commentary: what is required, what counts as complete, and whether only good news is talked about."""

import random
from datetime import UTC, datetime

import pytest
from scipy.stats import fisher_exact

from leadline.catalog.definitions import CommentaryTemplate
from leadline.errors import PeriodError
from leadline.scorecards.commentary import (
    SURE,
    Selective,
    checked,
    missing_parts,
    required,
    selective,
    selective_owners,
    told_at,
)
from leadline.store.closings import Frozen
from leadline.store.commentary import Comment

TEMPLATE = CommentaryTemplate(optional=("outlook", "confidence"))
WHOLE = {
    "what_happened": "Fewer calls were answered.",
    "cause": "A strike in Leeds.",
    "action": "More people in May.",
}


def measure(name: str, verdict: str) -> Frozen:
    return Frozen(
        node="measure", path=f"customer/{name}", label=name.upper(), unit=None, metric=name, verdict=verdict
    )


def comment(name: str, parts: dict[str, str]) -> Comment:
    return Comment(
        number=1, scorecard="s", period="2026-02", metric=name, unit=None, version=1, parts=parts,
        at=datetime(2026, 3, 1, tzinfo=UTC), author="ann",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "parts", "standing"),
    [
        ("off target", None, "missing"),
        ("off target", WHOLE, "complete"),
        ("off target", {**WHOLE, "cause": "–"}, "incomplete"),
        ("on target", None, None),
        ("at risk", None, None),
    ],
)
def test_a_red_measure_needs_every_required_part(verdict, parts, standing) -> None:
    said = {("nps", None): comment("nps", parts)} if parts else {}
    found = required(TEMPLATE, [measure("nps", verdict), measure("nps", verdict)], said)
    assert [one.standing for one in found] == ([standing] if standing else [])


def placed(verdict: str, unit: str | None, own: str = "") -> Frozen:
    path = f"customer/nps@{own}" if own else "customer/nps"
    return Frozen(node="measure", path=path, label="NPS", unit=unit, metric="nps", verdict=verdict)


def test_a_measure_of_a_unit_of_its_own_is_commented_on_once_where_its_unit_reports() -> None:
    units = (None, "emea", "uki")
    assert [told_at(placed("off target", unit, "uki"), units) for unit in units] == ["uki"] * 3
    assert [told_at(placed("off target", unit, "asia"), units) for unit in units] == [None] * 3
    assert [told_at(placed("off target", unit), units) for unit in units] == list(units)
    asked = [bool(required(TEMPLATE, [placed("off target", unit, "uki")], {}, units)) for unit in units]
    assert asked == [False, False, True]


def test_a_measure_of_a_unit_of_its_own_counts_once_in_the_test_of_selective_comments() -> None:
    sheets = [placed("off target", unit, "uki") for unit in (None, "emea", "uki")]
    found = selective([(sheets, {("nps", "uki"): comment("nps", WHOLE)})])
    assert (found.bad, found.bad_commented) == (1, 1)


def test_what_is_missing_is_named_and_optional_parts_are_not() -> None:
    assert missing_parts(TEMPLATE, {"cause": "A strike in Leeds."}) == ("what_happened", "action")


def test_a_part_that_the_template_does_not_have_is_refused() -> None:
    with pytest.raises(PeriodError, match="no part 'causes'") as error:
        checked(TEMPLATE, {"causes": "A strike."})
    assert "cause" in error.value.hint


def periods(good: int, said_good: int, bad: int, said_bad: int):
    figures = [measure(f"g{n}", "on target") for n in range(good)] + [
        measure(f"b{n}", "at risk") for n in range(bad)
    ]
    said = {(f"g{n}", None): comment(f"g{n}", WHOLE) for n in range(said_good)}
    said |= {(f"b{n}", None): comment(f"b{n}", WHOLE) for n in range(said_bad)}
    return [(figures, said)]


@pytest.mark.parametrize("table", [(20, 18, 10, 1), (5, 5, 5, 0), (30, 3, 12, 1), (8, 0, 9, 4), (1, 1, 1, 0)])
def test_the_chance_is_fishers(table) -> None:
    good, said_good, bad, said_bad = table
    found = selective(periods(*table))
    oracle = fisher_exact(
        [[said_bad, bad - said_bad], [said_good, good - said_good]], alternative="less"
    ).pvalue
    assert found.p == pytest.approx(oracle, rel=1e-12)


def test_comments_on_good_news_only_are_flagged_and_on_bad_news_only_are_not() -> None:
    assert selective(periods(20, 18, 10, 1)).is_flagged
    assert not selective(periods(20, 1, 10, 9)).is_flagged
    assert not selective(periods(20, 0, 10, 0)).is_flagged
    assert not selective(periods(0, 0, 10, 3)).is_flagged


@pytest.mark.thorough
def test_comments_that_have_nothing_to_do_with_the_news_are_hardly_ever_flagged() -> None:
    dice = random.Random(11)
    flagged = 0
    for _ in range(2000):
        good, bad, often = dice.randint(5, 60), dice.randint(5, 60), dice.random()
        said = sum(dice.random() < often for _ in range(good)), sum(dice.random() < often for _ in range(bad))
        flagged += selective(periods(good, said[0], bad, said[1])).is_flagged
    assert flagged <= 2000 * SURE + 3 * (2000 * SURE) ** 0.5  # the test is exact: its rate is bounded by SURE


def test_an_owner_who_comments_on_good_news_alone_is_named_among_many_who_do_not() -> None:
    verdicts = ["on target"] * 12 + ["off target"] * 12
    figures = [measure(f"{owner}_{n}", verdict) for owner in "abc" for n, verdict in enumerate(verdicts)]
    owners = {figure.metric or "": (figure.metric or "")[0] for figure in figures}
    cheerful = {figure.metric for figure in figures if owners[figure.metric or ""] == "a"}
    said = {
        (name, None): comment(name, WHOLE)
        for name, verdict in ((figure.metric or "", figure.verdict) for figure in figures)
        if (verdict == "on target") == (name in cheerful)
    }
    found = selective_owners([(figures, said)], owners)
    assert [one.owner for one in found] == ["", "a", "b", "c"]
    assert [one.owner for one in found if one.is_flagged] == ["a"]
    assert found[1].words.startswith("Measures of a: 0 of 12")
    assert found[1].tested == 3


def test_the_more_owners_are_tested_the_more_it_takes() -> None:
    few = selective(periods(5, 5, 5, 0))
    assert few.p < SURE  # 1 in 252
    named = Selective(few.good, few.good_commented, few.bad, few.bad_commented, few.p, "a", 10)
    assert not named.is_flagged
