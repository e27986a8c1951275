"""Where the rows of each fact are, in one generation or on the way to one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.resolved import beside, resolved, rows_alias
from leadline.metrics.left_out import LeftOut
from leadline.metrics.partitions import between
from leadline.store.engine import Engine, Relation, ValueType

BATCH = "_batch"
_ALL, _COUNTED = "every", "counted"


@dataclass(frozen=True, slots=True)
class Limit:
    """Which rows of a fact are read: those whose `column`, a date or an instant, is in [since, until).

    Instants are compared with midnight UTC; None is no end. A scan that does not read the column reads all rows.
    """

    column: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Which relations hold the rows of each fact, and which of their rows are read."""

    catalog: Catalog
    engine: Engine
    relations: Mapping[str, tuple[Relation, ...]]
    as_of: datetime | None = None
    """The instant of the refresh: which version of a row with history is valid now."""
    limits: Mapping[str, Limit] = field(default_factory=dict)
    left_out: LeftOut = field(default_factory=LeftOut)
    """Rows that enter no figure."""
    people: Mapping[str, Mapping[str, Relation]] = field(default_factory=dict)
    """Where the columns of a fact are that an identity resolves."""
    complete: "Facts | None" = None
    """All rows, where these are fewer: what references lead to."""

    def narrowed(
        self, relations: Mapping[str, tuple[Relation, ...]], limits: Mapping[str, Limit] | None = None
    ) -> "Facts":
        """Give the same with fewer rows of some facts; references still lead to all of theirs."""
        relations = {**self.relations, **relations}
        return replace(self, relations=relations, limits=limits or {}, complete=self.complete or self)

    def scan(self, fact: str, columns: Sequence[str], alias: str) -> exp.Expr:
        """Give the live rows of a fact with (at least) these columns and `_batch`."""
        if resolved(self.catalog.facts[fact], columns):
            return self._beside(fact, columns, alias)
        types: dict[str, ValueType] = {
            name: value_type(self.catalog.facts[fact].columns[name].type) for name in columns
        }
        relations = self.relations.get(fact, ())
        limit = self.limits.get(fact)
        if limit is None or limit.column not in types:
            return self.engine.scan(relations, {**types, BATCH: "text"}, alias)
        rows = self.engine.scan(relations, {**types, BATCH: "text"}, _ALL)
        kind = "date" if types[limit.column] == "date" else "timestamptz"
        within = between(exp.column(limit.column, table=_ALL, quoted=True), limit.since, limit.until, kind)
        return exp.select(exp.Star()).from_(rows, copy=False).where(*within, copy=False).subquery(alias)

    def _beside(self, fact: str, columns: Sequence[str], alias: str) -> exp.Expr:
        """Give the rows with the columns that identities resolve, joined one to one."""
        known = self.catalog.facts[fact]
        wanted = [*dict.fromkeys(columns)]
        own = sorted({*columns, known.key[0]} - set(resolved(known, columns)))
        rows = self.scan(fact, own, rows_alias())
        query = beside(self.engine.scan, rows, known, [*wanted, BATCH], self.people.get(fact, {}))
        return query.subquery(alias, copy=False)

    def resolved_by(self, fact: str, columns: Collection[str]) -> list[str]:
        """Name what decides the resolved ones among the columns of a fact: where its people are."""
        here = self.people.get(fact, {})
        return sorted({here[name].key for name in columns if name in here})

    def counted(self, fact: str, columns: Sequence[str], alias: str, purpose: str | None) -> exp.Expr:
        """Give the rows of a fact that enter the figures of a purpose, as `scan` does."""
        if not self.left_out.has(fact):
            return self.scan(fact, columns, alias)
        rows = self.scan(fact, sorted({*columns, *self.catalog.facts[fact].key}), _COUNTED)
        not_here = exp.Not(this=self.leaves_out(fact, purpose, _COUNTED))
        return exp.select(exp.Star()).from_(rows, copy=False).where(not_here, copy=False).subquery(alias)

    def leaves_out(self, fact: str, purpose: str | None, alias: str) -> exp.Expr:
        """Give the condition that a row under `alias` does not enter the figures of a purpose."""
        found = self.catalog.facts[fact]
        types = {name: value_type(found.columns[name].type) for name in found.key}
        return self.left_out.holds(self.engine, found, types, purpose, alias)

    def with_all(self) -> "Facts":
        """Give the same with every row counted."""
        return replace(self, left_out=LeftOut())

    def counting(self, reasons: Collection[str]) -> "Facts":
        """Give the same, with the rows counted that are left out for these reasons alone."""
        return replace(self, left_out=replace(self.left_out, counted=frozenset(reasons)))


def value_type(column_type: str) -> ValueType:
    """Give how a column's values are stored."""
    return "text" if column_type == "unit" else column_type  # type: ignore[return-value]  # the other names are equal


def split(used: Sequence[str]) -> tuple[list[str], dict[str, set[str]]]:
    """Part `column` from `reference.column`: give the fact's own columns, and the columns behind each reference."""
    references: dict[str, set[str]] = {}
    own: set[str] = set()
    for path in used:
        reference, _, last = path.rpartition(".")
        if reference:
            references.setdefault(reference, set()).add(last)
        own.add(reference or last)
    return sorted(own), references
