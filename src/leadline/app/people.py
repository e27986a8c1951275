"""Who people are, for workflows: persons, teams and boards as declared, owners of definitions, and granted roles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from leadline.app.access_requests import units_of
from leadline.catalog import Catalog
from leadline.catalog.definitions import Definition
from leadline.catalog.people import Directory, accountable, plain
from leadline.store.work_entries import Link

STEWARD, BOARD_MEMBER, KPI_OWNER = "steward", "board_member", "kpi_owner"


@dataclass(frozen=True)
class Company:
    """The people of a project. `granted` names who holds a role, beside those who hold it by what is declared:
    stewards of domains, members of boards, owners of metrics.
    """

    catalog: Catalog
    granted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    accepted: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Who has accepted to answer for a definition (kind, name): they do, whomever it names."""
    covering: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    """Who holds a role for some units: role -> person -> units. They count where all of an item's units are theirs."""

    @property
    def directory(self) -> Directory:
        """The people, teams, boards and domains that are declared."""
        return Directory.of(self.catalog)

    def roles(self, person: str, links: Sequence[Link] = ()) -> frozenset[str]:
        """Give the roles of a person: those held everywhere, and those held for all units that links name."""
        known = {*self.granted, *self.covering, STEWARD, BOARD_MEMBER, KPI_OWNER}
        return frozenset(
            role
            for role in known
            if any(self.acts_for(person, holder) for holder in self.having(role, links))
        )

    def having(self, role: str, links: Sequence[Link] = ()) -> frozenset[str]:
        """Give everybody who has a role, as they are declared: everywhere, or for all units that links name."""
        found = set(self.granted.get(role, ()))
        units = units_of(links)
        found |= {who for who, theirs in self.covering.get(role, {}).items() if units and units <= theirs}
        match role:
            case "steward":
                for domain in self.catalog.domains.values():
                    found |= {one for one in (domain.steward, *domain.units.values()) if one}
            case "board_member":
                found |= {one for board in self.catalog.boards.values() for one in board.members}
            case "kpi_owner":
                found |= {one for metric in self.catalog.metrics.values() for one in accountable(metric)}
            case _:
                pass
        return _each_once(found)

    def board(self, name: str) -> frozenset[str]:
        """Give the members of a board."""
        board = self.catalog.boards.get(name)
        return _each_once(board.members) if board else frozenset()

    def quorum(self, board: str) -> int | None:
        """Give how many members of a board must have said yes."""
        found = self.catalog.boards.get(board)
        return found.quorum if found else None

    def owners(self, link: Link) -> frozenset[str]:
        """Give who answers for what a link names."""
        found = linked(self.catalog, link)
        if found is None:
            return frozenset()
        return _each_once(self.accepted.get((found.kind, found.name)) or accountable(found))

    def acts_for(self, person: str, holder: str) -> bool:
        """Tell whether a person is who is named, or a member of the team that is named."""
        return self.directory.acts_for(person, holder)


def linked(catalog: Catalog, link: Link) -> Definition | None:
    """Give the definition that a link names: a metric, a source, `kind/name`; None for other links, and for none."""
    kind, _, name = link.name.partition("/") if link.kind == "definition" else (link.kind, "", link.name)
    match kind:
        case "metric":
            return catalog.metrics.get(name)
        case "source":
            return catalog.sources.get(name)
        case "scorecard":
            return catalog.scorecards.get(name)
        case _ if link.kind == "definition":
            return next((d for d in catalog.definitions() if (d.kind, d.name) == (kind, name)), None)
        case _:
            return None


def _each_once(names: Iterable[str]) -> frozenset[str]:
    """Give names so that two ways of writing one person are one."""
    found: dict[str, str] = {}
    for name in sorted(names):
        found.setdefault(plain(name), name)
    return frozenset(found.values())
