"""Rows with the instant of the next event that follows them: what conversions are computed from.

Both kinds of event are laid on one line per entity, ordered by instant, and each row looks ahead once: a window over
the union costs one sort, where a join of every row with every later event would grow with their product.
"""

from collections.abc import Sequence

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.composition import instant, purpose
from leadline.catalog.definitions import Conversion, Following
from leadline.catalog.once_per_row import once_per_row
from leadline.metrics.facts import Facts, split, value_type
from leadline.metrics.graft import ROW, WallClock, column, graft
from leadline.metrics.joining import joined
from leadline.metrics.terms import NEXT
from leadline.store.casts import as_type

_FIRST, _ENTITY, _AT, _LATER = "_first", "_entity", "_at", "_later"
_TYPES = {"unit": "text", "integer": "bigint", "number": "double", "instant": "timestamptz"}


def with_next(
    facts: Facts, metric: Conversion, own: Sequence[str], alias: str, among: exp.Query | None = None
) -> exp.Subquery:
    """Give the rows of the metric's fact with their columns, `_batch`, and `_next`: the instant, or null.

    Rows without an entity, an instant or a value in one of the `same` columns are left out: nothing can be said of
    what follows them. An event at the very instant of a row does not follow it. `among` gives the only entities whose
    rows are wanted.
    """
    keep = [*own, "_batch"]
    if _is_one_line(facts.catalog, metric):
        return _one_line(facts, metric, keep, among).subquery(alias)
    events = exp.union(_rows(facts, metric, keep, among), _events(facts, metric, keep, among), distinct=False)
    line = _window(metric, exp.Min(this=_column(_LATER)), "ROWS", exp.Ordered(this=_column(_FIRST)))
    looked = exp.select(
        *(_column(name) for name in (*keep, _FIRST)), exp.alias_(line, NEXT, quoted=True)
    ).from_(events.subquery("events"))
    rows = exp.select(*(_column(name) for name in (*keep, NEXT))).from_(looked.subquery("looked"))
    return rows.where(exp.EQ(this=_column(_FIRST), expression=exp.Literal.number(1))).subquery(alias)


def _is_one_line(catalog: Catalog, metric: Conversion) -> bool:
    """Tell whether the rows themselves are the events that may follow."""
    later = metric.followed_by
    return (
        later.fact == metric.of
        and later.where is None
        and later.entity in {None, metric.entity}
        and event_instant(catalog, later) == instant(catalog, metric)
    )


def _one_line(facts: Facts, metric: Conversion, keep: Sequence[str], among: exp.Query | None) -> exp.Select:
    """Look from each row to the next one; where that is of the same instant, to the one that the last of those sees."""
    rows = _rows(facts, metric, keep, among)
    ahead = _window(metric, exp.Lead(this=_column(_AT)))
    names = [*keep, *(name for name, _ in _line(_named(facts, metric)))]
    nearest = exp.select(*(_column(n) for n in names), exp.alias_(ahead, _LATER, quoted=True)).from_(
        rows.subquery("events")
    )
    after = exp.GT(this=_column(_LATER), expression=_column(_AT))
    line = _window(metric, exp.Min(this=exp.Case(ifs=[exp.If(this=after, true=_column(_LATER))])), "RANGE")
    return exp.select(*(_column(n) for n in keep), exp.alias_(line, NEXT, quoted=True)).from_(
        nearest.subquery("looked")
    )


def _window(metric: Conversion, value: exp.Expr, frame: str = "", *then: exp.Ordered) -> exp.Window:
    """Give a value over an entity's line; with a frame, over what is left of the line."""
    same = (_column(_same(i)) for i in range(len(metric.followed_by.same)))
    left = exp.WindowSpec(kind=frame, start="CURRENT ROW", end="UNBOUNDED", end_side="FOLLOWING")
    return exp.Window(
        this=value,
        partition_by=[_column(_ENTITY), *same],
        order=exp.Order(expressions=[exp.Ordered(this=_column(_AT)), *then]),
        spec=left if frame else None,
    )


def _named(facts: Facts, metric: Conversion) -> tuple[str, ...]:
    """Name the columns of entity and instant, and those that must be the same."""
    return (metric.entity, instant(facts.catalog, metric), *metric.followed_by.same)


def _rows(facts: Facts, metric: Conversion, keep: Sequence[str], among: exp.Query | None) -> exp.Select:
    """The rows themselves: they look ahead, and are nobody's next event."""
    at = instant(facts.catalog, metric)
    named = _named(facts, metric)
    columns = sorted({*(n for n in keep if n != "_batch"), *named})
    source = facts.counted(metric.of, columns, ROW, purpose(facts.catalog, metric))
    kind = facts.catalog.facts[metric.of].columns[at].type
    return (
        exp.select(
            *(exp.alias_(exp.column(name, table=ROW, quoted=True), name, quoted=True) for name in keep),
            *_shown(named, first=1),
            exp.alias_(as_type(exp.null(), _TYPES.get(kind, kind)), _LATER, quoted=True),
        )
        .from_(source)
        .where(*_known(named), *_among(named[0], among))
    )


def _events(facts: Facts, metric: Conversion, keep: Sequence[str], among: exp.Query | None) -> exp.Select:
    """The events that may follow: they stand before rows of the same instant, so that they do not follow those."""
    catalog, later = facts.catalog, metric.followed_by
    fact = catalog.facts[metric.of]
    named = (later.entity or metric.entity, event_instant(catalog, later), *later.same)
    used = set(named)
    conditions = [*_known(named), *_among(named[0], among)]
    if later.where is not None:
        expression = catalog.expression(metric, "followed_by", "where")
        used |= set(expression.columns)
        conditions.append(graft(expression, WallClock.of_project(catalog)))
    blank = []
    for name in keep:
        kind = "text" if name == "_batch" else value_type(fact.columns[name].type)
        blank.append(exp.alias_(as_type(exp.null(), _TYPES.get(kind, kind)), name, quoted=True))
    own, _ = split(sorted(used))
    source = facts.counted(later.fact, own, ROW, purpose(catalog, metric))
    query = joined(facts, later.fact, sorted(used), source, at=named[1], dimensions=metric.dimensions)
    at = exp.column(named[1], table=ROW, quoted=True)
    query = query.select(*blank, *_shown(named, first=0), exp.alias_(at, _LATER, quoted=True))
    once_per_row(query.where(*conditions, copy=False), WallClock.of_project(catalog))
    return query


def event_instant(catalog: Catalog, later: Following) -> str:
    """Name the column that says when a following event happens."""
    return later.at or catalog.facts[later.fact].at or ""


def _line(named: Sequence[str]) -> list[tuple[str, str]]:
    """Give the names that both kinds of event share for entity, instant and `same` columns, each with its own."""
    entity, at, *same = named
    return [(_ENTITY, entity), (_AT, at), *((_same(i), name) for i, name in enumerate(same))]


def _shown(named: Sequence[str], *, first: int) -> list[exp.Expr]:
    shown = [exp.alias_(column(name), alias, quoted=True) for alias, name in _line(named)]
    return [*shown, exp.alias_(exp.Literal.number(first), _FIRST, quoted=True)]


def _among(entity: str, among: exp.Query | None) -> list[exp.Expr]:
    return [exp.In(this=column(entity), query=among.subquery())] if among is not None else []


def _known(named: Sequence[str]) -> list[exp.Expr]:
    return [exp.Not(this=exp.Is(this=column(name), expression=exp.null())) for name in named]


def _same(number: int) -> str:
    return f"_same_{number}"


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)
