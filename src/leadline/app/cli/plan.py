"""`leadline plan`, `leadline apply`, `leadline withdraw`: what the working definitions would change, and doing it."""

import re
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from leadline.app.applying import apply_plan
from leadline.app.applying import withdraw as withdraw_candidate
from leadline.app.approving import apply_approved
from leadline.app.cli import output
from leadline.app.cli.backtest import show_test
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import allowed, opened, told
from leadline.app.planning import back_tested, planned
from leadline.app.wiring import Workspace, open_published
from leadline.catalog.definitions import GRAINS, Grain
from leadline.catalog.differences import KeyChange
from leadline.catalog.plan import Change, Effective, Plan
from leadline.errors import DefinitionError, QueryError
from leadline.governance.apply import chosen
from leadline.governance.backtest_results import BackTest
from leadline.governance.timelines import Node
from leadline.governance.trying import comparison

ROWS = "ingest:row:read"
EXAMPLES = 5
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
    test: Annotated[
        bool, typer.Option("--backtest", help="Compute both versions over past periods, side by side.")
    ] = False,
    periods: Annotated[int, typer.Option("--periods", min=1, max=60, help="So many past periods.")] = 6,
    grain: Annotated[str, typer.Option("--grain", help="day, week, month, quarter or year.")] = "month",
    script: Annotated[
        bool,
        typer.Option("--exit-code", help="Exit with 10 where something changes, 11 where something breaks."),
    ] = False,
    json_: Json = False,
) -> None:
    """Show what the working definitions would change, and whom it concerns. Changes nothing."""
    with opened(context) as space:
        found = planned(space, effective(since, from_now=from_now, restating=restating))
        if grain not in GRAINS:
            raise QueryError(
                f"{grain!r} is no grain.", code="unknown-grain", hint=f"One of {', '.join(GRAINS)}."
            )
        both = _tested(space, found, periods, grain) if test else None
    if json_:
        output.as_json({**found.as_dict(), **({"backtest": both.as_dict()} if both else {})})
    else:
        show(found)
        if both:
            show_test(both)
    if script and found.changes:
        raise typer.Exit(BREAKS if found.breaking else CHANGES)


def _tested(space: Workspace, found: Plan, periods: int, grain: Grain) -> BackTest:
    """Test a plan; the rows that move are shown to who may see rows, and that stands in the journal."""
    few = EXAMPLES if allowed(space, ROWS) else 0
    made = back_tested(space, found, viewer=space.viewer, periods=periods, grain=grain, examples=few)
    shown = sum(len(one.moved.examples) for one in made.metrics if one.moved)
    told(space, ROWS, f"plan:{found.hash[:12]}", purpose="rows that a change moves", subjects=shown)
    return made


def apply(
    context: typer.Context,
    since: FromPeriod = None,
    from_now: Annotated[bool, typer.Option("--from-now", help="For periods that begin from now on.")] = False,
    restating: Restating = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only this one, and what changes because of it.", metavar="KIND:NAME"),
    ] = None,
    bound_to: Annotated[
        str | None, typer.Option("--plan", help="Only if this is still the plan.", metavar="HASH")
    ] = None,
    parallel: Annotated[
        bool, typer.Option("--parallel", help="Compute metrics beside those in force, as candidates.")
    ] = False,
    lasting: Annotated[
        str | None,
        typer.Option(
            "--for", help="With --parallel: for so many whole periods, then it ends.", metavar="'3 months'"
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Bring what is governed and written into force, with the next refresh. Say from which periods on."""
    if not parallel and not (since is not None or from_now or restating):
        raise QueryError("Say from when on the changes count.", code="plan-effective",
                         hint="--from DAY, --from-now or --restating; `leadline plan` shows them.")  # fmt: skip
    how = effective(since, from_now=from_now, restating=restating)
    now = current(context)
    with opened(context) as space:
        nodes = [_node(text) for text in only or ()]
        if not parallel:
            _approved(space, how, nodes, bound_to, json_=json_)
            return
        done = apply_plan(
            space, now.clock, how, only=nodes, bound_to=bound_to, parallel=True, lasting=_lasting(lasting)
        )
    if json_:
        output.as_json({"plan": done.plan.as_dict(), "deeds": [asdict(deed) for deed in done.deeds]})
        return
    show(done.plan)
    output.say("It is computed beside what is in force from the next refresh on: leadline refresh")


_LASTING = re.compile(r"^([1-9][0-9]?) (day|week|month|quarter|year)s?$")


def _lasting(text: str | None) -> tuple[int, Grain] | None:
    """Read for how many whole periods a candidate is computed. Raises QueryError."""
    found = _LASTING.match(text) if text else None
    if text and found is None:
        raise QueryError(f"{text!r} is no number of periods.", code="unknown-grain", hint="Write '3 months'.")
    return (int(found[1]), found[2]) if found else None  # type: ignore[return-value]  # the pattern allows grains only


def _approved(
    space: Workspace, how: Effective, nodes: list[Node], bound_to: str | None, *, json_: bool
) -> None:
    """Bring what a change request has approved into force. Raises DefinitionError where none has."""
    found = chosen(planned(space, how), nodes)
    if bound_to is not None and bound_to != found.hash:
        raise DefinitionError(
            f"The plan is not {bound_to[:12]} but {found.hash[:12]}: something was edited, or is to take effect "
            "otherwise.", code="apply-another", hint="Look at it again: leadline plan",
        )  # fmt: skip
    number, deeds = apply_approved(space, found.hash)
    if json_:
        output.as_json({"plan": found.as_dict(), "item": number, "deeds": [asdict(deed) for deed in deeds]})
        return
    show(found)
    output.say(f"It is in force from the next refresh on, by work item {number}: leadline refresh")


def withdraw(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="The metric whose candidate is given up.")],
    json_: Json = False,
) -> None:
    """Compute a candidate no longer."""
    with opened(context) as space:
        deed = withdraw_candidate(space, metric)
    if json_:
        output.as_json(asdict(deed))
    else:
        output.say(f"The candidate of {metric} is withdrawn, from the next refresh on.")


def candidate(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="The metric.")],
    json_: Json = False,
) -> None:
    """Show a candidate beside the version in force, as the last refresh that computed both saw them."""
    with opened(context) as space:
        found = comparison(open_published(space), metric, viewer=space.viewer)
    if json_:
        output.as_json(dict(found))
        return
    versions = f"version {found['in_force']} in force, version {found['candidate']} beside it"
    output.say(f"{metric}: {versions}; as of {found['as_of']}.")
    rows = []
    for pair in found["pairs"]:
        sides = [pair[side] or {} for side in ("in_force", "candidate")]
        cells = [
            cell
            for one in sides
            for cell in (*(output.number(one.get(k)) for k in ("value", "low", "high")), one.get("n"))
        ]
        rows.append([pair["period"], *cells, (pair["candidate"] or {}).get("status", "")])
    numbers = ("in force", "low", "high", "n", "candidate", "low ", "high ", "n ")
    output.table(rows, "period", *numbers, "status", right=numbers)


def _node(text: str) -> tuple[str, str]:
    kind, colon, name = text.partition(":")
    if not colon or not name:
        raise QueryError(f"{text!r} names no definition.", code="bad-definition", hint="Write metric:csat.")
    return kind, name


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
        output.say(
            f"{governed} governed: in force only when applied: leadline apply --plan {found.to_apply.hash}"
        )
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
