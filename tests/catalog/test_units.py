"""The organisation's tree: who is under whom, in which zone, by which codes."""

from pathlib import Path

import pytest

from leadline.catalog import UnitTree, build
from leadline.catalog.documents import parse

TREE = """
kind: unit
name: world
children:
  - name: emea
    title: Europe, Middle East, Africa
    time_zone: Europe/Berlin
    codes: [EMEA, "10"]
    children: [{name: dach, codes: [DE]}, {name: uk, time_zone: Europe/London, owner: ann}]
---
kind: unit
name: tokyo
parent: apac
---
kind: unit
name: apac
parent: world
time_zone: Asia/Tokyo
"""


def tree(text: str) -> UnitTree:
    return build(parse(text, Path("x.yaml"))[0], Path()).units


def test_the_tree_is_made_of_nested_and_of_separate_units() -> None:
    made = tree(TREE)
    assert made.names == ("world", "emea", "apac", "dach", "uk", "tokyo")
    assert made.roots == ("world",)
    assert made.children("world") == ("emea", "apac")
    assert made.descendants("emea") == ("emea", "dach", "uk")
    assert made.descendants("world") == made.names
    assert made.ancestors("tokyo") == ("apac", "world")
    assert (made.parent("dach"), made.parent("world")) == ("emea", None)
    assert (made.label("emea"), made.label("dach")) == ("Europe, Middle East, Africa", "Dach")


def test_a_time_zone_is_inherited() -> None:
    made = tree(TREE)
    assert {name: made.time_zone(name) for name in made.names} == {
        "world": "UTC",
        "emea": "Europe/Berlin",
        "dach": "Europe/Berlin",
        "uk": "Europe/London",
        "apac": "Asia/Tokyo",
        "tokyo": "Asia/Tokyo",
    }


def test_codes_and_names_mean_units() -> None:
    made = tree(TREE)
    assert made.by_code == {name: name for name in made.names} | {"EMEA": "emea", "10": "emea", "DE": "dach"}


def test_a_code_of_two_units_is_an_error() -> None:
    text = TREE + "---\nkind: unit\nname: germany\ncodes: [DE, uk]\n"
    problems = build(parse("kind: project\nname: p\n---" + text, Path("leadline.yaml"))[0], Path()).problems
    assert [(p.code, p.place.line) for p in problems] == [("unit-code-twice", 11), ("unit-code-twice", 23)]
    assert "'DE' means both 'germany' and 'dach'" in problems[0].message


@pytest.mark.parametrize("method", ["parent", "children", "descendants", "ancestors", "label", "time_zone"])
def test_what_is_no_unit_is_said(method: str) -> None:
    with pytest.raises(KeyError):
        getattr(tree(TREE), method)("nowhere")


def test_no_units_are_no_problem() -> None:
    made = tree("kind: project\nname: p\n")
    assert (made.names, made.roots, made.by_code) == ((), (), {})
