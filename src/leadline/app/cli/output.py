"""How commands speak: tables and sentences for people on a terminal, JSON or CSV for programs, errors on stderr.

Text that comes from files is never taken for markup.
"""

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from leadline.errors import LeadlineError

out = Console(highlight=False, markup=False, soft_wrap=True)
if not out.is_terminal:
    out.width = 240  # a file or a pipe has no edge to wrap at
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def plain(value: object) -> Any:
    """Give what JSON can say: dates as ISO text, paths as text, anything else as it is."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def as_json(value: object) -> None:
    """Print JSON on standard output."""
    sys.stdout.write(json.dumps(value, default=plain, ensure_ascii=False, indent=2) + "\n")


def as_csv(rows: Sequence[Mapping[str, object]], fields: Sequence[str]) -> None:
    """Print CSV with a header on standard output."""
    writer = csv.DictWriter(sys.stdout, fields, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def table(rows: Sequence[Sequence[object]], *columns: str, right: Sequence[str] = ()) -> None:
    """Print a table; columns named in `right` are numbers."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    out.print(shown)


def say(text: str) -> None:
    """Print a sentence."""
    out.print(text)


def number(value: float | None, decimals: int = 2) -> str:
    """Write a number for people: thousands apart, a fixed number of decimals, a dash for none."""
    return "–" if value is None else f"{value:,.{decimals}f}"


def failed(error: LeadlineError, *, json_: bool) -> None:
    """Say what went wrong: as JSON on standard output when asked, else on standard error."""
    if json_:
        place = {"file": str(error.place.file), "line": error.place.line} if error.place else None
        as_json({"error": {"code": error.code, "message": error.message, "hint": error.hint, "place": place}})
        return
    where = f"{error.place}: " if error.place else ""
    err.print(f"{where}{error.message} [{error.code}]")
    if error.hint:
        err.print(f"  {error.hint}")


class Bar:
    """A progress bar on standard error: one line per stage, silent when standard error is no terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            TimeElapsedColumn(),
            console=err,
            disable=not err.is_terminal,
        )
        self._tasks: dict[str, Any] = {}

    def show(self, stage: str, detail: str, done: int, total: int) -> None:
        """Move the stage's bar to `done` of `total`."""
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total or None, detail=detail)
        self._progress.update(self._tasks[stage], completed=done, total=total or None, detail=detail)

    @contextmanager
    def running(self) -> Iterator["Bar"]:
        """Show the bars while the work goes on."""
        with self._progress:
            yield self
