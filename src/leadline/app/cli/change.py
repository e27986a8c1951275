"""`leadline change`: change requests of governed definitions: opened from the plan, listed, bound anew."""

from typing import Annotated, Any

import typer

from leadline.app import approving
from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.app.cli.plan import FromNow, FromPeriod, Restating, effective
from leadline.governance import change_requests as cr
from leadline.store.ledger_reader import LedgerReader
from leadline.workflow import Item

change = typer.Typer(
    name="change",
    help="Change requests: governed definitions change through them alone.",
    no_args_is_help=True,
)
Number = Annotated[int, typer.Argument(help="The work item's number.", metavar="ID")]


@change.command("open")
def open_request(
    context: typer.Context,
    because: Annotated[str, typer.Option("--because", help="Why the change is needed.")],
    title: Annotated[str, typer.Option("--title", help="In a few words.")] = "",
    since: FromPeriod = None,
    from_now: FromNow = False,
    restating: Restating = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only this one, and what changes because of it.", metavar="KIND:NAME"),
    ] = None,
    json_: Json = False,
) -> None:
    """Open a change request from the plan: bound to its hash, with the impact written and attached."""
    how = effective(since, from_now=from_now, restating=restating)
    with opened(context) as space:
        made = approving.opened(space, how, only=cr.nodes(" ".join(only or ())), because=because, title=title)
        with space.ledger.read() as reader:
            found = as_dict(reader, made)
    _print(found, json_=json_)


@change.command("list")
def list_requests(context: typer.Context, json_: Json = False) -> None:
    """List change requests, the newest first; those of an emergency say so for ever."""
    with opened(context) as space, space.ledger.read() as reader:
        found = [as_dict(reader, one) for one in cr.requests(reader)]
    if json_:
        output.as_json(found)
        return
    rows = [
        [one["item"], one["title"], one["state"], one["plan"][:12], "emergency" if one["emergency"] else ""]
        for one in found
    ]
    output.table(rows, "item", "change", "state", "plan", "")


@change.command("rebind")
def rebind(context: typer.Context, number: Number, json_: Json = False) -> None:
    """Bind a request to the plan as it is now: after an edit, every approval is void."""
    with opened(context) as space:
        made = approving.rebound(space, number)
        with space.ledger.read() as reader:
            found = as_dict(reader, made)
    _print(found, json_=json_)


def as_dict(reader: LedgerReader, one: Item) -> dict[str, Any]:
    """Give a request as JSON can say it."""
    return {
        "item": one.number,
        "title": one.title,
        "state": one.state,
        "author": one.author,
        "plan": one.content,
        "impact": one.fields.get("impact"),
        "takes_effect": one.fields.get("takes_effect"),
        "emergency": cr.in_emergency(one),
        "in_force": [{"kind": d.kind, "name": d.name, "deed": d.deed} for d in cr.deeds_of(reader, one)],
    }


def _print(one: dict[str, Any], *, json_: bool) -> None:
    if json_:
        output.as_json(one)
        return
    output.say(
        f"Work item {one['item']}: {one['title']} ({one['state']}), bound to the plan {one['plan'][:12]}."
    )
    output.say(str(one["impact"]))
