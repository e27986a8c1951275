"""The parts of a state, written: whole, or what few records changed of it beside what stays."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from leadline.catalog.definitions.identity import Identity
from leadline.ingest.identity import changes as log
from leadline.ingest.identity.few import CORE, GONE, STALE, inside
from leadline.ingest.identity.pairs import KEY, RECORDS
from leadline.ingest.identity.people import Heir
from leadline.ingest.identity.staged import KEPT, NEW, WENT, Former, kept_types, remembered
from leadline.ingest.identity.standard import column
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.staging import Staging

PAIRS: Mapping[str, ValueType] = {"a": "text", "b": "text", "bits": "number"}
REVIEWED: Mapping[str, ValueType] = {**PAIRS, "rule": "text", "reason": "text"}
HEIRS: Mapping[str, ValueType] = {
    "level": "text",
    "seen": "integer",
    "founder": "text",
    "id": "text",
    KEY: "text",
}


_SQL: Mapping[ValueType, str] = {"text": "VARCHAR", "integer": "BIGINT", "date": "DATE"}
LAYERS = 12
"""More layers than these are made one."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a run made: what is to be asked, what changed, who carries inherited ids; ids are staged (`now`)."""

    pairs: pa.Table
    asked: pa.Table
    found: Sequence[log.Change]
    heirs: Sequence[Heir]


@dataclass(frozen=True, slots=True)
class Written:
    """How many pairs are to be asked about, and the keys of the layers of what is known of each record."""

    asked: int
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes a state under a key; what a killed run wrote already is left as it is, for it is the same."""

    staging: Staging
    engine: Engine
    identity: Identity
    key: str

    def write(self, made: Made, former: Former | None, *, few: bool) -> Written:
        """Write every part, from what is staged; with `few` only what is touched is."""
        asked, layers = made.asked, [self.part("values")]
        if few and former is not None:
            self._beside(former)
            layers = self._layered(former)
            self._write("pairs", self.staging.stream(_pairs()))
            asked = self._asked(made.asked, former)
        else:
            self._write("people", self.staging.stream(self._ids()))
            self._write("values", self.staging.stream(self._values()))
            self._write("pairs", made.pairs.to_reader())
        self._write("review", asked.to_reader())
        lines = log.as_table(made.found)
        if former:
            rows = self.engine.scan([former.log], dict(log.LOG), "g")
            before = self.engine.read(exp.select(*(exp.column(n, quoted=True) for n in log.LOG)).from_(rows))
            lines = pa.concat_tables([before.cast(lines.schema), lines])
        self._write("log", lines.to_reader())
        left = {
            "level": [h.level for h in made.heirs],
            "founder": [h.founder for h in made.heirs],
            "id": [h.id for h in made.heirs],
            KEY: [h.record for h in made.heirs],
        }
        table = pa.table({name: pa.array(values, pa.string()) for name, values in left.items()})
        table = table.append_column("seen", pa.array([h.seen for h in made.heirs], pa.int64()))
        self._write("heirs", table.select(list(HEIRS)).to_reader())
        return Written(asked.num_rows, tuple(layer.key for layer in layers))

    def part(self, name: str) -> Relation:
        """Give where a part is written."""
        return Relation("state", f"identity_{name}", self.key)

    def _write(self, part: str, rows: pa.RecordBatchReader) -> None:
        relation = self.part(part)
        if not self.engine.exists(relation):
            self.engine.write(relation, rows)
        else:
            rows.read_all()

    def _ids(self) -> exp.Select:
        """Select the ids of the staged records."""
        return exp.select(*(exp.column(n, quoted=True) for n in (KEY, *self.identity.columns))).from_(log.NOW)

    def _values(self) -> exp.Select:
        """Select all else that is to be known of the staged records."""
        values = {column(name) for name in self.identity.values}
        chosen = [
            exp.column(name, table="r" if name in values else "n", quoted=True)
            for name in kept_types(self.identity)
            if name != WENT
        ]
        query = exp.select(*chosen, exp.alias_(exp.false(), WENT)).from_(exp.table_(log.NOW, alias="n"))
        return query.join(exp.table_(RECORDS, alias="r"), on="r.record = n.record")

    def _layered(self, former: Former) -> list[Relation]:
        """Write what is known of the staged records as a layer; make all layers one where they are many."""
        types = kept_types(self.identity)
        empty = [exp.cast(exp.null(), _SQL[kind]) for name, kind in types.items() if name not in {KEY, WENT}]
        gone = exp.select(KEY, *empty, exp.true()).from_(GONE)
        self._write("values", self.staging.stream(exp.union(self._values(), gone, distinct=False)))
        layers = [*former.layers, self.part("values")]
        if len(layers) <= LAYERS:
            return layers
        key = hashlib.sha256(f"whole {self.key}".encode()).hexdigest()[:32]
        whole = Relation("state", "identity_values", key)
        if not self.engine.exists(whole):
            self.engine.derive(whole, remembered(self.engine, self.identity, layers, list(types)))
        return [whole]

    def _beside(self, former: Former) -> None:
        """Write everyone's ids: those that are staged, and beside them those that are not touched, as they were."""
        if self.engine.exists(self.part("people")):
            return
        delta, away = self.part("delta"), self.part("away")
        every = exp.union(exp.select(KEY).from_(RECORDS), exp.select(KEY).from_(GONE), distinct=True)
        for place, query in ((delta, self._ids()), (away, every)):
            self.engine.drop(place)  # of a run that was killed
            self.engine.write(place, self.staging.stream(query))
        types: dict[str, ValueType] = dict.fromkeys((KEY, *self.identity.columns), "text")
        same = [exp.column(KEY, table=table, quoted=True) for table in ("a", "f")]
        gone = exp.select(exp.Literal.number(1)).from_(self.engine.scan([away], {KEY: "text"}, "a"))
        gone = gone.where(exp.EQ(this=same[0], expression=same[1]))
        stay = exp.select(*(exp.column(n, table="f", quoted=True) for n in types))
        stay = stay.from_(self.engine.scan([former.people], types, "f")).where(
            exp.Not(this=exp.Exists(this=gone))
        )
        new = exp.select(*(exp.column(n, table="d", quoted=True) for n in types))
        new = new.from_(self.engine.scan([delta], types, "d"))
        self.engine.derive(self.part("people"), exp.union(stay, new, distinct=False))
        for place in (delta, away):
            self.engine.drop(place)

    def _asked(self, asked: pa.Table, former: Former) -> pa.Table:
        """Give what is to be asked of all: of pairs with a touched record as found now, of others as before."""
        rows = self.engine.scan([former.review], dict(REVIEWED), "v")
        self.staging.drop("asked_before")
        self.staging.load("asked_before", self.engine.stream(exp.select(*REVIEWED).from_(rows)))
        self.staging.drop("asked_now")
        self.staging.load("asked_now", asked.to_reader())
        touched = exp.union(exp.select(KEY).from_(CORE), exp.select(KEY).from_(GONE), distinct=True)
        either = exp.or_(
            *(exp.In(this=exp.column(side), query=touched.copy().subquery()) for side in ("a", "b"))
        )
        stay = exp.select(*REVIEWED).from_("asked_before").where(exp.Not(this=exp.paren(either)))
        new = exp.select(*REVIEWED).from_("asked_now").where(either.copy())
        return self.staging.read(exp.union(stay, new, distinct=False))


def _pairs() -> exp.Query:
    """Select the pairs that are known now: those of records that are as they were, and those of records that came."""
    kept = exp.select(*PAIRS).from_(KEPT)
    for side in ("a", "b"):
        kept = kept.where(exp.Not(this=inside(side, STALE)))
    return exp.union(kept, exp.select(*PAIRS).from_(NEW), distinct=False)
