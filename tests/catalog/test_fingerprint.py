"""A meaning changes exactly when figures may; formatting, order and descriptions never count."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog import Catalog, Fingerprint, build
from leadline.catalog.documents import parse, shipped
from tests.catalog.strategies import documents

PROJECT = """
kind: project
name: p
time_zone: Europe/Berlin
---
kind: unit
name: world
title: The world
children: [{name: emea, codes: [A, B]}, {name: apac, time_zone: Asia/Tokyo}]
---
kind: fact
name: survey_response
extends: survey_response
columns:
  wave: {type: integer}
---
kind: fact
name: respondent
from: survey_response
where: score is not null
key: [customer]
at: answered
columns:
  answered: {type: instant, as: max(answered_at)}
  best: {type: number, as: max(score)}
  waves: {type: integer, as: max(wave)}
---
kind: source
name: surveys
fact: survey_response
files: s/*.csv
null_values: ["", "-"]
columns: {score: number(Score), answered_at: instant(At)}
---
kind: metric
name: csat
type: share
of: survey_response
where: instrument = 'csat' and score is not null
when: score >= 4
by: [channel, customer.tier]
owner: cx
---
kind: metric
name: devoted
type: share
of: respondent
when: best >= 9
owner: cx
---
kind: objective
name: loyalty
---
kind: scorecard
name: board
perspectives:
  - name: customer
    objectives:
      - objective: loyalty
        measures: [{metric: csat, red_flag: 70, goal: 80, weight: 2}]
"""


def catalog(text: str) -> Catalog:
    found, problems = parse(text, Path("leadline.yaml"))
    made = build([*shipped(), *found], Path("p"), problems)
    assert [p for p in made.problems if p.level == "error"] == []
    return made


def prints(text: str) -> dict[str, Fingerprint]:
    made = catalog(text)
    return {f"{d.kind} {d.name}": made.fingerprint(d) for d in made.definitions()}


BEFORE = prints(PROJECT)


def changed(old: str, new: str) -> tuple[set[str], set[str]]:
    """Give whose meaning and whose metadata differ when a piece of the project is replaced."""
    assert old in PROJECT
    after = prints(PROJECT.replace(old, new, 1))
    both = BEFORE.keys() & after.keys()
    return (
        {name for name in both if BEFORE[name].meaning != after[name].meaning},
        {name for name in both if BEFORE[name].metadata != after[name].metadata},
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "where: instrument = 'csat' and score is not null",
            "where:   (instrument='csat')  AND  not (score IS null)",
        ),
        (
            "where: instrument = 'csat' and score is not null",
            "where: >\n  instrument = 'csat'\n  and Score is not null",
        ),
        ("by: [channel, customer.tier]", "by: [customer.tier, channel]"),
        ("by: [channel, customer.tier]", "by:\n  - channel\n  - customer.tier"),
        ("of: survey_response\nwhere:", "minimum_n: 0\nfinest: day\nof: survey_response\nwhere:"),
        (
            "when: score >= 4",
            "when: score >= 4\nclock: project\ncollected: {every: day, available_after: 0 days}",
        ),
        ('null_values: ["", "-"]', "null_values: ['-', '']"),
        ("codes: [A, B]", "codes: [B, A]"),
        ("red_flag: 70, goal: 80, weight: 2", "weight: 2.0, goal: 80.0, red_flag: 70"),
        ("kind: metric\nname: csat", "# a comment\nname: csat\nkind: metric"),
        ("max(score)", "MAX( score )"),
    ],
)
def test_formatting_order_and_defaults_mean_nothing(old: str, new: str) -> None:
    assert changed(old, new) == (set(), set())


@pytest.mark.parametrize(
    ("old", "new", "whose"),
    [
        ("owner: cx", "owner: finance", {"metric csat"}),
        ("owner: cx", "owner: cx\ntitle: T\ndescription: D\ntags: [a]\nbecause: B", {"metric csat"}),
        ("owner: cx", "owner: cx\ndirection: higher\ndecimals: 1\nsensitivity: public", {"metric csat"}),
        ("owner: cx", "owner: cx\nraci: {informed: [a]}", {"metric csat"}),
        ("title: The world", "title: The whole world", {"unit world"}),
        ("{name: emea,", "{name: emea, title: Europe,", {"unit world"}),
        (
            "wave: {type: integer}",
            "wave: {type: integer, title: Wave, description: D}",
            {"fact survey_response"},
        ),
    ],
)
def test_descriptions_are_metadata(old: str, new: str, whose: set[str]) -> None:
    assert changed(old, new) == (set(), whose)


ALL_METRICS = {"metric csat", "metric devoted"}


@pytest.mark.parametrize(
    ("old", "new", "whose"),
    [
        ("when: score >= 4", "when: score >= 5", {"metric csat", "scorecard board"}),
        ("when: score >= 4", "when: score >= 4\nminimum_n: 30", {"metric csat", "scorecard board"}),
        ("by: [channel, customer.tier]", "by: [channel]", {"metric csat", "scorecard board"}),
        ("goal: 80", "goal: 90", {"scorecard board"}),
        ("best >= 9", "best > 9", {"metric devoted"}),
        ("as: max(score)", "as: min(score)", {"fact respondent", "metric devoted"}),
        ("as: max(wave)", "as: min(wave)", {"fact respondent"}),
        ("where: score is not null", "where: score > 0", {"fact respondent", "metric devoted"}),
        ("key: [customer]", "key: [agent]", {"fact respondent", "metric devoted"}),
        ("time_zone: Europe/Berlin", "time_zone: Asia/Tokyo",
         {"project p", "source surveys", "scorecard board", *ALL_METRICS}),
        ("codes: [A, B]", "codes: [A]", {"unit world", "source surveys"}),
        ("{name: emea, codes: [A, B]}", "{name: emea, codes: [A, B], time_zone: Asia/Tokyo}", {"unit world"}),
        ("score: number(Score)", "score: number(Scores)", {"source surveys"}),
        ("files: s/*.csv", "files: t/*.csv", {"source surveys"}),
        ("wave: {type: integer}", "wave: {type: integer, minimum: 1}",
         {"fact survey_response", "fact respondent", "source surveys"}),
        ("  wave: {type: integer}", "  wave: {type: integer}\n  score: {type: number, minimum: 0}",
         {"fact survey_response", "fact respondent", "source surveys", "scorecard board", *ALL_METRICS}),
    ],
)  # fmt: skip
def test_a_meaning_changes_with_all_that_stands_on_it_and_nothing_else(
    old: str, new: str, whose: set[str]
) -> None:
    meanings, _ = changed(old, new)
    assert meanings == whose


def test_a_column_behind_a_reference_counts() -> None:
    extended = "\n---\nkind: fact\nname: customer\nextends: customer\ncolumns:\n  {}\n"
    tier = prints(PROJECT + extended.format("tier: {type: text, one_of: [gold, silver]}"))
    other = prints(PROJECT + extended.format("city: {type: text, one_of: [Berlin]}"))
    assert tier["metric csat"].meaning != BEFORE["metric csat"].meaning
    assert other["metric csat"].meaning == BEFORE["metric csat"].meaning
    assert tier["metric devoted"].meaning == BEFORE["metric devoted"].meaning


def test_the_clock_of_units_counts_where_it_is_kept() -> None:
    by_unit = PROJECT.replace("type: share", "type: share\nclock: unit", 1)
    before, after = prints(by_unit), prints(by_unit.replace("Asia/Tokyo", "Asia/Seoul"))
    assert before["metric csat"].meaning != after["metric csat"].meaning
    assert before["metric devoted"].meaning == after["metric devoted"].meaning


def test_fingerprints_are_the_same_in_another_run() -> None:
    assert BEFORE["metric csat"].meaning == prints(PROJECT)["metric csat"].meaning
    assert len(BEFORE["metric csat"].meaning) == 64


def shuffled(value: Any, chance: random.Random) -> Any:
    """Give the same structure with the keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@pytest.mark.thorough
@given(documents(), st.randoms(use_true_random=False), st.booleans())
def test_neither_the_order_of_keys_nor_the_style_counts(
    written: dict[str, Any], chance: random.Random, flow: bool
) -> None:
    plain = yaml.safe_dump(written, allow_unicode=True)
    other = yaml.safe_dump(
        shuffled(written, chance), allow_unicode=True, sort_keys=False, default_flow_style=flow, width=30
    )
    first, second = (build([*shipped(), *parse(text, Path("x.yaml"))[0]], Path()) for text in (plain, other))
    ours = {(d.kind, d.name): first.fingerprint(d) for d in first.definitions()}
    theirs = {(d.kind, d.name): second.fingerprint(d) for d in second.definitions()}
    assert ours == theirs


CALENDAR = """
---
kind: calendar
name: desk
business_hours: {monday: ["09:00-17:00"]}
holidays: [{date: 2026-12-25, name: Christmas Day}]
---
kind: metric
name: waited
type: mean
of: survey_response
value: business_minutes(invited_at, answered_at)
measured_in: minutes
---
kind: fact
name: slowest
from: survey_response
key: [customer]
at: answered
columns:
  answered: {type: instant, as: max(answered_at)}
  longest: {type: number, as: "max(business_minutes(invited_at, answered_at))"}
---
kind: metric
name: slow
type: mean
of: slowest
value: longest
measured_in: minutes
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("09:00-17:00", "09:00-18:00"), ("2026-12-25", "2026-12-26"), ("monday:", "tuesday:"),
     ("holidays: [", "holidays: [{date: 2026-01-01, name: New Year}, ")],
)  # fmt: skip
def test_hours_and_holidays_mean_something_to_what_counts_business_time_alone(old: str, new: str) -> None:
    whole = PROJECT.replace("name: p\n", "name: p\ncalendar: desk\n", 1) + CALENDAR
    before, after = prints(whole), prints(whole.replace(old, new, 1))
    assert {name for name in before if before[name].meaning != after[name].meaning} == {
        "calendar desk", "metric waited", "fact slowest", "metric slow"
    }  # fmt: skip
