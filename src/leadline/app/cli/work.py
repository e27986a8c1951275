"""`leadline work`: items that people have to do or decide: mine, all, one; open, move on, comment, assign, attach."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.app.cli.work_said import item_said, list_said, notice_said, show_item, show_list
from leadline.app.wiring import Workspace, open_published
from leadline.app.work import (
    Office,
    check_links,
    look,
    looked_said,
    of_finding,
    parse_link,
    pinned,
    shows,
    without_figures,
)
from leadline.errors import NothingPublished, WorkError, suggest
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import Item, act, assign, attach, comment, item, items, link, open_item, set_due
from leadline.workflow.declared import declared, find
from leadline.workflow.files import LARGEST, keep
from leadline.workflow.machine import offers
from leadline.workflow.people import People, groups

work = typer.Typer(
    name="work", help="Work items: what people have to do or decide.", invoke_without_command=True
)
Number = Annotated[int, typer.Argument(help="The item's number.", metavar="ID")]
Fields = Annotated[
    list[str] | None, typer.Option("--field", "-f", help="NAME=VALUE of the form; @FILE reads a text from a file.")
]  # fmt: skip
Due = Annotated[str | None, typer.Option("--due", help="Until when: 2026-05-31.")]
Assignee = Annotated[str | None, typer.Option("--assignee", help="A person, `role steward` or `board NAME`.")]
Links = Annotated[list[str] | None, typer.Option("--link", help="KIND:NAME, as metric:nps; again for more.")]


@work.callback()
def mine(context: typer.Context, json_: Json = False) -> None:
    """Show what is given to you, what is due first at the top, and what you were told."""
    if context.invoked_subcommand is not None:
        return
    with opened(context) as space:
        office = Office.within(space, current(context).clock.now().date())
        me = my_names(space, office)
        with space.ledger.read() as reader:
            found = items(reader, Wanted(assignees=me, closed=False))
            told = reader.work.notices(me)
        now, zone = current(context).clock.now(), _zone(space)
    if json_:
        output.as_json(
            {"items": [list_said(one, now) for one in found], "told": [notice_said(one) for one in told]}
        )
        return
    show_list(found, now, zone)
    for one in told[:10]:
        output.say(f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}  {one.item}: {one.text}")


@work.command("list")
def list_items(
    context: typer.Context,
    text: Annotated[
        str | None, typer.Option("--text", help="Stands in the title or in what was said.")
    ] = None,
    workflow: Annotated[str | None, typer.Option("--workflow", help="Only of this workflow.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only in this state.")] = None,
    assignee: Annotated[str | None, typer.Option("--assignee", help="Only what is given to them.")] = None,
    about: Annotated[str | None, typer.Option("--link", help="Only what is about this: metric:nps.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="So many at most.")] = 100,
    json_: Json = False,
) -> None:
    """Show items: what is due first comes first."""
    now = current(context).clock.now()
    wanted = Wanted(
        text=text, workflow=workflow, state=state, assignees=(assignee,) if assignee else None,
        link=parse_link(about) if about else None, due_before=now if overdue else None,
        closed=None if all_ and not overdue else False,
    )  # fmt: skip
    with opened(context) as space:
        with space.ledger.read() as reader:
            found = items(reader, wanted, limit)
        zone = _zone(space)
    if json_:
        output.as_json([list_said(one, now) for one in found])
    else:
        show_list(found, now, zone)


@work.command("show")
def show(context: typer.Context, number: Number, json_: Json = False) -> None:
    """Show one item: its state, its form, what may be done next and by whom, and all that happened."""
    with opened(context) as space:
        office = Office.within(space, current(context).clock.now().date())
        with space.ledger.read() as reader:
            found = item(reader, number)
        _print(space, found, offers(found, space.actor, office.people), json_=json_)


@work.command("workflows")
def workflows(context: typer.Context, json_: Json = False) -> None:
    """Show the workflows by which items can be opened."""
    with opened(context) as space:
        found = declared(space.definitions())
    if json_:
        output.as_json(
            [
                {"workflow": name, "title": one.workflow.label, "shipped": one.shipped,
                 "states": list(one.workflow.states), "steps": list(one.workflow.transitions)}
                for name, one in found.items()
            ]
        )  # fmt: skip
        return
    output.table([[n, o.workflow.label, "shipped" if o.shipped else "yours"] for n, o in found.items()],
                 "workflow", "title", "")  # fmt: skip


@work.command("open")
def open_(
    context: typer.Context,
    workflow: Annotated[str, typer.Argument(help="Of which workflow; `leadline work workflows` lists them.")],
    title: Annotated[str | None, typer.Option("--title", help="What it is called.")] = None,
    fields: Fields = None,
    links: Links = None,
    figure: Annotated[
        str | None, typer.Option("--figure", help="A figure's address: metric=nps&period=2026-01 (unit=, slice=).")
    ] = None,
    finding: Annotated[
        str | None, typer.Option("--finding", help="The id of a finding: `leadline findings --json`.")
    ] = None,
    due: Due = None,
    assignee: Assignee = None,
    json_: Json = False,
) -> None:  # fmt: skip
    """Open an item. What it is about is named by --link, --figure or --finding."""
    with opened(context) as space:
        catalog = space.definitions()
        office, chosen = (
            Office.within(space, current(context).clock.now().date()),
            find(catalog, workflow),
        )
        about = [parse_link(one) for one in links or ()]
        check_links(catalog, about)
        wants_figure = "figure" in chosen.workflow.opening.about and figure is None
        if figure:
            about.append(pinned(open_published(space), figure, space.actor, whole=True))
        if finding:
            more, said = _finding(space, finding, figure=wants_figure)
            about, title = [*about, *more], title or said
        with space.ledger.write(actor=space.actor) as writer:
            made = open_item(
                writer, chosen, title=title or chosen.workflow.label, people=office.people, fields=_pairs(fields),
                links=about, due=_day(due, _zone(space)), assignee=assignee, effects=office.effects,
            )  # fmt: skip
        _print(space, made, offers(made, space.actor, office.people), json_=json_)


@work.command("do")
def do(
    context: typer.Context,
    number: Number,
    step: Annotated[str, typer.Argument(help="The step to take; `leadline work show ID` lists them.")],
    fields: Fields = None,
    json_: Json = False,
) -> None:
    """Take a step, or say yes to it where more must do so."""
    _change(context, lambda writer, people, office: act(
            writer, number, step, people=people, fields=_pairs(fields), effects=office.effects
        ), json_=json_)  # fmt: skip


@work.command("comment")
def comment_(context: typer.Context, number: Number, text: str, json_: Json = False) -> None:
    """Say something about an item."""
    _change(context, lambda writer, *_: comment(writer, number, text), json_=json_)


@work.command("assign")
def assign_(
    context: typer.Context,
    number: Number,
    to: Annotated[str, typer.Argument(help="A person, `role steward`, `board NAME`, or `nobody`.")],
    json_: Json = False,
) -> None:
    """Give an item to somebody."""
    _change(context, lambda writer, *_: assign(writer, number, None if to == "nobody" else to), json_=json_)


@work.command("due")
def due_(context: typer.Context, number: Number, day: str, json_: Json = False) -> None:
    """Say until when an item should be moved on: 2026-05-31, or `none`."""
    with opened(context) as space:
        when = None if day == "none" else _day(day, _zone(space))
    _change(context, lambda writer, *_: set_due(writer, number, when), json_=json_)


@work.command("link")
def link_(context: typer.Context, number: Number, links: list[str], json_: Json = False) -> None:
    """Say what else an item is about: KIND:NAME."""
    about = [parse_link(one) for one in links]

    def add(writer: LedgerWriter, _: People, office: Office) -> Item:
        check_links(office.catalog, about)
        return link(writer, number, about)

    _change(context, add, json_=json_)


@work.command("attach")
def attach_(context: typer.Context, number: Number, file: Path, json_: Json = False) -> None:
    """Add a file to an item: PDF, pictures, Office files without macros, text; at most 10 MB."""
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise WorkError(f"{file} cannot be read: {error.strerror}.", code="work-file-type") from None
    with opened(context) as space:
        kept = keep(space.home, file.name, data)
    _change(context, lambda writer, *_: attach(writer, number, kept), json_=json_)


@work.command("recompute")
def recompute(context: typer.Context, number: Number, json_: Json = False) -> None:
    """Compute the figure that an item is about again from its rows, and record that you have looked at it."""
    with opened(context) as space:
        office = Office.within(space, current(context).clock.now().date())
        result = look(office, open_published(space), number, space.actor, space.viewer)
    if json_:
        output.as_json(result)
    else:
        output.say(looked_said(result))


def _change(context: typer.Context, verb: Any, *, json_: bool) -> None:
    """Do a verb in one transaction, and show what the item is then."""
    with opened(context) as space:
        office = Office.within(space, current(context).clock.now().date())
        with space.ledger.write(actor=space.actor) as writer:
            found = verb(writer, office.people, office)
        _print(space, found, offers(found, space.actor, office.people), json_=json_)


def my_names(space: Workspace, office: Office) -> tuple[str, ...]:
    """Give the names under which something is given to whoever runs this: their own, their teams', roles and boards."""
    me = space.actor
    roles = [f"role {role}" for role in office.people.roles(me)]
    boards = groups(me, office.people, [f"board {name}" for name in office.catalog.boards])
    teams = [name for name in office.catalog.persons if office.people.acts_for(me, name)]
    with space.ledger.read() as reader:
        given = {one.assignee for one in reader.work.items(Wanted(closed=False)) if one.assignee}
    written = [one for one in given if office.people.acts_for(me, one)]
    return tuple(dict.fromkeys([me, *roles, *sorted(boards), *teams, *sorted(written)]))


def _print(space: Workspace, found: Item, offered: Any, *, json_: bool) -> None:
    zone = _zone(space)
    if not _shows(space, found):
        found = without_figures(found)
    if json_:
        output.as_json(item_said(found, offered))
    else:
        show_item(found, offered, zone)


def _shows(space: Workspace, found: Item) -> bool:
    if space.person is None or all(link.kind != "figure" for link in found.links):
        return True
    try:
        return shows(open_published(space), found, space.viewer)
    except NothingPublished:
        return False


def _finding(space: Workspace, wanted: str, *, figure: bool) -> tuple[list[Link], str]:
    published = open_published(space)
    with space.ledger.read() as reader:
        known = {one.id: one for one in reader.findings(published.generation.id)}
    if wanted not in known:
        raise WorkError(
            f"There is no finding {wanted!r} in the generation in force.", code="work-link",
            hint=suggest(wanted, known) or "leadline findings --json lists them with their ids.",
        )  # fmt: skip
    one = known[wanted]
    return of_finding(published, one, space.viewer, figure=figure), one.statement[:200]


def _zone(space: Workspace) -> ZoneInfo:
    try:
        return ZoneInfo(open_published(space).catalog.project.time_zone)
    except NothingPublished:
        return ZoneInfo(space.definitions().project.time_zone)


def _day(text: str | None, zone: ZoneInfo) -> datetime | None:
    """Give the end of a day."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone) + timedelta(days=1)
    except ValueError:
        raise WorkError(f"{text!r} is not a day.", code="work-form", hint="Write 2026-05-31.") from None


def _pairs(given: list[str] | None) -> dict[str, str]:
    """Read NAME=VALUE; a value that begins with @ is the text of a file."""
    found = {}
    for one in given or ():
        name, equals, value = one.partition("=")
        if not equals:
            raise WorkError(
                f"{one!r} is not NAME=VALUE.", code="work-form", hint="As --field claim='Rows are missing'."
            )
        if value.startswith("@"):
            try:
                value = Path(value[1:]).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                raise WorkError(f"{value[1:]} is no text that can be read.", code="work-form") from None
        found[name.strip()] = value
    return found
