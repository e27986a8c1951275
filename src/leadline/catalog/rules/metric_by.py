"""A metric is sliced by columns that there are, of a type with few values."""

from collections.abc import Iterator

from leadline.catalog import facts
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import RowMetric
from leadline.catalog.problems import Problem
from leadline.errors import DefinitionError, suggest

_SLICED = frozenset({"text", "unit", "boolean", "integer"})


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find dimensions that are no columns, that are measured rather than told apart, or that stand there twice."""
    for metric in catalog.metrics.values():
        fact = catalog.facts.get(metric.of) if isinstance(metric, RowMetric) else None
        if fact is None or not isinstance(metric, RowMetric):
            continue
        for nth, name in enumerate(metric.by):
            place = catalog.place(metric, "by", nth)
            try:
                kind = catalog.dimension_type(metric, name)
            except DefinitionError as error:
                hint = suggest(name, facts.scope(fact, catalog.facts).columns)
                yield Problem("error", error.code, error.message, place, hint)
                continue
            if kind not in _SLICED:
                yield Problem(
                    "error", "not-a-dimension", f"{name!r} is {kind}: nearly every row would be its own slice.", place,
                    "Slices are made by texts, units, whole numbers and yes/no columns.",
                )  # fmt: skip
            if name in metric.by[:nth]:
                yield Problem("error", "dimension-twice", f"{name!r} is here twice.", place)
