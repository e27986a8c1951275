"""Reads of states, each compiled once for all requests of its shape: they differ in days, units and values of slices.

What differs stands in slots of the compiled text. No answer is kept: every request goes to the states, here or at hand
(at_hand.py).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace

from sqlglot import exp

from leadline.metrics.merging import Merge, members
from leadline.metrics.partitions import Bound
from leadline.metrics.sources import Part, Source
from leadline.store.engine import Engine, Prepared
from leadline.store.slots import Values, slot

KEPT = 512


class Plans:
    """The compiled reads of one generation, oldest use first. Threads share them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Prepared] = OrderedDict()

    def __len__(self) -> int:
        """Count what is kept."""
        return len(self._kept)

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()

    def prepared(self, engine: Engine, shape: Hashable, query: Callable[[], exp.Query]) -> Prepared:
        """Give the compiled query of a shape, compiled now if it is not known."""
        with self._lock:
            if shape in self._kept:
                self._kept.move_to_end(shape)
                return self._kept[shape]
        made = engine.prepare(query())
        with self._lock:
            self._kept[shape] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


def slotted(source: Source, merge: Merge) -> tuple[Source, Merge, Hashable, Values]:
    """Give a source and a request with slots for what may differ, their shape, and what fills the slots."""
    values: dict[str, str | list[str]] = {}

    def kept(name: str, bound: Bound) -> str | None:
        """Put a day, if there is one, into a slot."""
        if bound is None:
            return None
        values[name] = bound if isinstance(bound, str) else bound.isoformat()
        return slot(name)

    parts = source.parts
    if len(parts) > 1:
        parts = tuple(
            Part(p.monthly, p.names, kept(f"first{i}", p.since), kept(f"after{i}", p.until))
            for i, p in enumerate(parts)
        )
    within = merge.within
    if within:
        values["within"] = list(within)
        within = [slot("within")]
    units = merge.units
    if units is not None:
        values |= {f"unit{i}": unit for i, unit in enumerate(units)}
        inside: dict[str, list[str]] = {unit: [] for unit in units}
        for i, (one, unit) in enumerate(members(units).items()):
            values[f"member{i}"] = one
            inside[unit].append(slot(f"member{i}"))
        units = {slot(f"unit{i}"): inside[unit] for i, unit in enumerate(units)}
    values |= {f"where{i}": value for i, (_, value) in enumerate(merge.where) if value}
    where = tuple(
        (column, slot(f"where{i}") if value else "") for i, (column, value) in enumerate(merge.where)
    )
    since, until = merge.since, merge.until
    if not merge.periods.lists(merge.grain) or merge.windows is not None:
        since, until = kept("since", since), kept("until", until)
    open_ = replace(merge, within=within, units=units, where=where, since=since, until=until)
    sizes = tuple((unit, len(made_of)) for unit, made_of in units.items()) if units is not None else None
    shape = (
        source.shape, open_.grain, open_.by, where, sizes,
        tuple(within) if within is not None else None, open_.windows, open_.whole_only, since, until,
    )  # fmt: skip
    return replace(source, parts=parts), open_, shape, values
