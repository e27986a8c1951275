"""How fast and how large ingest is: one CSV of N lines with one broken in the middle, loaded into a fresh project.

    .venv/bin/python benchmarks/ingest.py --size 1M

prints the seconds and rows per second of each stage, and the peak memory; then, as lines of JSON, what ten checks cost:
the wall-clock and CPU seconds of a load with them over those of one without, each the best of three.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import number, say
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


CHECKS = """
---
{kind: check, name: c1, of: call, type: rule, holds: "seconds >= 0 and seconds < 86400", level: quarantine}
---
{kind: check, name: c2, of: call, type: rule, holds: "channel <> 'phone' or seconds is not null"}
---
{kind: check, name: c3, of: call, type: rule, holds: "extract(year from local(started_at)) >= 2000", level: stop}
---
{kind: check, name: c4, of: call, type: values, column: score, minimum: 0, maximum: 10, level: quarantine}
---
{kind: check, name: c5, of: call, type: values, column: channel, one_of: [phone, chat, email], level: quarantine}
---
{kind: check, name: c6, of: call, type: values, column: agent, pattern: "agent[0-9]+", level: quarantine}
---
{kind: check, name: c7, of: call, type: encoding, level: warn}
---
{kind: check, name: c8, of: call, type: schema, level: stop}
---
{kind: check, name: c9, of: call, type: volume, every: day, level: warn}
---
{kind: check, name: c10, of: call, type: drift, column: seconds, level: warn}
"""


def seconds(folder: Path, csv: Path, project: str) -> tuple[float, float]:
    """Load the file into a fresh project; give wall-clock and CPU seconds."""
    folder.mkdir()
    (folder / "leadline.yaml").write_text(project)
    (folder / "calls.csv").symlink_to(csv)
    catalog, clock = require(load(folder)), SystemClock()
    home = Home(folder / ".leadline").prepare()
    engine, ledger = DuckDBEngine(home.root, Settings.from_environment()), Ledger(home.ledger_url, clock)

    def opening(share: int) -> Staging:
        return Staging(home.root, Settings.from_environment(), share=share)

    wall, cpu = time.perf_counter(), time.process_time()
    result = ingest(catalog, engine, ledger, opening, clock, actor="benchmark")
    taken = time.perf_counter() - wall, time.process_time() - cpu
    if not result.law.accepted:
        raise SystemExit(f"Nothing was loaded: {result}")
    ledger.close()
    engine.close()
    return taken


def checks(lines: int) -> None:
    """Say what ten checks cost beside the bare load."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        csv = Path(folder) / "calls.csv"
        write(csv, lines)
        bare, checked = [], []
        for turn in range(3):
            bare.append(seconds(Path(folder) / f"bare{turn}", csv, PROJECT))
            checked.append(seconds(Path(folder) / f"checked{turn}", csv, PROJECT + CHECKS))
    for nth, what in enumerate(("wall-clock", "CPU")):
        times = min(c[nth] for c in checked) / min(b[nth] for b in bare)
        say(f"load with 10 checks / bare load, {what}, {lines:,} rows", times, 1.5)


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
    size = parser.parse_args().size
    main(size)
    checks(size)
