"""People and access: who has which role, what roles may, and why somebody may or may not."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import GovernancePage
from leadline.app.web.contexts.governance import Block, Cell, Field, Form
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.shells import shell
from leadline.catalog.permissions import PERMISSIONS
from leadline.catalog.roles import in_force
from leadline.errors import AccessError
from leadline.governance import accounts, passwords
from leadline.governance.access import Person, may, person
from leadline.governance.accounts import Account
from leadline.secret import Secret

WRITE = "governance:access:write"


def people(reading: Reading, asked: Asked) -> GovernancePage:
    """List accounts and roles; and with a person and a permission asked for, say why."""
    roles, today = in_force(reading.catalog.roles), reading.moment.astimezone(ZoneInfo(reading.zone)).date()
    with reading.ledger.read() as reader:
        known = accounts.accounts(reader)
    everyone = {one.name: (one, person(one, roles, reading.catalog.units, today)) for one in known.values()}
    blocks = [_accounts(everyone), _why(reading, everyone, asked), _roles(reading)]
    if reading.may(WRITE):
        blocks[1:1] = [_granting(reading, everyone), _adding(reading), *_linking(reading, everyone)]
    return GovernancePage(
        shell(reading, say("people.title"), "definitions"), crumbs(), say("people.title"), (say("people.about"),), None,
        beside("people"), tuple(blocks),
    )  # fmt: skip


def change(reading: Reading, given: Mapping[str, str]) -> str:
    """Add or lock an account, give a role or take it away; give where to go on.

    Raises:
        AccessError: it cannot be done, or reaches further than the reader's own grant.
    """
    name, act, unit = (
        given.get("person", "").strip().lower(),
        given.get("act", ""),
        given.get("unit", "") or None,
    )
    _within_reach(reading, unit if act in {"grant", "revoke"} else None)
    roles = in_force(reading.catalog.roles)
    if unit is not None and unit not in reading.catalog.units.names:
        raise AccessError(say("people.no_unit", unit=unit), code="unknown-unit")
    secret = passwords.hashed(Secret(given.get("password", "")), name) if act == "add" else ""
    with reading.ledger.write(actor=reading.person.name) as writer:
        match act:
            case "add":
                accounts.add(writer, name, title=given.get("title", "").strip()[:100])
                writer.people.add_credential(name, "password", secret)
            case "grant":
                accounts.grant(writer, name, given.get("role", ""), unit=unit, known=roles)
            case "revoke":
                accounts.revoke(writer, name, given.get("role", ""), unit=unit)
            case "lock":
                accounts.lock(writer, name, given.get("because", "").strip()[:500])
            case "unlock":
                accounts.unlock(writer, name)
            case "link" | "unlink":
                verb = accounts.link if act == "link" else accounts.unlink
                verb(writer, name, given.get("issuer", "").strip(), given.get("subject", "").strip())
            case _:
                raise AccessError(say("account.unknown_act"), code="usage")
    return to.people()


def _within_reach(reading: Reading, unit: str | None) -> None:
    """Refuse what reaches further than the reader's own grant: nobody gives more than is held."""
    decided = may(reading.person, WRITE, unit=unit, everywhere=unit is None)
    if not decided.allowed:
        raise AccessError(say("people.too_far", why=decided.why), code="no-access")


def _accounts(everyone: Mapping[str, tuple[Account, Person]]) -> Block:
    rows = tuple(
        (
            Cell(one.name, about="; ".join(filter(None, (one.title, *map(_link_said, sorted(one.links)))))),
            Cell("; ".join(held.words for held in who.held) or say("account.no_role")),
            Cell(say("people.locked", because=one.locked) if one.locked else "; ".join(who.lapsed)),
        )
        for one, who in everyone.values()
    )  # fmt: skip
    columns = (say("people.account"), say("account.roles"), say("people.note"))
    return Block(say("people.accounts"), columns=columns, rows=rows, empty=say("people.none"))


def _granting(reading: Reading, everyone: Mapping[str, object]) -> Block:
    units = reading.catalog.units
    roles = tuple((role.name, role.label) for role in in_force(reading.catalog.roles).values())
    fields = (
        Field("person", say("people.account"), "choice", choices=tuple((name, name) for name in everyone)),
        Field("role", say("people.role"), "choice", choices=roles),
        Field("unit", say("pick.unit"), "choice", choices=(
            ("", say("people.everywhere")), *((name, units.label(name)) for name in units.names))),
        Field("because", say("people.because")),
    )  # fmt: skip
    acts = tuple((act, say(f"people.act.{act}")) for act in ("grant", "revoke", "lock", "unlock"))
    return Block(say("people.granting"), form=Form(to.people(), fields, acts, token=reading.form_token))


def _adding(reading: Reading) -> Block:
    fields = (
        Field("person", say("people.account"), required=True),
        Field("title", say("people.name")),
        Field("password", say("sign_in.password"), "password", required=True),
    )
    acts = (("add", say("people.act.add")),)
    return Block(say("people.adding"), form=Form(to.people(), fields, acts, token=reading.form_token))


def _linking(reading: Reading, everyone: Mapping[str, object]) -> tuple[Block, ...]:
    """Give the form that says whose a company account is, where people sign in by the company."""
    declared = reading.catalog.project.sign_in
    if declared is None:
        return ()
    fields = (
        Field("person", say("people.account"), "choice", choices=tuple((name, name) for name in everyone)),
        Field("issuer", say("people.issuer"), value=declared.issuer, required=True),
        Field("subject", say("people.subject"), required=True),
    )
    acts = tuple((act, say(f"people.act.{act}")) for act in ("link", "unlink"))
    about = (say("people.linking.about", company=declared.label),)
    return (
        Block(say("people.linking"), about, form=Form(to.people(), fields, acts, token=reading.form_token)),
    )


def _link_said(link: tuple[str, str]) -> str:
    return say("people.linked", issuer=link[0], subject=link[1])


def _why(reading: Reading, everyone: Mapping[str, tuple[Account, Person]], asked: Asked) -> Block:
    units = reading.catalog.units
    fields = (
        Field("q", say("people.account"), "choice", asked.q or "", choices=tuple((n, n) for n in everyone)),
        Field("kind", say("people.permission"), "choice", asked.kind or "", choices=tuple(
            (name, f"{name}: {words}") for name, words in PERMISSIONS.items())),
        Field("unit", say("pick.unit"), "choice", asked.unit or "", choices=(
            ("", say("people.anywhere")), *((name, units.label(name)) for name in units.names))),
    )  # fmt: skip
    said: tuple[str, ...] = ()
    if asked.q and asked.kind and asked.q in everyone and asked.kind in PERMISSIONS:
        decided = may(everyone[asked.q][1], asked.kind, unit=asked.unit)
        key = "people.may" if decided.allowed else "people.may_not"
        said = (say(key, person=asked.q, permission=asked.kind, why=decided.why),)
    form = Form(to.people(), fields, (("", say("people.ask")),), "get")
    return Block(say("people.why"), said, form=form)


def _roles(reading: Reading) -> Block:
    rows = tuple(
        (Cell(role.label, about=role.description or ""), Cell(role.sensitivity), Cell(" ".join(role.may)))
        for role in in_force(reading.catalog.roles).values()
    )
    columns = (say("people.role"), say("people.tier"), say("people.permissions"))
    return Block(say("account.roles"), columns=columns, rows=rows)
