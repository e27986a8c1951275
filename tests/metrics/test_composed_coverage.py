"""How often the intervals of composed metrics hold the truth: each world is drawn many times, each draw is a slice.

The figures come out of the engine itself, so that what is measured is the whole way: rows, sums of products, formula.
"""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
Row = dict[str, Any]
Draw = Callable[[np.random.Generator], tuple[Sequence[Row], Sequence[Row]]]

FACTS = [
    {"kind": "fact", "name": name, "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "draw": {"type": "text"}, "x": {"type": "number"},
        "y": {"type": "number"}, "yes": {"type": "boolean"}}} for name in ("row", "other")
]  # fmt: skip
PARTS: list[Row] = [
    {"name": "cost", "type": "sum", "value": "x", "measured_in": "EUR", "of": "row"},
    {"name": "solved", "type": "count", "where": "yes", "of": "row"},
    {"name": "solved_share", "type": "share", "when": "yes", "of": "row"},
    {"name": "large_share", "type": "share", "when": "x > 1", "of": "row"},
    {
        "name": "rate",
        "type": "ratio",
        "numerator": "y",
        "denominator": "x",
        "measured_in": "each",
        "of": "row",
    },
    {"name": "level", "type": "mean", "value": "x", "measured_in": "each", "of": "row"},
    {"name": "revenue", "type": "sum", "value": "x", "measured_in": "EUR", "of": "other"},
]


def correlated(n: float) -> Draw:
    """Rows whose cost is lower when they are solved; a Poisson number of them."""

    def draw(rng: np.random.Generator) -> tuple[list[Row], list[Row]]:
        rows = []
        for _ in range(rng.poisson(n)):
            yes = bool(rng.random() < 0.7)
            x = float(rng.gamma(2.0, 0.4 if yes else 0.9))
            rows.append({"x": x, "y": x * float(rng.uniform(0.5, 1.5)), "yes": yes})
        others = [{"x": float(rng.exponential(3.0))} for _ in range(rng.poisson(n))]
        return rows, others

    return draw


WORLDS: dict[str, tuple[Row, Draw, float]] = {
    "cost of a solved row, n = 40": (
        {"type": "derived", "formula": "cost / solved", "measured_in": "EUR"},
        correlated(40), (0.7 * 0.8 + 0.3 * 1.8) / 0.7,
    ),
    "cost of a solved row, n = 200": (
        {"type": "derived", "formula": "cost / solved", "measured_in": "EUR"},
        correlated(200), (0.7 * 0.8 + 0.3 * 1.8) / 0.7,
    ),
    "difference of two shares of the same rows, n = 60": (
        {"type": "derived", "formula": "solved_share - large_share", "measured_in": "percent"},
        correlated(60),
        70 - 100 * (0.7 * math.exp(-2.5) * 3.5 + 0.3 * math.exp(-1 / 0.9) * (1 + 1 / 0.9)),
    ),
    "revenue of one fact over cost of another, n = 100": (
        {"type": "derived", "formula": "revenue / cost", "measured_in": "each"}, correlated(100), 3.0 / 1.1,
    ),
    "product of a mean and a ratio, n = 100": (
        {"type": "derived", "formula": "level * rate", "measured_in": "each"}, correlated(100), 1.1,
    ),
    "index of a mean and a share, n = 80": (
        {"type": "index", "parts": [{"metric": "level", "worst": 3, "best": 0, "weight": 1},
                                    {"metric": "solved_share", "worst": 20, "best": 100, "weight": 2}]},
        correlated(80), (100 * (3 - 1.1) / 3 + 2 * 100 * 50 / 80) / 3,
    ),
}  # fmt: skip
PAGE = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"
METHOD = "delta method over its parts"


def written() -> dict[str, float]:
    """Give the coverage in percent that the page tells, by world."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text("utf-8").splitlines()]
    return {row[1]: float(row[2]) for row in rows if len(row) == 4 and row[0] == METHOD}


def coverage(folder: Any, world: str, draws: int) -> float:
    """Give the share of draws, in percent, whose interval holds the truth."""
    metric, draw, truth = WORLDS[world]
    rng = np.random.default_rng([7, *world.encode()])
    rows: list[Row] = []
    others: list[Row] = []
    for i in range(draws):
        ours, theirs = draw(rng)
        rows += [{"id": f"{i}-{k}", "at": AT, "draw": str(i), **row} for k, row in enumerate(ours)]
        others += [{"id": f"{i}-{k}", "at": AT, "draw": str(i), **row} for k, row in enumerate(theirs)]
    documents = [
        *FACTS,
        *({"kind": "metric", "by": ["draw"], **part} for part in PARTS),
        {"kind": "metric", "name": "figure", **metric},
    ]
    with warehouse(folder, documents) as made:
        published = made.publish({"row": {"b1": rows}, "other": {"b2": others}})
        found = evaluate(published, Query("figure", "tester", "test", "month", by=("draw",)))
    assert len(found) == draws
    held = [o.low is not None and o.high is not None and o.low <= truth <= o.high for o in found]
    return 100 * sum(held) / draws


def test_every_world_is_written_down():
    assert set(written()) == set(WORLDS)


@pytest.mark.thorough
@pytest.mark.parametrize("world", WORLDS)
def test_coverage_is_about_what_is_written(world, tmp_path):
    """400 draws: 3.5 standard errors are 4 points."""
    assert coverage(tmp_path / "project", world, 400) == pytest.approx(written()[world], abs=4.0)


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_coverage_is_what_is_written(world, tmp_path):
    """4,000 draws: 3 standard errors are a point."""
    assert coverage(tmp_path / "project", world, 4_000) == pytest.approx(written()[world], abs=1.2)


@pytest.mark.thorough
def test_parts_that_vary_together_make_a_narrower_or_wider_interval_than_parts_that_do_not(tmp_path):
    """A share less itself is always zero: without the sums of products its interval would be wide."""
    rows = [{"id": str(i), "at": AT, "draw": "a", "x": 1.0, "yes": i % 3 == 0} for i in range(60)]
    same = {"name": "again", "type": "share", "when": "yes", "of": "row"}
    documents = [
        *FACTS,
        *({"kind": "metric", "by": ["draw"], **part} for part in [*PARTS, same]),
        {"kind": "metric", "name": "nothing", "type": "derived", "formula": "solved_share - again",
         "measured_in": "percent"},
    ]  # fmt: skip
    with warehouse(tmp_path / "project", documents) as made:
        published = made.publish({"row": {"b1": rows}, "other": {"b2": []}})
        (figure,) = evaluate(published, Query("nothing", "tester", "test", "month"))
    assert figure.value == 0
    assert figure.low is None or abs(figure.low) < 1e-6
