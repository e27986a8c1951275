"""Which rows of facts enter no figure, and why: everything that finds such rows is asked here, once per refresh.

Each finder gives a query for the rows of one fact that it leaves out: the fact's key columns, `_purpose` (null: for
every purpose) and `_reason`. What is found for a fact is written to one relation, named by all it was made from.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation

LEAVING = 1
"""Grows whenever other rows are left out of the same facts by the same definitions."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What finders work on: the definitions, where each fact's rows are, and the instant of the refresh."""

    catalog: Catalog
    engine: Engine
    relations: Mapping[str, tuple[Relation, ...]]
    """Loaded and derived facts alike."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a fact that enter no figure: a query for them, and what it depends on (JSON), down to relation keys."""

    fact: str
    query: exp.Query
    depends_on: object


Finder = Callable[[Rows], Sequence[Found]]

FINDERS: tuple[Finder, ...] = ()


def left_out(rows: Rows, finders: Sequence[Finder] = FINDERS) -> dict[str, list[str]]:
    """Write which rows are left out; give the relation keys by fact.

    Raises:
        StoreError: the warehouse refuses.
    """
    by_fact: dict[str, list[Found]] = {}
    for finder in finders:
        for found in finder(rows):
            by_fact.setdefault(found.fact, []).append(found)
    return {fact: [_written(rows.engine, fact, parts)] for fact, parts in sorted(by_fact.items())}


def reasoned(rows: exp.Select, reason: str, purpose: str | None = None) -> exp.Select:
    """Add why, and for which purpose, to a query for the keys of rows."""
    what_for = exp.Literal.string(purpose) if purpose is not None else exp.null()
    return rows.select(
        exp.alias_(as_type(what_for, "text"), "_purpose", quoted=True),
        exp.alias_(exp.Literal.string(reason), "_reason", quoted=True),
    )


def _written(engine: Engine, fact: str, parts: Sequence[Found]) -> str:
    said = json.dumps([LEAVING, sorted(json.dumps(part.depends_on, sort_keys=True) for part in parts)])
    key = hashlib.sha256(said.encode()).hexdigest()[:32]
    relation = Relation("left_out", fact, key)
    if not engine.exists(relation):
        query = parts[0].query
        for part in parts[1:]:
            query = exp.union(query, part.query, distinct=False)
        engine.derive(relation, query)
    return key
