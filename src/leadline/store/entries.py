"""What the ledger keeps, as the other rooms see it: frozen values, no sessions behind them.

Instants are aware and in UTC; identifiers are made by the caller except where a docstring says otherwise.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

BatchState = Literal["loaded", "refused"]


@dataclass(frozen=True, slots=True)
class DefinitionVersion:
    """A definition as it was at one time. `version` counts changes of meaning, `revision` those of words only."""

    id: int
    kind: str
    name: str
    version: int
    revision: int
    meaning: str
    metadata: str
    text: str
    file: str
    line: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class NewDefinition:
    """A definition to be recorded: its fingerprints decide whether it is a new version, a revision, or known."""

    kind: str
    name: str
    meaning: str
    metadata: str
    text: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one ingest made of one file. A refused file has a batch too, with its reason and no rows.

    rows_in = rows_accepted + rows_quarantined. `reasons` counts the held rows by reason.
    `released` counts rows that live replays of this batch accepted since; the ledger computes it.
    `file_mtime_ns` and `file_inode` say which file on disk was last seen to have this content.
    """

    id: str
    source: str
    fact: str
    file: str
    file_hash: str
    file_size: int
    mapping_hash: str
    state: BatchState
    recorded_at: datetime
    reason: str = ""
    rows_in: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    at_min: datetime | None = None
    at_max: datetime | None = None
    superseded_by: str | None = None
    replays: str | None = None
    released: int = 0
    file_mtime_ns: int = 0
    file_inode: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One published state: which batches and definitions it was computed from, and where its tables are.

    `tables` is JSON; every key of a derived relation and every other generation that it names is kept by a sweep.
    """

    id: str
    published_at: datetime
    as_of: datetime
    batches: tuple[str, ...]
    definitions: tuple[int, ...]
    tables: Mapping[str, Any]
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFinding:
    """A statement that a refresh makes, to be published. What it is about is its identity over generations."""

    kind: str
    metric: str
    period: str
    grain: str
    unit: str | None
    slice: str
    statement: str
    evidence: Mapping[str, Any]
    severity: str
    direction: str

    @property
    def id(self) -> str:
        """The same for the same kind, metric, period, grain, unit and slice, whatever is said of them."""
        about = [self.kind, self.metric, self.period, self.grain, self.unit, self.slice]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A statement as one generation made it, and the first and the last generation that made it."""

    id: str
    kind: str
    metric: str
    period: str
    grain: str
    unit: str | None
    slice: str
    statement: str
    evidence: Mapping[str, Any]
    severity: str
    direction: str
    first_generation: str
    last_generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One link of the journal. `before` and `after` are canonical JSON, as hashed; empty = nothing."""

    seq: int
    at: str
    actor: str
    verb: str
    subject: str
    before: str
    after: str
    previous_hash: str
    hash: str


def generation_id(as_of: datetime) -> str:
    """Make an identifier for a generation: its instant, so that names sort by it, and six random hex digits."""
    return f"{as_of:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def batch_id() -> str:
    """Make an identifier for a batch: sixteen random hex digits."""
    return secrets.token_hex(8)
