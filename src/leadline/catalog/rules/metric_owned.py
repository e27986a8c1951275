"""Every metric has someone who answers for it."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find metrics without an owner."""
    for metric in catalog.metrics.values():
        accountable = metric.raci.accountable if metric.raci else None
        if not metric.owner and not accountable:
            yield Problem(
                "warning", "no-owner", f"The metric {metric.name!r} has no owner.", catalog.place(metric, "name"),
                "Write `owner:` and a person or team.",
            )  # fmt: skip
