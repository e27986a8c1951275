"""One run over one identity's records: stage, learn, compare what is fresh, cluster, name, tell what changed, write."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from sqlglot import exp

from leadline.catalog.definitions.identity import Identity
from leadline.ingest import conversions as c
from leadline.ingest.identity import changes as log
from leadline.ingest.identity import pairs as p
from leadline.ingest.identity.clusters import Guards, Ints, Links, clustered, components
from leadline.ingest.identity.decisions import Decided
from leadline.ingest.identity.few import Came, Few
from leadline.ingest.identity.learning import learned
from leadline.ingest.identity.linking import Evidence, review
from leadline.ingest.identity.model import Model
from leadline.ingest.identity.pairs import EVERYONE, FRESH, KEY, NUMBER, RECORDS, Found
from leadline.ingest.identity.parts import HEIRS, PAIRS, Made, Writing
from leadline.ingest.identity.people import Heir, Known, bequeathed, named
from leadline.ingest.identity.staged import (
    FORMER,
    FREQUENCIES,
    KEPT,
    LINKS,
    NEW,
    OWN,
    SEEN,
    WHOLE,
    Former,
    Records,
    born,
    stage,
    with_rarity,
)  # fmt: skip
from leadline.store.engine import Engine, Relation
from leadline.store.staging import Staging

_KNOWN = "known"
FEW = 0.2
"""Where a larger share of the records came, changed or went, all are resolved at once."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Under what key the new state is written, the number of its run, when and for whom it is made."""

    made: str
    run: int
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Before:
    """What was known before: the parts of the last state, what it counted, and what came since, where that is known."""

    parts: Former
    counts: Mapping[str, int]
    came: Came | None


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
        self, model: Model | None, decided: Decided, before: Before | None, naming: Naming, *, anew: bool
    ) -> tuple[dict[str, int], tuple[str, ...]]:
        """Resolve, write every part of the new state; give what was counted, and the layers of what is known."""
        former = before.parts if before else None
        every = None if anew or before is None else self._few(model, before, naming.made)
        number = self._staged(former, anew=anew) if every is None else self._count(RECORDS)
        heirs = self._heirs(former)
        records = born(self.staging, self.identity, sorted({heir.id for heir in heirs}), naming.run)
        keys = records.column(KEY).combine_chunks()
        known = self._compared(model, None if anew else former, few=every is not None)
        among = RECORDS if every is None else EVERYONE
        evidence = Evidence(
            self.identity, keys, p.certain(self.staging, self.identity.same, among), known, decided
        )
        self._tell("clustering")
        persons = evidence.clustered([p.codes(self.staging, rule.values) for rule in self.identity.never])
        levels = {self.identity.into: persons.first}
        links = [evidence.made]
        for name, first, made in self._levels(evidence, persons.first, among):
            levels[name] = first
            links.append(made)
        if former:
            heirs = self._bequeathed(heirs)
        born_as = Known(keys, records.column(SEEN).to_numpy(), records.column(OWN).combine_chunks())
        for name, first in levels.items():
            records = records.append_column(name, named(name, first, born_as, heirs))
        whole = components(
            number, *(np.concatenate([getattr(one, s) for one in links]) for s in ("left", "right"))
        )
        lesser = np.bincount(np.minimum(evidence.made.left, evidence.made.right), minlength=number)
        records = records.append_column(WHOLE, keys.take(pa.array(whole))).append_column(
            LINKS, pa.array(lesser)
        )
        self.staging.drop(log.NOW)
        self.staging.load(log.NOW, records.to_reader())
        found = self._changes(naming, evidence, anew=anew) if former else []
        asked = review(evidence, persons, records.column(self.identity.into).combine_chunks())
        writing = Writing(self.staging, self.engine, self.identity, naming.made)
        written = writing.write(Made(_keyed(evidence), asked, found, heirs), former, few=every is not None)
        counts = self._counted(before.counts if before and every is not None else None)
        return {
            **counts, "records": number if every is None else every, "fresh": self._fresh(), "review": written.asked,
            "changes": len(found),
        }, written.layers  # fmt: skip

    def _few(self, model: Model | None, before: Before, key: str) -> int | None:
        """Stage what is touched, where that is little; give the number of records in all."""
        if before.came is None or not before.parts.layers:
            return None
        self._tell("looking for what is touched")
        few = Few(self.staging, self.records, before.parts, key, model)
        return few.stage(before.came, FEW)

    def _staged(self, former: Former | None, *, anew: bool) -> int:
        """Stage every record, if that is not done."""
        self._tell("standardising")
        if self.staged is None or former is not None:
            self.staged = stage(self.staging, self.records, former, anew=anew)
        return self.staged

    def _counted(self, before: Mapping[str, int] | None) -> dict[str, int]:
        """Count links and ids: of what is staged, and with `before` of what is not touched as well."""
        columns = [exp.column(name, quoted=True) for name in self.identity.columns]
        ids = [
            exp.alias_(exp.Count(this=exp.Distinct(expressions=[c_])), c_.name, quoted=True) for c_ in columns
        ]
        query = exp.select("COALESCE(SUM(links), 0) AS links", *ids)
        now = self.staging.read(query.from_(log.NOW)).to_pylist()[0]
        if before is None:
            return {name: int(n) for name, n in now.items()}
        were = self.staging.read(query.from_(FORMER)).to_pylist()[0]
        return {name: before[name] - int(were[name]) + int(n) for name, n in now.items()}

    def _tell(self, doing: str) -> None:
        self.told(f"{self.identity.label}: {doing}")

    def _fresh(self) -> int:
        return self._count(RECORDS, exp.column(FRESH))

    def _count(self, table: str, *where: exp.Expr) -> int:
        query = exp.select("COUNT(*) AS n").from_(table).where(*where)
        return int(self.staging.read(query).column(0)[0].as_py())

    def _compared(self, model: Model | None, former: Former | None, *, few: bool) -> Found:
        """Give the likely pairs that may be one: the known ones of records that are as they were, and new ones."""
        if model is None:
            none = np.empty(0, dtype=np.int64)
            return Found(none, none, np.empty(0))
        self._tell("comparing")
        if few:
            every: exp.Query = exp.union(_numbered(NEW), _numbered(KEPT, still=True), distinct=False)
        else:
            with_rarity(self.staging, self.engine, self.identity, model)
            new = p.likely(self.staging, self.identity, model)
            self.staging.drop(_KNOWN)
            self.staging.load(_KNOWN, new.to_reader())
            every = exp.select("l", "r", "bits").from_(_KNOWN)
        if former and not few:
            self.staging.drop(KEPT)
            rows = self.engine.scan([former.pairs], dict(PAIRS), "k")
            self.staging.load(KEPT, self.engine.stream(exp.select("a", "b", "bits").from_(rows)))
            every = exp.union(every, _numbered(KEPT, still=True), distinct=False)
        ordered = exp.select("l", "r", "bits").from_(every.subquery("e")).order_by("bits DESC", "l", "r")
        return Found.of(self.staging.read(ordered))

    def _levels(self, evidence: Evidence, persons: Ints, among: str) -> Iterator[tuple[str, Ints, Links]]:
        """Give the clusters of each level and their links: persons, held together by decisions and by its rules.

        Persons stay whole: what is rejected of two records of one person says nothing here.
        """
        number = len(persons)
        others = np.flatnonzero(persons != np.arange(number))
        for name, level in self.identity.levels.items():
            found = p.certain(self.staging, level.same, among)
            decided = evidence.decided.at(name)
            said = np.array(sorted(evidence.numbers(decided.accepted)), dtype=np.int64).reshape(-1, 2)
            links = Links(
                np.concatenate([persons[others], said[:, 0], found.left]),
                np.concatenate([others, said[:, 1], found.right]),
                firm=len(others) + len(said),
            )
            apart = [(a, b) for a, b in evidence.numbers(decided.rejected) if persons[a] != persons[b]]
            yield name, clustered(number, links, Guards(level.at_most, rejected=apart)).first, links

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
        for level in self.identity.columns:
            why = evidence.reasons(naming.actor, level, anew=anew)
            found += log.changes(self.staging, level, naming.run, naming.at, begin=len(found), reason=why)
        return found


def _keyed(evidence: Evidence) -> pa.Table:
    """Give the likely pairs by their records' keys."""
    return pa.table({
        "a": evidence.keys.take(pa.array(evidence.known.left)),
        "b": evidence.keys.take(pa.array(evidence.known.right)),
        "bits": pa.array(evidence.known.known, pa.float64()),
    })  # fmt: skip


def _numbered(table: str, *, still: bool = False) -> exp.Select:
    """Give staged pairs by the numbers of now; with `still` only of records that are as they were."""
    query = exp.select(
        exp.column(NUMBER, table="x").as_("l"), exp.column(NUMBER, table="y").as_("r"), "k.bits"
    )
    query = query.from_(exp.table_(table, alias="k"))
    for side, name in (("x", "a"), ("y", "b")):
        same = exp.EQ(this=exp.column(KEY, table=side), expression=exp.column(name, table="k"))
        stale = exp.Not(this=exp.column(FRESH, table=side)) if still else exp.true()
        query = query.join(exp.table_(RECORDS, alias=side), on=exp.and_(same, stale))
    return query
