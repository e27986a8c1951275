"""`leadline quarantine`: rows that were not accepted, why, and how they get in after all. Exports are journalled: the
rows may hold personal data."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.wiring import workspace
from leadline.ingest import quarantine as held
from leadline.ingest.held import HeldRow
from leadline.store.lock import writing
from leadline.store.staging import Staging

quarantine = typer.Typer(
    name="quarantine", help="Rows that were not accepted, and why.", no_args_is_help=True
)

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
    with workspace(current(context).root) as space:
        if rows:
            found = list(held.rows(space.engine, space.ledger, source=source, reason=reason))
            _print_rows(found, json_=json_)
            return
        groups = held.groups(space.engine, space.ledger, source=source)
    groups = [g for g in groups if reason in (None, g.code, g.reason)]
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
    with workspace(current(context).root) as space:
        if to is None:
            number = held.export(space.engine, space.ledger, sys.stdout, source=source, reason=reason)
        else:
            with to.open("w", encoding="utf-8", newline="") as target:
                number = held.export(space.engine, space.ledger, target, source=source, reason=reason)
        with space.ledger.write(actor=space.actor) as writer:
            said = {"rows": number, "source": source, "reason": reason, "purpose": "mending held rows"}
            writer.note("export_held", "quarantine", None, said)
    output.err.print(f"{number:,} rows{f' written to {to}' if to else ''}.")


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
        workspace(here.root) as space,
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
