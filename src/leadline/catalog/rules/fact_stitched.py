"""A stitched fact says what links the rows of another, and its key has one column more: the chain."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Fact, Stitch
from leadline.catalog.problems import Problem
from leadline.errors import suggest

_LINKING = frozenset({"text", "integer", "date", "boolean", "unit"})


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find chains of rows that cannot be told apart or put in order, and columns that are none or cannot be that."""
    for fact in catalog.facts.values():
        if fact.stitch is None or not fact.from_:
            continue
        parent = catalog.facts.get(fact.from_)
        if parent:
            yield from _rows(catalog, fact, parent)
            yield from _columns(catalog, fact, fact.stitch, parent)
            yield from _paths(catalog, fact, fact.stitch, parent)


def _rows(catalog: Catalog, fact: Fact, parent: Fact) -> Iterator[Problem]:
    if len(parent.key) != 1 or not parent.at:
        yield Problem(
            "error", "stitch-rows", f"The rows of {parent.name!r} cannot be told apart or put in order.",
            catalog.place(fact, "from"), "A fact that is stitched has a key of one column, and `at`.",
        )  # fmt: skip
    chains = [name for name in fact.key if name not in parent.columns]
    if len(chains) != 1:
        found = f"it has {len(chains)}" if chains else "it has none"
        yield Problem(
            "error", "stitch-key", f"The key of {fact.name!r} needs one column that names the chain, and {found}.",
            catalog.place(fact, "key"), f"Write `key: [chain_id]`: any name that is no column of {parent.name!r}.",
        )  # fmt: skip
    first = parent.columns.get(parent.key[0]) if len(parent.key) == 1 else None
    for name in chains if first else ():
        if fact.columns[name].type != (first.type if first else ""):
            yield Problem(
                "error", "wrong-column-type", f"{name!r} is the key of the chain's first row, which is "
                f"{first.type if first else ''}.", catalog.place(fact, "columns", name, "type"),
            )  # fmt: skip


def _columns(catalog: Catalog, fact: Fact, stitch: Stitch, parent: Fact) -> Iterator[Problem]:
    for nth, link in enumerate(stitch.links):
        for place, name in enumerate(link.same):
            path = ("stitch", "links", nth, "same", place)
            yield from known(catalog, fact, parent, name, _LINKING, *path)
    if stitch.until:
        at = parent.columns.get(parent.at or "")
        kinds = frozenset({at.type}) if at else frozenset({"instant", "date"})
        yield from known(catalog, fact, parent, stitch.until, kinds, "stitch", "until")


def _paths(catalog: Catalog, fact: Fact, stitch: Stitch, parent: Fact) -> Iterator[Problem]:
    for name, told in stitch.paths.items():
        yield from known(catalog, fact, parent, told, frozenset({"text", "unit"}), "stitch", "paths", name)
        column = fact.columns[name]
        if column.as_ is not None or column.type != "text" or name in fact.key:
            yield Problem(
                "error", "stitch-path", f"{name!r} tells values in their order: it is a text, made by `paths` alone.",
                catalog.place(fact, "stitch", "paths", name),
            )  # fmt: skip


def known(
    catalog: Catalog, fact: Fact, parent: Fact, name: str, kinds: frozenset[str], *path: str | int
) -> Iterator[Problem]:
    """Find a column that the other fact has not, or that is of none of these kinds."""
    column = parent.columns.get(name)
    if column is None:
        yield Problem(
            "error", "unknown-column", f"{parent.name!r} has no column {name!r}.", catalog.place(fact, *path),
            suggest(name, parent.columns),
        )  # fmt: skip
    elif column.type not in kinds:
        yield Problem(
            "error", "wrong-column-type", f"{name!r} is {column.type}; here it must be {' or '.join(sorted(kinds))}.",
            catalog.place(fact, *path),
        )  # fmt: skip
