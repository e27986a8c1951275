"""Only what new records can touch: whole components of links, staged as if there were no others.

Persons (and households, accounts) never reach beyond a component of links. So where few records came, changed or went,
the components that these are in, were in, or are linked to now are resolved anew, together with those that stand beside
them in doubt; all others stay as they are. What is staged is resolved by the same code as everything at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from leadline.catalog.definitions.identity import Certain, Identity
from leadline.ingest import conversions as c
from leadline.ingest.identity import pairs as p
from leadline.ingest.identity.decisions import Pair
from leadline.ingest.identity.grades import Sides, same
from leadline.ingest.identity.model import Model, least_bits
from leadline.ingest.identity.pairs import EVERYONE, FRESH, KEY, RECORDS
from leadline.ingest.identity.staged import (
    FORMER,
    KEPT,
    LINKS,
    NEW,
    PEOPLE,
    STANDARD,
    WHOLE,
    Former,
    Records,
    numbered,
    remembered,
    standard,
    with_rarity,
)
from leadline.ingest.identity.standard import column
from leadline.store.engine import Relation, ValueType
from leadline.store.staging import Staging

CORE, GONE, STALE = "core", "gone", "stale"
"""Tables of keys: of records that are touched, that went, and whose row is another one now or went."""
_KNOWN, _WENT, _FRESH = "everyone_known", "went_keys", "fresh_keys"
_SEEDS, _TOUCHED = "seeds", "touched_values"
_TABLES = (EVERYONE, CORE, GONE, STALE, _KNOWN, _WENT, _FRESH, _SEEDS, _TOUCHED, KEPT, NEW)


@dataclass(frozen=True, slots=True)
class Came:
    """What came and went since the last state: relations of rows, and pairs that were decided otherwise."""

    came: Sequence[Relation]
    went: Sequence[Relation]
    redecided: Collection[Pair]
    decided: Collection[Pair]
    """All decisions in force: what one is about may have come only now."""


@dataclass(frozen=True, slots=True)
class Few:
    """Stages what is touched since the last state."""

    staging: Staging
    records: Records
    former: Former
    key: str
    """What names what is written for a while."""
    model: Model | None

    @property
    def identity(self) -> Identity:
        """What is declared."""
        return self.records.identity

    def stage(self, came: Came, most: float) -> int | None:
        """Stage `records`, `former`, `kept` pairs and `new` ones; give the number of records that there are in all.

        None where more than `most` of the records came, changed or went: then everything is resolved at once.
        """
        for table in _TABLES:
            self.staging.drop(table)
        number = self._arrived(came, most)
        if number is None:
            return None
        self._paired()
        self._seeds(came)
        self._core()
        return number

    def _arrived(self, came: Came, most: float) -> int | None:
        """Stage everyone as known and as now, and whose row is stale: it changed, or went."""
        staging, identity, engine = self.staging, self.identity, self.records.engine
        standard(staging, Records(self.records.catalog, engine, identity, came.came), ())
        values = [column(v) for v in identity.values]
        query = remembered(engine, identity, self.former.layers, [KEY, WHOLE, *values])
        known = staging.load(_KNOWN, engine.stream(query))
        self._went(came.went)
        new, stale = self._fresh_keys(), staging.create(STALE, self._stale())
        gone = staging.create(GONE, exp.select(KEY).from_(STALE).where("gone"))
        touched, number = new + gone, known + new - stale
        if touched > most * max(known, 1):
            return None
        columns = _columns(values)
        stay = exp.select(KEY, *columns, WHOLE, exp.alias_(exp.false(), FRESH)).from_(_KNOWN)
        fresh = exp.select(KEY, *(v.copy() for v in columns), "NULL", exp.alias_(exp.true(), FRESH))
        fresh = fresh.from_(STANDARD).where(inside(KEY, _FRESH))
        staying = stay.where(exp.Not(this=inside(KEY, STALE))) if stale else stay
        staging.create(EVERYONE, exp.union(staying, fresh, distinct=False))
        return number

    def _fresh_keys(self) -> int:
        """Stage the keys of records that are new, or have other values than before; give their number."""
        query = exp.select("a.record").from_(exp.table_(STANDARD, alias="a"))
        query = query.join(exp.table_(_KNOWN, alias="k"), on="a.record = k.record", join_type="left")
        other = [
            exp.NullSafeNEQ(
                this=exp.column(column(v), table="a", quoted=True),
                expression=exp.column(column(v), table="k", quoted=True),
            )
            for v in self.identity.values
        ]
        return self.staging.create(_FRESH, query.where(exp.or_("k.record IS NULL", *other)))

    def _stale(self) -> exp.Query:
        """Select whose row is another one now, or went (`gone`)."""
        known = exp.table_(_KNOWN, alias="k")
        changed = exp.select("k.record", "FALSE AS gone").from_(known)
        changed = changed.join(exp.table_(_FRESH, alias="n"), on="n.record = k.record")
        went = exp.select("record", "TRUE AS gone").from_(_KNOWN)
        went = went.where(inside(KEY, _WENT), exp.Not(this=inside(KEY, STANDARD)))
        return exp.union(changed, went, distinct=False)

    def _went(self, went: Sequence[Relation]) -> None:
        """Stage the keys of rows that are no longer live."""
        engine, fact = self.records.engine, self.records.catalog.facts[self.identity.of]
        text = self.records.key_as_text()
        rows = engine.scan(went, {fact.key[0]: self.records.key_type()}, "f")
        self.staging.load(_WENT, engine.stream(exp.select(text.as_(KEY)).from_(rows).where(c.present(text))))

    def _paired(self) -> None:
        """Stage pairs: those that were known (`kept`), and likely ones of the records that are new (`new`)."""
        staging, engine, likely = self.staging, self.records.engine, self.identity.likely
        rows = engine.scan([self.former.pairs], {"a": "text", "b": "text", "bits": "number"}, "k")
        staging.load(KEPT, engine.stream(exp.select("a", "b", "bits").from_(rows)))
        if self.model is None or likely is None:
            staging.create(NEW, exp.select("a", "b", "bits").from_(KEPT).where("FALSE"))
            return
        fresh = exp.select("*").from_(EVERYONE).where(exp.column(FRESH))
        staging.drop("fresh_values")
        staging.create("fresh_values", fresh)
        every: exp.Query = exp.select(KEY).from_("fresh_values")
        for values in likely.pairs:
            agrees = (
                exp.select(c.number(1))
                .from_(exp.table_("fresh_values", alias="l"))
                .where(same(values, Sides()))
            )
            found = (
                exp.select("r.record").from_(exp.table_(EVERYONE, alias="r")).where(exp.Exists(this=agrees))
            )
            every = exp.union(every, found, distinct=True)
        staging.drop(RECORDS)
        staging.create(RECORDS, numbered(self.identity, every))
        staging.drop("fresh_values")
        with_rarity(staging, engine, self.identity, self.model)
        staging.drop("found_pairs")
        staging.load("found_pairs", p.likely(staging, self.identity, self.model).to_reader())
        query = exp.select("x.record AS a", "y.record AS b", "k.bits").from_(
            exp.table_("found_pairs", alias="k")
        )
        for side, name in (("x", "l"), ("y", "r")):
            query = query.join(exp.table_(RECORDS, alias=side), on=f"{side}.n = k.{name}")
        staging.create(NEW, query)
        staging.drop("found_pairs")

    def _seeds(self, came: Came) -> None:
        """Stage the records whose components are touched."""
        staging, likely = self.staging, self.identity.likely
        parts: list[exp.Query] = [
            exp.select("record").from_(STALE),
            exp.select("k.b AS record").from_(exp.table_(KEPT, alias="k")).where(inside("a", STALE)),
            exp.select("k.a AS record").from_(exp.table_(KEPT, alias="k")).where(inside("b", STALE)),
        ]
        if likely is not None:
            match = exp.GTE(
                this=exp.column("bits"), expression=p.double(round(least_bits(likely.match), p.DECIMALS))
            )
            parts += [exp.select(f"{side} AS record").from_(NEW).where(match.copy()) for side in ("a", "b")]
        rules = [
            *self.identity.same,
            *(rule for level in self.identity.levels.values() for rule in level.same),
        ]
        values = [exp.column(column(v), quoted=True) for v in self.identity.values]
        went = exp.select(*values).from_(_KNOWN).where(inside("record", STALE))
        staging.create(
            _TOUCHED,
            exp.union(exp.select(*values).from_(EVERYONE).where(exp.column(FRESH)), went, distinct=False),
        )
        parts += [self._sharing(rule) for rule in rules]
        every = parts[0]
        for part in parts[1:]:
            every = exp.union(every, part, distinct=True)
        staging.create("first_seeds", every)
        self._with_decisions(came)
        staging.drop("first_seeds")

    def _with_decisions(self, came: Came) -> None:
        """Add what was decided otherwise, and what is decided of records that are touched."""
        staging = self.staging
        said = [(*pair, True) for pair in came.redecided] + [(*pair, False) for pair in came.decided]
        columns = zip(*said, strict=True) if said else ((), (), ())
        kinds = (pa.string(), pa.string(), pa.bool_())
        table = pa.table(
            [pa.array(v, k) for v, k in zip(columns, kinds, strict=True)], names=["a", "b", "anew"]
        )
        staging.drop("said")
        staging.load("said", table.to_reader())
        touched = exp.select("record").from_(EVERYONE).where(exp.column(FRESH))
        touched = exp.union(touched, exp.select("record").from_(STALE), distinct=True)  # type: ignore[assignment]  # both are queries
        about = exp.or_(
            exp.column("anew"),
            *(exp.In(this=exp.column(side), query=touched.copy().subquery()) for side in ("a", "b")),
        )
        every: exp.Query = exp.select("record").from_("first_seeds")
        for side in ("a", "b"):
            every = exp.union(
                every, exp.select(f"{side} AS record").from_("said").where(about.copy()), distinct=True
            )
        staging.create(_SEEDS, every)
        staging.drop("said")

    def _sharing(self, rule: Certain) -> exp.Select:
        """Give the records that share what a rule asks with one that is touched; not where too many did and do."""
        names = [column(value) for value in rule.values]
        touched = (
            exp.select(c.number(1)).from_(exp.table_(_TOUCHED, alias="l")).where(same(rule.values, Sides()))
        )

        def groups(table: str, as_: str) -> exp.Subquery:
            values = [exp.column(name, table="r", quoted=True) for name in names]
            size = exp.alias_(exp.Count(this=exp.Star()), "size")
            query = exp.select(*values, size).from_(exp.table_(table, alias="r"))
            return (
                query.where(exp.Exists(this=touched.copy()))
                .group_by(*(v.copy() for v in values))
                .subquery(as_)
            )

        now, was = Sides("g", "w"), Sides("g", "r")
        few = exp.or_(
            exp.LTE(this=exp.column("size", table="g"), expression=c.number(rule.at_most)),
            exp.LTE(
                this=c.call("coalesce", exp.column("size", table="w"), c.number(0)),
                expression=c.number(rule.at_most),
            ),
        )
        return (
            exp.select("r.record").from_(groups(EVERYONE, "g"))
            .join(groups(_KNOWN, "w"), on=same(rule.values, now), join_type="left")
            .join(exp.table_(EVERYONE, alias="r"), on=same(rule.values, was))
            .where(few)
        )  # fmt: skip

    def _core(self) -> None:
        """Stage the records to be resolved: whole components, and those that stand beside them in doubt."""
        staging = self.staging
        wholes = exp.select("whole").from_(_KNOWN).where(inside("record", _SEEDS))
        within = exp.In(this=exp.column(WHOLE), query=wholes.subquery())
        core = exp.select(KEY).from_(EVERYONE).where(exp.or_(exp.column(FRESH), within))
        staging.create(CORE, core)
        every = exp.union(exp.select("a", "b").from_(KEPT), exp.select("a", "b").from_(NEW), distinct=False)
        staging.drop("beside")
        sides = [
            exp.select(f"e.{other} AS record").from_(every.copy().subquery("e"))
            .where(inside(side, CORE))
            for side, other in (("a", "b"), ("b", "a"))
        ]  # fmt: skip
        staging.create("beside", exp.union(sides[0], sides[1], distinct=True))
        theirs = exp.select("whole").from_(_KNOWN).where(inside("record", "beside"))
        doubtful = (
            exp.select(KEY).from_(EVERYONE).where(exp.In(this=exp.column(WHOLE), query=theirs.subquery()))
        )
        staging.drop("wanted_keys")
        staging.create("wanted_keys", exp.union(exp.select(KEY).from_(CORE), doubtful, distinct=True))
        self._details()
        staging.drop(RECORDS)
        staging.create(RECORDS, numbered(self.identity, exp.select(KEY).from_("wanted_keys"), FORMER))
        staging.drop("beside")

    def _details(self) -> None:
        """Stage all that is known of the records to be resolved and of those that went (`former`)."""
        staging, engine, identity = self.staging, self.records.engine, self.identity
        wanted = Relation("state", "identity_wanted", self.key)
        every = exp.union(exp.select(KEY).from_("wanted_keys"), exp.select(KEY).from_(GONE), distinct=True)
        engine.drop(wanted)  # of a run that was killed
        engine.write(wanted, staging.stream(every))
        known = remembered(engine, identity, self.former.layers, [*PEOPLE, LINKS]).subquery("m")
        ids: dict[str, ValueType] = {KEY: "text", **dict.fromkeys(identity.columns, "text")}
        names = {"m": [*PEOPLE, LINKS], "p": list(identity.columns)}
        chosen = [exp.column(n, table=table, quoted=True) for table, mine in names.items() for n in mine]
        key = exp.column(KEY, table="w", quoted=True)
        query = exp.select(*chosen).from_(engine.scan([wanted], {KEY: "text"}, "w"))
        for rows, table in ((known, "m"), (engine.scan([self.former.people], ids, "p"), "p")):
            same = exp.EQ(this=exp.column(KEY, table=table, quoted=True), expression=key.copy())
            query = query.join(rows, on=same)
        staging.drop(FORMER)
        staging.load(FORMER, engine.stream(query))
        engine.drop(wanted)


def inside(name: str, table: str) -> exp.In:
    """Give the condition that a column has a key of a staged table."""
    return exp.In(this=exp.column(name), query=exp.select(KEY).from_(table).subquery())


def _columns(names: Collection[str]) -> list[exp.Column]:
    return [exp.column(name, quoted=True) for name in names]
