"""Measure the shapes that decision 0002 chooses between: facts as Parquet or native, states as native or Parquet.

    .venv/bin/python benchmarks/store_shapes.py --size 10M [--folder DIR]

Each figure is the median of five runs: wall and CPU seconds. Other work on the machine lengthens both; the ratios keep.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import number

BATCHES = 50  # files that the facts come in
REPEATS = 5
SECONDS = 2 * 365 * 86_400

FACTS = """
select md5(cast(i as text)) as id,
       timestamptz '2024-01-01 00:00:00+00' + to_seconds(i * {seconds} / {rows}) as began_at,
       'team_' || (hash(i, 1) % 200) as unit,
       ['phone', 'chat', 'email', 'web', 'store', 'letter'][cast(1 + hash(i, 2) % 6 as int)] as channel,
       'product_' || (hash(i, 3) % 30) as product,
       -300 * ln((1 + hash(i, 4) % 100000) / 100001.0) as handle_time,
       cast(hash(i, 5) % 600 as bigint) as wait,
       hash(i, 6) % 11 = 0 as reopened,
       i // {per_batch} as batch
from range({rows}) as r(i)
"""
SCANS = {
    "two numbers, no grouping": "select count(*), sum(handle_time), sum(wait) from {facts}",
    "one month of one channel": """select count(*), sum(handle_time) from {facts}
        where channel = 'chat' and began_at >= '2024-06-01' and began_at < '2024-07-01'""",
    "finest states: day, unit, channel": """select cast(began_at as date) as day, unit, channel, count(*) as n,
        sum(handle_time) as s, sum(handle_time * handle_time) as ss, count_if(reopened) as good
        from {facts} group by all""",
    "distinct ids": "select count(distinct id) from {facts}",
}
STATES = SCANS["finest states: day, unit, channel"] + " order by unit, day"
COPY = "copy ({rows}) to '{file}' (format parquet, compression zstd)"
ONE_BATCH = "select * exclude (batch) from made where batch = {batch}"
PAGES = {
    "one unit, 13 months": """select date_trunc('month', day) as m, sum(n), sum(s), sum(ss) from {states}
        where unit = 'team_7' and day >= '2025-01-01' group by all""",
    "all units, one month by channel": """select channel, sum(n), sum(s) from {states}
        where day >= '2025-03-01' and day < '2025-04-01' group by all""",
    "everything by month": "select date_trunc('month', day) as m, sum(n), sum(s) from {states} group by all",
}


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Give the median wall and CPU seconds of a piece of work."""
    walls, cpus = [], []
    for _ in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


def size(path: Path) -> float:
    """Give the megabytes of a file or a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(f.stat().st_size for f in files) / 1e6


def row(what: str, *pairs: tuple[float, float]) -> None:
    """Print one line of a table: wall (CPU) of each shape, and by how much the first is slower in CPU."""
    shown = " | ".join(f"{wall:8.3f} ({cpu:7.3f})" for wall, cpu in pairs)
    print(f"| {what:36} | {shown} | {pairs[0][1] / max(pairs[1][1], 1e-9):5.1f} |")


def run(connection: duckdb.DuckDBPyConnection, text: str, **places: object) -> Callable[[], object]:
    """Give the work of running a statement to its end."""
    return lambda: connection.execute(text.format(**places)).fetchall()


def ask(connection: duckdb.DuckDBPyConnection, text: str, **places: object) -> Callable[[], object]:
    """Give the work of running a query and taking its result as Arrow."""
    return lambda: connection.sql(text.format(**places)).to_arrow_table()


def write_facts(connection: duckdb.DuckDBPyConnection, scratch: Path, rows: int) -> None:
    """Write the facts in both shapes and say what it took."""
    (scratch / "facts").mkdir()
    facts = FACTS.format(rows=rows, seconds=SECONDS, per_batch=max(1, rows // BATCHES))
    connection.execute("create table made as " + facts).fetchall()
    wall, cpu = time.perf_counter(), time.process_time()
    for batch in range(BATCHES):
        target = scratch / "facts" / f"{batch:03}.parquet"
        run(
            connection,
            COPY,
            rows=ONE_BATCH.format(batch=batch),
            file=target,
        )()
    parquet = time.perf_counter() - wall, time.process_time() - cpu
    run(connection, "attach '{file}' as native (storage_version 'v1.5.0')", file=scratch / "facts.duckdb")()
    wall, cpu = time.perf_counter(), time.process_time()
    run(connection, "create table native.facts as select * exclude (batch) from made")()
    run(connection, "checkpoint native")()
    native = time.perf_counter() - wall, time.process_time() - cpu
    connection.execute("drop table made").fetchall()
    row(f"writing ({BATCHES} batches / one table)", parquet, native)
    print(
        f"sizes: Parquet {size(scratch / 'facts'):.0f} MB, native {size(scratch / 'facts.duckdb'):.0f} MB\n"
    )


def compare_facts(connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """Scan the facts in both shapes."""
    files = f"read_parquet('{scratch}/facts/*.parquet')"
    for what, text in SCANS.items():
        row(
            what,
            measured(ask(connection, text, facts=files)),
            measured(ask(connection, text, facts="native.facts")),
        )


def compare_states(connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """Write states in both shapes, and read them as pages do: once opened, and from a new process's first query."""
    generation, file = scratch / "generation.duckdb", scratch / "states.parquet"
    run(connection, "create table states as " + STATES, facts="native.facts")()
    print(f"\nstates: {connection.table('states').shape[0]:,} rows")
    run(connection, COPY, rows="from states", file=file)()
    run(connection, "attach '{file}' as built (storage_version 'v1.5.0')", file=generation)()
    run(connection, "create table built.states as from states")()
    run(connection, "checkpoint built")()
    run(connection, "detach built")()
    run(connection, "attach '{file}' as published (read_only)", file=generation)()
    files = f"read_parquet('{file}')"
    for what, text in PAGES.items():
        pairs = [measured(ask(connection, text, states=place)) for place in (files, "published.states")]
        row(what, *pairs)
    first = next(iter(PAGES.values()))

    def opened_natively() -> None:
        with duckdb.connect() as new:
            run(new, "attach '{file}' as published (read_only)", file=generation)()
            ask(new, first, states="published.states")()

    def opened_from_parquet() -> None:
        with duckdb.connect() as new:
            ask(new, first, states=files)()

    row("first page of a new connection", measured(opened_from_parquet), measured(opened_natively))
    print(f"sizes: Parquet {size(file):.1f} MB, native {size(generation):.1f} MB")


def main() -> None:
    """Make the facts, then measure."""
    parser = argparse.ArgumentParser(description="Measure Parquet and native storage.")
    parser.add_argument("--size", default="10M", type=number, help="rows of facts")
    parser.add_argument("--folder", default=None, type=Path, help="for scratch files")
    asked = parser.parse_args()
    rows = asked.size
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        scratch = Path(folder)
        with duckdb.connect(config={"temp_directory": str(scratch / "spill")}) as connection:
            print(
                f"DuckDB {duckdb.__version__}, {rows:,} facts; seconds wall (CPU), Parquet then native, CPU ratio\n"
            )
            write_facts(connection, scratch, rows)
            compare_facts(connection, scratch)
            compare_states(connection, scratch)


if __name__ == "__main__":
    main()
