"""Something fills the fact that a metric reads."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import RowMetric
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find metrics over facts that no source loads."""
    loaded = {source.fact for source in catalog.sources.values()}
    loaded |= {
        str(d.data.get("fact")) for d in catalog.documents if d.kind == "source"
    }  # a source with an error still means to load it
    for metric in catalog.metrics.values():
        fact = catalog.facts.get(metric.of) if isinstance(metric, RowMetric) else None
        while fact is not None and fact.from_:
            fact = catalog.facts.get(fact.from_)
        if fact is not None and fact.name not in loaded:
            yield Problem(
                "warning", "nothing-loaded", f"No source loads {fact.name!r}, so {metric.name!r} has no data.",
                catalog.place(metric, "of"), f"Write a source with `fact: {fact.name}`.",
            )  # fmt: skip
