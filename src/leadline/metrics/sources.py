"""Which states answer a request: whole months as they were added up, days at their edges, and where they lie.

Deciding and building are apart, so that what was built once can serve every request that reads the same tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.metrics.at_hand import AtHand
from leadline.metrics.at_hand import Months as MonthsAtHand
from leadline.metrics.families import StateTable
from leadline.metrics.finest import BUCKET
from leadline.metrics.merging import STATE, Merge
from leadline.metrics.partitions import Bound, Partition, between
from leadline.metrics.periods import Periods
from leadline.metrics.rollups import COUNTED_ONCE, Months, Rollup, Rollups, local_day, whole_months
from leadline.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Part:
    """Days [since, until) of a table, or of what it was added up into by month, and the publications they lie in."""

    monthly: bool
    names: tuple[str, ...]
    since: Bound
    until: Bound


@dataclass(frozen=True, slots=True)
class Source:
    """What a request reads: one part as it is, or several, of each of which only its days."""

    table: StateTable
    rollup: Rollup | None
    parts: tuple[Part, ...]

    @property
    def shape(self) -> object:
        """Sources with equal values differ in nothing but the days of their parts."""
        parts = [(p.monthly, p.names, p.since is None, p.until is None) for p in self.parts]
        return self.rollup.name if self.rollup else self.table.name, tuple(parts) if len(
            parts
        ) > 1 else parts[0][:2]

    def fit(self, merge: Merge) -> Merge:
        """Give a request as it reads this source: what was added up by month bears local days."""
        return replace(merge, finest="day", counted=self.rollup.is_counted) if self.rollup else merge


@dataclass(frozen=True)
class Sources:
    """The states of one generation at rest; `tables` is what the generation says of them."""

    catalog: Catalog
    engine: Engine
    periods: Periods
    tables: Mapping[str, Any]

    @cached_property
    def _rollups(self) -> Rollups:
        return Rollups.of(self.catalog, self.tables)

    @cached_property
    def _partitions(self) -> list[tuple[Partition, list[str]]]:
        named = self.tables.get("partitions", {}).items()
        return sorted((Partition.named(label), list(publications)) for label, publications in named)

    def of(self, table: StateTable, merge: Merge, *, counted: bool = False) -> Source:
        """Decide what a request reads; `counted`: different entities may have been counted already."""
        rollup = self._rollups.monthly(table, merge)
        months = whole_months(merge, self.periods) if rollup else None
        if (
            rollup is not None
            and rollup.is_counted
            and not (counted and months and self._are_periods(months, merge))
        ):
            rollup = None
        if rollup is None or months is None:
            ends = (date.fromisoformat(text) if text else None for text in (merge.since, merge.until))
            return Source(table, None, (self._part(table, *ends),))
        edges = [self._part(table, *edge) for edge in months.edges]
        return Source(table, rollup, (self._part(rollup, months.since, months.until), *edges))

    def _are_periods(self, months: Months, merge: Merge) -> bool:
        """Tell whether the periods asked for are months that lie in one partition, and nothing besides.

        Of an older Leadline also in one layer: an entity that was in two was counted in both.
        """
        plain = merge.grain == "month" and merge.windows is None and not months.edges
        once = self.tables.get(COUNTED_ONCE, False) or all(
            len(pile) == 2 for pile in self._piles(months.since, months.until)
        )
        return plain and not self.periods.lists("month") and once

    def _part(self, table: StateTable | Rollup, since: date | None, until: date | None) -> Part:
        place = self._rollups.place(table.name)
        names = (name for pile in self._piles(since, until) for name in pile[place::2])
        return Part(isinstance(table, Rollup), tuple(names), since, until)

    def _piles(self, since: date | None, until: date | None) -> list[list[str]]:
        """Give the publications of each partition in which a day of [since, until) may lie."""
        return [pile for partition, pile in self._partitions if partition.touches(since, until)]

    @cached_property
    def at_hand(self) -> AtHand:
        """The tables by month that are in memory."""
        return AtHand(self.engine, self._all_of)

    def months(self, source: Source) -> MonthsAtHand | None:
        """Give the table that a request reads; None where it reads days too, or what is not at hand."""
        return self.at_hand.of(source.rollup) if source.rollup and len(source.parts) == 1 else None

    def has(self, source: Source) -> bool:
        """Tell whether the table that a request reads is at hand now."""
        return source.rollup is not None and len(source.parts) == 1 and self.at_hand.has(source.rollup)

    def _all_of(self, rollup: Rollup) -> exp.Expr:
        return self.engine.published(self._part(rollup, None, None).names, rollup.name, rollup.columns, STATE)

    def rows(self, source: Source) -> exp.Expr:
        """Give something to select from, under the alias STATE."""
        if len(source.parts) == 1:
            return self._states(source, source.parts[0])
        assert source.rollup is not None  # noqa: S101 - only months have edges
        columns = list(source.rollup.columns)
        day = exp.column(BUCKET, table=STATE, quoted=True)
        local = local_day(source.table, self.catalog)
        query: exp.Query | None = None
        for part in source.parts:
            states = self._states(source, part)
            chosen = _selected(states, columns, day if part.monthly else local, part.since, part.until)
            query = exp.union(query, chosen, distinct=False, copy=False) if query else chosen
        assert query is not None  # noqa: S101 - there is at least one part
        return query.subquery(STATE, copy=False)

    def _states(self, source: Source, part: Part) -> exp.Expr:
        table = source.rollup if part.monthly and source.rollup else source.table
        return self.engine.published(part.names, table.name, table.columns, STATE)


def _selected(
    source: exp.Expr, columns: Sequence[str], day: exp.Expr, since: Bound, until: Bound
) -> exp.Select:
    """Select states of days [since, until), each with its day for a bucket."""
    chosen = [
        exp.alias_(
            day.copy() if name == BUCKET else exp.column(name, table=STATE, quoted=True), name, quoted=True
        )
        for name in columns
    ]
    inside = between(day, since, until)
    return exp.select().select(*chosen, copy=False).from_(source, copy=False).where(*inside, copy=False)
