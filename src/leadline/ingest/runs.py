"""A run of ingest: every file that is new or changed is loaded, in order, and the ledger told file by file.

The caller holds the project's writing lock. A kill at any moment loses at most the files at hand: their rows are at
rest but nobody names them. When files must change together (see checks.py) they are told in one transaction. Files of
different facts are loaded side by side; what comes of them is the same as one after another.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from leadline.catalog import Catalog
from leadline.clock import Clock
from leadline.errors import LeadlineError, suggest
from leadline.ingest.check_notes import Known, known
from leadline.ingest.freshness import freshness
from leadline.ingest.load import Loader
from leadline.ingest.order import Order
from leadline.ingest.orphans import orphans
from leadline.ingest.part import Part, Stubborn, parts, work
from leadline.ingest.result import FileResult, IngestResult, Outcome, Progress
from leadline.ingest.row_checks import looked_up
from leadline.ingest.side_by_side import Stop, side_by_side
from leadline.ingest.survey import FileKey, Survey, survey
from leadline.ingest.telling import Telling
from leadline.store.engine import Engine
from leadline.store.entries import Batch, batch_id
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

Opening = Callable[[int], Staging]
"""Opens one of so many places to work on rows in, each of which takes its share of the machine."""


def ingest(
    catalog: Catalog,
    engine: Engine,
    ledger: Ledger,
    opening: Opening,
    clock: Clock,
    *,
    actor: str,
    sources: Collection[str] | None = None,
    progress: Progress | None = None,
    at_once: int = 1,
) -> IngestResult:
    """Load what is new or changed of the given sources, or of all; give what became of every file.

    The catalog must have no errors. A file that cannot be read is refused and reported, never raised. At most
    `at_once` files are at hand together, each of another fact.

    Raises:
        LeadlineError: a given source is not defined.
        LawBroken: rows were lost or doubled; nothing of that file was loaded.
        StoreError: the warehouse or the ledger refuses.
    """
    for name in sources or ():
        if name not in catalog.sources:
            raise LeadlineError(
                f"There is no source {name!r}.", code="unknown-source", hint=suggest(name, catalog.sources)
            )
    stubborn: set[FileKey] = set()
    told: dict[FileKey, FileResult] = {}
    while True:
        with ledger.read() as reader:
            batches = reader.batches()
        noted = known(ledger) if catalog.checks else Known()
        found = survey(catalog, batches, clock, sources, noted.released)
        telling = Telling(ledger, actor, progress, found.to_load, told)
        run = _Run(catalog, engine, clock, telling, found, Order(found, batches, stubborn), noted)
        try:
            return run.result(opening, at_once)
        except Stubborn as file:
            stubborn.add(file.key)


@dataclass(slots=True)
class _Run:
    """One attempt at a run."""

    catalog: Catalog
    engine: Engine
    clock: Clock
    telling: Telling
    survey: Survey
    order: Order
    known: Known
    results: list[FileResult] = field(default_factory=list)

    def result(self, opening: Opening, at_once: int) -> IngestResult:
        """Do everything."""
        self._retire()
        self._load(opening, at_once)
        for batch, stale in self.survey.gone:
            reason = "no longer on disk; its rows still count" + (
                ", as an earlier mapping made them" if stale else ""
            )
            self.results.append(_stays("gone", batch, reason))
        self._see()
        with self.telling.ledger.read() as reader:
            live = [batch for batch in reader.live_batches() if batch.file_hash]
        live.sort(key=lambda batch: self.order.place_of[batch.id])  # the ledger has them as they came
        result = IngestResult(tuple(self.results), tuple(live), self.survey.empty)
        strays = orphans(self.catalog, self.engine, live) if result.changed else ()
        fresh = freshness(self.catalog, live, self.clock.now(), self.telling.ledger, self.telling.actor)
        return replace(result, orphans=strays, freshness=fresh)

    def _load(self, opening: Opening, at_once: int) -> None:
        """Load all files, as many side by side as are asked for and can be."""
        candidates = self.survey.candidates
        found: dict[int, FileResult] = {}

        def load(loader: Loader, ordinals: Sequence[int], stop: Stop) -> None:
            found.update(Part(loader, self.telling, self.order, stop, self.known).load(candidates, ordinals))

        jobs = parts(candidates, looked_up(self.catalog))
        busy = sum(any(work(candidates[n]) for n in part) for part in jobs)
        share = max(1, min(at_once, busy))
        with ExitStack() as stack:
            places = [stack.enter_context(opening(share)) for _ in range(share)]
            side_by_side(jobs, [Loader(self.catalog, self.engine, p, self.clock) for p in places], load)
        self.results += [found[ordinal] for ordinal in range(len(candidates))]

    def _retire(self) -> None:
        """Let the rows of files that no source means any more count no longer: an empty batch supersedes them."""
        for old in self.survey.retired:
            empty = replace(
                old, id=batch_id(), file_hash="", file_size=0, mapping_hash="", recorded_at=self.clock.now(),
                rows_in=0, rows_accepted=0, rows_quarantined=0, reasons={}, at_min=None, at_max=None, released=0,
                reason="no source means this file any more", file_mtime_ns=0, file_inode=0,
            )  # fmt: skip
            with self.telling.ledger.write(actor=self.telling.actor) as writer:
                writer.record_batch(empty)
                writer.supersede(old.id, empty.id)
            self.results.append(_stays("retired", old, empty.reason))

    def _see(self) -> None:
        """Note the stamps of files that were hashed and found the same."""
        seen = [
            (c.live.id, c.stamp)
            for c in self.survey.candidates
            if c.standing == "unchanged" and c.settled and c.live and c.stamp and self.order.place_of.get(c.live.id)
            is not None and (c.live.file_mtime_ns, c.live.file_inode) != (c.stamp.modified, c.stamp.inode)
        ]  # fmt: skip
        if seen:
            with self.telling.ledger.write(actor=self.telling.actor) as writer:
                for batch, stamp in seen:
                    writer.see_file(batch, mtime_ns=stamp.modified, inode=stamp.inode)


def _stays(outcome: Outcome, batch: Batch, reason: str) -> FileResult:
    return FileResult(
        source=batch.source, fact=batch.fact, file=batch.file, outcome=outcome, batch=batch, reason=reason
    )
