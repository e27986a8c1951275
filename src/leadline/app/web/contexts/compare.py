"""Units beside one another."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.charts.multiples import Multiple
from leadline.app.web.charts.specs import IntervalSpec
from leadline.app.web.contexts.pieces import Link, Picker, Shell


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One unit's interval of places, of how many it is ahead and behind for sure, and with how many it is tied."""

    unit: str
    place: str
    ahead: str
    behind: str
    tied: str


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Units compared by a measure or by a score: an interval for each, its places, and its history on one scale."""

    template: ClassVar[str] = "home/compare.html"

    shell: Shell
    scorecard: Link
    title: str
    about: str
    period: Picker
    unit: Picker
    measure: Picker
    level: Picker
    plot: IntervalSpec
    places: tuple[PlaceLine, ...]
    multiples: tuple[Multiple, ...]
    notes: tuple[str, ...]
