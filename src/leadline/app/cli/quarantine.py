"""`leadline quarantine`: rows that were not accepted, why, and how they get in after all. Exports are journalled: the
rows may hold personal data."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, TextIO

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import allowed, opened, require, told
from leadline.app.wiring import Workspace
from leadline.ingest import quarantine as held
from leadline.ingest.held import HeldRow
from leadline.store.home import arriving
from leadline.store.lock import writing
from leadline.store.staging import Staging

quarantine = typer.Typer(
    name="quarantine", help="Rows that were not accepted, and why.", no_args_is_help=True
)

ROWS = "ingest:row:read"
EXAMPLES = 3

Source = Annotated[str | None, typer.Option("--source", help="Only this source.")]
Reason = Annotated[
    str | None, typer.Option("--reason", help="Only rows with this reason, by its code or words.")
]


@quarantine.command("list")
def list_held(
    context: typer.Context,
    source: Source = None,
    rows: Annotated[bool, typer.Option("--rows", help="Every row, not only groups with examples.")] = False,
    reason: Reason = None,
    json_: Json = False,
) -> None:
    """List what is held, by file and reason, with examples and their lines."""
    with opened(context) as space:
        if rows:
            require(space, ROWS)
            found = list(held.rows(space.engine, space.ledger, source=source, reason=reason))
            _told(space, source, "looking at held rows", len(found))
            _print_rows(found, json_=json_)
            return
        seen = allowed(space, ROWS)
        groups = held.groups(space.engine, space.ledger, source=source, examples=EXAMPLES if seen else 0)
        groups = [g for g in groups if reason in (None, g.code, g.reason)]
        _told(space, source, "looking at why rows are held", sum(len(g.examples) for g in groups))
    if json_:
        output.as_json(
            [
                {"source": g.source, "file": g.file, "batch": g.batch, "code": g.code, "reason": g.reason,
                 "rows": g.rows, "examples": [_said(row) for row in g.examples]}
                for g in groups
            ]
        )  # fmt: skip
        return
    table = [
        [
            g.source,
            g.file,
            f"{g.rows:,}",
            g.reason,
            "; ".join(f"line {r.line}: {r.reasons[0]}" for r in g.examples[:2]),
        ]
        for g in groups
    ]
    output.table(table, "source", "file", "rows", "reason", "examples", right=("rows",))
    output.say(f"{sum(g.rows for g in groups):,} rows held.")
    if groups and not seen:
        output.say(f"Examples need the permission {ROWS}.")


def _told(space: Workspace, source: str | None, purpose: str, rows: int) -> None:
    told(space, ROWS, f"source:{source}" if source else "quarantine", purpose=purpose, subjects=rows)


def _print_rows(found: list[HeldRow], *, json_: bool) -> None:
    if json_:
        output.as_json([_said(row) for row in found])
        return
    table = [[row.id, f"{row.file}:{row.line}", "; ".join(str(r) for r in row.reasons)] for row in found]
    output.table(table, "held row", "place", "reasons")
    output.say(f"{len(found):,} rows held.")


def _said(row: HeldRow) -> dict[str, object]:
    reasons = [{"code": r.code, "column": r.column, "reason": str(r)} for r in row.reasons]
    return {
        "id": row.id,
        "file": row.file,
        "line": row.line,
        "reasons": reasons,
        "values": dict(row.raw),
        "text": row.text,
    }


@quarantine.command("export")
def export(
    context: typer.Context,
    to: Annotated[
        Path | None, typer.Option("--to", help="The CSV file to write; standard output without it.")
    ] = None,
    source: Source = None,
    reason: Reason = None,
) -> None:
    """Write held rows as CSV, to be mended by hand and given to `replay --file`."""
    with opened(context) as space, _target(to) as target:
        number = held.export(space.engine, space.ledger, target, source=source, reason=reason)
        _told(space, source, "mending held rows", number)  # before anybody can read what was written
    output.err.print(f"{number:,} rows{f' written to {to}' if to else ''}.")


@contextmanager
def _target(to: Path | None) -> Iterator[TextIO]:
    """Give what is written to; it arrives, as the file or on standard output, when all of it is there."""
    if to is not None:
        with arriving(to) as place, place.open("w", encoding="utf-8", newline="") as target:
            yield target
        return
    with TemporaryFile("w+", encoding="utf-8", newline="") as target:
        yield target
        target.seek(0)
        shutil.copyfileobj(target, sys.stdout)


@quarantine.command("replay")
def replay(
    context: typer.Context,
    source: Source = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A mended export; without it, held rows as they are.")
    ] = None,
    json_: Json = False,
) -> None:
    """Try held rows again, with the definitions as they are now or with mended values. Figures change with the next
    refresh."""
    here = current(context)
    with (
        opened(context) as space,
        writing(space.home, "replay", here.clock),
        Staging(space.home.root, space.settings) as staging,
    ):
        done = held.replay(
            space.definitions(), space.engine, space.ledger, staging, here.clock,
            actor=space.actor, source=source, corrected=file,
        )  # fmt: skip
    rows = [{"source": r.parent.source, "file": r.parent.file, "tried": r.law.rows_in, "accepted": r.law.accepted,
             "held": r.law.held} for r in done]  # fmt: skip
    if json_:
        output.as_json(rows)
        return
    if rows:
        right = ("tried", "accepted", "held")
        output.table([list(row.values()) for row in rows], "source", "file", *right, right=right)
    tried, accepted = sum(r.law.rows_in for r in done), sum(r.law.accepted for r in done)
    output.say(f"{tried:,} rows tried: {accepted:,} accepted, {tried - accepted:,} still held.")
