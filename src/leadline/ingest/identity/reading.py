"""What a generation knows of persons, for people to read: what is to be asked, a pair side by side, what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from leadline.errors import IdentityError
from leadline.ingest import conversions as c
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.identity import pairs
from leadline.ingest.identity.changes import LOG, Change
from leadline.ingest.identity.model import Model, probability
from leadline.ingest.identity.pairs import KEY, NUMBER, RECORDS
from leadline.ingest.identity.resolve import State
from leadline.ingest.identity.staged import Records, stage, with_rarity
from leadline.ingest.identity.standard import column
from leadline.store.casts import as_type
from leadline.store.engine import Engine, ValueType
from leadline.store.staging import Staging


@dataclass(frozen=True, slots=True)
class Asked:
    """A pair that a person should look at: the records, how likely they are one (None: a rule says so), and why."""

    left: str
    right: str
    probability: float | None
    rule: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison of a pair: the standardised values of both, the words of its grade, and what it says, in bits."""

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    grade: str
    bits: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records side by side: their columns as loaded, the comparisons, the odds before, and the whole."""

    left: Mapping[str, object]
    right: Mapping[str, object]
    lines: tuple[Line, ...]
    prior: float | None
    bits: float | None

    @property
    def probability(self) -> float | None:
        """How likely they are one; None where nothing was learned."""
        return None if self.bits is None else probability(self.bits)


def review(engine: Engine, state: State, limit: int | None = None) -> list[Asked]:
    """Give what is to be asked, in the order in which it was put: guards first, then the likeliest."""
    rows = engine.scan(
        [state.part("review")],
        {"a": "text", "b": "text", "bits": "number", "rule": "text", "reason": "text"},
        "v",
    )
    query = exp.select("a", "b", "bits", "rule", "reason").from_(rows)
    held = exp.EQ(this=exp.column("reason"), expression=c.text("uncertain"))
    ordered = query.order_by(
        exp.Ordered(this=held), exp.Ordered(this=exp.column("bits"), desc=True), "a", "b"
    )
    found = engine.read(ordered.limit(limit) if limit else ordered).to_pylist()
    return [
        Asked(r["a"], r["b"], None if r["bits"] is None else probability(r["bits"]), r["rule"], r["reason"])
        for r in found
    ]


def log(engine: Engine, state: State, limit: int | None = None) -> list[Change]:
    """Give what became of ids, the newest first."""
    rows = engine.scan([state.part("log")], dict(LOG), "g")
    query = (
        exp.select(*(exp.column(name, quoted=True) for name in LOG)).from_(rows).order_by("run DESC", "nth")
    )
    return [Change(**row) for row in engine.read(query.limit(limit) if limit else query).to_pylist()]


def members(engine: Engine, state: State, level: str, id_: str) -> list[str]:
    """Give the records of a person (household, account), by key."""
    rows = engine.scan([state.part("people")], {KEY: "text", level: "text"}, "p")
    mine = exp.EQ(this=exp.column(level, quoted=True), expression=c.text(id_))
    return [
        str(key)
        for key in engine.read(exp.select(KEY).from_(rows).where(mine).order_by(KEY)).column(0).to_pylist()
    ]


def known(engine: Engine, state: State, keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """Give the ids of records, by key and level; those that are not known are left out."""
    types: dict[str, ValueType] = {KEY: "text", **dict.fromkeys(state.columns, "text")}
    rows = engine.scan([state.part("people")], types, "p")
    among = exp.In(this=exp.column(KEY), expressions=[c.text(key) for key in keys])
    found = engine.read(
        exp.select(KEY, *(exp.column(n, quoted=True) for n in state.columns)).from_(rows).where(among)
    )
    return {row.pop(KEY): row for row in found.to_pylist()}


def demand(engine: Engine, state: State, keys: Sequence[str]) -> None:
    """Refuse records that are not there.

    Raises:
        IdentityError: one is unknown.
    """
    there = known(engine, state, keys)
    if lacking := [key for key in keys if key not in there]:
        raise IdentityError(
            f"There is no record {lacking[0]!r} of {state.of!r}.", code="identity-record",
            hint=f"Name it by its key, as {state.of!r} has it.",
        )  # fmt: skip


def pair(staging: Staging, records: Records, model: Model | None, keys: tuple[str, str]) -> Pair:
    """Set two records side by side, and say what each comparison says.

    Raises:
        IdentityError: one of the records is not there.
    """
    one, other = sorted(keys)
    identity = records.identity
    rows = _as_loaded(records, (one, other))
    stage(staging, records, None, anew=True, only=(one, other))
    if model is None:
        return Pair(rows[keys[0]], rows[keys[1]], (), None, None)
    with_rarity(staging, records.engine, identity, model)
    staging.drop("asked")
    staging.create("asked", exp.select(c.number(0).as_("l"), c.number(1).as_("r")))
    said = staging.read(pairs.scored(identity, model, "asked", explain=True)).to_pylist()[0]
    values = [
        as_type(exp.column(column(v), quoted=True), "VARCHAR", dialect="duckdb").as_(v)
        for v in identity.values
    ]
    left, right = staging.read(exp.select(*values).from_(RECORDS).order_by(NUMBER)).to_pylist()
    if one != keys[0]:
        left, right = right, left
    lines = []
    compared = identity.likely.compare if identity.likely else ()
    for nth, (declared, learned) in enumerate(zip(compared, model.compared, strict=True)):
        grade = int(said[f"g{nth}"])
        words = learned.grades[grade].words if grade >= 0 else "unknown"
        one_side, other_side = (tuple(str(side[v] or "") for v in declared.of) for side in (left, right))
        lines.append(Line(declared.name, one_side, other_side, words, said[f"b{nth}"]))
    return Pair(rows[keys[0]], rows[keys[1]], tuple(lines), model.prior_bits, said["bits"])


def _as_loaded(records: Records, keys: tuple[str, str]) -> dict[str, dict[str, object]]:
    fact = records.catalog.facts[records.identity.of]
    types = {name: kind_at_rest(one.type) for name, one in fact.loaded.items()}
    text = as_type(exp.column(fact.key[0], quoted=True), "text")
    among = exp.In(this=text, expressions=[c.text(key) for key in keys])
    columns = [exp.column(name, quoted=True) for name in types]
    scanned = records.engine.scan(records.relations, types, "f")
    found = records.engine.read(exp.select(*columns).from_(scanned).where(among)).to_pylist()
    rows = {str(row[fact.key[0]]): row for row in found}
    if lacking := [key for key in keys if key not in rows]:
        raise IdentityError(
            f"There is no record {lacking[0]!r} of {fact.name!r}.", code="identity-record",
            hint="It may have been deleted since it was asked about.",
        )  # fmt: skip
    return rows
