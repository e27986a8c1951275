"""The journal: who did what to what and when, each row carrying the hash of the one before it.

A row is written in the same transaction as what it tells of, so the ledger cannot say one thing and the journal
another; `verify` compares both.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa

from leadline.errors import StoreError
from leadline.store.entries import JournalRow
from leadline.store.records.chain import journal


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the journal or with the ledger it tells of; `seq` is 0 when no row of the journal is meant."""

    seq: int
    message: str


class Chained(Protocol):
    """What verifying needs of a ledger's reader."""

    @property
    def verbs(self) -> frozenset[str]:
        """The verbs whose rows say what an entry of the ledger is; every other verb is a note."""
        ...

    def chain(self) -> Iterator[JournalRow]:
        """Give every journal row in order."""
        ...

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every entry of the ledger: its subject and what the journal must have said of it."""
        ...


def canonical(value: object) -> str:
    """Give a value as JSON in its one form: sorted keys, no spaces, ASCII, instants in UTC.

    Raises:
        StoreError: the value is not JSON (a NaN, an object).
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise StoreError(f"This cannot be kept as JSON: {error}.", code="ledger-json") from error


def digest(value: object) -> str:
    """Give the SHA-256 of a value's canonical JSON, as hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def append(
    connection: sa.Connection,
    *,
    at: datetime,
    actor: str,
    verb: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write the next row. The connection must be in the ledger's one writing transaction."""
    last = connection.execute(
        sa.select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)
    ).first()
    said = {
        "seq": last.seq + 1 if last else 1,
        "at": _plain(at),
        "actor": actor,
        "verb": verb,
        "subject": subject,
        "before": canonical(before) if before is not None else "",
        "after": canonical(after) if after is not None else "",
        "previous_hash": last.hash if last else "",
    }
    connection.execute(sa.insert(journal).values(**said, hash=digest(said)))


def head(reader: Chained) -> tuple[int, str]:
    """Give the last row's number and hash: anchored outside, it proves later that nothing up to it was changed."""
    seq, hashed = 0, ""
    for row in reader.chain():
        seq, hashed = row.seq, row.hash
    return seq, hashed


def verify(reader: Chained, anchor: tuple[int, str] | None = None) -> list[Fault]:
    """Find every edit, deletion, insertion and reordering, in the journal and in what it tells of.

    anchor: a `head` kept outside; without one, the removal of the newest rows is found only if the entries that
    they told of are still there.
    """
    told: dict[str, dict[str, Any]] = {}
    faults = list(_chain_faults(reader.chain(), reader.verbs, told, anchor))
    for subject, present in reader.contents():
        said = told.pop(subject, None)
        if said is None:
            faults.append(Fault(0, f"{subject} is in the ledger, but the journal never told of it"))
            continue
        entry = json.loads(canonical(present))
        if said != entry:
            keys = sorted(k for k in said.keys() | entry.keys() if said.get(k) != entry.get(k))
            faults.append(Fault(0, f"{subject} is not what the journal tells of it: {', '.join(keys)}"))
    faults.extend(
        Fault(0, f"{subject} is told of in the journal, but is not in the ledger") for subject in told
    )
    return faults


def _chain_faults(
    rows: Iterable[JournalRow],
    verbs: frozenset[str],
    told: dict[str, dict[str, Any]],
    anchor: tuple[int, str] | None,
) -> Iterator[Fault]:
    """Check each row against its hash and the one before; collect into `told` what the rows say of each entry."""
    expected, previous, anchored = 1, "", anchor in (None, (0, ""))
    for row in rows:
        if row.seq != expected:
            yield Fault(row.seq, f"row {expected} is missing")
        elif row.previous_hash != previous:
            yield Fault(row.seq, f"row {row.seq} does not follow the row before it")
        said = asdict(row)
        if digest({k: v for k, v in said.items() if k != "hash"}) != row.hash:
            yield Fault(row.seq, f"row {row.seq} was changed after it was written")
        elif row.verb in verbs:
            told.setdefault(row.subject, {}).update(json.loads(row.after))
        expected, previous = row.seq + 1, row.hash
        anchored = anchored or anchor == (row.seq, row.hash)
    if not anchored:
        yield Fault(0, "the journal no longer holds the row that was anchored")


def instant_said(instant: datetime) -> str:
    """Give an instant as the journal writes it: in UTC, to the microsecond, so that texts stand in order of time."""
    return instant.astimezone(UTC).isoformat("T", "microseconds")


def _plain(value: object) -> object:
    """Give an instant in UTC to the microsecond, always in the same form, and any mapping as a dict."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return instant_said(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
