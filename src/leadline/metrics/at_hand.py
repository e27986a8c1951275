"""States by month that are at hand: small tables of a generation, read whole once and added up here ever after.

To plan a statement of some hundred sums takes an engine longer than to add up the few rows that it reads. What is here
is what `merging.merged` would give of the same table, row for row and type for type; what is asked for in any other way
than by whole months, and what is large, goes to the engine.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from leadline.catalog.definitions import RowMetrics
from leadline.metrics.finest import BUCKET, UNIT, Products
from leadline.metrics.merging import ENTITIES, STATE, Merge, Window, members, summed
from leadline.metrics.rollups import Rollup
from leadline.metrics.shapes import KEYS, ROWS, shape, slice_alias
from leadline.store.engine import Engine, ValueType

LARGEST, IN_ALL = 48 * 2**20, 192 * 2**20
"""Bytes of one table, and of all tables of a generation, that are kept in memory."""
_TYPES: Mapping[ValueType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
}
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A key column: for each row the place of its value among `values`."""

    codes: Codes
    values: list[Any]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> "Coded":
        coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
        return cls(
            coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()
        )

    def where(self, holds: Callable[[Any], bool]) -> npt.NDArray[np.bool_]:
        """Tell of each row whether something holds of its value."""
        return np.fromiter((holds(value) for value in self.values), bool, len(self.values))[self.codes]

    def mapped(self, to: Callable[[Any], Any]) -> "Coded":
        """Give what each value stands for; several may stand for one."""
        places: dict[Any, int] = {}
        code = [places.setdefault(to(value), len(places)) for value in self.values]
        return Coded(np.asarray(code, dtype=np.int64)[self.codes], list(places))

    def at(self, rows: Codes) -> "Coded":
        """Give some of the rows."""
        return Coded(self.codes[rows], self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """One table by month: its keys, and its sums, one row of numbers for each row."""

    rollup: Rollup
    keys: Mapping[str, Coded]
    places: Mapping[str, int]
    sums: npt.NDArray[np.float64]

    @classmethod
    def of(cls, rollup: Rollup, rows: pa.Table) -> "Months":
        names = [name for name in rollup.columns if name not in rollup.keys]
        sums = np.empty((rows.num_rows, len(names)))
        for place, name in enumerate(names):
            sums[:, place] = rows.column(name).fill_null(0).to_numpy()
        keys = {name: Coded.of(rows.column(name)) for name in rollup.keys}
        return cls(rollup, keys, {name: place for place, name in enumerate(names)}, sums)

    def merged(self, metrics: Sequence[RowMetrics], merge: Merge, products: Products) -> pa.Table:
        """Give what `merging.merged` gives; a sum of nothing is zero."""
        chosen = np.flatnonzero(self._inside(merge))
        period, chosen = self._periods(merge, chosen)
        keys: dict[str, tuple[Coded, ValueType]] = {
            "period": (period, "date"),
            "unit": (self._units(merge, chosen), "text"),
        }
        keys |= {slice_alias(c): (self.keys[slice_alias(c)].at(chosen), "text") for c in merge.by}
        keys |= {name: (self.keys[name].at(chosen), kind) for name, kind in self._own_keys(metrics).items()}
        names = _sums(metrics, products)
        first, sums = self._added([key for key, _ in keys.values()], chosen, [self.places[n] for n in names])
        columns = [_column(key.at(first), kind) for key, kind in keys.values()]
        return pa.Table.from_arrays(
            [*columns, *(_summed(name, row) for name, row in zip(names, sums, strict=True))],
            names=[*keys, *names],
        )

    def _own_keys(self, metrics: Sequence[RowMetrics]) -> Mapping[str, ValueType]:
        return {name: kind for name, kind in KEYS[shape(metrics[0])].items() if name in self.keys}

    def _inside(self, merge: Merge) -> npt.NDArray[np.bool_]:
        """Tell which rows a request reads."""
        since, until = (date.fromisoformat(day) if day else None for day in (merge.since, merge.until))
        inside = self.keys[BUCKET].where(
            lambda day: (since is None or day >= since) and (until is None or day < until)
        )
        if merge.within is not None:
            within = frozenset(merge.within)
            inside &= self.keys[UNIT].where(lambda unit: unit in within)
        if merge.whole_only:
            inside &= self.keys[UNIT].where(lambda unit: unit is None)
        for path, wanted in merge.where:
            inside &= self.keys[slice_alias(path)].where(partial(_is, wanted or None))
        return inside

    def _periods(self, merge: Merge, rows: Codes) -> tuple[Coded, Codes]:
        """Give the period of each row; rows that lie in several windows stand once for each."""
        days = self.keys[BUCKET].at(rows)
        if merge.windows is None:
            return days.mapped(lambda day: merge.periods.start(merge.grain, day)), rows
        found = [np.flatnonzero(days.where(partial(_within, w))) for w in merge.windows]
        codes = np.repeat(np.arange(len(found)), [len(one) for one in found])
        period = Coded(codes, [w.period for w in merge.windows])
        return period, rows[np.concatenate(found)] if found else rows[:0]

    def _units(self, merge: Merge, rows: Codes) -> Coded:
        """Give the unit that each row is added up into."""
        if merge.units is None:
            return Coded(np.zeros(len(rows), dtype=np.int64), [None])
        above = members(merge.units)
        return self.keys[UNIT].at(rows).mapped(lambda unit: above.get(unit, ""))

    def _added(
        self, keys: Sequence[Coded], rows: Codes, places: Sequence[int]
    ) -> tuple[Codes, npt.NDArray[np.float64]]:
        """Add up rows of equal keys: one row of each, among `rows`, and its sums, one column of numbers a line."""
        code = np.zeros(len(rows), dtype=np.int64)
        for key in keys:
            code = code * max(len(key.values), 1) + key.codes
        order = np.argsort(code, kind="stable")
        code = code[order]
        starts = np.flatnonzero(np.concatenate([[True], code[1:] != code[:-1]])) if len(code) else order
        numbers = self.sums[rows[order][:, np.newaxis], np.asarray(places, dtype=np.int64)]
        if 0 < len(starts) < len(code):
            numbers = np.add.reduceat(numbers, starts, axis=0)
        return order[starts], np.ascontiguousarray(numbers.T)


def _is(wanted: object, value: object) -> bool:
    return value == wanted


def _within(window: Window, day: date) -> bool:
    return window.since <= day < window.until


def _sums(metrics: Sequence[RowMetrics], products: Products) -> list[str]:
    """Name the sums that a request reads, in the order of the statement."""
    match shape(metrics[0]):
        case "terms" | "changes":
            return summed(metrics, products)
        case "entities":
            return [ENTITIES, ROWS]
        case _:
            return [ROWS]


def _column(key: Coded, kind: ValueType) -> pa.Array:
    values = pa.array(key.values, type=_TYPES[kind])
    return values.take(pa.array(key.codes))


def _summed(name: str, numbers: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(numbers.astype(np.int64) if name == ENTITIES else numbers)


class AtHand:
    """The tables of one generation that are at hand: each from the second time that it is asked for, if it is small."""

    def __init__(self, engine: Engine, all_of: Callable[[Rollup], exp.Expr]) -> None:
        self._engine = engine
        self._all_of = all_of
        self._lock = threading.Lock()
        self._kept: dict[str, Months | None] = {}
        self._asked: set[str] = set()
        self._room = IN_ALL

    def of(self, rollup: Rollup) -> Months | None:
        """Give a table; None where it is not at hand."""
        name = rollup.name
        if name in self._kept:
            return self._kept[name]
        with self._lock:  # whoever else asks for it waits, rather than read it too
            if name in self._kept:
                return self._kept[name]
            if name not in self._asked:  # whoever asks once is served soonest by the engine
                self._asked.add(name)
                return None
            self._kept[name] = self._brought(rollup)
            return self._kept[name]

    def has(self, rollup: Rollup) -> bool:
        """Tell whether a table is at hand now."""
        return self._kept.get(rollup.name) is not None

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
            self._asked.clear()
            self._room = IN_ALL

    def _brought(self, rollup: Rollup) -> Months | None:
        """Read a table whole; None where that would take too much room."""
        rows, counted = self._all_of(rollup), exp.alias_(exp.Count(this=exp.Star()), ROWS, quoted=True)
        count = self._engine.read(exp.select(counted).from_(rows.copy())).column(0)[0].as_py()
        size = count * len(rollup.columns) * 8
        if size > min(LARGEST, self._room):
            return None
        self._room -= size
        columns = [exp.column(name, table=STATE, quoted=True) for name in rollup.columns]
        return Months.of(rollup, self._engine.read(exp.select(*columns).from_(rows)))
