"""Records into segments: of one key the newest stays, in the segment where the key stands; new keys fill the last one.

So a small increment replaces the segments that hold what changed, and the last. A segment is full at so many records
that there are never more than some hundred of them, and none is more than about a sixty-fourth of all.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.ingest.landing import tables
from leadline.ingest.landing.manifest import Segment
from leadline.ingest.landing.order import NOTHING, Rank, ranks
from leadline.ingest.landing.tables import DEAD

FULL = 100_000
SHARES = 64


@dataclass(slots=True)
class Counts:
    """What became of the records that came."""

    new: int = 0
    changed: int = 0
    same: int = 0
    stale: int = 0
    gone: int = 0


@dataclass(slots=True)
class Segments:
    """The segments of one source while records come in. `met` (of a run that reads everything) says of each segment
    which of its records were met; then nothing is taken away before the end."""

    folder: Path
    source: str
    key: tuple[str, ...]
    updated: str | None
    held: dict[str, Segment]
    next: int
    whole: bool
    graves: dict[str, Rank] = field(default_factory=dict)
    met: dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    touched: set[str] = field(default_factory=set)

    def merge(self, incoming: pa.Table) -> None:
        """Bring records in, in the order in which they came; column DEAD marks those that take theirs away."""
        if not self.key:
            self._append(incoming.drop_columns([DEAD]))
            return
        keys = tables.keys_of(incoming, self.key, self.source)
        order = None
        if self.updated is not None and self.updated in incoming.column_names:
            order = ranks(incoming.column(self.updated), self.updated)
        incoming, keys, order = self._once(incoming, keys, order)
        found = np.zeros(len(keys), dtype=np.bool_)
        for name in list(self.held):
            found |= self._into(name, incoming, keys, order)
        dead = _bools(incoming.column(DEAD))
        fresh = ~found & ~dead & ~self._buried(keys, order)
        self._bury(keys, order, dead)
        if fresh.any():
            taken = np.flatnonzero(fresh)
            self._append(incoming.take(taken).drop_columns([DEAD]))

    def finish(self, present: pa.Table | None = None) -> None:
        """End a run: what a run that reads everything did not meet, or what is not present, is gone."""
        if present is not None:
            known = tables.keys_of(present, self.key, self.source)
            for name in list(self.held):
                mine, others = tables.alike(self._keys(self.held[name]), known)
                self._keep(name, _bools(pc.is_in(mine, value_set=others)))
        elif self.whole and self.key:
            for name in list(self.held):
                met = self.met.get(name)
                nothing = np.zeros(self.held[name].rows, dtype=np.bool_)
                self._keep(name, nothing if met is None else met)

    def _once(
        self, incoming: pa.Table, keys: pa.Array, order: list[Rank] | None
    ) -> tuple[pa.Table, pa.Array, list[Rank] | None]:
        """Leave one record of each key: the newest; of equals, the last."""
        if pc.count_distinct(keys).as_py() == len(keys):
            return incoming, keys, order
        best: dict[object, int] = {}
        for row, key in enumerate(keys.to_pylist()):
            other = best.get(key)
            if other is None or order is None or order[row] >= order[other]:
                best[key] = row
        rows = sorted(best.values())
        self.counts.stale += len(keys) - len(rows)
        left = order and [order[row] for row in rows]
        return incoming.take(rows), keys.take(pa.array(rows)), left

    def _into(
        self, name: str, incoming: pa.Table, keys: pa.Array, order: list[Rank] | None
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Bring into one segment what it holds the keys of; tell which those were."""
        segment = self.held[name]
        nothing = np.zeros(len(keys), dtype=np.bool_)
        if not _may_hold(segment, keys):
            return nothing
        standing, asked = tables.alike(self._keys(segment), keys)
        places = pc.index_in(asked, value_set=standing)
        here = ~_bools(pc.is_null(places))
        if not here.any():
            return nothing
        rows = np.flatnonzero(here)
        at = places.take(pa.array(rows)).to_numpy(zero_copy_only=False).astype(np.int64)
        old = tables.read(self.folder, segment)
        wins = self._newer(old, at, order, rows)
        dead = _bools(incoming.column(DEAD))[rows]
        if self.whole:
            met = self.met.setdefault(name, np.zeros(segment.rows, dtype=np.bool_))
            met[at[~(dead & wins)]] = True
            met[at[dead & wins]] = False
        self.counts.stale += int((~wins).sum())
        put = wins & ~dead
        changed = self._replaced(segment, old, incoming.take(rows[put]).drop_columns([DEAD]), at[put])
        if not self.whole and (dead & wins).any():
            stays = np.ones(old.num_rows, dtype=np.bool_)
            stays[at[dead & wins]] = False
            self._drop_dead(name, changed, stays)
        elif changed is not old:
            self._write(name, changed)
        return here

    def _newer(
        self,
        old: pa.Table,
        at: np.ndarray[tuple[int], np.dtype[np.int64]],
        order: list[Rank] | None,
        rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Tell which of the incoming are not older than what stands."""
        if order is None or self.updated not in old.column_names:
            return np.ones(len(rows), dtype=np.bool_)
        standing = ranks(old.column(self.updated).take(pa.array(at)), self.updated or "")
        return np.array([order[r] >= s for r, s in zip(rows, standing, strict=True)], dtype=np.bool_)

    def _replaced(
        self,
        segment: Segment,
        old: pa.Table,
        new: pa.Table,
        at: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> pa.Table:
        """Give a segment's records with new ones in the place of the old; the same table when nothing differs."""
        if not len(at):
            return old
        schema = tables.united(old.schema, new.schema)
        before, after = tables.aligned(old, schema), tables.aligned(new, schema)
        differ = tables.differing(before.take(pa.array(at)), after)
        self.counts.same += int((~differ).sum())
        self.counts.changed += int(differ.sum())
        if not differ.any():
            return old
        places = np.arange(segment.rows)
        places[at] = segment.rows + np.arange(len(at))
        return pa.concat_tables([before, after]).take(pa.array(places))

    def _append(self, new: pa.Table) -> None:
        """Let records that are new fill the last segment, and then others."""
        self.counts.new += new.num_rows
        total = sum(segment.rows for segment in self.held.values())
        full = max(FULL, total // SHARES)
        last = max(self.held, default=None)
        done = 0
        if last is not None and (room := full - self.held[last].rows) > 0:
            done = min(room, new.num_rows)
            old = tables.read(self.folder, self.held[last])
            schema = tables.united(old.schema, new.schema)
            parts = [tables.aligned(old, schema), tables.aligned(new.slice(0, done), schema)]
            self._write(last, pa.concat_tables(parts))
            self._meet(last, done)
        while done < new.num_rows:
            name, part = f"{self.next:06}", new.slice(done, full)
            self.next += 1
            done += part.num_rows
            self._write(name, part)
            self._meet(name, part.num_rows)

    def _meet(self, name: str, rows: int) -> None:
        if self.whole:
            met = self.met.get(name, np.zeros(self.held[name].rows - rows, dtype=np.bool_))
            self.met[name] = np.concatenate([met, np.ones(rows, dtype=np.bool_)])

    def _keep(self, name: str, stays: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        """Take away what does not stay."""
        if not stays.all():
            self._drop_dead(name, tables.read(self.folder, self.held[name]), stays)

    def _drop_dead(
        self, name: str, table: pa.Table, stays: np.ndarray[tuple[int], np.dtype[np.bool_]]
    ) -> None:
        self.counts.gone += int((~stays).sum())
        if not stays.any():
            del self.held[name]
            self.touched.add(name)
            return
        self._write(name, table.filter(pa.array(stays)))

    def _write(self, name: str, table: pa.Table) -> None:
        keys = tables.keys_of(table, self.key, self.source) if self.key else None
        self.held[name] = tables.write(self.folder, name, table, keys)
        self.touched.add(name)

    def _keys(self, segment: Segment) -> pa.Array:
        table = tables.read(self.folder, segment, self.key)
        keys = tables.keys_of(table, self.key, self.source)
        if keys.type == pa.string() and pc.any(pc.starts_with(keys, pattern="\0")).as_py():
            return tables.keys_of(tables.read(self.folder, segment), self.key, self.source)
        return keys

    def _buried(self, keys: pa.Array, order: list[Rank] | None) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Tell which records are older than the deletion of their key."""
        if not self.graves or order is None:
            return np.zeros(len(keys), dtype=np.bool_)
        found = [self.graves.get(str(k), NOTHING) > r for k, r in zip(keys.to_pylist(), order, strict=True)]
        self.counts.stale += sum(found)
        return np.array(found, dtype=np.bool_)

    def _bury(
        self, keys: pa.Array, order: list[Rank] | None, dead: np.ndarray[tuple[int], np.dtype[np.bool_]]
    ) -> None:
        """Remember deletions, for records of before that come later."""
        if order is None or not dead.any():
            return
        for row in np.flatnonzero(dead):
            key = str(keys[int(row)].as_py())
            self.graves[key] = max(self.graves.get(key, NOTHING), order[row])


def _may_hold(segment: Segment, keys: pa.Array) -> bool:
    """Tell whether some key may stand in a segment, by its bounds alone."""
    least, greatest = tables.bounds(keys)
    if least is None or segment.least is None or type(segment.least) is not type(least):
        return True
    return not (segment.greatest < least or greatest < segment.least)  # type: ignore[operator]  # of one type


def _bools(values: pa.Array | pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = values.to_numpy(zero_copy_only=False).astype(np.bool_)
    return found
