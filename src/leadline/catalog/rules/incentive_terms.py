"""An incentive plan can be computed: a curve over scores, gates that are one thing each, a case mix that there is."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import FINDING_KINDS, FINDS, Gate, Incentive, RowMetric
from leadline.catalog.problems import Problem
from leadline.catalog.rules.measure_targets import measures
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find curves that fall or go back, gates that say nothing or two things, a case mix without a metric, and who is
    paid by what others do."""
    for plan in catalog.incentives.values():
        for (score, percent), (further, more) in pairwise(plan.curve):
            if further <= score or more < percent:
                yield Problem(
                    "error", "pay-curve", f"The curve goes from {percent:g} % at {score:g} to {more:g} % at "
                    f"{further:g}: scores must rise, and pay must not fall.", catalog.place(plan, "curve"),
                    "Order the points by score.",
                )  # fmt: skip
        for nth, gate in enumerate(plan.gates):
            yield from _gate(catalog, plan, nth, gate)
            yield from _findings(catalog, plan, nth, gate)
        yield from _mix(catalog, plan)
        yield from _others(catalog, plan)
        twice = sorted({name for name in plan.units if plan.units.count(name) > 1})
        if twice:
            yield Problem(
                "error",
                "paid-twice",
                f"Paid twice: {', '.join(twice)}.",
                catalog.place(plan, "units"),
            )


def _gate(catalog: Catalog, plan: Incentive, nth: int, gate: Gate) -> Iterator[Problem]:
    place = catalog.place(plan, "gates", nth)
    conditions = (gate.at_least, gate.at_most, gate.no_worse_than)
    said = any(condition is not None for condition in conditions)
    if (gate.metric is None) == (not gate.findings) or (gate.metric is not None) != said:
        yield Problem(
            "error", "gate", "A gate is a metric with a condition, or kinds of finding: this is neither, or both.",
            place, "Write `metric:` with `at_least`, `at_most` or `no_worse_than`; or `findings: [...]` alone.",
        )  # fmt: skip
    metric = catalog.metrics.get(gate.metric or "")
    if metric is not None and gate.no_worse_than and metric.direction is None:
        yield Problem(
            "error", "no-direction", f"Nothing says which way {metric.name!r} is worse.", place,
            "Give the metric a `direction`.",
        )  # fmt: skip


def _findings(catalog: Catalog, plan: Incentive, nth: int, gate: Gate) -> Iterator[Problem]:
    made = {d.finds or FINDS[str(getattr(d, "type", ""))] for d in catalog.detectors.values()}
    known = {*FINDING_KINDS, *made}
    unusable = {kind for kind, _ in catalog.unusable}
    if "detector" in unusable:
        return
    if not catalog.trade_offs and "trade_off" not in unusable:
        known.discard("trade_off")
    for kind in gate.findings:
        if kind not in known:
            yield Problem(
                "error", "unknown-finding", f"Nothing makes findings of kind {kind!r}.",
                catalog.place(plan, "gates", nth, "findings"),
                suggest(kind, known) or "Declare a detector that says `finds:` so.",
            )  # fmt: skip


def _mix(catalog: Catalog, plan: Incentive) -> Iterator[Problem]:
    card = catalog.scorecards.get(plan.scorecard)
    if plan.case_mix == "none" or card is None:
        return
    found = (catalog.metrics.get(measure.metric) for measure, _ in measures(card))
    if not any(isinstance(metric, RowMetric) and metric.standardised for metric in found):
        yield Problem(
            "error", "no-case-mix", f"None of the metrics of {card.name!r} has a standardised figure.",
            catalog.place(plan, "case_mix"), "Declare `standardised:` on the metrics that the mix of cases decides.",
        )  # fmt: skip


def _others(catalog: Catalog, plan: Incentive) -> Iterator[Problem]:
    """Find measures of a unit of their own that decide what other units are paid."""
    card, known = catalog.scorecards.get(plan.scorecard), catalog.units.names
    if card is None:
        return
    for measure, _ in measures(card):
        if measure.unit not in known or measure.unit is None or not measure.weight_on(date.max):
            continue
        of = {measure.unit, *catalog.units.ancestors(measure.unit), *catalog.units.descendants(measure.unit)}
        paid = [unit for unit in plan.units if unit in known and unit not in of]
        if paid:
            yield Problem(
                "warning", "paid-by-others", f"What {', '.join(paid)} is paid depends on {measure.metric!r} of "
                f"{measure.unit!r}.",
                catalog.place(plan, "scorecard"),
                "Give the measure no weight, or pay by a scorecard without it.",
            )  # fmt: skip
