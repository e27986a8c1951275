"""The records of an identity, staged: standardised, numbered by key, with what the last refresh knew of each."""

from collections.abc import Mapping, Sequence
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
from leadline.ingest.identity.pairs import FRESH, KEY, NUMBER, RECORDS
from leadline.ingest.identity.standard import column, fingerprint, standardised
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.staging import Staging

FREQUENCIES = "identity_frequencies"
HASH, SEEN, OWN = "hash", "seen", "own"
_RAW, _STANDARD, FORMER = "raw", "standard", "former"
PEOPLE: Mapping[str, ValueType] = {KEY: "text", HASH: "text", SEEN: "integer", OWN: "text"}
"""The columns of the relation of people, besides those that the fact gains."""


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one identity: what is declared of them, and where they are."""

    catalog: Catalog
    engine: Engine
    identity: Identity
    relations: Sequence[Relation]


def stage(
    staging: Staging, records: Records, former: Relation | None, *, anew: bool, only: Sequence[str] = ()
) -> int:
    """Stage the records as they are (table `records`) and as they were known (table `former`); give their number.

    A record is fresh that is new, or whose values changed; with `anew` every record is. `only` names keys.
    """
    identity, engine = records.identity, records.engine
    for table in (_RAW, _STANDARD, FORMER, RECORDS):
        staging.drop(table)
    staging.load(_RAW, engine.stream(_written(records, only)))
    values = [
        standardised(value, exp.column(column(name), quoted=True)).as_(column(name), quoted=True)
        for name, value in identity.values.items()
    ]
    staging.create(_STANDARD, exp.select(exp.column(KEY), *values).from_(_RAW))
    staging.drop(_RAW)
    known: dict[str, ValueType] = {**PEOPLE, **dict.fromkeys(identity.columns, "text")}
    rows = engine.scan([former] if former else [], known, "f")
    staging.load(FORMER, engine.stream(exp.select(*(exp.column(n, quoted=True) for n in known)).from_(rows)))
    number = staging.create(RECORDS, _numbered(identity, anew=anew))
    staging.drop(_STANDARD)
    return number


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
    text = as_type(exp.column(key, table="f", quoted=True), "text")
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
    hashed = exp.select("*", exp.alias_(fingerprint(identity), "hash_now")).from_(_STANDARD)
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
