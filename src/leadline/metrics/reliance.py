"""Which sources of a metric are below the reliability that they declare, in words.

How far a source may be relied on is worked out at the refresh, from what it delivered (docs/reliability.md). A figure
is none the worse computed for it: its status stays, and what is wrong with the data beneath it is said beside it.
"""

from collections.abc import Mapping
from typing import Any

from leadline.catalog import Catalog
from leadline.catalog.composition import rows
from leadline.catalog.definitions import Conversion, Metric, Source
from leadline.catalog.graph import upstream
from leadline.metrics.lateness import asks_for_others


def unreliable(catalog: Catalog, tables: Mapping[str, Any], metric: Metric) -> dict[str, str]:
    """Give, by name, each source of a metric that is below what it declares, and say so in a sentence."""
    beneath = (one for one in upstream(catalog, metric) if isinstance(one, Source))
    said = {one.name: words(one, tables) for one in beneath if not _brings_others(catalog, one, metric)}
    return {name: text for name, text in sorted(said.items()) if text}


def _brings_others(catalog: Catalog, source: Source, metric: Metric) -> bool:
    """Tell whether all that a source brings is certainly left out by the metric's `where`."""
    brings = tuple(sorted(source.expected.brings.items())) if source.expected else ()
    leaves = rows(catalog, metric)
    return bool(brings) and all(
        leaf.of == source.fact
        and not isinstance(leaf, Conversion)
        and asks_for_others(catalog, leaf.name, brings)
        for leaf in leaves
    )


def words(source: Source, tables: Mapping[str, Any]) -> str:
    """Say that a source is below the reliability that it declares; empty where it is not."""
    told = tables.get("reliability", {}).get(source.name, {})
    if told.get("reliable") is not False or source.expected is None:
        return ""
    known: dict[str, float] = told["parts"]
    least = min(known, key=lambda name: known[name])
    part = "volume stability" if least == "stability" else least
    return (
        f"{source.label} is unreliable: {score(told['score'])} of 100, wanted {score(source.expected.reliable_from)}; "
        f"{part} is {score(known[least])}."
    )


def score(value: float) -> str:
    """Write a score: never 100 where it is less."""
    return f"{value:.0f}" if value in {0.0, 100.0} or 0.5 <= value < 99.5 else f"{value:.1f}"
