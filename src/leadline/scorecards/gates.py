"""What must hold before an incentive plan pays all: gates on figures, and on what refreshes found.

The rule: a gate passes only where somebody looked and the whole interval says so. What nobody looked for in a period,
what an earlier refresh found there, and figures that are no firm ones, are for a person to decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from leadline.catalog.definitions import Gate, Incentive
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.store.entries import Finding, NewFinding

PURPOSE = "incentive"
SHOWN = 3
"""So many findings are said."""

GateState = Literal["passed", "failed", "cannot tell"]
Told = tuple[GateState, str]
Statement = Finding | NewFinding


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate and what it came to, with the figure or the findings that decided."""

    gate: Gate
    state: GateState
    why: str
    figure: Observation | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found, and where it was looked for.

    `found` is what holds now; `earlier` what an earlier refresh found and the last one does not say any more. Kinds in
    `always` are looked for again by every refresh, in each period that begins on that day or later; all others in the
    period before the refresh alone, so that `refreshed`, the days of refreshes, tells of which periods anything is
    known. None: of all.
    """

    found: Sequence[Statement] = ()
    earlier: Sequence[Statement] = ()
    always: Mapping[str, date] = field(default_factory=dict)
    refreshed: Sequence[date] | None = None

    def again(self, kind: str, period: Period) -> bool:
        """Tell whether the last refresh looked for a kind in a period, however long ago that was."""
        return kind in self.always and self.always[kind] <= period.start

    def looked(self, kind: str, period: Period, following: Period) -> bool:
        """Tell whether any refresh looked for a kind in a period: in the one that follows, or later and again."""
        if self.refreshed is None or self.again(kind, period):
            return True
        return any(following.start <= day < following.end for day in self.refreshed)


NOTHING = Evidence()
"""Nothing was found, and all was looked at."""


def judge(
    published: Published,
    plan: Incentive,
    periods: tuple[Period, Period],
    viewer: str | Viewer,
    evidence: Evidence,
) -> dict[str, list[Judged]]:
    """Judge every gate for every unit, in the plan's order; `periods` are the one that is paid, and the latest."""
    period, latest = periods
    before = {
        None: period,
        "previous": published.periods.back(period),
        "last_year": published.periods.year_ago(period),
    }
    figures = _figures(published, plan, period, before, viewer)
    told: dict[str, list[Judged]] = {unit: [] for unit in plan.units}
    for unit in plan.units:
        below = frozenset({unit, *published.catalog.units.descendants(unit)})
        for nth, gate in enumerate(plan.gates):
            if not gate.metric:
                told[unit].append(_no_findings(published, gate, below, (period, latest), evidence))
                continue
            metric = published.catalog.metrics[gate.metric]
            now, then = (figures.get((unit, nth, w.start)) for w in (period, before[gate.no_worse_than]))
            told[unit].append(_held_against(gate, metric.direction, now, then))
    return told


def _figures(
    published: Published,
    plan: Incentive,
    period: Period,
    before: Mapping[str | None, Period],
    viewer: str | Viewer,
) -> dict[tuple[str, int, date], Observation]:
    """Read every figure that a gate names, by unit, gate and period, in one batch."""
    asked = [
        (unit, nth, which.start, Query(
            metric=gate.metric, viewer=viewer, purpose=PURPOSE, grain=period.grain, unit=gate.unit or unit,
            since=which.start, until=which.end,
        ))
        for unit in plan.units
        for nth, gate in enumerate(plan.gates)
        if gate.metric
        for which in dict.fromkeys((period, before[gate.no_worse_than]))
    ]  # fmt: skip
    answers = evaluate_many(published, [query for *_, query in asked])
    return {
        (unit, nth, start): answer[0]
        for (unit, nth, start, _), answer in zip(asked, answers, strict=True)
        if answer
    }


def _no_findings(
    published: Published,
    gate: Gate,
    units: frozenset[str],
    periods: tuple[Period, Period],
    evidence: Evidence,
) -> Judged:
    """Judge a gate by what was found about a unit, or what is below it, in a period."""
    period, latest = periods

    def inside(found: Sequence[Statement]) -> list[Statement]:
        return [
            f for f in found
            if f.kind in gate.findings and _lies_in(published.periods.parse(f.period), period)
        ]  # fmt: skip

    now = inside(evidence.found)
    if mine := [f for f in now if f.unit in units]:
        return Judged(gate, "failed", " ".join(f.statement for f in mine[:SHOWN]))
    if shared := [(f, n) for f in now if (n := _rows_of(f, units))]:
        said = " ".join(f"{f.statement} {n:,} of these rows are of it." for f, n in shared[:SHOWN])
        return Judged(gate, "cannot tell", said)
    former = [f for f in inside(evidence.earlier) if f.unit in units and not evidence.again(f.kind, period)]
    if former:
        said = " ".join(f.statement for f in former[:SHOWN])
        return Judged(
            gate, "cannot tell", f"An earlier refresh found, and the last did not look again: {said}"
        )
    following = published.periods.period(period.grain, period.end)
    over = period.start < latest.start
    if blind := [k for k in gate.findings if over and not evidence.looked(k, period, following)]:
        return Judged(gate, "cannot tell", f"No refresh looked for {_kinds(blind)} in {period.label}.")
    return Judged(gate, "passed", f"No finding of kind {_kinds(gate.findings)}.")


def _kinds(kinds: Sequence[str]) -> str:
    return ", ".join(kind.replace("_", " ") for kind in kinds)


def _rows_of(found: Statement, units: frozenset[str]) -> int:
    """Count the rows of units in a finding that is about a larger part, where it says whose rows it is about."""
    rows = found.evidence.get("units")
    return sum(int(n) for unit, n in rows.items() if unit in units) if isinstance(rows, Mapping) else 0


def _lies_in(one: Period, period: Period) -> bool:
    """Tell whether a finding's period, which may be a finer one, touches the period that is paid."""
    return (
        one.start < period.end and period.start < one.end and one.end - one.start <= period.end - period.start
    )


def _held_against(
    gate: Gate, direction: str | None, now: Observation | None, then: Observation | None
) -> Judged:
    if now is None or now.value is None or now.low is None or now.high is None:
        known = now.status if now and now.value is None else "not known with its interval"
        return Judged(gate, "cannot tell", f"The figure is {known}.", now)
    if now.status not in FIRM:
        return Judged(gate, "cannot tell", f"The figure is {now.status}. {now.note}".strip(), now)
    states: list[Told] = []
    if gate.at_least is not None or gate.at_most is not None:
        states.append(_bound(gate, now.low, now.high))
    if gate.no_worse_than is not None:
        states.append(_no_worse(direction, now, then))
    worst = next(s for s in ("failed", "cannot tell", "passed") for state, _ in states if state == s)
    why = " ".join(words for state, words in states if state == worst)
    return Judged(gate, worst, why, now)


def _bound(gate: Gate, low: float, high: float) -> Told:
    """Hold a figure's whole interval against the gate's bounds."""
    least = float("-inf") if gate.at_least is None else gate.at_least
    most = float("inf") if gate.at_most is None else gate.at_most
    if high < least or low > most:
        return "failed", "The whole interval is beyond the bound."
    if least <= low and high <= most:
        return "passed", "The whole interval is within the bound."
    return "cannot tell", "The interval reaches over the bound."


def _no_worse(direction: str | None, now: Observation, then: Observation | None) -> Told:
    """Tell whether a figure is worse than an earlier one by more than chance explains (one-sided, 2.5 %)."""
    if then is None or then.value is None or then.low is None or then.high is None:
        return "cannot tell", "There is no figure to compare with."
    if then.status not in FIRM:
        return "cannot tell", f"The figure of {then.period} is {then.status}."
    sign = 1 if direction == "higher" else -1
    spread = (((now.high or 0) - (now.low or 0)) ** 2 + (then.high - then.low) ** 2) ** 0.5 / 2
    fall = (then.value - (now.value or 0.0)) * sign
    if fall > 0 and fall > spread:
        return (
            "failed",
            f"It was {then.value:,.4g} in {then.period}, and got worse by more than chance explains.",
        )
    return "passed", f"It was {then.value:,.4g} in {then.period}: not worse by more than chance explains."
