"""Work items in words: lines of lists, fields of forms, and what happened."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from leadline.app.people import linked
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.contexts.work import EventLine, FieldLine, WorkBox, WorkLine
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.wording import documents
from leadline.app.work import looked_said, shows
from leadline.catalog.definitions import Workflow
from leadline.store import work_entries as w
from leadline.store.work_entries import Wanted, WorkEvent, WorkItem
from leadline.workflow import Item
from leadline.workflow.declared import declared

SHORT = 12


def line(reading: Reading, one: WorkItem, titles: Mapping[str, Workflow]) -> WorkLine:
    """Give an item of a list."""
    workflow = titles.get(one.workflow)
    state = workflow.states.get(one.state) if workflow else None
    words = (
        workflow.titled(state, one.state) if workflow and state else one.state.replace("_", " ").capitalize()
    )
    late = overdue(one, reading.now)
    return WorkLine(
        item=Link(one.title, to.work_item(one.number)),
        workflow=workflow.label if workflow else one.workflow.replace("_", " ").capitalize(),
        mark=Mark("superseded", words, "quiet") if one.closed else Mark("unscored", words, "quiet"),
        assignee=one.assignee or say("work.nobody"),
        due=dates.day(one.due.astimezone(reading.tz).date()) if one.due else "",
        late=say("work.late", age=dates.length(reading.now - one.due)) if late and one.due else "",
    )


def overdue(one: WorkItem, now: datetime) -> bool:
    """Tell whether an item should have been moved on."""
    return one.due is not None and not one.closed and one.due < now


def titles(reading: Reading) -> Mapping[str, Workflow]:
    """Give the workflows as they are declared now, by name."""
    return {name: one.workflow for name, one in declared(reading.catalog).items()}


def box(reading: Reading, link: w.Link, opens: Iterable[tuple[str, str]]) -> WorkBox:
    """Give what is open about something, and ways to open more: text keys and addresses."""
    with reading.ledger.read() as reader:
        found = reader.work.items(Wanted(link=link, closed=False), 20)
    known = titles(reading) if found else {}
    return WorkBox(
        tuple(line(reading, one, known) for one in found), tuple(Link(say(key), href) for key, href in opens)
    )


def sees(reading: Reading, found: Item) -> bool:
    """Tell whether who is signed in is shown the figure that an item is about; True where it is about none."""
    return shows(reading.published, found, reading.viewer)


def about(reading: Reading, one: w.Link, *, value: bool = False) -> Link:
    """Give the way to what an item is about; with `value`, what a figure was when it was linked."""
    words, href = one.name, ""
    definition = linked(reading.catalog, one)
    match one.kind:
        case "figure":
            asked = {name: values[0] for name, values in parse_qs(one.name).items()}
            metric = reading.catalog.metrics.get(asked.pop("metric", ""))
            words = " · ".join(filter(None, (metric.label if metric else "", *asked.values())))
            href = f"/figures?{one.name}"
            if one.pin and value:
                words = f"{words} ({say('work.was', value=_number(one.pin.get('value')))})"
        case "item":
            words, href = say("work.number", number=one.name), to.work_item(int(one.name))
        case "finding":
            words, href = say("work.finding", id=one.name), to.findings()
        case "unit":
            known = one.name in reading.catalog.units.names
            words = reading.catalog.units.label(one.name) if known else one.name
            href = to.home(unit=one.name)
        case "period":
            href = to.home(period=one.name)
        case _ if definition is not None:
            return documents.link(definition)
        case _:
            href = to.definitions()
    return Link(words, href)


def field(workflow: Workflow, name: str, given: Mapping[str, str], *, required: bool) -> FieldLine:
    """Give a field of a form."""
    one = workflow.fields[name]
    label = workflow.titled(one, name)
    return FieldLine(
        name=name, label=label, help=one.help or "", kind=one.type, required=required, choices=one.choices,
        value=given.get(f"field.{name}", ""),
    )  # fmt: skip


def filled(workflow: Workflow, values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give what was filled in, by the titles of the fields."""
    return tuple(
        (workflow.titled(workflow.fields[name], name) if name in workflow.fields else name, _value(value))
        for name, value in values.items()
    )


def event(reading: Reading, found: Item, one: WorkEvent, *, value: bool) -> EventLine:
    """Give what happened; with `value`, what a recomputation gave."""
    said = one.said
    step = ""
    if "transition" in said:
        step = found.workflow.titled(found.workflow.transitions[said["transition"]], said["transition"])
    what = say(
        f"work.event.{one.kind}", step=step, to=_to(said), file=said.get("file", {}).get("name", ""),
        links=", ".join(about(reading, link).text for link in one.links),
        day=_day(said.get("to")) if one.kind == "due" else "",
    )  # fmt: skip
    text = {"commented": str(said.get("text", "")), "reminded": str(said.get("text", ""))}.get(one.kind, "")
    if one.kind == "recomputed" and value:
        text = looked_said(said)
    when = dates.instant(one.at, reading.zone)
    return EventLine(
        when, one.actor, what, text, filled(found.workflow, said.get("fields", {})), bool(one.timer)
    )


def _to(said: Mapping[str, Any]) -> str:
    to_ = said.get("to")
    return (", ".join(to_) if isinstance(to_, list) else str(to_ or ""))[:100] or say("work.nobody")


def _day(text: Any) -> str:
    return dates.day(datetime.fromisoformat(text).date()) if text else say("work.never")


def _value(value: Any) -> str:
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: Any) -> str:
    return "–" if value is None else f"{float(value):.6g}"
