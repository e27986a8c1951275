"""`leadline ownership`: who answers for definitions, what is open, and the gaps that a reorganisation leaves."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.governance.ownership.gaps import gaps as find_gaps
from leadline.governance.ownership.machine import Split, What
from leadline.governance.ownership.verbs import Ownership, act, find, ownerships, read_split

ownership = typer.Typer(
    name="ownership", help="Who answers for definitions: proposed, accepted, contested, shared.",
    no_args_is_help=False, invoke_without_command=True,
)  # fmt: skip

Kind = Annotated[str, typer.Argument(metavar="KIND", help="metric, scorecard, source …")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Which one.")]
Holders = Annotated[list[str], typer.Argument(metavar="WHO…", help="ann, or ann=60 ben=40.")]
Because = Annotated[str, typer.Option("--because", help="Why.")]


@ownership.callback()
def show(
    context: typer.Context,
    gaps: Annotated[bool, typer.Option("--gaps", help="Only what is not in order.")] = False,
    json_: Json = False,
) -> None:
    """Show who answers for each definition, or what a reorganisation has left behind."""
    if context.invoked_subcommand is not None:
        return
    with opened(context) as space:
        catalog = space.definitions()
        with space.ledger.read() as reader:
            found = ownerships(reader, catalog)
        today = current(context).clock.now().date()
        missing = find_gaps(catalog, found, today) if gaps else []
    if gaps:
        _show_gaps(missing, json_=json_, declared=bool(catalog.persons))
    elif json_:
        output.as_json([as_dict(one) for one in found])
    else:
        rows = [
            [one.definition.kind, one.definition.name, _owners(one), one.state, ", ".join(one.lacking)]
            for one in found
            if one.state != "nobody" or one.definition.owner
        ]
        output.table(rows, "kind", "definition", "answers for it", "state", "waits for")


def _show_gaps(missing: list[Any], *, json_: bool, declared: bool) -> None:
    if json_:
        output.as_json([asdict(one) for one in missing])
        return
    output.table([[g.gap, g.kind, g.name, g.sentence] for g in missing], "gap", "kind", "definition", "what")
    output.say(f"{len(missing)} gaps." if missing else "No gaps.")
    if not declared:
        output.say("No people are declared (kind: person): whether owners are still there cannot be told.")


@ownership.command("propose")
def propose(
    context: typer.Context, kind: Kind, name: Name, who: Holders, because: Because = "", json_: Json = False
) -> None:
    """Propose who should answer for a definition, alone or with shares."""
    _do(context, kind, name, "propose", read_split(who), because, json_=json_)


@ownership.command("accept")
def accept(
    context: typer.Context, kind: Kind, name: Name, because: Because = "", json_: Json = False
) -> None:
    """Accept a proposal: as one who is named, or as present owner or steward."""
    _do(context, kind, name, "accept", (), because, json_=json_)


@ownership.command("decline")
def decline(
    context: typer.Context, kind: Kind, name: Name, because: Because = "", json_: Json = False
) -> None:
    """Decline to answer for it."""
    _do(context, kind, name, "decline", (), because, json_=json_)


@ownership.command("withdraw")
def withdraw(
    context: typer.Context, kind: Kind, name: Name, because: Because = "", json_: Json = False
) -> None:
    """Take one's own proposal back."""
    _do(context, kind, name, "withdraw", (), because, json_=json_)


@ownership.command("contest")
def contest(
    context: typer.Context, kind: Kind, name: Name, because: Because = "", json_: Json = False
) -> None:
    """Contest a proposal, or who answers for it now."""
    _do(context, kind, name, "contest", (), because, json_=json_)


@ownership.command("settle")
def settle(
    context: typer.Context, kind: Kind, name: Name, who: Holders, because: Because = "", json_: Json = False
) -> None:
    """Settle a contest: who answers for it from now on."""
    _do(context, kind, name, "settle", read_split(who), because, json_=json_)


@ownership.command("lay-down")
def lay_down(
    context: typer.Context, kind: Kind, name: Name, because: Because = "", json_: Json = False
) -> None:
    """Answer for it no longer."""
    _do(context, kind, name, "lay_down", (), because, json_=json_)


def _do(
    context: typer.Context, kind: str, name: str, what: What, split: Split, because: str, *, json_: bool
) -> None:
    with opened(context) as space:
        catalog = space.definitions()
        one = find(catalog, kind, name)
        with space.ledger.write(actor=space.actor) as writer:
            after = act(writer, catalog, one, what, split=split, because=because)
    if json_:
        output.as_json(as_dict(after))
        return
    output.say(f"{kind} {name}: {after.state}, {_owners(after) or 'nobody'}.")
    if after.lacking:
        output.say(f"It waits for {', '.join(after.lacking)}.")


def _owners(one: Ownership) -> str:
    held = [f"{h.holder} {h.share:g} %" if h.share < 100 else h.holder for h in one.standing.holders]
    return ", ".join(held or one.standing.declared)


def as_dict(one: Ownership) -> dict[str, Any]:
    """Give an ownership as JSON can say it."""
    raci = one.definition.raci
    return {
        "kind": one.definition.kind,
        "name": one.definition.name,
        "state": one.state,
        "owners": [asdict(h) for h in one.standing.holders],
        "declared": list(one.standing.declared),
        "raci": raci.model_dump(mode="json") if raci else None,
        "proposed": [asdict(h) for h in one.standing.proposed],
        "proposed_by": one.standing.proposer or None,
        "contested_by": one.standing.contester or None,
        "because": one.standing.because or None,
        "lacking": list(one.lacking),
        "history": [asdict(event) for event in one.history],
    }
