"""Snapshots and change logs to versions: one query, the same versions whatever the order in which files came.

Consecutive rows of an entity that are alike are one version (islands between gaps). Nothing is kept from run to run: a
snapshot that is corrected, added between others or withdrawn gives what a fresh load of the rest would give.
"""

from collections.abc import Sequence

from sqlglot import exp

from leadline.catalog.definitions import Fact
from leadline.catalog.definitions.history import Versions
from leadline.ingest import conversions as c

_NEXT, _BEFORE, _FIRST, _RUN, _ENDED = "_next", "_before", "_first", "_run", "_ended"


def query(
    fact: Fact, versions: Versions, rows: exp.Expr, every: exp.Expr, ended: exp.Expr | None
) -> exp.Query:
    """Give the versions of a fact: its entity, begin and end, and its columns.

    `rows` gives the rows that count (of alias r) with the entity, the instant and the columns; `every` (of alias e) all
    rows with their instant: a snapshot of which no row counts is one still. `ended` tells a log's last words.
    """
    entity = fact.entity or ""
    at = versions.instant
    if versions.taken is not None:
        dated = _with_next_snapshot(rows, every, [entity, at, *versions.columns], at)
    else:
        dated = _with_next_change(rows, [entity, at, *versions.columns], entity, at, ended)
    marked = _marked(dated, entity, at, versions.columns)
    return _united(fact, _runs(marked, entity, at), entity, at, versions.columns)


def _with_next_snapshot(rows: exp.Expr, every: exp.Expr, names: Sequence[str], at: str) -> exp.Select:
    """Each row with the snapshot after its own: where it would have to stand again."""
    taken = exp.select(_of("e", at)).distinct().from_(every).where(c.present(_of("e", at))).subquery("t")
    following = exp.Window(
        this=exp.Lead(this=_of("t", at)), order=exp.Order(expressions=[exp.Ordered(this=_of("t", at))])
    )
    snapshots = exp.select(_of("t", at), exp.alias_(following, _NEXT, quoted=True)).from_(taken).subquery("s")
    same = exp.EQ(this=_of("r", at), expression=_of("s", at))
    none = exp.alias_(exp.false(), _ENDED, quoted=True)
    return (
        exp.select(*(_of("r", name) for name in names), _of("s", _NEXT), none)
        .from_(rows)
        .join(snapshots, on=same)
    )


def _with_next_change(
    rows: exp.Expr, names: Sequence[str], entity: str, at: str, ended: exp.Expr | None
) -> exp.Select:
    """Each row with the entity's next change, and whether it says that the entity ended."""
    following = _over(exp.Lead(this=_of("r", at)), "r", entity, at)
    over: exp.Expr = exp.false()
    if ended is not None:
        over = exp.Coalesce(this=ended, expressions=[exp.false()])
    return exp.select(
        *(_of("r", name) for name in names),
        exp.alias_(following, _NEXT, quoted=True),
        exp.alias_(over, _ENDED, quoted=True),
    ).from_(rows)


def _marked(dated: exp.Select, entity: str, at: str, columns: Sequence[str]) -> exp.Select:
    """Each row with whether a version begins with it: the first, one after a gap or an end, one that is different."""
    before = [exp.alias_(_over(exp.Lag(this=_of("d", n)), "d", entity, at), f"{_BEFORE}_{i}", quoted=True)
              for i, n in enumerate((_NEXT, _ENDED, *columns))]  # fmt: skip
    kept = [_of("d", name) for name in (entity, at, *columns, _NEXT, _ENDED)]
    lagged = exp.select(*kept, *before).from_(dated.subquery("d")).subquery("l")
    begins = [
        c.absent(_of("l", f"{_BEFORE}_0")),
        exp.NEQ(this=_of("l", f"{_BEFORE}_0"), expression=_of("l", at)),
        _of("l", f"{_BEFORE}_1"),
        *(
            exp.NullSafeNEQ(this=_of("l", f"{_BEFORE}_{i + 2}"), expression=_of("l", name))
            for i, name in enumerate(columns)
        ),
    ]
    first = exp.Case(ifs=[exp.If(this=exp.or_(*begins), true=c.number(1))], default=c.number(0))
    return exp.select(
        *(_of("l", name) for name in (entity, at, *columns, _NEXT, _ENDED)),
        exp.alias_(first, _FIRST, quoted=True),
    ).from_(lagged)


def _runs(marked: exp.Select, entity: str, at: str) -> exp.Select:
    """Number the versions of each entity; what says that it ended is no version."""
    run = _over(exp.Sum(this=_of("m", _FIRST)), "m", entity, at)
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("m"))
    return exp.select(every, exp.alias_(run, _RUN, quoted=True)).from_(marked.subquery("m"))


def _united(fact: Fact, runs: exp.Select, entity: str, at: str, columns: Sequence[str]) -> exp.Query:
    """One row a version: it ends where its last row is followed by none, or by another."""
    valid = fact.valid
    if valid is None or valid.until is None:
        raise AssertionError("the catalog refuses versions without begin and end")
    rows, known = exp.Count(this=exp.Star()), exp.Count(this=_of("v", _NEXT))
    closed = exp.EQ(this=rows, expression=known)
    until = exp.Case(ifs=[exp.If(this=closed, true=exp.Max(this=_of("v", _NEXT)))])
    made: dict[str, exp.Expr] = {
        entity: _of("v", entity),
        valid.from_: exp.Min(this=_of("v", at)),
        valid.until: until,
        **{name: _of("v", name) for name in columns},
    }
    keys = [_of("v", entity), _of("v", _RUN), *(_of("v", name) for name in columns if name != entity)]
    return (
        exp.select(*(exp.alias_(made[name], name, quoted=True) for name in fact.columns if name in made))
        .from_(runs.subquery("v"))
        .where(exp.Not(this=_of("v", _ENDED)))
        .group_by(*keys)
    )


def _over(value: exp.Expr, table: str, entity: str, at: str) -> exp.Window:
    order = exp.Order(expressions=[exp.Ordered(this=_of(table, at))])
    return exp.Window(this=value, partition_by=[_of(table, entity)], order=order)


def _of(table: str, name: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)
