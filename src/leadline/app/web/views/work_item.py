"""One work item: where it stands, what may be done next and by whom, what it is about, and all that happened."""

from collections.abc import Callable, Mapping

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import Download, WorkItemPage
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.contexts.work import FileLine, StepForm
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.uploads import Given
from leadline.app.web.views import work_lines as words
from leadline.app.web.views.shells import shell
from leadline.app.web.views.work import office
from leadline.app.work import look, looked_said
from leadline.errors import LeadlineError, WorkError
from leadline.governance.change_requests import is_request
from leadline.store.ledger_writer import LedgerWriter
from leadline.workflow import Item, act, assign, attach, comment, item
from leadline.workflow.files import keep, read
from leadline.workflow.machine import Offer, offers

Answer = str | WorkItemPage


def work_item(reading: Reading, asked: Asked, number: int) -> WorkItemPage:
    """Show one item."""
    del asked
    return _page(reading, number, {})


def file(reading: Reading, asked: Asked, number: int, sha256: str) -> Download:
    """Give a file of an item: a browser saves it, and runs nothing of it.

    Raises:
        WorkError: the item has no such file, or it is gone.
    """
    del asked
    with reading.ledger.read() as reader:
        found = item(reader, number)
    one = next((one for one in found.attachments if one.sha256 == sha256), None)
    if one is None or reading.home is None:
        raise WorkError(say("work.no_such_file"), code="work-file-gone")
    return Download(one.name, one.media_type, read(reading.home, sha256))


def take(reading: Reading, given: Mapping[str, str], number: int) -> Answer:
    """Take a step."""
    room = office(reading)
    fields = {key.removeprefix("field."): value for key, value in given.items() if key.startswith("field.")}
    return _change(
        reading, given, number,
        lambda writer: act(
            writer, number, given.get("step", ""), people=room.people, fields=fields, effects=room.effects
        ),
    )  # fmt: skip


def say_something(reading: Reading, given: Mapping[str, str], number: int) -> Answer:
    """Comment on an item."""
    return _change(reading, given, number, lambda writer: comment(writer, number, given.get("text", "")))


def give(reading: Reading, given: Mapping[str, str], number: int) -> Answer:
    """Give an item to somebody."""
    return _change(reading, given, number, lambda writer: assign(writer, number, given.get("to")))


def add_file(reading: Reading, given: Given, number: int) -> Answer:
    """Attach a file."""

    def add(writer: LedgerWriter) -> Item:
        if not given.files or reading.home is None:
            raise WorkError(say("work.no_file"), code="work-file-size")
        sent = given.files[0]
        return attach(writer, number, keep(reading.home, sent.name, sent.data))

    return _change(reading, given, number, add)


def recompute(reading: Reading, given: Mapping[str, str], number: int) -> Answer:
    """Compute the item's figure again, and record that somebody has looked at it."""
    try:
        look(office(reading), reading.published, number, reading.person.name, reading.viewer)
    except LeadlineError as error:
        return _page(reading, number, given, failed=f"{error.message} {error.hint}".strip())
    return to.work_item(number)


def _change(
    reading: Reading, given: Mapping[str, str], number: int, verb: Callable[[LedgerWriter], Item]
) -> Answer:
    """Do a verb; give the item's address, or its page with what was wrong and what was typed."""
    try:
        with reading.ledger.write(actor=reading.person.name) as writer:
            verb(writer)
    except LeadlineError as error:
        return _page(reading, number, given, failed=f"{error.message} {error.hint}".strip())
    return to.work_item(number)


def _page(reading: Reading, number: int, given: Mapping[str, str], failed: str = "") -> WorkItemPage:
    room = office(reading)
    with reading.ledger.read() as reader:
        found = item(reader, number)
    flow, head = found.workflow, found.head
    late = words.overdue(head, reading.now)
    state = flow.titled(flow.states[found.state], found.state)
    sees = words.sees(reading, found)
    looks = [event for event in found.events if event.kind == "recomputed"] if sees else []
    has_figure = any(link.kind == "figure" for link in found.links)
    return WorkItemPage(
        shell=shell(reading, found.title, "work"),
        number=number,
        title=found.title,
        workflow=flow.label,
        description=flow.description or "",
        mark=Mark("off target", say("work.late_state", state=state), "bad")
        if late
        else Mark("superseded" if head.closed else "unscored", state, "quiet"),
        facts=(*_facts(reading, found), *(_came_from(found) if sees else ())),
        filled=words.filled(flow, found.fields),
        about=(
            *((Link(say("work.as_change"), to.change(number)),) if is_request(found) else ()),
            *(words.about(reading, link, value=sees) for link in found.links),
        ),
        steps=tuple(_step(found, one, given) for one in offers(found, reading.person.name, room.people)),
        events=tuple(words.event(reading, found, one, value=sees) for one in reversed(found.events)),
        files=tuple(
            FileLine(Link(one.name, to.work_file(number, one.sha256)), _size(one.size), one.by)
            for one in found.attachments
        ),
        action=to.work_item(number),
        recompute=f"{to.work_item(number)}/recompute" if has_figure and not head.closed else "",
        looked=looked_said(looks[-1].said) if looks else "",
        failed=failed,
        over=say("work.is_over") if head.closed else "",
        token=reading.form_token,
    )


def _facts(reading: Reading, found: Item) -> tuple[tuple[str, str], ...]:
    head = found.head
    due = dates.day(head.due.astimezone(reading.tz).date()) if head.due else say("work.never")
    return (
        (say("work.assignee"), head.assignee or say("work.nobody")),
        (say("work.due"), due),
        (
            say("work.opened"),
            say("work.by", who=found.author, at=dates.instant(head.opened_at, reading.zone)),
        ),
        (say("work.version"), f"{found.workflow.label} {found.version.version}"),
    )


def _came_from(found: Item) -> tuple[tuple[str, str], ...]:
    """Say where the figure that an item is about came from when it was opened."""
    pins = [link.pin for link in found.links if link.kind == "figure" and link.pin]
    told = next((dict(pin["provenance"]) for pin in pins if "provenance" in pin), None)
    if told is None:
        return ()
    said = say(
        "work.came_from.said", count=told["files"], files=whole(told["files"]), rows=whole(told["rows"]),
        version=told["version"], hash=told["files_hash"][:12],
    )  # fmt: skip
    return ((say("work.came_from"), said),)


def _step(found: Item, one: Offer, given: Mapping[str, str]) -> StepForm:
    typed = given if given.get("step") == one.name else {}
    votes = say("work.yes", who=", ".join(one.approved_by)) if one.approved_by else ""
    if one.allowed and one.missing:
        votes = f"{votes} {say('work.missing', what=', '.join(one.missing))}".strip()
    fields = [words.field(found.workflow, name, typed, required=True) for name in one.step.asks]
    fields += [words.field(found.workflow, name, typed, required=False) for name in one.step.may_ask]
    return StepForm(one.name, one.title, one.step.description or "", one.allowed, one.why, votes,
                    tuple(fields))  # fmt: skip


def _size(size: int) -> str:
    return say("work.kilobytes", size=f"{max(size / 1024, 0.1):,.1f}")
