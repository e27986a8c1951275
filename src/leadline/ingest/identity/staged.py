"""The records of an identity, staged: standardised, numbered by key, with what the last refresh knew of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions.identity import Identity
from leadline.ingest import conversions as c
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.derived import row_expression
from leadline.ingest.identity import pairs
from leadline.ingest.identity.model import Model
from leadline.ingest.identity.pairs import EVERYONE, FRESH, KEY, NUMBER, RECORDS
from leadline.ingest.identity.standard import column, fingerprint, standardised
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.staging import Staging

FREQUENCIES = "identity_frequencies"
HASH, SEEN, OWN = "hash", "seen", "own"
_RAW, STANDARD, FORMER = "raw", "standard", "former"
KEPT, NEW = "kept", "new_pairs"
"""Pairs that the last state knows, and pairs with a record that is new, by keys: `a`, `b`, `bits`."""
WHOLE, LINKS, WENT = "whole", "links", "went"
"""What hangs together by links of any level, guarded or not, is named by one of its records; and of how many links a
record is the lesser one."""
PEOPLE: Mapping[str, ValueType] = {KEY: "text", HASH: "text", SEEN: "integer", OWN: "text"}
"""What is known of each record besides its values."""


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one identity: what is declared of them, and where they are."""

    catalog: Catalog
    engine: Engine
    identity: Identity
    relations: Sequence[Relation]

    def key_type(self) -> ValueType:
        """Give the type of the fact's key at rest."""
        fact = self.catalog.facts[self.identity.of]
        return kind_at_rest(fact.columns[fact.key[0]].type)

    def key_as_text(self) -> exp.Expr:
        """Give the fact's key, of rows named `f`, as the text that a record is known by."""
        key = self.catalog.facts[self.identity.of].key[0]
        return as_type(exp.column(key, table="f", quoted=True), "text")


@dataclass(frozen=True, slots=True)
class Former:
    """Where the parts of the last state are; `layers` has what is known of each record, the last word last."""

    people: Relation
    layers: Sequence[Relation]
    pairs: Relation
    review: Relation
    log: Relation
    heirs: Relation


def kept_types(identity: Identity) -> dict[str, ValueType]:
    """Give the columns of what is known of each record from one refresh to the next; `went`: it is known no longer."""
    values: dict[str, ValueType] = {
        column(name): "date" if value.as_ == "date" else "text" for name, value in identity.values.items()
    }
    return {**PEOPLE, WHOLE: "text", LINKS: "integer", **values, WENT: "boolean"}


def remembered(
    engine: Engine, identity: Identity, layers: Sequence[Relation], names: Collection[str]
) -> exp.Query:
    """Select what is known of each record, with these columns: of several layers, what the last one says of it."""
    types = {name: kind for name, kind in kept_types(identity).items() if name in {*names, KEY}}

    def chosen(alias: str) -> list[exp.Expr]:
        return [exp.column(name, table=alias, quoted=True) for name in names]

    first = exp.select(*chosen("f")).from_(engine.scan(layers[:1], types, "f"))
    if not layers[1:]:
        return first
    later: exp.Query | None = None
    for nth, layer in enumerate(layers[1:]):
        one = exp.select(*(exp.column(n, table="y", quoted=True) for n in {**types, WENT: "boolean"}))
        one = one.select(exp.alias_(c.number(nth), "nth")).from_(
            engine.scan([layer], {**types, WENT: "boolean"}, "y")
        )
        later = exp.union(later, one, distinct=False) if later is not None else one
    assert later is not None  # noqa: S101 - there is a later layer
    order = exp.Order(expressions=[exp.Ordered(this=exp.column("nth"), desc=True)])
    place = exp.Window(
        this=exp.func("row_number"), partition_by=[exp.column(KEY, table="z", quoted=True)], order=order
    )
    last = exp.select("z.*", exp.alias_(place, "place")).from_(later.subquery("z")).subquery("d")
    there = exp.Not(this=exp.column(WENT, table="d", quoted=True))
    newest = exp.EQ(this=exp.column("place", table="d"), expression=c.number(1))
    said = exp.select(c.number(1)).from_(engine.scan(layers[1:], {KEY: "text"}, "x"))
    said = said.where(
        exp.EQ(
            this=exp.column(KEY, table="x", quoted=True), expression=exp.column(KEY, table="f", quoted=True)
        )
    )
    return exp.union(
        first.where(exp.Not(this=exp.Exists(this=said))),
        exp.select(*chosen("d")).from_(last).where(newest, there),
        distinct=False,
    )


def _known(engine: Engine, identity: Identity, former: Former | None) -> exp.Query:
    """Select what the last state says of each record: since when it is known, and its ids."""
    types: dict[str, ValueType] = {**PEOPLE, **dict.fromkeys(identity.columns, "text")}
    columns = [exp.column(n, quoted=True) for n in types]
    if former is None or not former.layers:  # of a state that an older Leadline made
        return exp.select(*columns).from_(engine.scan([former.people] if former else [], types, "f"))
    ids: dict[str, ValueType] = {KEY: "text", **dict.fromkeys(identity.columns, "text")}
    values = remembered(engine, identity, former.layers, list(PEOPLE)).subquery("m")
    same = exp.EQ(
        this=exp.column(KEY, table="m", quoted=True), expression=exp.column(KEY, table="p", quoted=True)
    )
    chosen = [exp.column(n, table="m" if n in PEOPLE else "p", quoted=True) for n in types]
    return exp.select(*chosen).from_(values).join(engine.scan([former.people], ids, "p"), on=same)


def stage(
    staging: Staging, records: Records, former: Former | None, *, anew: bool, only: Sequence[str] = ()
) -> int:
    """Stage the records as they are (table `records`) and as they were known (table `former`); give their number.

    A record is fresh that is new, or whose values changed; with `anew` every record is. `only` names keys.
    """
    identity, engine = records.identity, records.engine
    for table in (FORMER, RECORDS):
        staging.drop(table)
    standard(staging, records, only)
    staging.load(FORMER, engine.stream(_known(engine, identity, former)))
    number = staging.create(RECORDS, _numbered(identity, anew=anew))
    staging.drop(STANDARD)
    return number


def standard(staging: Staging, records: Records, only: Sequence[str]) -> None:
    """Stage the standardised values of records, as table `standard`."""
    for table in (_RAW, STANDARD):
        staging.drop(table)
    staging.load(_RAW, records.engine.stream(_written(records, only)))
    values = [
        standardised(value, exp.column(column(name), quoted=True)).as_(column(name), quoted=True)
        for name, value in records.identity.values.items()
    ]
    staging.create(STANDARD, exp.select(exp.column(KEY), *values).from_(_RAW))
    staging.drop(_RAW)


def numbered(identity: Identity, keys: exp.Query, former: str | None = None) -> exp.Select:
    """Give the records of table `everyone` that have these keys, numbered by key from 0; `former` is the table that
    says since when they are known."""
    order = exp.Window(this=exp.func("row_number"), order=exp.Order(expressions=[exp.column(KEY, table="e")]))
    values = [exp.column(column(name), table="e", quoted=True) for name in identity.values]
    number = exp.alias_(exp.Sub(this=order, expression=c.number(1)), NUMBER)
    every = exp.select(number, exp.column(KEY, table="e"), *values, exp.column(FRESH, table="e"))
    every = every.from_(exp.table_(EVERYONE, alias="e"))
    every = every.where(exp.In(this=exp.column(KEY, table="e"), query=keys.subquery()))
    if former is None:
        return every
    same = exp.EQ(this=exp.column(KEY, table="e"), expression=exp.column(KEY, table="f"))
    every = every.select(exp.alias_(fingerprint(identity, "e"), HASH), "f.seen", "f.own")
    return every.join(exp.table_(former, alias="f"), on=same, join_type="left")


def _written(records: Records, only: Sequence[str]) -> exp.Select:
    """The key and the values of each record, as the project's expressions give them; computed by the warehouse."""
    catalog, identity = records.catalog, records.identity
    fact = catalog.facts[identity.of]
    key = fact.key[0]
    expressions = {name: catalog.expression(identity, "values", name, "of") for name in identity.values}
    used = sorted({key, *(n for e in expressions.values() for n in e.columns)})
    types: dict[str, ValueType] = {name: kind_at_rest(fact.columns[name].type) for name in used}
    zone = catalog.project.time_zone
    chosen = [
        as_type(row_expression(e, zone), "text").as_(column(name), quoted=True)
        for name, e in expressions.items()
    ]
    text = records.key_as_text()
    query = exp.select(text.as_(KEY), *chosen).from_(records.engine.scan(records.relations, types, "f"))
    if only:
        query = query.where(exp.In(this=text.copy(), expressions=[c.text(key) for key in only]))
    return query.where(c.present(exp.column(key, table="f", quoted=True)))


def _numbered(identity: Identity, *, anew: bool) -> exp.Select:
    """Records by key from 0, each with its hash, when it was seen first and its own id where that is known."""
    one, old = "s", "f"
    values = [exp.column(column(name), table=one, quoted=True) for name in identity.values]
    mine = exp.column("hash_now", table=one)
    known = exp.column(HASH, table=old)
    order = exp.Window(this=exp.func("row_number"), order=exp.Order(expressions=[exp.column(KEY, table=one)]))
    fresh: exp.Expr = exp.true() if anew else exp.NullSafeNEQ(this=mine, expression=known)
    together = exp.EQ(this=exp.column(KEY, table=one), expression=exp.column(KEY, table=old))
    hashed = exp.select("*", exp.alias_(fingerprint(identity), "hash_now")).from_(STANDARD)
    return (
        exp.select(
            exp.alias_(exp.Sub(this=order, expression=c.number(1)), NUMBER), exp.column(KEY, table=one), *values,
            exp.alias_(mine, HASH), exp.alias_(fresh, FRESH),
            exp.column(SEEN, table=old), exp.column(OWN, table=old),
        )
        .from_(hashed.subquery(one))
        .join(exp.table_(FORMER, alias=old), on=together, join_type="left")
    )  # fmt: skip


def with_rarity(staging: Staging, engine: Engine, identity: Identity, model: Model) -> None:
    """Give each staged record how much it says, in bits, to agree in its values: as rare as when learned."""
    wanted = pairs.rare_values(identity)
    if not wanted:
        return
    relation = Relation("state", FREQUENCIES, model.frequencies)
    types: dict[str, ValueType] = {"of": "text", "value": "text", "share": "number"}
    staging.drop("frequencies")
    staging.load(
        "frequencies",
        engine.stream(exp.select("of", "value", "share").from_(engine.scan([relation], types, "q"))),
    )
    once = staging.read(exp.select("of", "share").from_("frequencies").where("value IS NULL"))
    shares = dict(zip(once.column(0).to_pylist(), once.column(1).to_pylist(), strict=True))
    query = exp.select("r.*").from_(exp.table_(RECORDS, alias="r"))
    for nth, values in enumerate(wanted):
        name, alias = pairs.rarity(values), f"q{nth}"
        rows = (
            exp.select("value", "share")
            .from_("frequencies")
            .where(exp.EQ(this=exp.column("of"), expression=c.text(name)))
        )
        on = exp.EQ(this=pairs.joined(values), expression=exp.column("value", table=alias))
        query = query.join(rows.subquery(alias), on=on, join_type="left")
        share = c.call("coalesce", exp.column("share", table=alias), pairs.double(shares.get(name) or 1.0))
        query = query.select(exp.alias_(exp.Neg(this=c.call("log2", share)), name, quoted=True))
    staging.create("weighed", query)
    staging.drop(RECORDS)
    staging.create(RECORDS, exp.select("*").from_("weighed"))
    staging.drop("weighed")
    staging.drop("frequencies")


def born(staging: Staging, identity: Identity, taken: Sequence[str], run: int) -> pa.Table:
    """Give every record in order: `record`, `hash`, `seen`, `own`; one seen for the first time gets its own id.

    An id that another record has inherited is `taken`: a record that comes back gets a new one.
    """
    plain = _hashed(identity, exp.column(KEY))
    again = _hashed(identity, exp.column(KEY), c.text(str(run)))
    if taken:
        listed = exp.In(this=plain.copy(), expressions=[c.text(own) for own in taken])
        plain = exp.Case(ifs=[exp.If(this=listed, true=again)], default=plain)
    own = c.call("coalesce", exp.column(OWN), plain)
    seen = as_type(c.call("coalesce", exp.column(SEEN), c.number(run)), "BIGINT", dialect="duckdb")
    query = exp.select(KEY, HASH, exp.alias_(seen, SEEN), exp.alias_(own, OWN)).from_(RECORDS)
    return staging.read(query.order_by(NUMBER))


def _hashed(identity: Identity, *parts: exp.Expr) -> exp.Expr:
    whole = c.call("concat_ws", c.text("\x1f"), c.text(identity.name), *parts)
    return c.call("substr", c.call("sha256", whole), c.number(1), c.number(16))
