"""The rows that a change moves: gained, lost, or counted otherwise, with examples whose personal values are masked.

Rows are told apart by their fact's key; each one's part in either version is what its own states would be.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Conversion, RowMetrics
from leadline.governance.pairing import Paired, leaf
from leadline.metrics.families import by_metric
from leadline.metrics.finest import BUCKET, finest
from leadline.metrics.partitions import between
from leadline.metrics.shapes import shape, slice_alias, term_alias
from leadline.metrics.terms import names
from leadline.store.casts import as_type

MASKED = "•••"
HIDDEN = frozenset({"personal", "sensitive"})
KINDS = ("gained", "lost", "reclassified")
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
