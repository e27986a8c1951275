"""What an incentive plan pays for a period: each step from figures to money, so that a statement can be checked.

The rule: nothing is paid on a guess. Figures that may still move, too few rows and gates that the data cannot settle
hold a payout for a person to decide; a gate that fails says which figure or finding closed it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any, Literal

from leadline.catalog.definitions import Gate, Incentive, RowMetric
from leadline.catalog.score_rules import third
from leadline.errors import QueryError, suggest
from leadline.metrics.adjusting import adjusted
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published, judged_by, judging_version
from leadline.metrics.query import Query, Viewer
from leadline.scorecards.gates import NOTHING, Evidence, Judged, judge
from leadline.scorecards.results import MeasureResult, ScorecardResult
from leadline.scorecards.tree import arrange, find, in_force, latest_period, questions, score
from leadline.store.journal import digest

PayState = Literal["due", "held", "nothing", "provisional", "before the plan"]


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
    versions: Mapping[str, int]
    """The versions of the plan and of its scorecards that judge the period: `incentive/bonus` to 2."""

    @property
    def amount(self) -> Decimal | None:
        """What is paid; None while that is not settled."""
        return self.would_be if self.state in {"due", "nothing"} else None

    @property
    def counting(self) -> list[MeasureResult]:
        """The measures that weigh."""
        return counting(self.result)

    def statement(self) -> dict[str, Any]:
        """Give the whole payout as JSON can say it, with the hash that an approval is bound to.

        The hash leaves out the generation: a refresh that changes nothing leaves approvals in force.
        """
        said = {
            "plan": self.plan.name, "meaning": self.meaning, "versions": dict(self.versions),
            "generation": self.generation, "unit": self.unit,
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
            "measures": [_measure(m, part) for m, part in parts(self.result)],
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
    evidence: Evidence = NOTHING,
    period: date | None = None,
) -> list[Payout]:
    """Work out what each unit of a plan is paid for a period (default: the scorecard's latest), in the plan's order.

    A published plan pays as it was in force for the period. `evidence` is what was found, and where it was looked for:
    gates may name kinds of it.
    """
    card = find(published.catalog, plan.scorecard)
    latest = latest_period(published, card)
    chosen = published.periods.period(card.period, period) if period is not None else latest
    judging = judged_by(published, chosen.start)
    if plan == published.catalog.incentives.get(plan.name):  # not one that is tried out
        plan = judging.incentives.get(plan.name, plan)
    common = _common(published, plan, chosen, viewer)
    results = [_scored(published, plan, unit, chosen, viewer) for unit in plan.units]
    gates = judge(published, plan, (chosen, latest), viewer, evidence)
    of = (
        published.generation.id,
        judging.fingerprint(plan).meaning,
        _versions(published, plan, chosen.start),
    )
    return [
        _payout(plan, result, common, gates[unit], of)
        for unit, result in zip(plan.units, results, strict=True)
    ]


def simulated(
    published: Published,
    plan: Incentive,
    *,
    viewer: str | Viewer,
    periods: int,
    evidence: Evidence = NOTHING,
) -> list[list[Payout]]:
    """Work out what a plan would have paid in past periods, the oldest first, whenever the plan begins.

    Where nobody looked for what a gate names, the payout is held, as it would have to be.
    """
    last = latest_period(published, find(published.catalog, plan.scorecard))
    whole = plan.model_copy(update={"from_": date.min})
    starts = [published.periods.back(last, n).start for n in range(periods - 1, -1, -1)]
    return [payouts(published, whole, viewer=viewer, evidence=evidence, period=start) for start in starts]


def pays(curve: Sequence[tuple[float, float]], score: float) -> float:
    """Give the percent that a curve pays for a score: straight lines between its points, flat beyond them.

    A score written to two digits means the third it stands for, as in `piecewise`: 6.67 is 20/3, where a goal is met.
    """
    points = [(third(x), percent) for x, percent in curve]
    if score <= points[0][0]:
        return points[0][1]
    for (x, one), (y, other) in pairwise(points):
        if score <= y:
            return one + (other - one) * (score - x) / (y - x)
    return points[-1][1]


def counting(result: ScorecardResult) -> list[MeasureResult]:
    """Give the measures that weigh: those that do, in objectives and perspectives that do."""
    return [
        m for p in result.perspectives if p.weight > 0 for o in p.objectives if o.weight > 0 for m in o.measures
        if m.weight > 0
    ]  # fmt: skip


def parts(result: ScorecardResult) -> Iterator[tuple[MeasureResult, float | None]]:
    """Give every measure with its share of the whole score, 0..1: these sum to 1 where there is a score.

    None where something above is no weighted mean: a worst child has no share.
    """
    card = result.scorecard
    for p in result.perspectives:
        within = p.perspective.roll_up or card.roll_up
        placed = {place.objective: place for place in p.perspective.objectives}
        for o in p.objectives:
            own = placed[o.objective.name].roll_up or within
            weighted = {card.roll_up, within, own} == {"weighted"}
            for m in o.measures:
                yield m, p.counts * o.counts * m.counts if weighted else None


def _versions(published: Published, plan: Incentive, day: date) -> dict[str, int]:
    """Name the versions that judge a period: of the plan, and of its scorecards, as far as they were published."""
    named = {("incentive", plan.name), ("scorecard", plan.scorecard)}
    if plan.together:
        named.add(("scorecard", plan.together.scorecard))
    known = sorted(named & published.versions.keys())
    return {f"{kind}/{name}": judging_version(published, kind, name, day) for kind, name in known}


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


def _payout(
    plan: Incentive,
    result: ScorecardResult,
    common: ScorecardResult | None,
    gates: Sequence[Judged],
    of: tuple[str, str, Mapping[str, int]],
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
        gates=tuple(gates), generation=of[0], meaning=of[1], versions=of[2],
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
    if moving := [g for g in gates if g.figure is not None and g.figure.status == "provisional"]:
        return "provisional", tuple(f"{_name(g.gate)}: rows may still arrive." for g in moving)
    if any(g.gate.pays == 0 for g in failed):
        return "nothing", tuple(g.why for g in failed)
    why = [f"{m.metric.label}: {m.reason}" for m in _gaps(result)]
    why += [f"{m.metric.label} has {m.observation.n if m.observation else 0:,} rows, {plan.minimum_n:,} are needed."
            for m in _thin(plan, result)]  # fmt: skip
    why += _thin_outcome(common)
    if score is None:
        why.append(result.reason or "There is no score.")
    if plan.doubt == "holds":
        why += [f"{_name(g.gate)}: {g.why}" for g in gates if g.state == "cannot tell"]
    if why:
        return "held", tuple(why)
    return "due", tuple(f"{_name(g.gate)}: {g.why}" for g in failed)


def _thin_outcome(common: ScorecardResult | None) -> list[str]:
    """Say that the common outcome rests on too little: less than its own scorecard wants for a colour."""
    if common is None:
        return []
    wanted = common.scorecard.missing_data.minimum_confidence / 100
    if common.score is not None and common.confidence >= wanted - 1e-12:
        return []
    return [f"{common.scorecard.label}: {common.reason or 'There is no score.'}"]


def _gaps(result: ScorecardResult) -> list[MeasureResult]:
    return [m for m in counting(result) if m.score is None]


def _thin(plan: Incentive, result: ScorecardResult) -> list[MeasureResult]:
    return [
        m
        for m in counting(result)
        if m.score is not None
        and (m.observation is None or m.observation.n is None or m.observation.n < plan.minimum_n)
    ]  # fmt: skip


def _name(gate: Gate) -> str:
    return gate.metric or f"no {', '.join(gate.findings)}"


def _cents(value: float) -> Decimal:
    """Round to the cent, half up; what floats are off by, far below a cent, decides nothing."""
    return Decimal(repr(round(value, 9))).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _measure(m: MeasureResult, part: float | None) -> dict[str, Any]:
    return {
        "metric": m.metric.name, "unit": m.unit, "share": m.share, "counts": m.counts, "of_score": part,
        "score": m.score,
        "score_low": m.score_low, "score_high": m.score_high, "status": m.status, "red_flag": m.red_flag,
        "goal": m.goal, "reason": m.reason, "figure": _figure(m.observation),
    }  # fmt: skip


def _figure(o: Observation | None) -> dict[str, Any] | None:
    if o is None:
        return None
    said = asdict(o)
    return {k: said[k].isoformat() if isinstance(said[k], date) else said[k] for k in said if k != "end"}
