"""The same company on the three engines: what each takes to load, to build all states, to refresh, and to be read.

    .venv-spark/bin/python benchmarks/engines.py --size 1M,5M

prints a JSON line per figure: name, value, goal, holds. PostgreSQL and Spark are started here (Spark only where its
client is: in `.venv-spark`), on this machine. What is compared is work, not machines: seconds of CPU, of this process
and of all processes of the server. `_wall_s` is what the clock said.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import number, say
from benchmarks.company.measured import NEXT, Measured
from benchmarks.company.rows import Company
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.query import Query
from leadline.settings import Settings
from leadline.store.engines.opening import open_engine
from tests.store import postgres, spark

ENGINES = ("duckdb", "postgres", "spark")
READS = 10
ASKED = (
    ("contacts", {"by_unit": True}),
    ("handle_mean", {}),
    ("cost_per_resolved", {"by": ("channel",)}),
    ("handle_p90", {}),
)


class Work:
    """The CPU seconds of this process, of those that it started, and of a server that stands on its own."""

    def __init__(self, url: str) -> None:
        pidfile = Path(url.partition("?host=")[2] or "/nowhere") / "data" / "postmaster.pid"
        self._roots = {os.getpid()}
        if pidfile.exists():
            self._roots.add(int(pidfile.read_text().split()[0]))

    def timed(self, work: Callable[[], Any]) -> tuple[float, float, Any]:
        """Give the CPU seconds that some work takes, those of the clock, and what it gives."""
        began, wall = self._spent(), time.perf_counter()
        done = work()
        return self._spent() - began, time.perf_counter() - wall, done

    def _spent(self) -> float:
        """Add up what all processes under the roots and their ended children have used (proc(5), fields 14 to 17)."""
        parents: dict[int, int] = {}
        ticks: dict[int, int] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended meanwhile: its parent has its seconds
                fields = path.read_text().rpartition(")")[2].split()
                parents[int(path.parent.name)] = int(fields[1])
                ticks[int(path.parent.name)] = sum(map(int, fields[11:15]))
        inside = set(self._roots)
        while more := {pid for pid, parent in parents.items() if parent in inside} - inside:
            inside |= more
        return sum(ticks.get(pid, 0) for pid in inside) / os.sysconf("SC_CLK_TCK")


@contextmanager
def address(engine: str) -> Iterator[str]:
    """Start an engine's server; give its address."""
    with ExitStack() as running:
        if engine == "postgres":
            server = running.enter_context(postgres.server())
            yield running.enter_context(server.database())
        elif engine == "spark":
            yield running.enter_context(spark.cluster(quick=False))
        else:
            yield ""


def measure(
    engine: str, url: str, company: Company, label: str
) -> tuple[dict[str, float], list[Observation]]:
    """Measure one engine at one size; give its seconds and the figures that it gave."""
    with tempfile.TemporaryDirectory(prefix="leadline-engines-") as folder:
        measured = Measured(Path(folder) / "project", company)
        measured.engine.close()
        home = measured.folder / ".leadline"
        measured.engine = open_engine(engine, home, Settings(warehouse=url), f"measured_{label.lower()}")  # type: ignore[assignment]  # any engine will do
        try:
            work, seconds = Work(url), {}
            seconds["load_cpu"], seconds["load_wall"], _ = work.timed(measured.fill)
            batches = measured.batches()
            seconds["build_cpu"], seconds["build_wall"], tables = work.timed(
                lambda: measured.build(batches, {})
            )
            seconds["refresh_cpu"], seconds["refresh_wall"], tables = work.timed(
                lambda: measured.build([*batches, NEXT], tables)
            )
            published = measured.published("g1", [*batches, NEXT], tables)
            reads: list[tuple[float, float]] = []
            figures: list[Observation] = []
            for metric, more in ASKED:
                query = Query(metric, "measured", "measured", "month", **more)
                figures += evaluate(published, query)
                used, wall, _ = work.timed(
                    lambda asked=query: [evaluate(published, asked) for _ in range(READS)]
                )
                reads.append((used / READS, wall / READS))
            seconds["read_cpu"] = statistics.mean(used for used, _ in reads)
            seconds["read_wall"] = statistics.mean(wall for _, wall in reads)
        finally:
            measured.engine.close()
        return seconds, figures


def apart(one: list[Observation], other: list[Observation]) -> float:
    """Give the largest relative difference between two engines' figures; infinity if they are not the same ones."""
    if [(o.period, o.unit, o.slice, o.n) for o in one] != [(o.period, o.unit, o.slice, o.n) for o in other]:
        return math.inf
    values = [(a.value, b.value) for a, b in zip(one, other, strict=True)]
    if any((a is None) != (b is None) for a, b in values):
        return math.inf
    both = [(a, b) for a, b in values if a is not None and b is not None]
    return max(abs(a - b) / max(abs(a), abs(b), 1e-12) for a, b in both)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description="Measure the engines.")
    parser.add_argument("--size", dest="sizes", default="1M,5M", type=lambda text: text.split(","))
    parser.add_argument("--engines", default=",".join(ENGINES), type=lambda text: text.split(","))
    asked = parser.parse_args()
    if "spark" in asked.engines and spark.home() is None:
        print("Spark is left out: run .venv-spark/bin/python benchmarks/engines.py", file=sys.stderr)
        asked.engines.remove("spark")
    builds: dict[str, dict[int, float]] = {engine: {} for engine in asked.engines}
    expected: dict[str, list[Observation]] = {}
    for engine in asked.engines:
        with address(engine) as url:
            for label in asked.sizes:
                seconds, figures = measure(engine, url, Company(number(label)), label)
                for what, value in seconds.items():
                    say(f"engines.{label}.{engine}.{what}_s", value)
                builds[engine][number(label)] = seconds["build_cpu"]
                say(
                    f"engines.{label}.{engine}.figures_apart",
                    apart(expected.setdefault(label, figures), figures),
                    1e-9,
                )
    slopes(builds)


def slopes(builds: dict[str, dict[int, float]]) -> None:
    """Say what a build costs whatever its size, and what each further million rows costs."""
    for engine, seconds in builds.items():
        if len(seconds) > 1:
            (small, first), (large, last) = min(seconds.items()), max(seconds.items())
            per_million = (last - first) / (large - small) * 1_000_000
            say(f"engines.{engine}.build_per_million_cpu_s", per_million)
            say(f"engines.{engine}.build_fixed_cpu_s", first - per_million * small / 1_000_000)


if __name__ == "__main__":
    main()
