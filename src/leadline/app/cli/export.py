"""`leadline export epm`: every closed figure as a flat table, for planning systems."""

from pathlib import Path
from typing import Annotated

import typer

from leadline.app import epm as flat
from leadline.app.cli import output
from leadline.app.cli.opening import opened
from leadline.app.wiring import open_published
from leadline.errors import ExportError
from leadline.store.home import arriving

export = typer.Typer(name="export", help="Tables for other systems.", no_args_is_help=True)


@export.command("epm")
def epm(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A file: .csv or .parquet.")],
    since: Annotated[
        str, typer.Option("--since", help="Only what came after this cursor, as an earlier run printed it.")
    ] = flat.START,
) -> None:
    """Write closed figures and their restatements; print the cursor that the next run goes on from."""
    if out.suffix not in {".csv", ".parquet"}:
        raise ExportError(f"{out.name} is neither .csv nor .parquet.", code="export-format")
    with opened(context) as space:
        published = open_published(space)
        with space.ledger.read() as reader:
            found = flat.page(published, reader.frozen, space.viewer, cursor=since)
    with arriving(out) as place:
        if out.suffix == ".csv":
            place.write_text(flat.as_csv(found.rows), encoding="utf-8")
        else:
            flat.write_parquet(found.rows, place)
    output.say(f"{out}: {len(found.rows):,} rows. Go on from: --since {found.cursor}")
