"""How often intervals of differences hold the truth: as often as docs/statistics.md says, shortfalls included."""

import re
from pathlib import Path

import pytest

from tests.governance.backtest_scenarios import WORLDS, coverage

PAGE = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"


def listed() -> dict[tuple[str, int], float]:
    text = PAGE.read_text("utf-8").split("### Differences of two versions")[1]
    rows = re.findall(r"^\| (.+?) \| ([\d,]+) \| ([\d.]+) \| [\d.]+ \|$", text, re.MULTILINE)
    return {(world, int(customers.replace(",", ""))): float(covered) for world, customers, covered in rows}


def test_every_world_is_listed() -> None:
    assert set(listed()) == {(world, customers) for world in WORLDS for customers in (30, 100, 1000)}


@pytest.mark.slow
def test_coverage_is_as_the_page_says() -> None:
    page = listed()
    for one in coverage(100, 150, seed=11):
        assert 100 * one.covered == pytest.approx(page[one.world, 100], abs=7), (
            one
        )  # three errors of 150 and 500
