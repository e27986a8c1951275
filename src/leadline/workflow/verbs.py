"""The verbs: open an item, take a step, comment, assign, attach, link, bind. Each is an event of the transaction.

Who acts is the writer's actor. What a step does beside moving the item happens in the same transaction, or not at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from leadline.catalog.definitions import Workflow
from leadline.catalog.definitions.base import seconds
from leadline.catalog.definitions.workflow import Effect
from leadline.catalog.who import parse
from leadline.errors import WorkError
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import EventKind, Link, NewEvent, Told
from leadline.workflow import forms
from leadline.workflow.declared import Declared
from leadline.workflow.files import File
from leadline.workflow.items import Item, item
from leadline.workflow.machine import offer
from leadline.workflow.people import About, People, assigned, meets, recipients

TITLE, COMMENT = 200, 20_000
Doing = Callable[[LedgerWriter, Item, Effect], None]
"""What an effect does: told the writer of the step, the item as it is after it, and the effect as it is declared."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What an event changes of an item."""

    state: str
    assignee: str | None
    due: datetime | None
    content: str | None


def open_item(
    writer: LedgerWriter,
    workflow: Declared,
    *,
    title: str,
    people: People,
    fields: Mapping[str, Any] | None = None,
    links: Sequence[Link] = (),
    due: datetime | None = None,
    assignee: str | None = None,
    content: str | None = None,
    effects: Mapping[str, Doing] | None = None,
) -> Item:
    """Open an item. Who writes is its author. `content` is the hash of what approvals are to be bound to.

    Raises:
        WorkError: the author may not open one (`work-who`), the form is not filled in (`work-form`), or it is about
            nothing that it must be about (`work-about`).
    """
    declared, now = workflow.workflow, writer.now
    opening, begin = declared.opening, declared.states[declared.initial]
    found = tuple({(one.kind, one.name): one for one in reversed([*_with_metrics(links)])}.values())[::-1]
    about = About(writer.actor, assignee, found)
    if not meets(parse(opening.who), writer.actor, about, people):
        raise WorkError(
            f"{writer.actor} may not open it: this is for {opening.who}.", code="work-who",
            hint="Ask somebody who may.",
        )  # fmt: skip
    named = {link.kind for link in found}
    named |= {"definition"} if "metric" in named else set()  # a metric is one
    lacking = sorted(set(opening.about) - named)
    if lacking:
        raise WorkError(
            f"{declared.label} is about a {' and a '.join(lacking)}: say which.", code="work-about",
            hint=f"Link it: --link {lacking[0]}:NAME",
        )  # fmt: skip
    if declared.binds and content is None:
        raise WorkError(
            f"{declared.label} is bound to a {declared.binds.content}, and none was given.",
            code="work-content",
        )
    values = forms.read(declared, opening.asks, opening.may_ask, fields or {})
    assignee = assignee or (assigned(begin.assignee, about, people) if begin.assignee else None)
    event = NewEvent(
        kind="opened", state=declared.initial, closed=begin.final, assignee=assignee,
        due=due or _due(begin.due, now), content=content, said={"fields": values},
        words=forms.words(values), links=found, told=_given(assignee, writer.actor, _title(title)),
    )  # fmt: skip
    (definition,) = writer.record_definitions([workflow.recorded])
    number = writer.work.open(declared.name, definition, _title(title), event)
    made = item(writer, number)
    _do(writer, made, opening.effects, people, effects or {})
    return item(writer, number)


def act(
    writer: LedgerWriter,
    number: int,
    transition: str,
    *,
    people: People,
    fields: Mapping[str, Any] | None = None,
    content: str | None = None,
    effects: Mapping[str, Doing] | None = None,
) -> Item:
    """Take a step, or say yes to it where more must do so. `content`: the hash of what the person looked at.

    Raises:
        WorkError: it cannot be taken from here, or not by them, or something is missing; see machine.offer. Where the
            content is another than the item is bound to, `work-content`.
    """
    found = item(writer, number)
    chosen = offer(found, transition, writer.actor, people)
    if content is not None and found.content != content:
        raise WorkError(
            "What would be approved is not what this item is bound to: it was changed since.", code="work-content",
            hint="Look at it as it is now; approvals of what it was are void.",
        )  # fmt: skip
    files = [one.name for one in found.attachments]
    values = forms.read(found.workflow, chosen.step.asks, chosen.step.may_ask, fields or {}, files)
    if not chosen.moves:
        said = {"transition": transition, "fields": values}
        _add(writer, found, "approved", said=said, words=forms.words(values))
        return item(writer, number)
    return move(writer, found, transition, values, people=people, effects=effects or {})


def move(
    writer: LedgerWriter,
    found: Item,
    transition: str,
    values: Mapping[str, Any],
    *,
    people: People,
    effects: Mapping[str, Doing],
    timer: str | None = None,
) -> Item:
    """Move an item by a step that may be taken; for `act` and for timers."""
    step = found.workflow.transitions[transition]
    state = found.workflow.states[step.to]
    about = replace(found.about, author=found.author)
    assignee = assigned(state.assignee, about, people) if state.assignee else found.assignee
    due = None if state.final else _due(state.due, writer.now) or found.head.due
    change = _Change(step.to, assignee, due, found.content)
    told = _given(assignee, writer.actor, found.title) if assignee != found.assignee else ()
    _add(
        writer, found, "moved", change=change, said={"transition": transition, "fields": dict(values)},
        words=forms.words(values), told=told, timer=timer,
    )  # fmt: skip
    moved = item(writer, found.number)
    _do(writer, moved, step.effects, people, effects)
    return item(writer, found.number)


def comment(writer: LedgerWriter, number: int, text: str) -> Item:
    """Say something about an item. Raises WorkError where nothing is said, or too much."""
    said = text.replace("\x00", "").strip()
    if not said or len(said) > COMMENT:
        raise WorkError(
            "A comment has a text, of 20,000 characters at most.", code="work-comment", hint="Attach what is longer."
        )  # fmt: skip
    found = item(writer, number)
    _add(writer, found, "commented", said={"text": said}, words=said, told=_others(found, writer.actor, said))
    return item(writer, number)


def assign(writer: LedgerWriter, number: int, assignee: str | None) -> Item:
    """Give an item to a person or a group (`role steward`, `board metrics`), or to nobody."""
    found = _open(item(writer, number))
    to = assignee.strip()[:100] if assignee and assignee.strip() else None
    change = _Change(found.state, to, found.head.due, found.content)
    told = _given(to, writer.actor, found.title)
    _add(writer, found, "assigned", change=change, said={"from": found.assignee, "to": to}, told=told)
    return item(writer, number)


def set_due(writer: LedgerWriter, number: int, due: datetime | None) -> Item:
    """Say until when an item should be moved on."""
    found = _open(item(writer, number))
    change = _Change(found.state, found.assignee, due, found.content)
    _add(writer, found, "due", change=change, said={"from": _said(found.head.due), "to": _said(due)})
    return item(writer, number)


def link(writer: LedgerWriter, number: int, links: Sequence[Link]) -> Item:
    """Say what else an item is about; what it is about already is not said twice."""
    found = item(writer, number)
    known = {(one.kind, one.name) for one in found.links}
    new = tuple(one for one in _with_metrics(links) if (one.kind, one.name) not in known)
    if new:
        _add(writer, found, "linked", said={}, links=new)
    return item(writer, number)


def attach(writer: LedgerWriter, number: int, file: File) -> Item:
    """Add a file that was kept (`files.keep`) to an item."""
    found = item(writer, number)
    if file.name in {one.name for one in found.attachments}:
        raise WorkError(
            f"There is a file {file.name!r} already.", code="work-file-twice", hint="Give it another name."
        )
    _add(writer, found, "attached", said={"file": asdict(file)}, words=file.name)
    return item(writer, number)


def looked_at(writer: LedgerWriter, number: int, result: Mapping[str, Any]) -> Item:
    """Record that the writer has looked at a recomputation of the figure that an item is about, and what it gave."""
    found = item(writer, number)
    _add(writer, found, "recomputed", said=dict(result))
    return item(writer, number)


def bind(writer: LedgerWriter, number: int, content: str) -> Item:
    """Bind an item to content by its hash. Other content voids every approval, and sends the item back.

    Raises:
        WorkError: the item's workflow binds nothing (`work-content`), or work is over (`work-closed`).
    """
    found = item(writer, number)
    binds = found.workflow.binds
    if binds is None:
        raise WorkError(f"{found.workflow.label} is bound to nothing.", code="work-content")
    if content == found.content:
        return found
    _open(found)
    back = found.state if found.state == found.workflow.initial else binds.when_changed
    state = found.workflow.states[back]
    due = found.head.due if back == found.state else _due(state.due, writer.now) or found.head.due
    change = _Change(back, found.assignee, due, content)
    told = _others(found, writer.actor, "What was to be approved has changed; approvals are void.")
    _add(writer, found, "bound", change=change, said={"from": found.content, "to": content}, told=told)
    return item(writer, number)


def tell(
    writer: LedgerWriter, found: Item, to: Iterable[str], text: str, *, timer: str | None = None
) -> None:
    """Remind people of an item."""
    told = tuple(Told(one, text) for one in to)
    _add(writer, found, "reminded", said={"text": text, "to": [one.recipient for one in told]}, told=told,
         timer=timer)  # fmt: skip


def escalate(writer: LedgerWriter, found: Item, to: str, people: People, *, timer: str) -> None:
    """Give an item to others because a timer went off."""
    given = assigned(to, found.about, people) or to
    change = _Change(found.state, given, found.head.due, found.content)
    _add(writer, found, "escalated", change=change, said={"from": found.assignee, "to": given},
         told=(Told(given, f"Escalated to you: {found.title}"),), timer=timer)  # fmt: skip


def _do(
    writer: LedgerWriter, found: Item, wanted: Iterable[Effect], people: People, effects: Mapping[str, Doing]
) -> None:
    """Do what a step does beside moving the item."""
    for effect in wanted:
        if effect.do == "notify":
            to = recipients(effect.who or "assignee", found.about, people)
            tell(
                writer, found, to, effect.says or f"{found.title}: {_state_said(found.workflow, found.state)}"
            )
        elif effect.do in effects:
            effects[effect.do](writer, found, effect)
        else:
            raise WorkError(
                f"This step would also `{effect.do}`, and nothing here can do that; so it was not taken.",
                code="work-effect", hint="Use a version or a door of Leadline that can, or change the workflow.",
            )  # fmt: skip


def _add(
    writer: LedgerWriter, found: Item, kind: EventKind, *, said: Mapping[str, Any], change: _Change | None = None,
    words: str = "", links: tuple[Link, ...] = (), told: tuple[Told, ...] = (), timer: str | None = None,
) -> None:  # fmt: skip
    """Add an event; what it does not change stays as it is."""
    now = change or _Change(found.state, found.assignee, found.head.due, found.content)
    event = NewEvent(
        kind=kind, state=now.state, closed=found.workflow.states[now.state].final, assignee=now.assignee,
        due=now.due, content=now.content, said=said, words=words, links=links, told=told, timer=timer,
    )  # fmt: skip
    writer.work.add(found.number, event)


def _open(found: Item) -> Item:
    if found.head.closed:
        raise WorkError(
            f"Work item {found.number} is {found.state!r}: work on it is over.", code="work-closed",
            hint="Open another one that links to it.",
        )  # fmt: skip
    return found


def _title(text: str) -> str:
    said = " ".join(text.replace("\x00", "").split())
    if not said or len(said) > TITLE:
        raise WorkError("An item has a title, of 200 characters at most.", code="work-title")
    return said


def _with_metrics(links: Iterable[Link]) -> Iterable[Link]:
    """Give links, and with each figure its metric: a metric's page lists what is open on its figures."""
    for one in links:
        yield one
        if one.kind == "figure":
            yield Link("metric", one.name.partition("&")[0].removeprefix("metric="))


def _due(span: str | None, now: datetime) -> datetime | None:
    return now + timedelta(seconds=seconds(span)) if span else None


def _given(assignee: str | None, actor: str, title: str) -> tuple[Told, ...]:
    return (Told(assignee, f"Given to you: {title}"),) if assignee and assignee != actor else ()


def _others(found: Item, actor: str, text: str) -> tuple[Told, ...]:
    """Tell the author and the assignee, unless they did it themselves."""
    to = dict.fromkeys(one for one in (found.author, found.assignee) if one and one != actor)
    return tuple(Told(one, f"{actor}: {text[:200]}") for one in to)


def _said(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _state_said(workflow: Workflow, state: str) -> str:
    return workflow.titled(workflow.states[state], state)
