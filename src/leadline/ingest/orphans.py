"""References that name no row: counted and reported, never held, for the other fact's file may still come."""

from collections.abc import Iterator, Sequence

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.ingest import conversions as c
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.result import Orphans
from leadline.store.engine import Engine, Relation
from leadline.store.entries import Batch

_EXAMPLES = 3


def orphans(catalog: Catalog, engine: Engine, live: Sequence[Batch]) -> tuple[Orphans, ...]:
    """Count, for every reference between two loaded facts, the rows whose value is the key of no row."""
    return tuple(found for found in _all(catalog, engine, live) if found.rows)


def _all(catalog: Catalog, engine: Engine, live: Sequence[Batch]) -> Iterator[Orphans]:
    relations: dict[str, list[Relation]] = {}
    for batch in live:
        if batch.rows_accepted:
            relations.setdefault(batch.fact, []).append(Relation("fact", batch.fact, batch.id))
    for fact in (catalog.facts[name] for name in sorted(relations) if name in catalog.facts):
        for name, column in fact.columns.items():
            other = catalog.facts.get(column.references or "")
            key = other.entity if other else None
            if other is None or key is None or other.name not in relations:
                continue
            ours = engine.scan(relations[fact.name], {name: kind_at_rest(column.type)}, "a")
            theirs = engine.scan(relations[other.name], {key: kind_at_rest(other.columns[key].type)}, "b")
            query = _strays(ours, name, theirs, key)
            counted = exp.select(exp.func("sum", exp.column("rows")).as_("rows")).from_(query.subquery("s"))
            rows = engine.read(counted).column(0)[0].as_py() or 0
            examples = engine.read(query.order_by("rows DESC", "value").limit(_EXAMPLES)) if rows else None
            shown = tuple(str(v) for v in examples.column(0).to_pylist()) if examples else ()
            yield Orphans(fact.name, name, other.name, int(rows), shown)


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
