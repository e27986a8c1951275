"""Closed periods as the other rooms see them: figures as they were frozen, what was restated since, and reopening.

A closing is one scorecard's period with every figure of every unit that it was closed for. `hash` covers all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from leadline.store.journal import digest

NodeKind = Literal["scorecard", "perspective", "objective", "measure"]
PeriodState = Literal["open", "closed", "reopening", "reopened"]
"""`reopening`: somebody asked for it and a second person has not agreed yet; figures stay frozen until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """One figure or score as it stood when its period was closed.

    `path` tells nodes of one unit apart (`customer/loved/nps`); `unit` None is everything. `value` and its ends are in
    `measured_in`; `score` and its ends are 0..10. `status` is the figure's (final, suppressed …), `verdict` the score's
    (on target …). `weight` is as declared, `counts` the share of the parent's score, `confidence` 0..1.
    """

    node: NodeKind
    path: str
    label: str
    unit: str | None
    metric: str | None = None
    version: int | None = None
    measured_in: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    status: str = ""
    method: str = ""
    score: float | None = None
    score_low: float | None = None
    score_high: float | None = None
    verdict: str = ""
    reason: str = ""
    weight: float = 0.0
    counts: float = 0.0
    confidence: float = 0.0
    red_flag: float | None = None
    goal: float | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        """What tells it from every other figure of its closing."""
        return self.unit, self.path

    @property
    def of_unit(self) -> str | None:
        """The unit that it is a figure of: a measure may have one of its own, whichever unit's scorecard it is on."""
        return self.path.partition("@")[2] or self.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClosing:
    """A period to be closed. `start` and `end` bound it, end exclusive, as ISO days; `lacking` says what was missing
    and accepted as missing."""

    id: str
    scorecard: str
    version: int
    period: str
    grain: str
    start: str
    end: str
    generation: str
    because: str = ""
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing(NewClosing):
    """A closed period. `number` counts closings of the ledger; `reopened_by` is empty while it is in force."""

    number: int
    hash: str
    figures: int
    closed_at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """One step of reopening a closing: asked for by one person, agreed to by another."""

    number: int
    closing: str
    step: Literal["asked", "agreed"]
    because: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """What a frozen figure came to in a later generation, where that is something else.

    `position` is the figure's place in its closing. `withheld`: it is another figure, and how far it moved would tell
    of fewer rows than the metric's `minimum_n`, so nothing of it is kept.
    """

    closing: str
    position: int
    generation: str
    version: int | None
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    status: str
    score: float | None
    verdict: str
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated(Restatement):
    """A restatement as the ledger keeps it; `number` grows with every row, so that readers may ask for what is new."""

    number: int
    at: datetime


def content_hash(closing: NewClosing, figures: Iterable[Frozen]) -> str:
    """Give the hash of what was closed: the same figures, definitions and period give the same, whoever closed it."""
    about = {k: getattr(closing, k) for k in ("scorecard", "version", "period", "grain", "start", "end")}
    return digest({**about, "figures": [_as_kept(asdict(figure)) for figure in figures]})


def closing_said(row: Mapping[str, Any], hashed: str) -> dict[str, Any]:
    """Say a closing, from its row and the hash of its figures as they stand."""
    return {**{name: value for name, value in row.items() if name != "hash"}, "hash": hashed}


def restated_said(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Say what one generation restated of one closing."""
    listed = [_as_kept(row) for row in rows]
    return {"figures": len(listed), "figures_hash": digest(listed)}


_NUMBERS = frozenset(
    {
        "value",
        "low",
        "high",
        "score",
        "score_low",
        "score_high",
        "weight",
        "counts",
        "confidence",
        "red_flag",
        "goal",
    }
)


def _as_kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row as a database gives it back: 1 is 1.0 there, and there is one zero."""
    return {k: float(v) + 0.0 if k in _NUMBERS and v is not None else v for k, v in row.items()}
