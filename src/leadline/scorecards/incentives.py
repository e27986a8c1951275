"""What an incentive plan pays for a period: each step from figures to money, so that a statement can be checked.

The rule: nothing is paid on a guess. Figures that may still move, too few rows and gates that the data cannot settle
hold a payout for a person to decide; a gate that fails says which figure or finding closed it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any, Literal

from leadline.catalog.definitions import Gate, Incentive, RowMetric
from leadline.errors import QueryError, suggest
from leadline.metrics.adjusting import adjusted
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published, judged_by
from leadline.metrics.query import Query, Viewer
from leadline.scorecards.results import MeasureResult, ScorecardResult
from leadline.scorecards.tree import arrange, find, in_force, latest_period, questions, score
from leadline.store.entries import Finding
from leadline.store.journal import digest

PURPOSE = "incentive"

PayState = Literal["due", "held", "nothing", "provisional", "before the plan"]
GateState = Literal["passed", "failed", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate and what it came to, with the figure or the findings that decided."""

    gate: Gate
    state: GateState
    why: str
    figure: Observation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """What one unit is paid for one period, and every step to it.

    `score` (0..10, with its ends) is its own and the common outcome's together; `percent` what the curve gives for it;
    `would_be` what that comes to after the gates, in the plan's currency, to the cent (half up), with `least` and
    `most` for the ends of the score; None where nothing can be computed. `why` says what holds or stops it.
    """

    plan: Incentive
    unit: str
    period: Period
    state: PayState
    why: tuple[str, ...]
    result: ScorecardResult
    together: ScorecardResult | None
    score: float | None
    low: float | None
    high: float | None
    percent: float | None
    would_be: Decimal | None
    least: Decimal | None
    most: Decimal | None
    gates: tuple[Judged, ...]
    generation: str
    meaning: str

    @property
    def amount(self) -> Decimal | None:
        """What is paid; None while that is not settled."""
        return self.would_be if self.state in {"due", "nothing"} else None

    @property
    def counting(self) -> list[MeasureResult]:
        """The measures that weigh."""
        return [m for m in self.result.measures() if m.weight > 0]

    def statement(self) -> dict[str, Any]:
        """Give the whole payout as JSON can say it, with the hash that an approval is bound to.

        The hash leaves out the generation: a refresh that changes nothing leaves approvals in force.
        """
        said = {
            "plan": self.plan.name, "meaning": self.meaning, "generation": self.generation, "unit": self.unit,
            "period": self.period.label, "grain": self.period.grain, "state": self.state, "why": list(self.why),
            "scorecard": self.plan.scorecard, "own_score": self.result.score, "score": self.score,
            "score_low": self.low, "score_high": self.high, "percent": self.percent,
            "currency": self.plan.currency, "full_amount": self.plan.amount,
            "amount": _text(self.amount), "would_be": _text(self.would_be),
            "least": _text(self.least), "most": _text(self.most),
            "together": None if self.together is None or self.plan.together is None else {
                "scorecard": self.together.scorecard.name, "unit": self.together.unit,
                "score": self.together.score, "percent": self.plan.together.percent,
            },
            "measures": [_measure(m) for m in self.result.measures()],
            "gates": [
                {"gate": g.gate.model_dump(mode="json", exclude_defaults=True), "state": g.state, "why": g.why,
                 "figure": _figure(g.figure)}
                for g in self.gates
            ],
        }  # fmt: skip
        return said | {"hash": digest({k: v for k, v in said.items() if k != "generation"})}


def find_plan(published: Published, name: str) -> Incentive:
    """Find an incentive plan. Raises QueryError with near names."""
    known = published.catalog.incentives
    if name not in known:
        raise QueryError(
            f"There is no incentive plan {name!r} in the published definitions.",
            code="unknown-incentive",
            hint=suggest(name, known) or (f"There are {', '.join(sorted(known))}." if known else ""),
        )
    return known[name]


def payouts(
    published: Published,
    plan: Incentive,
    *,
    viewer: str | Viewer,
    found: Sequence[Finding] = (),
    period: date | None = None,
) -> list[Payout]:
    """Work out what each unit of a plan is paid for a period (default: the scorecard's latest), in the plan's order.

    A published plan pays as it was in force for the period. `found` are the findings of the generation: gates may name
    their kinds.
    """
    card = find(published.catalog, plan.scorecard)
    chosen = (
        published.periods.period(card.period, period)
        if period is not None
        else latest_period(published, card)
    )
    judging = judged_by(published, chosen.start)
    if plan == published.catalog.incentives.get(plan.name):  # not one that is tried out
        plan = judging.incentives.get(plan.name, plan)
    common = _common(published, plan, chosen, viewer)
    results = [_scored(published, plan, unit, chosen, viewer) for unit in plan.units]
    gates = _gates(published, plan, chosen, viewer, found)
    meaning = judging.fingerprint(plan).meaning
    return [
        _payout(plan, result, common, gates[unit], (published.generation.id, meaning))
        for unit, result in zip(plan.units, results, strict=True)
    ]


def simulated(
    published: Published,
    plan: Incentive,
    *,
    viewer: str | Viewer,
    periods: int,
    found: Sequence[Finding] = (),
) -> list[list[Payout]]:
    """Work out what a plan would have paid in past periods, the oldest first, whenever the plan begins.

    Gates on findings know only what the present generation found.
    """
    last = latest_period(published, find(published.catalog, plan.scorecard))
    whole = plan.model_copy(update={"from_": date.min})
    starts = [published.periods.back(last, n).start for n in range(periods - 1, -1, -1)]
    return [payouts(published, whole, viewer=viewer, found=found, period=start) for start in starts]


def pays(curve: Sequence[tuple[float, float]], score: float) -> float:
    """Give the percent that a curve pays for a score: straight lines between its points, flat beyond them."""
    if score <= curve[0][0]:
        return curve[0][1]
    for (x, one), (y, other) in pairwise(curve):
        if score <= y:
            return one + (other - one) * (score - x) / (y - x)
    return curve[-1][1]


def _common(
    published: Published, plan: Incentive, period: Period, viewer: str | Viewer
) -> ScorecardResult | None:
    together = plan.together
    if together is None:
        return None
    return score(published, together.scorecard, viewer=viewer, unit=together.unit, period=period.start)


def _scored(
    published: Published, plan: Incentive, unit: str, period: Period, viewer: str | Viewer
) -> ScorecardResult:
    """Score the plan's scorecard for a unit, by standardised figures where the plan asks for them."""
    if plan.case_mix == "none":
        return score(published, plan.scorecard, viewer=viewer, unit=unit, period=period.start)
    catalog, card = in_force(published, plan.scorecard, period)
    asked = questions(catalog, card, published.periods, period, unit=unit, viewer=viewer)
    answers = {key: _by_mix(published, query) for key, query in asked.items()}
    return arrange(catalog, card, published.periods, period, unit=unit, answers=answers)


def _by_mix(published: Published, query: Query) -> list[Observation]:
    metric = published.metric(query.metric)
    if not isinstance(metric, RowMetric) or metric.standardised is None:
        return evaluate_many(published, [query])[0]
    return [o for o in adjusted(published, query) if o.adjustment == "standardised"]


def _gates(
    published: Published, plan: Incentive, period: Period, viewer: str | Viewer, found: Sequence[Finding]
) -> dict[str, list[Judged]]:
    """Judge every gate for every unit."""
    before = {
        None: period,
        "previous": published.periods.back(period),
        "last_year": published.periods.year_ago(period),
    }
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
    figures: dict[tuple[str, int, date], Observation] = {
        (unit, nth, start): answer[0]
        for (unit, nth, start, _), answer in zip(asked, answers, strict=True)
        if answer
    }
    below = {unit: {unit, *published.catalog.units.descendants(unit)} for unit in plan.units}
    inside = [one for one in found if _lies_in(published.periods.parse(one.period), period)]
    told: dict[str, list[Judged]] = {unit: [] for unit in plan.units}
    for unit in plan.units:
        for nth, gate in enumerate(plan.gates):
            if not gate.metric:
                told[unit].append(_no_findings(gate, below[unit], inside))
                continue
            metric = published.catalog.metrics[gate.metric]
            now, then = (figures.get((unit, nth, w.start)) for w in (period, before[gate.no_worse_than]))
            told[unit].append(_held_against(gate, metric.direction, now, then))
    return told


def _lies_in(one: Period, period: Period) -> bool:
    """Tell whether a finding's period, which may be a finer one, touches the period that is paid."""
    return (
        one.start < period.end and period.start < one.end and one.end - one.start <= period.end - period.start
    )


def _no_findings(gate: Gate, units: set[str], found: Sequence[Finding]) -> Judged:
    mine = [f for f in found if f.kind in gate.findings and f.unit in units]
    if not mine:
        return Judged(gate, "passed", f"No finding of kind {', '.join(gate.findings)}.")
    return Judged(gate, "failed", " ".join(f.statement for f in mine[:3]))


def _held_against(
    gate: Gate, direction: str | None, now: Observation | None, then: Observation | None
) -> Judged:
    if now is None or now.value is None or now.low is None or now.high is None:
        why = (
            "The figure is "
            + (now.status if now and now.value is None else "not known with its interval")
            + "."
        )
        return Judged(gate, "cannot tell", why, now)
    states = [_bound(gate, now)]
    if gate.no_worse_than is not None:
        states.append(_no_worse(direction, now, then))
    worst = next(s for s in ("failed", "cannot tell", "passed") for state, _ in states if state == s)
    why = " ".join(words for state, words in states if state == worst)
    return Judged(gate, worst, why, now)


def _bound(gate: Gate, now: Observation) -> tuple[GateState, str]:
    """Hold a figure's whole interval against the gate's bounds."""
    least = float("-inf") if gate.at_least is None else gate.at_least
    most = float("inf") if gate.at_most is None else gate.at_most
    low, high = now.low or 0.0, now.high or 0.0
    if high < least or low > most:
        return "failed", "The whole interval is beyond the bound."
    if least <= low and high <= most:
        return "passed", "The whole interval is within the bound."
    return "cannot tell", "The interval reaches over the bound."


def _no_worse(direction: str | None, now: Observation, then: Observation | None) -> tuple[GateState, str]:
    """Tell whether a figure is worse than an earlier one by more than chance explains (one-sided, 2.5 %)."""
    if then is None or then.value is None or then.low is None or then.high is None:
        return "cannot tell", "There is no figure to compare with."
    sign = 1 if direction == "higher" else -1
    spread = (((now.high or 0) - (now.low or 0)) ** 2 + (then.high - then.low) ** 2) ** 0.5 / 2
    fall = (then.value - (now.value or 0.0)) * sign
    if fall > 0 and fall > spread:
        return "failed", f"It was {then.value:,.4g} in {then.period}, and fell by more than chance explains."
    return "passed", f"It was {then.value:,.4g} in {then.period}: no fall that chance does not explain."


def _payout(
    plan: Incentive,
    result: ScorecardResult,
    common: ScorecardResult | None,
    gates: Sequence[Judged],
    of: tuple[str, str],
) -> Payout:
    scores = [_mixed(plan, part, whole) for part, whole in zip(_ends(result), _ends(common), strict=True)]
    score, low, high = scores
    percents = [None if one is None else pays(plan.curve, one) for one in scores]
    factor = min([g.gate.pays for g in gates if g.state == "failed"], default=100.0) / 100
    paid = [None if one is None else _cents(plan.amount * one / 100 * factor) for one in percents]
    state, why = _state(plan, result, common, gates, score)
    return Payout(
        plan=plan, unit=result.unit or "", period=result.period, state=state, why=why, result=result, together=common,
        score=score, low=low, high=high, percent=percents[0], would_be=paid[0], least=paid[1], most=paid[2],
        gates=tuple(gates), generation=of[0], meaning=of[1],
    )  # fmt: skip


def _ends(result: ScorecardResult | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if result is None else (result.score, result.score_low, result.score_high)


def _mixed(plan: Incentive, own: float | None, common: float | None) -> float | None:
    if plan.together is None or own is None:
        return own
    part = plan.together.percent / 100
    return None if common is None else (1 - part) * own + part * common


def _state(
    plan: Incentive,
    result: ScorecardResult,
    common: ScorecardResult | None,
    gates: Sequence[Judged],
    score: float | None,
) -> tuple[PayState, tuple[str, ...]]:
    """Say whether a payout is due, and why not. What is closed by a gate for good needs no more rows to be known."""
    failed = [g for g in gates if g.state == "failed"]
    if result.period.start < plan.from_:
        return "before the plan", (f"The plan pays from {plan.from_} on.",)
    if result.provisional or (common is not None and common.provisional):
        return "provisional", ("Rows may still arrive for a figure that counts.",)
    if any(g.gate.pays == 0 for g in failed):
        return "nothing", tuple(g.why for g in failed)
    why = [f"{m.metric.label}: {m.reason}" for m in _gaps(result)]
    why += [f"{m.metric.label} has {m.observation.n if m.observation else 0:,} rows, {plan.minimum_n:,} are needed."
            for m in _thin(plan, result)]  # fmt: skip
    if score is None:
        why.append(result.reason or "There is no score.")
    if plan.doubt == "holds":
        why += [f"{_name(g.gate)}: {g.why}" for g in gates if g.state == "cannot tell"]
    if why:
        return "held", tuple(why)
    return "due", tuple(f"{_name(g.gate)}: {g.why}" for g in failed)


def _gaps(result: ScorecardResult) -> list[MeasureResult]:
    return [m for m in result.measures() if m.weight > 0 and m.score is None]


def _thin(plan: Incentive, result: ScorecardResult) -> list[MeasureResult]:
    return [
        m
        for m in result.measures()
        if m.weight > 0 and m.score is not None
        and (m.observation is None or m.observation.n is None or m.observation.n < plan.minimum_n)
    ]  # fmt: skip


def _name(gate: Gate) -> str:
    return gate.metric or f"no {', '.join(gate.findings)}"


def _cents(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _measure(m: MeasureResult) -> dict[str, Any]:
    return {
        "metric": m.metric.name, "unit": m.unit, "share": m.share, "counts": m.counts, "score": m.score,
        "score_low": m.score_low, "score_high": m.score_high, "status": m.status, "red_flag": m.red_flag,
        "goal": m.goal, "reason": m.reason, "figure": _figure(m.observation),
    }  # fmt: skip


def _figure(o: Observation | None) -> dict[str, Any] | None:
    if o is None:
        return None
    said = asdict(o)
    return {k: said[k].isoformat() if isinstance(said[k], date) else said[k] for k in said if k != "end"}
