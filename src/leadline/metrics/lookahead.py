"""A conversion's rows with what follows them, computed once for all tables of its states; and whose rows change.

A row that comes changes what followed earlier rows of its entity, and nobody else's.
"""

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.composition import instant
from leadline.catalog.definitions import Conversion
from leadline.metrics.facts import Facts, split, value_type
from leadline.metrics.finest import used_columns
from leadline.metrics.following import event_instant, with_next
from leadline.metrics.graft import ROW
from leadline.metrics.naming import digest
from leadline.metrics.terms import NEXT
from leadline.metrics.uniting import union_all
from leadline.store.engine import Relation, ValueType

_SEVERAL = 2
"""Columns by which there are states: from so many on, as many tables are made from rows."""


def ahead(facts: Facts, metric: Conversion, among: exp.Query | None = None) -> exp.Expr:
    """Give what `with_next` does, under the alias ROW, with all columns that the metric's states are made from.

    Where several tables of states are made from it, it is computed once, and written to a relation of its own.
    """
    catalog = facts.catalog
    own, _ = split(used_columns(catalog, [metric], (instant(catalog, metric), *metric.by)))
    rows = with_next(facts, metric, own, ROW, among)
    if len(metric.by) < _SEVERAL:
        return rows
    columns = {name: value_type(catalog.facts[metric.of].columns[name].type) for name in own}
    columns[NEXT] = _next_type(catalog, metric)
    query = exp.select(*(exp.column(name, quoted=True) for name in columns)).from_(rows)
    relation = Relation("state", f"{metric.name}_ahead", digest(facts.engine.sql(query.copy())))
    if not facts.engine.exists(relation):
        facts.engine.derive(relation, query)
    return facts.engine.scan([relation], columns, ROW)


def entities(facts: Facts, metric: Conversion) -> exp.Query:
    """Give the entities that have rows or events among these facts: what they are followed by may be another."""
    later = metric.followed_by
    sides = {(metric.of, metric.entity), (later.fact, later.entity or metric.entity)}
    queries: list[exp.Query] = []
    for fact, entity in sorted(sides):
        found = exp.column(entity, table=ROW, quoted=True)
        known = exp.Not(this=exp.Is(this=found.copy(), expression=exp.null()))
        chosen = exp.select(exp.alias_(found, "entity", quoted=True)).from_(facts.scan(fact, [entity], ROW))
        queries.append(chosen.where(known))
    return union_all(queries)


def _next_type(catalog: Catalog, metric: Conversion) -> ValueType:
    """Give the type of `_next`: a date where rows and events bear dates."""
    later = metric.followed_by
    kinds = {
        catalog.facts[metric.of].columns[instant(catalog, metric)].type,
        catalog.facts[later.fact].columns[event_instant(catalog, later)].type,
    }
    return "date" if kinds == {"date"} else "instant"
