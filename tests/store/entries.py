"""Entries to fill a ledger with: everything has a default, a test names what it is about."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from leadline.store.entries import Batch, Generation, NewDefinition, NewFinding

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def batch(name: str, **different: Any) -> Batch:
    """A batch of two accepted rows and one held."""
    values: dict[str, Any] = {
        "id": name,
        "source": "calls",
        "fact": "interaction",
        "file": f"calls/{name}.csv",
        "file_hash": "ab12",
        "file_size": 120,
        "mapping_hash": "cd34",
        "state": "loaded",
        "recorded_at": NOON,
        "rows_in": 3,
        "rows_accepted": 2,
        "rows_quarantined": 1,
        "reasons": {"missing": 1},
        "at_min": datetime(2026, 2, 1, 0, 30, tzinfo=UTC),
        "at_max": datetime(2026, 2, 3, tzinfo=UTC),
    }
    return Batch(**values | different)


def refused(name: str, reason: str = "the gzip file is cut off") -> Batch:
    """A batch of a file that could not be read."""
    nothing = {
        "rows_in": 0,
        "rows_accepted": 0,
        "rows_quarantined": 0,
        "reasons": {},
        "at_min": None,
        "at_max": None,
    }
    return batch(name, state="refused", reason=reason, **nothing)


def definition(
    name: str = "nps", *, meaning: str = "m1", words: str = "w1", kind: str = "metric"
) -> NewDefinition:
    """A definition of which only the fingerprints matter."""
    return NewDefinition(
        kind, name, meaning, words, f"kind: {kind}\nname: {name}\n# {meaning} {words}\n", "a.yaml", 3
    )


def generation(
    name: str, batches: Iterable[str] = (), definitions: Iterable[int] = (), **different: Any
) -> Generation:
    """A generation published at noon."""
    values: dict[str, Any] = {
        "id": name,
        "published_at": NOON,
        "as_of": NOON,
        "batches": tuple(batches),
        "definitions": tuple(definitions),
        "tables": {},
        "actor": "ann",
    }
    return Generation(**values | different)


def finding(**different: Any) -> NewFinding:
    """A finding about NPS."""
    values: dict[str, Any] = {
        "kind": "off_target",
        "metric": "nps",
        "period": "2026-02",
        "grain": "month",
        "unit": None,
        "slice": "",
        "statement": "NPS is 31.0, below its red flag of 35.",
        "evidence": {"value": 31.0, "goal": [35, 40], "p": 1e-12},
        "severity": "high",
        "direction": "down",
    }
    return NewFinding(**values | different)
