"""What shown periods of one series tell of its days: weeks against months, days against weeks.

A shown period [a, b) is the difference of two running totals. So the rows of [a, b) are known for any a and b that
shown periods join, directly or in a chain. An end is told by its running total: two without rows between are one.
"""

from bisect import bisect, insort
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]


class Periods(NamedTuple):
    """Periods of one grain as positions of days: `starts` and `ends` (exclusive), of equal length, in order."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


class Timeline:
    """Ends of periods, joined by shown ones: sets of running totals.

    Neighbours in a set have at least the minimum of rows between them, and the two ends of a period that is not to be
    known are in different sets.
    """

    def __init__(self, before: npt.NDArray[np.int64], minimum: int) -> None:
        """`before`: the rows before each day, one entry more than there are days."""
        self._before, self._minimum = before, minimum
        self._sets: dict[int, list[int]] = {}
        self._apart: list[tuple[int, int]] = []

    def show(self, grain: Periods, flags: Flags) -> None:
        """Take the flagged periods as shown."""
        for start, end in self._ends(grain, flags):
            one, other = self._set(start), self._set(end)
            if one is not other and start != end:
                self._join(one, other)

    def keep_apart(self, grain: Periods, flags: Flags) -> None:
        """Take the flagged periods as not to be known."""
        self._apart += [ends for ends in self._ends(grain, flags) if ends[1] - ends[0] >= self._minimum]

    def told(self, grain: Periods) -> Flags:
        """Say which periods are known by what is shown."""
        every = np.ones(grain.starts.size, dtype=bool)
        return np.array(
            [a == b or self._set(a) is self._set(b) for a, b in self._ends(grain, every)], dtype=bool
        )

    def refused(self, grain: Periods, flags: Flags) -> Flags:
        """Show the flagged periods one after another; give those that would tell too much, and are kept apart."""
        found = np.zeros(flags.size, dtype=bool)
        for i, (start, end) in zip(np.flatnonzero(flags), self._ends(grain, flags), strict=True):
            one, other = self._set(start), self._set(end)
            if one is other or start == end:
                continue
            if self._harmless(one, other):
                self._join(one, other)
            else:
                found[i] = True
                self._apart.append((start, end))
        return found

    def _harmless(self, one: list[int], other: list[int]) -> bool:
        small, large = sorted((one, other), key=len)
        for total in small:
            place = bisect(large, total)
            near = large[max(place - 1, 0) : place + 1]
            if any(abs(total - neighbour) < self._minimum for neighbour in near):
                return False
        ours = (id(one), id(other))
        return not any(id(self._set(a)) in ours and id(self._set(b)) in ours for a, b in self._apart)

    def _set(self, total: int) -> list[int]:
        return self._sets.setdefault(total, [total])

    def _join(self, one: list[int], other: list[int]) -> None:
        small, large = sorted((one, other), key=len)
        for total in small:
            insort(large, total)
            self._sets[total] = large

    def _ends(self, grain: Periods, flags: Flags) -> list[tuple[int, int]]:
        starts, ends = self._before[grain.starts[flags]], self._before[grain.ends[flags]]
        return list(zip(starts.tolist(), ends.tolist(), strict=True))
