"""What the journal says of an entry, in one form for writing it and for verifying it later.

Long parts are said by their hash: the journal proves them, the entry's own table holds them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from leadline.store.entries import Finding, Generation, NewFinding
from leadline.store.journal import digest


def batch_said(row: Mapping[str, Any]) -> dict[str, Any]:
    """Say a batch, from its row."""
    return dict(row)


def definition_said(row: Mapping[str, Any]) -> dict[str, Any]:
    """Say a definition's version, from its row."""
    said = {name: value for name, value in row.items() if name != "text"}
    return {**said, "text_hash": digest(row["text"])}


def generation_said(generation: Generation, findings: Sequence[Finding | NewFinding]) -> dict[str, Any]:
    """Say a generation and what it found."""
    found = [
        [
            f.id,
            f.kind,
            f.metric,
            f.period,
            f.grain,
            f.unit,
            f.slice,
            f.statement,
            f.evidence,
            f.severity,
            f.direction,
        ]
        for f in findings
    ]
    return {
        "id": generation.id,
        "published_at": generation.published_at,
        "as_of": generation.as_of,
        "actor": generation.actor,
        "batches": list(generation.batches),
        "definitions": list(generation.definitions),
        "tables_hash": digest(generation.tables),
        "findings": len(found),
        "findings_hash": digest(found),
    }
