"""`leadline plan`: what the working definitions would change, of what is in force."""

from datetime import date
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.planning import planned
from leadline.app.wiring import workspace
from leadline.catalog.differences import KeyChange
from leadline.catalog.plan import Change, Effective, Plan
from leadline.errors import QueryError

CHANGES = 10
BREAKS = 11
SHOWN = 8
"""So many of an owner's definitions are named; `--json` names all."""
_SIGN = {"added": "+", "removed": "-", "meaning": "~", "words": "·"}
_WORDS = {
    "added": "new",
    "removed": "removed",
    "meaning": "means something else",
    "words": "only described otherwise",
}

FromPeriod = Annotated[
    str | None, typer.Option("--from", help="For periods that begin on this day or later.", metavar="DAY")
]
FromNow = Annotated[
    bool, typer.Option("--from-now", help="For periods that begin from now on (the default).")
]
Restating = Annotated[
    bool, typer.Option("--restating", help="For all periods, also those that were published.")
]


def plan(
    context: typer.Context,
    since: FromPeriod = None,
    from_now: FromNow = False,
    restating: Restating = False,
    script: Annotated[
        bool,
        typer.Option("--exit-code", help="Exit with 10 where something changes, 11 where something breaks."),
    ] = False,
    json_: Json = False,
) -> None:
    """Show what the working definitions would change, and whom it concerns. Changes nothing."""
    with workspace(current(context).root) as space:
        found = planned(space, effective(since, from_now=from_now, restating=restating))
    if json_:
        output.as_json(found.as_dict())
    else:
        show(found)
    if script and found.changes:
        raise typer.Exit(BREAKS if found.breaking else CHANGES)


def effective(since: str | None, *, from_now: bool, restating: bool) -> Effective:
    """Read from when on changes are to count. Raises QueryError when two ways are asked for, or a day is none."""
    if sum((since is not None, from_now, restating)) > 1:
        raise QueryError("Changes take effect in one way.", code="plan-effective",
                         hint="Say --from DAY, --from-now or --restating.")  # fmt: skip
    if since is None:
        return Effective("restating" if restating else "from_now")
    try:
        return Effective("from_period", date.fromisoformat(since))
    except ValueError as error:
        raise QueryError(f"{since!r} is no day.", code="unknown-instant", hint="Write 2026-07-01.") from error


def show(found: Plan) -> None:
    """Print a plan for people."""
    if not found.changes:
        output.say("Nothing changes.")
        return
    for change in found.changes:
        _show(change)
    output.say("")
    for owner, theirs in found.owners.items():
        more = f" and {len(theirs) - SHOWN} more" if len(theirs) > SHOWN else ""
        output.say(f"{owner or 'nobody'} owns {', '.join(theirs[:SHOWN])}{more}.")
    counts = {what: sum(c.what == what for c in found.changes) for what in _SIGN}
    said = ", ".join(f"{n} {_WORDS[what]}" for what, n in counts.items() if n)
    output.say(f"{said}; {'breaking' if found.breaking else 'nothing breaks'}; {found.effective}.")
    governed = len(found.governed)
    if governed:
        output.say(f"{governed} governed: in force only when applied (`leadline apply`).")
    output.say(f"Plan {found.hash}")


def _show(change: Change) -> None:
    governed = ", governed" if change.governed else ""
    output.say(f"{_SIGN[change.what]} {change.label}: {_WORDS[change.what]}{governed}")
    for key in change.keys:
        output.say(f"    {key_said(key)}")
    for below in change.beneath:
        output.say(f"    beneath it, {below}")
    for reason in change.breaking:
        output.say(f"    breaks: {reason}")
    if change.dependants:
        output.say(f"    on it stand {', '.join(f'{d.kind} {d.name}' for d in change.dependants)}")


def key_said(key: KeyChange) -> str:
    """Say what became of one key."""
    if key.before is None:
        return f"{key.path}: {key.after} (new)"
    if key.after is None:
        return f"{key.path}: {key.before} (gone)"
    return f"{key.path}: {key.before} → {key.after}"
