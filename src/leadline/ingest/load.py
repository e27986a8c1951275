"""One file into one batch: staged, mapped, checked, written. Nothing of it counts until the ledger says so.

A file that cannot be read as a whole raises SourceError and leaves nothing; the law of rows is demanded at the end.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

import pyarrow.compute as pc

from leadline.catalog import Catalog
from leadline.catalog.definitions import Fact, Source
from leadline.clock import Clock
from leadline.ingest import held
from leadline.ingest.arrived import Arrived
from leadline.ingest.check_results import Checked, CheckResult
from leadline.ingest.checks import Keys
from leadline.ingest.gate import Gate, Surroundings
from leadline.ingest.held import Holding
from leadline.ingest.law import Law
from leadline.ingest.mapping import Plan, plan
from leadline.ingest.result import Stage
from leadline.ingest.sources.files import Heed, Meter, opened
from leadline.ingest.sources.reading import RawColumn, Reading
from leadline.ingest.survey import Candidate
from leadline.ingest.work import Work
from leadline.store.engine import Engine, Relation
from leadline.store.entries import Batch, batch_id
from leadline.store.staging import Staging

Doing = Callable[[Stage, int, int], None]
"""Is told what is being done, the rows read so far, and the bytes."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A batch whose rows are at rest, the later files due because of keys that it took, and what was checked."""

    batch: Batch
    due: frozenset[int]
    checked: Checked


@dataclass(frozen=True, slots=True)
class Loader:
    """What loading any file needs."""

    catalog: Catalog
    engine: Engine
    staging: Staging
    clock: Clock
    _plans: dict[tuple[str, tuple[RawColumn, ...], frozenset[str]], Plan] = field(default_factory=dict)
    """Files of one source mostly have the same columns: their mapping is compiled once."""

    def load(
        self,
        candidate: Candidate,
        keys: Keys,
        ordinal: int,
        *,
        around: Surroundings,
        remember: bool,
        doing: Doing,
        heed: Heed,
    ) -> Loaded:
        """Load a file; `remember` its keys if further files of its fact may follow. What `doing` and `heed`, which is
        asked whenever bytes are read, raise ends it.

        Raises:
            SourceError: the file cannot be read as a whole, or does not fit its mapping.
            CheckStopped: a check refuses the file.
            LawBroken: rows were lost or doubled.
        """
        meter = Meter(heed)
        work = Work(self.catalog, self.engine, self.staging, candidate.source)
        try:
            with _opened(candidate, meter) as reading:
                made = self.plan(candidate.source, reading.columns, around.released)
                columns = reading.columns
                rows_in = work.map(made, reading, lambda rows: doing("reading", rows, meter.position))
            doing("checking", rows_in, meter.position)
            file = Arrived(self.catalog, self.engine, self.staging, candidate.source, made, around.before)
            judged = Gate(file, around).judge(columns, rows_in)
            clashes = work.clashes(made, keys, ordinal, judged.aside)
            clashing = bool(clashes.held)
            doing("writing", rows_in, meter.position)
            fresh = batch_id()
            holding = Holding(columns, known_values(self.catalog, candidate.fact))
            accepted = work.accept(made, Relation("fact", candidate.fact.name, fresh), clashing=clashing)
            law = Law(rows_in, accepted, self._hold(work, candidate, fresh, holding, heed, clashing=clashing))
            law.demand(candidate.file)
            first, last = work.span(made, clashing=clashing)
            keys.forget(ordinal)
            if remember:
                keys.take(made, ordinal, clashing=clashing)
            doing("done", rows_in, meter.position)
        finally:
            work.clean()
        stamp = candidate.stamp if candidate.settled else None
        batch = Batch(
            **described(candidate, self.clock),
            id=fresh,
            state="loaded",
            rows_in=law.rows_in,
            rows_accepted=law.accepted,
            rows_quarantined=law.held,
            reasons=dict(holding.reasons.most_common()),
            at_min=first,
            at_max=last,
            file_mtime_ns=stamp.modified if stamp else 0,
            file_inode=stamp.inode if stamp else 0,
        )
        return Loaded(batch, clashes.due, checked(candidate, judged.results, columns))

    def plan(
        self, source: Source, columns: Sequence[RawColumn], released: frozenset[str] = frozenset()
    ) -> Plan:
        """Compile a source's mapping for files that have these columns; see `mapping.plan`."""
        key = (source.name, tuple(columns), released)
        if key not in self._plans:
            self._plans[key] = plan(self.catalog, source, columns, released)
        return self._plans[key]

    def _hold(
        self, work: Work, candidate: Candidate, fresh: str, holding: Holding, heed: Heed, *, clashing: bool
    ) -> int:
        """Write the held rows; what the file says of rows whose key is taken is read from it once more."""
        target = held.place(candidate.source.name, fresh)
        if not clashing:
            return work.hold(target, holding, None) if work.held(clashing=False) else 0
        lines = work.clashing_lines()
        with opened(
            candidate.path, candidate.source, Meter(heed), candidate.stamp, candidate.columns
        ) as again:
            picked = (batch.filter(pc.is_in(batch["_line"], value_set=lines)) for batch in again.batches)
            return work.hold(target, holding, Reading(again.columns, picked))


def _opened(candidate: Candidate, meter: Meter) -> AbstractContextManager[Reading]:
    return opened(candidate.path, candidate.source, meter, candidate.stamp, candidate.columns)


def checked(candidate: Candidate, results: Sequence[CheckResult], columns: Sequence[RawColumn]) -> Checked:
    """Give what was checked of a file."""
    named = tuple((column.name, str(column.type)) for column in columns)
    return Checked(candidate.source.name, candidate.file, candidate.hash, tuple(results), named)


class Described(TypedDict):
    """What a batch says of its file, whatever was made of it."""

    source: str
    fact: str
    file: str
    file_hash: str
    file_size: int
    mapping_hash: str
    recorded_at: datetime


def described(candidate: Candidate, clock: Clock) -> Described:
    """Give what a batch says of its file."""
    return Described(
        source=candidate.source.name,
        fact=candidate.fact.name,
        file=candidate.file,
        file_hash=candidate.hash,
        file_size=candidate.stamp.size if candidate.stamp else 0,
        mapping_hash=candidate.mapping_hash,
        recorded_at=clock.now(),
    )


def known_values(catalog: Catalog, fact: Fact) -> Callable[[str], Sequence[str]]:
    """Give, for a column of a fact, the values that it may have: for near names."""

    def known(name: str) -> Sequence[str]:
        column = fact.columns[name]
        return tuple(catalog.units.by_code) if column.type == "unit" else column.one_of or ()

    return known
