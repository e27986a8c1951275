"""`leadline board`: what waits for a board, and its meetings: called, opened, points decided, minutes approved."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.errors import GovernanceError
from leadline.governance import meetings as verbs
from leadline.governance.agenda import waiting
from leadline.governance.meeting import Meeting, meeting, meetings, told

board = typer.Typer(
    name="board", help="Boards: what waits for them, their meetings and minutes.", no_args_is_help=False,
    invoke_without_command=True,
)  # fmt: skip
Name = Annotated[str, typer.Argument(metavar="MEETING", help="A meeting: m7; `leadline board` lists them.")]
Board = Annotated[str, typer.Argument(metavar="BOARD", help="A board.")]


@board.callback()
def show_boards(context: typer.Context, json_: Json = False) -> None:
    """Show every meeting of every board, the newest first."""
    if context.invoked_subcommand is not None:
        return
    with opened(context) as space, space.ledger.read() as reader:
        found = meetings(reader)
    if json_:
        output.as_json([as_dict(one) for one in found])
        return
    rows = [[m.id, m.board, m.on, m.state, f"{len(m.rulings)} of {len(m.points)}"] for m in found]
    output.table(rows, "meeting", "board", "day", "state", "decided")


@board.command("agenda")
def agenda(context: typer.Context, name: Board, json_: Json = False) -> None:
    """Show what waits for a board: work items that it is asked about, and contested owners."""
    with opened(context) as space:
        catalog = space.definitions()
        with space.ledger.read() as reader:
            found = waiting(reader, catalog, name)
    if json_:
        output.as_json([asdict(one) for one in found])
    else:
        output.table([[one.item or "", one.title, one.about] for one in found], "item", "point", "")


@board.command("call")
def call(
    context: typer.Context,
    name: Board,
    on: Annotated[str, typer.Option("--on", help="The day: 2026-11-12.")],
    point: Annotated[list[str] | None, typer.Option("--point", help="A point of your own; again for more.")] = None,
    json_: Json = False,
) -> None:  # fmt: skip
    """Call a meeting: its agenda is what waits for the board, and your own points."""
    with opened(context) as space:
        catalog = space.definitions()
        with space.ledger.write(actor=space.actor) as writer:
            made = verbs.call(
                writer, catalog, name, on=_day(on), points=waiting(writer, catalog, name), own=point or ()
            )
    _print(made, json_=json_)


@board.command("show")
def show(context: typer.Context, name: Name, json_: Json = False) -> None:
    """Show a meeting: agenda, who was there, what was decided and by which votes, the minutes."""
    with opened(context) as space, space.ledger.read() as reader:
        found = meeting(reader, name)
    _print(found, json_=json_)


@board.command("add")
def add(
    context: typer.Context,
    name: Name,
    title: Annotated[str, typer.Argument(help="The point, in words.")] = "",
    item: Annotated[int | None, typer.Option("--item", help="The work item that it is.")] = None,
    json_: Json = False,
) -> None:
    """Put a point on the agenda."""
    _do(context, lambda writer, catalog: verbs.add(writer, catalog, name, title, number=item), json_=json_)


@board.command("begin")
def begin(
    context: typer.Context,
    name: Name,
    chair: Annotated[str, typer.Option("--chair", help="Who leads it.")],
    present: Annotated[str, typer.Option("--present", help="Who is there: ann,ben,cy.")],
    json_: Json = False,
) -> None:
    """Open a meeting: who is there decides whether it has its quorum."""
    here = present.split(",")
    _do(
        context,
        lambda writer, catalog: verbs.begin(writer, catalog, name, chair=chair, present=here),
        json_=json_,
    )


@board.command("decide")
def decide(
    context: typer.Context,
    name: Name,
    point: Annotated[str, typer.Argument(help="The point's number.")],
    outcome: Annotated[str, typer.Argument(help="approved, refused, deferred or noted.")],
    because: Annotated[str, typer.Option("--because", help="Why, and what follows.")] = "",
    yes: Annotated[str, typer.Option("--yes", help="Who is for it: ann,ben.")] = "",
    no: Annotated[str, typer.Option("--no", help="Who is against it.")] = "",
    json_: Json = False,
) -> None:  # fmt: skip
    """Record what was decided on a point. Of an item that asks the board, its votes are those on the item."""
    _do(
        context,
        lambda writer, catalog: verbs.decide(
            writer, catalog, name, point, outcome, because=because, in_favour=_names(yes), against=_names(no)
        ),
        json_=json_,
    )


@board.command("minutes")
def minutes(
    context: typer.Context,
    name: Name,
    text: Annotated[str, typer.Argument(help="The minutes; @FILE reads them from a file.")],
    json_: Json = False,
) -> None:
    """Write the minutes of a meeting, or write them anew while nobody has approved them."""
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise GovernanceError(f"{text[1:]} is no text that can be read.", code="meeting-text") from None
    _do(context, lambda writer, catalog: verbs.write(writer, catalog, name, text), json_=json_)


@board.command("approve")
def approve(
    context: typer.Context,
    name: Name,
    content: Annotated[str, typer.Option("--hash", help="The hash of the minutes that you have read.")],
    json_: Json = False,
) -> None:
    """Approve the minutes that you have read, by their hash; another member has written them."""
    _do(context, lambda writer, catalog: verbs.approve(writer, catalog, name, content), json_=json_)


def as_dict(one: Meeting) -> dict[str, Any]:
    """Give a meeting as JSON says it."""
    return asdict(one) | {"state": one.state, "has_quorum": one.has_quorum}


def _do(context: typer.Context, verb: Any, *, json_: bool) -> None:
    with opened(context) as space:
        catalog = space.definitions()
        with space.ledger.write(actor=space.actor) as writer:
            made = verb(writer, catalog)
    _print(made, json_=json_)


def _print(one: Meeting, *, json_: bool) -> None:
    if json_:
        output.as_json(as_dict(one))
        return
    quorum = "quorum" if one.has_quorum else "no quorum"
    here = f"; {one.chair} leads, present {', '.join(one.present)} ({quorum})" if one.present else ""
    output.say(f"{one.id}: {one.title}, {one.on}, {one.state}{here}.")
    rows = [
        [point.key, point.title, point.item or "", told(one.rulings[point.key]) if point.key in one.rulings else ""]
        for point in one.points
    ]  # fmt: skip
    output.table(rows, "", "point", "item", "decided")
    if one.minutes:
        approved = f", approved by {one.approved_by}" if one.approved_by else ", not approved yet"
        output.say(f"Minutes by {one.written_by}{approved}; hash {one.hash}\n{one.minutes}")


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise GovernanceError(
            f"{text!r} is not a day.", code="meeting-day", hint="Write 2026-11-12."
        ) from None
