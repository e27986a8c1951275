"""Removing what no live batch and no recent generation needs: old states, superseded rows, leftovers of a kill.

Call it only while holding the writing lock: what another writer has just made would look like a leftover.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.store.engine import Engine
from leadline.store.ledger import Ledger

KEPT_GENERATIONS = 3


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed."""

    relations: int
    generations: int
    leftovers: int


def sweep(engine: Engine, ledger: Ledger, *, kept: int = KEPT_GENERATIONS) -> Swept:
    """Remove relations and published tables that neither live batches nor the last `kept` generations name.

    A generation names its batches, and every relation key and generation that occurs in its `tables`.
    """
    with ledger.read() as reader:
        recent = reader.generations(kept)
        needed = {batch.id for batch in reader.live_batches()}
    for generation in recent:
        needed |= {generation.id, *generation.batches, *_texts(generation.tables)}
    relations = [relation for relation in engine.relations() if relation.key not in needed]
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
