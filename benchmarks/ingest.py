"""How fast records come in: from a file, and from databases, first as a whole and then what changed.

    .venv/bin/python benchmarks/ingest.py --size 1M [--only files,checks,databases]

prints a JSON line per figure: name, value, goal, holds. `size` is the number of rows of each source. A server that is
not installed is left out, which is said on standard error. What ten checks cost is the wall-clock and CPU seconds of a
load with them over those of one without, each the best of three.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import number, say
from leadline.catalog import load, require
from leadline.clock import SystemClock
from leadline.ingest.landing.fetch import Fetched, Fetching, fetch
from leadline.ingest.result import IngestResult
from leadline.ingest.runs import ingest
from leadline.secret import Secrets
from leadline.settings import Settings
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

ROWS_A_SECOND = 150_000
"""Of a CSV file of seven columns, on two cores."""
FETCHED_A_SECOND = 40_000
"""Rows that come over a connection, are converted, merged by key and written."""
INCREMENT = 0.15
"""Of the seconds for all, so many are allowed for a hundredth that changed since, found and loaded."""

MODEL = """
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
"""
FILES = """
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
DATABASE = """
kind: source
name: calls
fact: call
time_zone: UTC
database: {url: "URL", table: calls, key: [id], updated: changed}
columns: {call_id: cast(id as text), started_at: AT, site: unit, seconds: value}
"""


@dataclass
class Bench:
    """A fresh project and what works on it."""

    root: Path
    engine: DuckDBEngine
    ledger: Ledger
    home: Home

    def opening(self, share: int = 1) -> Staging:
        """Open a place to work on rows."""
        return Staging(self.home.root, Settings.from_environment(), share=share)

    def ingest(self) -> IngestResult:
        """Load what is new."""
        catalog = require(load(self.root))
        found = ingest(catalog, self.engine, self.ledger, self.opening, SystemClock(), actor="benchmark")
        assert found.live_law.holds
        assert not found.refused, found.refused
        return found

    def fetch(self) -> Fetched:
        """Fetch what is new."""
        catalog = require(load(self.root))
        (found,) = fetch(Fetching(catalog, self.home, Secrets({}, None), SystemClock(), self.opening))
        if found.error:
            raise found.error
        return found


@contextmanager
def bench(documents: str) -> Iterator[Bench]:
    """Make a project."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        root = Path(folder)
        (root / "leadline.yaml").write_text(documents)
        home = Home(root / ".leadline").prepare()
        with (
            closing(DuckDBEngine(home.root, Settings.from_environment())) as engine,
            closing(Ledger(home.ledger_url, SystemClock())) as ledger,
        ):
            yield Bench(root, engine, ledger, home)


def timed(do: Callable[[], object]) -> float:
    """Give the seconds that something takes."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


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


def files(rows: int) -> None:
    """A CSV file: loaded, and found unchanged."""
    with bench(MODEL + FILES) as here:
        write(here.root / "calls.csv", rows)
        say("file rows/s", rows / timed(here.ingest), ROWS_A_SECOND, at_most=False)
        say("file unchanged s", timed(here.ingest), 2)


def checks(rows: int) -> None:
    """What ten checks cost beside the bare load."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        csv = Path(folder) / "calls.csv"
        write(csv, rows)
        bare, checked = [], []
        for _ in range(3):
            bare.append(_load(csv, MODEL + FILES))
            checked.append(_load(csv, MODEL + FILES + CHECKS))
    for nth, what in enumerate(("wall-clock", "CPU")):
        times = min(c[nth] for c in checked) / min(b[nth] for b in bare)
        say(f"load with 10 checks / bare load, {what}, {rows:,} rows", times, 1.5)


def _load(csv: Path, documents: str) -> tuple[float, float]:
    """Load a file into a fresh project; give wall-clock and CPU seconds."""
    with bench(documents) as here:
        (here.root / "calls.csv").symlink_to(csv)
        cpu = time.process_time()
        wall = timed(here.ingest)
        return wall, time.process_time() - cpu


Run = Callable[[str], None]


def databases(rows: int) -> None:
    """Tables: fetched as a whole, loaded, and a hundredth of the rows changed since."""
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        closing(sqlite3.connect(f"{folder}/calls.db")) as connection,
    ):

        def run(statement: str) -> None:
            with connection:
                connection.execute(statement)

        series = f"WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {rows - 1})"
        _database("sqlite", f"sqlite:///{folder}/calls.db", run, series, rows)
    from tests.store import postgres  # noqa: PLC0415 its server, if it is installed

    if postgres.programs() is None:
        print("PostgreSQL is not installed", file=sys.stderr)
        return
    import psycopg  # noqa: PLC0415 as above

    with (
        postgres.server() as server,
        server.database() as url,
        psycopg.connect(url, autocommit=True) as there,
    ):
        series = f"WITH s AS (SELECT n FROM generate_series(0, {rows - 1}) AS n)"
        _database("postgresql", url, lambda text: void(there.execute(text.encode())), series, rows)


def void(_: object) -> None:
    """Take what nobody asked for."""


def _database(kind: str, url: str, run: Run, series: str, rows: int) -> None:
    """Measure one kind of server."""
    lite = kind == "sqlite"
    at = "printf('2024-01-%02d %02d:10:00', n % 28 + 1, n % 24)" if lite else (
        "timestamp '2024-01-01 00:10' + make_interval(days => (n % 28)::int, hours => (n % 24)::int)"
    )  # fmt: skip
    kinds = "at TEXT, changed TEXT" if lite else "at TIMESTAMP, changed TIMESTAMP"
    run(
        "CREATE TABLE calls (id BIGINT PRIMARY KEY, agent TEXT, score INTEGER, channel TEXT, unit TEXT,"
        f" value DOUBLE PRECISION, {kinds})"
    )
    changed = "datetime('2024-01-01', n || ' seconds')" if lite else (
        "timestamp '2024-01-01' + make_interval(secs => n)"
    )  # fmt: skip
    rows_of = f"SELECT n, 'agent' || (n % 97), n % 11, 'phone', 'EM', n % 600 + 0.5, {at}, {changed} FROM s"
    run(f"INSERT INTO calls {series} {rows_of}")
    source = DATABASE.replace("URL", url).replace("AT", "instant(at)" if lite else "at")
    with bench(MODEL + source) as here:
        fetching = timed(here.fetch)
        say(f"{kind} fetched rows/s", rows / fetching, FETCHED_A_SECOND, at_most=False)
        loading = timed(here.ingest)
        say(f"{kind} landed rows/s loaded", rows / loading)
        run(f"UPDATE calls SET score = 0, changed = '2024-03-01 00:00:00' WHERE id >= {rows - rows // 100}")
        seconds = timed(lambda: (here.fetch(), here.ingest()))
        say(f"{kind} 1 % changed, share of the first", seconds / (fetching + loading), INCREMENT)
        say(f"{kind} nothing changed s", timed(lambda: (here.fetch(), here.ingest())))


PARTS: Mapping[str, Callable[[int], None]] = {
    "files": files,
    "checks": checks,
    "databases": databases,
}


def main(rows: int, parts: list[str]) -> None:
    """Measure each part."""
    for part in parts:
        PARTS[part](rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure how fast records come in.")
    parser.add_argument("--size", default="1M", type=number, help="rows of each source")
    parser.add_argument("--only", default=",".join(PARTS), type=partial(str.split, sep=","), help="parts")
    given = parser.parse_args()
    main(given.size, given.only)
