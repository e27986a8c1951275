"""Which metrics are computed in one pass, and which state tables that makes: names, keys, sums."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations

from leadline.catalog import Catalog
from leadline.catalog.composition import instant, purpose, rows
from leadline.catalog.definitions import (
    COMPOSED,
    Conversion,
    Grain,
    RowMetrics,
    Stock,
)
from leadline.metrics import terms
from leadline.metrics.finest import BUCKET, UNIT, Products
from leadline.metrics.history import Dimensions
from leadline.metrics.shapes import KEYS, ROWS, product_alias, shape, slice_alias, term_alias
from leadline.store.engine import ValueType


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics that are computed in one pass: same fact, instant, clock, finest grain, reading of history, and purpose.

    `alone` is the metric that needs a pass of its own: a stock reads each row twice, a conversion looks ahead.
    """

    fact: str
    at: str
    clock: str
    finest: Grain
    dimensions: Dimensions
    purpose: str | None
    alone: str
    metrics: tuple[RowMetrics, ...]

    @property
    def name(self) -> str:
        """Name the family, stable over its metrics' changes."""
        at, clock = self.at.replace(".", "__"), self.clock.replace(".", "__")
        as_is = "_as_is" if self.dimensions == "as_is" else ""
        what_for = f"_for_{self.purpose}" if self.purpose else ""
        return self.alone or f"{self.fact}_at_{at}_{clock}_{self.finest}{as_is}{what_for}"


@dataclass(frozen=True, slots=True)
class StateTable:
    """Finest states of a family: several metrics whose states are sums, by no column or one; or one metric of another
    shape by all its columns together, for its rows are hardly fewer by one column than by all."""

    family: Family
    by: tuple[str, ...]
    metrics: tuple[RowMetrics, ...]
    products: Products = ()

    @property
    def shape(self) -> str:
        """Give the shape that the table's metrics share."""
        return shape(self.metrics[0])

    @property
    def name(self) -> str:
        """Name the table."""
        if not self.is_sums:
            return f"{self.metrics[0].name}_{self.shape}"
        return f"{self.family.name}_by_{self.by[0].replace('.', '__') if self.by else 'nothing'}"

    @property
    def is_sums(self) -> bool:
        """Tell whether its rows are plain sums, far fewer than the fact's."""
        return self.shape in {"terms", "changes"}

    def answers(self, columns: Collection[str]) -> bool:
        """Tell whether figures by these columns are read from this table."""
        return set(columns) == set(self.by) if self.is_sums else set(columns) <= set(self.by)

    @property
    def keys(self) -> dict[str, ValueType]:
        """Name the key columns with their types."""
        keys: dict[str, ValueType] = {
            BUCKET: "instant" if self.family.finest == "hour" else "date",
            UNIT: "text",
        }
        keys |= {slice_alias(column): "text" for column in self.by}
        return {**keys, **KEYS[shape(self.metrics[0])]}

    @property
    def columns(self) -> dict[str, ValueType]:
        """Name all columns of a published table with their types."""
        return {**self.keys, **self.sums}

    @property
    def sums(self) -> dict[str, ValueType]:
        """Name the summed columns with their types."""
        if not self.is_sums:
            return {ROWS: "integer"}
        found: dict[str, ValueType] = {
            term_alias(m.name, t): "number" for m in self.metrics for t in terms.names(m)
        }
        for one, other in self.products:
            found |= {
                product_alias(one.name, a, other.name, b): "number"
                for a in terms.basics(one)
                for b in terms.basics(other)
            }
        return found


def families(catalog: Catalog) -> list[Family]:
    """Group the row metrics that share a pass, in stable order."""
    groups: dict[tuple[str, str, str, Grain, Dimensions, str | None, str], list[RowMetrics]] = {}
    for metric in sorted(catalog.metrics.values(), key=lambda m: m.name):
        if not isinstance(metric, COMPOSED):
            alone = metric.name if isinstance(metric, Stock | Conversion) else ""
            at = instant(catalog, metric)
            what_for = purpose(catalog, metric)
            key = (metric.of, at, metric.clock, metric.finest, metric.dimensions, what_for, alone)
            groups.setdefault(key, []).append(metric)
    return [Family(*key, metrics=tuple(group)) for key, group in sorted(groups.items(), key=_order)]


def _order(group: tuple[tuple[str | None, ...], object]) -> tuple[str, ...]:
    return tuple(part or "" for part in group[0])


def tables(catalog: Catalog) -> list[StateTable]:
    """Give every state table of the project: for each family the sums by no column and by each declared one, and a
    table for each metric of another shape."""
    found: list[StateTable] = []
    together = products(catalog)
    for family in families(catalog):
        sums = tuple(m for m in family.metrics if shape(m) in {"terms", "changes"})
        for column in (None, *sorted({column for metric in sums for column in metric.by})):
            having = tuple(m for m in sums if column is None or column in m.by)
            names = {m.name for m in having}
            pairs = tuple(p for p in together if p[0].name in names and p[1].name in names)
            if having:
                found.append(StateTable(family, (column,) if column else (), having, pairs))
        found += [StateTable(family, m.by, (m,)) for m in family.metrics if m not in sums]
    return found


def products(catalog: Catalog) -> list[tuple[RowMetrics, RowMetrics]]:
    """Give the pairs of metrics, of one family each, that stand in one formula: their figures vary together."""
    pairs: dict[tuple[str, str], tuple[RowMetrics, RowMetrics]] = {}
    family = by_metric(catalog)
    for metric in catalog.metrics.values():
        if not isinstance(metric, COMPOSED):
            continue
        leaves = sorted((m for m in rows(catalog, metric) if terms.basics(m)), key=lambda m: m.name)
        for one, other in combinations(leaves, 2):
            if family[one.name] == family[other.name]:
                pairs[one.name, other.name] = (one, other)
    return [pairs[key] for key in sorted(pairs)]


def by_metric(catalog: Catalog) -> Mapping[str, Family]:
    """Give the family of each row metric by the metric's name."""
    return {metric.name: family for family in families(catalog) for metric in family.metrics}
