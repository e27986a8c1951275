"""What is asked of a table, or of a SELECT: all of it, a range of its key, what changed since, its keys.

These are SQLAlchemy's trees, because the databases are any that it speaks to; values go as parameters.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from leadline.errors import SourceError, suggest
from leadline.store.databases.select import checked_select
from leadline.store.databases.snapshot import Snapshot

Bound = int | str
"""Between two ranges of a key: numbers and texts, which the database compares by its own order."""

_MOST_RANGES = 512


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table or of a SELECT, with the names of their columns."""

    origin: sa.FromClause
    names: tuple[str, ...]

    @classmethod
    def of(cls, moment: Snapshot, table: str | None, query: str | None) -> "Rows":
        """Look at what there is.

        Raises:
            SourceError: there is no such table, we may not read it, or the query is no SELECT.
        """
        if query is not None:
            text = re.sub(r"(?<![:\w\\]):(?=\w)", r"\:", checked_select(query, moment.backend)) + "\n"
            bare = sa.text(text).columns().subquery("r")
            names = moment.names(sa.select(sa.text("*")).select_from(bare))
            return cls(sa.text(text).columns(*map(sa.column, names)).subquery("r"), tuple(names))
        schema, _, name = (table or "").rpartition(".")
        names = moment.names(sa.select(sa.text("*")).select_from(sa.table(name, schema=schema or None)))
        return cls(sa.table(name, *map(sa.column, names), schema=schema or None), tuple(names))

    def require(self, names: Sequence[str], what: str) -> None:
        """See that columns are there.

        Raises:
            SourceError: one is not.
        """
        for name in names:
            if name not in self.names:
                near = suggest(name, self.names) or f"There are {', '.join(map(repr, self.names[:30]))}."
                raise SourceError(
                    f"There is no column {name!r}, which `{what}` names.", code="database-table", hint=near
                )

    def all(self) -> sa.Select[Any]:
        """Ask for everything."""
        return sa.select(*(self.origin.c[name] for name in self.names))

    def between(self, key: str, after: Bound | None, until: Bound | None) -> sa.Select[Any]:
        """Ask for a range of a key, without its lower bound and with its upper one."""
        query, column = self.all(), self.origin.c[key]
        if after is not None:
            query = query.where(column > _given(after))
        return query if until is None else query.where(column <= _given(until))

    def without(self, key: str) -> sa.Select[Any]:
        """Ask for the rows that have no key."""
        return self.all().where(self.origin.c[key].is_(None))

    def since(self, updated: str, value: object | None) -> sa.Select[Any]:
        """Ask for what changed at or after a moment, and for what does not say when."""
        if value is None:
            return self.all()
        column = self.origin.c[updated]
        return self.all().where(sa.or_(column >= _given(value), column.is_(None)))

    def greatest(self, name: str) -> sa.Select[Any]:
        """Ask for the greatest value of a column."""
        return sa.select(sa.func.max(self.origin.c[name]))

    def only(self, names: Sequence[str]) -> sa.Select[Any]:
        """Ask for some columns."""
        return sa.select(*(self.origin.c[name] for name in names))

    def finished(self, load: str, loads: "Rows") -> sa.Select[Any]:
        """Ask for the rows of loads that ended: those whose status is 0."""
        ended = sa.select(loads.origin.c["load_id"]).where(loads.origin.c["status"] == sa.literal_column("0"))
        return self.all().where(self.origin.c[load].in_(ended))

    def cuts(self, moment: Snapshot, key: str, size: int, after: Bound | None) -> list[Bound]:
        """Give the bounds that cut what stands after one into ranges of about so many rows; none where it is less."""
        column = self.origin.c[key]
        beyond = sa.select(column) if after is None else sa.select(column).where(column > _given(after))
        inner = beyond.subquery("k")
        known = inner.c[key]
        least, greatest, count = moment.one(
            sa.select(sa.func.min(known), sa.func.max(known), sa.func.count(known))
        )
        pieces = min(-(-count // size), _MOST_RANGES)
        if pieces <= 1:
            return []
        if isinstance(least, int) and isinstance(greatest, int):
            step = -(-(greatest - least + 1) // pieces)
            return [least + step * n - 1 for n in range(1, pieces) if least + step * n - 1 < greatest]
        if not isinstance(least, str):
            return []
        numbered = sa.select(known, sa.func.row_number().over(order_by=known).label("n")).subquery("o")
        each = -(-count // pieces)
        query = sa.select(numbered.c[key]).where(numbered.c.n % sa.literal(each) == 0).order_by(numbered.c.n)
        return [value for value in moment.column(query) if isinstance(value, str)]


def _given(value: object) -> sa.BindParameter[Any]:
    """Give a value as a parameter without a type, so that no cast is written that the column has not."""
    return sa.bindparam(None, value, type_=sa.types.NullType(), unique=True)
