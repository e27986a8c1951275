"""What the journal knows of checks: what they said of each file, the columns files had, and what a person let pass.

The journal is where this is kept: nothing of it can be changed unseen, and it commits with the batches it tells of.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from leadline.ingest.check_results import FRESHNESS, VERB, Checked, CheckResult, from_dict, result
from leadline.store.entries import JournalRow
from leadline.store.ledger import Ledger

RELEASED, ENFORCED = "release_check", "enforce_check"
"""The journal's verbs for letting a file pass a check, and for taking that back."""

FileHash = tuple[str, str]
"""A source and the hash of a file's bytes: what a person has looked at."""


@dataclass(slots=True)
class Known:
    """The columns that the files of batches had, by batch; the checks that a person has let a file pass."""

    columns: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    released: Mapping[FileHash, frozenset[str]] = field(default_factory=dict)


def known(ledger: Ledger) -> Known:
    """Read what a run must know of earlier checks."""
    with ledger.read() as reader:
        notes = reader.notes(VERB, RELEASED, ENFORCED)
    columns = {batch: checked.columns for batch, checked in _checked(notes).items()}
    return Known(columns, released(notes))


def checked(ledger: Ledger) -> dict[str, Checked]:
    """Give what was checked of every file, by batch, the oldest first."""
    with ledger.read() as reader:
        return _checked(reader.notes(VERB))


def fresh(ledger: Ledger) -> list[tuple[str, CheckResult]]:
    """Give what checks of freshness said last, by source."""
    with ledger.read() as reader:
        notes = reader.notes(FRESHNESS)
    latest = {note.subject: note for note in notes}
    return [
        (subject.split(":")[1], result(json.loads(note.after))) for subject, note in sorted(latest.items())
    ]


def released(notes: Iterable[JournalRow]) -> dict[FileHash, frozenset[str]]:
    """Give the checks that files are let pass, after all that was said of them."""
    found: dict[FileHash, frozenset[str]] = {}
    for note in notes:
        if note.verb in {RELEASED, ENFORCED}:
            said = json.loads(note.after)
            key = (said["source"], said["file_hash"])
            before, check = found.get(key, frozenset()), {said["check"]}
            found[key] = before | check if note.verb == RELEASED else before - check
    return {key: checks for key, checks in found.items() if checks}


def _checked(notes: Iterable[JournalRow]) -> dict[str, Checked]:
    return {
        note.subject.removeprefix("checks:"): from_dict(json.loads(note.after))
        for note in notes
        if note.verb == VERB
    }
