"""A fact's key, instant and unit are columns of it, of a type that can be that."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Fact
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find keys, instants and units that are no columns or have the wrong type."""
    for fact in catalog.facts.values():
        if not fact.key:
            level = "error" if fact.from_ else "warning"
            yield Problem(
                "error" if level == "error" else "warning", "no-key", f"The fact {fact.name!r} has no key.",
                catalog.place(fact, "name"),
                "Its rows cannot be told apart, so the same row in two files counts twice.",
            )  # fmt: skip
        for nth, name in enumerate(fact.key):
            if name not in fact.columns:
                yield _unknown(catalog, fact, name, "key", nth)
            elif fact.columns[name].type == "number":
                yield Problem(
                    "error", "wrong-column-type", f"`key` cannot be {name!r}, which is number.",
                    catalog.place(fact, "key", nth), "Fractions are seldom equal; use a text or a whole number.",
                )  # fmt: skip
        yield from _typed(catalog, fact, "at")
        yield from _typed(catalog, fact, "unit")


_TYPES = {
    "at": ({"instant", "date"}, "An instant or a date places a row."),
    "unit": ({"unit"}, "Give the column `type: unit`."),
}


def _typed(catalog: Catalog, fact: Fact, role: str) -> Iterator[Problem]:
    """Find a role whose column is none, or has a type that cannot be that."""
    name = getattr(fact, role)
    column = fact.columns.get(name)
    types, hint = _TYPES[role]
    if name is not None and column is None:
        yield _unknown(catalog, fact, name, role)
    elif column is not None and column.type not in types:
        yield Problem(
            "error", "wrong-column-type", f"`{role}` cannot be {name!r}, which is {column.type}.",
            catalog.place(fact, role), hint,
        )  # fmt: skip


def _unknown(catalog: Catalog, fact: Fact, name: str, *path: str | int) -> Problem:
    if fact.from_ and path[0] == "key":
        hint = f"The key of a derived fact is made of columns of {fact.from_!r}."
    else:
        hint = suggest(name, fact.columns)
    return Problem(
        "error", "unknown-column", f"{fact.name!r} has no column {name!r}.", catalog.place(fact, *path), hint
    )
