"""`leadline pull`: what is in force in the ledger comes into the working folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.app.pulling import Difference, pull, write
from leadline.catalog.documents import PROJECT_FILE
from leadline.errors import DefinitionError
from leadline.settings import Settings
from leadline.store.home import Home
from leadline.store.ledger import Ledger

_SIGN = {"missing": "+", "drifted": "~", "gone": "-", "edited": "~", "only here": "-", "unreadable": "-"}
_WORDS = {
    "missing": "is written, version {version}",
    "drifted": "is version {version} again; what stood here is kept in the ledger",
    "gone": "goes: it is in force no more, and kept in the ledger",
    "edited": "is version {version} again; it was edited here and never applied",
    "only here": "goes: the ledger never saw it",
    "unreadable": "is written anew: it could not be read",
}
_LEFT = {
    "edited": "was edited here and never applied: left as it is",
    "only here": "is nowhere but here: left as it is",
    "unreadable": "cannot be read: left as it is",
}


def pull_definitions(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would change.")] = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Also what was edited here and never applied; it is set aside."),
    ] = False,
    json_: Json = False,
) -> None:
    """Write the definitions in force in the ledger into this folder; what was edited here is left alone, and said.

    A folder without a project takes the ledger from LEADLINE_LEDGER. Exits with 1 where something was left.
    """
    here = current(context)
    root, now = here.root.resolve(), here.clock.now()
    with _ledger(context) as ledger, ledger.read() as reader:
        found = pull(root, reader, now, overwrite=overwrite)
    if not dry_run:
        Home(root / ".leadline").prepare()
        found = write(root, found, now)
    if json_:
        said = {"differences": [asdict(one) for one in found.differences], "files": sorted(found.texts)}
        output.as_json({**said, "written": not dry_run, "set_aside": found.aside or None})
    else:
        _show(found.differences, aside=found.aside, dry_run=dry_run)
    if found.left:
        raise typer.Exit(1)


@contextmanager
def _ledger(context: typer.Context) -> Iterator[Ledger]:
    """Open the project's ledger; for a folder that is no project yet, the one that the environment names: who has its
    address may read it."""
    here = current(context)
    if (here.root / PROJECT_FILE).is_file():
        with opened(context) as space:
            yield space.ledger
        return
    settings, home = Settings.from_environment(), Home(here.root.resolve() / ".leadline")
    if not settings.ledger and not (home.root / "ledger.sqlite").is_file():
        raise DefinitionError(
            f"{here.root} has no ledger to pull from.", code="no-project",
            hint="Name the company's: LEADLINE_LEDGER=postgresql://… leadline pull",
        )  # fmt: skip
    ledger = Ledger(settings.ledger or home.ledger_url, here.clock)
    try:
        yield ledger
    finally:
        ledger.close()


def _show(found: tuple[Difference, ...], *, aside: str, dry_run: bool) -> None:
    if not found:
        output.say("Nothing to do: the folder says what is in force.")
        return
    for one in found:
        named = f"{one.kind} {one.name} " if one.kind else ""
        words = (
            _LEFT.get(one.what, "is left as it is")
            if one.left
            else _WORDS[one.what].format(version=one.version)
        )
        output.say(f"{'!' if one.left else _SIGN[one.what]} {one.file}: {named}{words}")
    if any(one.left for one in found):
        output.say("`leadline plan` shows what is left; `--overwrite` takes it back, and sets it aside.")
    if aside:
        output.say(f"What was edited is kept in {aside}.")
    if dry_run:
        output.say("Nothing was written: this was --dry-run.")
