"""How far the sources agree with others: the share of reconciled cells that agree, of those a source has rows in.

A cell that lacks a side's rows altogether tells nothing of which source they should have come from: it counts for every
source of that side's fact, unless the source says that it brings other values, or the rows of other units.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlglot import exp

from leadline.catalog.composition import instant
from leadline.catalog.definitions import Count, RowMetrics, Source, Stock
from leadline.insights.reconciliations import Cell, Reconciled, pairs
from leadline.metrics.facts import BATCH, Limit
from leadline.metrics.finest import finest
from leadline.metrics.graft import WallClock
from leadline.metrics.lateness import Values, asks_for_others
from leadline.metrics.merging import STATE, Merge, merged
from leadline.metrics.published import Published
from leadline.metrics.shapes import slice_alias

AROUND = timedelta(days=2)
"""So many days beside a period are read too: what is a day is decided by wall clocks."""


def agreeing(published: Published, found: Sequence[Reconciled]) -> dict[str, float]:
    """Give, by source, the share of the judged cells that agree, of those that its rows are in."""
    states: dict[str, list[bool]] = {}
    for one in found:
        judged = [cell for cell in one.now if cell.state != "not judged"]
        for unit in dict.fromkeys(cell.unit for cell in judged):
            mine = [cell for cell in judged if cell.unit == unit]
            for side in (one.definition.left, one.definition.right):
                by = one.definition.by if side == one.definition.left else one.definition.right_by
                for leaf in published.rows(side):
                    for name, cell in _concerned(published, one, leaf, by, mine):
                        states.setdefault(name, []).append(cell.state == "agrees")
    return {name: sum(said) / len(said) for name, said in sorted(states.items())}


def _concerned(
    published: Published, one: Reconciled, leaf: RowMetrics, by: tuple[str, ...], cells: Sequence[Cell]
) -> Iterator[tuple[str, Cell]]:
    """Give each source of a leaf's fact with each of the cells, all of one unit and period, that it answers for."""
    there = _sources(published, one, leaf, by, cells[0])
    for cell in cells:
        values = tuple(value or "" for _, value in pairs(cell.slice)) if by else ()
        names = there.get(values) or _possible(published, leaf, by, cell)
        yield from ((name, cell) for name in sorted(names))


def _sources(
    published: Published, one: Reconciled, leaf: RowMetrics, by: tuple[str, ...], cell: Cell
) -> dict[tuple[str, ...], set[str]]:
    """Give the sources of the rows that a leaf counts in a period and unit, by the values of the slice."""
    catalog = published.catalog
    fact = catalog.facts[leaf.of]
    if fact.from_ or isinstance(leaf, Stock):
        return {}  # derived rows name no source; a stock's rows came long before
    rows = Count(
        kind="metric", type="count", name=leaf.name, of=leaf.of, where=leaf.where, at=leaf.at, clock=leaf.clock,
        dimensions=leaf.dimensions, by=by,
    )  # fmt: skip
    at = instant(catalog, leaf)
    facts = published.facts
    if "." not in at:
        near = {leaf.of: Limit(at, cell.start - AROUND, cell.end + AROUND)}
        facts = facts.narrowed({}, near)
    merge = Merge(
        grain=one.definition.grain,
        periods=published.periods,
        finest=rows.finest,
        clock=WallClock.of(catalog, rows),
        within=sorted(catalog.units.descendants(cell.unit)) if cell.unit else None,
        by=by,
        since=cell.start.isoformat(),
        until=cell.end.isoformat(),
    )
    made = finest(facts, [rows], by, by_batch=True)
    query = merged(made.subquery(STATE), [rows], merge, also=(BATCH,)).subquery("m")
    names = [exp.column(name, table="m", quoted=True) for name in (*map(slice_alias, by), BATCH)]
    found: dict[tuple[str, ...], set[str]] = {}
    for row in published.engine.read(exp.select(*names).distinct().from_(query)).to_pylist():
        batch = published.batches.get(row[BATCH])
        if batch is not None:
            values = tuple(row[slice_alias(column)] or "" for column in by)
            found.setdefault(values, set()).add(batch.source)
    return found


def _possible(published: Published, leaf: RowMetrics, by: tuple[str, ...], cell: Cell) -> set[str]:
    """Give the sources that the rows of a cell without any may have come from."""
    catalog, fact = published.catalog, leaf.of
    while (made := catalog.facts[fact].from_) is not None:
        fact = made
    found = {name for name, source in catalog.sources.items() if source.fact == fact}
    values = pairs(cell.slice) if by else []
    return {
        name
        for name in found
        if not _brings_others(published, catalog.sources[name], leaf, values, cell.unit)
    }


def _brings_others(
    published: Published, source: Source, leaf: RowMetrics, values: Values, unit: str | None
) -> bool:
    catalog, expected = published.catalog, source.expected
    if expected is None or source.fact != leaf.of:
        return False
    brings = expected.brings
    if asks_for_others(catalog, leaf.name, tuple(sorted(brings.items()))):
        return True
    if any(column in brings and brings[column] != value for column, value in values):
        return True
    if not expected.units or unit is None:
        return False
    below = catalog.units.descendants
    return not any(one in below(unit) or unit in below(one) for one in expected.units)
