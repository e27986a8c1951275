"""One run over one identity's records: stage, learn, compare what is fresh, cluster, name, tell what changed, write."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from leadline.catalog.definitions.identity import Identity
from leadline.ingest import conversions as c
from leadline.ingest.identity import changes as log
from leadline.ingest.identity import pairs as p
from leadline.ingest.identity.clusters import Guards, Ints, Links, clustered
from leadline.ingest.identity.decisions import Decided
from leadline.ingest.identity.learning import learned
from leadline.ingest.identity.linking import Evidence, review
from leadline.ingest.identity.model import Model
from leadline.ingest.identity.pairs import FRESH, KEY, NUMBER, RECORDS, Found
from leadline.ingest.identity.people import Heir, Known, bequeathed, named
from leadline.ingest.identity.staged import FORMER, FREQUENCIES, OWN, SEEN, Records, born, stage, with_rarity
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.staging import Staging

PAIRS: Mapping[str, ValueType] = {"a": "text", "b": "text", "bits": "number"}
HEIRS: Mapping[str, ValueType] = {
    "level": "text",
    "seen": "integer",
    "founder": "text",
    "id": "text",
    KEY: "text",
}
_KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Former:
    """Where the parts of the last state are."""

    people: Relation
    pairs: Relation
    log: Relation
    heirs: Relation


@dataclass(frozen=True, slots=True)
class Naming:
    """Under what key the new state is written, the number of its run, when and for whom it is made."""

    made: str
    run: int
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class _Made:
    """What a run made: the records with their ids, what is to be asked, what changed, who carries inherited ids."""

    records: pa.Table
    asked: pa.Table
    found: Sequence[log.Change]
    heirs: Sequence[Heir]


@dataclass
class Run:
    """The work; it is done in a staging of its own."""

    staging: Staging
    records: Records
    told: Callable[[str], None]
    staged: int | None = None
    """How many records stand staged as if none were known before, all fresh."""

    @property
    def identity(self) -> Identity:
        """What is declared."""
        return self.records.identity

    @property
    def engine(self) -> Engine:
        """Where the rows are."""
        return self.records.engine

    def learn(self, version: int, basis: str) -> Model:
        """Learn a model, and write how frequent values are.

        Raises:
            IdentityError: there is too little to learn from.
            StoreError: Splink is missing, or fails.
        """
        self._tell("learning")
        self.staged = stage(self.staging, self.records, None, anew=True)
        model = learned(self.staging, self.identity, RECORDS, version, basis)
        rare = p.rare_values(self.identity)
        if not rare:
            return model
        said = json.dumps(
            [self.identity.name, model.as_dict(), [r.key for r in self.records.relations]], sort_keys=True
        )
        key = hashlib.sha256(said.encode()).hexdigest()[:32]
        relation = Relation("state", FREQUENCIES, key)
        if not self.engine.exists(relation):
            every: exp.Query = p.frequencies(self.staging, rare[0])
            for values in rare[1:]:
                every = exp.union(every, p.frequencies(self.staging, values), distinct=False)
            self.engine.write(relation, self.staging.stream(every))
        return replace(model, frequencies=key)

    def resolve(
        self, model: Model | None, decided: Decided, former: Former | None, naming: Naming, *, anew: bool
    ) -> dict[str, int]:
        """Resolve, write every part of the new state, and give what was counted."""
        before = former.people if former else None
        self._tell("standardising")
        if self.staged is None or before is not None:
            self.staged = stage(self.staging, self.records, before, anew=anew)
        number = self.staged
        heirs = self._heirs(former)
        records = born(self.staging, self.identity, sorted({heir.id for heir in heirs}), naming.run)
        keys = records.column(KEY).combine_chunks()
        known = self._compared(model, None if anew else former)
        evidence = Evidence(self.identity, keys, p.certain(self.staging, self.identity.same), known, decided)
        self._tell("clustering")
        persons = evidence.clustered([p.codes(self.staging, rule.values) for rule in self.identity.never])
        levels = {self.identity.into: persons.first} | dict(self._levels(persons.first, number))
        if former:
            heirs = self._bequeathed(heirs)
        born_as = Known(keys, records.column(SEEN).to_numpy(), records.column(OWN).combine_chunks())
        visible = {name: named(name, first, born_as, heirs) for name, first in levels.items()}
        for name, ids in visible.items():
            records = records.append_column(name, ids)
        self.staging.drop(log.NOW)
        self.staging.load(log.NOW, records.to_reader())
        found = self._changes(naming, evidence, anew=anew) if former else []
        asked = review(evidence, persons, visible[self.identity.into])
        self._written(naming, _Made(records, asked, found, heirs), evidence, former)
        return {
            "records": number, "fresh": self._fresh(), "links": evidence.links, "review": asked.num_rows,
            "changes": len(found), **{name: len(pc.unique(ids)) for name, ids in visible.items()},
        }  # fmt: skip

    def _tell(self, doing: str) -> None:
        self.told(f"{self.identity.label}: {doing}")

    def _fresh(self) -> int:
        query = exp.select("COUNT(*) AS n").from_(RECORDS).where(exp.column(FRESH))
        return int(self.staging.read(query).column(0)[0].as_py())

    def _compared(self, model: Model | None, former: Former | None) -> Found:
        """Give the likely pairs that may be one: the known ones of records that are as they were, and new ones."""
        if model is None:
            none = np.empty(0, dtype=np.int64)
            return Found(none, none, np.empty(0))
        self._tell("comparing")
        with_rarity(self.staging, self.engine, self.identity, model)
        new = p.likely(self.staging, self.identity, model)
        self.staging.drop(_KNOWN)
        self.staging.load(_KNOWN, new.to_reader())
        every: exp.Query = exp.select("l", "r", "bits").from_(_KNOWN)
        if former:
            self.staging.drop("kept")
            rows = self.engine.scan([former.pairs], dict(PAIRS), "k")
            self.staging.load("kept", self.engine.stream(exp.select("a", "b", "bits").from_(rows)))
            every = exp.union(every, _still(), distinct=False)
        ordered = exp.select("l", "r", "bits").from_(every.subquery("e")).order_by("bits DESC", "l", "r")
        return Found.of(self.staging.read(ordered))

    def _levels(self, persons: Ints, number: int) -> Iterator[tuple[str, Ints]]:
        """Give the clusters of each level: persons, held together by its rules."""
        others = np.flatnonzero(persons != np.arange(number))
        for name, level in self.identity.levels.items():
            found = p.certain(self.staging, level.same)
            links = Links(
                np.concatenate([persons[others], found.left]),
                np.concatenate([others, found.right]),
                firm=len(others),
            )
            yield name, clustered(number, links, Guards(level.at_most)).first

    def _heirs(self, former: Former | None) -> list[Heir]:
        if former is None:
            return []
        rows = self.engine.scan([former.heirs], dict(HEIRS), "h")
        found = self.engine.read(exp.select(*HEIRS).from_(rows)).to_pylist()
        return sorted(Heir(r["level"], r["seen"], r["founder"], r["id"], r[KEY]) for r in found)

    def _bequeathed(self, heirs: Sequence[Heir]) -> list[Heir]:
        """Pass on the ids of records that are gone; staged `former` has them, and who they were with."""
        alive = exp.EQ(this=exp.column(KEY, table="f"), expression=exp.column(KEY, table="r"))
        columns = [exp.column(n, table="f", quoted=True) for n in (KEY, SEEN, OWN, *self.identity.columns)]
        query = (
            exp.select(*columns, exp.alias_(c.present(exp.column(KEY, table="r")), "living"))
            .from_(exp.table_(FORMER, alias="f"))
            .join(exp.table_(RECORDS, alias="r"), on=alive, join_type="left")
        )
        self.staging.drop("were")
        self.staging.create("were", query)
        gone = self.staging.read(exp.select("*").from_("were").where("NOT living")).to_pylist()
        found: list[Heir] = []
        for level in self.identity.columns:
            mine = [heir for heir in heirs if heir.level == level]
            if gone or mine:
                lost = {row[KEY]: (row[SEEN], row[OWN], row[level]) for row in gone if row[level] is not None}
                found += bequeathed(level, lost, *self._living(level, lost, mine), mine)
            else:
                found += mine
        return sorted(found)

    def _living(
        self, level: str, lost: Mapping[str, tuple[int, str, str]], heirs: Sequence[Heir]
    ) -> tuple[dict[str, str], dict[str, list[str]]]:
        """Give the former cluster of each heir's record, and who is left, seniors first, where one is lost."""
        clusters = sorted({ids for _, _, ids in lost.values()})
        name = exp.column(level, quoted=True)
        self.staging.drop("touched")
        self.staging.load("touched", pa.table({"id": pa.array(clusters, pa.string())}).to_reader())
        among = exp.In(this=name.copy(), query=exp.select("id").from_("touched").subquery())
        rows = self.staging.read(
            exp.select(KEY, name.as_("id")).from_("were").where("living", among).order_by(SEEN, KEY)
        ).to_pylist()
        living: dict[str, list[str]] = {}
        for row in rows:
            living.setdefault(row["id"], []).append(row[KEY])
        return {heir.record: lost[heir.record][2] for heir in heirs if heir.record in lost}, living

    def _changes(self, naming: Naming, evidence: Evidence, *, anew: bool) -> list[log.Change]:
        """Tell what became of the ids that were."""
        found: list[log.Change] = []
        why = evidence.reasons(naming.actor, anew=anew)
        for level in self.identity.columns:
            found += log.changes(self.staging, level, naming.run, naming.at, begin=len(found), reason=why)
        return found

    def _written(self, naming: Naming, made: "_Made", evidence: Evidence, former: Former | None) -> None:
        """Write every part; one that a killed run wrote already is left as it is, for it is the same."""
        kept = pa.table({
            "a": evidence.keys.take(pa.array(evidence.known.left)),
            "b": evidence.keys.take(pa.array(evidence.known.right)),
            "bits": pa.array(evidence.known.known, pa.float64()),
        })  # fmt: skip
        lines = log.as_table(made.found)
        if former:
            rows = self.engine.scan([former.log], dict(log.LOG), "g")
            before = self.engine.read(exp.select(*(exp.column(n, quoted=True) for n in log.LOG)).from_(rows))
            lines = pa.concat_tables([before.cast(lines.schema), lines])
        left = pa.table({
            "level": pa.array([h.level for h in made.heirs], pa.string()),
            "seen": pa.array([h.seen for h in made.heirs], pa.int64()),
            "founder": pa.array([h.founder for h in made.heirs], pa.string()),
            "id": pa.array([h.id for h in made.heirs], pa.string()),
            KEY: pa.array([h.record for h in made.heirs], pa.string()),
        })  # fmt: skip
        parts = {"people": made.records, "pairs": kept, "review": made.asked, "log": lines, "heirs": left}
        for name, rows_ in parts.items():
            relation = Relation("state", f"identity_{name}", naming.made)
            if not self.engine.exists(relation):
                self.engine.write(relation, rows_.to_reader())


def _still() -> exp.Select:
    """Pairs that were compared, of records that are there still and as they were, by their numbers of now."""
    query = exp.select(
        exp.column(NUMBER, table="x").as_("l"), exp.column(NUMBER, table="y").as_("r"), "k.bits"
    )
    query = query.from_(exp.table_("kept", alias="k"))
    for side, name in (("x", "a"), ("y", "b")):
        same = exp.EQ(this=exp.column(KEY, table=side), expression=exp.column(name, table="k"))
        stale = exp.column(FRESH, table=side)
        query = query.join(exp.table_(RECORDS, alias=side), on=exp.and_(same, exp.Not(this=stale)))
    return query
