"""Pairs of staged records: those that are certainly one, and those that may be, with their weight.

A pair is judged from its two records and a model that never changes, with the record of the lesser key on the left; so
it is judged alike whenever and in whatever company its records came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sqlglot import exp

from leadline.catalog.definitions.identity import Certain, Identity, Likely
from leadline.errors import IdentityError
from leadline.ingest import conversions as c
from leadline.ingest.identity.clusters import Ints
from leadline.ingest.identity.grades import Graded, Sides, graded, same
from leadline.ingest.identity.model import Compared, Model, least_bits
from leadline.ingest.identity.standard import column
from leadline.store.casts import as_type
from leadline.store.staging import Staging

RECORDS, FRESH = "records", "fresh"
EVERYONE = "everyone"
"""The table of all records where `records` has only those that are touched."""
NUMBER, KEY = "n", "record"
_BLOCKED = "blocked"
_SIDES = Sides()
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs of record numbers, each with what is known of it: the place of its rule, or its bits."""

    left: Ints
    right: Ints
    known: np.ndarray

    @classmethod
    def of(cls, table: pa.Table) -> "Found":
        """Take the three columns of a table."""
        left, right, known = (column.to_numpy() for column in table.columns)
        return cls(left.astype(np.int64), right.astype(np.int64), known)


def certain(staging: Staging, rules: Sequence[Certain], among: str = RECORDS) -> Found:
    """Give the pairs that rules make one, the earliest rule of each; in the order of rules, then of records.

    `among`: the table of all records, which says how many share a value.
    """
    queries = [_of_rule(staging, rule, place, among) for place, rule in enumerate(rules)]
    if not queries:
        none = np.empty(0, dtype=np.int64)
        return Found(none, none, none)
    every: exp.Query = queries[0]
    for query in queries[1:]:
        every = exp.union(every, query, distinct=False)
    rule = exp.Min(this=exp.column("rule"))
    query = exp.select("l", "r", exp.alias_(rule, "rule")).from_(every.subquery("p")).group_by("l", "r")
    return Found.of(staging.read(query.order_by("rule", "l", "r")))


def _of_rule(staging: Staging, rule: Certain, place: int, among: str) -> exp.Select:
    """Pairs that share all values of a rule, where not more records share them than it says."""
    values = [exp.column(column(value), table="r", quoted=True) for value in rule.values]
    shared = exp.Between(this=exp.Count(this=exp.Star()), low=c.number(2), high=c.number(rule.at_most))
    groups = exp.select(*values).from_(exp.table_(among, alias="r")).where(*(c.present(v) for v in values))
    if among != RECORDS:
        mine = exp.select(c.number(1)).from_(exp.table_(RECORDS, alias="l")).where(same(rule.values, _SIDES))
        groups = groups.where(exp.Exists(this=mine))
    groups = groups.group_by(*(v.copy() for v in values)).having(shared)
    table = f"few{place}"
    staging.drop(table)
    few = exp.select(exp.column(NUMBER, table="r"), *(v.copy() for v in values)).from_(
        exp.table_(RECORDS, alias="r")
    )
    staging.create(table, few.join(groups.subquery("l"), on=same(rule.values, _SIDES)))
    one, other = exp.column(NUMBER, table="l"), exp.column(NUMBER, table="r")
    on = exp.and_(same(rule.values, _SIDES), exp.LT(this=one, expression=other))
    query = exp.select(one.copy().as_("l"), other.copy().as_("r"), c.number(place).as_("rule"))
    return query.from_(exp.table_(table, alias="l")).join(exp.table_(table, alias="r"), on=on)


def codes(staging: Staging, values: Sequence[str]) -> Ints:
    """Give a code of each record's values, in the order of records; -1 where one is missing."""
    texts = [as_type(exp.column(column(v), quoted=True), "VARCHAR", dialect="duckdb") for v in values]
    whole = c.when(exp.and_(*map(c.present, texts)), c.call("concat_ws", c.text("\x1f"), *texts))
    read = staging.read(exp.select(exp.alias_(whole, "code")).from_(RECORDS).order_by(NUMBER))
    found = read.column(0).combine_chunks().dictionary_encode().indices
    numbers: Ints = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def likely(staging: Staging, identity: Identity, model: Model, *, explain: bool = False) -> pa.Table:
    """Give the pairs with a fresh record that agree in one of the lists and weigh enough to ask: `l`, `r`, `bits`.

    With `explain` every pair of the lists is given, with the bits of each comparison (`b0`, `b1` …) and its grade.

    Raises:
        IdentityError: a list of values is so common that there would be too many pairs.
    """
    declared = identity.likely
    assert declared is not None  # noqa: S101 - a model is of what is declared
    _refuse_crowds(staging, identity, declared)
    staging.drop(_BLOCKED)
    staging.create(_BLOCKED, _blocked(declared))
    query = scored(identity, model, _BLOCKED, explain=explain)
    if not explain:
        least = double(round(least_bits(declared.review), DECIMALS))
        query = (
            exp.select("l", "r", "bits")
            .from_(query.subquery("s"))
            .where(exp.GTE(this=exp.column("bits"), expression=least))
        )
    found = staging.read(query)
    staging.drop(_BLOCKED)
    return found


def _refuse_crowds(staging: Staging, identity: Identity, declared: Likely) -> None:
    """Count what each list would give, before it is made."""
    for nth, values in enumerate(declared.pairs):
        names = [exp.column(column(value), quoted=True) for value in values]
        size = exp.Count(this=exp.Star())
        groups = exp.select(exp.alias_(size, "size")).from_(RECORDS).where(*map(c.present, names))
        every = exp.select("SUM(size * (size - 1) / 2) AS pairs").from_(groups.group_by(*names).subquery("g"))
        pairs = int(staging.read(every).column(0)[0].as_py() or 0)
        if pairs > declared.most_pairs:
            raise IdentityError(
                f"{identity.name!r} would compare {pairs:,} pairs that agree in {' and '.join(values)}, list {nth + 1} "
                f"of `pairs`; {declared.most_pairs:,} at most.", code="identity-pairs",
                hint="Add a value to the list, make a placeholder null in `values`, or raise `most_pairs`.",
            )  # fmt: skip


def _blocked(declared: Likely) -> exp.Query:
    """Each pair once, by the first list that has it: a fresh record with any other, or two fresh ones."""
    every: exp.Query | None = None
    for nth, values in enumerate(declared.pairs):
        fresh, other = exp.column(NUMBER, table="l"), exp.column(NUMBER, table="r")
        old = exp.Not(this=exp.column(FRESH, table="r"))
        once = exp.or_(old, exp.LT(this=fresh, expression=other))
        earlier = [
            exp.Not(this=c.call("coalesce", same(before, _SIDES), exp.false()))
            for before in declared.pairs[:nth]
        ]
        query = (
            exp.select(
                exp.alias_(c.call("least", fresh, other), "l"),
                exp.alias_(c.call("greatest", fresh, other), "r"),
            )
            .from_(exp.table_(RECORDS, alias="l"))
            .join(
                exp.table_(RECORDS, alias="r"), on=exp.and_(same(values, _SIDES), exp.paren(once), *earlier)
            )
            .where(exp.column(FRESH, table="l"))
        )
        every = exp.union(every, query, distinct=False) if every is not None else query
    assert every is not None  # noqa: S101 - a definition has one list at least
    return every


def scored(identity: Identity, model: Model, pairs: str, *, explain: bool = False) -> exp.Select:
    """Give the weight, in bits, of each pair of a staged table of `l` and `r`."""
    parts = [
        _bits(one, learned) for one, learned in zip(graded(identity, _SIDES), model.compared, strict=True)
    ]
    total: exp.Expr = double(model.prior_bits)
    for part in parts:
        total = exp.Add(this=total, expression=part.copy())
    rounded = c.call("round", total, c.number(DECIMALS))
    chosen = [exp.column("l", table="p"), exp.column("r", table="p"), exp.alias_(rounded, "bits")]
    if explain:
        chosen += [exp.alias_(part, f"b{nth}") for nth, part in enumerate(parts)]
        chosen += [exp.alias_(_grade(one), f"g{nth}") for nth, one in enumerate(graded(identity, _SIDES))]
    query = exp.select(*chosen).from_(exp.table_(pairs, alias="p"))
    for side in ("l", "r"):
        at = exp.EQ(this=exp.column(NUMBER, table=side), expression=exp.column(side, table="p"))
        query = query.join(exp.table_(RECORDS, alias=side), on=at)
    return query


def double(value: float) -> exp.Expr:
    """Write a number as a floating one: DuckDB reads `1.5` as an exact decimal."""
    return as_type(exp.Literal.number(repr(value)), "DOUBLE", dialect="duckdb")


def rarity(equal: Sequence[str]) -> str:
    """Name the staged column that says how much agreeing in a record's value of these says."""
    return "rare_" + "_".join(equal)


def _bits(one: Graded, learned: Compared) -> exp.Case:
    """What a comparison says, in bits: nothing where it is unknown; a rare value on which both agree says more."""
    ifs = [exp.If(this=one.unknown.copy(), true=double(0.0))]
    for grade, weights in zip(one.grades, learned.grades, strict=False):
        bits: exp.Expr = double(weights.bits)
        if grade.rare:
            share_of_ones = double(float(np.log2(weights.m)))
            bits = exp.Add(
                this=share_of_ones, expression=exp.column(rarity(grade.rare), table="l", quoted=True)
            )
        ifs.append(exp.If(this=grade.condition.copy(), true=bits))
    return exp.Case(ifs=ifs, default=double(learned.grades[-1].bits))


def _grade(one: Graded) -> exp.Case:
    """The place of the grade that holds; -1 unknown, the number of grades where both differ."""
    ifs = [exp.If(this=one.unknown.copy(), true=exp.Literal.number(-1))]
    ifs += [exp.If(this=g.condition.copy(), true=c.number(nth)) for nth, g in enumerate(one.grades)]
    return exp.Case(ifs=ifs, default=c.number(len(one.grades)))


def rare_values(identity: Identity) -> list[tuple[str, ...]]:
    """Give the values whose frequency counts, each list once."""
    found = [grade.rare for one in graded(identity, _SIDES) for grade in one.grades if grade.rare]
    return list(dict.fromkeys(found))


def frequencies(staging: Staging, values: Sequence[str]) -> exp.Query:
    """How frequent values are among the staged records that have them: `of`, `value`, `share`.

    What is there once is not kept; the share of such a value stands beside the null value.
    """
    names = [exp.column(column(value), quoted=True) for value in values]
    known = exp.select(exp.alias_(joined(values), "value")).from_(RECORDS).where(*map(c.present, names))
    counted = (
        exp.select("value", "COUNT(*) AS n", "SUM(COUNT(*)) OVER () AS every")
        .from_(known.subquery("k"))
        .group_by("value")
    )
    table = rarity(values)
    staging.drop(table)
    staging.create(table, counted)
    of = c.text(table).as_("of")
    several = (
        exp.select(of, "value", "CAST(n AS DOUBLE) / every AS share").from_(exp.table_(table)).where("n > 1")
    )
    once = exp.select(of.copy(), "NULL AS value", "1.0 / MAX(every) AS share").from_(exp.table_(table))
    return exp.union(several, once, distinct=False)


def joined(values: Sequence[str]) -> exp.Expr:
    """Several values as one text."""
    texts = [as_type(exp.column(column(v), quoted=True), "VARCHAR", dialect="duckdb") for v in values]
    return c.call("concat_ws", c.text("\x1f"), *texts)


def grades_of(model: Model) -> Mapping[str, Sequence[str]]:
    """Give the words of each comparison's grades, by its name."""
    return {one.name: [grade.words for grade in one.grades] for one in model.compared}
