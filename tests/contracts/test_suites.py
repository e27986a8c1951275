"""`make test` runs every test once: its suites are told apart by marks, and every set of marks is in one of them."""

import re
import tomllib
from itertools import chain, combinations
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

from tests.contracts import tree

AGAIN = "test-duckdb2"
"""The one suite that repeats tests, with another version of the embedded engine."""

SELECTING = re.compile(r'\(((?:PYTEST|SPARK|DUCKDB2))\).*? -m "?([^"\n]+?)"?(?: tests| \$\(ENGINE\))?$')


def makefile() -> str:
    return tree.text(Path("Makefile")) or ""


def recipes() -> dict[str, str]:
    """Give the recipe of each suite that `make test` runs."""
    said = makefile()
    parts = re.findall(r"(?m)^PARTS\s*= (.+)$", said)[0].split()
    assert re.search(r"(?m)^test:.* \$\(PARTS\)", said)
    bodies = dict(re.findall(r"(?m)^([a-z][\w-]*):[^\n]*\n((?:\t.*\n?)+)", said))
    return {part: bodies[part] for part in parts}


def selections() -> dict[str, str]:
    """Give the expression over marks by which each suite selects."""
    found = {}
    for suite, recipe in recipes().items():
        for line in recipe.splitlines():
            if match := SELECTING.search(line):
                found[suite] = match.group(2)
    return found


def marks() -> list[str]:
    """Give the marks that this repository declares."""
    declared = tomllib.loads(tree.text(Path("pyproject.toml")) or "")["tool"]["pytest"]["ini_options"][
        "markers"
    ]
    return [line.partition(":")[0] for line in declared]


def every_set_of_marks() -> list[frozenset[str]]:
    names = marks()
    sets = chain.from_iterable(combinations(names, n) for n in range(len(names) + 1))
    return [frozenset(names) for names in sets]


@pytest.mark.parametrize(
    "marked", every_set_of_marks(), ids=lambda marked: "-".join(sorted(marked)) or "none"
)
def test_a_test_is_in_one_suite_whatever_its_marks(marked: frozenset[str]) -> None:
    chosen = [
        suite
        for suite, said in selections().items()
        if suite != AGAIN and Expression.compile(said).evaluate(lambda name, **_: name in marked)
    ]
    assert len(chosen) == 1, chosen


def test_every_suite_of_the_makefile_is_run_by_make_test() -> None:
    suites = set(re.findall(r"(?m)^(test-[\w-]+):", makefile()))
    assert suites == set(selections())


def test_no_suite_leaves_a_test_out_in_another_way() -> None:
    for suite, recipe in recipes().items():
        assert not re.search(r"--ignore|--deselect| -k |--lf|--sw|--maxfail| -x ", recipe), suite
        if suite not in {AGAIN, "check"}:
            assert "tests/" not in recipe, suite


def test_the_developers_suite_is_one_of_them() -> None:
    assert re.search(r"(?m)^fast: .*\btest-fast\b", makefile())
