"""Access that people ask for: which roles would bring what is missing, the request, and what granting it does.

A request is a work item; whoever grants it needs the right to give roles there, and never grants an own one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from leadline.catalog import Catalog
from leadline.catalog.definitions import Role
from leadline.catalog.definitions.workflow import Effect
from leadline.catalog.permissions import matching
from leadline.catalog.roles import ADMINISTRATOR, in_force
from leadline.errors import AccessError, suggest
from leadline.governance.access import may, person
from leadline.governance.accounts import Account, accounts, grant
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import Item, People, open_item
from leadline.workflow.declared import find
from leadline.workflow.verbs import Doing

WORKFLOW = "access_request"
WRITE = "governance:access:write"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: a role, for a unit or everywhere, until a day or for good, and what for."""

    role: str
    unit: str | None
    until: date | None
    purpose: str


def bringing(catalog: Catalog, permission: str | None) -> tuple[Role, ...]:
    """Give the roles that bring a permission, or all, as they are listed: from those for many to those for few."""
    roles = in_force(catalog.roles).values()
    return tuple(role for role in roles if permission is None or permission in _permissions(role))


def ask(writer: LedgerWriter, catalog: Catalog, people: People, wanted: Asked) -> Item:
    """Open a request for access; who writes asks for themselves.

    Raises:
        AccessError: there is no such account, role or unit, or the same is asked for already, or held.
        WorkError: something of the form is missing.
    """
    one = accounts(writer, writer.actor).get(writer.actor)
    if one is None:
        raise AccessError("Who has no account cannot be given a role.", code="unknown-person")
    _check(catalog, wanted, _today(writer, catalog))
    if any(
        (g.role, g.unit) == (wanted.role, wanted.unit) and _lasts(g.until, wanted.until) for g in one.grants
    ):
        raise AccessError("You hold this role already.", code="access-held")
    mine = Wanted(workflow=WORKFLOW, opened_by=writer.actor, closed=False)
    title = f"{wanted.role}{f' for {wanted.unit}' if wanted.unit else ''}: {one.label}"[:200]
    if any(item.title == title for item in writer.work.items(mine)):
        raise AccessError(
            "You have asked for this already.", code="access-asked", hint="It is being decided."
        )
    fields = {
        "role": wanted.role, "purpose": wanted.purpose, "unit": wanted.unit or "",
        "until": wanted.until.isoformat() if wanted.until else "",
    }  # fmt: skip
    links = [Link("unit", wanted.unit)] if wanted.unit else []
    given = {name: value for name, value in fields.items() if value}
    return open_item(
        writer, find(catalog, WORKFLOW), title=title, people=people, fields=given, links=links, effects={}
    )


def granting(catalog: Catalog, people: People) -> Doing:
    """Make the effect that gives the author of a request the role that it names, until the day that it names."""

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        if people.acts_for(writer.actor, found.author):
            raise AccessError(
                "Nobody grants an own request.", code="access-own", hint="Somebody else must take this step."
            )
        fields: Mapping[str, object] = found.fields
        until = fields.get("until")
        wanted = Asked(
            str(fields.get("role") or "").strip(), str(fields.get("unit") or "").strip() or None,
            date.fromisoformat(str(until)) if until else None, str(fields.get("purpose") or ""),
        )  # fmt: skip
        today = _today(writer, catalog)
        _check(catalog, wanted, today)
        _within_reach(writer, catalog, people, wanted.unit, today)
        why = f"{found.workflow.name} {found.number}: {wanted.purpose}"[:500]
        grant(
            writer, found.author, wanted.role, unit=wanted.unit, until=wanted.until,
            known=in_force(catalog.roles), because=why,
        )  # fmt: skip

    return do


def _within_reach(
    writer: LedgerWriter, catalog: Catalog, people: People, unit: str | None, today: date
) -> None:
    """Refuse who gives more than they may: a role somewhere takes the right to give roles there."""
    one = accounts(writer, writer.actor).get(writer.actor)
    if one is None:  # who started the server, while there are no accounts of others
        allowed, why = ADMINISTRATOR in people.roles(writer.actor), "there is no such account"
    else:
        held = person(one, in_force(catalog.roles), catalog.units, today)
        decided = may(held, WRITE, unit=unit, everywhere=unit is None)
        allowed, why = decided.allowed and not one.locked, decided.why
    if not allowed:
        raise AccessError(
            f"{writer.actor} may take this step, and not give this role: {why}.", code="effect-rights",
            hint=f"It needs {WRITE}{f' in {unit}' if unit else ' everywhere'}.",
        )  # fmt: skip


def _check(catalog: Catalog, wanted: Asked, today: date) -> None:
    roles, units = in_force(catalog.roles), catalog.units.names
    if wanted.role not in roles:
        raise AccessError(
            f"There is no role {wanted.role!r}.", code="unknown-role", hint=suggest(wanted.role, roles)
        )
    if wanted.unit is not None and wanted.unit not in units:
        raise AccessError(
            f"There is no unit {wanted.unit!r}.", code="unknown-unit", hint=suggest(wanted.unit, units)
        )
    if wanted.until is not None and wanted.until < today:
        raise AccessError(
            "The last day of a role is not over yet.", code="access-past", hint="Name a later day."
        )


def covering(
    known: Iterable[Account], catalog: Catalog, today: date | None
) -> dict[str, dict[str, frozenset[str]]]:
    """Give which roles are held for some units: role -> person -> units. Without a day, none counts that ends."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for account in known:
        for one in account.grants:
            holds = one.until is None or (today is not None and one.until >= today)
            if account.locked or one.unit is None or one.unit not in catalog.units.names or not holds:
                continue
            below = frozenset(catalog.units.descendants(one.unit))
            mine = found.setdefault(one.role, {})
            mine[account.name] = mine.get(account.name, frozenset()) | below
    return found


def units_of(links: Sequence[Link]) -> frozenset[str]:
    """Give the units that an item is about: those that it names, and those of its figures."""
    named = {one.name for one in links if one.kind == "unit"}
    for one in links:
        if one.kind == "figure":
            parts = dict(part.partition("=")[::2] for part in one.name.split("&"))
            named.add(
                parts.get("unit", "")
            )  # a figure of the whole company is of no unit that anybody covers
    return frozenset(named)


def _permissions(role: Role) -> frozenset[str]:
    return frozenset(name for pattern in role.may for name in matching(pattern))


def _lasts(held: date | None, wanted: date | None) -> bool:
    return held is None or (wanted is not None and held >= wanted)


def _today(writer: LedgerWriter, catalog: Catalog) -> date:
    return writer.now.astimezone(ZoneInfo(catalog.project.time_zone)).date()
