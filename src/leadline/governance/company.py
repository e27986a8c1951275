"""Who comes from the company: which account is theirs, and the roles that their groups bring at each sign-in.

Somebody is known by issuer and subject alone. A name or an address that is the same as an account's proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from leadline.catalog.definitions.base import seconds
from leadline.catalog.definitions.sign_in import SignIn
from leadline.catalog.people import plain
from leadline.errors import AccessError
from leadline.governance.accounts import COMPANY, NAME, Account, accounts, add, grant, link, revoke_grant
from leadline.store.ledger import Ledger
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter


@dataclass(frozen=True, slots=True)
class Colleague:
    """Whom the company says that it is: by issuer and subject; the rest only describes."""

    issuer: str
    subject: str
    name: str
    title: str
    groups: frozenset[str]

    @classmethod
    def of(cls, claims: Mapping[str, Any], rules: SignIn) -> "Colleague":
        """Read claims that are believed.

        Raises:
            AccessError: groups are needed and cannot be told from what was claimed.
        """
        title = claims.get("name")
        name = _found(claims, rules.name)
        return cls(
            rules.issuer, str(claims["sub"]), str(name or "").strip().lower(),
            " ".join(title.split())[:100] if isinstance(title, str) else "",
            _groups(claims, rules.groups) if rules.roles else frozenset(),
        )  # fmt: skip


def come_in(ledger: Ledger, who: Colleague, rules: SignIn, today: date) -> str:
    """Give the account of somebody from the company, with the roles that their groups bring now; else write nothing.

    Raises:
        AccessError: there is no account for them (`company-unknown`), or it cannot be made (`company-taken`,
            `company-name`), or it is locked (`company-locked`).
    """
    with ledger.write(actor=COMPANY) as writer:
        one = linked(writer, who.issuer, who.subject) or _new(writer, who, rules)
        if one.locked:
            raise AccessError("This account is locked.", code="company-locked", hint="Ask an administrator.")
        _follow(writer, one, who, rules, today)
    return one.name


def linked(reader: LedgerReader, issuer: str, subject: str) -> Account | None:
    """Give the account that a company account signs in as, if there is one."""
    return next((one for one in accounts(reader).values() if (issuer, subject) in one.links), None)


def _new(writer: LedgerWriter, who: Colleague, rules: SignIn) -> Account:
    """Make the account of somebody who comes for the first time, where that is declared."""
    if rules.accounts == "known":
        raise AccessError(
            f"The company knows you, and no account here is linked to you: you are {who.subject!r} there.",
            code="company-unknown", hint="Send this line to an administrator, who links it: leadline people link.",
        )  # fmt: skip
    if not NAME.fullmatch(who.name):
        raise AccessError(
            f"What the company calls you ({who.name[:100]!r}) cannot be the name of an account.", code="company-name",
            hint=f"The claim is {rules.name}: another one is named by `name` of the project's sign_in.",
        )  # fmt: skip
    if any(plain(name) == plain(who.name) for name in accounts(writer)):  # workflows know people so
        raise AccessError(
            f"There is an account {who.name!r} already, and nobody has said that it is yours: you are "
            f"{who.subject!r} at the company.",
            code="company-taken", hint="Send this line to an administrator, who links it: leadline people link.",
        )  # fmt: skip
    add(writer, who.name, title=who.title)
    link(writer, who.name, who.issuer, who.subject)
    return accounts(writer, who.name)[who.name]


def _follow(writer: LedgerWriter, one: Account, who: Colleague, rules: SignIn, today: date) -> None:
    """Give the roles that the groups bring, and take away those that they no longer bring; what people gave stays."""
    lasts = timedelta(seconds=seconds(rules.roles_last))
    until = today + lasts
    wanted = {(rule.role, rule.unit): rule.group for rule in rules.roles if rule.group in who.groups}
    standing = set()
    for held in one.grants:
        if held.source != COMPANY:
            continue
        key = (held.role, held.unit)
        fresh = held.until is not None and today + lasts / 2 <= held.until <= until
        if key in wanted and fresh:
            standing.add(key)
        else:
            why = "it is confirmed anew" if key in wanted else "the company's groups bring it no longer"
            revoke_grant(writer, one.name, held, because=why)
    for (role, unit), group in wanted.items():
        if (role, unit) not in standing:
            grant(
                writer, one.name, role, unit=unit, until=until, known=[role], source=COMPANY,
                because=f"group {group}",
            )  # fmt: skip


def _groups(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    found = _found(claims, path)
    elsewhere = claims.get("_claim_names")
    if found is None and isinstance(elsewhere, Mapping) and path in elsewhere:
        raise AccessError(
            "The company says that you are in too many groups to be listed, so your roles cannot be told.",
            code="company-claims", hint="Have the provider list only groups of this application.",
        )  # fmt: skip
    if found is None:
        return frozenset()
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise AccessError(
            f"The claim {path} is no list of groups, so your roles cannot be told.", code="company-claims",
            hint="Name the claim that lists groups: `groups` of the project's sign_in.",
        )  # fmt: skip
    return frozenset(listed)


def _found(claims: Mapping[str, Any], path: str) -> Any:
    """Give a claim by its name, which may hold dots itself, else by its path."""
    if path in claims:
        return claims[path]
    at: Any = claims
    for part in path.split("."):
        at = at.get(part) if isinstance(at, Mapping) else None
    return at
