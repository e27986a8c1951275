"""Figures of real time and of periodic rows stand side by side; a formula mixes them only where it says so."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import rows
from leadline.catalog.definitions import COMPOSED, Derived
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find composed metrics of which one part is collected in real time, and another is not."""
    for metric in catalog.metrics.values():
        if not isinstance(metric, COMPOSED) or (isinstance(metric, Derived) and metric.mixes_real_time):
            continue
        parts = {True: "", False: ""}
        for leaf in rows(catalog, metric):
            parts[leaf.collected.real_time] = leaf.name
        if all(parts.values()):
            yield Problem(
                "error", "mixed-real-time", f"{parts[True]!r} comes in real time and {parts[False]!r} does not: "
                "one would be ahead of the other.", catalog.place(metric, "name"),
                "Show them side by side, or say that it is meant: `mixes_real_time: true`.",
            )  # fmt: skip
