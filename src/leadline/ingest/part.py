"""A part of a run: the files of one fact, or of facts that files have moved between, loaded one after another.

Keys are kept for each fact, so parts know nothing of each other and may be loaded side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from leadline.errors import SourceError
from leadline.ingest import held
from leadline.ingest.checks import Keys
from leadline.ingest.load import Doing, Loader, described
from leadline.ingest.order import Order
from leadline.ingest.reasons import Reason
from leadline.ingest.replay import corrections, try_again
from leadline.ingest.result import FileResult, Outcome, Stage
from leadline.ingest.side_by_side import Stop
from leadline.ingest.survey import Candidate, FileKey, plain_size
from leadline.ingest.telling import Pending, Telling
from leadline.store.entries import Batch, batch_id

_PASSING = frozenset({"changing-file", "unreadable-file"})
"""Refusals that say nothing of the file's content: they are not noted, and the file is tried again next time."""

_TAKEN = Reason("already-loaded").words
_FOR_A_FILE = 500_000
"""So many bytes more take as long as another file."""


def parts(candidates: Sequence[Candidate]) -> list[list[int]]:
    """Give the ordinals of the files that must be loaded by one part, in their order; the most work first."""
    joined: dict[str, str] = {}

    def first(fact: str) -> str:
        while (other := joined.get(fact, fact)) != fact:
            fact = other
        return fact

    for candidate in candidates:
        if candidate.live is not None:
            one, other = first(candidate.fact.name), first(candidate.live.fact)
            joined[max(one, other)] = min(one, other)
    found: dict[str, list[int]] = {}
    for ordinal, candidate in enumerate(candidates):
        found.setdefault(first(candidate.fact.name), []).append(ordinal)
    return sorted(found.values(), key=lambda part: -sum(work(candidates[n]) for n in part))


def work(candidate: Candidate) -> int:
    """Give how much work a file is likely to be: 0 if it need not be loaded, else in bytes of plain text."""
    if candidate.standing != "to load" or candidate.stamp is None:
        return 0
    return _FOR_A_FILE + plain_size(candidate.path, candidate.stamp.size)


class Stubborn(Exception):
    """A file that is due cannot be loaded anew, so its rows must keep their keys, before all other files."""

    def __init__(self, key: FileKey) -> None:
        super().__init__(key)
        self.key = key


@dataclass(slots=True)
class Part:
    """The files at these places in the order of all. The order is shared: each part changes what is of its facts."""

    loader: Loader
    telling: Telling
    order: Order
    stop: Stop
    keys: dict[str, Keys] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)
    due: set[int] = field(default_factory=set)

    def load(self, candidates: Sequence[Candidate], ordinals: Sequence[int]) -> dict[int, FileResult]:
        """See to all its files; give what became of each."""
        results: dict[int, FileResult] = {}
        try:
            for ordinal in ordinals:
                self.stop.check()
                results[ordinal] = self._file(ordinal, candidates[ordinal])
            self._tell()
        finally:
            for keys in self.keys.values():
                keys.close()
        return results

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
            return self.telling.told.get(key) or _result(candidate, "unchanged", candidate.live)
        try:
            return self._load(ordinal, candidate)
        except SourceError as error:
            self.stop.check()  # a statement that was interrupted says nothing of the file
            if ordinal in self.due:
                raise Stubborn(key) from error
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
        loaded = self.loader.load(
            candidate, keys, ordinal, remember=remember, doing=self._doing(candidate), heed=self.stop.check
        )
        replay, lost = self._carried(old, loaded.batch, keys, ordinal) if old else (None, 0)
        if old and old.fact != fact.name and old.fact in catalog.facts:
            self._keys(old.fact).forget(ordinal)
        batches = (loaded.batch, replay) if replay else (loaded.batch,)
        self.order.replace(ordinal, old, *batches)
        result = _result(candidate, "loaded", loaded.batch, reason=candidate.reason, lost=lost)
        self.pending.append(Pending(batches, old, result))
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
        if self.pending:
            self.telling.loaded(self.pending)
            self.pending.clear()

    def _refuse(self, candidate: Candidate, error: SourceError) -> None:
        """Note that a file was refused."""
        of_the_file = described(candidate, self.loader.clock)
        self.telling.refused(Batch(**of_the_file, id=batch_id(), state="refused", reason=str(error)))

    def _keys(self, fact: str) -> Keys:
        if fact not in self.keys:
            loader = self.loader
            self.keys[fact] = Keys(
                loader.staging, loader.engine, loader.catalog.facts[fact], self.order.of(fact)
            )
        return self.keys[fact]

    def _doing(self, candidate: Candidate) -> Doing:
        told = self.telling.doing(candidate)

        def doing(what: Stage, rows: int, position: int) -> None:
            self.stop.check()
            told(what, rows, position)

        return doing


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
