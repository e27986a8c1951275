"""How fast and how large ingest is: one CSV of N lines with one broken in the middle, loaded into a fresh project.

    .venv/bin/python benchmarks/ingest.py --size 1M

prints the seconds and rows per second of each stage, and the peak memory.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import number
from leadline.catalog import load, require
from leadline.clock import SystemClock
from leadline.ingest.result import Step
from leadline.ingest.runs import ingest
from leadline.settings import Settings
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

PROJECT = """
kind: project
name: speed
time_zone: Europe/Berlin
---
kind: unit
name: emea
codes: [EM]
---
kind: fact
name: call
key: [call_id]
at: started_at
unit: site
columns:
  call_id: {type: text}
  agent: {type: text}
  started_at: {type: instant, required: true}
  score: {type: integer, minimum: 0, maximum: 10}
  channel: {type: text, one_of: [phone, chat]}
  site: {type: unit}
  seconds: {type: number, minimum: 0}
---
kind: source
name: calls
fact: call
files: "*.csv"
columns: {call_id: id, started_at: instant(at), site: unit, seconds: number(value)}
"""


def write(path: Path, lines: int) -> None:
    """Write the file, its middle line cut short."""
    with path.open("w") as file:
        file.write("id,agent,at,score,channel,unit,value\n")
        for n in range(lines):
            if n == lines // 2:
                file.write(f"{n},agent\n")
                continue
            day, hour = n % 28 + 1, n % 24
            file.write(f"{n},agent{n % 97},2024-01-{day:02} {hour:02}:10:00,{n % 11},phone,EM,{n % 600}.5\n")


def main(lines: int) -> None:
    """Load the file once, then again unchanged."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        root = Path(folder)
        (root / "leadline.yaml").write_text(PROJECT)
        write(root / "calls.csv", lines)
        size = (root / "calls.csv").stat().st_size / 1e6
        catalog, clock = require(load(root)), SystemClock()
        home = Home(root / ".leadline").prepare()
        engine, ledger = DuckDBEngine(home.root, Settings.from_environment()), Ledger(home.ledger_url, clock)
        begun = time.perf_counter()
        stages: dict[str, float] = {}

        def progress(step: Step) -> None:
            stages[step.doing] = time.perf_counter() - begun

        def opening(share: int) -> Staging:
            return Staging(home.root, Settings.from_environment(), share=share)

        for turn in ("first load", "unchanged"):
            begun = time.perf_counter()
            result = ingest(catalog, engine, ledger, opening, clock, actor="benchmark", progress=progress)
            seconds = time.perf_counter() - begun
            print(f"{turn}: {seconds:.2f} s, {lines / seconds:,.0f} rows/s; {result.live_law}")
        print({doing: round(at, 2) for doing, at in stages.items()})
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(
            f"{used.ru_utime + used.ru_stime:.1f} CPU seconds of the whole process, writing the CSV included"
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{size:.0f} MB of CSV, {peak:.0f} MB of memory at most")
        ledger.close()
        engine.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure how fast a file is loaded.")
    parser.add_argument("--size", default="1M", type=number, help="lines")
    main(parser.parse_args().size)
