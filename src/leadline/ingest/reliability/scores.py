"""The parts of a source's reliability, each between 0 and 100. Pure numbers; docs/reliability.md has the formulas.

A part that nothing can be said of is None and takes no part in the whole.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from leadline.catalog.definitions.expectation import Every
from leadline.ingest.reliability.awaited import BEFORE, following

PARTS = ("completeness", "timeliness", "validity", "consistency", "stability")
LATE_AT_MOST = 7
"""So many periods overdue, and timeliness is 0."""
CHANCE = 0.001
"""A gap that is more likely than this is no lateness."""
JUDGED = 7
"""So many of the last periods are held against what is usual."""
USUAL_FROM = 4
"""Fewer periods before say nothing of what is usual."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The five parts of one source."""

    completeness: float | None
    timeliness: float | None
    validity: float | None
    consistency: float | None
    stability: float | None

    @property
    def known(self) -> dict[str, float]:
        """The parts of which something can be said."""
        found = {name: getattr(self, name) for name in PARTS}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def score(self) -> float | None:
        """The whole: halfway between the least part and the mean of all, so that four good parts hide no bad one."""
        known = list(self.known.values())
        return (min(known) + sum(known) / len(known)) / 2 if known else None


def is_chance(every: Every, missing: Sequence[date], counts: Mapping[date, int]) -> bool:
    """Tell whether so few rows are usual that none at all in the missing periods says nothing.

    Rows that come by chance at a mean of m are none with probability exp(-m): below 1 in 1,000 the feed is late. Where
    nothing is known of what is usual, it is late.
    """
    means = [_mean_before(every, start, counts) for start in missing]
    known = [mean for mean in means if mean is not None]
    return bool(missing) and len(known) == len(means) and math.exp(-sum(known)) > CHANCE


def completeness(awaited: Sequence[date], counts: Mapping[date, int]) -> float | None:
    """100 x awaited periods that have rows / awaited periods."""
    if not awaited:
        return None
    return 100 * sum(counts.get(start, 0) > 0 for start in awaited) / len(awaited)


def timeliness(overdue: int) -> float:
    """100 x (1 - periods overdue / 7), at least 0."""
    return 100 * max(0.0, 1 - overdue / LATE_AT_MOST)


def validity(rows: int, accepted: int, files: int, refused: int) -> float | None:
    """100 x rows accepted / rows in x files read / files delivered."""
    if not rows or not files + refused:
        return 0.0 if refused else None
    return 100 * accepted / rows * files / (files + refused)


def consistency(rows: int, doubled: int, astray: float, agreeing: float) -> float | None:
    """100 x (1 - doubled rows / rows in) x (1 - share astray) x share of reconciled cells that agree.

    A row is doubled whose key another row has; astray, whose reference names no row.
    """
    return 100 * (1 - doubled / rows) * (1 - astray) * agreeing if rows else None


def stability(every: Every, awaited: Sequence[date], counts: Mapping[date, int]) -> float | None:
    """100 x the mean, over the last 7 awaited periods, of 1 - (|rows - usual| - slack) / usual, between 0 and 1.

    Usual is the median of the periods before (of days: of the same weekday in the eight weeks before); the slack is
    the greater of a quarter of the usual and three times its root, which is what chance does to a count.
    """
    found: list[float] = []
    for start in awaited[-JUDGED:]:
        usual = _usual(every, start, counts)
        if usual:
            beyond = abs(counts.get(start, 0) - usual) - max(usual / 4, 3 * math.sqrt(usual))
            found.append(1 - min(max(beyond, 0.0) / usual, 1.0))
    return 100 * sum(found) / len(found) if found else None


def _mean_before(every: Every, start: date, counts: Mapping[date, int]) -> float | None:
    """Give the mean number of rows, periods without any included; None where too few periods are known."""
    step = 7 if every == "day" else 1
    before = [following(every, start, -n * step) for n in range(1, BEFORE[every] // step + 1)]
    first = min(counts, default=None)
    seen = [counts.get(one, 0) for one in before if first is not None and one >= first]
    return sum(seen) / len(seen) if len(seen) >= min(USUAL_FROM, len(before)) else None


def _usual(every: Every, start: date, counts: Mapping[date, int]) -> float:
    step = 7 if every == "day" else 1
    before = [following(every, start, -n * step) for n in range(1, BEFORE[every] // step + 1)]
    seen = [counts[one] for one in before if counts.get(one)]
    return float(median(seen)) if len(seen) >= min(USUAL_FROM, len(before)) else 0.0
