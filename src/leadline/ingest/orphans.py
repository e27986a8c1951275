"""References that name no row: counted and reported, never held, for the other fact's file may still come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Fact
from leadline.ingest import conversions as c
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.result import Orphans
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.entries import Batch

_EXAMPLES = 3


def orphans(catalog: Catalog, engine: Engine, live: Sequence[Batch]) -> tuple[Orphans, ...]:
    """Count, for every reference between two loaded facts, the rows whose value is the key of no row."""
    return tuple(found for found in _all(catalog, engine, live) if found.rows)


def _all(catalog: Catalog, engine: Engine, live: Sequence[Batch]) -> Iterator[Orphans]:
    relations: dict[str, list[Relation]] = {}
    sources: dict[str, str] = {}
    for batch in live:
        if batch.rows_accepted:
            relations.setdefault(batch.fact, []).append(Relation("fact", batch.fact, batch.id))
            sources[batch.id] = batch.source
    for fact in (catalog.facts[name] for name in sorted(relations) if name in catalog.facts):
        for name, column in fact.columns.items():
            other = catalog.facts.get(column.references or "")
            key = other.entity if other else None
            if other is None or key is None or other.name not in relations:
                continue
            theirs = relations[other.name]
            counted = _Counted(
                engine, relations[fact.name], name, kind_at_rest(column.type), theirs, other, key
            )
            total, shown = counted.all()
            by_source = counted.by_source(sources, total) if total else {}
            yield Orphans(fact.name, name, other.name, total, shown, by_source)


@dataclass(frozen=True, slots=True)
class _Counted:
    """The rows of one column whose value is the key of no row of another fact."""

    engine: Engine
    ours: Sequence[Relation]
    column: str
    kind: ValueType
    theirs: Sequence[Relation]
    other: Fact
    key: str

    def all(self) -> tuple[int, tuple[str, ...]]:
        """Give how many there are, and the values that most of them have."""
        every = exp.Window(this=exp.Sum(this=exp.column("rows")))
        query = exp.select("value", every.as_("total")).from_(self._query(self.ours).subquery("s"))
        found = self.engine.read(query.order_by("rows DESC", "value").limit(_EXAMPLES))
        if not found.num_rows:
            return 0, ()
        return int(found.column("total")[0].as_py()), tuple(map(str, found.column("value").to_pylist()))

    def by_source(self, sources: Mapping[str, str], total: int) -> dict[str, int]:
        """Give how many there are of each source, of so many in all."""
        mine: dict[str, list[Relation]] = {}
        for relation in self.ours:
            mine.setdefault(sources[relation.key], []).append(relation)
        if len(mine) == 1:
            return dict.fromkeys(mine, total)
        return {name: self._rows(self._query(some)) for name, some in sorted(mine.items())}

    def _query(self, ours: Sequence[Relation]) -> exp.Select:
        theirs = self.engine.scan(
            self.theirs, {self.key: kind_at_rest(self.other.columns[self.key].type)}, "b"
        )
        return _strays(self.engine.scan(ours, {self.column: self.kind}, "a"), self.column, theirs, self.key)

    def _rows(self, query: exp.Select) -> int:
        counted = exp.select(exp.func("sum", exp.column("rows")).as_("rows")).from_(query.subquery("s"))
        return int(self.engine.read(counted).column(0)[0].as_py() or 0)


def _strays(ours: exp.Expr, column: str, theirs: exp.Expr, key: str) -> exp.Select:
    """Give each value that names no row, and in how many rows it stands."""
    value = exp.column(column, table="a", quoted=True)
    same = exp.EQ(this=value, expression=exp.column(key, table="b", quoted=True))
    return (
        exp.select(value.copy().as_("value"), exp.Count(this=exp.Star()).as_("rows"))
        .from_(ours)
        .join(theirs, on=same, join_type="anti")
        .where(c.present(value))
        .group_by(value.copy())
    )
