"""One row per key, over all live files of a fact: the first file in order keeps the key, other rows of it are held.

Which file keeps a key depends on the files alone, never on the order in which they came: files stand in the order of
source and name, those that cannot be read anew before all others. When a file takes a key that a later file's batch
holds, that later file is *due*: it must be loaded anew, in the same transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from leadline.catalog.definitions import ColumnType, Fact
from leadline.ingest import conversions as c
from leadline.ingest.mapping import BETWEEN_PARTS, Plan
from leadline.ingest.reasons import Code
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.entries import Batch
from leadline.store.staging import Staging

MAPPED, CLASHES = "mapped", "clashes"
_TWICE, _HITS, _TAKEN = "twice", "hits", "taken"
_ALIKE = 8
_NO_OTHER = as_type(exp.null(), "VARCHAR").as_("_other")


@dataclass(frozen=True, slots=True)
class Holder:
    """A file whose rows may hold keys: its place in the order, its name, and the live batches of it."""

    ordinal: int
    file: str
    batches: tuple[Batch, ...] = ()


@dataclass(frozen=True, slots=True)
class Clashes:
    """How many rows of a file have a key that is taken, and the later files that are due because of the others."""

    held: int
    due: frozenset[int]


@dataclass(slots=True)
class Keys:
    """The keys that live rows of one fact hold, staged; `void` are the files whose old rows do not count any more."""

    staging: Staging
    engine: Engine
    fact: Fact
    holders: dict[int, Holder]
    void: set[int] = field(default_factory=set)
    _loaded: bool = False
    _old: list[str] = field(default_factory=list)
    _new: dict[str, int] = field(default_factory=dict)
    _made: int = 0

    def clashes(self, plan: Plan, ordinal: int) -> Clashes:
        """Find the rows of table `mapped` whose key is taken: table `clashes` (_line, _reasons, _other), if any."""
        if not self.fact.key:
            return Clashes(0, frozenset())
        self._load()
        names = [plan.fields[name] for name in self.fact.key]
        parts: list[exp.Query] = []
        due: frozenset[int] = frozenset()
        if (tables := [*self._old, *self._new]) and self.staging.create(
            _HITS, self._hits(names, tables, ordinal)
        ):
            if self.staging.create(_TAKEN, self._taken(ordinal)):
                parts.append(exp.select("*").from_(_TAKEN))
            due = self._due(ordinal)
        if self.staging.create(_TWICE, self._twice(names)):
            parts.append(self._doubles(names, taken=bool(parts)))
        held = self.staging.create(CLASHES, _union(parts)) if parts else 0
        for table in (_HITS, _TAKEN, _TWICE):
            self.staging.drop(table)
        return Clashes(held, due)

    def take(self, plan: Plan, ordinal: int, *, clashing: bool) -> None:
        """Remember the keys of the rows of the file at hand that are accepted."""
        if not self.fact.key:
            return
        columns = [exp.column(plan.fields[n], table="m").as_(f"k{i}") for i, n in enumerate(self.fact.key)]
        place = as_type(c.number(ordinal), "INTEGER", dialect="duckdb").as_("_ordinal")
        self._add(accepted([*columns, place, exp.column("_line", table="m")], clashing=clashing))

    def _add(self, query: exp.Query, size: int = 0) -> None:
        """Stage keys as a table of a size; a handful of one size become one of the next, so that few are searched."""
        name = self._name()
        self.staging.create(name, query)
        self._new[name] = size
        alike = [table for table, its in self._new.items() if its == size]
        if len(alike) >= _ALIKE:
            self._add(_union([exp.select("*").from_(table) for table in alike]), size + 1)
            for table in alike:
                self.staging.drop(table)
                del self._new[table]

    def forget(self, ordinal: int) -> None:
        """Let the old rows of a file hold their keys no longer."""
        self.void.add(ordinal)

    def close(self) -> None:
        """Drop the staged keys."""
        for table in (*self._old, *self._new):
            self.staging.drop(table)

    def _name(self) -> str:
        self._made += 1
        return f"keys_{self.fact.name}_{self._made}"

    def _load(self) -> None:
        """Stage the keys of all live batches, once."""
        if self._loaded:
            return
        self._loaded = True
        placed = [
            (b.id, holder.ordinal)
            for holder in self.holders.values()
            for b in holder.batches
            if b.rows_accepted
        ]
        if not placed:
            return
        types: dict[str, ValueType] = {"_batch": "text", "_line": "integer"}
        for name in self.fact.key:
            types[name] = kind_at_rest(self.fact.columns[name].type)
        relations = [Relation("fact", self.fact.name, batch) for batch, _ in placed]
        columns = [exp.column(name, table="k").as_(f"k{i}") for i, name in enumerate(self.fact.key)]
        places = exp.values(placed, "p", ["batch", "ordinal"])
        query = (
            exp.select(
                *columns, exp.column("ordinal", table="p").as_("_ordinal"), exp.column("_line", table="k")
            )
            .from_(self.engine.scan(relations, types, "k"))
            .join(places, on=_same([("k", "_batch", "p", "batch")]))
        )
        self._old = [self._name()]
        self.staging.load(self._old[0], self.engine.stream(query))

    def _twice(self, names: Sequence[str]) -> exp.Select:
        """Keys that stand in the file more than once, with the first line of each."""
        return (
            exp.select(*names, exp.Min(this=exp.column("_line")).as_("_first"))
            .from_(MAPPED)
            .where(sound())
            .group_by(*names)
            .having(exp.GT(this=exp.Count(this=exp.Star()), expression=c.number(1)))
        )

    def _doubles(self, names: Sequence[str], *, taken: bool) -> exp.Select:
        """Rows of the file whose key stands in an earlier line of it, and in no other file."""
        line, first = exp.column("_line", table="m"), exp.column("_first", table="t")
        query = (
            exp.select(
                line.copy(), _reason("duplicate", c.call("concat", c.text("line "), first)), _NO_OTHER.copy()
            )
            .from_(exp.to_table(MAPPED).as_("m"))
            .join(exp.to_table(_TWICE).as_("t"), on=_same(("m", n, "t", n) for n in names))
            .where(sound("m"), exp.GT(this=line, expression=first.copy()))
        )
        return _without(query, _TAKEN) if taken else query

    def _hits(self, names: Sequence[str], tables: Sequence[str], ordinal: int) -> exp.Query:
        """Rows of the file whose key a live row of another file has."""
        void = [exp.convert(o) for o in sorted({*self.void, ordinal})]
        parts: list[exp.Query] = []
        for table in tables:
            query = (
                exp.select(*(exp.column(n, table=t) for n, t in (("_line", "m"), ("_ordinal", "k"))))
                .select(exp.column("_line", table="k").as_("_there"))
                .from_(exp.to_table(MAPPED).as_("m"))
                .join(
                    exp.to_table(table).as_("k"),
                    on=_same(("m", n, "k", f"k{i}") for i, n in enumerate(names)),
                )
                .where(sound("m"))
            )
            if table in self._old:
                old = exp.In(this=exp.column("_ordinal", table="k"), expressions=[v.copy() for v in void])
                query = query.where(exp.Not(this=old))
            parts.append(query)
        return _union(parts)

    def _taken(self, ordinal: int) -> exp.Select:
        """Rows whose key an earlier file holds, with the reason that names it."""
        earlier = [h for h in self.holders.values() if h.ordinal < ordinal]
        rows = [(h.ordinal, h.file, h.batches[0].id if h.batches else "") for h in earlier]
        files = exp.values(rows or [(ordinal, "", "")], "f", ["ordinal", "file", "batch"])
        there = exp.func("arg_min", exp.column("_there"), exp.column("_ordinal"), dialect="duckdb")
        first = (
            exp.select("_line", exp.Min(this=exp.column("_ordinal")).as_("_ordinal"), there.as_("_there"))
            .from_(_HITS)
            .where(exp.LT(this=exp.column("_ordinal"), expression=exp.convert(ordinal)))
            .group_by("_line")
        )
        shown = c.call("concat", c.text("line "), exp.column("_there"), c.text(" of "), exp.column("file"))
        return (
            exp.select("_line", _reason("already-loaded", shown), exp.column("batch").as_("_other"))
            .from_(first.subquery("h"))
            .join(files, on=_same([("h", "_ordinal", "f", "ordinal")]))
        )

    def _due(self, ordinal: int) -> frozenset[int]:
        """Later files that hold a key of a row that is accepted now."""
        query = (
            exp.select("_ordinal")
            .distinct()
            .from_(exp.to_table(_HITS).as_("m"))
            .where(exp.GT(this=exp.column("_ordinal"), expression=exp.convert(ordinal)))
        )
        return frozenset(self.staging.read(_without(query, _TAKEN)).column(0).to_pylist())


def kind_at_rest(column: ColumnType) -> ValueType:
    """Give the type by which a fact's column is kept: a unit is written as text."""
    return "text" if column == "unit" else column


def accepted(columns: Sequence[exp.Expr], *, clashing: bool) -> exp.Select:
    """Select from the rows of table `mapped` (as `m`) that nothing stands against."""
    query = (
        exp.select(*columns, copy=False).from_(exp.to_table(MAPPED).as_("m"), copy=False).where(sound("m"))
    )
    return _without(query, CLASHES) if clashing else query


def sound(table: str | None = None) -> exp.EQ:
    """Tell whether the mapping found nothing against a row."""
    return exp.EQ(this=exp.column("_reasons", table=table), expression=c.text(""))


def _without(query: exp.Select, table: str) -> exp.Select:
    """Leave out the rows of `m` whose line stands in a table."""
    condition = _same([("m", "_line", table, "_line")])
    return query.join(exp.to_table(table), on=condition, join_type="anti")


def _reason(code: Code, shown: exp.Expr) -> exp.Expr:
    parts = [c.text(code), c.text(""), shown]
    return c.call("concat_ws", c.text(BETWEEN_PARTS), *parts).as_("_reasons")


def _same(pairs: Iterable[tuple[str, str, str, str]]) -> exp.Expr:
    return c.all_of(
        *(exp.EQ(this=exp.column(a, table=t), expression=exp.column(b, table=u)) for t, a, u, b in pairs)
    )


def _union(parts: Sequence[exp.Query]) -> exp.Query:
    query = parts[0]
    for part in parts[1:]:
        query = exp.union(query, part, distinct=False, copy=False)
    return query
