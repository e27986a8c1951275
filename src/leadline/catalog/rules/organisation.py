"""Persons, boards and domains name each other, and a board can reach its quorum.

Where a project declares no person at all, people are names and nothing more. A person whose unit is not there any more
is no mistake of the text: `leadline ownership --gaps` tells of it.
"""

from collections.abc import Iterable, Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Definition
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find people, domains and units that there are not, and quorums that nobody can reach."""
    yield from _people(catalog)
    for board in catalog.boards.values():
        if board.quorum > len(set(board.members)):
            yield Problem(
                "error", "board-quorum",
                f"The board {board.name!r} has {len(set(board.members))} members, and its quorum is {board.quorum}.",
                catalog.place(board, "quorum"), "It could never decide anything.",
            )  # fmt: skip
        if board.chair and board.chair not in board.members:
            yield Problem(
                "error", "board-chair", f"{board.chair!r} is no member of the board {board.name!r}.",
                catalog.place(board, "chair"), "Name a member.",
            )  # fmt: skip
        for nth, name in enumerate(board.domains):
            yield from _domain(catalog, board, name, "domains", nth)
    for domain in catalog.domains.values():
        for unit in domain.units:
            if unit not in catalog.units.entries and ("unit", unit) not in catalog.unusable:
                yield Problem(
                    "error", "unknown-unit", f"There is no unit {unit!r}.", catalog.place(domain, "units", unit),
                    suggest(unit, catalog.units.names),
                )  # fmt: skip
    for definition in catalog.definitions():
        if definition.domain:
            yield from _domain(catalog, definition, definition.domain, "domain")


def _people(catalog: Catalog) -> Iterator[Problem]:
    if not catalog.persons:
        return
    for person in catalog.persons.values():
        yield from _persons(catalog, person, person.members, "members")
    for board in catalog.boards.values():
        yield from _persons(catalog, board, board.members, "members")
    for domain in catalog.domains.values():
        if domain.steward:
            yield from _person(catalog, domain, domain.steward, "steward")
        for unit, name in domain.units.items():
            yield from _person(catalog, domain, name, "units", unit)


def _persons(catalog: Catalog, one: Definition, names: Iterable[str], key: str) -> Iterator[Problem]:
    for nth, name in enumerate(names):
        yield from _person(catalog, one, name, key, nth)


def _person(catalog: Catalog, one: Definition, name: str, *path: str | int) -> Iterator[Problem]:
    if name not in catalog.persons and ("person", name) not in catalog.unusable:
        yield Problem(
            "error", "unknown-person", f"There is no person {name!r}.", catalog.place(one, *path),
            suggest(name, catalog.persons) or "Declare them: kind: person, name: …",
        )  # fmt: skip


def _domain(catalog: Catalog, one: Definition, name: str, *path: str | int) -> Iterator[Problem]:
    if name not in catalog.domains and ("domain", name) not in catalog.unusable:
        yield Problem(
            "error", "unknown-domain", f"There is no domain {name!r}.", catalog.place(one, *path),
            suggest(name, catalog.domains) or "Declare it: kind: domain, name: …, steward: …",
        )  # fmt: skip
