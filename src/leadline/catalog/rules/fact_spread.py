"""A spread fact says when its rows' time ended, and its key has one column more: the interval."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Fact, Spread
from leadline.catalog.problems import Problem
from leadline.catalog.rules.fact_stitched import known


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find rows that cannot be told apart, an end that is no instant, and columns that cannot be made."""
    for fact in catalog.facts.values():
        if fact.spread is None or not fact.from_:
            continue
        if fact.stitch or fact.versions:
            yield Problem(
                "error", "bad-value", "The rows of a fact are spread, or stitched, or made versions: one of them.",
                catalog.place(fact, "spread"), "Spread one fact, and derive another from it.",
            )  # fmt: skip
            continue
        parent = catalog.facts.get(fact.from_)
        if parent:
            yield from _rows(catalog, fact, parent)
            yield from known(
                catalog, fact, parent, fact.spread.until, frozenset({"instant"}), "spread", "until"
            )
            yield from _told(catalog, fact, fact.spread)


def _rows(catalog: Catalog, fact: Fact, parent: Fact) -> Iterator[Problem]:
    if len(parent.key) != 1 or parent.key[0] not in fact.key:
        yield Problem(
            "error", "spread-key", f"The rows of {fact.name!r} cannot be told apart.", catalog.place(fact, "key"),
            "Spread a fact whose key is one column, and write it with the interval: `key: [call_id, interval_at]`.",
        )  # fmt: skip
        return
    intervals = [name for name in fact.key if name != parent.key[0]]
    if len(intervals) != 1 or intervals[0] in parent.columns:
        yield Problem(
            "error", "spread-key", f"The key of {fact.name!r} needs one column that holds the interval's beginning.",
            catalog.place(fact, "key"), f"Write `key: [{parent.key[0]}, interval_at]`.",
        )  # fmt: skip
    elif fact.columns[intervals[0]].type != "instant":
        yield Problem(
            "error", "wrong-column-type", f"{intervals[0]!r} is the instant at which an interval begins.",
            catalog.place(fact, "columns", intervals[0], "type"),
        )  # fmt: skip


def _told(catalog: Catalog, fact: Fact, spread: Spread) -> Iterator[Problem]:
    for role, name, kind in (("seconds", spread.seconds, "number"), ("ended", spread.ended, "integer")):
        column = fact.columns[name]
        if (
            column.as_ is not None
            or column.type != kind
            or name in fact.key
            or spread.seconds == spread.ended
        ):
            yield Problem(
                "error", "spread-column", f"{name!r} is made by spreading alone: {kind}, no `as`, no part of the key, "
                "and each of the two has its own name.", catalog.place(fact, "spread", role),
            )  # fmt: skip
