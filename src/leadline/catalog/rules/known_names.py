"""Every name that a definition mentions is the name of something."""

from collections.abc import Collection, Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import (
    CheckBase,
    Conversion,
    Cumulative,
    Definition,
    DetectorBase,
    Incentive,
    Index,
    Metric,
    Reconciliation,
    RowMetric,
    Scorecard,
    TradeOff,
)
from leadline.catalog.problems import Problem
from leadline.errors import suggest

_CODES = {
    "calendar": "unknown-calendar",
    "fact": "unknown-fact",
    "metric": "unknown-metric",
    "objective": "unknown-objective",
    "scorecard": "unknown-scorecard",
    "unit": "unknown-unit",
}


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find names of facts, metrics, objectives, units, calendars and scorecards that there are not."""
    project = catalog.project
    if project.calendar:
        yield from _known(catalog, "calendar", project.calendar, catalog.calendars, project, "calendar")
    if project.scorecard:
        yield from _known(catalog, "scorecard", project.scorecard, catalog.scorecards, project, "scorecard")
    yield from _in_rows(catalog)
    yield from _in_facts(catalog)
    for scorecard in catalog.scorecards.values():
        yield from _in_scorecard(catalog, scorecard)
    for one in catalog.reconciliations.values():
        yield from _in_reconciliation(catalog, one)
    for trade in catalog.trade_offs.values():
        yield from _in_trade_off(catalog, trade)
    for plan in catalog.incentives.values():
        yield from _in_incentive(catalog, plan)


def _in_rows(catalog: Catalog) -> Iterator[Problem]:
    for source in catalog.sources.values():
        yield from _known(catalog, "fact", source.fact, catalog.facts, source, "fact")
    for metric in catalog.metrics.values():
        yield from _in_metric(catalog, metric)
    looking: list[CheckBase | DetectorBase] = [*catalog.checks.values(), *catalog.detectors.values()]
    for each in looking:
        yield from _known(catalog, "fact", each.of, catalog.facts, each, "of")


def _in_trade_off(catalog: Catalog, trade: TradeOff) -> Iterator[Problem]:
    for nth, side in enumerate(trade.between):
        yield from _known(catalog, "metric", side.metric, catalog.metrics, trade, "between", nth, "metric")
    yield from _units(catalog, trade.units, trade, "units")


def _in_incentive(catalog: Catalog, plan: Incentive) -> Iterator[Problem]:
    yield from _known(catalog, "scorecard", plan.scorecard, catalog.scorecards, plan, "scorecard")
    yield from _units(catalog, plan.units, plan, "units")
    for nth, gate in enumerate(plan.gates):
        if gate.metric:
            yield from _known(catalog, "metric", gate.metric, catalog.metrics, plan, "gates", nth, "metric")
        if gate.unit:
            yield from _known(catalog, "unit", gate.unit, catalog.units.names, plan, "gates", nth, "unit")
    if plan.together:
        at = ("together", "scorecard")
        yield from _known(catalog, "scorecard", plan.together.scorecard, catalog.scorecards, plan, *at)
        if plan.together.unit:
            yield from _known(
                catalog, "unit", plan.together.unit, catalog.units.names, plan, "together", "unit"
            )


def _units(catalog: Catalog, names: Collection[str], definition: Definition, *path: str) -> Iterator[Problem]:
    for nth, name in enumerate(names):
        yield from _known(catalog, "unit", name, catalog.units.names, definition, *path, nth)


def _in_reconciliation(catalog: Catalog, one: Reconciliation) -> Iterator[Problem]:
    yield from _known(catalog, "metric", one.left, catalog.metrics, one, "left")
    yield from _known(catalog, "metric", one.right, catalog.metrics, one, "right")
    yield from _units(catalog, one.units, one, "units")


def _in_facts(catalog: Catalog) -> Iterator[Problem]:
    for fact in catalog.facts.values():
        for name, column in fact.columns.items():
            if column.references:
                path = ("columns", name, "references")
                yield from _known(catalog, "fact", column.references, catalog.facts, fact, *path)


def _in_metric(catalog: Catalog, metric: Metric) -> Iterator[Problem]:
    match metric:
        case RowMetric():
            yield from _known(catalog, "fact", metric.of, catalog.facts, metric, "of")
            if isinstance(metric, Conversion):
                name = metric.followed_by.fact
                yield from _known(catalog, "fact", name, catalog.facts, metric, "followed_by", "fact")
        case Index():
            for nth, part in enumerate(metric.parts):
                at = ("parts", nth, "metric")
                yield from _known(catalog, "metric", part.metric, catalog.metrics, metric, *at)
        case Cumulative():
            yield from _known(catalog, "metric", metric.metric, catalog.metrics, metric, "metric")
        case _:
            pass


def _in_scorecard(catalog: Catalog, scorecard: Scorecard) -> Iterator[Problem]:
    if scorecard.unit:
        yield from _known(catalog, "unit", scorecard.unit, catalog.units.names, scorecard, "unit")
    for p, perspective in enumerate(scorecard.perspectives):
        for o, place in enumerate(perspective.objectives):
            here = ("perspectives", p, "objectives", o)
            yield from _known(
                catalog, "objective", place.objective, catalog.objectives, scorecard, *here, "objective"
            )
            for m, measure in enumerate(place.measures):
                at = (*here, "measures", m)
                yield from _known(
                    catalog, "metric", measure.metric, catalog.metrics, scorecard, *at, "metric"
                )
                if measure.unit:
                    yield from _known(
                        catalog, "unit", measure.unit, catalog.units.names, scorecard, *at, "unit"
                    )


def _known(
    catalog: Catalog, kind: str, name: str, known: Collection[str], definition: Definition, *path: str | int
) -> Iterator[Problem]:
    if name in known or (kind, name) in catalog.unusable:
        return
    listed = f"Known: {', '.join(sorted(known)[:12])}." if known else f"There is no {kind} at all yet."
    yield Problem(
        "error", _CODES[kind], f"There is no {kind} {name!r}.", catalog.place(definition, *path),
        suggest(name, known) or listed,
    )  # fmt: skip
