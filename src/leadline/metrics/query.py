"""What is asked: one metric, some periods, one part of the organisation, some slices; by whom and what for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from leadline.catalog.definitions import Grain, Tier


@dataclass(frozen=True, slots=True)
class Sight:
    """What one role shows: figures up to a sensitivity, of some units (None: of all), and of the columns in `own` only
    the value given (None: of no value), each of at least `minimum_n` rows."""

    sensitivity: Tier = "internal"
    units: frozenset[str] | None = None
    own: tuple[tuple[str, str | None], ...] = ()
    minimum_n: int = 0


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has signed in, and what is shown to them: what any of the sights shows; without one, nothing."""

    name: str
    sights: tuple[Sight, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one metric.

    `viewer` and `purpose` are never optional. `purpose` says what the answer is for: one of the policy's purposes, and
    then only metrics that serve it answer; or in words what is being done, and then each metric serves its own. `by`
    slices by columns that the metric declares; `by_unit` gives one row for each child of `unit` (of the whole: each
    root). Periods are those that begin in [since, until); without bounds, those for which there are facts. `where`
    keeps one value of a declared column; `` "" `` means rows without a value. `dimensions` reads facts with history as
    they were or as they are, whatever the metric declares; such an answer is computed from the rows. `parts` keeps some
    of what `by_unit` gives: those that the viewer sees (viewing.py).
    """

    metric: str
    viewer: str | Viewer
    purpose: str
    grain: Grain = "month"
    by: tuple[str, ...] = ()
    unit: str | None = None
    by_unit: bool = False
    since: date | None = None
    until: date | None = None
    where: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    dimensions: Literal["as_was", "as_is"] | None = None
    parts: tuple[str, ...] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the answer needs states for, in a stable order."""
        return tuple(sorted({*self.by, *self.where}))
