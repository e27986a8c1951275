"""Columns that an identity resolves, joined to a fact's rows: they are not in the rows, they are beside them.

A row that was not resolved (it came after the last refresh) counts as a person of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sqlglot import exp

from leadline.catalog.definitions import Fact, ResolvedColumn
from leadline.store.casts import as_type
from leadline.store.engine import Relation, ValueType

RECORD = "record"
"""The column of the relation of people that holds the key of a row, as text."""
UNRESOLVED = "unresolved-"
_ROWS, _PEOPLE = "every_row", "people"


class Scan(Protocol):
    """How a warehouse gives relations to select from."""

    def __call__(
        self, relations: Sequence[Relation], columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """See `Engine.scan`."""
        ...


def resolved(fact: Fact, columns: Collection[str]) -> list[str]:
    """Name the resolved ones among columns of a fact."""
    return [name for name in columns if isinstance(fact.columns.get(name), ResolvedColumn)]


def beside(
    scan: Scan, rows: exp.Expr, fact: Fact, columns: Sequence[str], people: Mapping[str, Relation]
) -> exp.Select:
    """Join what identities resolve to `rows`, which have the fact's key and the rest, under `rows_alias()`.

    `columns` are all that is wanted; `people` says where the resolved ones are. Each identity joins one to one.
    """
    wanted = resolved(fact, columns)
    key = as_type(exp.column(fact.key[0], table=_ROWS, quoted=True), "text")
    query = exp.select(*(exp.column(n, table=_ROWS, quoted=True) for n in columns if n not in wanted))
    query = query.from_(rows, copy=False)
    alone = exp.Concat(expressions=[exp.Literal.string(UNRESOLVED), key], safe=True, coalesce=True)
    places = sorted({people[name] for name in wanted if name in people})
    for nth, place in enumerate([*places, None]):
        mine = [name for name in wanted if people.get(name) == place]
        if not mine:
            continue
        alias = f"{_PEOPLE}{nth}"
        found = scan([place] if place else [], dict.fromkeys((RECORD, *mine), "text"), alias)
        same = exp.EQ(this=exp.column(RECORD, table=alias, quoted=True), expression=key.copy())
        query = query.join(found, on=same, join_type="left", copy=False)
        for name in mine:
            column = exp.func("coalesce", exp.column(name, table=alias, quoted=True), alone.copy())
            query = query.select(column.as_(name, quoted=True), copy=False)
    return query


def rows_alias() -> str:
    """Name the alias under which `beside` wants the rows."""
    return _ROWS
