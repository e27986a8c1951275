"""Whose wall clock decides the local time of a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from leadline.catalog.business_time import BusinessTime
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import RowMetric

ROW = "f"
"""Alias of the fact's own rows in every query."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """One zone's clock, or each unit's own: `unit` is the column that names a row's unit, `zones` the units by zone.

    `business` is the calendar's business time, if it has any.
    """

    zone: str
    unit: str | None = None
    zones: Mapping[str, tuple[str, ...]] | None = None
    business: BusinessTime | None = None

    @classmethod
    def of(cls, catalog: Catalog, metric: RowMetric) -> "WallClock":
        """Give the clock that a metric declares."""
        project, fact = cls.of_project(catalog), catalog.facts[metric.of]
        if metric.clock == "project" or fact.unit is None:
            return project
        zones: dict[str, tuple[str, ...]] = {}
        for name in catalog.units.names:
            other = catalog.units.time_zone(name)
            if other != project.zone:
                zones[other] = (*zones.get(other, ()), name)
        return cls(project.zone, fact.unit, zones, project.business)

    @classmethod
    def of_project(cls, catalog: Catalog) -> "WallClock":
        """Give the project's clock."""
        return cls(catalog.project.time_zone, business=BusinessTime.of(catalog.calendar))

    def local(self, instant: exp.Expr, unit: exp.Expr | None = None) -> exp.Expr:
        """Give the SQL for the wall-clock time (without zone) of an instant; `unit` stands in for the row's."""
        return self.by_zone(lambda zone: _at_zone(instant, zone), unit)

    def by_zone(self, value: Callable[[str], exp.Expr], unit: exp.Expr | None = None) -> exp.Expr:
        """Give a value that depends on the zone: of the one zone, or of each unit's own."""
        here = value(self.zone)
        if not self.zones:
            return here
        place = unit if unit is not None else exp.column(self.unit or "", table=ROW, quoted=True)
        case = exp.Case()
        for zone, names in sorted(self.zones.items()):
            case = case.when(place.copy().isin(*names), value(zone))
        return case.else_(here)


def _at_zone(instant: exp.Expr, zone: str) -> exp.Expr:
    return exp.AtTimeZone(this=exp.paren(instant.copy()), zone=exp.Literal.string(zone))
