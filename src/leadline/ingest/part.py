"""A part of a run: the files of one fact, or of facts that files have moved between, loaded one after another.

Keys are kept for each fact, so parts know nothing of each other and may be loaded side by side.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from leadline.errors import SourceError
from leadline.ingest import held
from leadline.ingest.check_notes import Known
from leadline.ingest.check_results import CheckResult
from leadline.ingest.checks import Keys
from leadline.ingest.gate import CheckStopped, Surroundings
from leadline.ingest.load import Doing, Loader, checked, described
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
NOTHING: Mapping[str, Collection[str]] = MappingProxyType({})

_FOR_A_FILE = 500_000
"""So many bytes more take as long as another file."""


def parts(candidates: Sequence[Candidate], needs: Mapping[str, Collection[str]] = NOTHING) -> list[list[int]]:
    """Give the ordinals of the files that must be loaded by one part, in their order; the most work first.

    `needs` are the facts whose files must be loaded before those of a fact, because a check looks them up.
    """
    joined: dict[str, str] = {}

    def first(fact: str) -> str:
        while (other := joined.get(fact, fact)) != fact:
            fact = other
        return fact

    for candidate in candidates:
        if candidate.live is not None:
            one, other = first(candidate.fact.name), first(candidate.live.fact)
            joined[max(one, other)] = min(one, other)
    for fact, others in needs.items():
        for other in others:
            one, two = first(fact), first(other)
            joined[max(one, two)] = min(one, two)
    found: dict[str, list[int]] = {}
    for ordinal, candidate in enumerate(candidates):
        found.setdefault(first(candidate.fact.name), []).append(ordinal)
    for part in found.values():
        part.sort(key=lambda n: (_depth(candidates[n].fact.name, needs), n))
    return sorted(found.values(), key=lambda part: -sum(work(candidates[n]) for n in part))


def _depth(fact: str, needs: Mapping[str, Collection[str]], above: frozenset[str] = frozenset()) -> int:
    """Count how many facts in a row must come before one; what goes in a circle ends."""
    others = [other for other in needs.get(fact, ()) if other not in above and other != fact]
    return max((1 + _depth(other, needs, above | {fact}) for other in others), default=0)


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
    known: Known = field(default_factory=Known)
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
            results = error.results if isinstance(error, CheckStopped) else ()
            if error.code not in _PASSING:
                self._refuse(candidate, error, results)
            return _refused(candidate, error, "", results)

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
        around = self._around(candidate, ordinal)
        loaded = self.loader.load(
            candidate, keys, ordinal, around=around, remember=remember,
            doing=self._doing(candidate), heed=self.stop.check,
        )  # fmt: skip
        self.known.columns[loaded.batch.id] = loaded.checked.columns
        replay, lost = self._carried(old, loaded.batch, keys, ordinal) if old else (None, 0)
        if old and old.fact != fact.name and old.fact in catalog.facts:
            self._keys(old.fact).forget(ordinal)
        batches = (loaded.batch, replay) if replay else (loaded.batch,)
        self.order.replace(ordinal, old, *batches)
        results = loaded.checked.results
        result = _result(
            candidate, "loaded", loaded.batch, reason=candidate.reason, lost=lost, checks=results
        )
        self.pending.append(Pending(batches, old, result, loaded.checked))
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
            replay, law = try_again(
                self.loader, new, again, keys, ordinal=ordinal, corrected=True,
                around=self._again(new),
            )  # fmt: skip
        except SourceError:
            return None, len(mended)
        return replay, law.held

    def _tell(self) -> None:
        """Tell the ledger of what was loaded, all in one transaction."""
        if self.pending:
            self.telling.loaded(self.pending)
            self.pending.clear()

    def _around(self, candidate: Candidate, ordinal: int) -> Surroundings:
        """Give what a file is compared with."""
        earlier = [h for _, h in sorted(self.order.of(candidate.fact.name).items()) if h.ordinal < ordinal]
        mine = [b for h in earlier for b in h.batches if b.source == candidate.source.name and not b.replays]
        released = self.known.released.get((candidate.source.name, candidate.hash), frozenset())
        return Surroundings(self._live, mine, columns=self.known.columns, released=released)

    def _again(self, batch: Batch) -> Surroundings:
        """Give what held rows of a batch are compared with when they are tried again."""
        released = self.known.released.get((batch.source, batch.file_hash), frozenset())
        return Surroundings(self._live, same=(batch,), released=released)

    def _live(self, fact: str) -> list[Batch]:
        return [batch for holder in self.order.of(fact).values() for batch in holder.batches]

    def _refuse(self, candidate: Candidate, error: SourceError, results: tuple[CheckResult, ...]) -> None:
        """Note that a file was refused."""
        of_the_file = described(candidate, self.loader.clock)
        batch = Batch(**of_the_file, id=batch_id(), state="refused", reason=str(error))
        self.telling.refused(batch, checked(candidate, results, ()))

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
    checks: tuple[CheckResult, ...] = (),
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
        checks=checks,
    )


def _refused(
    candidate: Candidate, error: SourceError | None, reason: str, checks: tuple[CheckResult, ...] = ()
) -> FileResult:
    code = error.code if error else "refused"
    said = str(error) if error else reason
    return _result(candidate, "refused", candidate.live, reason=said, code=code, checks=checks)
