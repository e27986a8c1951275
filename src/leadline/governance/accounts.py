"""Accounts: what their events come to, and the verbs by which they change.

An account is never removed: it is locked, and what it did stays told.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from leadline.errors import AccessError, suggest
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.people import Credential, CredentialKind, PersonEvent

COMPANY = "company sign-in"
"""Who gives the roles that a company's groups bring."""
NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
MACHINE = "this machine"
"""The issuer of names of the operating system, by which commands are an account's. No company's provider has it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that was given: for a unit and all below it (None: everywhere), until a day (None: until taken away)."""

    number: int
    role: str
    unit: str | None = None
    until: date | None = None
    by: str = ""
    at: datetime | None = None
    source: str = ""
    """From where it came, if not from somebody's decision: such a grant is taken away from there as well."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the events of an account come to. `attributes` say which values of columns are the person's own."""

    name: str
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    locked: str = ""
    """Why it is locked; empty when it is not."""
    links: frozenset[tuple[str, str]] = frozenset()
    """Issuer and subject of the company accounts by which it signs in."""
    ended: frozenset[int] = frozenset()
    """Credentials that no longer count."""

    @property
    def label(self) -> str:
        """The person's name as written, or the account's."""
        return self.title or self.name


def accounts(reader: LedgerReader, name: str | None = None) -> dict[str, Account]:
    """Give every account, or the one of a name, as its events make it."""
    found: dict[str, Account] = {}
    for event in reader.people.events(name):
        before = found.get(event.person, Account(event.person))
        found[event.person] = _after(before, event)
    return found


def account(reader: LedgerReader, name: str) -> Account:
    """Give one account.

    Raises:
        AccessError: there is none of that name.
    """
    found = accounts(reader, name)
    if name not in found:
        near = suggest(name, accounts(reader))
        raise AccessError(
            f"There is no account {name!r}.",
            code="unknown-person",
            hint=near or "See `leadline people list`.",
        )
    return found[name]


def live(reader: LedgerReader, one: Account, kind: CredentialKind) -> list[Credential]:
    """Give the credentials of a kind that count: not ended, and of a password or a TOTP secret only the last."""
    found = [c for c in reader.people.credentials(one.name, kind=kind) if c.number not in one.ended]
    return found[-1:] if kind in {"password", "totp"} else found


def add(
    writer: LedgerWriter, name: str, *, title: str = "", attributes: Mapping[str, str] | None = None
) -> None:
    """Add an account.

    Raises:
        AccessError: the name cannot be one, or is taken.
    """
    if not NAME.fullmatch(name):
        raise AccessError(
            f"{name!r} cannot be the name of an account.", code="person-name",
            hint="Lower-case letters, digits and . _ @ + -, at most 100 of them.",
        )  # fmt: skip
    if accounts(writer, name):
        raise AccessError(f"There is an account {name!r} already.", code="person-taken")
    writer.people.change(name, "added", {"title": title, "attributes": dict(attributes or {})})


def describe(writer: LedgerWriter, name: str, attributes: Mapping[str, str]) -> None:
    """Say which values of columns are a person's own; an empty value takes one away."""
    account(writer, name)
    writer.people.change(name, "described", {"attributes": dict(attributes)})


def grant(
    writer: LedgerWriter,
    name: str,
    role: str,
    *,
    unit: str | None = None,
    until: date | None = None,
    known: Iterable[str],
    source: str = "",
    because: str = "",
) -> None:
    """Give a role; doing so twice is no error. `because` is kept.

    Raises:
        AccessError: there is no such account or role (`known` names those there are).
    """
    one, known = account(writer, name), list(known)
    if role not in known:
        raise AccessError(
            f"There is no role {role!r}.", code="unknown-role",
            hint=suggest(role, known) or f"There are {', '.join(sorted(known))}.",
        )  # fmt: skip
    if any((g.role, g.unit, g.until, g.source) == (role, unit, until, source) for g in one.grants):
        return
    said = {"role": role, "unit": unit, "until": until.isoformat() if until else None}
    said |= {name: text for name, text in (("source", source), ("because", because)) if text}
    writer.people.change(name, "granted", said)


def revoke(writer: LedgerWriter, name: str, role: str, *, unit: str | None = None) -> None:
    """Take a role away, for a unit or where it holds everywhere. The sessions stay open, without it.

    Raises:
        AccessError: there is no such grant.
    """
    for one in account(writer, name).grants:
        if (one.role, one.unit) == (role, unit):
            revoke_grant(writer, name, one)
            return
    raise AccessError(
        f"{name} does not hold {role}{f' for {unit}' if unit else ' everywhere'}.", code="not-granted",
        hint="See `leadline people list`.",
    )  # fmt: skip


def revoke_grant(writer: LedgerWriter, name: str, one: Grant, *, because: str = "") -> None:
    """Take one grant away."""
    said = {"grant": one.number, "role": one.role, "unit": one.unit}
    writer.people.change(name, "revoked", said | ({"because": because} if because else {}))


def lock(writer: LedgerWriter, name: str, because: str) -> None:
    """Lock an account: nobody signs in by it, and its sessions and tokens end at once."""
    account(writer, name)
    writer.people.change(name, "locked", {"because": because or "no reason given"})
    end_sessions(writer, name)


def unlock(writer: LedgerWriter, name: str) -> None:
    """Let an account be used again."""
    account(writer, name)
    writer.people.change(name, "unlocked")


def link(writer: LedgerWriter, name: str, issuer: str, subject: str) -> None:
    """Let a company account sign in as this one; doing so twice is no error.

    Raises:
        AccessError: there is no such account, or the company account signs in as another one.
    """
    one = account(writer, name)
    if not issuer.strip() or not subject.strip() or issuer == MACHINE:
        raise AccessError(
            "A company account has an issuer and a subject.", code="usage",
            hint="A user of this machine is said by `leadline people os-user`.",
        )  # fmt: skip
    holder = next((a.name for a in accounts(writer).values() if (issuer, subject) in a.links), name)
    if holder != name:
        raise AccessError(
            f"That company account signs in as {holder!r}.", code="link-taken",
            hint="leadline people link --remove takes it away there.",
        )  # fmt: skip
    if (issuer, subject) not in one.links:
        writer.people.change(name, "linked", {"issuer": issuer, "subject": subject})


def unlink(writer: LedgerWriter, name: str, issuer: str, subject: str) -> None:
    """Let a company account sign in as this one no longer; what its groups brought goes with it, sessions end.

    Raises:
        AccessError: it is not linked to it.
    """
    one = account(writer, name)
    if issuer == MACHINE or (issuer, subject) not in one.links:
        raise AccessError(f"{name} is not linked to that company account.", code="not-linked")
    writer.people.change(name, "unlinked", {"issuer": issuer, "subject": subject})
    for held in one.grants:
        if held.source == COMPANY:
            revoke_grant(writer, name, held, because="the company account is unlinked")
    end_sessions(writer, name)


def stand_for(writer: LedgerWriter, name: str, user: str) -> str | None:
    """Let commands that a user of the machine runs be an account's; give the account that stood for them before.

    Raises:
        AccessError: there is no such account.
    """
    account(writer, name)
    before = next((o.name for o in accounts(writer).values() if (MACHINE, user) in o.links), None)
    if before == name:
        return name
    if before is not None:
        writer.people.change(before, "unlinked", {"issuer": MACHINE, "subject": user})
    writer.people.change(name, "linked", {"issuer": MACHINE, "subject": user})
    return before


def stand_no_more(writer: LedgerWriter, user: str) -> str:
    """Let no account stand for a user of the machine any more; give the one that did.

    Raises:
        AccessError: none did.
    """
    for one in accounts(writer).values():
        if (MACHINE, user) in one.links:
            writer.people.change(one.name, "unlinked", {"issuer": MACHINE, "subject": user})
            return one.name
    raise AccessError(f"No account stands for {user} of this machine.", code="no-account")


def end_credentials(writer: LedgerWriter, name: str, numbers: Iterable[int]) -> None:
    """Let credentials count no longer: a used recovery code, a revoked token."""
    for number in numbers:
        writer.people.change(name, "ended", {"credential": number})


def end_sessions(writer: LedgerWriter, name: str, *, but: str = "") -> int:
    """End every open session of an account, except one; give their number."""
    found = [s for s in writer.people.sessions(name) if s.ended_at is None and s.id != but]
    for one in found:
        writer.people.end_session(one.id)
    return len(found)


def _after(one: Account, event: PersonEvent) -> Account:
    """Give what an event makes of an account."""
    said: Mapping[str, Any] = event.said
    match event.verb:
        case "added" | "described":
            values = {**one.attributes, **said.get("attributes", {})}
            kept = {name: value for name, value in values.items() if value}
            return replace(one, title=said.get("title") or one.title, attributes=kept)
        case "granted":
            until = date.fromisoformat(said["until"]) if said["until"] else None
            made = Grant(
                event.number, said["role"], said["unit"], until, event.actor, event.at, said.get("source", "")
            )  # fmt: skip
            return replace(one, grants=(*one.grants, made))
        case "revoked":
            return replace(one, grants=tuple(g for g in one.grants if g.number != said["grant"]))
        case "locked":
            return replace(one, locked=said["because"])
        case "unlocked":
            return replace(one, locked="")
        case "linked":
            return replace(one, links=one.links | {(said["issuer"], said["subject"])})
        case "unlinked":
            return replace(one, links=one.links - {(said["issuer"], said["subject"])})
        case "ended":
            return replace(one, ended=one.ended | {said["credential"]})
        case _:
            return one
