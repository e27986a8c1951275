"""Checks that compare a row of a file with others: no two alike, and what it refers to is there."""

from collections.abc import Sequence

from sqlglot import exp

from leadline.catalog.definitions import Fact, ReferenceCheck, UniqueCheck
from leadline.ingest import conversions as c
from leadline.ingest.arrived import Arrived
from leadline.ingest.checks import MAPPED, kind_at_rest, sound
from leadline.store.engine import Relation
from leadline.store.entries import Batch

THERE, ACCEPTED = "there", "accepted_before"


def doubles(check: UniqueCheck, file: Arrived, same: Sequence[Batch]) -> exp.Select | None:
    """Select the lines of rows whose values stand in an earlier line of the file; unknown values are like none.

    `same` are batches of the same file: what stands in them was accepted before.
    """
    fields = file.plan.fields
    if not all(name in fields for name in check.columns):
        return None
    values = [exp.column(fields[name], table="m") for name in check.columns]
    nth = exp.Window(
        this=exp.RowNumber(),
        partition_by=[value.copy() for value in values],
        order=exp.Order(expressions=[exp.Ordered(this=exp.column("_line", table="m"))]),
    )
    known = (sound("m"), *(c.present(value) for value in values))
    mapped = exp.to_table(MAPPED).as_("m")
    numbered = exp.select(exp.column("_line", table="m"), nth.as_("_nth")).from_(mapped).where(*known)
    later = exp.GT(this=exp.column("_nth"), expression=c.number(1))
    query = exp.select("_line").from_(numbered.subquery("n")).where(later)
    relations = [Relation("fact", check.of, batch.id) for batch in same if batch.rows_accepted]
    if not relations:
        return query
    types = {name: kind_at_rest(file.catalog.facts[check.of].columns[name].type) for name in check.columns}
    accepted = [exp.column(name, table="e", quoted=True).as_(f"k{n}") for n, name in enumerate(check.columns)]
    file.staging.drop(ACCEPTED)
    file.staging.load(
        ACCEPTED, file.engine.stream(exp.select(*accepted).from_(file.engine.scan(relations, types, "e")))
    )
    alike = [exp.EQ(this=v.copy(), expression=exp.column(f"k{n}", table="a")) for n, v in enumerate(values)]
    again = exp.select(exp.column("_line", table="m")).from_(mapped.copy())
    again = again.join(exp.to_table(ACCEPTED).as_("a"), on=c.all_of(*alike), join_type="semi")
    return (
        exp.select("_line")
        .distinct()
        .from_(exp.union(query, again.where(*known), distinct=False).subquery("u"))
    )


def strays(check: ReferenceCheck, other: Fact, live: Sequence[Batch], file: Arrived) -> exp.Select | None:
    """Select the lines of rows that refer to a row of another fact that is not there; stages the keys of that fact."""
    key, fields, staging = other.entity, file.plan.fields, file.staging
    if check.column not in fields or key is None:
        return None
    relations = [Relation("fact", other.name, batch.id) for batch in live if batch.rows_accepted]
    keys = file.engine.scan(relations, {key: kind_at_rest(other.columns[key].type)}, "k")
    staging.drop(THERE)
    value = exp.column(key, table="k", quoted=True)
    staging.load(THERE, file.engine.stream(exp.select(value.as_("key")).distinct().from_(keys)))
    mine = exp.column(fields[check.column], table="m")
    same = exp.EQ(this=mine, expression=exp.column("key", table="t"))
    return (
        exp.select(exp.column("_line", table="m"))
        .from_(exp.to_table(MAPPED).as_("m"))
        .join(exp.to_table(THERE).as_("t"), on=same, join_type="anti")
        .where(sound("m"), c.present(mine))
    )
