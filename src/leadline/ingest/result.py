"""What a run of ingest says: how far it is, what became of each file, and what holds over all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from leadline.ingest.check_results import CheckResult
from leadline.ingest.law import Law
from leadline.store.entries import Batch

Stage = Literal["reading", "checking", "writing", "done"]
Outcome = Literal["loaded", "unchanged", "refused", "gone", "retired"]
"""`gone`: not on disk any more, its rows still count. `retired`: no source means it any more, its rows do not count."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is: the file at hand (the `nth` of `files`), its rows and bytes read so far, and its size.

    `bytes_read` stays 0 for formats that cannot tell (Parquet, Excel).
    """

    source: str
    file: str
    nth: int
    files: int
    rows: int
    bytes_read: int
    bytes_total: int
    doing: Stage


Progress = Callable[[Step], None]
"""Is told of every step. It runs inside the run: it must be quick and must not raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one file. `batch` is the one that counts now, if any; `reason` says why it was not loaded."""

    source: str
    fact: str
    file: str
    outcome: Outcome
    batch: Batch | None = None
    supersedes: str | None = None
    reason: str = ""
    code: str = ""
    checks: tuple[CheckResult, ...] = ()
    """What the checks said of the file when it was loaded or refused in this run."""
    corrections_lost: int = 0
    """Rows corrected by hand in the batch that this one supersedes, and whose corrections do not count any more."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows of a fact whose reference names no row of the other fact. They are accepted; joins show them as unknown."""

    fact: str
    column: str
    references: str
    rows: int
    examples: tuple[str, ...]
    by_source: Mapping[str, int] = field(default_factory=dict)
    """The rows, by the source that they came from."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What a run did. `live` are all batches that count now; `empty` are sources whose pattern matches no file."""

    files: tuple[FileResult, ...]
    live: tuple[Batch, ...]
    empty: tuple[str, ...] = ()
    orphans: tuple[Orphans, ...] = ()
    freshness: tuple[tuple[str, CheckResult], ...] = ()
    """What checks of freshness said of sources in this run."""

    @property
    def changed(self) -> bool:
        """Tell whether rows came or went: only then are references looked at."""
        return any(f.outcome in {"loaded", "retired"} for f in self.files)

    @property
    def loaded(self) -> tuple[FileResult, ...]:
        """The files that were loaded in this run."""
        return tuple(f for f in self.files if f.outcome == "loaded")

    @property
    def refused(self) -> tuple[FileResult, ...]:
        """The files that could not be read as a whole; what was loaded of them before still counts."""
        return tuple(f for f in self.files if f.outcome == "refused")

    @property
    def law(self) -> Law:
        """The law of rows over what was loaded in this run."""
        return sum((law_of(f.batch) for f in self.loaded if f.batch), Law())

    @property
    def live_law(self) -> Law:
        """The law of rows over all that counts now: a released row is accepted in its replay, and held no more."""
        return live_law(self.live)


def law_of(batch: Batch) -> Law:
    """Give a batch's own rows."""
    return Law(batch.rows_in, batch.rows_accepted, batch.rows_quarantined)


def live_law(live: tuple[Batch, ...]) -> Law:
    """Give the rows of all live batches, each row of a file counted once."""
    total = Law()
    for batch in live:
        came = 0 if batch.replays else batch.rows_in
        total += Law(came, batch.rows_accepted, batch.rows_quarantined - batch.released)
    return total
