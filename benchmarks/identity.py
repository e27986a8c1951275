"""How well persons are found, and how fast, beside Splink alone.

    .venv/bin/python benchmarks/identity.py --size 1M [--data FOLDER] [--only quality,speed,growth]

prints a JSON line per figure: name, value, goal, holds. Quality is measured over clusters, on public sets whose true
persons are known (they stand beside the repository, or in --data; what is not there is left out, which is said on
standard error). `size` is the number of made-up records that Leadline and Splink resolve, one after the other, and of
which the last hundredth then comes alone.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import number, say
from benchmarks.people import splink_alone as alone
from benchmarks.people.many import many
from benchmarks.people.runs import by_leadline, by_splink, judged, resolving
from benchmarks.people.sets import People, fake_1000, febrl, historical_50k

FEBRL_GOAL = 0.98
SLOWER = 1.25
"""About the time: a quarter more is allowed, for what is standardised, named, logged and kept."""
GROWTH = 0.15
"""Of the seconds for all, so many are allowed for a hundredth that comes later."""


def quality(folder: Path) -> Iterator[None]:
    """Compare with the true persons, and with Splink's own examples at the same threshold."""
    for nth in (1, 2, 3):
        found, _, _ = by_leadline(febrl(folder, nth))
        say(f"febrl{nth} pairs F1", found.pairs.f1, FEBRL_GOAL, at_most=False)
        say(f"febrl{nth} pairs precision", found.pairs.precision)
        say(f"febrl{nth} pairs recall", found.pairs.recall)
        say(f"febrl{nth} B-cubed F1", found.records.f1)
        yield
    for match in (0.95, 0.5):
        _beside(fake_1000(folder, match), alone.fake_settings, alone.fake_training, match)
        yield
        _beside(
            _with_names(historical_50k(folder, match)),
            alone.historical_settings,
            alone.historical_training,
            match,
        )
        yield


def _with_names(people: People) -> People:
    """Add the column that Splink's example adds."""
    first, last = people.records["first_name"].to_pylist(), people.records["surname"].to_pylist()
    both = [f"{a} {b}" if a is not None and b is not None else None for a, b in zip(first, last, strict=True)]
    records = people.records.append_column("first_name_surname_concat", pa.array(both, pa.string()))
    return People(people.name, records, people.identity)


def _beside(people: People, settings: Any, training: Any, match: float) -> None:
    found, taken, _ = by_leadline(people)
    theirs, their_time = by_splink(people, settings, training, match)
    name = f"{people.name} at {match}"
    say(f"{name} pairs F1, goal is Splink's", found.pairs.f1, _down(theirs.pairs.f1), at_most=False)
    say(f"{name} B-cubed F1, goal is Splink's", found.records.f1, _down(theirs.records.f1), at_most=False)
    for who, one, seconds in (("", found, taken), (" of Splink alone", theirs, their_time)):
        say(f"{name} precision{who}", one.pairs.precision)
        say(f"{name} recall{who}", one.pairs.recall)
        say(f"{name} seconds{who}", seconds)


def _down(value: float) -> float:
    """Give a goal to three digits, never above what was measured."""
    return int(value * 1000) / 1000


def speed(size: int) -> None:
    """Resolve many records, then a hundredth more; beside Splink alone with the same comparisons."""
    people = many(size)
    theirs, their_time = by_splink(people, alone.many_settings, alone.many_training, 0.95)
    found, taken, _ = by_leadline(people)
    say("many people, seconds", taken)
    say("many people, seconds of Splink alone", their_time)
    say("many people, times Splink's seconds", taken / their_time, SLOWER)
    say("many people, pairs F1, goal is Splink's", found.pairs.f1, _down(theirs.pairs.f1), at_most=False)


def growth(size: int) -> None:
    """Resolve all but a hundredth, then the rest: the same persons as at once, in little time."""
    people = many(size)
    begin = size - size // 100
    with resolving(people) as project:
        _, before = project.resolve(people.records.slice(0, begin))
        state, taken = project.resolve(people.records.slice(begin))
        found = judged(people, project.persons(state))
    say("a hundredth more, share of the seconds for all", taken / before, GROWTH)
    say("a hundredth more, pairs F1", found.pairs.f1)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=number, default=1_000_000)
    shared = os.environ.get("LEADLINE_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(shared))
    parser.add_argument("--only", default="quality,speed,growth")
    asked = parser.parse_args()
    wanted = asked.only.split(",")
    folder = asked.data / "er"
    begun = time.perf_counter()
    if "quality" in wanted and folder.is_dir():
        for _ in quality(folder):
            pass
    elif "quality" in wanted:
        sys.stderr.write(f"No quality is measured: {folder} is not on this machine.\n")
    if "speed" in wanted:
        speed(asked.size)
    if "growth" in wanted:
        growth(asked.size)
    sys.stderr.write(f"{time.perf_counter() - begun:.0f} s in all.\n")


if __name__ == "__main__":
    main()
