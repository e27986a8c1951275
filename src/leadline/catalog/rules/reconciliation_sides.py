"""The sides of a reconciliation can be set against each other: in one unit of measure, at one grain, by one key."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import dimensions, finest_shown, has_units
from leadline.catalog.definitions import GRAINS, Count, Metric, Reconciliation, Sum
from leadline.catalog.facts import scope
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find sides that are the same or measured differently, and what only one of them can be told apart by."""
    begun: dict[tuple[str, str], str] = {}
    for one in catalog.reconciliations.values():
        other = begun.setdefault((one.left, one.grain), one.name)
        if other != one.name:
            yield Problem(
                "error", "reconciled-twice", f"{other!r} begins with {one.left!r} by {one.grain} too, and findings of "
                "both would be one.", catalog.place(one, "left"), "Swap the sides of one of them.",
            )  # fmt: skip
        left, right = catalog.metrics.get(one.left), catalog.metrics.get(one.right)
        if left is not None and right is not None:
            yield from _sides(catalog, one, left, right)
            for side, metric in (("left", left), ("right", right)):
                yield from _reach(catalog, one, side, metric)
            yield from _key(catalog, one, left, right)


def _sides(catalog: Catalog, one: Reconciliation, left: Metric, right: Metric) -> Iterator[Problem]:
    if left.name == right.name:
        yield Problem(
            "error", "same-sides", f"{left.name!r} always agrees with itself.", catalog.place(one, "right")
        )
    if left.measured_in != right.measured_in:
        yield Problem(
            "error", "unit-mismatch", f"The left side is measured in {left.measured_in}, the right one in "
            f"{right.measured_in}.", catalog.place(one, "right"),
            "Define a metric that gives one of them in the other's.",
        )  # fmt: skip


def _reach(catalog: Catalog, one: Reconciliation, side: str, metric: Metric) -> Iterator[Problem]:
    finest = finest_shown(catalog, metric)
    if GRAINS.index(one.grain) < GRAINS.index(finest):
        yield Problem(
            "error", "measured-less-often", f"{metric.name!r} is measured every {finest}.", catalog.place(one, "grain"),
            f"Write `grain: {finest}`.",
        )  # fmt: skip
    if one.units and not has_units(catalog, metric):
        yield Problem(
            "error", "no-unit", f"{metric.name!r} cannot be told apart by unit.", catalog.place(one, "units")
        )
    known = dimensions(catalog, metric)
    for nth, column in enumerate(one.by if side == "left" else one.right_by):
        if column not in known:
            yield Problem(
                "error", "unknown-slice", f"The {side} side, {metric.name!r}, is not sliced by {column!r}.",
                catalog.place(one, "by", nth), suggest(column, known) or "Add the column to its `by`.",
            )  # fmt: skip


def _key(catalog: Catalog, one: Reconciliation, left: Metric, right: Metric) -> Iterator[Problem]:
    if one.right_whole and (one.key or not one.by):
        yield Problem(
            "error", "bad-value", "`right_whole` sets slices against a whole: it needs `by`, and no rows are compared.",
            catalog.place(one, "right_whole"), "Leave out `key`, or `right_whole`.",
        )  # fmt: skip
    if not one.key:
        return
    if one.right_key and len(one.right_key) != len(one.key):
        yield Problem(
            "error", "bad-value", "`key` and `right_key` have not the same number of columns.",
            catalog.place(one, "right_key"),
        )  # fmt: skip
    for side, metric, columns in (("left", left, one.keys[0]), ("right", right, one.keys[1])):
        if not isinstance(metric, Sum | Count) or metric.minimum_n:
            why = "has figures that are suppressed" if metric.minimum_n else "is neither a sum nor a count"
            yield Problem(
                "error", "no-rows-to-compare", f"The {side} side, {metric.name!r}, {why}: it is not told row by row.",
                catalog.place(one, "key"), "Leave out `key`, or reconcile sums.",
            )  # fmt: skip
            continue
        fact = catalog.facts.get(metric.of)
        known = scope(fact, catalog.facts).columns if fact else {}
        for column in columns if fact else ():
            if column not in known:
                yield Problem(
                    "error", "unknown-column", f"The {side} side's fact {metric.of!r} has no column {column!r}.",
                    catalog.place(one, "key"), suggest(column, known) or "Name the right side's in `right_key`.",
                )  # fmt: skip
