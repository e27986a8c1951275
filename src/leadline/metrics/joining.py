"""How a fact's rows are joined to the rows they name: one to one, so that no row is ever doubled."""

from collections.abc import Sequence

from sqlglot import exp

from leadline.catalog.facts import scope
from leadline.metrics.facts import Facts, split
from leadline.metrics.graft import ROW, column, reference_alias
from leadline.metrics.history import Dimensions, holds, versions


def joined(
    facts: Facts,
    name: str,
    used: Sequence[str],
    source: exp.Expr | None = None,
    *,
    at: str = "",
    dimensions: Dimensions = "as_was",
) -> exp.Select:
    """Join the fact's rows to the rows they reference; a reference's key is unique, so no row is doubled.

    Behind a reference to a fact with history stands the one version that held at the row's `at` (`column` or
    `reference.column`), or that holds at the refresh. `source` stands in for the fact's own rows, with at least the
    columns that are used.
    """
    fact, complete = facts.catalog.facts[name], facts.complete or facts
    own, references = split((*used, *((at,) if at else ())))
    query = exp.select().from_(source if source is not None else facts.scan(name, own, ROW), copy=False)
    plainly = {r for r in references if facts.catalog.facts[fact.columns[r].references or ""].valid is None}
    for reference, wanted in sorted(references.items(), key=lambda pair: (pair[0] not in plainly, pair[0])):
        target = facts.catalog.facts[fact.columns[reference].references or ""]
        alias = reference_alias(reference)
        same = exp.EQ(
            this=column(reference), expression=exp.column(target.entity or "", table=alias, quoted=True)
        )
        if reference in plainly:
            rows = complete.scan(target.name, sorted({*wanted, target.key[0]}), alias)
            query = query.join(rows, on=same, join_type="left", copy=False)
            continue
        by_date = scope(fact, facts.catalog.facts).columns.get(at) == "date"
        when = column(at) if dimensions == "as_was" else None
        then = holds(facts, target, reference, when, by_date=by_date)
        rows = versions(complete, target, sorted(wanted), alias)
        query = query.join(rows, on=exp.and_(same, then), join_type="left", copy=False)
    return query
