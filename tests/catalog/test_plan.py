"""A plan says what changes, what breaks and whom it concerns; its hash binds all of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog import Catalog, build
from leadline.catalog.documents import parse, shipped
from leadline.catalog.plan import Change, Effective, Plan, plan
from leadline.errors import DefinitionError
from tests.catalog.test_fingerprint import PROJECT, catalog

BEFORE = catalog(PROJECT)

EDITS = (
    ("when: score >= 4", "when: score >= 5"),
    ("by: [channel, customer.tier]", "by: [channel]"),
    ("owner: cx", "owner: finance"),
    ("as: max(score)", "as: min(score)"),
    ("time_zone: Europe/Berlin", "time_zone: Asia/Tokyo"),
    ("goal: 80", "goal: 90"),
    ("codes: [A, B]", "codes: [A]"),
    ("wave: {type: integer}", "wave: {type: integer, minimum: 1}"),
    ("children: [{name: emea, codes: [A, B]}", "children: [{name: europe, codes: [A, B]}"),
    ("name: devoted", "name: dedicated"),
    ("when: score >= 4", "when: score >= 4\nminimum_n: 30"),
    ("files: s/*.csv", "files: t/*.csv"),
)
HARMLESS = (
    ("when: score >= 4", "when: (score>=4)"),
    ("by: [channel, customer.tier]", "by: [customer.tier, channel]"),
    ("kind: metric\nname: csat", "# a comment\nname: csat\nkind: metric"),
    ("goal: 80", "goal: 80.0"),
)


def edited(*edits: tuple[str, str]) -> Catalog:
    text = PROJECT
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return catalog(text)


def only(found: Plan, kind: str, name: str) -> Change:
    change = found.of(kind, name)
    assert change is not None
    return change


def test_equal_catalogs_have_an_empty_plan() -> None:
    found = plan(BEFORE, catalog(PROJECT))
    assert found.changes == ()
    assert not found.breaking
    assert found.owners == {}


@pytest.mark.thorough
@given(st.lists(st.sampled_from(HARMLESS), unique=True, max_size=3))
def test_formatting_is_no_change(edits: list[tuple[str, str]]) -> None:
    assert plan(BEFORE, edited(*edits)).changes == ()


@pytest.mark.thorough
@given(
    st.sets(st.integers(0, len(EDITS) - 1), max_size=3), st.sets(st.integers(0, len(EDITS) - 1), max_size=3)
)
def test_the_hash_is_another_exactly_when_the_change_is(one: set[int], other: set[int]) -> None:
    try:
        plans = [plan(BEFORE, edited(*(EDITS[i] for i in sorted(chosen)))) for chosen in (one, other)]
    except AssertionError:
        return  # two edits of one place
    said = [[(c.kind, c.name, c.before, c.after) for c in p.changes] for p in plans]
    assert (plans[0].hash == plans[1].hash) == (sorted(map(str, said[0])) == sorted(map(str, said[1])))


def test_the_hash_binds_when_a_change_takes_effect() -> None:
    ways = [
        Effective(),
        Effective("restating"),
        Effective("from_period", date(2026, 7, 1)),
        Effective("from_period", date(2026, 8, 1)),
    ]
    after = edited(EDITS[0])
    assert len({plan(BEFORE, after, way).hash for way in ways}) == len(ways)


def test_the_order_of_definitions_does_not_decide_the_hash() -> None:
    found = plan(BEFORE, edited(EDITS[0], EDITS[3]))
    assert replace(found, changes=found.changes[::-1]).hash == found.hash


@pytest.mark.thorough
@given(st.sampled_from(EDITS))
def test_every_change_of_meaning_says_why(edit: tuple[str, str]) -> None:
    for change in plan(BEFORE, edited(edit)).changes:
        assert change.before != change.after
        if change.what == "meaning":
            assert change.beneath or any(not key.described for key in change.keys), change.label
        if change.what == "words":
            assert any(key.described for key in change.keys)
            assert not any(not key.described for key in change.keys)


def test_a_metric_whose_text_is_the_same_says_which_column_beneath_it_changed() -> None:
    found = plan(BEFORE, edited(("as: max(score)", "as: min(score)")))
    change = only(found, "metric", "devoted")
    assert change.what == "meaning"
    assert change.keys == ()
    (below,) = change.beneath
    assert below.startswith("fact respondent: columns.best.as ")
    assert "MAX(" in below
    assert "MIN(" in below
    assert {(d.kind, d.name) for d in only(found, "fact", "respondent").dependants} == {("metric", "devoted")}


def test_a_composed_metric_names_the_part_that_changed() -> None:
    more = PROJECT + (
        "---\nkind: metric\nname: both\ntype: derived\nformula: csat + devoted\nmeasured_in: percent\nowner: cfo\n"
    )
    found = plan(catalog(more), catalog(more.replace("when: score >= 4", "when: score >= 5")))
    assert only(found, "metric", "both").beneath == ("metric csat",)
    assert ("metric", "both") in {(d.kind, d.name) for d in only(found, "metric", "csat").dependants}
    assert "metric both" in found.owners["cfo"]


def test_dependants_are_transitive_and_objectives_are_reached_by_their_measures() -> None:
    change = only(
        plan(BEFORE, edited(("wave: {type: integer}", "wave: {type: integer, minimum: 1}"))),
        "fact",
        "survey_response",
    )
    assert {(d.kind, d.name) for d in change.dependants} >= {
        ("fact", "respondent"), ("metric", "csat"), ("metric", "devoted"), ("scorecard", "board"),
        ("objective", "loyalty"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kind", "name", "reason"),
    [
        (
            "by: [channel, customer.tier]",
            "by: [channel]",
            "metric",
            "csat",
            "it can no longer be sliced by customer.tier",
        ),
        (
            "when: score >= 4",
            "value: score\nmeasured_in: points",
            "metric",
            "csat",
            "its unit of measure was percent and is points",
        ),
        (
            "when: score >= 4",
            "when: score >= 4\nmeasured: every month",
            "metric",
            "csat",
            "its finest period was the hour and is the month",
        ),
        (
            "waves: {type: integer, as: max(wave)}",
            "waves: {type: number, as: max(wave) + 0.5}",
            "fact",
            "respondent",
            "the column waves was integer and is number",
        ),
        (
            "children: [{name: emea, codes: [A, B]}, {",
            "children: [{",
            "unit",
            "world",
            "the unit emea is gone from it",
        ),
        (
            "time_zone: Europe/Berlin",
            "time_zone: Asia/Tokyo",
            "project",
            "p",
            "days were those of Europe/Berlin and are those of Asia/Tokyo",
        ),
        (
            "when: score >= 4",
            "when: score >= 4\nminimum_n: 9",
            "metric",
            "csat",
            "figures of fewer than 9 rows are suppressed, until now of fewer than 0",
        ),
    ],
)
def test_what_breaks(old: str, new: str, kind: str, name: str, reason: str) -> None:
    text = PROJECT.replace(old, new, 1)
    if "value: score" in new:
        text = text.replace("type: share", "type: mean", 1)
    found = plan(BEFORE, catalog(text))
    assert reason in only(found, kind, name).breaking
    assert found.breaking


def test_a_flipped_direction_breaks() -> None:
    higher, lower = (edited(("best >= 9", f"best >= 9\ndirection: {way}")) for way in ("higher", "lower"))
    assert only(plan(higher, lower), "metric", "devoted").breaking == ("higher was better, and now lower is",)
    assert not plan(BEFORE, higher).breaking


def test_a_removed_definition_breaks_and_a_renamed_one_is_named() -> None:
    gone = PROJECT[: PROJECT.index("---\nkind: objective")]
    found = plan(BEFORE, catalog(gone))
    assert only(found, "scorecard", "board").breaking == ("it is gone",)
    renamed = only(plan(BEFORE, edited(("name: devoted", "name: dedicated"))), "metric", "devoted")
    assert renamed.renamed_to == "dedicated"


def test_a_new_meaning_alone_breaks_nothing() -> None:
    found = plan(BEFORE, edited(("when: score >= 4", "when: score >= 5")))
    assert not found.breaking
    (key,) = only(found, "metric", "csat").keys
    assert (key.path, key.before, key.after) == ("when", "score >= 4", "score >= 5")


def test_what_is_governed_in_force_or_as_written_is_marked_and_lifting_it_breaks() -> None:
    governed = PROJECT.replace("name: p\n", "name: p\ngoverned: {metrics: [csat], scorecards: all}\n", 1)
    lifted = PROJECT.replace("when: score >= 4", "when: score >= 5", 1)
    found = plan(catalog(governed), catalog(lifted))
    assert {c.label for c in found.governed} == {"metric csat", "scorecard board", "project p"}
    assert only(found, "project", "p").breaking == (
        "metrics are no longer governed: csat",
        "scorecards are no longer governed: all",
    )


@pytest.mark.parametrize(("mode", "since"), [("from_period", None), ("from_now", date(2026, 1, 1))])
def test_from_a_period_on_needs_its_day(mode: str, since: date | None) -> None:
    with pytest.raises(DefinitionError, match="first day") as caught:
        Effective(mode, since)  # type: ignore[arg-type]  # the test's parameters are plain texts
    assert caught.value.code == "plan-effective"


def test_only_kinds_of_definitions_can_be_governed() -> None:
    text = PROJECT.replace("name: p\n", "name: p\ngoverned: {metric: all}\n", 1)
    found = build([*shipped(), *parse(text, Path("leadline.yaml"))[0]], Path("p"))
    (problem,) = [p for p in found.problems if p.code == "governed-kind"]
    assert problem.hint == "Did you mean 'metrics'?"


def test_owners_are_those_before_and_after_and_of_all_that_stands_on_a_change() -> None:
    found = plan(BEFORE, edited(("owner: cx", "owner: finance")))
    assert found.owners == {
        "": ("objective loyalty", "scorecard board"),
        "cx": ("metric csat",),
        "finance": ("metric csat",),
    }


def test_a_plan_from_nothing_adds_everything() -> None:
    found = plan(catalog("kind: project\nname: p\n"), BEFORE)
    assert {c.what for c in found.changes if c.kind == "metric"} == {"added"}
