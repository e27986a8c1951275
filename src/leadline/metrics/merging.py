"""From finest states to what was asked, purely: states added up into periods or windows, units and slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from leadline.catalog.definitions import Grain, RowMetric
from leadline.metrics import terms
from leadline.metrics.finest import BUCKET, UNIT, Products
from leadline.metrics.graft import WallClock
from leadline.metrics.periods import Periods
from leadline.metrics.shapes import ENTITY, KEYS, ROWS, product_alias, shape, slice_alias, term_alias
from leadline.store.casts import as_type

STATE = "s"
ENTITIES = "entities"
_WINDOW, _PLACE = "w", "u"


@dataclass(frozen=True, slots=True)
class Window:
    """Local days [since, until) that are added up for the period that begins on `period`."""

    period: date
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Merge:
    """How finest states are added up: into periods (or, with `windows`, into those, which may overlap), into units
    (name → the units it is made of), into slices. Days run from `since` to before `until`."""

    grain: Grain
    periods: Periods
    finest: Grain
    clock: WallClock
    units: Mapping[str, Sequence[str]] | None = None
    within: Sequence[str] | None = None
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    since: str | None = None
    until: str | None = None
    windows: tuple[Window, ...] | None = None
    whole_only: bool = False
    """Only rows of no unit: what was entered for the whole company."""
    counted: bool = False
    """Different entities were counted before, period by period."""


def summed(metrics: Sequence[RowMetric], products: Products) -> list[str]:
    """Name the columns of sums that metrics and products of theirs are read from, each once."""
    aliases = [term_alias(metric.name, t) for metric in metrics for t in terms.names(metric)]
    aliases += [
        product_alias(one.name, a, other.name, b)
        for one, other in products
        for a in terms.basics(one)
        for b in terms.basics(other)
    ]
    return list(dict.fromkeys(aliases))


def merged(
    source: exp.Expr,
    metrics: Sequence[RowMetric],
    merge: Merge,
    products: Products = (),
    also: Sequence[str] = (),
) -> exp.Select:
    """Give the query that adds finest states up.

    Columns: `period` (its first day; for hours the instant), `unit`, one per slice column, then the keys of the shape
    and every sum; for entities `entities` (how many different ones) and `n` (rows). One metric only, except for the
    shape `terms`. `also` names further columns of the source that tell rows apart.
    """
    kind = shape(metrics[0])
    keys: dict[str, exp.Expr] = {"period": _period(merge), "unit": _unit(merge)}
    keys |= {slice_alias(c): _state(slice_alias(c)) for c in merge.by}
    keys |= {name: _state(name) for name in also}
    sums: dict[str, exp.Expr] = {}
    if kind in {"terms", "changes"}:
        sums = {alias: _sum(_state(alias)) for alias in summed(metrics, products)}
    elif kind == "entities":
        counted = as_type(exp.Sum(this=_state(ENTITIES)), "bigint") if merge.counted else entities()
        sums = {ENTITIES: counted, ROWS: _sum(_state(ROWS))}
    else:
        keys |= {name: _state(name) for name in KEYS[kind]}
        sums = {ROWS: _sum(_state(ROWS))}
    selected = [exp.alias_(e, name, quoted=True) for name, e in keys.items()]
    selected += [exp.alias_(e, name, quoted=True, copy=False) for name, e in sums.items()]
    query = exp.select().select(*selected, copy=False).from_(source, copy=False)
    if merge.windows is not None:
        query = query.join(_windows(merge.windows), on=_inside(_day(merge)), copy=False)
    if merge.units and (named := members(merge.units)) and not _are_themselves(named):
        placed = exp.EQ(this=_state(UNIT), expression=exp.column("member", table=_PLACE, quoted=True))
        query = query.join(_places(named), on=placed, join_type="left", copy=False)
    return query.where(*conditions(merge), copy=False).group_by(*keys.values(), copy=False)


def entities() -> exp.Expr:
    """Count different entities."""
    return as_type(exp.Count(this=exp.Distinct(expressions=[_state(ENTITY)])), "bigint")


def conditions(merge: Merge) -> list[exp.Expr]:
    """Give the conditions on finest states: days, units, and values of slice columns."""
    day = _day(merge)
    found: list[exp.Expr] = []
    if merge.since:
        found.append(exp.GTE(this=day.copy(), expression=_date(merge.since)))
    if merge.until:
        found.append(exp.LT(this=day.copy(), expression=_date(merge.until)))
    if merge.within is not None:
        found.append(_state(UNIT).isin(*merge.within) if merge.within else exp.false())
    if merge.whole_only:
        found.append(exp.Is(this=_state(UNIT), expression=exp.null()))
    for path, value in merge.where:
        state = _state(slice_alias(path))
        if value:
            found.append(exp.EQ(this=state, expression=exp.Literal.string(value)))
        else:
            found.append(exp.Is(this=state, expression=exp.null()))
    return found or [exp.true()]


def _period(merge: Merge) -> exp.Expr:
    if merge.windows is not None:
        return exp.column("period", table=_WINDOW, quoted=True)
    if merge.grain == "hour":
        return _state(BUCKET)
    if not merge.periods.lists(merge.grain):
        return merge.periods.bucket(merge.grain, _day(merge))
    since, until = (date.fromisoformat(day) if day else None for day in (merge.since, merge.until))
    return merge.periods.bucket(merge.grain, _day(merge), since, until)


def _windows(windows: Sequence[Window]) -> exp.Expr:
    """Give the windows as a table; none at all give no rows."""
    rows = [
        exp.select(
            *(
                exp.alias_(_date(day.isoformat()), name, quoted=True)
                for name, day in (("period", w.period), ("since", w.since), ("until", w.until))
            )
        )
        for w in windows or (Window(date.min, date.min, date.min),)
    ]
    query: exp.Query = rows[0]
    for row in rows[1:]:
        query = exp.union(query, row, distinct=False, copy=False)
    return query.subquery(_WINDOW)


def _inside(day: exp.Expr) -> exp.Expr:
    since, until = (exp.column(name, table=_WINDOW, quoted=True) for name in ("since", "until"))
    return exp.and_(exp.GTE(this=day, expression=since), exp.LT(this=day.copy(), expression=until))


def members(units: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Give the name that each unit is added up under; one that is in several goes to the first."""
    found: dict[str, str] = {}
    for name, made_of in units.items():
        for one in made_of:
            found.setdefault(one, name)
    return found


def _unit(merge: Merge) -> exp.Expr:
    if merge.units is None:
        return as_type(exp.null(), "text")
    named = members(merge.units)
    if not named:
        return as_type(exp.Literal.string(""), "text")
    if _are_themselves(named):
        itself = exp.If(this=_state(UNIT).isin(*named, copy=False), true=_state(UNIT))
        return exp.Case(ifs=[itself], default=exp.Literal.string(""))
    return exp.Coalesce(
        this=exp.column("name", table=_PLACE, quoted=True), expressions=[exp.Literal.string("")]
    )


def _are_themselves(named: Mapping[str, str]) -> bool:
    return all(unit == name for unit, name in named.items())


def _places(units: Mapping[str, str]) -> exp.Expr:
    """Give the units and their names as a table: joining it is far cheaper than to compare with each unit in turn."""
    return exp.values([(one, name) for one, name in units.items()], _PLACE, ["member", "name"])


def _day(merge: Merge) -> exp.Expr:
    if merge.finest == "day":
        return _state(BUCKET)
    return as_type(merge.clock.local(_state(BUCKET), _state(UNIT)), "date")


def _date(text: str) -> exp.Expr:
    return as_type(exp.Literal.string(text), "date")


def _state(name: str) -> exp.Expr:
    return exp.column(name, table=STATE, quoted=True)


def _sum(value: exp.Expr) -> exp.Expr:
    return as_type(exp.Sum(this=value), "double", copy=False)
