"""The ledger's tables, one file for each area. Nothing outside the store imports this; others see values.

A change here needs a migration: a test compares both on SQLite and on PostgreSQL.
"""

from leadline.store.records.base import metadata
from leadline.store.records.chain import journal
from leadline.store.records.decided import decision
from leadline.store.records.effective import effective
from leadline.store.records.people import credential, person_event, session
from leadline.store.records.periods import closing, comment, frozen_figure, reopening, restatement
from leadline.store.records.published import (
    batch,
    definition_version,
    finding,
    generation,
    generation_batch,
    generation_definition,
    sighting,
)
from leadline.store.records.work import job, outbox, work_event, work_item, work_link

__all__ = [
    "batch",
    "closing",
    "comment",
    "credential",
    "decision",
    "definition_version",
    "effective",
    "finding",
    "frozen_figure",
    "generation",
    "generation_batch",
    "generation_definition",
    "job",
    "journal",
    "metadata",
    "outbox",
    "person_event",
    "reopening",
    "restatement",
    "session",
    "sighting",
    "work_event",
    "work_item",
    "work_link",
]
