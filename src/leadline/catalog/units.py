"""The organisation as a tree of units: who is under whom, in which time zone, and by which codes sources mean them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadline.catalog.definitions import Unit, UnitNode
from leadline.catalog.documents import Document
from leadline.catalog.problems import Problem
from leadline.errors import Place, suggest


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """One unit as it stands in the tree."""

    name: str
    label: str
    parent: str | None
    time_zone: str | None
    codes: tuple[str, ...]
    owner: str | None
    place: Place
    closed: date | None = None
    """The first day on which it is no longer there."""


@dataclass(frozen=True, eq=False)
class UnitTree:
    """Every unit of the company. All methods raise KeyError for a name that is no unit."""

    entries: dict[str, UnitEntry] = field(default_factory=dict)
    default_zone: str = "UTC"
    by_code: dict[str, str] = field(default_factory=dict)
    """Each unit's codes, and its own name, to its name."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every unit's name, parents before children."""
        return tuple(self.entries)

    @cached_property
    def by_zone(self) -> Mapping[str, tuple[str, ...]]:
        """Every time zone with the units whose clocks show it, parents before children."""
        found: dict[str, list[str]] = {}
        for name in self.names:
            found.setdefault(self.time_zone(name), []).append(name)
        return {zone: tuple(names) for zone, names in found.items()}

    @property
    def roots(self) -> tuple[str, ...]:
        """The units without a parent."""
        return tuple(name for name, entry in self.entries.items() if entry.parent is None)

    def parent(self, name: str) -> str | None:
        """Give the unit above, or None."""
        return self.entries[name].parent

    def children(self, name: str) -> tuple[str, ...]:
        """Give the units right below."""
        self.entries[name]
        return self._below.get(name, ())

    def descendants(self, name: str) -> tuple[str, ...]:
        """Give the unit itself and every unit below it, parents before children."""
        below = [name]
        for unit in below:
            below += self.children(unit)
        return tuple(below)

    @cached_property
    def _below(self) -> Mapping[str | None, tuple[str, ...]]:
        """The units right below each that has any: the tree never changes once it is built."""
        found: dict[str | None, list[str]] = {}
        for name, entry in self.entries.items():
            found.setdefault(entry.parent, []).append(name)
        return {name: tuple(children) for name, children in found.items()}

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Give the units above, the nearest first."""
        above: list[str] = []
        up = self.entries[name].parent
        while up is not None:
            above.append(up)
            up = self.entries[up].parent
        return tuple(above)

    def label(self, name: str) -> str:
        """Give what people call the unit."""
        return self.entries[name].label

    def time_zone(self, name: str) -> str:
        """Give the unit's time zone: its own, else the nearest above, else the project's."""
        chain = (name, *self.ancestors(name))
        zones = (self.entries[unit].time_zone for unit in chain)
        return next((zone for zone in zones if zone), self.default_zone)


def zone_exists(name: str) -> bool:
    """Tell whether a time zone of this name is known (as `Europe/Berlin`)."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def build(written: Iterable[tuple[Unit, Document]], default_zone: str) -> tuple[UnitTree, list[Problem]]:
    """Build the tree; a unit with an unknown parent, in a circle or defined twice is left out, with a problem."""
    entries: dict[str, UnitEntry] = {}
    problems: list[Problem] = []
    for unit, document in written:
        for entry in _entries(unit, document, unit.parent, ()):
            if entry.name in entries:
                before = entries[entry.name].place
                problems.append(
                    Problem("error", "duplicate-name", f"There is another unit {entry.name!r}, at {before}.",
                            entry.place, "Rename one of them.")
                )  # fmt: skip
            else:
                entries[entry.name] = entry
    sound = {name: entry for name, entry in entries.items() if not _parent_fault(entry, entries, problems)}
    ordered: dict[str, UnitEntry] = {}
    waiting: list[str | None] = [None]
    for above in waiting:
        for name, entry in sound.items():
            if entry.parent == above and name not in ordered:
                ordered[name] = entry
                waiting.append(name)
    return UnitTree(ordered, default_zone, _codes(ordered, problems)), problems


def _entries(
    node: Unit | UnitNode, document: Document, parent: str | None, path: tuple[str | int, ...]
) -> Iterator[UnitEntry]:
    """Give a unit and those written inside it."""
    place = document.place(*path, "name")
    yield UnitEntry(node.name, node.label, parent, node.time_zone, node.codes, node.owner, place, node.closed)
    for nth, child in enumerate(node.children):
        yield from _entries(child, document, node.name, (*path, "children", nth))


def _parent_fault(entry: UnitEntry, entries: dict[str, UnitEntry], problems: list[Problem]) -> bool:
    """Tell whether a unit hangs in the air or in a circle, and note why."""
    if entry.parent is not None and entry.parent not in entries:
        problems.append(
            Problem("error", "unknown-unit", f"There is no unit {entry.parent!r} above {entry.name!r}.", entry.place,
                    suggest(entry.parent, entries))
        )  # fmt: skip
        return True
    chain, up = [entry.name], entry.parent
    while up is not None and up in entries and up not in chain:
        chain.append(up)
        up = entries[up].parent
    if up == entry.name:
        circle = " → ".join([*chain, up])
        problems.append(Problem("error", "cycle", f"The units go in a circle: {circle}.", entry.place))
    return up is not None


def _codes(entries: dict[str, UnitEntry], problems: list[Problem]) -> dict[str, str]:
    """Give the unit that each code means; a code of two units is an error."""
    by_code = {name: name for name in entries}
    for name, entry in entries.items():
        for code in entry.codes:
            owner = by_code.setdefault(code, name)
            if owner != name:
                problems.append(
                    Problem("error", "unit-code-twice", f"The code {code!r} means both {owner!r} and {name!r}.",
                            entry.place, "Rows would be counted in one of them at random: give each its own.")
                )  # fmt: skip
    return by_code
