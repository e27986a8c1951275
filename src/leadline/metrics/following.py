"""Rows with the instant of the next event that follows them: what conversions are computed from.

Both kinds of event are laid on one line per entity, ordered by instant, and each row looks ahead once: a window over
the union costs one sort, where a join of every row with every later event would grow with their product.
"""

from collections.abc import Sequence

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.composition import instant
from leadline.catalog.definitions import Conversion, Following
from leadline.catalog.once_per_row import once_per_row
from leadline.metrics.facts import Facts, value_type
from leadline.metrics.graft import ROW, WallClock, column, graft
from leadline.metrics.joining import joined
from leadline.metrics.terms import NEXT

_FIRST, _ENTITY, _AT, _LATER = "_first", "_entity", "_at", "_later"
_TYPES = {"unit": "text", "integer": "bigint", "number": "double", "instant": "timestamptz"}


def with_next(facts: Facts, metric: Conversion, own: Sequence[str], alias: str) -> exp.Subquery:
    """Give the rows of the metric's fact with their columns, `_batch`, and `_next`: the instant, or null.

    Rows without an entity, an instant or a value in one of the `same` columns are left out: nothing can be said of
    what follows them. An event at the very instant of a row does not follow it.
    """
    later = metric.followed_by
    keep = [*own, "_batch"]
    events = exp.union(_rows(facts, metric, keep), _events(facts, metric, keep), distinct=False)
    line = exp.Window(
        this=exp.Min(this=_column(_LATER)),
        partition_by=[_column(_ENTITY), *(_column(_same(i)) for i in range(len(later.same)))],
        order=exp.Order(expressions=[exp.Ordered(this=_column(_AT)), exp.Ordered(this=_column(_FIRST))]),
        spec=exp.WindowSpec(
            kind="ROWS",
            start="CURRENT ROW",
            end="UNBOUNDED",
            end_side="FOLLOWING",
        ),
    )
    looked = exp.select(
        *(_column(name) for name in (*keep, _FIRST)), exp.alias_(line, NEXT, quoted=True)
    ).from_(events.subquery("events"))
    rows = exp.select(*(_column(name) for name in (*keep, NEXT))).from_(looked.subquery("looked"))
    return rows.where(exp.EQ(this=_column(_FIRST), expression=exp.Literal.number(1))).subquery(alias)


def _rows(facts: Facts, metric: Conversion, keep: Sequence[str]) -> exp.Select:
    """The rows themselves: they look ahead, and are nobody's next event."""
    at = instant(facts.catalog, metric)
    named = (metric.entity, at, *metric.followed_by.same)
    source = facts.scan(metric.of, sorted({*(n for n in keep if n != "_batch"), *named}), ROW)
    kind = facts.catalog.facts[metric.of].columns[at].type
    return (
        exp.select(
            *(exp.alias_(exp.column(name, table=ROW, quoted=True), name, quoted=True) for name in keep),
            *_line(named, first=1),
            exp.alias_(exp.cast(exp.null(), _TYPES.get(kind, kind)), _LATER, quoted=True),
        )
        .from_(source)
        .where(*_known(named))
    )


def _events(facts: Facts, metric: Conversion, keep: Sequence[str]) -> exp.Select:
    """The events that may follow: they stand before rows of the same instant, so that they do not follow those."""
    catalog, later = facts.catalog, metric.followed_by
    fact = catalog.facts[metric.of]
    named = (later.entity or metric.entity, event_instant(catalog, later), *later.same)
    used = set(named)
    conditions = _known(named)
    if later.where is not None:
        expression = catalog.expression(metric, "followed_by", "where")
        used |= set(expression.columns)
        conditions.append(graft(expression, WallClock.of_project(catalog)))
    blank = []
    for name in keep:
        kind = "text" if name == "_batch" else value_type(fact.columns[name].type)
        blank.append(exp.alias_(exp.cast(exp.null(), _TYPES.get(kind, kind)), name, quoted=True))
    query = joined(facts, later.fact, sorted(used), at=named[1], dimensions=metric.dimensions)
    at = exp.column(named[1], table=ROW, quoted=True)
    query = query.select(*blank, *_line(named, first=0), exp.alias_(at, _LATER, quoted=True))
    once_per_row(query.where(*conditions, copy=False), WallClock.of_project(catalog))
    return query


def event_instant(catalog: Catalog, later: Following) -> str:
    """Name the column that says when a following event happens."""
    return later.at or catalog.facts[later.fact].at or ""


def _line(named: Sequence[str], *, first: int) -> list[exp.Expr]:
    """Give entity, instant, and the columns that must be the same, under names that both kinds of event share."""
    entity, at, *same = named
    pairs = [(_ENTITY, entity), (_AT, at), *((_same(i), name) for i, name in enumerate(same))]
    shown = [exp.alias_(column(name), alias, quoted=True) for alias, name in pairs]
    return [*shown, exp.alias_(exp.Literal.number(first), _FIRST, quoted=True)]


def _known(named: Sequence[str]) -> list[exp.Expr]:
    return [exp.Not(this=exp.Is(this=column(name), expression=exp.null())) for name in named]


def _same(number: int) -> str:
    return f"_same_{number}"


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)
