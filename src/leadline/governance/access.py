"""Who may do what: pure decisions over people, their roles and the units these hold for. Denied unless granted.

Every decision says why: by which grant and role, or what is missing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from leadline.catalog import UnitTree
from leadline.catalog.definitions import TIERS, Role, Tier
from leadline.catalog.permissions import OPEN, OWN, matching
from leadline.governance.accounts import Account, Grant
from leadline.metrics.query import Sight, Viewer

FIGURES = "metrics:figure:read"
"""The permission whose grants decide which figures a person sees."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed, and why."""

    allowed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """A role as a person holds it: by which grant, and for which units (None: everywhere)."""

    grant: Grant
    role: Role
    units: frozenset[str] | None = None

    @property
    def words(self) -> str:
        """Say it: the role, where it holds, who gave it."""
        where = f"for {self.grant.unit} and below" if self.grant.unit else "everywhere"
        by = f", granted by {self.grant.by} on {self.grant.at:%Y-%m-%d}" if self.grant.at else ""
        return f"role {self.role.name} {where}{by}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in, with what is held now. `scopes`: permissions to which an API token is limited."""

    name: str
    title: str = ""
    held: tuple[Held, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    lapsed: tuple[str, ...] = ()
    """Grants that give nothing, in words: of roles or units that are no longer there, or past their day."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Name the roles held, each once."""
        return tuple(dict.fromkeys(held.role.name for held in self.held))

    @property
    def units(self) -> frozenset[str] | None:
        """Name the units for which any role is held; None when one holds everywhere."""
        return _union(held.units for held in self.held)


def person(
    account: Account,
    roles: Mapping[str, Role],
    units: UnitTree,
    today: date,
    *,
    scopes: Collection[str] | None = None,
) -> Person:
    """Give a person as of a day: with the grants that hold, resolved to roles and to the units they cover.

    `scopes` are the patterns of an API token: what they name is what is left.
    """
    held, lapsed = [], []
    for grant in account.grants:
        role, unit = roles.get(grant.role), grant.unit
        if role is None:
            lapsed.append(f"role {grant.role}: there is no such role")
        elif unit is not None and unit not in units.names:
            lapsed.append(f"role {grant.role} for {unit}: there is no such unit")
        elif grant.until is not None and grant.until < today:
            lapsed.append(f"role {grant.role}: it held until {grant.until}")
        else:
            held.append(Held(grant, role, frozenset(units.descendants(unit)) if unit else None))
    limits = None if scopes is None else frozenset(name for scope in scopes for name in matching(scope))
    return Person(account.name, account.label, tuple(held), account.attributes, limits, tuple(lapsed))


def may(
    one: Person,
    permission: str,
    *,
    unit: str | None = None,
    sensitivity: Tier | None = None,
    everywhere: bool = False,
) -> Decision:
    """Decide whether a person may do something: anywhere, in a unit, or `everywhere`; on what is at most so sensitive.

    The answer names the grant that allows it. Where nothing does, it says what comes nearest and why it does not do.
    """
    if permission == OPEN:
        return Decision(allowed=True, why="everybody may")
    if permission == OWN:
        told = "everybody who has signed in may" if one.scopes is None else "an API token may not"
        return Decision(allowed=one.scopes is None, why=told)
    if one.scopes is not None and permission not in one.scopes:
        return Decision(allowed=False, why=f"the API token has no scope for {permission}")
    holding = [held for held in one.held if permission in _permissions(held.role)]
    for held in holding:
        if (
            (held.units is None or not everywhere)
            and _reaches(held, unit)
            and _high_enough(held.role, sensitivity)
        ):
            return Decision(allowed=True, why=held.words)
    if everywhere and holding:
        return Decision(allowed=False, why=f"{holding[0].words} does not reach everywhere")
    return Decision(allowed=False, why=_missing(one, holding, permission, unit, sensitivity))


def viewer(one: Person) -> Viewer:
    """Give what decides which figures a person sees: one sight for each role held that shows any."""
    if one.scopes is not None and FIGURES not in one.scopes:
        return Viewer(one.name, ())
    return Viewer(
        one.name, tuple(_sight(one, held) for held in one.held if FIGURES in _permissions(held.role))
    )


def _sight(one: Person, held: Held) -> Sight:
    own = tuple((column, one.attributes.get(name)) for column, name in sorted(held.role.own.items()))
    return Sight(held.role.sensitivity, held.units, own, held.role.minimum_n)


def _permissions(role: Role) -> frozenset[str]:
    return frozenset(name for pattern in role.may for name in matching(pattern))


def _reaches(held: Held, unit: str | None) -> bool:
    return unit is None or held.units is None or unit in held.units


def _high_enough(role: Role, sensitivity: Tier | None) -> bool:
    return sensitivity is None or TIERS.index(role.sensitivity) >= TIERS.index(sensitivity)


def _missing(
    one: Person, holding: list[Held], permission: str, unit: str | None, sensitivity: Tier | None
) -> str:
    """Say what is missing."""
    if not one.held:
        return f"{one.name} has no role" + (f" ({'; '.join(one.lapsed)})" if one.lapsed else "")
    if not holding:
        return f"no role of {one.name} ({', '.join(one.roles)}) holds {permission}"
    near = [held for held in holding if _reaches(held, unit)]
    if not near:
        return f"{holding[0].words} does not reach {unit}"
    return f"{near[0].words} shows figures up to {near[0].role.sensitivity}, and these are {sensitivity}"


def _union(parts: Iterator[frozenset[str] | None]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found
