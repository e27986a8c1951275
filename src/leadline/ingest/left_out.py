"""Which rows of facts enter no figure, and why: everything that finds such rows is asked here, once per refresh.

Each finder gives a query for the rows of one fact that it leaves out: the fact's key columns, `_purpose` (null: for
every purpose) and `_reason`. What is found for a fact is written to one relation, named by all it was made from.
"""

import hashlib
import json
from collections.abc import Sequence

from sqlglot import exp

from leadline.ingest.consent import without_right
from leadline.ingest.leaving import Finder, Found, Rows
from leadline.store.engine import Engine, Relation

__all__ = ["FINDERS", "Rows", "left_out"]

LEAVING = 1
"""Grows whenever other rows are left out of the same facts by the same definitions."""


FINDERS: tuple[Finder, ...] = (without_right,)


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


def _written(engine: Engine, fact: str, parts: Sequence[Found]) -> str:
    said = json.dumps([LEAVING, sorted(json.dumps(part.depends_on, sort_keys=True) for part in parts)])
    key = hashlib.sha256(said.encode()).hexdigest()[:32]
    relation = Relation("left_out", fact, key)
    if not engine.exists(relation):
        queries = [part.query if isinstance(part.query, exp.Query) else part.query() for part in parts]
        query = queries[0]
        for other in queries[1:]:
            query = exp.union(query, other, distinct=False)
        engine.derive(relation, query)
    return key
