"""Work: what is given to a person, every item, and the form that opens one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import WorkListPage, WorkOpenPage, WorkPage
from leadline.app.web.contexts.pieces import Link, Picker
from leadline.app.web.contexts.work import FieldLine, ToldLine
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import work_lines as words
from leadline.app.web.views.shells import shell
from leadline.app.work import Office, check_links, of_finding, parse_link, pinned
from leadline.catalog.definitions import Workflow
from leadline.errors import LeadlineError, WorkError
from leadline.store import work_entries as w
from leadline.store.work_entries import Wanted
from leadline.workflow import items, open_item
from leadline.workflow.declared import declared, find
from leadline.workflow.people import groups

SHOWN = 100
LINKS = ("figure", "metric", "finding", "definition", "source", "unit", "period")
"""Parts of an address that say what an item is to be about."""


def office(reading: Reading) -> Office:
    """Give what work is done with, for who is signed in."""
    return Office.of(
        reading.ledger, reading.catalog, reading.now.date(), reading.person, lambda: reading.published
    )


def mine(reading: Reading, asked: Asked) -> WorkPage:
    """Show what is given to who is signed in, and what they were told."""
    del asked
    me, known = reading.person.name, words.titles(reading)
    with reading.ledger.read() as reader:
        given = [one.assignee for one in reader.work.items(Wanted(closed=False))]
    names = _names(office(reading), me, given)
    with reading.ledger.read() as reader:
        found = items(reader, Wanted(closed=False, assignees=names), SHOWN)
        told = reader.work.notices(names)
    late = sum(words.overdue(one, reading.now) for one in found)
    count = say("work.count", count=len(found), found=whole(len(found)))
    return WorkPage(
        shell=shell(reading, say("work.mine"), "work"),
        summary=f"{count}, {say('work.overdue', count=late, late=whole(late))}" if late else count,
        lines=tuple(words.line(reading, one, known) for one in found),
        quiet=say("work.quiet"),
        told=tuple(
            ToldLine(dates.instant(one.at, reading.zone), Link(one.text, to.work_item(one.item)))
            for one in told
        ),
        opens=tuple(Link(flow.label, to.work_open(workflow=name)) for name, flow in known.items()),
        everything=to.work_all(),
        beside=_beside(reading),
    )


def _beside(reading: Reading) -> tuple[Link, ...]:
    """Give the ways to the boards, to disputes and to decisions on figures, for who may go there."""
    found = [Link(say("governance.disputes"), to.disputes())]
    if reading.may("governance:change:read"):
        found = [
            *(Link(one.label, to.board(one.name)) for _, one in sorted(reading.catalog.boards.items())), *found,
            Link(say("governance.decided"), to.decided()),
        ]  # fmt: skip
    return tuple(found)


def everything(reading: Reading, asked: Asked) -> WorkListPage:
    """List items: those that meet what is asked."""
    state = asked.state or "open"
    wanted = Wanted(
        text=asked.q, workflow=asked.kind, assignees=(asked.person,) if asked.person else None,
        closed={"open": False, "over": True, "overdue": False}.get(state),
        due_before=reading.now if state == "overdue" else None,
    )  # fmt: skip
    with reading.ledger.read() as reader:
        found, count = items(reader, wanted, SHOWN), reader.work.count(wanted)
        given = sorted({one.assignee for one in items(reader, Wanted(closed=False)) if one.assignee})
    known = words.titles(reading)
    pickers = {
        "state": [(name, say(f"work.state.{name}")) for name in ("open", "overdue", "over", "every")],
        "kind": [(name, flow.label) for name, flow in known.items()],
        "person": [(name, name) for name in given],
    }
    kept = {"state": asked.state, "kind": asked.kind, "person": asked.person}
    key = "work.some" if count > SHOWN else "work.count"
    return WorkListPage(
        shell=shell(reading, say("work.all"), "work"),
        action=to.work_all(),
        text=asked.q or "",
        hidden=tuple((name, value) for name, value in kept.items() if value),
        count=say(key, count=count, found=whole(count), shown=SHOWN),
        pickers=tuple(
            _picker(replace(asked, state=state), name, offered) for name, offered in pickers.items()
        ),
        lines=tuple(words.line(reading, one, known) for one in found),
        quiet=say("work.none"),
    )


def opening(reading: Reading, asked: Asked) -> WorkOpenPage:
    """Show the form that opens an item, or the choice of a workflow."""
    given = {name: value for name in LINKS if (value := getattr(asked, name, None))}
    return _form(reading, asked.workflow or "", given)


def open_(reading: Reading, given: Mapping[str, str]) -> str | WorkOpenPage:
    """Open an item; give where it is, or the form again with what was wrong."""
    name = given.get("workflow", "")
    try:
        room, chosen = office(reading), find(reading.catalog, name)
        links = _links(reading, chosen.workflow, given)
        fields = {
            key.removeprefix("field."): value for key, value in given.items() if key.startswith("field.")
        }
        with reading.ledger.write(actor=reading.person.name) as writer:
            made = open_item(
                writer, chosen, title=given.get("title") or chosen.workflow.label, people=room.people,
                fields=fields, links=links, effects=room.effects,
            )  # fmt: skip
    except LeadlineError as error:
        return _form(reading, name, given, failed=f"{error.message} {error.hint}".strip())
    return to.work_item(made.number)


def _form(reading: Reading, name: str, given: Mapping[str, str], failed: str = "") -> WorkOpenPage:
    known = declared(reading.catalog)
    asked = {key: value for key, value in given.items() if key in LINKS and value}
    flow = known[name].workflow if name in known else None
    opened = flow.opening if flow else None
    missing = [kind for kind in (opened.about if opened else ()) if kind not in asked]
    if "definition" in missing and "metric" in asked:
        missing.remove("definition")
    return WorkOpenPage(
        shell=shell(reading, say("work.open"), "work"),
        title=flow.label if flow else say("work.open"),
        description=(flow.description or "") if flow else say("work.choose"),
        choices=tuple(
            (Link(one.workflow.label, to.work_open(workflow=key, **asked)), one.workflow.description or "")
            for key, one in ({} if flow else known).items()
        ),
        about=tuple(words.about(reading, _link(kind, value)) for kind, value in asked.items()),
        needs=tuple(
            FieldLine(
                name=kind, label=say(f"work.about.{kind}"), help=say(f"work.about.{kind}.help"), kind="text"
            )
            for kind in missing
        ),
        fields=_asked(flow, given) if flow else (),
        hidden=(("workflow", name), *asked.items()),
        action=to.work_open(),
        failed=failed,
        token=reading.form_token,
    )


def _asked(flow: Workflow, given: Mapping[str, str]) -> tuple[FieldLine, ...]:
    title = FieldLine(name="title", label=say("work.field.title"), kind="title", value=given.get("title", ""))
    needed = [words.field(flow, name, given, required=True) for name in flow.opening.asks]
    more = [words.field(flow, name, given, required=False) for name in flow.opening.may_ask]
    return (title, *needed, *more)


def _links(reading: Reading, flow: Workflow, given: Mapping[str, str]) -> list[w.Link]:
    """Read what an item is to be about. Raises an error for what is not there."""
    found: list[w.Link] = []
    for kind in LINKS:
        value = given.get(kind, "").strip()
        if not value:
            continue
        if kind == "figure":
            found.append(pinned(reading.published, value, reading.viewer, whole=True))
        elif kind == "finding":
            known = {one.id: one for one in reading.findings()}
            if value not in known:
                raise WorkError(say("work.no_finding"), code="work-link")
            wants = "figure" in flow.opening.about and not given.get("figure")
            found += of_finding(reading.published, known[value], reading.viewer, figure=wants)
        else:
            found.append(_link(kind, value))
    check_links(reading.catalog, found)
    return found


def _link(kind: str, value: str) -> w.Link:
    return parse_link(f"{kind}:{value}")


def _names(room: Office, name: str, given: Sequence[str | None]) -> tuple[str, ...]:
    """Give the names under which something is given to a person: their own, their teams', their roles and boards."""
    people = room.people
    roles = [f"role {role}" for role in people.roles(name)]
    boards = groups(name, people, [f"board {board}" for board in room.catalog.boards])
    teams = [one for one in room.catalog.persons if people.acts_for(name, one)]
    written = [one for one in given if one and people.acts_for(name, one)]
    return tuple(dict.fromkeys([name, *roles, *sorted(boards), *teams, *written]))


def _picker(asked: Asked, name: str, offered: list[tuple[str, str]]) -> Picker:
    chosen: str | None = getattr(asked, name)

    def at(value: str | None) -> str:
        there: dict[str, Any] = {name: value}
        return _address(replace(asked, **there))

    links = [Link(text, at(value), value == chosen) for value, text in offered]
    if name != "state":
        links.insert(0, Link(say("findings.any"), at(None), chosen is None))
    current = next((link.text for link in links if link.here), chosen or say("findings.any"))
    return Picker(say(f"work.by_{name}"), current, tuple(links))


def _address(asked: Asked) -> str:
    return to.work_all(q=asked.q, state=asked.state, kind=asked.kind, person=asked.person)
