"""A derived fact says of every column but its key how it is made; a loaded one never does."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem

_DERIVED_ONLY = {
    "where": "A source's `reject` keeps rows out; a metric's `where` chooses.",
    "stitch": "`from:` says whose rows are stitched.",
    "spread": "`from:` says whose rows are spread.",
    "versions": "`from:` says of whose rows versions are made.",
}
"""What only derived facts have, and what to write instead."""


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find columns without their aggregate, and aggregates or conditions where nothing is aggregated."""
    for fact in catalog.facts.values():
        for key, hint in _DERIVED_ONLY.items() if not fact.from_ else ():
            if getattr(fact, key) is not None:
                yield Problem(
                    "error", "not-derived", f"{fact.name!r} is loaded, so it has no `{key}`.",
                    catalog.place(fact, key), hint,
                )  # fmt: skip
        for name, column in fact.columns.items():
            place = catalog.place(fact, "columns", name)
            if not fact.from_ and column.as_ is not None:
                yield Problem(
                    "error", "not-derived", f"{fact.name!r} is loaded, so {name!r} has no `as`.", place,
                    "The source says how a column is made; `from:` makes a fact derived.",
                )  # fmt: skip
            told = name in {
                *(fact.stitch.paths if fact.stitch else ()),
                *(fact.spread.told if fact.spread else ()),
            }
            if fact.from_ and column.as_ is None and name not in fact.key and not told and not fact.versions:
                yield Problem(
                    "error", "no-aggregate", f"{name!r} does not say how it is made from the rows of a key.", place,
                    "Write for example `as: max(…)` or `as: last(…, happened_at)`.",
                )  # fmt: skip
            if fact.from_ and column.as_ is not None and name in fact.key:
                yield Problem(
                    "error", "key-aggregated", f"{name!r} is part of the key; it is taken as it is.", place,
                    "Remove its `as`.",
                )  # fmt: skip
        parent = catalog.facts.get(fact.from_ or "")
        for nth, name in enumerate(fact.key):
            if (
                parent
                and not (fact.stitch or fact.spread or fact.versions)
                and name in fact.columns
                and name not in parent.columns
            ):
                yield Problem(
                    "error", "unknown-column", f"The key {name!r} is no column of {parent.name!r}.",
                    catalog.place(fact, "key", nth),
                )  # fmt: skip
