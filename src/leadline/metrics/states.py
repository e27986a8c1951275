"""Finest states at rest: in which partitions they lie, which of those are still true, and how the others are made anew.

A partition is a month (or a year) of every state table. What it was made from decides its name, so one that is made
once is never made again. Rows of new batches are put on it as a layer; where batches were superseded or meanings
changed, a refresh makes anew those that are touched.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlglot import exp

from leadline.catalog.definitions import Conversion
from leadline.metrics import contents
from leadline.metrics.contents import Contents, Made
from leadline.metrics.facts import Facts
from leadline.metrics.families import Family, StateTable, families, tables
from leadline.metrics.making import LAYERS, MadeWhenAsked, Making, Task, basis
from leadline.metrics.merging import STATE
from leadline.metrics.naming import digest
from leadline.metrics.partitions import Partition, Width
from leadline.metrics.reach import Dated, Reach, rows
from leadline.metrics.rollups import ADDED_UP, COUNTED_ONCE, Rollup, Rollups, local_day
from leadline.metrics.uniting import union_all
from leadline.store.engine import Relation

Progress = Callable[[str, int, int], None]
"""Told what is being built, how many partitions are done, and of how many."""

MONTHS_FROM = 10_000_000
"""With so many rows of one fact, partitions are months: below, years cost less than many small tables."""

BY_MONTH_FROM = 100_000
"""With so many rows of one fact, states are added up by month too: below, days are read as fast."""


def live_relations(
    batches: Iterable[tuple[str, str]], derived: Mapping[str, str]
) -> dict[str, tuple[Relation, ...]]:
    """Give the relations of each fact: from (fact, batch id) pairs, and from derived facts' keys."""
    found: dict[str, list[Relation]] = {}
    for fact, key in sorted(batches):
        found.setdefault(fact, []).append(Relation("fact", fact, key))
    for fact, key in derived.items():
        found[fact] = [Relation("fact", fact, key)]
    return {fact: tuple(relations) for fact, relations in found.items()}


def people(kept: Mapping[str, Any]) -> dict[str, dict[str, Relation]]:
    """Give the relation that holds each resolved column, by fact and column, as a generation names them."""
    found: dict[str, dict[str, Relation]] = {}
    for said in kept.get("identity", {}).values():
        relation = Relation(*said["people"])
        found.setdefault(said["of"], {}).update(dict.fromkeys(said["columns"], relation))
    return found


def build(facts: Facts, former: Mapping[str, Any], progress: Progress | None = None) -> dict[str, Any]:
    """Make the partitions that are missing; nothing is visible until a generation that names them is published.

    `former` is the same description of the last generation (or empty): what it names and is still true is used again.
    Gives the description to be published: `partitions` (two publications of each layer, by label), `days` (first and
    last local day by family, by partition), `coverage` (the same over all).
    """
    return _Build(facts, former, progress or (lambda _what, _done, _total: None)).run()


@dataclass
class _Build:
    """One build in progress."""

    facts: Facts
    former: Mapping[str, Any]
    progress: Progress
    rollups: Rollups = field(init=False)

    def run(self) -> dict[str, Any]:
        """Make what is missing and describe everything."""
        self.progress("", 0, 1)
        known = contents.read(self.facts.engine, self.former.get("partitions", {}))
        reaches = self._reaches(known)
        width = self._width(reaches)
        by_month = self.former.get(ADDED_UP, False) or _most(reaches) >= BY_MONTH_FROM
        self.rollups = Rollups(self.facts.catalog, by_month)
        making = Making(self.facts, reaches, known)
        planned = self._planned(making, width)
        there = set(self.facts.engine.generations())
        piles = {p: self._pile(p, tasks, known.get(p.label)) for p, tasks in planned.items()}
        making.prepare(
            [task for p, tasks in planned.items() if not piles[p].days_in(there) for task in tasks]
        )
        partitions: dict[str, list[str]] = {}
        for done, (partition, tasks) in enumerate(planned.items()):
            self.progress(partition.label, done, len(planned))
            pile = piles[partition]
            if not pile.days_in(there):
                self._publish_days(pile, tasks, making)
            if pile.up not in there:
                self._publish_up(pile, known.get(partition.label))
            partitions[partition.label] = [*pile.below, pile.days, pile.up]
        days = self._days(partitions)
        self.progress("", len(planned), len(planned))
        return {
            "width": width,
            ADDED_UP: by_month,
            COUNTED_ONCE: True,
            "partitions": partitions,
            "days": days,
            "coverage": {**_united(days.values()), **self._followed(reaches)},
        }

    def _reaches(self, known: Mapping[str, Contents]) -> dict[str, Reach]:
        """Give which days the live batches touch: as remembered, and of new batches as they are."""
        found: dict[str, Reach] = {}
        for dated in self._dated():
            name = dated.name(self.facts)
            if name in found:
                continue
            live = {r.key for r in self.facts.relations.get(dated.fact, ())}
            mine: Reach = {}
            for partition in known.values():
                for batch, months in partition.reach.get(name, {}).items():
                    if batch in live:
                        mine.setdefault(batch, {}).update(months)
            found[name] = mine | dated.read(self.facts, live - mine.keys())
        return found

    def _dated(self) -> Iterable[Dated]:
        catalog = self.facts.catalog
        for family in families(catalog):
            first = family.metrics[0]
            yield from Dated.of(catalog, first)
            if isinstance(first, Conversion):
                yield Dated.of_events(catalog, first)

    def _width(self, reaches: Mapping[str, Reach]) -> Width:
        if self.former.get("width") == "month":
            return "month"
        return "month" if _most(reaches) >= MONTHS_FROM else "year"

    def _planned(self, making: Making, width: Width) -> dict[Partition, list[Task]]:
        """Decide for every table of every partition what is to be done."""
        found: dict[Partition, list[Task]] = {}
        for table in self.rollups.finest:
            reach, hashed = making.reach(table), basis(self.facts, table)
            months = {month for touched in reach.values() for month in touched}
            for partition in sorted({Partition.of(month, width) for month in months}):
                if task := making.task(table, partition, hashed, reach):
                    found.setdefault(partition, []).append(task)
        return dict(sorted(found.items()))

    def _pile(self, partition: Partition, tasks: Sequence[Task], former: Contents | None) -> "_Pile":
        """Decide what a partition's publications are: those of before, those and a layer more, or one layer anew."""
        made = {task.table.name: task.made for task in tasks}
        rolled = {r.name: self.rollups.name(r, made) for r in self.rollups.rolled if r.source.name in made}
        if former and self._lies_on(tasks, former):
            if all(task.step == "copy" for task in tasks):
                *below, days, up = former.publications
                return _Pile(partition, made, rolled, tuple(below), days, up)
            if len(former.days) < LAYERS:
                below = former.publications
                days = f"{partition.label}.{digest([below, _said(made)])}"
                return _Pile(partition, made, rolled, tuple(below), days, f"{days}.up")
        days = f"{partition.label}.{digest(_said(made))}"
        return _Pile(partition, made, rolled, (), days, f"{partition.label}.{digest(rolled)}.up")

    def _lies_on(self, tasks: Sequence[Task], former: Contents) -> bool:
        """Tell whether what is at rest of a partition remains true, be it that rows are added to it."""
        remain = {task.table.name for task in tasks if task.step != "make"}
        rolled = {
            r.name: self.rollups.name(r, former.made)
            for r in self.rollups.rolled
            if r.source.name in former.made
        }
        return remain == former.made.keys() and rolled == former.rolled

    def _publish_days(self, pile: "_Pile", tasks: Sequence[Task], making: Making) -> None:
        """Write a layer of finest states: of a partition anew, or what is new of it."""
        make = making.new if pile.below else making.query
        found = {t.table.name: partial(make, t) for t in tasks if not pile.below or t.step != "copy"}
        said = partial(contents.written_days, pile.made, making.reaches, pile.partition)
        self.facts.engine.publish(pile.days, MadeWhenAsked({**found, contents.TABLE: said}))

    def _publish_up(self, pile: "_Pile", former: Contents | None) -> None:
        """Write what is added up from a layer: copied, where it was made from the same, or added up."""
        found: dict[str, Callable[[], exp.Query]] = {}
        for rollup in self.rollups.rolled:
            if rollup.name not in pile.rolled:
                continue
            same = former is not None and former.rolled.get(rollup.name) == pile.rolled[rollup.name]
            if same and pile.below:
                continue
            if same and former is not None:
                found[rollup.name] = partial(self._copied, rollup, former)
            else:
                found[rollup.name] = partial(self._rolled, rollup, pile, former)
        said = partial(contents.written_rolled, pile.rolled)
        self.facts.engine.publish(pile.up, MadeWhenAsked({**found, contents.TABLE: said}))

    def _copied(self, rollup: Rollup, former: Contents) -> exp.Query:
        old = self.facts.engine.published(former.rolled_up, rollup.name, rollup.columns, STATE)
        return exp.select(exp.Star(), copy=False).from_(old, copy=False)

    def _rolled(self, rollup: Rollup, pile: "_Pile", former: Contents | None) -> exp.Query:
        """Add a layer's finest states up."""
        engine, table = self.facts.engine, rollup.source
        source = engine.published([pile.days], table.name, table.columns, STATE)
        below = former.days if former is not None and pile.below else ()
        there = engine.published(below, table.name, table.columns, STATE) if below else None
        return rollup.query(source, self.facts.catalog, there)

    def _days(self, partitions: Mapping[str, list[str]]) -> dict[str, dict[str, list[str]]]:
        """Give the first and the last local day for which each family has rows, by partition."""
        before, names = self.former.get("days", {}), self.former.get("partitions", {})
        return {
            label: before[label] if label in before and names.get(label) == mine else self._days_of(mine)
            for label, mine in partitions.items()
        }

    def _days_of(self, publications: list[str]) -> dict[str, list[str]]:
        def source(table: StateTable) -> exp.Expr:
            return self.facts.engine.published(publications, table.name, table.keys, STATE)

        return _ends(self.facts, families(self.facts.catalog), source)

    def _followed(self, reaches: Mapping[str, Reach]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for family in families(self.facts.catalog):
            first = family.metrics[0]
            if isinstance(first, Conversion):
                dated = Dated.of_events(self.facts.catalog, first)
                found |= _events(family, reaches[dated.name(self.facts)])
        return found


@dataclass(frozen=True, slots=True)
class _Pile:
    """What a partition is to be: the publications `below` that remain, and the layer on them, with what it says."""

    partition: Partition
    made: Mapping[str, Made]
    rolled: Mapping[str, str]
    below: tuple[str, ...]
    days: str
    up: str

    def days_in(self, there: Collection[str]) -> bool:
        """Tell whether the layer's finest states are at rest."""
        return self.days in there


def covered(facts: Facts, family: Family, source: Callable[[StateTable], exp.Expr]) -> dict[str, list[str]]:
    """Give the first and the last local day for which a family has rows, under its name, as ISO dates.

    Under `name:followed` are those on which an event was seen that a conversion may be followed by. What has no rows
    is left out. `source` gives something to select a state table from.
    """
    found = _ends(facts, [family], source)
    first = family.metrics[0]
    if isinstance(first, Conversion):
        dated = Dated.of_events(facts.catalog, first)
        live = [r.key for r in facts.relations.get(dated.fact, ())]
        found |= _events(family, dated.read(facts, live))
    return found


def _ends(
    facts: Facts, wanted: Sequence[Family], source: Callable[[StateTable], exp.Expr]
) -> dict[str, list[str]]:
    """Give the first and the last local day of families, in one statement."""
    names = {family.name for family in wanted}
    parts: list[exp.Select] = []
    for table in tables(facts.catalog):
        if table.family.name in names and not (table.is_sums and table.by):
            local = local_day(table, facts.catalog)
            ends = {"first": exp.Min(this=local), "last": exp.Max(this=local.copy())}
            family = exp.alias_(exp.Literal.string(table.family.name), "family", quoted=True)
            chosen = (exp.alias_(value, name, quoted=True) for name, value in ends.items())
            parts.append(exp.select(family, *chosen).from_(source(table), copy=False))
    if not parts:
        return {}
    found: dict[str, list[str]] = {}
    for row in facts.engine.read(union_all(parts)).to_pylist():
        if row["first"] is not None:
            days = [row["first"].isoformat(), row["last"].isoformat()]
            found[row["family"]] = _wider(found.get(row["family"], days), days)
    return found


def _most(reaches: Mapping[str, Reach]) -> int:
    """Count the rows of the fact that has most."""
    return max(map(rows, reaches.values()), default=0)


def _events(family: Family, reach: Reach) -> dict[str, list[str]]:
    """Give the first and the last local day on which an event that may follow was seen."""
    touches = [touch for months in reach.values() for touch in months.values()]
    if not touches:
        return {}
    ends = min(t.first for t in touches), max(t.last for t in touches)
    return {f"{family.name}:followed": [end.isoformat() for end in ends]}


def _said(made: Mapping[str, Made]) -> list[list[str]]:
    """Say what tables are made from."""
    return sorted([table, one.name] for table, one in made.items())


def _united(parts: Iterable[Mapping[str, list[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in parts:
        for family, ends in part.items():
            found[family] = _wider(found.get(family, ends), ends)
    return found


def _wider(one: list[str], other: list[str]) -> list[str]:
    return [min(one[0], other[0]), max(one[1], other[1])]
