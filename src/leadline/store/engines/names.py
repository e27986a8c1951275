"""What may name a relation or a publication on any engine, and what is said when one is missing or there already."""

import re
from collections.abc import Iterable

from leadline.errors import StoreError
from leadline.store.engine import Relation

SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=@+-]{0,149}")


def safe(name: str) -> str:
    """Refuse a name that could mean another file or table than its own."""
    if not SAFE.fullmatch(name):
        raise StoreError(
            f"{name!r} cannot name a relation or a generation.",
            code="store-name",
            hint="Use letters, digits, _ . = @ + and -, at most 150 of them.",
        )
    return name


def missing(relation: Relation) -> StoreError:
    """Say that a relation is gone."""
    return StoreError(
        f"The {relation.space} relation {relation.name}/{relation.key} is not in the warehouse.",
        code="store-missing",
        hint="It was swept, or the warehouse was changed by hand: refresh again.",
    )


def written_already(relation: Relation) -> StoreError:
    """Say that a relation cannot be written twice."""
    return StoreError(
        f"The {relation.space} relation {relation.name}/{relation.key} is written already.",
        code="store-exists",
        hint="Relations never change: ask `exists` first, or write under another key.",
    )


def published_already(name: str) -> StoreError:
    """Say that a publication cannot be written twice."""
    return StoreError(f"Generation {name} is published already.", code="store-exists")


def retracted(name: str) -> StoreError:
    """Say that a publication is gone."""
    return StoreError(
        f"The published tables of generation {name} are gone.",
        code="store-generation",
        hint="A newer one has been published since: ask for the latest. After a change of warehouse, refresh.",
    )


def refuse_twins(names: Iterable[str]) -> None:
    """Refuse columns that differ in letter case only: an engine would mix them up without a word."""
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.setdefault(name.casefold(), name)
        if twin is not name or not name:
            raise StoreError(
                f"Two columns have one name: {twin!r} and {name!r}." if name else "A column has no name.",
                code="store-columns",
                hint="Names that differ in letter case only count as one.",
            )


def demand(columns: Iterable[str], held: Iterable[str], what: str) -> None:
    """Refuse to read columns that a published table does not have."""
    known = {name.casefold() for name in held}
    if lacking := [name for name in columns if name.casefold() not in known]:
        raise StoreError(
            f"The published table {what} has no column {lacking[0]!r}.",
            code="store-columns",
            hint="It was published by another version of Leadline: refresh again.",
        )
