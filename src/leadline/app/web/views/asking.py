"""Asking for access: what is missing, the roles that would bring it, and what became of the own requests."""

from collections.abc import Mapping
from datetime import date

from leadline.app.access_requests import WORKFLOW, Asked, bringing
from leadline.app.access_requests import ask as open_request
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked as Address
from leadline.app.web.contexts import GovernancePage
from leadline.app.web.contexts.governance import Block, Cell, Field, Form
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.app.web.views.work import office
from leadline.catalog.permissions import PERMISSIONS
from leadline.errors import LeadlineError
from leadline.governance.access import may
from leadline.store.work_entries import Wanted
from leadline.workflow import item


def access(reading: Reading, asked: Address) -> GovernancePage:
    """Show what is missing and the form that asks for it."""
    unit = "" if reading.seen_units else asked.unit  # who sees some units is told one of them by itself
    return _page(reading, {"kind": asked.kind or "", "unit": unit or ""})


def ask(reading: Reading, given: Mapping[str, str]) -> str | GovernancePage:
    """Open a request; give where it is told, or the page again with what was wrong."""
    try:
        wanted = Asked(
            given.get("role", ""), given.get("unit", "") or None, _day(given.get("until", "").strip()),
            given.get("purpose", "").strip(),
        )  # fmt: skip
        room = office(reading)
        with reading.ledger.write(actor=reading.person.name) as writer:
            open_request(writer, reading.catalog, room.people, wanted)
    except (LeadlineError, ValueError) as error:
        said = error if isinstance(error, LeadlineError) else None
        wrong = f"{said.message} {said.hint}".strip() if said else say("access.no_day")
        return _page(reading, given, wrong)
    return to.access()


def _page(reading: Reading, given: Mapping[str, str], wrong: str = "") -> GovernancePage:
    permission = given.get("kind") or None
    permission = permission if permission in PERMISSIONS else None
    missing = () if permission is None else (_missing(reading, permission),)
    return GovernancePage(
        shell(reading, say("access.title"), ""), (), say("access.title"),
        (wrong, *missing) if wrong else missing, None, (),
        (_form(reading, given, permission), _mine(reading)),
    )  # fmt: skip


def _missing(reading: Reading, permission: str) -> str:
    decided = may(reading.person, permission, everywhere=True)
    key = "access.may" if decided.allowed else "access.missing"
    return say(key, permission=permission, words=PERMISSIONS[permission], why=decided.why)


def _form(reading: Reading, given: Mapping[str, str], permission: str | None) -> Block:
    units = reading.catalog.units
    roles = tuple(
        (role.name, _said(role.label, role.description)) for role in bringing(reading.catalog, permission)
    )
    fields = (
        Field("kind", "", "hidden", permission or ""),
        Field("role", say("people.role"), "choice", given.get("role", ""), choices=roles),
        Field("unit", say("pick.unit"), "choice", given.get("unit", ""), choices=(
            ("", say("people.everywhere")), *((name, units.label(name)) for name in units.names))),
        Field("purpose", say("access.purpose"), "text", given.get("purpose", ""), required=True),
        Field("until", say("access.until"), value=given.get("until", "")),
    )  # fmt: skip
    form = Form(to.access(), fields, (("ask", say("access.ask")),), token=reading.form_token)
    return Block(say("access.asking"), (say("access.about"),), form=form)


def _mine(reading: Reading) -> Block:
    with reading.ledger.read() as reader:
        heads = reader.work.items(Wanted(workflow=WORKFLOW, opened_by=reading.person.name))
        found = [item(reader, one.number) for one in heads[:50]]
    opens = reading.may("workflow:item:read")
    rows = tuple(
        (
            Cell(one.title, to.work_item(one.number) if opens else "", about=say("access.number", number=one.number)),
            Cell(one.workflow.titled(one.workflow.states[one.state], one.state),
                 about=str(one.fields.get("reason") or "")),
            Cell(dates.instant(one.head.opened_at, reading.zone)),
        )
        for one in sorted(found, key=lambda one: -one.number)
    )  # fmt: skip
    columns = (say("access.wanted"), say("access.state"), say("access.since"))
    return Block(say("access.mine"), columns=columns, rows=rows, empty=say("access.none"))


def _said(label: str, description: str | None) -> str:
    return f"{label}: {description}" if description else label


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
