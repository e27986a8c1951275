"""What a back-test says, as text, pages and `leadline plan --json` show it: docs/versions.md describes every key."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from leadline.catalog.definitions import Grain
from leadline.governance.moved import Moved

Verdict = Literal["differs", "not told apart", "equal", "cannot tell"]
"""Of a difference: significant; within chance; the same to 1e-9; or nobody can tell, and `why` says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure by both versions, and their difference (new less old) with its 95 % interval where it can be told.

    `method` says how: `sums of products` of rows, or `bootstrap by` what is drawn; empty where there is no interval.
    """

    metric: str
    period: str
    unit: str | None
    slice: str
    old: float | None
    old_low: float | None
    old_high: float | None
    old_n: int | None
    new: float | None
    new_low: float | None
    new_high: float | None
    new_n: int | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    verdict: Verdict
    why: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Flip:
    """One node of a scorecard whose status or score would be another; or what a plan of incentives would pay."""

    scorecard: str
    period: str
    unit: str | None
    node: str
    old_status: str
    new_status: str
    old_score: float | None
    new_score: float | None


@dataclass(frozen=True, slots=True)
class Rescored:
    """A whole scorecard of one period and unit by both versions, 0..10 with its ends, also where they agree."""

    scorecard: str
    period: str
    unit: str | None
    old_status: str
    old_score: float | None
    old_low: float | None
    old_high: float | None
    new_status: str
    new_score: float | None
    new_low: float | None
    new_high: float | None


@dataclass(frozen=True, slots=True)
class Repaid:
    """What an incentive plan comes to for one period and unit by both versions, in its currency, to the cent.

    `would_be` amounts are there as soon as they can be computed; a `state` of due or nothing is one that is paid.
    """

    incentive: str
    period: str
    unit: str
    currency: str
    old_state: str
    old_would_be: float | None
    new_state: str
    new_would_be: float | None


@dataclass(frozen=True, slots=True)
class MetricTest:
    """The back-test of one changed meaning; `why` says why there is none, or what of it cannot be told.

    `method` is how differences of it are tested; `rows_why` why it cannot be told which rows moved.
    """

    metric: str
    title: str
    measured_in: str
    grain: Grain
    pairs: tuple[Pair, ...]
    moved: Moved | None
    why: str = ""
    method: str = ""
    rows_why: str = ""

    @property
    def whole(self) -> tuple[Pair, ...]:
        """The pairs of the whole, by period."""
        return tuple(p for p in self.pairs if p.unit is None and not p.slice)


@dataclass(frozen=True, slots=True)
class BackTest:
    """The back-test of a plan, bound to its hash.

    `flips` and `paid` are what would be another; `scored` and `repaid` every period and unit of what the change
    reaches. `loaded_anew` names the facts whose rows were loaded once more, by the working definitions.
    """

    plan: str
    generation: str
    metrics: tuple[MetricTest, ...]
    flips: tuple[Flip, ...]
    paid: tuple[Flip, ...] = ()
    notes: tuple[str, ...] = field(default=())
    scored: tuple[Rescored, ...] = ()
    repaid: tuple[Repaid, ...] = ()
    loaded_anew: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON can say it."""
        return asdict(self)
