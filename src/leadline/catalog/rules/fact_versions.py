"""Versions are made of rows that say when they were, one for each entity at a time; recoded rows say when they are."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Column, Fact
from leadline.catalog.definitions.history import Versions
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find versions of what cannot have them, and redefined codes in rows that nobody can date."""
    for fact in catalog.facts.values():
        if fact.versions is not None:
            yield from _versions(catalog, fact, fact.versions)
        for name, column in fact.columns.items():
            if column.recoded:
                yield from _recoded(catalog, fact, name, column)


def _versions(catalog: Catalog, fact: Fact, versions: Versions) -> Iterator[Problem]:
    parent = catalog.facts.get(fact.from_ or "")
    if parent is None:
        return
    place = catalog.place(fact, "versions")
    if (versions.taken is None) == (versions.changed is None):
        yield Problem(
            "error", "bad-value", "Versions are made of snapshots (`taken`) or of a log (`changed`).", place
        )
    if versions.ended is not None and versions.taken is not None:
        yield Problem(
            "error", "bad-value", "What is missing from a snapshot has ended; only a log has `ended`.", place
        )
    if fact.valid is None or fact.valid.until is None or fact.entity is None:
        yield Problem(
            "error", "versions-valid", f"Nothing says which columns hold the begin and the end of a version of "
            f"{fact.name!r}.", place, "Write `valid: {from: since, until: until}` and `key: [customer, since]`.",
        )  # fmt: skip
        return
    for role, name in (("taken" if versions.taken else "changed", versions.instant),
                       *(("columns", column) for column in versions.columns)):  # fmt: skip
        if name and name not in parent.columns:
            yield Problem(
                "error", "unknown-column", f"{parent.name!r} has no column {name!r}.",
                catalog.place(fact, "versions", role), suggest(name, parent.columns),
            )  # fmt: skip
    instant = parent.columns.get(versions.instant)
    if instant and instant.type not in {"date", "instant"}:
        yield Problem(
            "error", "wrong-column-type", f"{versions.instant!r} is {instant.type}; versions begin on a date or at an "
            "instant.", place,
        )  # fmt: skip
    if instant and {fact.entity, versions.instant} != set(parent.key):
        yield Problem(
            "error", "versions-key", f"{parent.name!r} may have several rows of one {fact.entity} at a time.",
            catalog.place(fact, "from"), f"Give it `key: [{fact.entity}, {versions.instant}]`.",
        )  # fmt: skip


def _recoded(catalog: Catalog, fact: Fact, name: str, column: Column) -> Iterator[Problem]:
    place = catalog.place(fact, "columns", name, "recoded")
    dated = fact.at or (fact.valid.from_ if fact.valid else None)
    when = fact.columns.get(dated or "")
    if fact.from_:
        yield Problem(
            "error", "not-loaded", f"{fact.name!r} is derived; codes are read where they are loaded.", place,
            f"Declare it in {fact.from_!r}.",
        )  # fmt: skip
    elif column.type != "text":
        yield Problem("error", "bad-constraint", f"{name!r} is {column.type}; only texts are recoded.", place)
    elif when is None or not (when.required or dated in fact.key):
        yield Problem(
            "error", "recoded-undated", f"A code of {name!r} means one thing or another by the row's date, and it need "
            "not have one.", place, "Give the fact an `at` with `required: true`.",
        )  # fmt: skip
