"""An identity is of a loaded fact with one key column, gains it new columns, and compares values that it has."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Identity, ResolvedColumn
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find identities of facts that cannot be resolved, columns that are taken, and values that are unknown."""
    for identity in catalog.identities.values():
        yield from _fact(catalog, identity)
        yield from _columns(catalog, identity)
        yield from _values(catalog, identity)


def _fact(catalog: Catalog, identity: Identity) -> Iterator[Problem]:
    fact, place = catalog.facts.get(identity.of), catalog.place(identity, "of")
    if fact is None:
        if ("fact", identity.of) not in catalog.unusable:
            hint = suggest(identity.of, catalog.facts)
            yield Problem("error", "unknown-fact", f"There is no fact {identity.of!r}.", place, hint)
    elif (
        fact.from_
        or fact.valid
        or len(fact.key) != 1
        or fact.columns[fact.key[0]].type not in {"text", "integer"}
    ):
        yield Problem(
            "error", "identity-fact", f"The records of {fact.name!r} cannot be resolved.", place,
            "An identity is of a fact that is loaded, without history, whose key is one column, text or integer.",
        )  # fmt: skip


def _columns(catalog: Catalog, identity: Identity) -> Iterator[Problem]:
    fact = catalog.facts.get(identity.of)
    for nth, name in enumerate(identity.columns if fact else ()):
        path = ("into",) if nth == 0 else ("levels", name)
        column = fact.columns.get(name) if fact else None
        taken = not isinstance(column, ResolvedColumn) or column.resolved_by != identity.name
        if taken or identity.columns.index(name) != nth:
            yield Problem(
                "error", "identity-column", f"{identity.of!r} has a column {name!r} already.",
                catalog.place(identity, *path), "Choose another name.",
            )  # fmt: skip


def _named(identity: Identity) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give every value that is named, with its path."""
    lists: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = []
    lists += [(("same", n, "values"), rule.values) for n, rule in enumerate(identity.same)]
    lists += [(("never", n, "values"), rule.values) for n, rule in enumerate(identity.never)]
    for level, said in identity.levels.items():
        lists += [(("levels", level, "same", n, "values"), rule.values) for n, rule in enumerate(said.same)]
    if identity.likely:
        likely = identity.likely
        lists += [(("likely", "pairs", n), values) for n, values in enumerate(likely.pairs)]
        lists += [(("likely", "learn", "on", n), values) for n, values in enumerate(likely.learn.on)]
        lists += [
            (("likely", "learn", "certain", n), tuple(value.partition(" ")[0] for value in values))
            for n, values in enumerate(likely.learn.certain)
        ]
        for n, one in enumerate(likely.compare):
            lists.append((("likely", "compare", n, "of"), one.of))
            others = [grade.partition(" ")[2] for grade in one.grades if grade.startswith("same ")]
            lists.append((("likely", "compare", n, "grades"), tuple(others)))
    for path, names in lists:
        yield from ((path, name) for name in names)


def _values(catalog: Catalog, identity: Identity) -> Iterator[Problem]:
    for path, name in _named(identity):
        if name not in identity.values:
            yield Problem(
                "error", "identity-value", f"There is no value {name!r} in {identity.name!r}.",
                catalog.place(identity, *path), suggest(name, identity.values) or "Add it under `values`.",
            )  # fmt: skip
    for n, one in enumerate(identity.likely.compare if identity.likely else ()):
        two = one.by == "names" or "swapped" in one.grades
        dated = one.by == "date" or any(g.startswith("within") for g in one.grades)
        kinds = [identity.values[name].as_ for name in one.of if name in identity.values]
        wrong = two != (len(one.of) == 2) or len(one.of) > 2
        if (
            wrong
            or (dated and kinds != ["date"])
            or (one.by != "date" and not dated and "date" in kinds and two)
        ):
            yield Problem(
                "error", "identity-comparison", f"{one.name!r} cannot be compared so.",
                catalog.place(identity, "likely", "compare", n),
                "`names` and `swapped` take two values, the others one; `date` and `within` take a value `as: date`.",
            )  # fmt: skip
    if not identity.same and identity.likely is None:
        yield Problem(
            "error", "identity-empty", f"{identity.name!r} says of no two records that they are one.",
            catalog.place(identity, "name"), "Write `same:` or `likely:`.",
        )  # fmt: skip
