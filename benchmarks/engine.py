"""How fast states are built and refreshed, in how much memory, and how exact what is read from them is.

    .venv/bin/python benchmarks/engine.py --size 5M [--folder DIR] [--only build,refresh]

prints a JSON line per figure: name, value, goal, holds. Seconds are CPU seconds of all threads; what is a ratio was
measured in one run. Every step runs in a process of its own, so that its memory is its own. The rows are those of
`company`: SIZE contacts over three years, and answers, purchases and members in proportion.
"""

import argparse
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import number, say
from benchmarks.company.by_hand import Statement, one_by_one, organisation, two_stages
from benchmarks.company.definitions import FACTS
from benchmarks.company.measured import NEXT, Measured, cpu
from benchmarks.company.rows import Company
from leadline.metrics.evaluate import evaluate, evaluate_many
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.settings import Settings

HISTORIES = (36, 12, 24)
"""Months of history, the first of them all there is."""
SINCE, UNTIL = date(2023, 12, 1), date(2025, 12, 1)
READS = 21
"""How often a read is repeated."""
STRIDE = {"sampled": 13, "sparsely": 41}
"""Of the queries one by one, every so many is run: both numbers share no divisor with the levels and columns."""
LARGE = 20_000_000
_SLICE = "channel"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a step gave, its CPU seconds, and the most memory that its process held, in GB."""

    value: Any
    seconds: float
    memory: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows are, and how many."""

    folder: Path
    contacts: int

    def measured(self, memory: str = "") -> Measured:
        """Open the warehouse."""
        return Measured(self.folder / "project", Company(self.contacts), Settings(memory_limit=memory))


def alone(work: Callable[..., Any], *given: Any) -> Spent:
    """Do a step in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_spent, work, *given).result()


def _spent(work: Callable[..., Any], *given: Any) -> Spent:
    value, seconds = work(*given)
    return Spent(value, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)


def fill(place: Place) -> tuple[None, float]:
    """Write the rows, unless they are there."""
    place.measured().fill()
    return None, cpu()


def build(place: Place, memory: str) -> tuple[dict[str, Any], float]:
    """Build all states anew."""
    made = place.measured(memory)
    made.forget()
    begun = cpu()
    return made.build(made.batches(), {}), cpu() - begun


def refresh(place: Place, months: int, former: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Bring the next day to so many months of history; give what is then published.

    What was built of all history serves the shorter ones as far as it is theirs; what another refresh computed on its
    way serves none.
    """
    made = place.measured()
    if months < max(HISTORIES):
        former = made.build(made.batches(months), former)
    for relation in [r for r in made.engine.relations() if r.space == "state"]:
        made.engine.drop(relation)
    begun = cpu()
    return made.build([*made.batches(months), NEXT], former), cpu() - begun


def by_hand(place: Place) -> tuple[float, float]:
    """Build the same slices by SQL in two stages; give the GB it fills."""
    made, file = place.measured(), place.folder / "by_hand.duckdb"
    file.unlink(missing_ok=True)
    with _database(place, file) as connection:
        begun = cpu()
        for statement in (*organisation(), *two_stages({fact: made.files(fact) for fact in FACTS})):
            connection.execute(statement.text).fetchall()
        connection.execute("checkpoint")
        taken = cpu() - begun
    size = file.stat().st_size / 1e9
    file.unlink()
    return size, taken


def singly(place: Place) -> tuple[tuple[int, int], float]:
    """Run some of the queries that each give one KPI by one slice; give how many, of how many, and what all cost."""
    made = place.measured()
    every = list(one_by_one({fact: made.files(fact) for fact in FACTS}))
    chosen = every[:: STRIDE["sparsely" if place.contacts >= LARGE else "sampled"]]
    with _database(place, None) as connection:
        for statement in organisation():
            connection.execute(statement.text)
        taken = sum(_run(connection, statement) for statement in chosen)
    return (len(chosen), len(every)), taken * len(every) / len(chosen)


def _run(connection: duckdb.DuckDBPyConnection, statement: Statement) -> float:
    begun = cpu()
    connection.execute(statement.text).fetchall()
    return cpu() - begun


def _database(place: Place, file: Path | None) -> duckdb.DuckDBPyConnection:
    spill = place.folder / "spill"
    connection = duckdb.connect(str(file) if file else ":memory:", config={"temp_directory": str(spill)})
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    return connection


def exact(place: Place, tables: dict[str, Any]) -> tuple[tuple[float, int], float]:
    """Compare figures by month and channel with those of the rows.

    Gives how far a quantile lies from the exact one at most (relative), and how many distinct counts differ.
    """
    made = place.measured()
    published = made.published("exact", [*made.batches(), NEXT], tables)
    files = str(made.folder / ".leadline" / "facts" / "contact" / "*.parquet")
    with _database(place, None) as connection:
        rows = connection.execute(
            "select strftime(\"at\", '%Y-%m'), channel, count(distinct customer), "
            "quantile_disc(talk + hold + wrap, 0.9) filter (where answered) "
            f"from read_parquet('{files}') group by all"
        ).fetchall()
    customers = {(month, value): count for month, value, count, _ in rows}
    quantiles = {(month, value): quantile for month, value, _, quantile in rows}
    far = max(abs(v / quantiles[k] - 1) for k, v in _values(published, "handle_p90").items())
    counted = _values(published, "active_customers")
    return (far, sum(counted.get(key) != count for key, count in customers.items())), cpu()


def _values(published: Published, metric: str) -> dict[tuple[str, str], float]:
    query = Query(metric, "measured", "measured", "month", by=(_SLICE,))
    return {
        (o.period, o.slice.removeprefix(f"{_SLICE}=")): o.value
        for o in evaluate(published, query)
        if o.value is not None
    }


def reads(place: Place, tables: dict[str, Any]) -> tuple[tuple[float, float], float]:
    """Give the median milliseconds (of the clock) of a dashboard's read, and of the page with all KPIs."""
    made = place.measured()
    published = made.published("read", [*made.batches(), NEXT], tables)

    def asked(metric: str, **more: Any) -> Query:
        return Query(metric, "measured", "measured", "month", since=SINCE, until=UNTIL, **more)

    names = sorted(made.catalog.metrics)
    one = [_timed(partial(evaluate, published, asked(name, by=(_SLICE,)))) for name in names]
    page = _timed(partial(evaluate_many, published, [asked(name) for name in names]))
    return (statistics.median(one), page), cpu()


def _timed(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(READS):
        begun = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken)


def say_built(place: Place, wanted: set[str]) -> None:
    """Measure full builds, and what is compared with them."""
    found: list[Spent] = []
    for step, limit in (("build", ""), ("build_in_2gb", "2GB")):
        if step in wanted:
            found.append(alone(build, place, limit))
            say(f"engine.{step}_cpu_s", found[-1].seconds)
            say(f"engine.{step}_peak_gb", found[-1].memory, 4.0)
    full = found[0].seconds
    if "refresh" in wanted:
        say_refreshed(place, found[-1].value, full)
    if "hand" in wanted:
        hand = alone(by_hand, place)
        say("engine.two_stages_by_hand_cpu_s", hand.seconds)
        say("engine.build_to_two_stages_by_hand", full / hand.seconds, 1.2)
    if "singly" in wanted:
        single = alone(singly, place)
        say("engine.queries_one_by_one_measured", single.value[0])
        say("engine.queries_one_by_one_cpu_s", single.seconds)
        say("engine.queries_one_by_one_to_build", single.seconds / full, 30.0, at_most=False)


def say_refreshed(place: Place, built: dict[str, Any], full: float) -> None:
    """Measure refreshes, and what is read after that of the longest history."""
    longest, *shorter = HISTORIES
    taken = alone(refresh, place, longest, built)
    say(f"engine.refresh_cpu_s.{longest}_months", taken.seconds)
    say("engine.refresh_to_build", taken.seconds / full, 0.02)
    one, page = alone(reads, place, taken.value).value
    say("engine.read_ms_median", one, 20.0)
    say("engine.page_of_30_kpis_ms_median", page, 60.0)
    far, differ = alone(exact, place, taken.value).value
    say("engine.quantile_error_relative_most", far, 0.01)
    say("engine.distinct_counts_that_differ", differ, 0)
    for months in shorter:
        short = alone(refresh, place, months, built)
        say(f"engine.refresh_cpu_s.{months}_months", short.seconds)
        say(f"engine.refresh_{longest}_to_{months}_months", taken.seconds / short.seconds, 1.25)


STEPS = "build,build_in_2gb,refresh,hand,singly"


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description="Measure how states are built, refreshed and read.")
    parser.add_argument("--size", default="1M", type=number)
    parser.add_argument("--only", default=STEPS, help=f"some of {STEPS}: a build among them")
    parser.add_argument(
        "--folder", default=None, type=Path, help="kept for the next run; else a temporary one"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadline-engine-") as temporary:
        place = Place((asked.folder or Path(temporary)) / str(asked.size), asked.size)
        place.folder.mkdir(parents=True, exist_ok=True)
        alone(fill, place)
        say_built(place, set(asked.only.split(",")))


if __name__ == "__main__":
    main()
