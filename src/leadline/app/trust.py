"""What a refresh says of its sources: what is late, which sides do not agree, how far each source may be relied on.

Late parts are known before figures are judged, for they make them provisional; the rest is worked out from figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from leadline.catalog import Catalog
from leadline.ingest.reliability.assess import Delivered, delivered, late, reliability
from leadline.ingest.result import Orphans
from leadline.metrics.published import Published
from leadline.store.engine import Engine
from leadline.store.entries import Batch

Tables = dict[str, Any]


def look(
    catalog: Catalog, engine: Engine, live: Sequence[Batch], every: Sequence[Batch], now: datetime
) -> tuple[list[Delivered], Tables]:
    """Give what every source delivered by an instant, and what is to be said of what is late."""
    found = delivered(catalog, engine, live, every, now)
    return found, {"late": late(found)}


def astray(
    catalog: Catalog, live: Sequence[Batch], strays: Sequence[Orphans] | None, before: Mapping[str, Any]
) -> dict[str, float]:
    """Give the share of each source's rows whose reference names no row; as before where no row came (None)."""
    if strays is None:
        return {name: share for name, share in before.get("astray", {}).items() if name in catalog.sources}
    rows: dict[str, int] = {}
    for batch in live:
        rows[batch.source] = rows.get(batch.source, 0) + batch.rows_accepted
    found: dict[str, float] = {}
    for one in strays:
        for source, number in one.by_source.items():
            if rows.get(source):
                found[source] = max(found.get(source, 0.0), number / rows[source])
    return found


def assessed(
    made: Published, found: Sequence[Delivered], strays: Mapping[str, float], agreeing: Mapping[str, float]
) -> Published:
    """Give the generation with each source's reliability."""
    said = {"reliability": reliability(found, strays, agreeing), "astray": dict(strays)}
    return replace(made, generation=replace(made.generation, tables={**made.generation.tables, **said}))
