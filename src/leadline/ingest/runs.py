"""A run of ingest: every file that is new or changed is loaded, in order, and the ledger told file by file.

The caller holds the project's writing lock. A kill at any moment loses at most the file at hand: its rows are at rest
but nobody names them. When files must change together (see checks.py) they are told in one transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from leadline.catalog import Catalog
from leadline.clock import Clock
from leadline.errors import LeadlineError, SourceError, suggest
from leadline.ingest import held
from leadline.ingest.checks import Keys
from leadline.ingest.load import Doing, Loader, described
from leadline.ingest.order import Order
from leadline.ingest.orphans import orphans
from leadline.ingest.reasons import Reason
from leadline.ingest.replay import corrections, try_again
from leadline.ingest.result import FileResult, IngestResult, Outcome, Progress, Stage, Step
from leadline.ingest.survey import Candidate, FileKey, Survey, survey
from leadline.store.engine import Engine
from leadline.store.entries import Batch, batch_id
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

_PASSING = frozenset({"changing-file", "unreadable-file"})
"""Refusals that say nothing of the file's content: they are not noted, and the file is tried again next time."""

_TAKEN = Reason("already-loaded").words


def ingest(
    catalog: Catalog,
    engine: Engine,
    ledger: Ledger,
    staging: Staging,
    clock: Clock,
    *,
    actor: str,
    sources: Collection[str] | None = None,
    progress: Progress | None = None,
) -> IngestResult:
    """Load what is new or changed of the given sources, or of all; give what became of every file.

    The catalog must have no errors. A file that cannot be read is refused and reported, never raised.

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
    loader = Loader(catalog, engine, staging, clock)
    stubborn: set[FileKey] = set()
    told: dict[FileKey, FileResult] = {}
    while True:
        with ledger.read() as reader:
            batches = reader.batches()
        found = survey(catalog, batches, clock, sources)
        run = _Run(loader, ledger, actor, progress, found, Order(found, batches, stubborn), told)
        try:
            return run.result()
        except _Stubborn as file:
            stubborn.add(file.key)


class _Stubborn(Exception):
    """A file that is due cannot be loaded anew, so its rows must keep their keys, before all other files."""

    def __init__(self, key: FileKey) -> None:
        super().__init__(key)
        self.key = key


@dataclass(slots=True)
class _Run:
    """One attempt at a run; `told` are the results of files that an earlier attempt has told the ledger."""

    loader: Loader
    ledger: Ledger
    actor: str
    progress: Progress | None
    survey: Survey
    order: Order
    told: dict[FileKey, FileResult]
    keys: dict[str, Keys] = field(default_factory=dict)
    pending: list["_Pending"] = field(default_factory=list)
    due: set[int] = field(default_factory=set)
    results: list[FileResult] = field(default_factory=list)
    begun: int = 0

    def result(self) -> IngestResult:
        """Do everything."""
        self._retire()
        try:
            for ordinal, candidate in enumerate(self.survey.candidates):
                self.results.append(self._file(ordinal, candidate))
            self._tell()
        finally:
            for keys in self.keys.values():
                keys.close()
        for batch, stale in self.survey.gone:
            reason = "no longer on disk; its rows still count" + (
                ", as an earlier mapping made them" if stale else ""
            )
            self.results.append(_stays("gone", batch, reason))
        self._see()
        with self.ledger.read() as reader:
            live = tuple(batch for batch in reader.live_batches() if batch.file_hash)
        changed = any(f.outcome in {"loaded", "retired"} for f in self.results)
        strays = orphans(self.loader.catalog, self.loader.engine, live) if changed else ()
        return IngestResult(tuple(self.results), live, self.survey.empty, strays)

    def _retire(self) -> None:
        """Let the rows of files that no source means any more count no longer: an empty batch supersedes them."""
        for old in self.survey.retired:
            empty = replace(
                old, id=batch_id(), file_hash="", file_size=0, mapping_hash="", recorded_at=self.loader.clock.now(),
                rows_in=0, rows_accepted=0, rows_quarantined=0, reasons={}, at_min=None, at_max=None, released=0,
                reason="no source means this file any more", file_mtime_ns=0, file_inode=0,
            )  # fmt: skip
            with self.ledger.write(actor=self.actor) as writer:
                writer.record_batch(empty)
                writer.supersede(old.id, empty.id)
            self.results.append(_stays("retired", old, empty.reason))

    def _file(self, ordinal: int, candidate: Candidate) -> FileResult:
        """See to one file."""
        key = candidate.key
        if key in self.order.fixed:
            return _refused(candidate, candidate.error, candidate.reason)
        if (
            candidate.standing == "unchanged"
            and ordinal not in self.due
            and not self._stale(ordinal, candidate)
        ):
            return self.told.get(key) or _result(candidate, "unchanged", candidate.live)
        try:
            return self._load(ordinal, candidate)
        except SourceError as error:
            if ordinal in self.due:
                raise _Stubborn(key) from error
            if error.code not in _PASSING:
                self._refuse(candidate, error)
            return _refused(candidate, error, "")

    def _stale(self, ordinal: int, candidate: Candidate) -> bool:
        """Tell whether a file has rows that are held because of rows that are gone, or that now stand behind it."""
        batch = candidate.live
        if batch is None or _TAKEN not in batch.reasons:
            return False
        places = [self.order.place_of.get(other) for other in held.others(self.loader.engine, batch)]
        return any(place is None or place > ordinal for place in places)

    def _load(self, ordinal: int, candidate: Candidate) -> FileResult:
        """Load a file and tell the ledger, unless other files must be told with it."""
        catalog, fact = self.loader.catalog, candidate.fact
        keys = self._keys(fact.name)
        old = candidate.live
        remember = self.order.more(fact.name, ordinal) or (old is not None and old.id in self.order.replays)
        loaded = self.loader.load(candidate, keys, ordinal, remember=remember, doing=self._doing(candidate))
        replay, lost = self._carried(old, loaded.batch, keys, ordinal) if old else (None, 0)
        if old and old.fact != fact.name and old.fact in catalog.facts:
            self._keys(old.fact).forget(ordinal)
        batches = (loaded.batch, replay) if replay else (loaded.batch,)
        self.order.replace(ordinal, old, *batches)
        result = _result(candidate, "loaded", loaded.batch, reason=candidate.reason, lost=lost)
        self.pending.append(_Pending(batches, old, result))
        self.due = (self.due | loaded.due) - {ordinal}
        if not self.due:
            self._tell()
        return result

    def _carried(self, old: Batch, new: Batch, keys: Keys, ordinal: int) -> tuple[Batch | None, int]:
        """Try the rows corrected by hand again on a file's new batch; give their batch, and how many are lost."""
        mended = corrections(self.loader.engine, self.order.replays.get(old.id, ()))
        if not mended or old.file_hash != new.file_hash:
            return None, len(mended)
        again = (mended[row.line] for row in held.read(self.loader.engine, new, ()) if row.line in mended)
        try:
            replay, law = try_again(self.loader, new, again, keys, ordinal=ordinal, corrected=True)
        except SourceError:
            return None, len(mended)
        return replay, law.held

    def _tell(self) -> None:
        """Tell the ledger of what was loaded, all in one transaction."""
        if not self.pending:
            return
        with self.ledger.write(actor=self.actor) as writer:
            for pending in self.pending:
                first, *replays = pending.batches
                writer.record_batch(first)
                if pending.old:
                    writer.supersede(pending.old.id, first.id)
                for replay in replays:
                    writer.record_batch(replay)
        self.told |= {(p.result.source, p.result.file): p.result for p in self.pending}
        self.pending.clear()

    def _refuse(self, candidate: Candidate, error: SourceError) -> None:
        """Note that a file was refused, so that it is not read again before it changes."""
        batch = Batch(
            **described(candidate, self.loader.clock), id=batch_id(), state="refused", reason=str(error)
        )
        with self.ledger.write(actor=self.actor) as writer:
            writer.record_batch(batch)

    def _see(self) -> None:
        """Note the stamps of files that were hashed and found the same."""
        seen = [
            (c.live.id, c.stamp)
            for c in self.survey.candidates
            if c.standing == "unchanged" and c.settled and c.live and c.stamp and self.order.place_of.get(c.live.id)
            is not None and (c.live.file_mtime_ns, c.live.file_inode) != (c.stamp.modified, c.stamp.inode)
        ]  # fmt: skip
        if seen:
            with self.ledger.write(actor=self.actor) as writer:
                for batch, stamp in seen:
                    writer.see_file(batch, mtime_ns=stamp.modified, inode=stamp.inode)

    def _keys(self, fact: str) -> Keys:
        if fact not in self.keys:
            loader = self.loader
            self.keys[fact] = Keys(
                loader.staging, loader.engine, loader.catalog.facts[fact], self.order.of(fact)
            )
        return self.keys[fact]

    def _doing(self, candidate: Candidate) -> Doing:
        self.begun += 1
        total = max(self.survey.to_load, self.begun)
        size = candidate.stamp.size if candidate.stamp else 0
        nth = self.begun

        def doing(what: Stage, rows: int, position: int) -> None:
            if self.progress:
                self.progress(
                    Step(candidate.source.name, candidate.file, nth, total, rows, position, size, what)
                )

        return doing


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file's new batch (and the replay of its corrections), the batch it supersedes, and what to say of it."""

    batches: tuple[Batch, ...]
    old: Batch | None
    result: FileResult


def _result(
    candidate: Candidate,
    outcome: Outcome,
    batch: Batch | None,
    *,
    reason: str = "",
    code: str = "",
    lost: int = 0,
) -> FileResult:
    old = candidate.live
    return FileResult(
        source=candidate.source.name,
        fact=candidate.fact.name,
        file=candidate.file,
        outcome=outcome,
        batch=batch,
        supersedes=old.id if old and outcome == "loaded" else None,
        reason=reason,
        code=code,
        corrections_lost=lost,
    )


def _refused(candidate: Candidate, error: SourceError | None, reason: str) -> FileResult:
    code = error.code if error else "refused"
    return _result(candidate, "refused", candidate.live, reason=str(error) if error else reason, code=code)


def _stays(outcome: Outcome, batch: Batch, reason: str) -> FileResult:
    return FileResult(
        source=batch.source, fact=batch.fact, file=batch.file, outcome=outcome, batch=batch, reason=reason
    )
