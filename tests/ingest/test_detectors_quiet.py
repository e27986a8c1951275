"""How many rows each detector catches where nothing happened: simulated through the very statements that judge.

`python -m tests.ingest.test_detectors_quiet` prints the table of docs/statistics.md; the tests hold the rates.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from leadline.catalog.definitions.detector import Detectors
from leadline.ingest.detecting import AT, LOOKED_AT, Detecting
from leadline.settings import Settings
from leadline.store.staging import Staging
from leadline_demo import verbatims

ROWS = 60_000
START = datetime(2026, 3, 2, tzinfo=UTC)
Columns = dict[str, Any]
Made = Callable[[np.random.Generator], Columns]


@dataclass(frozen=True)
class World:
    """A world in which nothing happened: its rows, what looks at them, and the percentage of rows that it may catch."""

    what: str
    detector: dict[str, Any]
    made: Made
    percent: float


def numbers(draw: Callable[[np.random.Generator], np.ndarray]) -> Made:
    return lambda rng: {"v": draw(rng)}


def grouped(draw: Callable[[np.random.Generator], np.ndarray], size: int) -> Made:
    return lambda rng: {"v": draw(rng), "g": np.arange(ROWS) // size}


def surveys(shares: list[float]) -> Made:
    """Six questions of ten thousand respondents, each answered by itself."""
    return lambda rng: {"v": rng.choice(5, ROWS, p=shares) + 1, "r": np.arange(ROWS) // 6}


def senders(mean: float) -> Made:
    """Rows of 400 senders over 30 days, so many a day."""

    def made(rng: np.random.Generator) -> Columns:
        counts = rng.poisson(mean, (400, 30))
        who, day = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), 30)
        seconds = rng.integers(0, 86_400, who.size)
        return {
            "s": who,
            AT: [START + timedelta(days=int(d), seconds=int(t)) for d, t in zip(day, seconds, strict=True)],
        }

    return made


def clocks(spread: float) -> Made:
    """Answers an hour after the question in the mean, by clocks that differ by so many seconds."""

    def made(rng: np.random.Generator) -> Columns:
        asked = rng.uniform(0, 30 * 86_400, ROWS)
        came = asked + rng.exponential(3600, ROWS) + rng.normal(0, spread, ROWS)
        when = [START.replace(tzinfo=None) + timedelta(seconds=float(t)) for t in came]
        return {AT: when, "o0": [START.replace(tzinfo=None) + timedelta(seconds=float(t)) for t in asked]}

    return made


def comments(rng: np.random.Generator) -> Columns:
    """Comments as customers of the demo company write them."""
    happy = [text for group in verbatims.HAPPY.values() for text in group]
    cross = [text for topics in verbatims.COMPLAINTS.values() for group in topics for text in group]
    texts = [*happy, *cross, *verbatims.DOUBLE_CHARGE]
    return {"w": rng.choice(np.array(texts), ROWS)}


WORLDS = [
    World("speeding, 0.3 of the median; log-normal times, spread 0.4",
          {"type": "speeding", "column": "v", "share_of_median": 0.3},
          numbers(lambda r: r.lognormal(4, 0.4, ROWS)), 0.15),
    World("speeding, 0.3 of the median; log-normal times, spread 0.6",
          {"type": "speeding", "column": "v", "share_of_median": 0.3},
          numbers(lambda r: r.lognormal(4, 0.6, ROWS)), 2.3),
    World("straight_lining, 6 questions; five answers alike likely",
          {"type": "straight_lining", "respondent": ["r"], "column": "v"}, surveys([0.2] * 5), 0.05),
    World("straight_lining, 6 questions; 40 % answer 5",
          {"type": "straight_lining", "respondent": ["r"], "column": "v"}, surveys([0.05, 0.1, 0.15, 0.3, 0.4]), 0.55),
    World("repeated, more than 20 of a sender a day; 5 a day",
          {"type": "repeated", "same": ["s"], "at_most": 20}, senders(5), 0.001),
    World("repeated, more than 20 of a sender a day; 10 a day",
          {"type": "repeated", "same": ["s"], "at_most": 20}, senders(10), 0.5),
    World("impossible_timing; clocks 2 s apart",
          {"type": "impossible_timing", "not_before": ["asked"]}, clocks(2), 0.04),
    World("impossible_timing, slack 1 minute; clocks 2 s apart",
          {"type": "impossible_timing", "not_before": ["asked"], "slack": "1 minute"}, clocks(2), 0.001),
    World("spam; customers' comments", {"type": "spam", "columns": ["w"]}, comments, 0.001),
    World("test; customers' comments", {"type": "test", "columns": ["w"]}, comments, 0.001),
    World("outlier, mad; normal", {"type": "outlier", "column": "v"}, numbers(lambda r: r.normal(0, 1, ROWS)), 0.06),
    World("outlier, mad; normal, groups of 30",
          {"type": "outlier", "column": "v", "by": ["g"]}, grouped(lambda r: r.normal(0, 1, ROWS), 30), 0.45),
    World("outlier, mad; log-normal (spread 0.5), as they are",
          {"type": "outlier", "column": "v"}, numbers(lambda r: r.lognormal(4, 0.5, ROWS)), 2.6),
    World("outlier, mad, log; log-normal (spread 0.5)",
          {"type": "outlier", "column": "v", "log": True}, numbers(lambda r: r.lognormal(4, 0.5, ROWS)), 0.06),
    World("outlier, tukey; normal",
          {"type": "outlier", "column": "v", "method": "tukey"}, numbers(lambda r: r.normal(0, 1, ROWS)), 0.005),
    World("outlier, tukey; log-normal (spread 0.5), as they are",
          {"type": "outlier", "column": "v", "method": "tukey"}, numbers(lambda r: r.lognormal(4, 0.5, ROWS)), 0.8),
]  # fmt: skip


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    with Staging(tmp_path_factory.mktemp("quiet"), Settings(threads=1), large=False) as made:
        yield made


def share(staging: Staging, world: World, seed: int = 9) -> tuple[int, int]:
    """Give how many rows of a world are caught, and how many there are."""
    columns = world.made(np.random.default_rng(seed))
    size = len(next(iter(columns.values())))
    table = pa.table({"k0": np.arange(size), **{name: pa.array(list(v)) for name, v in columns.items()}})
    if AT not in table.column_names:
        table = table.append_column(AT, pa.array([START.replace(tzinfo=None)] * size))
    staging.drop(LOOKED_AT)
    staging.load(LOOKED_AT, table.to_reader())
    said = {"kind": "detector", "name": "quiet", "of": "row", **world.detector}
    detector = TypeAdapter(Detectors).validate_python(said)
    query = Detecting(detector, staging, 1).caught()
    assert query is not None
    return staging.read(query).num_rows, size


@pytest.mark.parametrize("world", WORLDS, ids=[world.what for world in WORLDS])
def test_what_nothing_happened_to_is_hardly_ever_caught(staging: Staging, world: World) -> None:
    caught, size = share(staging, world)
    assert 100 * caught / size <= world.percent


def test_the_page_says_these_rates() -> None:
    page = (Path(__file__).parents[2] / "docs/statistics.md").read_text("utf-8")
    for world in WORLDS:
        assert f"| {world.what} |" in page


if __name__ == "__main__":
    with TemporaryDirectory() as folder, Staging(Path(folder), Settings(threads=1), large=False) as place:
        for one in WORLDS:
            found, every = share(place, one)
            sys.stdout.write(f"| {one.what} | {100 * found / every:.3f} | {one.percent} |\n")
