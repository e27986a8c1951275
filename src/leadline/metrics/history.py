"""Facts with history: which version of a row was valid at an instant (as was), or is valid at the refresh (as is).

A version holds from its `from` until its `until`, and never longer than until the next version of the same entity
begins: so at every instant one version holds, or none, and a join doubles no row. What is read in a gap is null.
"""

from collections.abc import Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from sqlglot import exp

from leadline.catalog.definitions import Fact
from leadline.catalog.definitions.fact import Validity
from leadline.catalog.wall_clock import WallClock, reference_alias
from leadline.metrics.facts import Facts
from leadline.store.casts import as_type

Dimensions = Literal["as_was", "as_is"]
_SINCE, _NEXT = "_since", "_next"
_VERSION = "v"
_FAR = {"date": "9999-12-31", "instant": "9999-12-31 00:00:00+00:00"}
"""What is later than every row."""


def versions(facts: Facts, fact: Fact, columns: Sequence[str], alias: str) -> exp.Subquery:
    """Give the versions of a fact's rows: their columns, the entity, `_since`, and `_next`: when it ends, or null."""
    valid, entity = fact.valid, fact.entity
    if valid is None or entity is None:
        raise AssertionError("the catalog refuses references to other facts")
    kept = sorted({*columns, entity, valid.from_, *((valid.until,) if valid.until else ())})
    following = exp.Window(
        this=exp.Lead(this=_of(valid.from_)),
        partition_by=[_of(entity)],
        order=exp.Order(expressions=[exp.Ordered(this=_of(valid.from_))]),
    )
    end: exp.Expr = following
    if valid.until:
        until = _of(valid.until)
        earlier = exp.LTE(this=until, expression=exp.func("coalesce", following, until.copy()))
        end = exp.Case(ifs=[exp.If(this=earlier, true=until.copy())], default=following.copy())
    return (
        exp.select(
            *(_of(name) for name in kept),
            exp.alias_(_of(valid.from_), _SINCE, quoted=True),
            exp.alias_(end, _NEXT, quoted=True),
        )
        .from_(facts.scan(fact.name, kept, _VERSION))
        .where(_present(_of(valid.from_)), _present(_of(entity)))
        .subquery(alias)
    )


def holds(facts: Facts, fact: Fact, reference: str, at: exp.Expr | None, *, by_date: bool) -> exp.Expr:
    """Give the condition on which a version counts: that it holds at the row's instant `at`, or at the refresh.

    `by_date` says that `at` is a date already.
    """
    alias = reference_alias(reference)
    since, until = (exp.column(name, table=alias, quoted=True) for name in (_SINCE, _NEXT))
    valid = _validity(fact)
    kind = fact.columns[valid.from_].type
    when: exp.Expr
    if at is None:
        when = _now(facts, kind)
    elif kind == "date" and not by_date:
        when = as_type(WallClock.of_project(facts.catalog).local(at), "date")
    else:
        when = at.copy()
    begun = exp.LTE(this=since, expression=when)
    # a comparison, not `is null or`: engines look versions up by their entity only where all conditions are comparisons
    far = as_type(exp.Literal.string(_FAR[kind]), "date" if kind == "date" else "timestamptz")
    open_ = exp.GT(this=exp.func("coalesce", until, far), expression=when.copy())
    return exp.and_(begun, open_)


def overlapping(facts: Facts, fact: Fact) -> exp.Select:
    """Give the query for the number (`n`) of versions that end after the next one of their entity begins."""
    valid = _validity(fact)
    until = valid.until
    source = versions(facts, fact, [], _VERSION)
    late = exp.false() if until is None else exp.GT(this=_of(until), expression=_of(_NEXT))
    counted = as_type(exp.Count(this=exp.Star()), "bigint")
    return exp.select(exp.alias_(counted, "n", quoted=True)).from_(source).where(late)


def passed(facts: Facts, fact: Fact) -> list[int]:
    """Count the beginnings and the ends that lie before the refresh: while they stay the same, so does what is."""
    valid = _validity(fact)
    names = [valid.from_, *((valid.until,) if valid.until else ())]
    now = _now(facts, fact.columns[valid.from_].type)
    one, none = exp.Literal.number(1), exp.Literal.number(0)
    counts = [
        exp.alias_(
            exp.Sum(this=exp.Case(ifs=[exp.If(this=exp.LTE(this=_of(n), expression=now.copy()), true=one.copy())],
                                  default=none.copy())), n, quoted=True,
        )
        for n in names
    ]  # fmt: skip
    row = facts.engine.read(exp.select(*counts).from_(facts.scan(fact.name, names, _VERSION))).to_pylist()[0]
    return [int(row[name] or 0) for name in names]


def histories(facts: Facts, fact: Fact, used: Sequence[str]) -> dict[str, Fact]:
    """Give the facts with history that columns are read of, by the reference that leads to each."""
    references = {path.rpartition(".")[0] for path in used if "." in path}
    targets = {r: facts.catalog.facts[fact.columns[r].references or ""] for r in sorted(references)}
    return {reference: target for reference, target in targets.items() if target.valid is not None}


def _validity(fact: Fact) -> Validity:
    if fact.valid is None:
        raise AssertionError("only facts with history have versions")
    return fact.valid


def _now(facts: Facts, kind: str) -> exp.Expr:
    as_of = facts.as_of
    if as_of is None:
        raise AssertionError("whoever asks what is says when that is")
    if kind == "date":
        today = as_of.astimezone(ZoneInfo(facts.catalog.project.time_zone)).date()
        return as_type(exp.Literal.string(today.isoformat()), "date")
    return as_type(exp.Literal.string(as_of.isoformat()), "timestamptz")


def _of(name: str) -> exp.Column:
    return exp.column(name, table=_VERSION, quoted=True)


def _present(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value, expression=exp.null()))
