"""What every peer's script does alike: reads the questions, asks them one after the other, writes answers and seconds.

A peer runs in an interpreter of its own, with nothing of Leadline; it shares only this file and DuckDB's file of rows.
Questions are JSON, always by day of `moment`: name, fact, metrics, unit (a column, or null for all), slice (a column).
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Question = dict[str, Any]
Answer = Callable[[Question], pa.Table]
"""A table with the columns `day`, `unit` (unless it is the whole company), `slice`, and one for each metric."""


def definitions() -> list[dict[str, Any]]:
    """Give Leadline's definitions of the metrics that are asked for."""
    metrics: list[dict[str, Any]] = _given()["metrics"]
    return metrics


def database() -> str:
    """Give the path of DuckDB's file: a table for each fact, with the columns centre and region beside the team."""
    path: str = _given()["database"]
    return path


def folder() -> Path:
    """Give a folder for what a peer must write."""
    return Path(_given()["folder"])


def _given() -> dict[str, Any]:
    given: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return given


def run(prepare: Callable[[], Answer]) -> None:
    """Ask all questions; print the CPU seconds of importing and preparing, and of asking, all threads."""
    imported = time.process_time()
    answer = prepare()
    prepared = time.process_time()
    asked = 0.0
    refused: dict[str, str] = {}
    given = _given()
    for question in given["questions"]:
        began = time.process_time()
        try:
            table = answer(question)
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is what it says to the question
            refused[question["name"]] = f"{type(error).__name__}: {error}"
            continue
        finally:
            asked += time.process_time() - began
        if given["keep"]:
            pq.write_table(table, Path(given["folder"]) / f"{question['name']}.parquet")
    print(
        json.dumps({
            "imported": imported, "prepared": prepared - imported, "asked": asked, "refused": refused,
        })
    )  # fmt: skip


def columns(question: Question) -> Iterator[tuple[str, str]]:
    """Give the columns that a question groups by, without the day: what the answer calls it, what the table does."""
    if question["unit"]:
        yield "unit", question["unit"]
    yield "slice", question["slice"]
