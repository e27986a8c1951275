"""The rows that a change moves: gained, lost, or counted otherwise, with examples whose personal values are masked.

Rows are told apart by their fact's key; each one's part in either version is what its own states would be. Metrics of
one pass are compared by the warehouse, all others (of every type, and of rows that lie in two places) here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Conversion, RowMetrics
from leadline.governance.pairing import Paired, leaf
from leadline.metrics.families import by_metric
from leadline.metrics.finest import BUCKET, UNIT, finest
from leadline.metrics.graft import WallClock
from leadline.metrics.partitions import between
from leadline.metrics.published import Published
from leadline.metrics.shapes import KEYS, ROWS, shape, slice_alias, term_alias
from leadline.metrics.terms import names
from leadline.store.casts import as_type

MASKED = "•••"
HIDDEN = frozenset({"personal", "sensitive"})
KINDS = ("gained", "lost", "reclassified")
MOST = 2_000_000
"""So many rows of a version are compared one by one."""
_ROWS = "m"


@dataclass(frozen=True, slots=True)
class Example:
    """One row: `kind` is gained, lost or reclassified; `values` by column, personal ones masked."""

    kind: str
    day: str
    values: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Moved:
    """How many rows a change moves, of how many in either version, and a few of them."""

    fact: str
    rows: int
    gained: int
    lost: int
    reclassified: int
    examples: tuple[Example, ...]


def moved(both: Paired, name: str, since: date, until: date, limit: int) -> Moved | None:
    """Find the rows of [since, until) that a change moves; None where versions do not read the same fact row by row."""
    published, catalog = both.published, both.published.catalog
    old, new = leaf(catalog, name), leaf(catalog, both.names[name])
    if old is None or new is None or not _alike(both, old, new):
        return None
    columns = tuple(dict.fromkeys((*catalog.facts[old.of].key, *_named(catalog, old), *_named(catalog, new))))
    rows = finest(published.facts, [old, new], columns, by_batch=False).subquery(_ROWS)
    day = as_type(_column(BUCKET), "date")
    sides = {one.name: _column(term_alias(one.name, "n")) for one in (old, new)}
    was, now = (_counted(side) for side in sides.values())
    other = exp.or_(
        *(
            exp.NullSafeNEQ(
                this=_column(term_alias(old.name, t)), expression=_column(term_alias(new.name, t))
            )
            for t in names(old)
        )
    )
    kind = exp.Case(
        ifs=[
            exp.If(this=exp.and_(exp.Not(this=was.copy()), now.copy()), true=exp.Literal.string("gained")),
            exp.If(this=exp.and_(was.copy(), exp.Not(this=now.copy())), true=exp.Literal.string("lost")),
            exp.If(this=exp.and_(was.copy(), now.copy(), other), true=exp.Literal.string("reclassified")),
        ],
        default=exp.Literal.string("same"),
    )
    chosen = [exp.alias_(kind, "kind", quoted=True), exp.alias_(day, "day", quoted=True)]
    chosen += [
        exp.alias_(as_type(_column(slice_alias(c)), "text"), f"c{i}", quoted=True)
        for i, c in enumerate(columns)
    ]
    told = (
        exp.select(*chosen)
        .from_(rows)
        .where(exp.or_(was.copy(), now.copy()), *between(day.copy(), since, until))
    )
    counts = _counts(both, told)
    few = _examples(both, told, columns, limit)
    examples = tuple(
        Example(row["kind"], row["day"].isoformat(), _values(catalog, old.of, columns, row)) for row in few
    )
    gained, lost, reclassified = (counts.get(one, 0) for one in KINDS)
    return Moved(old.of, sum(counts.values()), gained, lost, reclassified, examples)


def moved_between(
    sides: tuple[Published, Published], name: str, days: tuple[date, date], limit: int
) -> tuple[Moved | None, str]:
    """Find the rows of some days that a change moves, wherever those of either version lie (the old one first); or say
    why not."""
    before, after = sides
    old, new = leaf(before.catalog, name), leaf(after.catalog, name)
    if old is None or new is None:
        return None, "It is made of other metrics: see which rows of theirs move."
    if old.of != new.of or before.catalog.facts[old.of].key != after.catalog.facts[new.of].key:
        return None, "The versions do not read rows of one fact, told apart by one key."
    key = before.catalog.facts[old.of].key
    columns = tuple(dict.fromkeys((*key, *_named(before.catalog, old))))
    found = []
    for published, metric in ((before, old), (after, new)):
        mine = tuple(c for c in columns if c in published.catalog.facts[metric.of].columns)
        states = _states(published, metric, mine, days)
        if published.engine.read(_count(states)).column("n")[0].as_py() > MOST:
            return None, f"More than {MOST:,} rows are not compared one by one."
        found.append(_by_key(published.engine.read(states), mine, key))
    return _compared(before.catalog, old.of, found, limit), ""


def _states(
    published: Published, metric: RowMetrics, columns: tuple[str, ...], days: tuple[date, date]
) -> exp.Select:
    """Select what each row of some days adds to the states: columns `c0` …, `day`, `unit`, then the state."""
    kind = shape(metric)
    rows = finest(published.facts, [metric], columns, by_batch=False).subquery(_ROWS)
    day: exp.Expr = as_type(_column(BUCKET), "date")
    if metric.finest == "hour":
        day = as_type(WallClock.of(published.catalog, metric).local(_column(BUCKET), _column(UNIT)), "date")
    state = [*KEYS[kind]]
    state += [term_alias(metric.name, t) for t in names(metric)] if kind in {"terms", "changes"} else [ROWS]
    chosen = [
        exp.alias_(as_type(_column(slice_alias(c)), "text"), f"c{i}", quoted=True)
        for i, c in enumerate(columns)
    ]
    chosen += [exp.alias_(day, "day", quoted=True), exp.alias_(_column(UNIT), "unit", quoted=True)]
    chosen += [exp.alias_(_column(one), f"s{i}", quoted=True) for i, one in enumerate(state)]
    return exp.select(*chosen).from_(rows).where(*between(day.copy(), *days))


def _count(states: exp.Select) -> exp.Select:
    n = exp.alias_(as_type(exp.Count(this=exp.Star()), "bigint"), "n", quoted=True)
    return exp.select(n).from_(states.copy().subquery("t"))


@dataclass(frozen=True)
class _Side:
    """What each row adds, by its key, and its values for examples: a row that enters and leaves adds twice."""

    said: dict[tuple[str | None, ...], list[tuple[Any, ...]]]
    values: dict[tuple[str | None, ...], tuple[str | None, ...]]
    columns: tuple[str, ...]


def _by_key(table: pa.Table, columns: tuple[str, ...], key: tuple[str, ...]) -> _Side:
    values = list(zip(*(table.column(f"c{i}").to_pylist() for i in range(len(columns))), strict=True))
    states = [table.column(n) for n in table.column_names if not n.startswith("c")]
    states = [pc.round(one, 9) if pa.types.is_floating(one.type) else one for one in states]
    said: dict[tuple[str | None, ...], list[tuple[Any, ...]]] = {}
    shown: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}
    for value, state in zip(values, zip(*(one.to_pylist() for one in states), strict=True), strict=True):
        said.setdefault(value[: len(key)], []).append(state)
        shown[value[: len(key)]] = value
    return _Side(said, shown, columns)


def _compared(catalog: Catalog, fact: str, sides: list[_Side], limit: int) -> Moved:
    before, after = sides
    kinds: dict[str, list[tuple[str | None, ...]]] = {kind: [] for kind in KINDS}
    for key, state in before.said.items():
        if key not in after.said:
            kinds["lost"].append(key)
        elif sorted(state, key=str) != sorted(after.said[key], key=str):
            kinds["reclassified"].append(key)
    kinds["gained"] = [key for key in after.said if key not in before.said]
    examples = tuple(_of_each(catalog, fact, kinds, sides, limit))
    every = len(before.said) + len(kinds["gained"])
    return Moved(fact, every, len(kinds["gained"]), len(kinds["lost"]), len(kinds["reclassified"]), examples)


def _of_each(
    catalog: Catalog,
    fact: str,
    kinds: dict[str, list[tuple[str | None, ...]]],
    sides: list[_Side],
    limit: int,
) -> Iterator[Example]:
    """Give a few moved rows of each kind, the latest first."""
    for kind in KINDS:
        side = sides[1] if kind == "gained" else sides[0]
        latest = sorted(kinds[kind], key=lambda key: tuple(v or "" for v in key))
        latest.sort(key=lambda key: side.said[key][0][0], reverse=True)
        for key in latest[:limit]:
            row = {f"c{i}": value for i, value in enumerate(side.values[key])}
            yield Example(kind, side.said[key][0][0].isoformat(), _values(catalog, fact, side.columns, row))


def _alike(both: Paired, old: RowMetrics, new: RowMetrics) -> bool:
    family = by_metric(both.published.catalog)
    same = family[old.name] == family[new.name] and names(old) == names(new)
    return same and shape(old) == "terms" and not isinstance(old, Conversion) and "n" in names(old)


def _named(catalog: Catalog, metric: RowMetrics) -> list[str]:
    """Name the columns of a metric's expressions, without those behind references."""
    found = {
        column for (kind, name, _), e in catalog.expressions.items() if (kind, name) == ("metric", metric.name)
        for column in e.columns
    }  # fmt: skip
    return sorted(c for c in found if "." not in c and c in catalog.facts[metric.of].columns)


def _counted(n: exp.Expr) -> exp.Expr:
    return exp.GT(
        this=exp.Coalesce(this=n, expressions=[exp.Literal.number(0)]), expression=exp.Literal.number(0)
    )


def _counts(both: Paired, told: exp.Select) -> dict[str, int]:
    kind = exp.column("kind", table="t", quoted=True)
    n = exp.alias_(as_type(exp.Count(this=exp.Star()), "bigint"), "n", quoted=True)
    query = exp.select(kind, n).from_(told.copy().subquery("t")).group_by(kind.copy())
    return {row["kind"]: row["n"] for row in both.published.engine.read(query).to_pylist()}


def _examples(both: Paired, told: exp.Select, columns: tuple[str, ...], limit: int) -> list[dict[str, Any]]:
    """Give a few moved rows of each kind, the latest first."""
    kind = exp.column("kind", table="t", quoted=True)
    order = [exp.Ordered(this=exp.column("day", table="t", quoted=True), desc=True, nulls_first=False)]
    order += [
        exp.Ordered(this=exp.column(f"c{i}", table="t", quoted=True), nulls_first=True)
        for i in range(len(columns))
    ]
    found: list[dict[str, Any]] = []
    for one in KINDS:
        same = exp.EQ(this=kind.copy(), expression=exp.Literal.string(one))
        query = (
            exp.select(exp.Star()).from_(told.copy().subquery("t")).where(same).order_by(*order).limit(limit)
        )
        found += both.published.engine.read(query).to_pylist()
    return found


def _values(
    catalog: Catalog, fact: str, columns: tuple[str, ...], row: dict[str, Any]
) -> dict[str, str | None]:
    """Give a row's values; those of personal columns are masked, and so are all that nobody has classified as less."""
    shown = {}
    for place, name in enumerate(columns):
        value = row[f"c{place}"]
        personal = catalog.classification(catalog.facts[fact].columns[name]) in HIDDEN
        shown[name] = MASKED if personal and value is not None else value
    return shown


def _column(name: str) -> exp.Column:
    return exp.column(name, table=_ROWS, quoted=True)
