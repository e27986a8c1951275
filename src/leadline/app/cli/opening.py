"""The one place where commands open a project: who acts is found out, and whether the command is theirs to run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from leadline.app.acting import acting, nobody, owns
from leadline.app.cli.context import current
from leadline.app.cli.permissions import COMMANDS, Need
from leadline.app.personal import tell
from leadline.app.wiring import Workspace, workspace
from leadline.catalog.permissions import FILES, OPEN
from leadline.clock import Clock
from leadline.errors import AccessError
from leadline.governance.access import Person, may

BY_OWNER = frozenset({"people os-user"})
"""What the owner of the project's files may also do: else nobody could mend a project whose accounts reach nobody."""


@contextmanager
def opened(
    context: typer.Context, *, root: Path | None = None, clock: Clock | None = None
) -> Iterator[Workspace]:
    """Open the project for a command, for who runs it.

    Raises:
        AccessError: there are accounts, and who runs this is none of them, or may not run it.
    """
    here, command = current(context), name_of(context)
    with workspace(root or here.root, clock=clock or here.clock) as space:
        yield _admitted(space, command, COMMANDS.get(command))


def name_of(context: typer.Context) -> str:
    """Name a command by its words: `quarantine list`."""
    words, one = [], context
    while one.parent is not None:
        words.append(one.info_name or "")
        one = one.parent  # type: ignore[assignment] # typer's context has typer's contexts above it
    return " ".join(reversed(words))


def _admitted(space: Workspace, command: str, need: Need | None) -> Workspace:
    if need is None:
        raise AccessError(
            f"Nobody said who may run `leadline {command}`.", code="no-access", hint="Report this, please."
        )
    if need.permission == FILES:
        return replace(space, person=nobody(space))
    if command in BY_OWNER and owns(space):
        return space
    person = acting(space, space.clock.now())
    return space if person is None else run_by(space, person, need)


def run_by(space: Workspace, person: Person, need: Need) -> Workspace:
    """Give the project as somebody has it who runs a command that needs something.

    Raises:
        AccessError: they may not run it (`no-access`).
    """
    made = replace(space, actor=person.name, person=person)
    if need.permission != OPEN:
        require(made, need.permission, everywhere=need.everywhere)
    return made


def allowed(space: Workspace, permission: str, *, unit: str | None = None) -> bool:
    """Tell whether who acts may do something."""
    return space.person is None or may(space.person, permission, unit=unit).allowed


def require(space: Workspace, permission: str, *, unit: str | None = None, everywhere: bool = False) -> None:
    """Refuse what who acts may not do, and say why and what to ask for.

    Raises:
        AccessError: they may not (`no-access`).
    """
    if space.person is None:
        return
    decided = may(space.person, permission, unit=unit, everywhere=everywhere)
    if not decided.allowed:
        grant = f"leadline people grant {space.person.name} ROLE{f' --unit {unit}' if unit else ''}"
        raise AccessError(
            f"This needs the permission {permission}; {decided.why}.", code="no-access",
            hint=f"Ask an administrator for a role that holds it ({grant}); leadline access roles lists them.",
        )  # fmt: skip


def told(space: Workspace, permission: str, what: str, *, purpose: str, subjects: int) -> None:
    """Write into the journal that personal data are about to be shown. Raises BusyError; then they are not shown."""
    tell(space.ledger, space.actor, permission, what, purpose=purpose, subjects=subjects)
