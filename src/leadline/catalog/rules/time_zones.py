"""Every time zone is one that there is, by its name in the IANA database."""

from collections.abc import Iterator
from functools import cache
from zoneinfo import available_timezones

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.catalog.units import zone_exists
from leadline.errors import Place, suggest


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find names of time zones that there are not."""
    yield from _zone(catalog.project.time_zone, catalog.place(catalog.project, "time_zone"))
    for source in catalog.sources.values():
        if source.time_zone:
            yield from _zone(source.time_zone, catalog.place(source, "time_zone"))
    for entry in catalog.units.entries.values():
        if entry.time_zone:
            yield from _zone(entry.time_zone, entry.place)


def _zone(name: str, place: Place) -> Iterator[Problem]:
    if not zone_exists(name):
        yield Problem(
            "error", "unknown-time-zone", f"There is no time zone {name!r}.", place,
            suggest(name, _zones()) or "Zones are named like Europe/Berlin or America/New_York.",
        )  # fmt: skip
