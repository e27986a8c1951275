"""Figures beside the raw ones can be computed: of types that can be adjusted, by columns that there are."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import (
    Balance,
    Conversion,
    Count,
    Mean,
    Ratio,
    RowMetric,
    Share,
    Sum,
)
from leadline.catalog.problems import Problem
from leadline.errors import DefinitionError

_KINDS: dict[str, tuple[type[RowMetric], ...]] = {
    "standardised": (Share, Balance, Ratio, Mean, Conversion),
    "raked": (Share, Balance, Mean, Conversion),
    "cluster": (Share, Balance, Ratio, Mean, Count, Sum, Conversion),
}


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find adjustments of metrics that have none, and columns for them that are missing."""
    for metric in catalog.metrics.values():
        if isinstance(metric, RowMetric) and metric.of in catalog.facts:
            yield from _types(catalog, metric)
            yield from _columns(catalog, metric)


def _types(catalog: Catalog, metric: RowMetric) -> Iterator[Problem]:
    for key, kinds in _KINDS.items():
        if getattr(metric, key) is not None and not isinstance(metric, kinds):
            listed = ", ".join(kind.__name__.lower() for kind in kinds)
            yield Problem(
                "error", "not-adjusted", f"A metric of type {metric.type} cannot be {_WORDS[key]}.",  # type: ignore[attr-defined]  # every type of metric has `type`
                catalog.place(metric, key), f"Types that can: {listed}.",
            )  # fmt: skip
    if metric.raked is not None and metric.weight is not None:
        yield Problem(
            "error", "not-adjusted", "Rows that have weights cannot be raked.", catalog.place(metric, "raked"),
            "Leave out `weight` or `raked`.",
        )  # fmt: skip


_WORDS = {"standardised": "standardised", "raked": "raked", "cluster": "given by cluster"}


def _columns(catalog: Catalog, metric: RowMetric) -> Iterator[Problem]:
    if metric.standardised is not None and metric.standardised.by not in metric.by:
        yield Problem(
            "error", "not-in-by", f"The mix is of {metric.standardised.by!r}, by which the metric is not sliced.",
            catalog.place(metric, "standardised", "by"), "Add the column to the metric's `by`.",
        )  # fmt: skip
    named: list[tuple[str, tuple[str, ...]]] = [
        (c, ("raked", "to", c)) for c in (metric.raked.to if metric.raked else ())
    ]
    named += [(metric.cluster, ("cluster",))] if metric.cluster else []
    for column, path in named:
        try:
            catalog.dimension_type(metric, column)
        except DefinitionError as error:
            yield Problem("error", error.code, error.message, catalog.place(metric, *path), error.hint)
