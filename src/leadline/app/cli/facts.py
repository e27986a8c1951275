"""`leadline ingest`: rows in, rows accepted, rows held and why."""

from typing import Annotated, Any

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.refresh import load_files
from leadline.app.wiring import workspace
from leadline.ingest.result import FileResult, IngestResult
from leadline.store.lock import writing

quarantine = typer.Typer(
    name="quarantine", help="Rows that were not accepted, and why.", no_args_is_help=True
)

Source = Annotated[str | None, typer.Option("--source", help="Only this source.")]


def ingest_files(context: typer.Context, source: Source = None, json_: Json = False) -> None:
    """Load new and changed files. Figures change with the next refresh only."""
    here = current(context)
    bar = output.Bar()
    with workspace(here.root) as space, writing(space.home, "ingest", here.clock), bar.running():
        sources = [source] if source else None
        result = load_files(space, space.definitions(), here.clock, bar.show, sources)
    if json_:
        output.as_json(ingest_as_dict(result))
    else:
        show_batches(result)


def show_batches(result: IngestResult) -> None:
    """Print what became of each file that something became of, and the law of rows."""
    rows = [_file_row(f) for f in result.files if f.outcome != "unchanged"]
    unchanged = sum(f.outcome == "unchanged" for f in result.files)
    if rows:
        right = ("rows in", "accepted", "held")
        output.table(rows, "source", "file", "outcome", *right, "why", right=right)
    if unchanged:
        output.say(f"{unchanged} files unchanged, not loaded again.")
    for name in result.empty:
        output.say(f"Source {name} finds no file.")
    for stray in result.orphans:
        examples = ", ".join(stray.examples)
        output.say(
            f"{stray.rows:,} {stray.fact} rows have a {stray.column} that no {stray.references} has, e.g. {examples}."
        )
    output.say(f"This run: {result.law}. In all: {result.live_law}.")


def _file_row(file: FileResult) -> list[object]:
    batch = file.batch if file.outcome == "loaded" else None
    counts = (batch.rows_in, batch.rows_accepted, batch.rows_quarantined) if batch else (None, None, None)
    why = file.reason
    if batch and batch.reasons:
        top = sorted(batch.reasons.items(), key=lambda item: -item[1])[:2]
        why = "; ".join(f"{count:,} {reason}" for reason, count in top)
    return [file.source, file.file, file.outcome, *("" if c is None else f"{c:,}" for c in counts), why]


def ingest_as_dict(result: IngestResult) -> dict[str, Any]:
    """Give a result as JSON says it."""
    law, live = result.law, result.live_law
    return {
        "files": [
            {
                "source": f.source,
                "file": f.file,
                "outcome": f.outcome,
                "code": f.code,
                "reason": f.reason,
                "rows_in": f.batch.rows_in if f.batch else 0,
                "accepted": f.batch.rows_accepted if f.batch else 0,
                "held": f.batch.rows_quarantined if f.batch else 0,
                "reasons": dict(f.batch.reasons) if f.batch else {},
            }
            for f in result.files
        ],
        "run": {"rows_in": law.rows_in, "accepted": law.accepted, "held": law.held},
        "live": {"rows_in": live.rows_in, "accepted": live.accepted, "held": live.held},
        "empty_sources": list(result.empty),
    }
