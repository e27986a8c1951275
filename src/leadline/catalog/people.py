"""Who is who: names as people write them, the persons and teams that are declared, and who looks after what."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Board, Definition, Domain, Person
from leadline.catalog.units import UnitTree

_BETWEEN = re.compile(r"[^a-z0-9]+")


def plain(name: str) -> str:
    """Give a name as it is compared: `Service-Planning` is `service_planning`."""
    return _BETWEEN.sub("_", name.strip().lower()).strip("_")


@dataclass(frozen=True)
class Directory:
    """The people, teams, boards and domains of a catalog."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    boards: Mapping[str, Board] = field(default_factory=dict)
    domains: Mapping[str, Domain] = field(default_factory=dict)
    units: UnitTree = field(default_factory=UnitTree)

    @classmethod
    def of(cls, catalog: Catalog) -> "Directory":
        """Give the directory of a catalog."""
        return cls(catalog.persons, catalog.boards, catalog.domains, catalog.units)

    def person(self, name: str | None) -> Person | None:
        """Give the declared person or team of a name, if there is one."""
        return self.persons.get(plain(name)) if name else None

    def same(self, one: str | None, other: str | None) -> bool:
        """Tell whether two names mean one person or team."""
        return bool(one) and bool(other) and plain(str(one)) == plain(str(other))

    def acts_for(self, actor: str, holder: str | None) -> bool:
        """Tell whether somebody is the holder, or among the members of the team that it is."""
        if self.same(actor, holder):
            return True
        team = self.person(holder)
        return team is not None and plain(actor) in {plain(one) for one in team.members}

    def acts_for_any(self, actor: str, holders: Iterable[str]) -> bool:
        """Tell whether somebody acts for one of several."""
        return any(self.acts_for(actor, holder) for holder in holders)

    def has_left(self, name: str, on: date) -> bool:
        """Tell whether a person is no longer there; a team is not when nobody of it is."""
        person = self.person(name)
        if person is None:
            return False
        if person.left is not None and person.left <= on:
            return True
        return bool(person.members) and all(self.has_left(one, on) for one in person.members)

    def is_closed(self, unit: str | None, on: date) -> bool:
        """Tell whether a unit is not there any more: closed, under one that is, or not in the tree at all."""
        if unit is None:
            return False
        if unit not in self.units.entries:
            return True
        chain = (unit, *self.units.ancestors(unit))
        return any(day is not None and day <= on for day in (self.units.entries[one].closed for one in chain))

    def steward(self, definition: Definition, unit: str | None = None) -> str | None:
        """Name who looks after a definition in a unit: of the nearest unit above that names one, else of the domain."""
        domain = self.domains.get(definition.domain or "")
        if domain is None:
            return None
        if unit in self.units.entries:
            for one in (unit, *self.units.ancestors(unit)):
                if one in domain.units:
                    return domain.units[one]
        return domain.steward

    def boards_of(self, definition: Definition) -> tuple[Board, ...]:
        """Give the boards that decide on a definition: those of its domain, else those of everything."""
        mine = [b for b in self.boards.values() if definition.domain and definition.domain in b.domains]
        return tuple(mine or [b for b in self.boards.values() if not b.domains])

    def sits_on(self, actor: str, board: str) -> bool:
        """Tell whether somebody is a member of a board."""
        found = self.boards.get(board)
        return found is not None and plain(actor) in {plain(one) for one in found.members}


def accountable(definition: Definition) -> tuple[str, ...]:
    """Name everyone of whom a definition says that they answer for it: `raci.accountable` and `owner`, each once."""
    named = [(definition.raci and definition.raci.accountable) or None, definition.owner]
    found: dict[str, str] = {}
    for name in named:
        if name:
            found.setdefault(plain(name), name)
    return tuple(found.values())
