"""Rows that detectors catch: facts that stay visible and enter no figure, until a person releases them.

What one detector catches is a relation named by its meaning and by the rows it looked at, so nothing is looked at
twice; what a person released is taken out of it afterwards, and put back as easily.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from leadline.catalog.definitions import DetectorBase, Fact, ImpossibleTiming
from leadline.ingest import conversions as c
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.detecting import AT, LOOKED_AT, Detecting
from leadline.ingest.leaving import Found, Rows
from leadline.ingest.predicates import lowered
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.entries import JournalRow
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

DETECTING = 1
"""Grows whenever detectors of the same meaning catch other rows."""

RELEASED, EXCLUDED = "release_rows", "exclude_rows"
"""The journal's verbs for letting rows count that a detector caught, and for taking that back."""

Key = tuple[str, ...]
"""A row's key, each column as text."""


@dataclass(frozen=True, slots=True)
class Released:
    """What people have released of one detector: everything that it catches, or some rows; `but` are taken back."""

    everything: bool = False
    rows: frozenset[Key] = frozenset()
    but: frozenset[Key] = frozenset()

    def releases(self, key: Key) -> bool:
        """Tell whether a row counts although it was caught."""
        return key in self.rows or (self.everything and key not in self.but)


def released(ledger: Ledger) -> dict[str, Released]:
    """Give what people have released, by detector."""
    with ledger.read() as reader:
        return _folded(reader.notes(RELEASED, EXCLUDED))


def _folded(notes: Iterable[JournalRow]) -> dict[str, Released]:
    found: dict[str, Released] = {}
    for note in notes:
        said = json.loads(note.after)
        name, rows = said["detector"], frozenset(tuple(key) for key in said["rows"])
        before = found.get(name, Released())
        if note.verb == RELEASED:
            some = Released(before.everything, before.rows | rows, before.but - rows)
            found[name] = some if rows else Released(everything=True)
        else:
            some = Released(before.everything, before.rows - rows, before.but | rows)
            found[name] = some if rows else Released()
    return found


@dataclass(slots=True)
class Detectors:
    """Finds what the declared detectors catch. `caught` are the relations of what each caught, by detector."""

    opening: Callable[[], Staging]
    released: Mapping[str, Released]
    caught: dict[str, str] = field(default_factory=dict)

    def __call__(self, rows: Rows) -> list[Found]:
        """Give the rows to be left out, by detector, without those released."""
        found: list[Found] = []
        for name, detector in sorted(rows.catalog.detectors.items()):
            fact = rows.catalog.facts[detector.of]
            if not rows.relations.get(fact.name):
                continue
            relation = self._caught(rows, detector, fact)
            self.caught[name] = relation.key
            types = key_types(fact)
            some = exp.select(exp.Literal.number(1)).from_(rows.engine.scan([relation], types, "x")).limit(1)
            if not rows.engine.read(some).num_rows:
                continue
            given = self.released.get(name, Released())
            depends = [name, relation.key, given.everything, sorted(given.rows), sorted(given.but)]
            query = _left(rows.engine, relation, fact, name, given)
            if query is not None:
                found.append(Found(fact.name, query, depends))
        return found

    def _caught(self, rows: Rows, detector: DetectorBase, fact: Fact) -> Relation:
        """Give the relation of what a detector caught, made unless it is there."""
        read = sorted({fact.name, *(target for _, target in _behind(detector, fact))})
        said = json.dumps([
            DETECTING, rows.catalog.fingerprint(detector).meaning, detector.name,
            {name: sorted(r.key for r in rows.relations.get(name, ())) for name in read},
        ])  # fmt: skip
        relation = Relation("left_out", fact.name, hashlib.sha256(said.encode()).hexdigest()[:32])
        if not rows.engine.exists(relation):
            with self.opening() as staging:
                self._write(rows, detector, fact, relation, staging)
        return relation

    def _write(
        self, rows: Rows, detector: DetectorBase, fact: Fact, relation: Relation, staging: Staging
    ) -> None:
        staging.load("everything", rows.engine.stream(_read(rows, detector, fact)))
        looked = exp.select("*").from_("everything")
        if detector.where is not None:
            own = {name: exp.column(name, quoted=True) for name in fact.columns}
            expression = rows.catalog.expression(detector, "where")
            looked = looked.where(lowered(expression, own, rows.catalog.project.time_zone))
        staging.create(LOOKED_AT, looked)
        detecting = Detecting(detector, staging, len(fact.key))
        query = detecting.caught()
        if query is None:
            query = exp.select(*(exp.column(f"k{n}") for n in range(len(fact.key))), c.text("").as_("_shown"))
            query = query.from_(LOOKED_AT).where(exp.false())
        named = [exp.column(f"k{n}").as_(name, quoted=True) for n, name in enumerate(fact.key)]
        order = [exp.column(f"k{n}") for n in range(len(fact.key))]
        final = exp.select(*named, "_shown").from_(query.subquery("q")).order_by(*order)
        rows.engine.write(relation, staging.stream(final))


def key_types(fact: Fact) -> dict[str, ValueType]:
    """Give the types of a fact's key as it is kept."""
    return {name: kind_at_rest(fact.columns[name].type) for name in fact.key}


def _left(engine: Engine, relation: Relation, fact: Fact, name: str, given: Released) -> exp.Select | None:
    """Give the query for the rows left out for a detector's sake; None where nothing may be."""
    types = key_types(fact)
    keys = [exp.column(column, table="x", quoted=True) for column in fact.key]
    query = exp.select(
        *(key.copy().as_(column, quoted=True) for column, key in zip(fact.key, keys, strict=True)),
        as_type(exp.null(), "text").as_("_purpose", quoted=True),
        as_type(exp.Literal.string(name), "text").as_("_reason", quoted=True),
    ).from_(engine.scan([relation], types, "x"))
    if given.everything:
        return query.where(_among(keys, given.but)) if given.but else None
    return query.where(exp.Not(this=exp.paren(_among(keys, given.rows)))) if given.rows else query


def _among(keys: Sequence[exp.Expr], wanted: Iterable[Key]) -> exp.Expr:
    """Tell whether a row's key is one of some."""
    texts = [as_type(key.copy(), "text") for key in keys]
    if len(texts) == 1:
        return exp.In(this=texts[0], expressions=[exp.Literal.string(key[0]) for key in sorted(wanted)])
    return exp.or_(
        *(
            exp.and_(
                *(
                    exp.EQ(this=t.copy(), expression=exp.Literal.string(v))
                    for t, v in zip(texts, key, strict=True)
                )
            )
            for key in sorted(wanted)
        )
    )


def _behind(detector: DetectorBase, fact: Fact) -> Iterator[tuple[str, str]]:
    """Give the references that a detector reads through, each with the fact it leads to."""
    if isinstance(detector, ImpossibleTiming):
        for path in detector.not_before:
            reference, dot, _ = path.rpartition(".")
            if dot:
                yield reference, fact.columns[reference].references or ""


def _read(rows: Rows, detector: DetectorBase, fact: Fact) -> exp.Select:
    """Select what a detector needs of a fact: key, `_at`, the columns it names, instants behind references."""
    wanted = _wanted(rows, detector, fact)
    references = dict(_behind(detector, fact))
    read = sorted({*wanted, *references, *fact.key, *_at(fact)})
    types = {name: kind_at_rest(fact.columns[name].type) for name in read}
    chosen: list[exp.Expr] = [
        exp.column(k, table="f", quoted=True).as_(f"k{n}") for n, k in enumerate(fact.key)
    ]
    chosen += [exp.column(name, table="f", quoted=True).as_(name, quoted=True) for name in wanted]
    for name in _at(fact):
        chosen.append(_clock(exp.column(name, table="f", quoted=True), types[name]).as_(AT, quoted=True))
    if isinstance(detector, ImpossibleTiming):
        for n, path in enumerate(detector.not_before):
            reference, _, column = path.rpartition(".")
            table = f"r_{reference}" if reference else "f"
            value = _clock(exp.column(column, table=table, quoted=True), "instant")
            chosen.append(value.as_(f"o{n}", quoted=True))
            types |= {} if reference else {column: "instant"}
    query = exp.select(*chosen).from_(rows.engine.scan(rows.relations[fact.name], types, "f"))
    for reference, target in references.items():
        other = rows.catalog.facts[target]
        paths = [path.rpartition(".") for path in getattr(detector, "not_before", ())]
        names = {other.key[0], *(column for table, _, column in paths if table == reference)}
        theirs: dict[str, ValueType] = {
            name: kind_at_rest(other.columns[name].type) for name in sorted(names)
        }
        scanned = rows.engine.scan(rows.relations.get(target, ()), theirs, f"r_{reference}")
        same = exp.EQ(
            this=exp.column(reference, table="f", quoted=True),
            expression=exp.column(other.key[0], table=f"r_{reference}", quoted=True),
        )
        query = query.join(scanned, on=same, join_type="left")
    return query


def _wanted(rows: Rows, detector: DetectorBase, fact: Fact) -> list[str]:
    """Give the fact's own columns that a detector names."""
    found: set[str] = set()
    for key in ("column", "columns", "by", "same", "text", "respondent"):
        value = getattr(detector, key, None)
        found |= {value} if isinstance(value, str) else set(value or ())
    if detector.where is not None:
        found |= set(rows.catalog.expression(detector, "where").columns)
    return sorted(found & fact.columns.keys())


def _at(fact: Fact) -> list[str]:
    return [fact.at] if fact.at else []


def _clock(value: exp.Expr, kind: ValueType) -> exp.Expr:
    """An instant as UTC wall clock; a date is its midnight."""
    return as_type(value if kind == "date" else c.in_zone(value, "UTC"), "timestamp")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What one detector caught: how many rows, how many of them count all the same, and some that do not."""

    detector: DetectorBase
    caught: int
    released: int
    examples: tuple[tuple[Key, str], ...]

    @property
    def left_out(self) -> int:
        """The rows that enter no figure for this detector's sake."""
        return self.caught - self.released


def exclusions(
    detectors: Mapping[str, DetectorBase],
    facts: Mapping[str, Fact],
    engine: Engine,
    caught: Mapping[str, str],
    given: Mapping[str, Released],
    *,
    examples: int = 3,
) -> list[Exclusion]:
    """Give what each detector caught, by name; `caught` as a generation names the relations."""
    found = []
    for name in sorted(caught.keys() & detectors.keys()):
        detector = detectors[name]
        mine = given.get(name, Released())
        number, free, shown = 0, 0, list[tuple[Key, str]]()
        for key, words in rows_caught(engine, facts[detector.of], caught[name]):
            number += 1
            if mine.releases(key):
                free += 1
            elif len(shown) < examples:
                shown.append((key, words))
        found.append(Exclusion(detector, number, free, tuple(shown)))
    return found


def rows_caught(engine: Engine, fact: Fact, relation: str) -> Iterator[tuple[Key, str]]:
    """Give the key of each row that a detector caught, and what of it was seen, by key."""
    types = key_types(fact)
    keys = [as_type(exp.column(name, table="x", quoted=True), "text") for name in fact.key]
    scanned = engine.scan([Relation("left_out", fact.name, relation)], {**types, "_shown": "text"}, "x")
    chosen = [key.as_(f"k{n}", quoted=True) for n, key in enumerate(keys)]
    query = exp.select(*chosen, exp.column("_shown", table="x", quoted=True).as_("_shown", quoted=True))
    order = [exp.column(f"k{n}", quoted=True) for n in range(len(keys))]
    for batch in engine.stream(query.from_(scanned).order_by(*order)):
        for row in batch.to_pylist():
            yield tuple(row[f"k{n}"] for n in range(len(keys))), row["_shown"] or ""
