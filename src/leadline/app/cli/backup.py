"""`leadline backup` and `restore`: a copy of all that a project keeps, and a project made from one."""

from pathlib import Path
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.errors import DefinitionError
from leadline.settings import Settings
from leadline.store.backup import Backup, Kept
from leadline.store.backup import backup as make
from leadline.store.backup import restore as bring_back
from leadline.store.home import Home


def backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new folder for the copy.")],
    json_: Json = False,
) -> None:
    """Copy ledger, rows and landed records into a new folder, while others work. Definitions are in your files."""
    here = current(context)
    with opened(context) as space:
        kept = Kept(space.settings.ledger or space.home.ledger_url, space.engine, space.home)
        made = make(kept, folder, here.clock, _silent)
    _say(made, f"Copied to {folder}", json_=json_)


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder that `leadline backup` wrote.")],
    json_: Json = False,
) -> None:
    """Bring a copy back into a project that has its definitions and nothing else; then run `leadline refresh`."""
    here = current(context)
    root = here.root.resolve()
    if not (root / "leadline.yaml").is_file():
        raise DefinitionError(
            f"{root} is not a Leadline project: it has no leadline.yaml.",
            code="no-project",
            hint="Bring the definitions first; the copy is of what was kept, not of your files.",
        )
    made = bring_back(
        folder, Settings.from_environment().ledger, Home(root / ".leadline"), here.clock, _silent
    )
    _say(made, f"Restored from {folder}; run `leadline refresh` to publish it", json_=json_)


def _silent(_what: str, _done: int, _total: int) -> None:
    """Show nothing: copying is as fast as the disk."""


def _say(made: Backup, what: str, *, json_: bool) -> None:
    if json_:
        output.as_json(
            {"relations": made.relations, "files": len(made.files), "anchor": f"{made.seq}:{made.hash}"}
        )
    else:
        output.say(
            f"{what}: {made.relations} sets of rows, {len(made.files)} files, the journal up to {made.seq}:{made.hash}."
        )
