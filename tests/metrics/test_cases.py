"""Every case file: the figures of a full refresh equal those of SQL written by hand over the rows."""

import math
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from tests.projects import refreshed, write_project

CASES = sorted((Path(__file__).parent.parent / "cases").glob("*.yaml"))
TRAPS = {
    "trap_division_in_a_row", "trap_nested_division", "trap_no_result",
    "trap_dst_day", "trap_half_hour_zone", "trap_no_rows", "trap_null_keys",
    "trap_dst_night_shift", "trap_fan_out_history", "trap_fiscal_53rd_week", "trap_late_by_clock",
    "trap_chasm", "trap_duplicates", "trap_fan_out", "trap_semi_additive",
    "trap_ratio_of_sums", "trap_repeated_hour", "trap_zero_denominator",
}  # fmt: skip
COMPOSED = {"derived", "index", "cumulative"}
OF_ROWS = {"share", "balance", "ratio", "mean", "sum", "count", "quantile", "conversion", "duration"}
"""Types whose n is a number of rows."""
SQL_TYPES = {"text": "varchar", "unit": "varchar", "integer": "bigint", "number": "double", "boolean": "boolean",
             "date": "date", "instant": "timestamptz"}  # fmt: skip


def documents(case: dict[str, Any], warehouse: str = "duckdb") -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Give the definitions and the files that a case stands for."""
    project = {"kind": "project", "time_zone": case.get("zone", "UTC"), "warehouse": warehouse}
    found: list[dict[str, Any]] = [project]
    files = {}
    if calendar := case.get("calendar"):
        found[0]["calendar"] = "fiscal"
        found.append({"kind": "calendar", "name": "fiscal", **calendar})
    if units := case.get("units"):
        found.append({"kind": "unit", **units})
    for number, part in enumerate([case, *case.get("others", [])]):
        fact = {"kind": "fact", "name": "row", **part["fact"]}
        if len(fact) > 2:  # otherwise it is a fact of the shipped model
            found.append(fact)
        files[f"data{number}.csv"] = part["rows"]
        found.append(
            {"kind": "source", "name": f"file{number}", "fact": fact["name"], "files": f"data{number}.csv"}
        )
    found += [{"kind": "fact", **fact} for fact in case.get("facts", [])]
    for metric in [*case.get("parts", []), {"name": "figure", **case["metric"]}]:
        over_rows = {} if metric["type"] in COMPOSED else {"of": "row", "collected": {"every": "year"}}
        found.append({"kind": "metric", **over_rows, **metric})
    return found, files


def expected(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the case's own SQL over its rows."""
    columns = {name: SQL_TYPES[c["type"]] for name, c in case["fact"]["columns"].items()}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection.execute(f"create table rows ({declared})")
        for line in case["rows"].strip().splitlines()[1:]:
            values = [v or None for v in line.split(",")]
            connection.execute(f"insert into rows values ({', '.join('?' * len(values))})", values)
        answer = connection.execute(case["sql"])
        names = [d[0] for d in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def agrees_with_its_rows(published: Published, case: dict[str, Any], few: int) -> None:
    """Compute the last few figures of the case's grain once more from its rows."""
    grain = "day" if case["query"]["grain"] == "hour" else case["query"]["grain"]
    figures = evaluate(published, Query(metric="figure", viewer="tester", purpose="test", grain=grain))
    assert figures
    for figure in figures[-few:]:
        one = Query(
            metric="figure",
            viewer="tester",
            purpose="test",
            grain=grain,
            since=figure.start,
            until=figure.end,
        )
        explained = explain(published, one)
        assert explained.agrees, explained
        rows = sum(share.rows for share in explained.batches)
        if explained.derived_from:
            rows = figure.n  # rows of a derived fact come from no batch of their own
        assert rows == figure.n if case["metric"]["type"] in OF_ROWS else rows >= figure.n


@pytest.mark.thorough
@pytest.mark.parametrize("file", CASES, ids=lambda f: f.stem)
def test_a_case_gives_what_its_sql_and_its_rows_give(file, warehouse_word, tmp_path):
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    definitions, files = documents(case, warehouse_word)
    query = Query(
        metric="figure",
        viewer="tester",
        purpose="test",
        **{**case["query"], "by": tuple(case["query"].get("by", ()))},
    )
    with refreshed(write_project(tmp_path / "project", definitions, files)) as (_, published):
        found = evaluate(published, query)
        wanted = expected(case)
        keys = [k for k in ("period", "unit", "slice") if k in wanted[0]]
        by_key = {tuple(getattr(o, k) for k in keys): o for o in found}
        assert len(by_key) == len(found), "two observations of one name"
        if case.get("present"):
            by_key = {k: o for k, o in by_key.items() if o.n}
        assert sorted(by_key) == sorted(tuple(row[k] for k in keys) for row in wanted)
        for row in wanted:
            observation = by_key[tuple(row[k] for k in keys)]
            assert observation.n == row["n"], observation
            if row["value"] is None:
                assert observation.value is None
                assert observation.status == "no data"
            else:
                assert observation.value is not None, observation
                assert math.isclose(
                    observation.value, row["value"], rel_tol=case.get("relative", 1e-9), abs_tol=1e-12
                ), observation
                assert observation.status == "final"
        agrees_with_its_rows(published, case, 1)


@pytest.mark.slow
@pytest.mark.parametrize("file", CASES, ids=lambda f: f.stem)
def test_the_figures_of_a_case_are_what_its_rows_give(file, tmp_path):
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    with refreshed(write_project(tmp_path / "project", *documents(case))) as (_, published):
        agrees_with_its_rows(published, case, 12)


def test_the_traps_only_grow():
    assert {f.stem for f in CASES} >= TRAPS
