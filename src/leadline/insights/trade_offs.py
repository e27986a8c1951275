"""Two metrics of which one is easily bought with the other: where each stands in its range, and how they move.

The rule: a side is in or out of its range only where its whole interval is; a conflict is a change of both sides that
chance does not explain, one for the better and one for the worse. Only final figures are judged.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from leadline.catalog.definitions import Bounded, Metric, TradeOff
from leadline.errors import QueryError, suggest
from leadline.insights import wording
from leadline.insights.stats.multiplicity import benjamini_hochberg
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.store.entries import NewFinding

KIND = "trade_off"
PURPOSE = "trade-off"
REACH = 13
"""Periods looked back on."""
FALSE_DISCOVERIES = 0.05
_Z = 1.959963984540054

Stand = Literal["in range", "out of range", "cannot tell"]
Frontier = Literal["on", "near", "below"]
"""On the frontier; below it by its values, but not by its intervals; below it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One period and unit: both figures, where each stands in its range, and whether both are in it, or one pays.

    `apart` is the p of `one side got better and the other worse than the period before`, adjusted over all that were
    tested; None where that could not be tested. `worse` names the side that pays, 0 or 1, None where neither does.
    """

    unit: str | None
    period: str
    start: date
    figures: tuple[Observation, Observation]
    stands: tuple[Stand, Stand]
    frontier: Frontier = "below"
    apart: float | None = None
    worse: int | None = None

    @property
    def values(self) -> tuple[float, float]:
        """Both values."""
        one, other = self.figures
        return one.value or 0.0, other.value or 0.0

    @property
    def in_conflict(self) -> bool:
        """Tell whether one side was bought with the other."""
        return self.apart is not None and self.apart <= FALSE_DISCOVERIES


@dataclass(frozen=True, slots=True)
class Traded:
    """A trade-off's standings, by period and unit, with which way each side is better. `latest` is empty if none."""

    definition: TradeOff
    signs: tuple[int, int]
    standings: tuple[Standing, ...]
    latest: str

    @property
    def unknown(self) -> list[str | None]:
        """The units without a final figure on both sides in the last period."""
        told = {one.unit for one in self.now}
        return [unit for unit in self.definition.units or (None,) if unit not in told]

    @property
    def now(self) -> list[Standing]:
        """The standings of the last period that is final on both sides."""
        return [one for one in self.standings if one.period == self.latest]

    @property
    def frontier(self) -> list[Standing]:
        """The standings that none beats on both sides, from the worst to the best of the first side."""
        found = [one for one in self.standings if one.frontier == "on"]
        return sorted(found, key=lambda one: (one.values[0] * self.signs[0], one.values[1]))


def find(published: Published, name: str) -> TradeOff:
    """Find a trade-off. Raises QueryError with near names."""
    known = published.catalog.trade_offs
    if name not in known:
        raise QueryError(
            f"There is no trade-off {name!r} in the published definitions.",
            code="unknown-trade-off",
            hint=suggest(name, known) or (f"There are {', '.join(sorted(known))}." if known else ""),
        )
    return known[name]


def weigh(published: Published, one: TradeOff, *, viewer: str | Viewer) -> Traded:
    """Set both sides against each other over the last periods that are final on both; none where there is none."""
    metrics = [published.catalog.metrics[side.metric] for side in one.sides]
    signs = (_better(metrics[0], one.sides[0]), _better(metrics[1], one.sides[1]))
    ends = [published.latest_complete(metric.name, one.grain) for metric in metrics]
    if any(end is None for end in ends):
        return Traded(one, signs, (), "")
    last = min((end for end in ends if end is not None), key=lambda period: period.end)
    since = published.periods.back(last, REACH - 1).start
    queries = [
        Query(metric=metric.name, viewer=viewer, purpose=PURPOSE, grain=one.grain, unit=unit, since=since,
              until=last.end)
        for unit in one.units or (None,)
        for metric in metrics
    ]  # fmt: skip
    answers = evaluate_many(published, queries)
    found: list[Standing] = []
    for nth, unit in enumerate(one.units or (None,)):
        sides = [{o.start: o for o in answer if _is_firm(o)} for answer in answers[2 * nth : 2 * nth + 2]]
        starts = sorted(sides[0].keys() & sides[1].keys())
        series = [_standing(one, unit, (sides[0][start], sides[1][start])) for start in starts]
        before = {published.periods.back(published.periods.parse(s.period)).start: s for s in series}
        known = {s.start: s for s in series}
        moves = {id(s): _apart(known[start], s, signs) for start, s in before.items() if start in known}
        found += [
            replace(s, apart=p, worse=worse) for s in series for p, worse in [moves.get(id(s), (None, None))]
        ]
    if not found:
        return Traded(one, signs, (), "")
    return Traded(
        one, signs, tuple(_on_frontier(_surely(found), signs)), max(found, key=lambda s: s.start).period
    )


def trade_offs(published: Published, *, viewer: str | Viewer) -> list[Traded]:
    """Set the sides of every trade-off of the project against each other, by name."""
    known = published.catalog.trade_offs
    return [weigh(published, known[name], viewer=viewer) for name in sorted(known)]


def findings(published: Published, *, viewer: str | Viewer) -> Iterator[NewFinding]:
    """Give one finding for each unit of a trade-off's last period whose sides moved apart.

    All that was tested in any trade-off is counted: of what is told, an expected 5 % at most is chance.
    """
    every = [(traded, one) for traded in trade_offs(published, viewer=viewer) for one in traded.now]
    raw = [math.nan if one.apart is None else one.apart for _, one in every]
    adjusted = benjamini_hochberg(raw)
    tested = sum(not math.isnan(p) for p in raw)
    for (traded, one), p in zip(every, adjusted, strict=True):
        if p <= FALSE_DISCOVERIES and one.worse is not None:
            yield _finding(published, traded, one, float(p), tested)


def conflicts(published: Published, *, viewer: str | Viewer) -> tuple[list[NewFinding], date]:
    """Give what would have been found in each of the last periods, had each been the last; and from which day on.

    As on a trade-off's page: of what is told of one trade-off in a period, an expected 5 % at most is chance. The day
    is that from which every trade-off was looked at; `date.max` where one could not be, or there is none.
    """
    found: list[NewFinding] = []
    since: list[date] = []
    for traded in trade_offs(published, viewer=viewer):
        starts = sorted({s.start for s in traded.standings})
        since.append(starts[1] if len(starts) > 1 else date.max)
        for one in traded.standings:
            if one.in_conflict and one.apart is not None and one.worse is not None:
                tested = sum(s.apart is not None for s in traded.standings if s.period == one.period)
                found.append(_finding(published, traded, one, one.apart, tested))
    return found, max(since, default=date.max)


def _is_firm(o: Observation) -> bool:
    return o.status in FIRM and o.value is not None and o.low is not None and o.high is not None


def _better(metric: Metric, side: Bounded) -> int:
    if metric.direction is not None:
        return 1 if metric.direction == "higher" else -1
    return 1 if side.at_least is not None else -1


def _standing(one: TradeOff, unit: str | None, figures: tuple[Observation, Observation]) -> Standing:
    stands = (stand(one.sides[0], figures[0]), stand(one.sides[1], figures[1]))
    return Standing(unit, figures[0].period, figures[0].start, figures, stands)


def stand(side: Bounded, figure: Observation) -> Stand:
    """Say where a figure stands in a side's range: as its whole interval does."""
    least = -math.inf if side.at_least is None else side.at_least
    most = math.inf if side.at_most is None else side.at_most
    low = -math.inf if figure.low is None else figure.low
    high = math.inf if figure.high is None else figure.high
    if least <= low and high <= most:
        return "in range"
    return "out of range" if high < least or low > most else "cannot tell"


def _apart(before: Standing, now: Standing, signs: tuple[int, int]) -> tuple[float | None, int | None]:
    """Give the p of one side's getting better and the other's getting worse, and the side that got worse.

    Both must have moved: the larger of two one-sided p (intersection-union, Berger 1982, Technometrics 24:295), twice
    because either side may be the one that pays. Errors are taken from the intervals as 1.96 standard errors.
    """
    z = [_z(b, n) * sign for b, n, sign in zip(before.figures, now.figures, signs, strict=True)]
    if any(math.isnan(value) for value in z):
        return None, None
    worse = 0 if z[0] < z[1] else 1
    p = max(math.erfc(-z[worse] / math.sqrt(2)), math.erfc(z[1 - worse] / math.sqrt(2))) / 2
    return min(1.0, 2 * p), worse


def _z(before: Observation, now: Observation) -> float:
    widths = [_error(before), _error(now)]
    spread = math.hypot(*widths)
    if before.value is None or now.value is None or not spread > 0:
        return math.nan
    return (now.value - before.value) / spread


def _error(o: Observation) -> float:
    return math.nan if o.low is None or o.high is None else (o.high - o.low) / (2 * _Z)


def _surely(found: Sequence[Standing]) -> list[Standing]:
    """Adjust the p of each period for all units that were tested in it."""
    periods: dict[str, list[Standing]] = {}
    for one in found:
        periods.setdefault(one.period, []).append(one)
    sure: Mapping[int, float] = {
        id(one): float(p)
        for members in periods.values()
        for one, p in zip(
            members,
            benjamini_hochberg([math.nan if m.apart is None else m.apart for m in members]),
            strict=True,
        )
    }
    return [replace(one, apart=None if math.isnan(sure[id(one)]) else sure[id(one)]) for one in found]


def _on_frontier(found: Sequence[Standing], signs: tuple[int, int]) -> list[Standing]:
    """Say of each standing whether any other beats it on both sides, by values, and then by whole intervals."""
    points = [tuple(value * sign for value, sign in zip(s.values, signs, strict=True)) for s in found]
    best = [tuple(_end(o, sign, best=True) for o, sign in zip(s.figures, signs, strict=True)) for s in found]
    worst = [
        tuple(_end(o, sign, best=False) for o, sign in zip(s.figures, signs, strict=True)) for s in found
    ]
    told: list[Standing] = []
    for i, one in enumerate(found):
        if not any(_beats(other, points[i]) for other in points):
            place: Frontier = "on"
        else:
            place = "below" if any(_beats(other, best[i]) for other in worst) else "near"
        told.append(replace(one, frontier=place))
    return told


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and one != other


def _end(o: Observation, sign: int, *, best: bool) -> float:
    end = o.high if (sign > 0) == best else o.low
    return math.nan if end is None else end * sign


def _finding(published: Published, traded: Traded, one: Standing, adjusted: float, tested: int) -> NewFinding:
    worse = one.worse or 0
    metric = published.catalog.metrics[traded.definition.sides[worse].metric]
    now = one.figures[worse]
    return NewFinding(
        kind=KIND,
        metric=metric.name,
        period=one.period,
        grain=traded.definition.grain,
        unit=one.unit,
        slice="",
        statement=statement(published, traded, one),
        evidence={
            "trade_off": traded.definition.name,
            "other": traded.definition.sides[1 - worse].metric,
            "value": now.value,
            "low": now.low,
            "high": now.high,
            "stands": list(one.stands),
            "test": "both sides moved by more than chance, one for the better and one for the worse",
            "method": now.method,
            "p": None,
            "adjusted_p": adjusted,
            "tested": tested,
            "measured_in": metric.measured_in,
        },
        severity="high" if one.stands[worse] == "out of range" else "medium",
        direction="bad",
    )


def statement(published: Published, traded: Traded, one: Standing) -> str:
    """Say which side got better, which paid, and whether it is out of its range."""
    catalog, previous = published.catalog, _previous(traded, one)
    worse = one.worse or 0
    metrics = [catalog.metrics[side.metric] for side in traded.definition.sides]
    paid, gained = metrics[worse], metrics[1 - worse]
    out = ", out of the range that is acceptable" if one.stands[worse] == "out of range" else ""
    return (
        f"{wording.about(catalog, paid, one.unit, '')} got worse as {_lower(gained.label)} got better in "
        f"{wording.period(traded.definition.grain, one.period)}: {_moved(paid, previous, one, worse)}{out}, while "
        f"{_moved(gained, previous, one, 1 - worse)}."
    )


def _moved(metric: Metric, before: Standing | None, now: Standing, nth: int) -> str:
    figure = now.figures[nth]
    half = ((figure.high or 0.0) - (figure.low or 0.0)) / 2
    places = wording.decimals(metric, half)
    value = wording.figure(metric, figure.value or 0.0, places)
    if before is None:
        return f"{_lower(metric.label)} {value}"
    earlier = wording.figure(metric, before.figures[nth].value or 0.0, places)
    return f"{_lower(metric.label)} {earlier} before and {value} now"


def _previous(traded: Traded, one: Standing) -> Standing | None:
    earlier = [s for s in traded.standings if s.unit == one.unit and s.start < one.start]
    return max(earlier, key=lambda s: s.start, default=None)


def _lower(label: str) -> str:
    """Give a label as it stands in a sentence; abbreviations stay as they are."""
    return label if len(label) > 1 and label[1].isupper() else label[:1].lower() + label[1:]
