"""`leadline checks`: what the declared checks said of every file that counts, or was refused, and of every source."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from leadline.app.checking import CheckRow, check_rows
from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.ingest.check_results import CheckResult, worst

Source = Annotated[str | None, typer.Option("--source", help="Only this source.")]
Name = Annotated[str | None, typer.Option("--check", help="Only this check.")]


def checks(
    context: typer.Context,
    source: Source = None,
    check: Name = None,
    files: Annotated[bool, typer.Option("--files", help="Each file by itself.")] = False,
    json_: Json = False,
) -> None:
    """Show what the checks said of the files that count now, of those refused, and of sources."""
    with opened(context) as space:
        every = check_rows(space.ledger, space.definitions().checks, source)
        rows = [row for row in every if check in (None, row.result.check)]
    if json_:
        output.as_json([_said(row) for row in rows])
    elif files:
        _print_files(rows)
    else:
        _print_sums(rows)


def _said(row: CheckRow) -> dict[str, Any]:
    return {"source": row.source, "file": row.file, "batch": row.batch, **row.result.as_dict()}


def _print_files(rows: Sequence[CheckRow]) -> None:
    table = [
        [r.source, r.file or "(the source)", r.result.check, r.result.level, r.result.said,
         f"{r.result.failed:,}", _words(r.result)]
        for r in rows
    ]  # fmt: skip
    output.table(table, "source", "file", "check", "level", "said", "failed", "what", right=("failed",))


def _print_sums(rows: Sequence[CheckRow]) -> None:
    groups: dict[tuple[str, str], list[CheckRow]] = {}
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
