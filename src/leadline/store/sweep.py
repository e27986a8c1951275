"""Removing what no live batch and no recent generation needs: old states, superseded rows, leftovers of a kill.

Superseded rows of facts are kept for a while, so that figures can be computed as of an earlier instant.
Call it only while holding the writing lock: what another writer has just made would look like a leftover.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from leadline.store.engine import Engine
from leadline.store.ledger import Ledger

KEPT_GENERATIONS = 3
KEPT_ROWS = timedelta(days=400)
"""How long rows are kept after they were superseded, counted up to the last publication."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed."""

    relations: int
    generations: int
    leftovers: int


def sweep(
    engine: Engine, ledger: Ledger, *, kept: int = KEPT_GENERATIONS, kept_rows: timedelta = KEPT_ROWS
) -> Swept:
    """Remove relations and published tables that neither live batches nor the last `kept` generations name.

    A generation names its batches, and every relation key and generation that occurs in its `tables`. Rows of facts
    stay for `kept_rows` after another batch superseded theirs.
    """
    with ledger.read() as reader:
        recent = reader.generations(kept)
        needed = {batch.id for batch in reader.live_batches()}
        batches = {batch.id: batch for batch in reader.batches()}
    since = recent[0].published_at - kept_rows if recent else None
    superseded = {
        batch.id
        for batch in batches.values()
        if batch.superseded_by is not None
        and (since is None or batches[batch.superseded_by].recorded_at >= since)
    }
    for generation in recent:
        needed |= {generation.id, *generation.batches, *_texts(generation.tables)}
    relations = [
        relation
        for relation in engine.relations()
        if relation.key not in needed and not (relation.space == "fact" and relation.key in superseded)
    ]
    for relation in relations:
        engine.drop(relation)
    retired = [name for name in engine.generations() if name not in needed]
    for name in retired:
        engine.retract(name)
    return Swept(len(relations), len(retired), engine.tidy())


def _texts(value: object) -> Iterator[str]:
    """Give every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
