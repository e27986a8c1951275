"""A figure as it leaves the engine. A figure without its interval, n and status does not exist."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from leadline.catalog.definitions import Grain

Adjustment = Literal["", "standardised", "raked", "by cluster"]
"""How a figure beside the raw one ("") is adjusted."""

Status = Literal["final", "restated", "provisional", "suppressed", "no data", "suspended"]

FIRM: frozenset[Status] = frozenset({"final", "restated"})
"""Statuses of figures for which no more rows are expected."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What people say that a figure is, beside what was computed: the value, who, who agreed, why, by which item."""

    value: float
    by: str
    approved_by: str
    reason: str
    item: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What readers of a figure are to know of its definition: that it ends, or came into force without approval."""

    what: Literal["deprecated", "sunset", "emergency"]
    text: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure: metric × version × period × unit × slice → value, 95 % interval, n, status.

    `value`, `low` and `high` are in the metric's `measured_in` (percent 0..100, points -100..100, else raw) and None
    where the figure is suppressed or cannot be computed; `n` is None where it is suppressed. `unit` is None for
    everything, whatever its unit. `slice` is empty or `column=value`, comma-separated. `start` and `end` bound the
    period, end exclusive. `former` is the value that was first published as final, where it was another one; None
    also where it would tell of the few rows that changed (`minimum_n`). `method` names the interval, `note` says in
    words what the status does not. `unreliable` says which of its sources are below the reliability that they declare
    (and not late, which the status and the note tell); empty where none is.
    """

    metric: str
    version: int
    period: str
    grain: Grain
    unit: str | None
    slice: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    status: Status
    method: str
    note: str
    start: date
    end: date
    adjustment: Adjustment = ""
    former: float | None = None
    unreliable: str = ""
    stated: Stated | None = None
    """Another value that stands beside the computed one, never in its place."""
    notices: tuple[Notice, ...] = ()
    """What is to be known of its definition; nothing of most."""

    @property
    def notice(self) -> str:
        """What is to be known of its definition, in sentences."""
        return " ".join(one.text for one in self.notices)

    @property
    def stated_value(self) -> float | None:
        """The value that people state."""
        return self.stated.value if self.stated else None

    @property
    def stated_by(self) -> str | None:
        """Who states it, who agreed, and the work item."""
        one = self.stated
        return f"{one.by}, approved by {one.approved_by} ({one.item})" if one else None

    @property
    def stated_because(self) -> str | None:
        """Why."""
        return self.stated.reason if self.stated else None


FIELDS = (
    "metric",
    "version",
    "period",
    "grain",
    "unit",
    "slice",
    "value",
    "low",
    "high",
    "n",
    "status",
    "former",
    "stated_value",
    "stated_by",
    "stated_because",
    "method",
    "note",
    "unreliable",
    "notice",
)
"""What a row of a query shows, in this order."""


def slice_label(column: str, value: str | None) -> str:
    """Name a slice; rows without a value are `(none)`, and a value that is written so stands in quotes."""
    if value is None:
        return f"{column}=(none)"
    return f"{column}='(none)'" if value == "(none)" else f"{column}={value}"
