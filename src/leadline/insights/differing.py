"""The rows behind a cell that differs: each key's rows added up on both sides, and the keys where the sums differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlglot import exp

from leadline.catalog.definitions import Count, Reconciliation, RowMetrics, Sum
from leadline.errors import QueryError
from leadline.metrics.finest import finest
from leadline.metrics.graft import WallClock
from leadline.metrics.merging import STATE, Merge, merged
from leadline.metrics.published import Published
from leadline.metrics.shapes import slice_alias, term_alias
from leadline.metrics.uniting import union_all
from leadline.store.casts import as_type

Side = Literal["left only", "right only", "different"]
SIDES: tuple[Side, ...] = ("left only", "right only", "different")
_VALUES = ("left_value", "left_rows", "right_value", "right_rows")
_EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class DifferingKey:
    """One key whose rows are on one side only, or add up to different values."""

    key: tuple[str | None, ...]
    side: Side
    left: float
    right: float
    left_rows: int
    right_rows: int


@dataclass(frozen=True, slots=True)
class Differing:
    """The keys that differ in a cell, the largest difference first; how many there are of each kind, and in all."""

    columns: tuple[str, ...]
    keys: tuple[DifferingKey, ...]
    counts: dict[Side, int]
    total: int


def differing(
    published: Published,
    one: Reconciliation,
    *,
    since: date,
    until: date,
    unit: str | None = None,
    where: Sequence[tuple[str, str | None]] = (),
    limit: int = 100,
) -> Differing:
    """Find the keys whose sums differ by more than the relative tolerance, among the rows of [since, until).

    Raises:
        QueryError: the reconciliation declares no key.
    """
    if not one.key:
        raise QueryError(
            f"{one.name} declares no key, so its rows cannot be told apart.",
            code="no-key-to-compare",
            hint="Add `key:` with the columns that both facts share.",
        )
    sides = []
    for nth, (name, key) in enumerate(zip((one.left, one.right), one.keys, strict=True)):
        metric = published.catalog.metrics[name]
        assert isinstance(metric, Sum | Count)  # noqa: S101 - the catalog refuses keys for other types
        sides.append(_side(published, metric, key, nth, _Cut(since, until, unit, tuple(where))))
    query = _differences(union_all(sides), len(one.key), float(one.tolerance.relative.rstrip(" %")) / 100)
    engine = published.engine
    counted = engine.read(_by_side(query)).to_pylist()
    first = engine.read(_largest(query, len(one.key), limit)).to_pylist()
    counts = {side: sum(row["keys"] for row in counted if row["side"] == side) for side in SIDES}
    keys = tuple(_key(row, len(one.key)) for row in first)
    return Differing(one.key, keys, counts, sum(counts.values()))


@dataclass(frozen=True, slots=True)
class _Cut:
    """Which rows are compared."""

    since: date
    until: date
    unit: str | None
    where: tuple[tuple[str, str | None], ...]


def _side(published: Published, metric: RowMetrics, key: Sequence[str], nth: int, cut: _Cut) -> exp.Select:
    """Give one side's rows by key: k0, k1, ..., and the four values, those of the other side 0."""
    columns = sorted({*key, *(column for column, _ in cut.where)})
    rows = finest(published.facts, [metric], columns, by_batch=False)
    units = published.catalog.units
    merge = Merge(
        grain="year",
        periods=published.periods,
        finest=metric.finest,
        clock=WallClock.of(published.catalog, metric),
        within=sorted(units.descendants(cut.unit)) if cut.unit else None,
        by=tuple(dict.fromkeys(key)),
        where=tuple((column, value or "") for column, value in cut.where),
        since=cut.since.isoformat(),
        until=cut.until.isoformat(),
    )
    inner = merged(rows.subquery(STATE), [metric], merge).subquery("m")
    chosen: list[exp.Expr] = [
        exp.alias_(as_type(exp.column(slice_alias(c), table="m", quoted=True), "text"), f"k{i}", quoted=True)
        for i, c in enumerate(key)
    ]
    own = (
        exp.column(term_alias(metric.name, "sx" if isinstance(metric, Sum) else "n"), table="m", quoted=True),
        exp.column(term_alias(metric.name, "n"), table="m", quoted=True),
    )
    for i, name in enumerate(_VALUES):
        value = own[i % 2] if i // 2 == nth else exp.Literal.number(0)
        chosen.append(exp.alias_(as_type(value, "double"), name, quoted=True))
    return exp.select(*chosen).from_(inner)


def _differences(both: exp.Query, width: int, relative: float) -> exp.Select:
    keys = [exp.column(f"k{i}", table="b", quoted=True) for i in range(width)]
    sums = {name: exp.Sum(this=exp.column(name, table="b", quoted=True)) for name in _VALUES}
    left, right = sums["left_value"], sums["right_value"]
    apart = exp.Abs(this=exp.Sub(this=left.copy(), expression=right.copy()))
    larger = exp.Greatest(this=exp.Abs(this=left.copy()), expressions=[exp.Abs(this=right.copy())])
    slack = exp.Mul(this=larger, expression=exp.Literal.number(repr(relative + _EXACT)))
    lonely = [
        exp.EQ(this=sums[n].copy(), expression=exp.Literal.number(0)) for n in ("left_rows", "right_rows")
    ]
    selected = [*(exp.alias_(k.copy(), f"k{i}", quoted=True) for i, k in enumerate(keys)),
                *(exp.alias_(e.copy(), n, quoted=True) for n, e in sums.items())]  # fmt: skip
    return (
        exp.select(*selected)
        .from_(both.subquery("b"))
        .group_by(*(key.copy() for key in keys))
        .having(exp.or_(exp.GT(this=apart, expression=slack), *lonely))
    )


def _by_side(query: exp.Select) -> exp.Select:
    """Count the keys that differ, by where their rows are."""
    none = [exp.EQ(this=_of(name), expression=exp.Literal.number(0)) for name in ("right_rows", "left_rows")]
    side = exp.Case(
        ifs=[
            exp.If(this=empty, true=exp.Literal.string(name))
            for empty, name in zip(none, SIDES, strict=False)
        ],
        default=exp.Literal.string(SIDES[2]),
    )
    keys = exp.alias_(as_type(exp.Count(this=exp.Star()), "bigint"), "keys", quoted=True)
    rows = query.copy().subquery("d")
    return exp.select(exp.alias_(side, "side", quoted=True), keys).from_(rows).group_by(side.copy())


def _largest(query: exp.Select, width: int, limit: int) -> exp.Select:
    apart = exp.Abs(this=exp.Sub(this=_of("left_value"), expression=_of("right_value")))
    order = [exp.Ordered(this=apart, desc=True, nulls_first=False)]
    order += [exp.Ordered(this=_of(f"k{i}"), nulls_first=True) for i in range(width)]
    return exp.select(exp.Star()).from_(query.copy().subquery("d")).order_by(*order).limit(limit)


def _of(name: str) -> exp.Column:
    return exp.column(name, table="d", quoted=True)


def _key(row: dict[str, Any], width: int) -> DifferingKey:
    left_rows, right_rows = round(row["left_rows"]), round(row["right_rows"])
    side: Side = "left only" if not right_rows else "right only" if not left_rows else "different"
    values = row["left_value"], row["right_value"]
    return DifferingKey(tuple(row[f"k{i}"] for i in range(width)), side, *values, left_rows, right_rows)
