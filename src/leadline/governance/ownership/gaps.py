"""What a reorganisation leaves behind: owners who left, closed units, two who answer, nobody who does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Definition
from leadline.catalog.people import Directory, plain
from leadline.governance.ownership.verbs import Ownership

Gap = Literal[
    "nobody accountable",
    "two accountable",
    "owner left",
    "unit closed",
    "unknown person",
    "contested",
    "waits",
    "shares",
    "role left",
    "steward missing",
    "quorum out of reach",
]

OWNED = frozenset(
    {"metric", "scorecard", "source", "policy", "reconciliation", "identity", "objective", "workflow"}
)
"""Kinds for which somebody must answer."""


@dataclass(frozen=True, slots=True)
class OwnershipGap:
    """One gap: of which definition, of what sort, whom it concerns (or nobody), and in a sentence."""

    kind: str
    name: str
    title: str
    gap: Gap
    who: str
    sentence: str


def gaps(catalog: Catalog, owned: list[Ownership], on: date) -> list[OwnershipGap]:
    """Give every gap on a day, in the order of definitions."""
    people = Directory.of(catalog)
    found = [gap for one in owned for gap in _of(people, one, on)]
    found += _stewards(people, on)
    for board in people.boards.values():
        there = [name for name in board.members if not people.has_left(name, on)]
        if len(there) < board.quorum:
            found.append(
                _gap(
                    board,
                    "quorum out of reach",
                    "",
                    f"{len(there)} members are there, and {board.quorum} are needed",
                )
            )
    return found


def _of(people: Directory, one: Ownership, on: date) -> Iterator[OwnershipGap]:
    definition, standing = one.definition, one.standing
    if not standing.owners:
        if definition.kind in OWNED:
            yield _gap(definition, "nobody accountable", "", "Nobody answers for it")
    else:
        yield from _owners(people, definition, standing.owners, on)
    yield from _two(one)
    if standing.state == "contested":
        yield _gap(
            definition,
            "contested",
            standing.contester,
            f"{standing.contester} contests it: {standing.because}",
        )
    if standing.state == "proposed":
        yield _gap(definition, "waits", standing.proposer, f"A proposal waits for {', '.join(one.lacking)}")
    total = sum(holding.share for holding in standing.holders)
    if standing.holders and abs(total - 100) > 1e-9:
        yield _gap(definition, "shares", "", f"The shares of those who answer for it come to {total:g} %")
    yield from _raci(people, definition, on)


def _owners(people: Directory, one: Definition, owners: tuple[str, ...], on: date) -> Iterator[OwnershipGap]:
    for name in owners:
        person = people.person(name)
        if person is None:
            if people.persons:
                yield _gap(one, "unknown person", name, f"{name} is no declared person or team")
        elif people.has_left(name, on):
            day = f" since {person.left}" if person.left else ", nor is anybody of the team"
            yield _gap(one, "owner left", name, f"{person.label} is not there any more{day}")
        elif people.is_closed(person.unit, on):
            yield _gap(one, "unit closed", name, f"The unit {person.unit} of {person.label} is closed")


def _two(one: Ownership) -> Iterator[OwnershipGap]:
    definition, standing = one.definition, one.standing
    if len(standing.declared) > 1 and not standing.holders:
        both = " and ".join(standing.declared)
        yield _gap(definition, "two accountable", both, f"The definition says that {both} answer for it")
    held = {plain(holding.holder) for holding in standing.holders}
    said = [name for name in standing.declared if plain(name) not in held]
    if held and said:
        accepted = ", ".join(holding.holder for holding in standing.holders)
        yield _gap(
            definition, "two accountable", ", ".join(said),
            f"The definition names {', '.join(said)}, and {accepted} accepted to answer for it",
        )  # fmt: skip


def _raci(people: Directory, one: Definition, on: date) -> Iterator[OwnershipGap]:
    if one.raci is None:
        return
    named = [("responsible", one.raci.responsible), *(("consulted", n) for n in one.raci.consulted)]
    named += [("informed", n) for n in one.raci.informed]
    for role, name in named:
        if name and people.has_left(name, on):
            yield _gap(one, "role left", name, f"{name} ({role}) is not there any more")


def _stewards(people: Directory, on: date) -> Iterator[OwnershipGap]:
    for domain in people.domains.values():
        if domain.steward is None:
            yield _gap(domain, "steward missing", "", "It has no steward")
        elif people.has_left(domain.steward, on):
            yield _gap(
                domain,
                "steward missing",
                domain.steward,
                f"Its steward {domain.steward} is not there any more",
            )
        for unit, name in sorted(domain.units.items()):
            if people.is_closed(unit, on):
                yield _gap(
                    domain, "unit closed", name, f"The unit {unit}, of which {name} is steward, is closed"
                )
            elif people.has_left(name, on):
                yield _gap(
                    domain, "steward missing", name, f"Its steward in {unit}, {name}, is not there any more"
                )


def _gap(one: Definition, gap: Gap, who: str, sentence: str) -> OwnershipGap:
    return OwnershipGap(one.kind, one.name, one.label, gap, who, f"{sentence.rstrip('.')}.")
