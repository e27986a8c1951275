"""How often a source's freshness objective was met: one answer a day, by the last refresh of each day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadline.catalog.definitions import Source

DAYS = 90
"""So many days are looked back on, those of them on which there was a refresh."""


@dataclass(frozen=True, slots=True)
class Attained:
    """On how many of the days with a refresh the rows were there, and whether that is as often as wanted."""

    met: int
    days: int
    enough: bool

    @property
    def share(self) -> float:
        """The share of days."""
        return self.met / self.days


def attained(
    source: Source, history: Sequence[tuple[datetime, Mapping[str, Any]]], zone: str = "UTC"
) -> Attained | None:
    """Work it out from what generations told of the source, the latest first; None where nothing was awaited."""
    if source.expected is None:
        return None
    by_day: dict[str, bool] = {}
    for as_of, told in history:
        met = told.get(source.name, {}).get("met")
        day = as_of.astimezone(ZoneInfo(zone)).date().isoformat()
        if met is not None:
            by_day.setdefault(day, bool(met))
    last = [by_day[day] for day in sorted(by_day)[-DAYS:]]
    if not last:
        return None
    return Attained(sum(last), len(last), sum(last) / len(last) >= source.expected.share)
