"""A file that has arrived: its mapped rows, staged, and where what it is compared with is."""

from collections.abc import Sequence
from dataclasses import dataclass

from leadline.catalog import Catalog
from leadline.catalog.definitions import Source
from leadline.ingest.mapping import Plan
from leadline.store.engine import Engine
from leadline.store.entries import Batch
from leadline.store.staging import Staging


@dataclass(frozen=True, slots=True)
class Arrived:
    """`before` are the live batches of the same source whose files stand before this one, the nearest last."""

    catalog: Catalog
    engine: Engine
    staging: Staging
    source: Source
    plan: Plan
    before: Sequence[Batch] = ()

    @property
    def zone(self) -> str:
        """The time zone of the file's wall clocks."""
        return self.source.time_zone or self.catalog.project.time_zone
