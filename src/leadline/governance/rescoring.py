"""What scorecards and incentive plans would have said and paid in past periods, had the working definitions held then.

The working side is put together from what is there: metrics that a plan reaches from rows, all others from published
states; scorecards, targets and incentive plans as they are written. Nothing is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial

from leadline.catalog import Catalog
from leadline.catalog.definitions import Incentive, Scorecard
from leadline.catalog.plan import Plan
from leadline.catalog.weights import measures_of
from leadline.errors import LeadlineError, QueryError
from leadline.governance.backtest_results import Flip, Repaid, Rescored
from leadline.governance.pairing import exchanged
from leadline.metrics.editions import of_metric
from leadline.metrics.periods import Period
from leadline.metrics.published import Edition, Published
from leadline.metrics.query import Query, Viewer
from leadline.scorecards.freezing import score_units, units_of
from leadline.scorecards.gates import NOTHING, Evidence
from leadline.scorecards.incentives import Payout, payouts
from leadline.scorecards.results import ScorecardResult
from leadline.scorecards.tree import Key, answered, arrange, latest_period, questions

Status = tuple[str, float | None]


@dataclass
class Outcome:
    """What came of it: see `BackTest`."""

    flips: list[Flip] = field(default_factory=list)
    scored: list[Rescored] = field(default_factory=list)
    paid: list[Flip] = field(default_factory=list)
    repaid: list[Repaid] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Rescoring:
    """What is compared: `sides` answers for each metric that the plan reaches, by the working definitions; of those
    in `untold` nobody can tell."""

    published: Published
    working: Catalog
    plan: Plan
    sides: Mapping[str, Published]
    untold: frozenset[str]
    viewer: str | Viewer
    periods: int
    evidence: Evidence = NOTHING

    def run(self) -> Outcome:
        """Score and pay once more, for so many past periods, whatever the plan reaches."""
        made = Outcome()
        for name, card in sorted(self.published.catalog.scorecards.items()):
            if self._card_reached(name):
                self._try(made, f"Scorecard {name}", _metrics(card), partial(self._card, made, name))
        for name, plan in sorted(self.published.catalog.incentives.items()):
            if self._plan_reached(plan):
                self._try(made, f"Incentive {name}", self._under(plan), partial(self._pay, made, name))
        return made

    def _try(self, made: Outcome, label: str, metrics: set[str], do: Callable[[], None]) -> None:
        """Do it, or note why nobody can tell."""
        if hidden := sorted(metrics & self.untold):
            made.notes.append(f"{label}: cannot tell, for nobody can of {', '.join(hidden)}.")
            return
        try:
            do()
        except LeadlineError as error:
            made.notes.append(f"{label}: cannot tell. {error.message}")

    @cached_property
    def _reached(self) -> frozenset[str]:
        return frozenset(self.sides) | self.untold

    def _changed(self, kind: str, name: str) -> bool:
        return any((c.kind, c.name) == (kind, name) and c.what != "words" for c in self.plan.changes)

    def _card_reached(self, name: str) -> bool:
        cards = [c.scorecards[name] for c in (self.published.catalog, self.working) if name in c.scorecards]
        units = any(c.kind == "unit" and c.what != "words" for c in self.plan.changes)
        return (
            self._changed("scorecard", name) or units or any(_metrics(card) & self._reached for card in cards)
        )

    def _plan_reached(self, plan: Incentive) -> bool:
        gates = {gate.metric for gate in plan.gates if gate.metric}
        cards = any(self._card_reached(name) for name in _cards_of(plan))
        return self._changed("incentive", plan.name) or cards or bool(gates & self._reached)

    def _under(self, plan: Incentive) -> set[str]:
        """Name the metrics that a plan stands on, in either of its versions."""
        found: set[str] = set()
        for catalog in (self.published.catalog, self.working):
            one = catalog.incentives.get(plan.name)
            if one is not None:
                found |= {gate.metric for gate in one.gates if gate.metric}
                found |= {
                    m
                    for n in _cards_of(one)
                    if n in catalog.scorecards
                    for m in _metrics(catalog.scorecards[n])
                }
        return found

    @cached_property
    def _proposed(self) -> Published:
        """Give what would be published: each metric where its figures by the working definitions are."""
        now = self.published
        new = [name for name in self.working.metrics if name not in now.catalog.metrics]
        sides = dict(self.sides)
        if new:
            sides |= dict.fromkeys(new, exchanged(now, self.working, new))
        editions = [Edition(None, None, frozenset({name}), side) for name, side in sides.items()]
        bare = replace(now, editions=())
        for name in now.catalog.metrics:
            if name in self.working.metrics and name not in sides:
                editions += _stretches(now, bare, name)
        versions = dict(now.versions)
        for (kind, name), version in now.versions.items():
            if self._changed(kind, name):
                versions[kind, name] = replace(version, version=version.version + 1)
        return replace(now, catalog=self.working, editions=tuple(editions), versions=versions, judging=())

    def _periods(self, card: Scorecard) -> list[Period]:
        last = latest_period(self.published, card)
        return [self.published.periods.back(last, back) for back in range(self.periods - 1, -1, -1)]

    def _card(self, made: Outcome, name: str) -> None:
        card, other = self.published.catalog.scorecards[name], self.working.scorecards.get(name)
        if other is None:
            raise QueryError("It would be gone.", code="unknown-scorecard")
        if other.period != card.period:
            raise QueryError(
                f"It was scored by the {card.period}, and would be by the {other.period}.",
                code="period-grain",
            )
        periods = self._periods(card)
        known = set(self.published.catalog.units.names) & set(self.working.units.names)
        named = dict.fromkeys((*units_of(self.published, name), *units_of(self._proposed, name)))
        units = [u for u in named if u is None or u in known]
        then = dict(_rescored(self._proposed, other, periods, units, self.viewer))
        for period in periods:
            before = score_units(self.published, name, period, units, viewer=self.viewer)
            for unit, was in zip(units, before, strict=True):
                now = then[period.start, unit]
                made.scored.append(_whole(name, period, unit, was, now))
                made.flips += _flips(name, period, unit, was, now)

    def _pay(self, made: Outcome, name: str) -> None:
        plan, other = self.published.catalog.incentives[name], self.working.incentives.get(name)
        if other is None:
            raise QueryError("It would be gone.", code="unknown-incentive")
        for period in self._periods(self.published.catalog.scorecards[plan.scorecard]):
            was = self._paid(self.published, plan, period.start)
            now = self._paid(self._proposed, other, period.start)
            for unit in dict.fromkeys((*was, *now)):
                one, another = was.get(unit), now.get(unit)
                made.repaid.append(_repaid(name, period, unit, one, another))
                sums = [None if p is None or p.amount is None else float(p.amount) for p in (one, another)]
                before, after = (p.state if p else "not in the plan" for p in (one, another))
                if sums[0] != sums[1] or before != after:
                    made.paid.append(Flip(name, period.label, unit, "payout", before, after, *sums))

    def _paid(self, of: Published, plan: Incentive, start: date) -> dict[str, Payout]:
        return {
            one.unit: one
            for one in payouts(of, plan, viewer=self.viewer, evidence=self.evidence, period=start)
        }


def _metrics(card: Scorecard) -> set[str]:
    return {measure.metric for measure in measures_of(card)}


def _cards_of(plan: Incentive) -> tuple[str, ...]:
    return (plan.scorecard, *((plan.together.scorecard,) if plan.together else ()))


def _stretches(now: Published, bare: Published, name: str) -> Iterator[Edition]:
    """Give where the figures of an unchanged metric are, for all days: in its editions, and between them."""
    since: date | None = None
    for edition in of_metric(now, name):
        if edition.since is not None and (since is None or since < edition.since):
            yield Edition(since, edition.since, frozenset({name}), bare)
        yield replace(edition, metrics=frozenset({name}))
        if edition.until is None:
            return
        since = edition.until
    yield Edition(since, None, frozenset({name}), bare)


def _rescored(
    of: Published,
    card: Scorecard,
    periods: Sequence[Period],
    units: Sequence[str | None],
    viewer: str | Viewer,
) -> Iterator[tuple[tuple[date, str | None], ScorecardResult]]:
    """Score one version of a scorecard for several periods and units, with one reading of each figure."""
    first = questions(of.catalog, card, of.periods, periods[0], unit=None, viewer=viewer)
    since = min((q.since for q in first.values() if q.since), default=periods[0].start)
    asked: dict[Key, Query] = {}
    for unit in units:
        asked |= questions(of.catalog, card, of.periods, periods[-1], unit=unit, viewer=viewer)
    asked = {key: replace(query, since=since) for key, query in asked.items()}
    answers = answered(of, asked, periods[-1])
    for period in periods:
        for unit in units:
            yield (
                (period.start, unit),
                arrange(of.catalog, card, of.periods, period, unit=unit, answers=answers),
            )


def _whole(
    name: str, period: Period, unit: str | None, was: ScorecardResult, now: ScorecardResult
) -> Rescored:
    return Rescored(
        name, period.label, unit, was.status, was.score, was.score_low, was.score_high,
        now.status, now.score, now.score_low, now.score_high,
    )  # fmt: skip


def _flips(
    name: str, period: Period, unit: str | None, was: ScorecardResult, now: ScorecardResult
) -> Iterator[Flip]:
    """Give the nodes whose status or score would be another, and those that only one version has."""
    one, other = dict(_nodes(was)), dict(_nodes(now))
    for node in dict.fromkeys((*one, *other)):
        (before, old), (after, new) = one.get(node, ("", None)), other.get(node, ("", None))
        if before != after or _unlike(old, new):
            yield Flip(name, period.label, unit, node, before, after, old, new)


def _repaid(name: str, period: Period, unit: str, was: Payout | None, now: Payout | None) -> Repaid:
    def sum_of(one: Payout | None) -> float | None:
        return None if one is None or one.would_be is None else float(one.would_be)

    some = now or was
    assert some is not None  # noqa: S101 - a unit is of one of either
    states = [one.state if one else "not in the plan" for one in (was, now)]
    return Repaid(
        name, period.label, unit, some.plan.currency, states[0], sum_of(was), states[1], sum_of(now)
    )


def _nodes(result: ScorecardResult) -> Iterator[tuple[str, Status]]:
    yield "", (result.status, result.score)
    for perspective in result.perspectives:
        for objective in perspective.objectives:
            path = f"{perspective.perspective.name} / {objective.objective.name}"
            yield path, (objective.status, objective.score)
            for measure in objective.measures:
                own = measure.unit if measure.unit != result.unit else None
                where = f" ({own})" if own else ""
                yield f"{path} / {measure.metric.name}{where}", (measure.status, measure.score)


def _unlike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > 1e-9
