"""Whose wall clock decides the local time of a row: the project's, its unit's, or that of a zone named in a column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from sqlglot import exp

from leadline.catalog.business_time import BusinessTime
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import RowMetric

ROW = "f"
"""Alias of the fact's own rows in every query."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """One zone's clock, or each unit's own: `unit` is the column that names a row's unit, `zones` the units by zone.

    `column` is the one (or `reference.column`) that holds the name of each row's zone. `business` is the calendar's
    business time, if it has any; rows with zones of their own have none.
    """

    zone: str
    unit: str | None = None
    zones: Mapping[str, tuple[str, ...]] | None = None
    business: BusinessTime | None = None
    column: str | None = None

    @classmethod
    def of(cls, catalog: Catalog, metric: RowMetric) -> "WallClock":
        """Give the clock that a metric declares."""
        project, fact = cls.of_project(catalog), catalog.facts[metric.of]
        if metric.clock not in {"project", "unit"}:
            return cls(project.zone, column=metric.clock)
        if metric.clock == "project" or fact.unit is None:
            return project
        zones = {zone: names for zone, names in catalog.units.by_zone.items() if zone != project.zone}
        return cls(project.zone, fact.unit, zones, project.business)

    @classmethod
    def of_project(cls, catalog: Catalog) -> "WallClock":
        """Give the project's clock."""
        return cls(catalog.project.time_zone, business=BusinessTime.of(catalog.calendar))

    def local(self, instant: exp.Expr, unit: exp.Expr | None = None) -> exp.Expr:
        """Give the SQL for the wall-clock time (without zone) of an instant; `unit` stands in for the row's.

        It is null where a column holds no zone, or one that is not known.
        """
        if self.column is not None:
            zone = column(self.column)
            there = exp.AtTimeZone(this=exp.paren(instant.copy()), zone=zone)
            return exp.Case(ifs=[exp.If(this=zone.copy().isin(*known_zones()), true=there)])
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


def column(path: str) -> exp.Column:
    """Give the qualified column for `column` or `reference.column`."""
    reference, _, name = path.rpartition(".")
    return exp.column(name, table=reference_alias(reference) if reference else ROW, quoted=True)


def reference_alias(reference: str) -> str:
    """Name the joined rows that a reference column leads to."""
    return f"r_{reference}"


@cache
def known_zones() -> tuple[str, ...]:
    """Name the zones that rows may name: those of the IANA database by place, and UTC; engines know them all."""
    return (*sorted(name for name in available_timezones() if "/" in name), "UTC")


def _at_zone(instant: exp.Expr, zone: str) -> exp.Expr:
    return exp.AtTimeZone(this=exp.paren(instant.copy()), zone=exp.Literal.string(zone))
