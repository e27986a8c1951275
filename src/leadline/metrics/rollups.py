"""States added up once when they are published, so that readers need not: by no column from those by one, and by month.

A rolled up table holds what the finest states hold, so a reader may take either, and months from one with the days at
their edges from the other. Its rows bear the first day of their month in the project's calendar; a month that lies in
two partitions has rows in both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.metrics.calendars import periods_of
from leadline.metrics.contents import Made
from leadline.metrics.families import StateTable, tables
from leadline.metrics.finest import BUCKET, UNIT
from leadline.metrics.graft import WallClock
from leadline.metrics.merging import ENTITIES, STATE, Merge, entities
from leadline.metrics.naming import digest
from leadline.metrics.periods import Periods
from leadline.metrics.shapes import ENTITY, slice_alias
from leadline.store.casts import as_type
from leadline.store.engine import ValueType

MONTHLY = "@month"
ADDED_UP = "added_up_by_month"
"""Whether a generation has tables by month, in its description: all of those that are here, or none."""
COUNTED_ONCE = "counted_once"
"""Whether an entity that is in several layers of a month was counted in the lowest alone, in its description."""
_NEW, _BEFORE = "new", "before"


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table that is added up from another one: by fewer columns, by month, or by month over all units.

    What is not sums has a month without columns by unit, and over all units (`everywhere`) one without columns and one
    by each. There different entities are counted: such counts are of whole months, and only those of a month's layers
    can be added up, for a layer counts the entities that are in none below it.
    """

    table: StateTable
    source: StateTable
    monthly: bool
    everywhere: bool = False
    by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name the table."""
        where = "".join(f"@{column}" for column in ("all", *self.by)) if self.everywhere else ""
        return self.table.name + (MONTHLY if self.monthly else "") + where

    @property
    def is_counted(self) -> bool:
        """Tell whether entities were counted, so that rows of two months cannot be added up."""
        return ENTITY in self.table.keys and self.monthly

    @property
    def keys(self) -> dict[str, ValueType]:
        """Name the key columns with their types."""
        keys = dict(self.table.keys)
        if self.monthly:
            keys[BUCKET] = "date"
            if not self.table.is_sums:
                for column in set(self.table.by) - set(self.by):
                    del keys[slice_alias(column)]
        if self.everywhere:
            del keys[UNIT]
        if self.is_counted:
            del keys[ENTITY]
        return keys

    @property
    def columns(self) -> dict[str, ValueType]:
        """Name all columns with their types."""
        counted: dict[str, ValueType] = {ENTITIES: "integer"} if self.is_counted else {}
        return {**self.keys, **self.table.sums, **counted}

    def query(self, source: exp.Expr, catalog: Catalog, below: exp.Expr | None = None) -> exp.Select:
        """Add the rows of `source` (under the alias STATE) up; entities that are `below` in the same month count no
        more."""
        if self.is_counted and below is not None:
            return self._counted_once(source, catalog, below)
        query = _summed(self._keys(catalog), self.table.sums, source)
        if self.is_counted:
            query.select(exp.alias_(entities(), ENTITIES, quoted=True), copy=False)
        return query

    def _keys(self, catalog: Catalog) -> dict[str, exp.Expr]:
        keys: dict[str, exp.Expr] = {name: exp.column(name, table=STATE, quoted=True) for name in self.keys}
        if self.monthly:
            keys[BUCKET] = periods_of(catalog.calendar).bucket("month", local_day(self.table, catalog))
        return keys

    def _counted_once(self, source: exp.Expr, catalog: Catalog, below: exp.Expr) -> exp.Select:
        """Group by entity too, whatever is below beside what is new, and count those that are new alone."""
        keys = self._keys(catalog)
        entity = exp.column(ENTITY, table=STATE, quoted=True)
        zero, one = exp.Literal.number(0), exp.Literal.number(1)

        def marked(
            rows: exp.Expr, sums: Mapping[str, exp.Expr], new: exp.Expr, before: exp.Expr
        ) -> exp.Select:
            values = {**keys, ENTITY: entity, **sums, _NEW: new, _BEFORE: before}
            chosen = (exp.alias_(value.copy(), name, quoted=True) for name, value in values.items())
            return exp.select(*chosen).from_(rows)

        own = {name: exp.column(name, table=STATE, quoted=True) for name in self.table.sums}
        among = exp.In(this=entity.copy(), query=exp.select(entity.copy()).from_(source.copy()).subquery())
        first = exp.select(exp.Min(this=keys[BUCKET].copy())).from_(source.copy()).subquery()
        late = exp.GTE(this=local_day(self.table, catalog), expression=first)
        old = marked(below, dict.fromkeys(own, zero), zero, one).where(among, late, copy=False)
        both = exp.union(marked(source, own, one, zero), old, distinct=False, copy=False)
        names = [*self.keys, ENTITY]
        by_entity = (
            exp.select(
                *(exp.column(name, table=STATE, quoted=True) for name in names),
                *(
                    exp.alias_(add(this=exp.column(name, table=STATE, quoted=True)), name, quoted=True)
                    for add, named in ((exp.Sum, own), (exp.Max, (_NEW, _BEFORE)))
                    for name in named
                ),
            )
            .from_(both.subquery(STATE, copy=False))
            .group_by(*(exp.column(name, table=STATE, quoted=True) for name in names))
        )
        is_new = exp.EQ(this=exp.column(_NEW, table=STATE, quoted=True), expression=one.copy())
        mine = {name: exp.column(name, table=STATE, quoted=True) for name in self.keys}
        query = _summed(mine, self.table.sums, by_entity.subquery(STATE, copy=False)).where(
            is_new, copy=False
        )
        unseen = exp.Sum(
            this=exp.Sub(this=one.copy(), expression=exp.column(_BEFORE, table=STATE, quoted=True))
        )
        return query.select(exp.alias_(as_type(unseen, "bigint"), ENTITIES, quoted=True), copy=False)


@dataclass(frozen=True)
class Rollups:
    """Which tables of a project are added up from which; by month only where there are many rows."""

    catalog: Catalog
    by_month: bool

    @classmethod
    def of(cls, catalog: Catalog, tables: Mapping[str, Any]) -> "Rollups":
        """Give those of a generation, by what it says of its tables; one that says nothing is read by day."""
        return cls(catalog, tables.get(ADDED_UP, False))

    @cached_property
    def finest(self) -> list[StateTable]:
        """The tables that are made from rows."""
        return [table for table in tables(self.catalog) if self._source(table) is table]

    @cached_property
    def rolled(self) -> list[Rollup]:
        """The tables that are made from others, in the order in which they are made."""
        every = tables(self.catalog)
        narrower = [Rollup(t, self._source(t), monthly=False) for t in every if self._source(t) is not t]
        if not self.by_month:
            return narrower
        monthly = [Rollup(t, self._source(t), monthly=True) for t in every if ENTITY not in t.keys]
        everywhere = [
            Rollup(t, t, monthly=True, everywhere=True, by=(column,) if column else ())
            for t in every
            if not t.is_sums
            for column in (None, *t.by)
        ]
        return [*narrower, *monthly, *everywhere]

    def place(self, table: str) -> int:
        """Give in which of a partition's publications a table is: 0 of finest states, 1 of rolled up ones."""
        return int(table not in self._made_from_rows)

    @cached_property
    def _made_from_rows(self) -> frozenset[str]:
        return frozenset(table.name for table in self.finest)

    @cached_property
    def _by_family(self) -> Mapping[str, Sequence[StateTable]]:
        found: dict[str, list[StateTable]] = {}
        for table in tables(self.catalog):
            found.setdefault(table.family.name, []).append(table)
        return found

    def _source(self, table: StateTable) -> StateTable:
        """Give the table that another can be added up from, or itself."""
        if not table.is_sums or table.by:
            return table
        for other in self._by_family[table.family.name]:
            if (
                other.by
                and other.is_sums
                and other.metrics == table.metrics
                and other.products == table.products
            ):
                return other
        return table

    def monthly(self, table: StateTable, merge: Merge) -> Rollup | None:
        """Give the table by month from which a request may be answered, if there is one."""
        if not self.by_month or merge.grain not in {"month", "quarter", "year"}:
            return None
        if table.is_sums:
            return Rollup(table, self._source(table), monthly=True)
        asked = tuple(dict.fromkeys((*merge.by, *(column for column, _ in merge.where))))
        if merge.units is None and merge.within is None and not merge.whole_only and len(asked) < 2:
            return Rollup(table, table, monthly=True, everywhere=True, by=asked)
        return None if asked or ENTITY in table.keys else Rollup(table, table, monthly=True)

    def name(self, rollup: Rollup, sources: Mapping[str, Made]) -> str:
        """Name what a rolled up table is made from: equal names, equal rows."""
        made = sources[rollup.source.name]
        calendar = self.catalog.calendar
        said = calendar.model_dump_json() if calendar else ""
        once = [COUNTED_ONCE] if rollup.is_counted else []
        return digest([rollup.name, list(rollup.columns), made.name, said if rollup.monthly else "", *once])


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months [since, until) of the project's calendar within a request, and the days before and after them."""

    since: date | None
    until: date | None
    edges: tuple[tuple[date | None, date | None], ...]


def whole_months(merge: Merge, periods: Periods) -> Months | None:
    """Part the days that a request reads; None when no month is read whole, or windows begin or end within one."""
    since, until = (date.fromisoformat(text) if text else None for text in (merge.since, merge.until))
    if merge.windows is not None:
        bounds = {bound for w in merge.windows for bound in (w.since, w.until)}
        if any(periods.start("month", bound) != bound for bound in bounds):
            return None
    first = since and periods.start("month", since)
    if since and first != since:
        first = periods.period("month", since).end
    last = until and periods.start("month", until)
    if first and last and first >= last:
        return None
    before, after = ((since, first) if since != first else None), ((last, until) if last != until else None)
    return Months(first, last, tuple(edge for edge in (before, after) if edge))


def local_day(table: StateTable, catalog: Catalog) -> exp.Expr:
    """Give the local day of a state: its bucket, or the day of that hour."""
    bucket, unit = (exp.column(name, table=STATE, quoted=True) for name in (BUCKET, UNIT))
    if table.family.finest == "day":
        return bucket
    return as_type(WallClock.of(catalog, table.metrics[0]).local(bucket, unit), "date")


def compact(source: exp.Expr, table: StateTable) -> exp.Select:
    """Add up rows that bear the same keys."""
    return _summed(
        {name: exp.column(name, table=STATE, quoted=True) for name in table.keys}, table.sums, source
    )


def _summed(keys: Mapping[str, exp.Expr], sums: Mapping[str, ValueType], source: exp.Expr) -> exp.Select:
    added = [
        exp.alias_(
            as_type(exp.Sum(this=exp.column(name, table=STATE, quoted=True)),
                    "bigint" if kind == "integer" else "double", copy=False), name, quoted=True, copy=False)
        for name, kind in sums.items()
    ]  # fmt: skip
    chosen = [exp.alias_(value, name, quoted=True) for name, value in keys.items()]
    return (
        exp.select(*chosen, *added, copy=False)
        .from_(source, copy=False)
        .group_by(*(value.copy() for value in keys.values()), copy=False)
    )
