"""A user's checked expression, grafted into a query: columns qualified, division made safe, LOCAL made wall-clock time.

An expression is never pasted as text; its tree was checked by the catalog, and only copies of it are changed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import MetricBase
from leadline.catalog.expressions import Expression

ROW = "f"
"""Alias of the fact's own rows in every query."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """Whose clock decides the local time of a row: one zone, or each unit's."""

    zone: str
    unit: str | None = None
    zones: Mapping[str, tuple[str, ...]] | None = None

    @classmethod
    def of(cls, catalog: Catalog, metric: MetricBase) -> "WallClock":
        """Give the clock that a metric declares."""
        zone = catalog.project.time_zone
        fact = catalog.facts[metric.of]
        if metric.clock == "project" or fact.unit is None:
            return cls(zone)
        zones: dict[str, tuple[str, ...]] = {}
        for name in catalog.units.names:
            other = catalog.units.time_zone(name)
            if other != zone:
                zones[other] = (*zones.get(other, ()), name)
        return cls(zone, fact.unit, zones)

    def local(self, instant: exp.Expr, unit: exp.Expr | None = None) -> exp.Expr:
        """Give the wall-clock time (without zone) of an instant."""
        here = _at_zone(instant, self.zone)
        if not self.zones:
            return here
        place = unit if unit is not None else exp.column(self.unit or "", table=ROW)
        case = exp.Case()
        for zone, names in sorted(self.zones.items()):
            case = case.when(place.copy().isin(*names), _at_zone(instant.copy(), zone))
        return case.else_(here)


def _at_zone(instant: exp.Expr, zone: str) -> exp.Expr:
    return exp.AtTimeZone(this=exp.paren(instant.copy()), zone=exp.Literal.string(zone))


def reference_alias(column: str) -> str:
    """Name the joined rows that a reference column leads to."""
    return f"r_{column}"


def column(path: str) -> exp.Column:
    """Give the qualified column for `column` or `reference.column`."""
    reference, _, name = path.rpartition(".")
    return exp.column(name, table=reference_alias(reference) if reference else ROW, quoted=True)


def graft(expression: Expression, clock: WallClock) -> exp.Expr:
    """Give a copy of a checked tree that can stand in a query over the fact's rows.

    What has no result for a row (a division by zero, the logarithm of a negative number) is null for that row.
    """
    whole = exp.paren(expression.tree)
    inside_out = [node for node in reversed(list(whole.walk(bfs=False))) if node is not whole]
    for node in inside_out:
        replaced = _replaced(node, clock)
        if replaced is not node:
            node.replace(replaced)
    return whole


def _replaced(node: exp.Expr, clock: WallClock) -> exp.Expr:
    match node:
        case exp.Column():
            return column(f"{node.table}.{node.name}" if node.table else node.name)
        case exp.Div():
            return exp.Div(
                this=exp.cast(exp.paren(node.this), "double"),
                expression=_not_zero(node.expression),
                typed=False,
                safe=False,
            )
        case exp.Mod():
            return exp.Mod(this=node.this.copy(), expression=_not_zero(node.expression))
        case exp.Ln() | exp.Log() | exp.Sqrt():
            number = node.expression if isinstance(node, exp.Log) else node.this
            least = exp.GTE if isinstance(node, exp.Sqrt) else exp.GT
            defined = least(this=exp.paren(number.copy()), expression=exp.Literal.number(0))
            return exp.Case(ifs=[exp.If(this=defined, true=node.copy())])
        case exp.Anonymous() if node.name.upper() == "LOCAL":
            return clock.local(node.expressions[0])
        case _:
            return node


def _not_zero(divisor: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=exp.paren(divisor.copy()), expression=exp.Literal.number(0))
