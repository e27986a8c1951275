"""Derived facts: one row per key of another fact, every column an aggregate, kept at rest like loaded rows.

A derived relation is named by the hash of its meaning and of all it was made from, so it is made once and never wrong.
Like every aggregate, `first(x, by)` passes over nulls: it is the x of the row with the least `by` among those that have
both; rows that are equal there stand in the order of their files and lines. Rows without a key are left out.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Fact
from leadline.catalog.definitions.history import Versions
from leadline.catalog.expressions import Expression
from leadline.catalog.graph import downstream
from leadline.catalog.once_per_row import once_per_row
from leadline.catalog.resolved import beside, resolved, rows_alias
from leadline.catalog.wall_clock import WallClock
from leadline.ingest import conversions as c
from leadline.ingest import members as membership
from leadline.ingest import versions
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.spreading import LASTING
from leadline.ingest.stitching import ROW
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.entries import Batch

DERIVING = 1
"""Counts changes in how Leadline derives: relations made under another number are made anew."""

_ROW = "f"
ENDED = "_says_ended"
"""Under this name stands what tells the last word of an entity in a log."""
_MEMBER = "m"
_SQL: Mapping[ValueType, str] = {
    "text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "instant": "TIMESTAMPTZ",
}  # fmt: skip


People = Mapping[str, Mapping[str, Relation]]
"""Where the columns of a fact are that an identity resolves, by fact and column."""


def derive(
    catalog: Catalog, engine: Engine, live: Sequence[Batch], people: People | None = None
) -> dict[str, str]:
    """Make every derived fact that is not made yet; give the relation key of each by fact.

    Facts whose parent has no rows have a relation too: an empty one; those of the shipped model that nothing reads have
    none. What was made for other batches stays until the
    store sweeps it.

    Raises:
        StoreError: the warehouse refuses, for example because a sum does not fit into 64 bits.
    """
    derivation = _Derivation(catalog, engine, live, people or {})
    for name in sorted(catalog.facts):
        if catalog.facts[name].from_ and _is_read(catalog, name):
            derivation.relations(name)
    return derivation.made


def _is_read(catalog: Catalog, name: str) -> bool:
    """Tell whether a derived fact is the project's own, or one of the shipped model that something reads."""
    shipped = all(document.shipped for document in catalog.documents_of["fact", name])
    return not shipped or bool(downstream(catalog, catalog.facts[name]))


def going_into(
    catalog: Catalog,
    engine: Engine,
    relations: Mapping[str, Sequence[Relation]],
    people: People,
    fact: Fact,
) -> exp.Query:
    """Say into which row of a derived fact each of its parent's rows goes.

    Columns: `_into0` …, the key of the derived row (of a fact of versions, its entity alone), and `_from0` …, the key
    of the parent's row. `relations` are where the rows of all facts are, derived ones included.
    """
    return _Derivation(catalog, engine, (), people, at_rest=relations).going_into(fact)


@dataclass(slots=True)
class _Derivation:
    """What is made so far. Facts cannot go in circles: the catalog refuses them."""

    catalog: Catalog
    engine: Engine
    live: Sequence[Batch]
    people: People = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    at_rest: Mapping[str, Sequence[Relation]] | None = None
    """Where the rows of all facts are, once every one is made."""

    def relations(self, name: str) -> list[Relation]:
        """Give the relations that hold a fact's rows, deriving it first if need be."""
        if self.at_rest is not None:
            return list(self.at_rest.get(name, ()))
        fact = self.catalog.facts[name]
        if not fact.from_:
            return [Relation("fact", name, b.id) for b in self._batches(name)]
        if name not in self.made:
            self.made[name] = self._derive(fact)
        return [Relation("fact", name, self.made[name])]

    def _batches(self, name: str) -> list[Batch]:
        mine = [b for b in self.live if b.fact == name and b.rows_accepted]
        return sorted(mine, key=lambda b: (b.source, b.file, b.replays or "", b.id))

    def _derive(self, fact: Fact) -> str:
        expressions = dict(self._expressions(fact))
        used = {fact.from_ or "", *self._referenced(fact, expressions.values())}
        inputs = {name: [r.key for r in self.relations(name)] for name in sorted(used)}
        meaning = self.catalog.fingerprint(fact).meaning
        named = {column.rpartition(".")[2] for e in expressions.values() for column in e.columns} | set(
            fact.key
        )
        persons = sorted({r.key for n in used for c, r in self.people.get(n, {}).items() if c in named})
        said = json.dumps(
            [DERIVING, meaning, self.catalog.project.time_zone, inputs, *([persons] if persons else ())]
        )
        key = hashlib.sha256(said.encode()).hexdigest()[:32]
        relation = Relation("fact", fact.name, key)
        if self.engine.exists(relation):
            return key
        if fact.versions is not None:
            self.engine.derive(relation, self._versions(fact, fact.versions, expressions))
            return key
        if not membership.has_members(fact):
            self.engine.derive(relation, self._query(fact, expressions))
            return key
        members = Relation("fact", fact.name, hashlib.sha256(f"members {said}".encode()).hexdigest()[:32])
        self._enrol(fact, expressions, members)
        self.engine.derive(relation, self._query(fact, expressions, members))
        self.engine.drop(members)
        return key

    def _enrol(self, fact: Fact, expressions: Mapping[str, Expression], members: Relation) -> None:
        """Write what each of the parent's rows is a member of: its chain, or the intervals it touched."""
        if self.engine.exists(members):  # a killed run wrote it: it is named by what it was made from
            return
        parent = self.catalog.facts[fact.from_ or ""]
        names = membership.read(fact, parent)
        deciding = {n: expressions[n] for n in ("", *membership.computed(fact)) if n in expressions}
        rows = self._unplaced(fact, deciding.values(), names)
        query = exp.select(
            *(exp.column(n, table=_ROW, quoted=True).as_(shown, quoted=True) for n, shown in names.items()),
            *(self._grafted(e, fact).as_(n, quoted=True) for n, e in deciding.items() if n),
        ).from_(rows)
        query = self._joined(query, fact, deciding.values())
        if "" in deciding:
            query = query.where(self._grafted(deciding[""], fact))
        read = self.engine.read(once_per_row(query, WallClock.of_project(self.catalog)))
        self.engine.write(members, membership.found(fact, parent, read))

    def _expressions(self, fact: Fact) -> Iterator[tuple[str, Expression]]:
        """Give what makes each column, and under the empty name the condition on rows."""
        if fact.where is not None:
            yield "", self.catalog.expression(fact, "where")
        if fact.versions and fact.versions.ended is not None:
            yield ENDED, self.catalog.expression(fact, "versions", "ended")
        if fact.spread is not None:
            yield LASTING, self.catalog.expression(fact, "spread", "lasting")
        for name, column in fact.columns.items():
            if column.as_ is not None:
                yield name, self.catalog.expression(fact, "columns", name, "as")

    def _versions(self, fact: Fact, wanted: Versions, expressions: Mapping[str, Expression]) -> exp.Query:
        """Compile a fact of versions: the snapshots' or the log's rows that count, and the instants there are."""
        parent = self.catalog.facts[fact.from_ or ""]
        names = list(dict.fromkeys((fact.entity or "", wanted.instant, *wanted.columns)))
        rows = exp.select(*(exp.column(n, table=_ROW, quoted=True) for n in names))
        if ENDED in expressions:
            rows = rows.select(exp.alias_(self._grafted(expressions[ENDED], fact), ENDED, quoted=True))
        rows = self._joined(
            rows.from_(self._rows(fact, expressions.values(), names)), fact, expressions.values()
        )
        known = [c.present(exp.column(n, table=_ROW, quoted=True)) for n in names[:2]]
        kept = [self._grafted(expressions[""], fact)] if "" in expressions else []
        chosen = once_per_row(rows.where(*known, *kept), WallClock.of_project(self.catalog))
        at: dict[str, ValueType] = {wanted.instant: kind_at_rest(parent.columns[wanted.instant].type)}
        every = self.engine.scan(self.relations(parent.name), at, "e")
        ended = exp.column(ENDED, table="r", quoted=True) if ENDED in expressions else None
        return versions.query(fact, wanted, chosen.subquery("r"), every, ended)

    def _referenced(self, fact: Fact, expressions: Collection[Expression]) -> Iterator[str]:
        """Give the facts behind the references that expressions read through."""
        parent = self.catalog.facts[fact.from_ or ""]
        for reference in _references(expressions):
            yield parent.columns[reference].references or ""

    def _query(
        self, fact: Fact, expressions: Mapping[str, Expression], members: Relation | None = None
    ) -> exp.Query:
        """Compile a derived fact; `members` says what a row is a member of, if rows are stitched or spread."""
        keys = [self._keyed(fact, name) for name in fact.key]
        told = membership.told(fact)
        columns: list[exp.Expr] = []
        for name, column in fact.columns.items():
            if name in fact.key:
                tree: exp.Expr = keys[fact.key.index(name)]
            elif name in told:
                tree = exp.Max(this=exp.column(name, table=_MEMBER, quoted=True))
            else:
                tree = self._grafted(expressions[name], fact)
            kind = _SQL[kind_at_rest(column.type)]
            columns.append(as_type(tree.copy(), kind, dialect="duckdb").as_(name, quoted=True))
        query = exp.select(*columns).from_(self._rows(fact, expressions.values()))
        query = self._joined(query, fact, expressions.values())
        if members is not None:
            query = self._with_members(query, fact, members)
        elif "" in expressions:
            query = query.where(self._grafted(expressions[""], fact))
        query = query.where(*(c.present(key) for key in keys)).group_by(*(key.copy() for key in keys))
        return once_per_row(query, WallClock.of_project(self.catalog))

    def _keyed(self, fact: Fact, name: str) -> exp.Column:
        """Give a column of a derived fact's key: the parent's own, or what the row is a member of."""
        if name in self.catalog.facts[fact.from_ or ""].columns:
            return exp.column(name, table=_ROW, quoted=True)
        return exp.column(membership.column(fact), table=_MEMBER)

    def _with_members(self, query: exp.Select, fact: Fact, members: Relation) -> exp.Select:
        """Join what each row is a member of; rows that `where` leaves out are members of nothing."""
        parent = self.catalog.facts[fact.from_ or ""]
        same = exp.EQ(
            this=exp.column(parent.key[0], table=_ROW, quoted=True), expression=exp.column(ROW, table=_MEMBER)
        )
        return query.join(self.engine.scan([members], membership.types(fact, parent), _MEMBER), on=same)

    def going_into(self, fact: Fact) -> exp.Query:
        """See the function of this name."""
        parent = self.catalog.facts[fact.from_ or ""]
        expressions = dict(self._expressions(fact))
        condition = {"": expressions[""]} if "" in expressions and not membership.has_members(fact) else {}
        into = [self._keyed(fact, name) for name in fact.key]
        also = {*parent.key, *fact.key} & parent.columns.keys()
        if fact.versions is not None:
            into = [exp.column(fact.entity or "", table=_ROW, quoted=True)]
            also |= {fact.entity or ""}
        of = [exp.column(name, table=_ROW, quoted=True) for name in parent.key]
        query = exp.select(
            *(exp.alias_(one, f"_into{nth}", quoted=True) for nth, one in enumerate(into)),
            *(exp.alias_(one, f"_from{nth}", quoted=True) for nth, one in enumerate(of)),
        ).from_(self._unplaced(fact, condition.values(), also))
        query = self._joined(query, fact, condition.values())
        if membership.has_members(fact):
            said = json.dumps(
                [fact.name, [[r.key for r in self.relations(n)] for n in (parent.name, fact.name)]]
            )
            members = Relation("fact", fact.name, hashlib.sha256(f"into {said}".encode()).hexdigest()[:32])
            self._enrol(fact, expressions, members)
            query = self._with_members(query, fact, members)
        if condition:
            query = query.where(self._grafted(condition[""], fact))
        return once_per_row(query, WallClock.of_project(self.catalog))

    def _unplaced(self, fact: Fact, expressions: Collection[Expression], also: Collection[str]) -> exp.Expr:
        """The parent's rows with the columns needed, in no order."""
        parent = self.catalog.facts[fact.from_ or ""]
        names = {column.partition(".")[0] for e in expressions for column in e.columns} | set(also)
        types: dict[str, ValueType] = {n: kind_at_rest(parent.columns[n].type) for n in sorted(names)}
        return self._scan(parent, types, _ROW)

    def _rows(self, fact: Fact, expressions: Collection[Expression], also: Collection[str] = ()) -> exp.Expr:
        """The parent's rows with the columns needed, and `_place`, which orders files."""
        parent = self.catalog.facts[fact.from_ or ""]
        names = {column.partition(".")[0] for e in expressions for column in e.columns} | set(also)
        names |= set(fact.key) & parent.columns.keys()
        names |= set(parent.key) if membership.has_members(fact) else set()
        names |= set(parent.key) if parent.from_ else set()
        types: dict[str, ValueType] = {n: kind_at_rest(parent.columns[n].type) for n in sorted(names)}
        if parent.from_:
            return self.engine.scan(self.relations(parent.name), types, _ROW)
        batches = self._batches(parent.name)
        scanned = self._scan(parent, {**types, "_batch": "text", "_line": "integer"}, "rows")
        places = exp.values(
            [(b.id, n) for n, b in enumerate(batches)] or [("", 0)], "places", ["batch", "place"]
        )
        same = exp.EQ(this=exp.column("_batch", table="rows"), expression=exp.column("batch", table="places"))
        every = exp.Column(this=exp.Star(), table=exp.to_identifier("rows"))
        return (
            exp.select(every, exp.column("place", table="places").as_("_place"))
            .from_(scanned)
            .join(places, on=same)
            .subquery(_ROW)
        )

    def _joined(self, query: exp.Select, fact: Fact, expressions: Collection[Expression]) -> exp.Select:
        """Join the facts behind references; a reference that names no row gives nulls."""
        parent = self.catalog.facts[fact.from_ or ""]
        read = {column for e in expressions for column in e.columns if "." in column}
        for reference in _references(expressions):
            other = self.catalog.facts[parent.columns[reference].references or ""]
            names = {other.key[0], *(n.partition(".")[2] for n in read if n.partition(".")[0] == reference)}
            types: dict[str, ValueType] = {n: kind_at_rest(other.columns[n].type) for n in sorted(names)}
            rows = self._scan(other, types, _behind(reference))
            same = exp.EQ(
                this=exp.column(reference, table=_ROW, quoted=True),
                expression=exp.column(other.key[0], table=_behind(reference), quoted=True),
            )
            query = query.join(rows, on=same, join_type="left")
        return query

    def _scan(self, fact: Fact, types: Mapping[str, ValueType], alias: str) -> exp.Expr:
        """Give a fact's rows, with the columns that identities resolve where they are wanted."""
        beyond = resolved(fact, types)
        if not beyond:
            return self.engine.scan(self.relations(fact.name), types, alias)
        own = {name: kind for name, kind in types.items() if name not in beyond}
        own[fact.key[0]] = kind_at_rest(fact.columns[fact.key[0]].type)
        rows = self.engine.scan(self.relations(fact.name), own, rows_alias())
        return beside(self.engine.scan, rows, fact, list(types), self.people.get(fact.name, {})).subquery(
            alias
        )

    def _grafted(self, expression: Expression, fact: Fact) -> exp.Expr:
        """Give a copy of a checked tree that can stand in the query."""
        parent = self.catalog.facts[fact.from_ or ""]
        ties = parent.key if parent.from_ else ("_place", "_line")
        return _whole(expression, self.catalog.project.time_zone, ties)


def row_expression(expression: Expression, zone: str) -> exp.Expr:
    """Give a copy of a checked tree over a fact's own columns, to stand in a query over its rows, named `f`."""
    return _whole(expression, zone, ())


def _whole(expression: Expression, zone: str, ties: Sequence[str]) -> exp.Expr:
    whole = exp.paren(expression.tree)
    inside_out = [node for node in reversed(list(whole.walk(bfs=False))) if node is not whole]
    for node in inside_out:  # `transform` would not look into what it replaced
        replaced = _replaced(node, zone, ties)
        if replaced is not node:
            node.replace(replaced)
    return whole


def _replaced(node: exp.Expr, zone: str, ties: Sequence[str]) -> exp.Expr:
    match node:
        case exp.Column():
            return exp.column(node.name, table=_behind(node.table) if node.table else _ROW, quoted=True)
        case exp.Div() | exp.Mod():
            node.set("expression", exp.Nullif(this=node.expression.copy(), expression=c.number(0)))
            return node
        case exp.Anonymous() if node.name == "LOCAL":
            return c.in_zone(node.expressions[0], zone)
        case exp.Anonymous() if node.name in {"FIRST_BY", "LAST_BY"}:
            return _placed(node, ties)
        case exp.Ln() | exp.Log() | exp.Sqrt():
            number = node.expression if isinstance(node, exp.Log) else node.this
            least = exp.GTE if isinstance(node, exp.Sqrt) else exp.GT
            return c.when(least(this=exp.paren(number.copy()), expression=c.number(0)), node)
        case _:
            return node


def _placed(node: exp.Anonymous, ties: Sequence[str]) -> exp.Expr:
    """The value in the first or last row by an order, among the rows where it and its order are known."""
    value, by = node.expressions
    order = [by, *(exp.column(name, table=_ROW, quoted=True) for name in ties)]
    ordered = exp.Order(this=value.copy(), expressions=[exp.Ordered(this=part.copy()) for part in order])
    name = "first" if node.name == "FIRST_BY" else "last"
    known = c.all_of(c.present(exp.paren(value)), c.present(exp.paren(by)))
    return exp.Filter(this=c.call(name, ordered), expression=exp.Where(this=known))


def _references(expressions: Collection[Expression]) -> list[str]:
    return sorted({column.partition(".")[0] for e in expressions for column in e.columns if "." in column})


def _behind(reference: str) -> str:
    """Name the joined rows that a reference leads to."""
    return f"r_{reference}"
