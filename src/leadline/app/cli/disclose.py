"""`leadline disclose`: the package an auditor asks for, of one generation, with every file's hash."""

from pathlib import Path
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.app.disclosure.contents import disclosed
from leadline.app.disclosure.writing import write
from leadline.app.wiring import open_published


def disclose(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new folder for the package.", metavar="DIR")],
    scorecard: Annotated[
        str | None, typer.Option("--scorecard", help="Of one scorecard and what it stands on.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", help="Of these metrics; again for more.")
    ] = None,
    generation: Annotated[str | None, typer.Option("--generation", help="An earlier generation.")] = None,
    json_: Json = False,
) -> None:
    """Write definitions in force, sources, checks, formulas, figures and approvals as HTML, PDF, JSON and CSV."""
    with opened(context) as space:
        published = open_published(space, generation)
        manifest = write(disclosed(space, published, scorecard=scorecard, metrics=metric or ()), folder)
    if json_:
        output.as_json(manifest)
    else:
        output.say(f"{len(manifest['files'])} files in {folder}, of generation {manifest['generation']}.")
        output.say(f"The journal's last row: {manifest['journal']['seq']}:{manifest['journal']['hash']}")
