"""Links to clusters: which records hang together, and where a guard says no.

Clusters are a function of the set of links alone, never of the order in which records came. Where no guard is touched
they are the connected components. In a component that breaks a guard (two records that are never one, or too many
records) links are taken one by one, the strongest first, and one that would break a guard is held back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Held = Literal["never", "too many records", "rejected"]
HELD: tuple[Held, ...] = ("never", "too many records", "rejected")


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of records (numbers from 0), the strongest first; the first `firm` were said by a person."""

    left: Ints
    right: Ints
    firm: int = 0


@dataclass(frozen=True, slots=True)
class Guards:
    """What must not be: more than `at_most` records in one; two known codes of one kind (`never`, below 0 is unknown);
    both records of a rejected pair."""

    at_most: int
    never: Sequence[Ints] = ()
    rejected: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Clusters:
    """The cluster of each record, named by its first record; and the links held back, each with its reason."""

    first: Ints
    held: tuple[tuple[int, Held], ...] = ()


def clustered(records: int, links: Links, guards: Guards) -> Clusters:
    """Give the clusters of records 0 … `records` - 1."""
    whole = components(records, links.left, links.right)
    broken = _broken(whole, guards)
    if not len(broken):
        return Clusters(whole)
    inside = np.flatnonzero(np.isin(whole[links.left], broken))
    groups = _Groups(guards, np.flatnonzero(np.isin(whole, broken)))
    held = []
    for at in inside.tolist():
        reason = groups.join(int(links.left[at]), int(links.right[at]), firm=at < links.firm)
        if reason is not None:
            held.append((at, reason))
    first = whole.copy()
    for record in groups.records:
        first[record] = groups.least[groups.root(record)]
    apart = [(at, why) for at, why in held if first[links.left[at]] != first[links.right[at]]]
    return Clusters(first, tuple(apart))


def components(records: int, left: Ints, right: Ints) -> Ints:
    """Give the first record of the connected component of each record."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - heavy, and only needed where links are
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - same

    if not len(left):
        return np.arange(records, dtype=np.int64)
    graph = coo_array(  # type: ignore[no-untyped-call]  # scipy has no types
        (np.ones(len(left), dtype=np.int8), (left, right)), shape=(records, records)
    )
    count, labels = connected_components(graph, directed=False)
    first = np.full(count, records, dtype=np.int64)
    np.minimum.at(first, labels, np.arange(records, dtype=np.int64))
    found: Ints = first[labels]
    return found


def _broken(whole: Ints, guards: Guards) -> Ints:
    """Give the components that break a guard."""
    names, sizes = np.unique(whole, return_counts=True)
    found = [names[sizes > guards.at_most]]
    for codes in guards.never:
        known = codes >= 0
        couples = np.unique(np.stack([whole[known], codes[known]]), axis=1)
        owners, kinds = np.unique(couples[0], return_counts=True)
        found.append(owners[kinds > 1])
    both = [whole[a] for a, b in guards.rejected if whole[a] == whole[b]]
    found.append(np.array(both, dtype=np.int64))
    return np.unique(np.concatenate(found))


@dataclass(slots=True)
class _Groups:
    """Groups of records as they grow, for the few records whose component breaks a guard."""

    guards: Guards
    records: Iterable[int]
    parent: dict[int, int] = field(default_factory=dict)
    least: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    codes: dict[int, tuple[frozenset[int], ...]] = field(default_factory=dict)
    enemies: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self.records = [int(record) for record in self.records]
        for record in self.records:
            self.parent[record], self.least[record], self.members[record] = record, record, [record]
            own = (int(codes[record]) for codes in self.guards.never)
            self.codes[record] = tuple(frozenset() if code < 0 else frozenset({code}) for code in own)
        for one, other in self.guards.rejected:
            self.enemies[one].add(other)
            self.enemies[other].add(one)

    def root(self, record: int) -> int:
        while self.parent[record] != record:
            self.parent[record] = self.parent[self.parent[record]]
            record = self.parent[record]
        return record

    def join(self, left: int, right: int, *, firm: bool) -> Held | None:
        """Join the groups of two records, or give the guard that says no."""
        one, other = self.root(left), self.root(right)
        if one == other:
            return None
        if len(self.members[one]) < len(self.members[other]):
            one, other = other, one
        if self._rejected(one, other):
            return "rejected"
        if not firm and not all(map(_agree, self.codes[one], self.codes[other])):
            return "never"
        if not firm and len(self.members[one]) + len(self.members[other]) > self.guards.at_most:
            return "too many records"
        self.parent[other] = one
        self.least[one] = min(self.least[one], self.least[other])
        self.members[one] += self.members.pop(other)
        self.codes[one] = tuple(a | b for a, b in zip(self.codes[one], self.codes[other], strict=True))
        return None

    def _rejected(self, large: int, small: int) -> bool:
        return any(
            self.root(enemy) == large
            for member in self.members[small]
            for enemy in self.enemies.get(member, ())
            if enemy in self.parent
        )


def _agree(one: frozenset[int], other: frozenset[int]) -> bool:
    """Tell whether joining brings no two codes together that were not together before."""
    return one <= other or other <= one
