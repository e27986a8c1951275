"""What a refresh changes in days that were final: kept beside the states, as the difference to what they were.

A row of a table of differences bears the keys of a finest state, the sums that must be added to the present ones to
get the former ones, until which day figures had been final (`_final`), and the refresh at which they changed
(`_changed`). So a former figure is merged as any other is. Only publications that differ are compared: decision 0014.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from leadline.catalog.composition import parts, rows
from leadline.catalog.definitions import COMPOSED, Duration, Metric, RowMetrics
from leadline.metrics import contents, terms
from leadline.metrics.contents import Contents
from leadline.metrics.families import StateTable
from leadline.metrics.merging import STATE
from leadline.metrics.naming import digest
from leadline.metrics.partitions import Partition, between, lying
from leadline.metrics.published import Published
from leadline.metrics.rollups import Rollups, local_day
from leadline.metrics.shapes import ROWS, product_alias, shape, term_alias
from leadline.metrics.uniting import union_all
from leadline.store.casts import as_type
from leadline.store.engine import ValueType

FINAL, CHANGED = "_final", "_changed"
KEYS: dict[str, ValueType] = {FINAL: "date", CHANGED: "instant"}
"""The keys of a difference beside those of a state."""

ROUNDING = 1e-9
"""Sums that differ by less, relative to their size, were added up in another order."""

_READ_LATE = ("type", "measured_in", "quantile", "level", "every", "over_time", "finest")
"""Fields of a metric that decide figures after its states: where they change, states say nothing of what was."""

_SIZE = "_size"


def restate(former: Published | None, now: Published) -> dict[str, Any]:
    """Compare what is about to be published with the last generation, and give what is to be remembered.

    `partitions`: by label the publication of differences, and the first and the last day of each table in it.
    `final`: by metric until which day it has been final.
    `redefined`: by metric the version that held, the end of the last period that was final under it, and the day on
    which another took its place. Nothing is visible until a generation that names it is published.
    """
    return _Restating(former, now).run() if former else {}


def final_until(published: Published, metric: Metric) -> date:
    """Give the day before which all periods of a metric are final; a period that ends later is not."""
    return min((_firm_until(published, leaf) for leaf in rows(published.catalog, metric)), default=date.min)


def _firm_until(published: Published, metric: RowMetrics) -> date:
    """Give the day before which all figures of a row metric were final: none of those that lack late rows was."""
    late = published.lateness.since(metric)
    return min(published.final_until(metric), late or date.max)


@dataclass(frozen=True, slots=True)
class _Compared:
    """Metrics whose states stand in one table now, stood in one table before, and were final until one day."""

    now: StateTable
    before: StateTable
    final: date
    metrics: tuple[RowMetrics, ...]

    @property
    def sums(self) -> list[str]:
        """Name the summed columns that both have."""
        if not self.now.is_sums:
            return [ROWS]
        names = {m.name for m in self.metrics}
        found = [term_alias(m.name, t) for m in self.metrics for t in terms.names(m)]
        found += [
            product_alias(one.name, a, other.name, b)
            for one, other in self.now.products
            if one.name in names and other.name in names
            for a in terms.basics(one)
            for b in terms.basics(other)
        ]
        return [name for name in found if name in self.before.sums]


@dataclass(frozen=True)
class _Restating:
    """One comparison of two generations."""

    former: Published
    now: Published

    def run(self) -> dict[str, Any]:
        """Write the differences of the partitions that are not what they were."""
        before, after = _partitions(self.former), _partitions(self.now)
        kept = _record(self.former).get("partitions", {})
        needed = {name for names in before.values() for name in names} | {name for name, _ in kept.values()}
        if not needed <= self._there:
            return {}  # a warehouse that is new to the project, or was left: nothing is left to compare with
        found = {label: kept[label] for label in kept if before.get(label) == after.get(label)}
        changed = [label for label in self._labels() if before.get(label) != after.get(label)]
        if changed:
            engine = self.now.engine
            was = contents.read(engine, {one: before[one] for one in changed if one in before})
            made = contents.read(engine, {one: after[one] for one in changed if one in after})
            for label in changed:
                if written := self._written(label, was.get(label), made.get(label)):
                    found[label] = written
        final = {name: day.isoformat() for name, day in sorted(self._final.items()) if day > date.min}
        whole = {"partitions": found, "redefined": self._redefined(), "final": final}
        return {name: what for name, what in whole.items() if what}

    @cached_property
    def _final(self) -> dict[str, date]:
        """Until which day each metric has been final, once: a period that is provisional again may have been."""
        found = {}
        for name, metric in self.former.catalog.metrics.items():
            if not isinstance(metric, COMPOSED):
                once = date.fromisoformat(
                    _record(self.former).get("final", {}).get(name, date.min.isoformat())
                )
                found[name] = max(_firm_until(self.former, metric), once)
        return found

    @cached_property
    def _there(self) -> frozenset[str]:
        return frozenset(self.now.engine.generations())

    @cached_property
    def _shared(self) -> frozenset[str]:
        """The publications of both generations: what stands in them is no difference."""
        now = {name for pile in _partitions(self.now).values() for name in pile}
        return frozenset(name for pile in _partitions(self.former).values() for name in pile if name in now)

    def _labels(self) -> list[str]:
        """Name every partition that has rows, or had some; those of years as their months, where months are."""
        labels = set(_partitions(self.now))
        width = self.now.generation.tables.get("width", "year")
        for label in _partitions(self.former):
            if width == "month" and label.isdigit():
                labels |= {f"{label}-{month:02d}" for month in range(1, 13)}
            else:
                labels.add(label)
        return sorted(labels)

    def _written(self, label: str, was: Contents | None, made: Contents | None) -> list[Any] | None:
        """Write the differences of one partition; give where they are, or None when there are none."""
        partition, engine = Partition.named(label), self.now.engine
        queries: dict[str, list[exp.Select]] = {}
        for one in self._compared:
            own = queries.setdefault(one.now.name, [])
            own += self._carried(one, partition)
            if one.final > partition.since and not _same(one, was, made):
                own.append(self._difference(one, partition))
        tables = {table.name: table for one in self._compared for table in (one.now,)}
        named = {name: _added_up(tables[name], parts) for name, parts in sorted(queries.items()) if parts}
        if not named:
            return None
        about = [
            [_partitions(p).get(label) for p in (self.former, self.now)],
            _record(self.former).get("partitions", {}).get(label),
            [[one.now.name, one.final.isoformat(), [m.name for m in one.metrics]] for one in self._compared],
            self.now.generation.as_of.isoformat(),
        ]
        name = f"{label}.{digest(about)}.was"
        if name not in self._there:
            engine.publish(name, named)
        days = self._days(name, [tables[table] for table in named])
        if not days:
            engine.retract(name)
            return None
        return [name, days]

    @cached_property
    def _compared(self) -> list[_Compared]:
        found: dict[tuple[str, str, date], list[RowMetrics]] = {}
        tables: dict[str, StateTable] = {}
        for metric in self.now.catalog.metrics.values():
            if isinstance(metric, COMPOSED) or not self._comparable(metric):
                continue
            final = self._final[metric.name]
            for columns in _slicings(metric):
                now, before = self.now.table(metric.name, columns), self.former.table(metric.name, columns)
                if now and before:
                    tables |= {f"now {now.name}": now, f"before {before.name}": before}
                    found.setdefault((now.name, before.name, final), []).append(metric)
        return [
            _Compared(tables[f"now {now}"], tables[f"before {before}"], final, tuple(metrics))
            for (now, before, final), metrics in sorted(found.items())
        ]

    def _comparable(self, metric: RowMetrics) -> bool:
        """Tell whether former states of a metric would be read as the present ones are.

        A duration's cohort changes until all have arrived; that is what it is, and restates nothing.
        """
        before = self.former.catalog.metrics.get(metric.name)
        if before is None or isinstance(before, COMPOSED) or isinstance(metric, Duration):
            return False
        alike = all(getattr(metric, f, None) == getattr(before, f, None) for f in _READ_LATE)
        return alike and terms.names(metric) == terms.names(before)

    def _difference(self, one: _Compared, partition: Partition) -> exp.Select:
        """Give former sums less present ones by key, of days that were final, where they differ."""
        until = min(one.final, partition.until)
        sides = [
            self._side(generation, table, one, partition.since, until)
            for generation, table in ((self.former, one.before), (self.now, one.now))
        ]
        both = union_all(sides).subquery("b", copy=False)
        keys = [exp.column(name, table="b", quoted=True) for name in one.now.keys]
        added: list[exp.Expr] = []
        for name in one.sums:
            value = exp.column(name, table="b", quoted=True)
            size = exp.Max(this=exp.func("abs", value.copy()))
            added += [_double(exp.Sum(this=value), name), _double(size, f"{name}{_SIZE}")]
        grouped = exp.select().select(*keys, *added, copy=False).from_(both, copy=False)
        grouped = grouped.group_by(*(key.copy() for key in keys), copy=False)
        now = as_type(exp.Literal.string(self.now.generation.as_of.isoformat()), "timestamptz")
        stamps = {FINAL: _date(one.final), CHANGED: now}
        shared = set(one.sums)
        chosen = [
            *(exp.column(name, table=STATE, quoted=True) for name in one.now.keys),
            *(exp.alias_(value, name, quoted=True, copy=False) for name, value in stamps.items()),
            *(_double(_moved(name) if name in shared else _zero(), name) for name in one.now.sums),
        ]
        differs = exp.or_(*(_differs(name) for name in one.sums), copy=False)
        source = grouped.subquery(STATE, copy=False)
        return exp.select().select(*chosen, copy=False).from_(source, copy=False).where(differs, copy=False)

    def _side(
        self, published: Published, table: StateTable, one: _Compared, since: date, until: date
    ) -> exp.Select:
        """Select the states of days [since, until) of one generation, the present ones as less than nothing."""
        place = Rollups.of(published.catalog, published.generation.tables).place(table.name)
        piles = lying(_partitions(published), since, until)
        names = [name for pile in piles for name in pile[place::2] if name not in self._shared]
        source = published.engine.published(names, table.name, table.columns, STATE)
        sums: list[exp.Expr] = []
        for name in one.sums:
            value = exp.column(name, table=STATE, quoted=True)
            sums.append(_double(value if published is self.former else exp.Neg(this=value), name))
        keys = [exp.column(name, table=STATE, quoted=True) for name in one.now.keys]
        first = None if since == date.min else since
        within = between(local_day(table, published.catalog), first, until)
        return (
            exp.select().select(*keys, *sums, copy=False).from_(source, copy=False).where(*within, copy=False)
        )

    def _carried(self, one: _Compared, partition: Partition) -> Iterator[exp.Select]:
        """Give the differences that are remembered already."""
        names = published_differences(self.former, one.before.name, partition.since, partition.until)
        if not names:
            return
        source = self.now.engine.published(names, one.before.name, {**one.before.columns, **KEYS}, STATE)
        shared = set(one.sums)
        within = between(local_day(one.before, self.former.catalog), *partition.around())
        chosen = [
            *(exp.column(name, table=STATE, quoted=True) for name in (*one.now.keys, *KEYS)),
            *(_double(_state(name) if name in shared else _zero(), name) for name in one.now.sums),
        ]
        yield exp.select().select(*chosen, copy=False).from_(source, copy=False).where(*within, copy=False)

    def _days(self, name: str, tables: Sequence[StateTable]) -> dict[str, list[str]]:
        """Give the first and the last day of each table of differences that has rows."""
        parts = []
        for table in tables:
            day = local_day(table, self.now.catalog)
            ends = {"first": exp.Min(this=day), "last": exp.Max(this=day.copy())}
            label = exp.alias_(exp.Literal.string(table.name), "name", quoted=True)
            chosen = (exp.alias_(value, end, quoted=True) for end, value in ends.items())
            source = self.now.engine.published([name], table.name, table.keys, STATE)
            parts.append(exp.select(label, *chosen).from_(source, copy=False))
        found = self.now.engine.read(union_all(parts)).to_pylist()
        return {
            row["name"]: [row["first"].isoformat(), row["last"].isoformat()]
            for row in sorted(found, key=lambda row: str(row["name"]))
            if row["first"] is not None
        }

    def _redefined(self) -> dict[str, list[Any]]:
        """Name the metrics whose definition changed so that what they were cannot be told from states."""
        found = {
            n: w
            for n, w in _record(self.former).get("redefined", {}).items()
            if n in self.now.catalog.metrics
        }
        for name, metric in self.now.catalog.metrics.items():
            before = self.former.catalog.metrics.get(name)
            if before is not None and self._is_redefined(metric):
                until = final_until(self.former, before)
                version = self.former.version("metric", name)
                found[name] = [version, until.isoformat(), self._today.isoformat()]
        return found

    def _is_redefined(self, metric: Metric) -> bool:
        """Tell whether a metric, or one that it is made of, was read otherwise before."""
        before = self.former.catalog.metrics.get(metric.name)
        if isinstance(metric, Duration) or before is None:
            return False
        if not isinstance(metric, COMPOSED):
            return not self._comparable(metric)
        below = (self.now.catalog.metrics[name] for name in parts(self.now.catalog, metric))
        return _own(metric) != _own(before) or any(self._is_redefined(part) for part in below)

    @property
    def _today(self) -> date:
        return self.now.generation.as_of.astimezone(ZoneInfo(self.now.catalog.project.time_zone)).date()


def published_differences(
    published: Published, table: str, since: date | None, until: date | None
) -> list[str]:
    """Name the publications that have differences of a table in days [since, until); None is no end."""
    found = []
    for name, days in _record(published).get("partitions", {}).values():
        if table in days:
            first, last = (date.fromisoformat(day) for day in days[table])
            if (until is None or first < until) and (since is None or since <= last):
                found.append(name)
    return sorted(found)


def _partitions(published: Published) -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = published.generation.tables.get("partitions", {})
    return found


def _record(published: Published) -> Mapping[str, Any]:
    found: Mapping[str, Any] = published.generation.tables.get("restated", {})
    return found


def _slicings(metric: RowMetrics) -> list[tuple[str, ...]]:
    """Give the columns of each table that a metric's states stand in."""
    if shape(metric) in {"terms", "changes"}:
        return [(), *((column,) for column in metric.by)]
    return [metric.by]


def _same(one: _Compared, was: Contents | None, made: Contents | None) -> bool:
    """Tell whether a table was made from the same in both."""
    if was is None or made is None or one.now.name != one.before.name:
        return False
    names = [
        c.made[one.now.name].name if one.now.name in c.made else c.rolled.get(one.now.name)
        for c in (was, made)
    ]
    return names[0] == names[1]


def _own(metric: Metric) -> dict[str, Any]:
    """Give the fields of a composed metric that decide its figures."""
    read = {"direction", "minimum_n", "collected"}
    return metric.model_dump(exclude=set(metric.described_by) | read)


def _differs(name: str) -> exp.Expr:
    """Tell whether a difference is more than one of rounding."""
    least = exp.Mul(this=_state(f"{name}{_SIZE}"), expression=exp.Literal.number(repr(ROUNDING)))
    return exp.GT(this=exp.func("abs", _state(name)), expression=least)


def _moved(name: str) -> exp.Expr:
    """Give a difference, or zero where it is one of rounding."""
    return exp.Case(ifs=[exp.If(this=_differs(name), true=_state(name))], default=_zero())


def _state(name: str) -> exp.Expr:
    return exp.column(name, table=STATE, quoted=True)


def _double(value: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(as_type(value, "double", copy=False), name, quoted=True, copy=False)


def _added_up(table: StateTable, parts: Sequence[exp.Select]) -> exp.Select:
    """Add up differences that bear the same keys; what adds up to nothing is kept, for it is rare."""
    keys = [_state(name) for name in (*table.keys, *KEYS)]
    sums = [_double(exp.Sum(this=_state(name)), name) for name in table.sums]
    source = union_all(parts).subquery(STATE, copy=False)
    whole = exp.select().select(*keys, *sums, copy=False).from_(source, copy=False)
    return whole.group_by(*(key.copy() for key in keys), copy=False)


def _date(day: date) -> exp.Expr:
    return as_type(exp.Literal.string(day.isoformat()), "date")


def _zero() -> exp.Expr:
    return as_type(exp.Literal.number(0), "double")
