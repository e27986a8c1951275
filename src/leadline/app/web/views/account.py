"""My account: who I am here, what I sign in with, where I am signed in, and tokens for programs."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import GovernancePage
from leadline.app.web.contexts.governance import Block, Cell, Field, Form
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.errors import AccessError
from leadline.governance import codes, own_account, sessions
from leadline.governance.accounts import Account, accounts, end_sessions, live
from leadline.secret import Secret
from leadline.store.ledger_reader import LedgerReader

DAYS = 366
"""The longest life of a token."""


def account(reading: Reading, asked: Asked) -> GovernancePage:
    """Show the own account."""
    del asked
    with reading.ledger.read() as reader:
        known = accounts(reader, reading.person.name).get(reading.person.name)
        blocks = [_who(reading)]
        if known is not None:
            device = bool(live(reader, known, "totp"))
            blocks += [_password(reading), _device(reading, device=device)]
            blocks += [_sessions(reading, reader), _tokens(reading, reader, known)]
    return _page(reading, say("account.title"), tuple(blocks))


def change(reading: Reading, given: Mapping[str, str]) -> str | GovernancePage:
    """Do what the reader asks of the own account; what is shown only once is shown at once.

    Raises:
        AccessError: it cannot be done so.
    """
    name, ledger = reading.person.name, reading.ledger
    match given.get("act", ""):
        case "password":
            if given.get("new", "") != given.get("again", ""):
                raise AccessError(say("account.differ"), code="password")
            asked = own_account.Changed(Secret(given.get("present", "")), Secret(given.get("new", "")))
            own_account.change_password(ledger, name, asked, session=reading.session)
        case "device":
            return _setting_up(reading)
        case "confirm":
            made = own_account.add_device(
                ledger,
                name,
                given.get("secret", ""),
                given.get("code", ""),
                reading.moment,
                seal=reading.seal,
            )
            return _once(reading, say("account.recovery"), say("account.recovery.about"), "\n".join(made))
        case "remove":
            own_account.remove_device(ledger, name, Secret(given.get("present", "")))
        case "everywhere":
            with ledger.write(actor=name) as writer:
                end_sessions(writer, name, but=reading.session)
        case "token":
            return _new_token(reading, given)
        case "revoke":
            number = given.get("number", "")
            own_account.revoke_token(ledger, name, int(number) if number.isdigit() else 0)
        case _:
            raise AccessError(say("account.unknown_act"), code="usage")
    return to.account()


def _new_token(reading: Reading, given: Mapping[str, str]) -> GovernancePage:
    days = given.get("days", "")
    if not days.isdigit() or not 1 <= int(days) <= DAYS:
        raise AccessError(say("account.days", most=DAYS), code="usage")
    made = sessions.new_token(
        reading.ledger, reading.person.name, actor=reading.person.name, label=given.get("label", ""),
        scopes=tuple(given.get("scopes", "").replace(",", " ").split()),
        until=reading.moment + timedelta(days=int(days)),
    )  # fmt: skip
    return _once(reading, say("account.token.new"), say("account.token.once"), made)


def _who(reading: Reading) -> Block:
    one = reading.person
    roles = tuple((held.role.label, held.words) for held in one.held) or (
        (say("account.roles"), say("account.no_role")),
    )
    own = tuple((name, value) for name, value in sorted(one.attributes.items()))
    return Block(
        one.title or one.name, (say("account.about", name=one.name), *one.lapsed), facts=(*roles, *own)
    )


def _password(reading: Reading) -> Block:
    fields = (
        Field("present", say("account.present"), "password", required=True),
        Field("new", say("account.new"), "password", required=True),
        Field("again", say("account.again"), "password", required=True),
    )
    return Block(
        say("account.password"), (say("account.password.about"),), form=_form(reading, fields, "password")
    )


def _device(reading: Reading, *, device: bool) -> Block:
    if not device:
        return Block(say("account.device"), (say("account.device.none"),), form=_form(reading, (), "device"))
    fields = (Field("present", say("account.present"), "password", required=True),)
    return Block(say("account.device"), (say("account.device.there"),), form=_form(reading, fields, "remove"))


def _setting_up(reading: Reading) -> GovernancePage:
    secret = codes.new_secret()
    address = codes.address(secret, reading.person.name, reading.catalog.project.label)
    fields = (Field("secret", "", "hidden", secret), Field("code", say("sign_in.code"), required=True))
    block = Block(
        say("account.device"), (say("account.device.scan"),), facts=((say("account.device.secret"), secret),),
        drawing=codes.qr_svg(address), form=_form(reading, fields, "confirm"),
    )  # fmt: skip
    return _page(reading, say("account.device"), (block,))


def _sessions(reading: Reading, reader: LedgerReader) -> Block:
    now = reading.moment
    open_ = [
        one for one in reversed(reader.people.sessions(reading.person.name))
        if one.ended_at is None and one.until > now and now - one.seen_at <= sessions.IDLE
    ]  # fmt: skip
    rows = tuple(
        (
            Cell(one.agent or say("account.some_browser"), about=_here(reading, one.id)),
            Cell(one.how),
            Cell(dates.instant(one.opened_at, reading.zone)),
            Cell(dates.instant(one.seen_at, reading.zone)),
        )
        for one in open_
    )
    columns = (say("account.browser"), say("account.how"), say("account.since"), say("account.seen"))
    return Block(say("account.sessions"), columns=columns, rows=rows, form=_form(reading, (), "everywhere"))


def _here(reading: Reading, session: str) -> str:
    return say("account.here") if session == reading.session else ""


def _tokens(reading: Reading, reader: LedgerReader, known: Account) -> Block:
    rows = tuple(
        (
            Cell(one.said["label"] or f"{one.number}", about=f"{one.number}"), Cell(" ".join(one.said["scopes"])),
            Cell(dates.instant(datetime.fromisoformat(one.said["until"]), reading.zone)),
        )
        for one in live(reader, known, "token")
    )  # fmt: skip
    fields = (
        Field("label", say("account.token.label")),
        Field("scopes", say("account.token.scopes"), value="metrics:figure:read"),
        Field("days", say("account.token.days"), value="90"),
        Field("number", say("account.token.number")),
    )
    return Block(
        say("account.tokens"), (say("account.tokens.about"),),
        columns=(say("account.token.label"), say("account.token.scopes"), say("account.token.until")), rows=rows,
        empty=say("account.tokens.none"), form=_form(reading, fields, "token", "revoke"),
    )  # fmt: skip


def _form(reading: Reading, fields: tuple[Field, ...], *acts: str) -> Form:
    buttons = tuple((act, say(f"account.act.{act}")) for act in acts)
    return Form(to.account(), fields, buttons, token=reading.form_token)


def _once(reading: Reading, title: str, about: str, text: str) -> GovernancePage:
    return _page(reading, title, (Block(title, (about,), text=text),))


def _page(reading: Reading, title: str, blocks: tuple[Block, ...]) -> GovernancePage:
    beside = (Link(say("access.title"), to.access()),)
    return GovernancePage(shell(reading, title, ""), (), title, (), None, beside, blocks)
