"""What a run tells the ledger and whoever watches: one thing at a time, however many files are at hand."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from leadline.ingest.check_results import VERB, Checked
from leadline.ingest.load import Doing
from leadline.ingest.result import FileResult, Progress, Stage, Step
from leadline.ingest.survey import Candidate, FileKey
from leadline.store.entries import Batch
from leadline.store.ledger import Ledger
from leadline.store.ledger_writer import LedgerWriter


@dataclass(frozen=True, slots=True)
class Pending:
    """A file's new batch (and the replay of its corrections), the batch it supersedes, and what to say of it."""

    batches: tuple[Batch, ...]
    old: Batch | None
    result: FileResult
    checked: Checked | None = None


@dataclass(slots=True)
class Telling:
    """Tells on behalf of all parts of a run. `told` are the results that the ledger knows of, by file."""

    ledger: Ledger
    actor: str
    progress: Progress | None
    to_load: int
    told: dict[FileKey, FileResult]
    begun: int = 0
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _showing: threading.Lock = field(default_factory=threading.Lock)

    def loaded(self, files: Sequence[Pending]) -> None:
        """Tell the ledger of files that were loaded, all in one transaction."""
        with self._writing:
            with self.ledger.write(actor=self.actor) as writer:
                for pending in files:
                    first, *replays = pending.batches
                    writer.record_batch(first)
                    if pending.old:
                        writer.supersede(pending.old.id, first.id)
                    for replay in replays:
                        writer.record_batch(replay)
                    self._note(writer, first, pending.checked)
            self.told.update({(p.result.source, p.result.file): p.result for p in files})

    def refused(self, batch: Batch, checked: Checked | None = None) -> None:
        """Tell the ledger that a file was refused, so that it is not read again before it changes."""
        with self._writing, self.ledger.write(actor=self.actor) as writer:
            writer.record_batch(batch)
            self._note(writer, batch, checked)

    def _note(self, writer: LedgerWriter, batch: Batch, checked: Checked | None) -> None:
        """Keep what was checked, in the transaction that records the batch."""
        if checked is not None and checked.results:
            writer.note(VERB, f"checks:{batch.id}", after=checked.as_dict())

    def doing(self, candidate: Candidate) -> Doing:
        """Begin a file; give what tells how far it is."""
        with self._showing:
            self.begun += 1
            nth, total = self.begun, max(self.to_load, self.begun)
        size = candidate.stamp.size if candidate.stamp else 0

        def doing(what: Stage, rows: int, position: int) -> None:
            if self.progress:
                step = Step(candidate.source.name, candidate.file, nth, total, rows, position, size, what)
                with self._showing:
                    self.progress(step)

        return doing
