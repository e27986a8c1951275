"""What others take for the same figures: the Boring Semantic Layer, sidemantic and dbt MetricFlow beside Leadline.

    .venv/bin/python benchmarks/peers.py --size 5M [--peers boring,sidemantic] [--folder DIR]

prints a JSON line per figure: name, value, goal, holds. Seconds are CPU seconds of all threads. Each peer runs in an
environment of its own, made by uv from `peers/*.txt` in the folder, and in a process of its own; it is asked for every
figure of `company` that it can express: by day, on four levels, by three columns. Its rows are DuckDB's own tables,
with the upper units written beside each team; neither is counted. It is asked twice: all KPIs of a fact at once
(`together`), and one KPI at a time (`one_by_one`). Leadline's build and reads are measured over its Parquet files.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import number, say
from benchmarks.company.definitions import CENTRES, METRICS, REGIONS, SLICES, TEAMS, centre, region, team
from benchmarks.company.measured import Measured, cpu
from benchmarks.company.rows import FIRST, LAST, Company
from leadline.metrics import estimate, figures, terms
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.request import Request
from leadline.metrics.shapes import shape, slice_alias, term_alias

ROOT = Path(__file__).resolve().parent.parent
PEERS = ("boring", "sidemantic", "metricflow")
MODES = ("together", "one_by_one")
LEFT_OUT = {"members", "not_repeated_7d"}
"""A level from intervals, and rows not followed by another within a horizon: none of the peers expresses either."""
FINE = {"centre", "team"}
PER_CELL = {"handle_p90"}
"""Not asked on the levels of FINE: Leadline works its quantiles out cell by cell, and there are millions of cells."""
ALONE = {"handle_p90", "active_customers"}
"""Their states are tables of their own: Leadline reads them alone however it is asked, and they are measured once."""
ASKED = [dict(metric) for metric in METRICS if metric["name"] not in LEFT_OUT]
GOAL = 30.0
EXACT = 1e-9
"""How far values may lie apart, relative to the larger; quantiles are told apart for themselves."""

Question = dict[str, Any]


def questions(*, together: bool) -> Iterator[Question]:
    """Give the questions: facts × levels × columns, all KPIs of a fact at once or one at a time."""
    for fact in dict.fromkeys(metric["of"] for metric in ASKED):
        names = [metric["name"] for metric in ASKED if metric["of"] == fact]
        for group in [names] if together else [[name] for name in names]:
            for unit in (None, "region", "centre", "team"):
                asked = [name for name in group if unit not in FINE or name not in PER_CELL]
                if not asked:
                    continue
                for column in SLICES:
                    name = "-".join([fact if together else group[0], unit or "company", column])
                    yield {"name": name, "fact": fact, "metrics": asked, "unit": unit, "slice": column}


def units(published: Published, level: str | None) -> dict[str, list[str]] | None:
    """Give a level's units, each with the units it is made of; none for the whole company."""
    named = {"region": (region, REGIONS), "centre": (centre, CENTRES), "team": (team, TEAMS)}
    if level is None:
        return None
    name, many = named[level]
    descendants = published.catalog.units.descendants
    return {name(number): sorted(descendants(name(number))) for number in range(many)}


class Reads:
    """Leadline's answers: states read as pages read them, figures with their intervals as arrays."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.seconds: dict[str, float] = {}

    def answer(self, question: Question) -> list[pa.Table]:
        """Answer a question: a table for each group of KPIs that states keep together."""
        level = units(self.published, question["unit"])
        groups: dict[object, list[Request]] = {}
        for name in question["metrics"]:
            query = Query(
                name, "measured", "measured", "day", by=(question["slice"],), by_unit=level is not None
            )
            request = Request.of(self.published, query, self.published.metric(name), None)  # type: ignore[arg-type]  # all are row metrics
            request = replace(request, merge=replace(request.merge, units=level))
            groups.setdefault(request.shared, []).append(request)
        answers = []
        for members in groups.values():
            began = cpu()
            answers.append(self._read(members, question))
            kind = shape(members[0].metric)
            self.seconds[kind] = self.seconds.get(kind, 0.0) + cpu() - began
        return answers

    def _read(self, members: list[Request], question: Question) -> pa.Table:
        rows = members[0].read(self.published, [request.metric for request in members])
        if shape(members[0].metric) == "histogram":
            return _quantiles(self.published, members[0], rows)
        found: dict[str, Any] = {
            "day": rows.column("period"), "unit": rows.column("unit"),
            "slice": rows.column(slice_alias(question["slice"])),
        }  # fmt: skip
        for request in members:
            found[request.metric.name] = pa.array(_values(request, rows), from_pandas=True)
        return pa.table(found)


def _values(request: Request, rows: Any) -> Any:
    """Give a metric's values, one for each row of merged states; its intervals are worked out along with them."""
    metric = request.metric
    if shape(metric) == "entities":
        return estimate.distinct(_numbers(rows, "entities")).value
    sums = {name: _numbers(rows, term_alias(metric.name, name)) for name in terms.names(metric)}
    return np.where(sums["n"] > 0, estimate.estimate(metric, sums).value, np.nan)


def _numbers(rows: Any, name: str) -> Any:
    return np.nan_to_num(np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.float64))


def _quantiles(published: Published, request: Request, rows: Any) -> pa.Table:
    found = figures.leaf(published, request, rows).figures
    days, units, values = zip(*found, strict=True) if found else ((), (), ())
    return pa.table({
        "day": pa.array(days, pa.date32()), "unit": pa.array(units, pa.string()),
        "slice": pa.array([value for (value,) in values], pa.string()),
        request.metric.name: pa.array([figure.value for figure in found.values()], pa.float64()),
    })  # fmt: skip


def leadline(measured: Measured, folder: Path, modes: list[str]) -> dict[str, float]:
    """Build all states and read every figure; give the seconds."""
    measured.forget()
    batches = measured.batches()
    began, wall = cpu(), time.perf_counter()
    tables = measured.build(batches, {})
    build = cpu() - began
    say("peers.leadline.build_wall_s", time.perf_counter() - wall)
    reads = Reads(measured.published("g1", batches, tables))
    seconds = {"build": build}
    alone = 0.0
    for mode in modes:
        reads.seconds.clear()
        seconds[mode] = alone
        for question in questions(together=mode == "together"):
            if mode == "one_by_one" and alone and question["metrics"][0] in ALONE:
                continue
            began = cpu()
            answers = reads.answer(question)
            seconds[mode] += cpu() - began
            if mode == "together":
                for number, table in enumerate(answers):
                    pq.write_table(table, folder / f"{question['name']}-{number}.parquet")
        for kind, spent in reads.seconds.items():
            say(f"peers.leadline.reads_{mode}_of_{kind}_cpu_s", spent)
            alone += spent if mode == "together" and kind != "terms" else 0.0
    say("peers.leadline.build_cpu_s", build)
    for mode in modes:
        say(f"peers.leadline.reads_{mode}_cpu_s", seconds[mode])
    return seconds


def write_rows(measured: Measured, path: Path) -> None:
    """Write the peers' rows: a DuckDB table for each fact, instants without a zone, upper units beside each team."""
    units = pa.table({
        "team": [team(t) for t in range(TEAMS)], "centre": [centre(t // 10) for t in range(TEAMS)],
        "region": [region(t // 50) for t in range(TEAMS)],
    })  # fmt: skip
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("units", units)
        for fact in dict.fromkeys(metric["of"] for metric in ASKED):
            connection.read_parquet(measured.files(fact)).create_view("loaded", replace=True)
            moment = 'f.* exclude ("at"), f."at"::timestamp as moment'
            query = f"select {moment}, centre, region from loaded f join units using (team)"
            connection.sql(query).create(fact)
        spine = "select unnest(generate_series($first, $last, interval 1 day))::timestamp as day"
        connection.sql(spine, params={"first": FIRST, "last": LAST}).create("days")


def interpreter(peer: str, folder: Path) -> Path:
    """Make a peer's environment, if it is not there; give its interpreter."""
    python = folder / "environments" / peer / "bin" / "python"
    if not python.exists():
        uv = [str(ROOT / ".venv" / "bin" / "uv"), "--quiet", "--system-certs"]
        subprocess.run([*uv, "venv", "--python", "3.11", str(python.parent.parent)], check=True)  # noqa: S603 - uv of our own
        listed = str(ROOT / "benchmarks" / "peers" / f"{peer}.txt")
        subprocess.run([*uv, "pip", "install", "--python", str(python), "-r", listed], check=True)  # noqa: S603 - same
    return python


def ask(peer: str, python: Path, rows: Path, folder: Path, *, together: bool) -> dict[str, Any]:
    """Let a peer answer all questions in a process of its own; give its seconds and what it refused."""
    with tempfile.TemporaryDirectory(prefix="asked-", dir=folder) as own:
        given = {
            "database": str(rows), "folder": str(folder / peer) if together else own, "keep": together,
            "metrics": ASKED, "questions": list(questions(together=together)),
        }  # fmt: skip
        Path(given["folder"]).mkdir(exist_ok=True)
        listed = Path(own) / "questions.json"
        listed.write_text(json.dumps(given), encoding="utf-8")
        script = str(ROOT / "benchmarks" / "peers" / f"ask_{peer}.py")
        done = subprocess.run([str(python), script, str(listed)], check=True, capture_output=True, text=True)  # noqa: S603 - ours
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


COMPARED = """
with ours as (select day::date as day, {unit} unit, slice, {metric} as value from read_parquet($ours)
              where {metric} is not null and not isnan({metric})),
     theirs as (select day::date as day, {unit} unit, slice, {metric}::double * $scale as value
                from read_parquet($theirs) where {metric} is not null)
select count(*), count(*) filter (where o.value is null or t.value is null and o.value <> 0),
       max(abs(o.value - t.value) / greatest(abs(o.value), abs(t.value), 1e-12)),
       coalesce(quantile_cont(abs(o.value - t.value) / greatest(abs(o.value), abs(t.value), 1e-12), 0.5), 0)
from ours o full join theirs t on o.day = t.day and o.slice = t.slice and o.unit is not distinct from t.unit
"""
"""Figures of one metric, side by side: how many, how many only one side has, how far apart at most and half of them.
A sum of no rows is 0 here and nothing there."""


def compare(peer: str, measured: Measured, folder: Path) -> None:
    """Say how many figures were compared, how many only one side has, and how far apart the others are."""
    cells, alone, worst = 0, 0, 0.0
    quantiles: dict[str, tuple[float, float]] = {}
    with duckdb.connect() as connection:
        for question in questions(together=True):
            theirs = folder / peer / f"{question['name']}.parquet"
            if not theirs.exists():
                continue
            for ours in sorted((folder / "leadline").glob(f"{question['name']}-*.parquet")):
                for name in [n for n in pq.read_schema(ours).names if n in question["metrics"]]:
                    metric = measured.catalog.metrics[name]
                    unit = "unit as" if question["unit"] else "null::text as"
                    query = COMPARED.format(unit=unit, metric=name)
                    given = {"ours": str(ours), "theirs": str(theirs), "scale": estimate.scale(metric)}
                    count, lonely, most, half = connection.sql(query, params=given).fetchall()[0]
                    cells, alone = cells + count, alone + lonely
                    if metric.type == "quantile":
                        quantiles[question["name"]] = (most, half)
                    else:
                        worst = max(worst, most or 0.0)
    say(f"peers.{peer}.figures_compared", cells)
    say(f"peers.{peer}.figures_of_one_side", alone, 0)
    say(f"peers.{peer}.figures_apart", worst, EXACT)
    for name, (most, half) in quantiles.items():
        say(f"peers.{peer}.quantiles_apart_median.{name}", half)
        say(f"peers.{peer}.quantiles_apart_most.{name}", most)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description="Measure Leadline beside its peers.")
    parser.add_argument("--size", default="1M", type=number)
    parser.add_argument("--peers", default=",".join(PEERS), type=lambda text: text.split(","))
    parser.add_argument("--modes", default=",".join(MODES), type=lambda text: text.split(","))
    parser.add_argument(
        "--folder", default=None, type=Path, help="kept for the next run; a temporary one if left out"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadline-peers-") as temporary:
        folder = asked.folder or Path(temporary)
        size = folder / str(asked.size)
        (size / "leadline").mkdir(parents=True, exist_ok=True)
        measured = Measured(size / "project", Company(asked.size))
        measured.fill()
        rows = size / "rows.duckdb"
        if not rows.exists():
            write_rows(measured, rows)
        ours = leadline(measured, size / "leadline", asked.modes)
        for peer in asked.peers:
            python = interpreter(peer, folder)
            for mode in asked.modes:
                found = ask(peer, python, rows, size, together=mode == "together")
                for what, why in found["refused"].items():
                    print(f"{peer} does not answer {what}: {why}", file=sys.stderr)
                say(f"peers.{peer}.{mode}_refused", len(found["refused"]), 0)
                say(f"peers.{peer}.{mode}_start_cpu_s", found["imported"] + found["prepared"])
                say(f"peers.{peer}.{mode}_cpu_s", found["asked"])
                say(
                    f"peers.{peer}.{mode}_times_build_and_reads",
                    found["asked"] / (ours["build"] + ours[mode]),
                    GOAL,
                    at_most=False,
                )
                say(f"peers.{peer}.{mode}_times_reads", found["asked"] / ours[mode])
            if "together" in asked.modes:
                compare(peer, measured, size)


if __name__ == "__main__":
    main()
