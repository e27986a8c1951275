"""What the declared checks said of the files that count now, of those refused, and of sources."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from leadline.ingest.check_notes import checked, fresh
from leadline.ingest.check_results import CheckResult
from leadline.store.entries import Batch
from leadline.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What one check said of one file and when that was loaded or refused; of a source, where `file` is empty."""

    source: str
    file: str
    batch: str
    result: CheckResult
    at: datetime | None = None


def check_rows(ledger: Ledger, declared: Collection[str], source: str | None = None) -> list[CheckRow]:
    """Give what was said, of the newest batch of each file; what checks of freshness said last comes at the end."""
    with ledger.read() as reader:
        batches = reader.batches(source)
    latest: dict[tuple[str, str], Batch] = {}
    for batch in batches:
        if batch.replays is None and batch.superseded_by is None:
            latest[batch.source, batch.file] = batch
    known = checked(ledger)
    found = [
        CheckRow(batch.source, batch.file, batch.id, result, batch.recorded_at)
        for _, batch in sorted(latest.items())
        if batch.id in known
        for result in known[batch.id].results
    ]
    now = [
        CheckRow(of, "", "", result)
        for of, result in fresh(ledger)
        if result.check in declared and source in (None, of)
    ]
    return [*found, *now]
