"""Accounts and decisions as the doors use them: roles and units as they are in force, and decisions explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from leadline.app.wiring import Workspace, definitions_of, open_published
from leadline.catalog import Catalog, UnitTree, build, load
from leadline.catalog.definitions import Definition, MetricBase, Role
from leadline.catalog.permissions import PERMISSIONS
from leadline.catalog.roles import in_force
from leadline.errors import AccessError, NothingPublished, suggest
from leadline.governance.access import FIGURES, Decision, Person, may, person
from leadline.governance.accounts import account
from leadline.metrics.viewing import tier


@dataclass(frozen=True)
class Explained:
    """One decision: on what, and why."""

    permission: str
    unit: str | None
    sensitivity: str | None
    decision: Decision


def catalog_of(space: Workspace) -> Catalog:
    """Give the definitions in force: as published, or before anything is, as they are written."""
    try:
        return open_published(space).catalog
    except NothingPublished:
        return load(space.root)


def standing(space: Workspace) -> tuple[Mapping[str, Role], UnitTree]:
    """Give the roles and units in force, without reading the rest: it is asked before every command."""
    try:
        with space.ledger.read() as reader:
            versions = reader.definitions(reader.generation().id)
    except NothingPublished:
        catalog = load(space.root)
    else:
        kept = [version for version in versions if version.kind in {"project", "role", "unit"}]
        catalog = build([document for version in kept for document in definitions_of(version)], space.root)
    return in_force(catalog.roles), catalog.units


def roles(space: Workspace) -> dict[str, Role]:
    """Give the roles in force."""
    return dict(in_force(catalog_of(space).roles))


def person_of(space: Workspace, name: str, today: date) -> Person:
    """Give somebody as of a day, with the roles and units in force.

    Raises:
        AccessError: there is no such account.
    """
    catalog = catalog_of(space)
    with space.ledger.read() as reader:
        one = account(reader, name)
    if one.locked:
        return Person(one.name, one.label, lapsed=(f"the account is locked: {one.locked}",))
    return person(one, in_force(catalog.roles), catalog.units, today)


def explained(space: Workspace, name: str, about: str, *, unit: str | None, today: date) -> list[Explained]:
    """Say of a person what is allowed about something and why: a permission, or `kind NAME` of a definition.

    Raises:
        AccessError: there is no such account, or nothing of that name.
    """
    one, catalog = person_of(space, name, today), catalog_of(space)
    if unit is not None and unit not in catalog.units.names:
        raise AccessError(
            f"There is no unit {unit!r}.", code="unknown-unit", hint=suggest(unit, catalog.units.names)
        )
    if about in PERMISSIONS:
        return [Explained(about, unit, None, may(one, about, unit=unit))]
    found = _found(catalog, about)
    metric = catalog.metrics.get(found.name) if isinstance(found, MetricBase) else None
    if metric is None:
        needed = ("ingest:source:read", "ingest:row:read") if found.kind == "source" else ()
        return [
            Explained(p, unit, None, may(one, p, unit=unit)) for p in (*needed, "catalog:definition:read")
        ]
    sensitivity = tier(catalog, metric)
    return [
        Explained(FIGURES, unit, sensitivity, may(one, FIGURES, unit=unit, sensitivity=sensitivity)),
        Explained("metrics:metric:read", unit, None, may(one, "metrics:metric:read", unit=unit)),
    ]


def _found(catalog: Catalog, about: str) -> Definition:
    kind, _, name = about.rpartition(" ")
    found = [d for d in catalog.definitions() if d.name == name and kind in {"", d.kind}]
    if len(found) != 1:
        known = [*PERMISSIONS, *(d.name for d in catalog.definitions())]
        several = ", ".join(f"'{d.kind} {d.name}'" for d in found)
        raise AccessError(
            f"There are several definitions {about!r}: {several}." if found else f"There is nothing called {about!r}.",
            code="unknown-object", hint="Name one of them." if found else suggest(about, known),
        )  # fmt: skip
    return found[0]


def tree_of(space: Workspace) -> UnitTree:
    """Give the organisation in force."""
    return catalog_of(space).units


def issuer(space: Workspace) -> str:
    """Give the issuer of the company's sign-in, as it is written. Raises AccessError where there is none."""
    declared = load(space.root).project.sign_in
    if declared is None:
        raise AccessError(
            "The project declares no sign_in.", code="no-sign-in", hint="Name the issuer: --issuer."
        )
    return declared.issuer
