"""`leadline audit`: what was written, and whether the record of it is whole."""

from dataclasses import asdict
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.wiring import workspace
from leadline.store.journal import verify as verify_journal

audit = typer.Typer(name="audit", help="The journal of every write.", no_args_is_help=True)


@audit.command("verify")
def verify(context: typer.Context, json_: Json = False) -> None:
    """Prove that no row of the journal was changed, removed, inserted or moved. Exit code 1 when one was."""
    with workspace(current(context).root) as space, space.ledger.read() as reader:
        faults = verify_journal(reader)
    if json_:
        output.as_json({"faults": [str(fault) for fault in faults]})
    else:
        for fault in faults:
            output.say(str(fault))
        output.say(f"{len(faults)} faults." if faults else "The journal is whole.")
    if faults:
        raise typer.Exit(1)


@audit.command("log")
def log(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", help="How many rows, the newest first.")] = 20,
    json_: Json = False,
) -> None:
    """Show the newest writes."""
    with workspace(current(context).root) as space, space.ledger.read() as reader:
        rows = list(reader.journal(limit=limit))
    if json_:
        output.as_json([asdict(row) for row in rows])
    else:
        output.table(
            [[r.seq, r.at, r.actor, r.verb, r.subject] for r in rows], "seq", "at", "actor", "verb", "subject"
        )
