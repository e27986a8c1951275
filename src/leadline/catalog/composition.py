"""What composed metrics are made of, down to the metrics over rows; and what follows from that for slices and units."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import (
    GRAINS,
    Collected,
    Cumulative,
    Derived,
    Grain,
    Index,
    Manual,
    Metric,
    RowMetric,
    RowMetrics,
)


def parts(catalog: Catalog, metric: Metric) -> tuple[str, ...]:
    """Name the metrics that a composed metric is directly made of; a row metric has none."""
    match metric:
        case Derived():
            found = catalog.expressions.get(("metric", metric.name, ("formula",)))
            return tuple(sorted(found.columns)) if found else ()
        case Index():
            return tuple(part.metric for part in metric.parts)
        case Cumulative():
            return (metric.metric,)
        case _:
            return ()


def rows(catalog: Catalog, metric: Metric) -> tuple[RowMetrics, ...]:
    """Give the row metrics under a metric (itself, if it is one), each once, in stable order."""
    return tuple({leaf.name: leaf for leaf in _leaves(catalog, metric, ())}.values())


def _leaves(catalog: Catalog, metric: Metric, above: tuple[str, ...]) -> Iterator[RowMetrics]:
    if isinstance(metric, RowMetric):
        yield metric
        return
    for name in parts(catalog, metric):
        part = catalog.metrics.get(name)
        if part is not None and name not in above:
            yield from _leaves(catalog, part, (*above, metric.name))


def dimensions(catalog: Catalog, metric: Metric) -> tuple[str, ...]:
    """Name the columns by which a metric can be sliced: those that all its row metrics declare."""
    if isinstance(metric, RowMetric):
        return metric.by
    found = rows(catalog, metric)
    return tuple(c for c in found[0].by if all(c in other.by for other in found)) if found else ()


def has_units(catalog: Catalog, metric: Metric) -> bool:
    """Tell whether a metric can be told apart by unit: whether the rows of all its facts name one."""
    return all(catalog.facts[leaf.of].unit is not None for leaf in rows(catalog, metric))


def finest_shown(catalog: Catalog, metric: Metric) -> Grain:
    """Give the finest period for which a metric is shown: that of the part of it that is measured least often."""
    every: list[Grain] = ["hour"]
    for one in (metric, *rows(catalog, metric)):
        if one.measured:
            every += [grain for grain in GRAINS if one.measured == f"every {grain}"]
        if isinstance(one, Manual):
            every.append(one.every)
    return max(every, key=GRAINS.index)


def instant(catalog: Catalog, metric: RowMetric) -> str:
    """Name the column that decides the period of a metric's rows."""
    return metric.instant(catalog.facts[metric.of]) or ""


def purpose(catalog: Catalog, metric: RowMetric) -> str | None:
    """Name what a metric's figures are for: only rows that may be used for it count."""
    return metric.purpose or catalog.project.purpose


def facts(catalog: Catalog, metric: Metric) -> tuple[str, ...]:
    """Name the facts whose rows a metric reads, each once."""
    return tuple(dict.fromkeys(leaf.of for leaf in rows(catalog, metric)))


def collected(catalog: Catalog, metric: Metric) -> Collected:
    """Give how often a metric's facts arrive and how long they take: of a composed metric the slowest of each."""
    found = [leaf.collected for leaf in rows(catalog, metric)] or [Collected()]
    every = max((one.every for one in found), key=GRAINS.index)
    live = bool(found) and all(one.real_time for one in found)
    return Collected(
        every=every, real_time=live, available_after=max((one.available_after for one in found), key=_hours)
    )


def _hours(wait: str) -> int:
    amount, unit = wait.split()
    return int(amount) * {"hour": 1, "day": 24, "week": 168}[unit.removesuffix("s")]
