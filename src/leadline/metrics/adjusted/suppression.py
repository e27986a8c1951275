"""Which figures of a table may not be shown, so that none of too few rows can be worked out from those that are.

A table is rows counted by day, leaf unit and slice value. Its figures are those of every unit of the tree, as a whole
and by slice value, in every period of every grain. Primary: a figure of fewer rows than the minimum, and more than
none, is not shown. Complementary: others are not shown either, until no such figure follows from shown ones

- along the tree and the slices: a unit is the sum of its parts, a whole the sum of its slices. What shown figures
  leave over is nothing, or at least two figures with the minimum of rows together;
- along time: months against quarters, weeks against months, days against weeks (`timelines.py`);
- by any linear combination of all of them, which is tried at the end for tables of at most `EXACT` atoms
  (`derivation.py`). In larger ones the rules above stand alone; what they miss is measured in docs/statistics.md.

The wholes are decided first, with all grains, and slices do not change them; so the flags do not depend on what is
asked, and answers to different questions of one refresh fit together. Source: Willenborg, de Waal 2001, Elements of
Statistical Disclosure Control, 6: primary and secondary suppression in linked tables.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from leadline.metrics.adjusted import derivation
from leadline.metrics.adjusted.timelines import Periods, Timeline

Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Line = tuple[int, tuple[int, ...]]
"""A node and its parts: positions of nodes. The node's rows are the sum of its parts' rows."""

EXACT = 5_000
"""Days x leaves x values with rows up to which every linear combination is tried."""
_HUGE = np.iinfo(np.int64).max
_AT_ONCE = 20
"""Figures that are looked at before all are tried again: hiding one often keeps many."""


class Tree(NamedTuple):
    """Units as sets of leaves: `members` nodes x leaves, and `lines` from each node to its parts.

    What no child covers of a node (rows that hang on the unit itself) is a node of its own among its parts.
    """

    members: Flags
    lines: tuple[Line, ...]


class Suppression:
    """The figures of one table that are not shown, decided grain by grain as far as is asked.

    `rows` days x leaves x values, `grains` from coarse to fine. Without `wholes`, `rows` has one value and flags a last
    axis of 1; `wholes` gives those of the same rows with their values added up, by the grain's position. They stay as
    they are, unless they alone tell of too few rows of one value: then more of them are hidden. Levels are not summed
    over time: then `over_time` is False, and days say nothing of each other.
    """

    def __init__(
        self,
        rows: Counts,
        tree: Tree,
        grains: Sequence[Periods],
        minimum: int,
        *,
        wholes: Callable[[int], Flags] | None = None,
        over_time: bool = True,
    ) -> None:
        sliced = wholes is not None
        at_nodes = np.einsum("dlv,nl->dnv", rows, tree.members.astype(np.int64))
        if sliced:
            at_nodes = np.concatenate([at_nodes.sum(axis=2, keepdims=True), at_nodes], axis=2)
        first = np.zeros((1, *at_nodes.shape[1:]), dtype=np.int64)
        before = np.concatenate([first, np.cumsum(at_nodes, axis=0)])
        self._tree, self._wholes, self._over_time = tree, wholes, over_time
        self._tables = [_Table(grain, before, minimum, sliced=sliced) for grain in grains]
        self._settled = 0
        self.is_exact = bool(0 < np.count_nonzero(rows) <= EXACT)
        """Whether every linear combination is tried."""
        self._exact = _Exact(rows, tree, self._tables) if self.is_exact else None

    def flags(self, position: int) -> Flags:
        """Give for a grain which figures are not shown: periods x nodes x (1 + values), the whole first.

        Raises ArithmeticError where the exact check does not converge.
        """
        last = len(self._tables) - 1 if self._exact else position
        while self._settled <= last:
            table = self._tables[self._settled]
            if self._wholes is not None:
                table.fix(self._wholes(self._settled)[:, :, 0])
            self._settle(self._settled)
            self._settled += 1
        while self._exact and self._exact.hide_more():
            for again in range(len(self._tables)):
                self._settle(again)
        self._exact = None
        return self._tables[position].hidden

    def _settle(self, position: int) -> None:
        tables = self._tables
        if self._over_time:
            tables[position].settle(self._tree, tables[:position], tables[position + 1 :])
        else:
            tables[position].settle(self._tree, None, ())


class _Table:
    """The figures of one grain: `n`, `hidden` and `known` are periods x nodes x slices, the whole first.

    Hiding would not hide figures that are `fixed` (no rows; wholes, decided before; the only value of a shown whole)
    and not those that are `known` besides, told by coarser grains.
    """

    def __init__(self, grain: Periods, before: Counts, minimum: int, *, sliced: bool) -> None:
        self.grain, self.before, self.minimum, self.sliced = grain, before, minimum, sliced
        self.n: Counts = before[grain.ends] - before[grain.starts]
        self.hidden: Flags = (self.n > 0) & (self.n < minimum)
        self.fixed: Flags = self.n == 0
        self.known = self.fixed.copy()
        self.pure: Flags = (self.n > 0) & (self.n == self.n[:, :, :1])
        """The only value of its whole, or a whole: said by the whole, if that is shown."""

    def fix(self, wholes: Flags) -> None:
        """Take the wholes as decided."""
        self.hidden[:, :, 0] = wholes
        self.fixed |= self.pure & ~wholes[:, :, None]
        self.fixed[:, :, 0] = True
        self.known = self.fixed.copy()

    def settle(self, tree: Tree, coarser: Sequence["_Table"] | None, finer: Sequence["_Table"]) -> None:
        """Hide more until nothing follows along any line; every round hides at least one more figure, or ends."""
        before = -1
        while int(self.hidden.sum()) != before:
            before = int(self.hidden.sum())
            for whole, parts in tree.lines:
                self._tree_line(whole, list(parts))
            if self.sliced:
                for node in range(self.n.shape[1]):
                    self._complete((slice(None), node, slice(1, None)), self.hidden[:, node, 0])
            if coarser is not None:
                self._over_time(coarser, finer)

    def _tree_line(self, whole: int, parts: list[int]) -> None:
        """One node against its parts, in all periods and slices at once."""
        for column in range(int(self.sliced), self.n.shape[2]):
            stuck = self._complete((slice(None), parts, column), self.hidden[:, whole, column])
            self.hidden[:, whole, column] |= stuck & ~self.known[:, whole, column]

    def _complete(self, index: tuple[Any, ...], whole_hidden: Flags) -> Flags:
        """Hide the smallest figures of each period's line while what is left over tells of too few rows.

        `index` picks periods x parts. Gives the periods in which there was none left to hide.
        """
        n, parts, known = self.n[index], self.hidden[index], self.known[index]
        while True:
            leaks = self._leaks(n, parts & ~known, whole_hidden)
            candidates = np.where(parts | known, _HUGE, n)
            possible = leaks & (candidates.min(axis=1) < _HUGE)
            if not possible.any():
                break
            parts[np.flatnonzero(possible), candidates.argmin(axis=1)[possible]] = True
        self.hidden[index] = parts
        stuck: Flags = leaks & ~whole_hidden
        return stuck

    def _leaks(self, n: Counts, parts: Flags, whole_hidden: Flags) -> Flags:
        """Say for each period whether parts that are not shown follow from the rest of their line.

        With the whole shown: one part alone, or parts with too few rows together, or with one row each (each has at
        least one, so that is known). With the whole hidden: none hidden.
        """
        number, left = parts.sum(axis=1), np.where(parts, n, 0).sum(axis=1)
        shown = ~whole_hidden & (number > 0) & ((number == 1) | (left < self.minimum) | (left <= number))
        hollow = whole_hidden & (number == 0) & (n.sum(axis=1) > 0)
        found: Flags = shown | hollow
        return found

    def _over_time(self, coarser: Sequence["_Table"], finer: Sequence["_Table"]) -> None:
        """Hide periods whose showing would tell of too few rows by way of other periods."""
        for node, column in zip(*np.nonzero(self._threatened(coarser, finer)), strict=True):
            here = (slice(None), node, column)
            timeline = Timeline(self.before[here], self.minimum)
            for other in coarser:
                timeline.show(other.grain, ~other.hidden[here])
                timeline.keep_apart(other.grain, other.hidden[here] & ~other.known[here])
            if self.sliced:
                for other in finer:
                    timeline.show(other.grain, other.pure[here])
            timeline.show(self.grain, self.known[here] & ~self.hidden[here] & (self.n[here] > 0))
            self.known[here] |= timeline.told(self.grain) & (self.n[here] >= self.minimum)
            timeline.show(self.grain, self.known[here] & ~self.hidden[here])
            timeline.keep_apart(self.grain, self.hidden[here] & ~self.known[here])
            self.hidden[here] |= timeline.refused(self.grain, ~self.hidden[here] & ~self.known[here])

    def _threatened(self, coarser: Sequence["_Table"], finer: Sequence["_Table"]) -> Flags:
        """Say for which nodes x slices a period is hidden, or too few rows lie between two ends."""
        threatened = self._few_between((*coarser, self))
        if self.sliced and finer:
            pure = np.any([table.pure.any(axis=0) for table in finer], axis=0)
            threatened |= pure & self._few_between((*coarser, self, *finer))
        for table in (*coarser, self):
            threatened |= table.hidden.any(axis=0)
        threatened &= (self.n > 0).any(axis=0)
        threatened[:, : int(self.sliced)] = False
        return threatened

    def _few_between(self, tables: Sequence["_Table"]) -> Flags:
        ends = np.unique(np.concatenate([np.concatenate(table.grain) for table in tables]))
        between = np.diff(self.before[ends], axis=0)
        few: Flags = ((between > 0) & (between < self.minimum)).any(axis=0)
        return few


class _Exact:
    """All figures as sums over atoms with rows, to try every linear combination of the shown ones."""

    def __init__(self, rows: Counts, tree: Tree, tables: Sequence[_Table]) -> None:
        self.tables = tables
        cuts = np.unique(np.concatenate([np.concatenate(t.grain) for t in tables]))
        pieces = np.add.reduceat(rows[: cuts[-1]], cuts[:-1], axis=0)
        values = np.eye(rows.shape[2])
        columns = np.concatenate([np.ones((1, rows.shape[2])), values]) if tables[-1].sliced else values
        times = [
            (t.grain.starts[:, None] <= cuts[None, :-1]) & (cuts[None, :-1] < t.grain.ends[:, None])
            for t in tables
        ]
        atoms = np.flatnonzero(pieces.ravel())
        figures = derivation.stacked([derivation.products(t, tree.members, columns)[:, atoms] for t in times])
        self.one, self.same = derivation.distinct(figures)
        self.figures = figures[self.one]
        self.n = np.concatenate([t.n.ravel() for t in tables])[self.one]
        self.grain = np.repeat(np.arange(len(tables)), [t.n.size for t in tables])[self.one]

    def hide_more(self) -> bool:
        """Hide one more figure for each primary one that still follows; say whether there was any.

        Of those it follows from, one that coarser grains do not tell, of the finest grain, and of these the smallest;
        a whole only if there are no others. Figures of the very same rows are one.
        """
        every, fixed, known = (
            np.concatenate([getattr(t, name).ravel() for t in self.tables])
            for name in ("hidden", "fixed", "known")
        )
        hidden, fixed, known = ~self._any(~every), self._any(fixed & ~every), self._any(known)
        primary = np.flatnonzero(hidden & (self.n > 0) & (self.n < self.tables[0].minimum))
        shown = np.flatnonzero(~hidden & (self.n > 0))
        if not primary.size or not shown.size:
            return False
        before = hidden.copy()
        follows = primary[derivation.derived(self.figures[shown], self.figures[primary])]
        for one in follows[:_AT_ONCE]:
            coefficients = derivation.combination(self.figures[shown], self.figures[[one]])
            if coefficients is None:
                continue  # it only seemed to follow
            used = shown[coefficients != 0]
            if not hidden[used].any():  # otherwise an earlier one of this round has broken it
                first = np.lexsort((self.n[used], -self.grain[used], known[used], fixed[used]))[0]
                hidden[used[first]] = True
        more = (hidden & ~before)[self.same]
        parts = np.split(every | more, np.cumsum([t.n.size for t in self.tables])[:-1])
        for table, flags in zip(self.tables, parts, strict=True):
            table.hidden[:] = flags.reshape(table.n.shape)
        return bool(more.any())

    def _any(self, flags: Flags) -> Flags:
        """Say for each distinct figure whether any of those that are the same has a flag."""
        return np.bincount(self.same, weights=flags, minlength=self.one.size) > 0
