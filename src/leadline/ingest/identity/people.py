"""Stable ids of persons (households, accounts): who keeps an id when clusters merge, split, lose and gain records.

Every record is born with an id of its own. A cluster bears the id of its most senior record: the one that was seen
first, by key where several came together. So when two persons merge the older id goes on, and when they are parted
again both have the ids that they had before. Where a record is deleted that carries its person's id, the id passes to
the next senior record of that person (an heir). All of this is a function of the clusters, of when each record was
first seen, and of the heirs: nothing else has to be remembered, and nothing has to be undone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.ingest.identity.clusters import Ints


@dataclass(frozen=True, slots=True, order=True)
class Heir:
    """An id that a record carries besides its own: since `seen`, of the deleted record `founder`."""

    level: str
    seen: int
    founder: str
    id: str
    record: str


@dataclass(frozen=True, slots=True)
class Known:
    """Records in the order of their keys: when each was first seen, and the id that it was born with."""

    keys: pa.Array
    seen: Ints
    own: pa.Array


def named(level: str, first: Ints, records: Known, heirs: Iterable[Heir]) -> pa.Array:
    """Give the id of each record's cluster at a level; `first` names its first record."""
    keys, seen, own = records.keys, records.seen, records.own
    if not len(keys):
        return pa.array([], pa.string())
    senior = _senior(first, seen)
    ids = _id(level, own.take(pa.array(senior)))
    numbers = dict(_found(keys, [h.record for h in heirs if h.level == level]))
    best: dict[int, tuple[int, str, str]] = {}
    for heir in heirs:
        if heir.level == level and heir.record in numbers:
            cluster = int(first[numbers[heir.record]])
            claim = (heir.seen, heir.founder, heir.id)
            best[cluster] = min(best.get(cluster, claim), claim)
    for cluster, (since, founder, name) in best.items():
        at = int(senior[cluster])
        if (since, founder) < (int(seen[at]), keys[at].as_py()):
            ids = pc.if_else(pa.array(first == cluster), pa.scalar(_named(level, name)), ids)
    return ids


def bequeathed(
    level: str,
    gone: Mapping[str, tuple[int, str, str]],
    cluster: Mapping[str, str],
    living: Mapping[str, Sequence[str]],
    heirs: Iterable[Heir],
) -> Iterator[Heir]:
    """Give the heirs of a level after records were deleted.

    `gone`: by key, when the record was first seen, its own id, and its cluster's. `cluster` gives the id of the cluster
    that each heir's record was in; `living` the records that are left of a cluster, the most senior first.
    """
    for heir in heirs:
        if heir.record in gone:
            left = living.get(cluster.get(heir.record, ""), ())
            if left:
                yield Heir(level, heir.seen, heir.founder, heir.id, left[0])
        else:
            yield heir
    for key, (seen, own, visible) in sorted(gone.items()):
        left = living.get(visible, ())
        if left and visible == _named(level, own):
            yield Heir(level, seen, key, own, left[0])


def _named(level: str, own: str) -> str:
    return f"{level}-{own}"


def _id(level: str, own: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(level), own, "-")


def _senior(first: Ints, seen: Ints) -> Ints:
    """Give the most senior record of each record's cluster."""
    order = np.lexsort((np.arange(len(first)), seen, first))
    ordered = first[order]
    begins = np.r_[True, ordered[1:] != ordered[:-1]]
    senior = np.empty(len(first), dtype=np.int64)
    senior[order] = np.repeat(order[begins], np.diff(np.r_[np.flatnonzero(begins), len(first)]))
    return senior


def _found(keys: pa.Array, wanted: Sequence[str]) -> Iterator[tuple[str, int]]:
    if wanted:
        places = pc.index_in(pa.array(wanted, pa.string()), value_set=keys)
        yield from ((key, at) for key, at in zip(wanted, places.to_pylist(), strict=True) if at is not None)
