"""How each table of a partition gets its rows: copied, added to, or made from the fact's rows.

Only queries are made here, and run when a partition is written; but rows of several partitions that are better computed
in one pass are written to a relation of their own first, and so is what follows a conversion's rows.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from sqlglot import exp

from leadline.catalog.composition import instant
from leadline.catalog.definitions import Conversion, Stock, seconds
from leadline.metrics import converting, terms
from leadline.metrics.contents import Contents, Made
from leadline.metrics.facts import Facts, Limit
from leadline.metrics.families import StateTable
from leadline.metrics.finest import finest, used_columns
from leadline.metrics.following import event_instant
from leadline.metrics.graft import WallClock
from leadline.metrics.history import passed
from leadline.metrics.lookahead import ahead, entities
from leadline.metrics.merging import STATE
from leadline.metrics.naming import digest
from leadline.metrics.partitions import Partition, between
from leadline.metrics.reach import Dated, Reach, rows, united
from leadline.metrics.rollups import compact, local_day
from leadline.store.casts import as_type
from leadline.store.engine import Relation, ValueType

Step = Literal["copy", "add", "make"]

MAKING = 1
"""Grows whenever other states are made of the same meaning and rows: those of an older Leadline are made anew."""

LAYERS = 8
"""So many layers lie on each other before all are added up into one."""

SPREAD = 3
"""Batches that lie in so many partitions, on average, are read once for all of them, not once for each."""

AHEAD = "ahead:"
"""Marks the batches in which a conversion only looks ahead."""

LESS = "!"
"""Stands between a batch and a hash of those of its rows that are left out: when others are, it is another batch."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done for one table of one partition."""

    table: StateTable
    partition: Partition
    step: Step
    made: Made
    former: Contents | None
    batches: tuple[str, ...]
    """Those whose rows are read: all, or when rows are added, the new ones."""


def basis(facts: Facts, table: StateTable) -> str:
    """Hash everything but the fact's own rows that decides a table's numbers."""
    catalog = facts.catalog
    columns = used_columns(catalog, table.metrics, table.by)
    behind = {(table.family.fact, c) for c in columns if "." in c}
    metric = table.metrics[0]
    if isinstance(metric, Conversion) and metric.followed_by.where is not None:
        where = catalog.expression(metric, "followed_by", "where")
        behind |= {(metric.followed_by.fact, c) for c in where.columns if "." in c}
    targets = {catalog.facts[fact].columns[c.rpartition(".")[0]].references or "" for fact, c in behind}
    targets |= converting.read(table.metrics)
    # what is read as it is at the refresh, time alone may change
    as_is = [
        catalog.facts[t] for t in sorted(targets) if metric.dimensions == "as_is" and catalog.facts[t].valid
    ]
    clock = WallClock.of(catalog, metric)
    return digest(
        {
            "metrics": [[m.name, catalog.fingerprint(m).meaning] for m in table.metrics],
            "making": MAKING,
            "terms": [terms.names(m) for m in table.metrics],
            "by": table.by,
            "products": [[one.name, other.name] for one, other in table.products],
            "zones": [clock.zone, sorted((clock.zones or {}).items())],
            "business": repr(clock.business),
            "purpose": table.family.purpose,
            "as is": [passed(facts, fact) for fact in as_is],
            "people": sorted(_people(facts, {(table.family.fact, c) for c in columns} | behind)),
            "references": [[t, [r.key for r in facts.relations.get(t, ())]] for t in sorted(targets)],
        }
    )


def _people(facts: Facts, columns: Collection[tuple[str, str]]) -> set[str]:
    """Name what decides the columns, of facts or behind their references, that identities resolve."""
    found: set[str] = set()
    for fact, column in columns:
        reference, _, own = column.rpartition(".")
        there = facts.catalog.facts[fact].columns[reference].references or "" if reference else fact
        found |= set(facts.resolved_by(there, [own]))
    return found


@dataclass(frozen=True)
class Making:
    """The tables of a refresh: which days their batches touch, and what is at rest from the last one."""

    facts: Facts
    reaches: Mapping[str, Reach]
    """By the name of their days."""
    former: Mapping[str, Contents]
    staged: dict[tuple[str, str], exp.Query] = field(default_factory=dict)
    """What was computed for several partitions at once, by label and table."""
    _marks: dict[tuple[str, str | None], Mapping[str, Mapping[date, str]]] = field(default_factory=dict)
    """Which rows are left out, by the name of their days and the purpose of figures; then by batch and month."""

    def reach(self, table: StateTable) -> Reach:
        """Give where the batches of a table's own rows lie."""
        dated = Dated.of(self.facts.catalog, table.metrics[0])
        return united([self.reaches[one.name(self.facts)] for one in dated])

    def task(self, table: StateTable, partition: Partition, hashed: str, reach: Reach) -> Task | None:
        """Decide what is to be done for a table of a partition; None when it has no rows there."""
        own = tuple(sorted(b for b, months in reach.items() if any(map(partition.has, months))))
        ahead = self._ahead(table, partition)
        if not own:
            return None
        former = self.former.get(partition.label)
        before = former.made.get(table.name) if former else None
        dated = Dated.of(self.facts.catalog, table.metrics[0])
        made = Made(hashed, (*self._marked(own, dated, table, partition.has), *ahead))
        if before is not None and before.name == made.name:
            return Task(table, partition, "copy", before, former, ())
        if before is not None and before.basis == made.basis and set(before.batches) < set(made.batches):
            new = {token.partition(LESS)[0] for token in set(made.batches) - set(before.batches)}
            return Task(table, partition, "add", made, former, tuple(sorted(new)))
        return Task(table, partition, "make", made, None, own)

    def _ahead(self, table: StateTable, partition: Partition) -> tuple[str, ...]:
        """Name the batches that have events which may follow a partition's rows within the horizon."""
        metric = table.metrics[0]
        if not isinstance(metric, Conversion):
            return ()
        since, until = partition.around(1, _days(metric) + 1)
        dated = Dated.of_events(self.facts.catalog, metric)
        touched = sorted(
            batch for batch, months in self.reaches[dated.name(self.facts)].items()
            if any((until is None or t.first < until) and (since is None or since <= t.last) for t in months.values())
        )  # fmt: skip

        def has(month: date) -> bool:
            return (until is None or month < until) and (since is None or since < month + timedelta(days=31))

        return tuple(AHEAD + token for token in self._marked(touched, (dated,), table, has))

    def _marked(
        self, batches: Sequence[str], dated: Sequence[Dated], table: StateTable, has: Callable[[date], bool]
    ) -> list[str]:
        """Name batches, each with a hash of those of its rows in certain months that are left out."""
        purpose, hashes = table.family.purpose, dict[str, list[str]]()
        for one in dated:
            name = one.name(self.facts), purpose
            if name not in self._marks:
                self._marks[name] = one.left_out(self.facts, purpose)
            for batch in self._marks[name].keys() & set(batches):
                months = sorted(self._marks[name][batch].items())
                hashes.setdefault(batch, []).extend(text for month, text in months if has(month))
        return [f"{b}{LESS}{digest(hashes[b])}" if hashes.get(b) else b for b in batches]

    def prepare(self, tasks: Sequence[Task]) -> None:
        """Compute what is better computed for several partitions at once, and write it to relations of its own."""
        by_table: dict[str, list[Task]] = {}
        for task in tasks:
            by_table.setdefault(task.table.name, []).append(task)
        for mine in by_table.values():
            reach = self.reach(mine[0].table)
            makes, adds = ([t for t in mine if t.step == step] for step in ("make", "add"))
            self._stage(adds, reach)
            if self._is_spread(makes, reach):
                self._stage(makes, reach)

    def query(self, task: Task) -> exp.Query:
        """Give a table of a partition, made anew: all its rows."""
        table = task.table
        if task.step == "make":
            return self.new(task)
        assert task.former is not None  # noqa: S101 - only tasks that make everything have none
        before = _whole(
            self.facts.engine.published(task.former.days, table.name, table.columns, STATE), table
        )
        if task.step == "add":
            both = exp.union(before, self.new(task), distinct=False, copy=False)
            return compact(both.subquery(STATE, copy=False), table)
        return before if len(task.former.days) == 1 else compact(before.subquery(STATE, copy=False), table)

    def new(self, task: Task) -> exp.Query:
        """Give what a table of a partition gains: all its rows, or what its new batches add."""
        staged = self.staged.get((task.partition.label, task.table.name))
        if staged is not None:
            return staged
        return self._fresh([task], self.reach(task.table))

    def _is_spread(self, makes: Sequence[Task], reach: Reach) -> bool:
        """Tell whether reading each partition's batches would read most rows many times over."""
        wanted = {batch for task in makes for batch in task.batches}
        total = rows({batch: reach[batch] for batch in wanted})
        read = sum(rows({batch: reach[batch] for batch in task.batches}) for task in makes)
        return len(makes) > 1 and read > SPREAD * total

    def _stage(self, tasks: Sequence[Task], reach: Reach) -> None:
        """Compute rows for several partitions in one pass for each set of batches."""
        passes: dict[tuple[str, ...], list[Task]] = {}
        for task in tasks:
            passes.setdefault(task.batches if task.step == "add" else (), []).append(task)
        for members in passes.values():
            table, partitions = members[0].table, [task.partition for task in members]
            made = [[task.partition.label, task.made.name, task.batches] for task in members]
            relation = Relation("state", table.name, digest(made))
            if not self.facts.engine.exists(relation):
                query = self._fresh(members, reach)
                if len(partitions) > 1:
                    rows_ = exp.select("*").from_(query.subquery(STATE, copy=False), copy=False)
                    query = rows_.order_by(*_first_keys(table), copy=False)
                self.facts.engine.derive(relation, query)
            for partition in partitions:
                source = self.facts.engine.scan([relation], table.columns, STATE)
                within = self._within(table, [partition])
                rows_ = _whole(source, table).where(*within, copy=False)
                self.staged[partition.label, table.name] = rows_

    def _fresh(self, tasks: Sequence[Task], reach: Reach) -> exp.Query:
        """Compute one table's rows in the partitions of these tasks, which read the same batches."""
        table, partitions = tasks[0].table, [task.partition for task in tasks]
        if isinstance(table.metrics[0], Conversion):
            states = self._conversions(tasks, table.metrics[0])
            return states.where(*self._within(table, partitions), copy=False)
        wanted = {batch for task in tasks for batch in task.batches}
        fact = table.family.fact
        relations = {fact: tuple(r for r in self.facts.relations.get(fact, ()) if r.key in wanted)}
        narrowed = self.facts.narrowed(relations, self._limits(table, _span(partitions)))
        states = _whole(_states(narrowed, table), table, cast=True)
        if _all_inside(reach, wanted, partitions):
            return states
        return states.where(*self._within(table, partitions), copy=False)

    def _conversions(self, tasks: Sequence[Task], metric: Conversion) -> exp.Select:
        """Compute a conversion's rows. What new batches add to those at rest is what the rows of the entities in them
        are now, less what they were before."""
        table = tasks[0].table
        every = {token.partition(LESS)[0] for task in tasks for token in task.made.batches}
        new = {batch for task in tasks for batch in task.batches} if tasks[0].step == "add" else set()
        limits = self._limits(table, _span([task.partition for task in tasks]))

        def states(batches: Collection[str], among: exp.Query | None) -> exp.Expr:
            facts = self.facts.narrowed(self._both(metric, batches), limits)
            return _states(facts, table, ahead(facts, metric, among))

        if not new:
            return _whole(states(every, None), table, cast=True)
        among = entities(self.facts.narrowed(self._both(metric, new)), metric)
        now = _whole(states(every, among), table, cast=True)
        before = _whole(states(every - new, among), table, cast=True, negative=True)
        both = exp.union(now, before, distinct=False, copy=False)
        differing = compact(both.subquery(STATE, copy=False), table)
        zero = exp.Literal.number(0)
        sums = (exp.Sum(this=exp.column(name, table=STATE, quoted=True)) for name in table.sums)
        changed = exp.or_(*(exp.NEQ(this=total, expression=zero.copy()) for total in sums))
        return _whole(differing.having(changed, copy=False).subquery(STATE, copy=False), table)

    def _both(self, metric: Conversion, batches: Collection[str]) -> dict[str, tuple[Relation, ...]]:
        """Give where a conversion's rows and the events that may follow are, of these batches."""
        wanted: dict[str, set[str]] = {metric.of: set(), metric.followed_by.fact: set()}
        for batch in batches:
            fact = metric.followed_by.fact if batch.startswith(AHEAD) else metric.of
            wanted[fact].add(batch.removeprefix(AHEAD))
        return {
            fact: tuple(r for r in self.facts.relations.get(fact, ()) if r.key in keys)
            for fact, keys in wanted.items()
        }

    def _limits(self, table: StateTable, span: Partition) -> dict[str, Limit]:
        """Say which rows need to be looked at, with two days to spare for wall clocks."""
        metric, catalog = table.metrics[0], self.facts.catalog
        at = instant(catalog, metric)
        if isinstance(metric, Stock) or "." in at:
            return {}
        since, until = span.around(2, 2)
        if not isinstance(metric, Conversion):
            return {metric.of: Limit(at, since, until)}
        later, event = metric.followed_by.fact, event_instant(catalog, metric.followed_by)
        _, horizon = span.around(2, _days(metric) + 2)
        limits = {metric.of: Limit(at, since, until), later: Limit(event, since, horizon)}
        if later == metric.of and event != at:
            del limits[later]
        return limits

    def _within(self, table: StateTable, partitions: Sequence[Partition]) -> list[exp.Expr]:
        """Give the conditions under which a state is in one of the partitions."""
        local = local_day(table, self.facts.catalog)
        parts = [exp.and_(exp.true(), *between(local, *p.around())) for p in _joined(partitions)]
        return [exp.or_(*parts)]


class MadeWhenAsked(Mapping[str, exp.Query]):
    """Queries by name, each made anew whenever it is asked for: a publication's are asked for once, one by one."""

    def __init__(self, made: Mapping[str, Callable[[], exp.Query]]) -> None:
        self._made = made

    def __getitem__(self, name: str) -> exp.Query:
        return self._made[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def _states(facts: Facts, table: StateTable, source: exp.Expr | None = None) -> exp.Expr:
    query = finest(facts, table.metrics, table.by, by_batch=False, products=table.products, source=source)
    return query.subquery(STATE, copy=False)


def _whole(source: exp.Expr, table: StateTable, *, cast: bool = False, negative: bool = False) -> exp.Select:
    """Select every column of a table, each of its type; with its sums below zero if `negative`."""
    chosen: list[exp.Expr] = []
    for name, kind in table.columns.items():
        value: exp.Expr = exp.column(name, table=STATE, quoted=True)
        if name in table.sums:
            value = exp.Neg(this=value) if negative else value
            value = as_type(value, _SUMS[kind], copy=False) if cast else value
        chosen.append(exp.alias_(value, name, quoted=True, copy=False))
    return exp.select().select(*chosen, copy=False).from_(source, copy=False)


_SUMS: Mapping[ValueType, str] = {"integer": "bigint", "number": "double"}


def _first_keys(table: StateTable) -> list[exp.Expr]:
    return [exp.column(name, table=STATE, quoted=True) for name in list(table.keys)[:2]]


def _span(partitions: Sequence[Partition]) -> Partition:
    return Partition(min(p.since for p in partitions), max(p.until for p in partitions), "")


def _joined(partitions: Sequence[Partition]) -> list[Partition]:
    """Join partitions that touch each other, so that there are few conditions."""
    found: list[Partition] = []
    for partition in sorted(partitions):
        if found and found[-1].until == partition.since:
            found[-1] = Partition(found[-1].since, partition.until, "")
        else:
            found.append(partition)
    return found


def _all_inside(reach: Reach, batches: Collection[str], partitions: Sequence[Partition]) -> bool:
    """Tell whether these batches have rows nowhere else, so that none need be left out."""
    months = {month for batch in batches for month in reach.get(batch, ())}
    return all(any(partition.has(month) for partition in partitions) for month in months)


def _days(metric: Conversion) -> int:
    return -(-seconds(metric.within) // 86400)
