"""`leadline checks`: what the declared checks said of every file that counts, or was refused, and of every source."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.wiring import Workspace, workspace
from leadline.ingest.check_notes import checked, fresh
from leadline.ingest.check_results import CheckResult, worst
from leadline.store.entries import Batch

Source = Annotated[str | None, typer.Option("--source", help="Only this source.")]
Name = Annotated[str | None, typer.Option("--check", help="Only this check.")]


@dataclass(frozen=True, slots=True)
class _Row:
    """What one check said of one file, or of a source where `file` is empty."""

    source: str
    file: str
    batch: str
    result: CheckResult


def checks(
    context: typer.Context,
    source: Source = None,
    check: Name = None,
    files: Annotated[bool, typer.Option("--files", help="Each file by itself.")] = False,
    json_: Json = False,
) -> None:
    """Show what the checks said of the files that count now, of those refused, and of sources."""
    with workspace(current(context).root) as space:
        rows = [
            row for row in _rows(space) if source in (None, row.source) and check in (None, row.result.check)
        ]
    if json_:
        output.as_json([_said(row) for row in rows])
    elif files:
        _print_files(rows)
    else:
        _print_sums(rows)


def _rows(space: Workspace) -> list[_Row]:
    with space.ledger.read() as reader:
        batches = reader.batches()
    latest: dict[tuple[str, str], Batch] = {}
    for batch in batches:
        if batch.replays is None and batch.superseded_by is None:
            latest[batch.source, batch.file] = batch
    known = checked(space.ledger)
    found = [
        _Row(batch.source, batch.file, batch.id, result)
        for _, batch in sorted(latest.items())
        if batch.id in known
        for result in known[batch.id].results
    ]
    declared = space.definitions().checks
    now = [_Row(source, "", "", result) for source, result in fresh(space.ledger) if result.check in declared]
    return [*found, *now]


def _said(row: _Row) -> dict[str, Any]:
    return {"source": row.source, "file": row.file, "batch": row.batch, **row.result.as_dict()}


def _print_files(rows: Sequence[_Row]) -> None:
    table = [
        [r.source, r.file or "(the source)", r.result.check, r.result.level, r.result.said,
         f"{r.result.failed:,}", _words(r.result)]
        for r in rows
    ]  # fmt: skip
    output.table(table, "source", "file", "check", "level", "said", "failed", "what", right=("failed",))


def _print_sums(rows: Sequence[_Row]) -> None:
    groups: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        groups.setdefault((row.source, row.result.check), []).append(row)
    table = []
    for (source, check), mine in sorted(groups.items()):
        counts = Counter(row.result.said for row in mine)
        bad = [row for row in mine if row.result.said not in {"passed", "cannot tell"}]
        files = "; ".join(f"{number} {said}" for said, number in sorted(counts.items()))
        last = f"{bad[-1].file or 'now'}: {_words(bad[-1].result)}" if bad else ""
        failed = sum(row.result.failed for row in mine)
        table.append([source, check, mine[-1].result.level, files, f"{failed:,}", last])
    output.table(
        table, "source", "check", "level", "files", "failed", "last of what is not right", right=("failed",)
    )
    said = worst([row.result for row in rows])
    output.say(
        f"{len(groups)} checks of sources; the gravest says: {said}." if rows else "Nothing was checked yet."
    )


def _words(result: CheckResult) -> str:
    lines = f" (line {', '.join(map(str, result.lines))})" if result.lines else ""
    return f"{result.statement}{lines}"
