"""Resolving the records of every identity, at a refresh: what is new is compared, the rest is remembered.

What was resolved stands in relations that the generation names: nothing is in force before it is published, and a kill
leaves the last state. Their names say from what they were made, so that a refresh that brings nothing makes nothing.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from leadline.catalog import Catalog
from leadline.catalog.definitions.identity import Identity
from leadline.clock import Clock
from leadline.errors import IdentityError, StoreError, suggest
from leadline.ingest.identity import decisions as d
from leadline.ingest.identity.few import Came
from leadline.ingest.identity.model import Model
from leadline.ingest.identity.run import Before, Naming, Run
from leadline.ingest.identity.staged import FREQUENCIES, Former, Records
from leadline.store.engine import Engine, Relation
from leadline.store.entries import Batch
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

RESOLVING = 2
"""Grows whenever the same records are resolved otherwise: what an older Leadline made is made anew."""

PARTS = ("people", "pairs", "review", "log", "heirs")
Opening = Callable[[], AbstractContextManager[Staging]]
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class State:
    """What a generation says of one identity: where its parts are, and what was found."""

    of: str
    run: int
    made: str
    inputs: str
    basis: str
    columns: tuple[str, ...]
    model: int | None
    counts: Mapping[str, int]
    said: tuple[str, ...] = ()
    frequencies: str = ""
    batches: tuple[str, ...] = ()
    """The batches whose records it is of."""
    rules: str = ""
    """All that is declared and learned, as a hash: where it is another, all records are resolved anew or again."""
    layers: tuple[str, ...] = ()
    """Where stands what is known of each record, the last word last."""
    decided: int = 0
    """The journal's last row that decided anything."""

    def part(self, name: str) -> Relation:
        """Give where a part is."""
        return Relation("state", f"identity_{name}", self.made)

    @property
    def relations(self) -> list[Relation]:
        """Give everything it keeps."""
        layers = [Relation("state", "identity_values", key) for key in self.layers]
        found = [*(self.part(name) for name in PARTS), *layers]
        return [*found, Relation("state", FREQUENCIES, self.frequencies)] if self.frequencies else found

    def as_dict(self) -> dict[str, Any]:
        """Give what the generation keeps. Relations are named whole, for no refresh could make them again."""
        said = {f: getattr(self, f) for f in self.__dataclass_fields__}
        return {
            **said,
            "counts": dict(self.counts),
            "people": list(astuple(self.part("people"))),
            "batches": list(self.batches),
            "layers": list(self.layers),
            "kept": [[r.space, r.name, r.key] for r in self.relations],
        }

    @classmethod
    def of_dict(cls, said: Mapping[str, Any]) -> "State":
        """Read what the generation keeps."""
        found = {name: said[name] for name in cls.__dataclass_fields__ if name in said}
        tuples = {name: tuple(found.get(name, ())) for name in ("columns", "said", "batches", "layers")}
        return cls(**{**found, **tuples})


def tables(found: Mapping[str, State]) -> dict[str, Any]:
    """Give what a generation keeps of its identities."""
    return {name: state.as_dict() for name, state in found.items()}


def states(kept: Mapping[str, Any]) -> dict[str, State]:
    """Give what a generation says of its identities."""
    return {name: State.of_dict(said) for name, said in kept.get("identity", {}).items()}


@dataclass(frozen=True, slots=True)
class Place:
    """Where identities are resolved: what is declared, where rows are and what is decided, and a place to work."""

    catalog: Catalog
    engine: Engine
    ledger: Ledger
    opening: Opening


def resolve(
    place: Place, live: Sequence[Batch], former: Mapping[str, Any], clock: Clock, *, actor: str,
    told: Told = lambda _: None,
) -> dict[str, State]:  # fmt: skip
    """Resolve every identity; `former` is what the last generation keeps. Give the new states by name.

    What was known of an identity stays known where its definition is gone for a while, so that its ids come back.

    Raises:
        IdentityError: an identity would compare too many pairs.
    """
    before = states(former)
    found = {}
    for name, identity in sorted(place.catalog.identities.items()):
        work = _Work(place, identity, before.get(name), clock, actor, told)
        found[name] = work.state([b for b in live if b.fact == identity.of and b.rows_accepted])
    return found


@dataclass
class _Work:
    """One identity at one refresh."""

    place: Place
    identity: Identity
    former: State | None
    clock: Clock | None
    actor: str
    told: Told

    def state(self, batches: Sequence[Batch]) -> State:
        if self.former and not all(map(self.place.engine.exists, self.former.relations)):
            self.former = None
        with self.place.ledger.read() as reader:
            decided = d.decided(reader, self.identity.name)
            models = [model for model, _ in d.models(reader, self.identity.name)]
        likely = self._declared("likely")
        learning = _digest([self._declared("values"), likely and [likely["compare"], likely["learn"]]])
        model = next((m for m in models if m.basis == learning and self._kept(m)), None)
        keys = sorted(batch.id for batch in batches)
        rules = self._rules(model)
        inputs = _digest([rules, keys, decided.latest])
        if self.former and self.former.inputs == inputs:
            return self.former
        self.told(f"{self.identity.label}: reading records")
        said: tuple[str, ...] = ()
        with self.place.opening() as staging:
            run = self._run(staging, keys)
            if likely is not None and model is None:
                model, said = self._learned(run, models[0].version + 1 if models else 1, learning)
                rules = self._rules(model)
                inputs = _digest([rules, keys, decided.latest])
            basis = _digest([RESOLVING, self._declared("values"), likely, model.version if model else 0])
            anew = self.former is None or self.former.basis != basis
            number = self.former.run + 1 if self.former else 1
            made = _digest([inputs, self.former.made if self.former else "", model.version if model else 0])[
                :32
            ]
            before = self._before(self.former, keys, decided, rules) if self.former else None
            counts, layers = run.resolve(
                model, decided, before, Naming(made, number, self._now(), self.actor), anew=anew
            )
        return State(
            self.identity.of, number, made, inputs, basis, self.identity.columns, model.version if model else None,
            counts, said, model.frequencies if model else "", tuple(keys), rules, layers,
            decided.latest,
        )  # fmt: skip

    def _rules(self, model: Model | None) -> str:
        """Give all that is declared and learned, as a hash."""
        return _digest([
            RESOLVING, self.identity.name, self.place.catalog.fingerprint(self.identity).meaning,
            self.place.catalog.project.time_zone, model.version if model else can_learn(),
        ])  # fmt: skip

    def _before(self, former: State, keys: Sequence[str], decided: d.Decided, rules: str) -> Before:
        """Give what was known, and what came since where only records and decisions did."""
        layers = [Relation("state", "identity_values", key) for key in former.layers]
        parts = Former(former.part("people"), layers, *map(former.part, PARTS[1:]))
        went = [self._rows(key) for key in sorted(set(former.batches) - set(keys))]
        if former.rules != rules or not all(map(self.place.engine.exists, went)):
            return Before(parts, former.counts, None)
        with self.place.ledger.read() as reader:
            then = d.decided(reader, self.identity.name, former.decided).said()
        now = decided.said()
        otherwise = {key[1] for key in {*then, *now} if then.get(key) != now.get(key)}
        came = [self._rows(key) for key in sorted(set(keys) - set(former.batches))]
        return Before(parts, former.counts, Came(came, went, otherwise, {pair for _, pair in now}))

    def _rows(self, key: str) -> Relation:
        return Relation("fact", self.identity.of, key)

    def _now(self) -> datetime:
        assert self.clock is not None  # noqa: S101 - only learning needs none
        return self.clock.now()

    def _run(self, staging: Staging, keys: Sequence[str]) -> Run:
        relations = [self._rows(key) for key in keys]
        records = Records(self.place.catalog, self.place.engine, self.identity, relations)
        return Run(staging, records, self.told)

    def _declared(self, part: str) -> Any:
        """Give a part of the definition as JSON, with what expressions mean in place of how they are written."""
        said = self.identity.model_dump(mode="json", by_alias=True)[part]
        if part == "values":
            for name in said:
                tree = self.place.catalog.expression(self.identity, "values", name, "of").tree
                said[name] = {**said[name], "of": tree.sql(dialect="duckdb")}
        return said

    def _kept(self, model: Model) -> bool:
        relation = Relation("state", FREQUENCIES, model.frequencies)
        return not model.frequencies or self.place.engine.exists(relation)

    def _learned(self, run: Run, version: int, basis: str) -> tuple[Model | None, tuple[str, ...]]:
        """Learn, and keep what was learned; where that cannot be, say why: certain links are made all the same."""
        try:
            model = run.learn(version, basis)
        except IdentityError as error:
            return None, (str(error),)
        except StoreError as error:
            if error.code not in {"store-driver", "store-linkage"}:
                raise
            return None, (f"Likely links are not made. {error}",)
        with self.place.ledger.write(actor=self.actor) as writer:
            d.learn(writer, self.identity.name, model)
        return model, ()


def can_learn() -> str:
    """Tell in a word whether Splink is there: where it comes or goes, an identity is resolved again."""
    return "can learn" if find_spec("splink") else "cannot learn"


def learn_again(place: Place, live: Sequence[Batch], name: str, *, actor: str) -> Model:
    """Learn an identity's next model from the records as they are; it is in force from the next refresh.

    Raises:
        IdentityError: there is no such identity, it has no likely links, or there is too little to learn from.
        StoreError: Splink is missing.
    """
    identity = place.catalog.identities.get(name)
    if identity is None or identity.likely is None:
        raise IdentityError(
            f"There is no identity {name!r} with likely links.", code="identity-unknown",
            hint=suggest(name, place.catalog.identities),
        )  # fmt: skip
    work = _Work(place, identity, None, None, actor, lambda _: None)
    likely = work._declared("likely")  # noqa: SLF001 - of this module
    learning = _digest([work._declared("values"), [likely["compare"], likely["learn"]]])  # noqa: SLF001 - same
    with place.ledger.read() as reader:
        models = [model for model, _ in d.models(reader, name)]
    keys = [b.id for b in live if b.fact == identity.of and b.rows_accepted]
    with place.opening() as staging:
        model = work._run(staging, keys).learn(models[0].version + 1 if models else 1, learning)  # noqa: SLF001 - same
    with place.ledger.write(actor=actor) as writer:
        d.learn(writer, name, model)
    return model


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
