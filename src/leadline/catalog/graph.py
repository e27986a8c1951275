"""What depends on what: scorecards on metrics, metrics on facts, facts on those they derive from and on sources."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import parts
from leadline.catalog.definitions import (
    CheckBase,
    Conversion,
    Definition,
    DetectorBase,
    Distinct,
    Fact,
    Goal,
    Identity,
    Incentive,
    Initiative,
    MetricBase,
    Objective,
    Reconciliation,
    RowMetric,
    Scorecard,
    TradeOff,
    Valued,
)

Node = tuple[str, str]
"""Kind and name."""


def upstream(catalog: Catalog, definition: Definition) -> tuple[Definition, ...]:
    """Give everything that decides a definition's figures, the nearest first, without itself."""
    return _reached(catalog, definition, _edges(catalog))


def downstream(catalog: Catalog, definition: Definition) -> tuple[Definition, ...]:
    """Give everything whose figures a definition decides, the nearest first, without itself."""
    return _reached(catalog, definition, _turned(_edges(catalog)))


def _reached(
    catalog: Catalog, definition: Definition, edges: Mapping[Node, frozenset[Node]]
) -> tuple[Definition, ...]:
    known = {(d.kind, d.name): d for d in catalog.definitions()}
    start = (definition.kind, definition.name)
    found = [start]
    for node in found:
        found += [n for n in sorted(edges.get(node, ())) if n in known and n not in found]
    return tuple(known[node] for node in found[1:])


@lru_cache(maxsize=8)
def _edges(catalog: Catalog) -> Mapping[Node, frozenset[Node]]:
    """Give what each definition directly stands on."""
    return {(d.kind, d.name): frozenset(_beneath(catalog, d)) for d in catalog.definitions()}


def _turned(edges: Mapping[Node, frozenset[Node]]) -> Mapping[Node, frozenset[Node]]:
    turned: dict[Node, set[Node]] = {}
    for node, beneath in edges.items():
        for other in beneath:
            turned.setdefault(other, set()).add(node)
    return {node: frozenset(above) for node, above in turned.items()}


def _beneath(catalog: Catalog, definition: Definition) -> Iterator[Node]:
    if isinstance(definition, RowMetric):
        yield from _beneath_rows(catalog, definition)
    elif isinstance(definition, MetricBase):
        yield from (("metric", name) for name in parts(catalog, catalog.metrics[definition.name]))
    elif isinstance(definition, CheckBase | DetectorBase | Identity):
        yield "fact", definition.of
    elif isinstance(definition, Fact):
        yield from _beneath_fact(catalog, definition)
    elif isinstance(definition, Objective | Goal | Initiative):
        yield from _beneath_aims(definition)
    else:
        yield from _beneath_readings(definition)


def _beneath_readings(definition: Definition) -> Iterator[Node]:
    """Give what those who read figures name: scorecards, reconciliations, trade-offs, incentives."""
    match definition:
        case Scorecard():
            if definition.template:
                yield "scorecard", definition.template
            for perspective in definition.perspectives:
                for objective in perspective.objectives:
                    yield "objective", objective.objective
                    yield from (("metric", measure.metric) for measure in objective.measures)
        case Reconciliation():
            yield from (("metric", name) for name in (definition.left, definition.right))
        case TradeOff():
            yield from (("metric", side.metric) for side in definition.between)
        case Incentive():
            yield "scorecard", definition.scorecard
            if definition.together:
                yield "scorecard", definition.together.scorecard
            yield from (("metric", gate.metric) for gate in definition.gates if gate.metric)
        case _:
            return


def _beneath_aims(definition: Objective | Goal | Initiative) -> Iterator[Node]:
    match definition:
        case Objective():
            yield from (("metric", name) for name in definition.watches)
            yield from (("goal", name) for name in definition.goals)
        case Goal() if definition.reach:
            yield "metric", definition.reach.metric
        case Initiative():
            yield from (("objective", name) for name in definition.objectives)
            if definition.goal:
                yield "goal", definition.goal
        case _:
            pass


def _beneath_fact(catalog: Catalog, definition: Fact) -> Iterator[Node]:
    yield from (("source", s.name) for s in catalog.sources.values() if s.fact == definition.name)
    if definition.extends:
        yield "fact", definition.extends
    if definition.from_:
        yield "fact", definition.from_
        yield from _behind(catalog, definition, catalog.facts.get(definition.from_), ())


def _beneath_rows(catalog: Catalog, definition: RowMetric) -> Iterator[Node]:
    yield "fact", definition.of
    if isinstance(definition, Conversion):
        yield "fact", definition.followed_by.fact
    money = definition.money if isinstance(definition, Valued) else None
    if money is not None:
        yield "fact", "exchange_rate"
    raked = definition.raked.to if definition.raked else ()
    also = (
        *definition.by,
        definition.at or "",
        definition.clock,
        definition.cluster or "",
        *raked,
        *((definition.entity,) if isinstance(definition, Distinct) else ()),
        *((money.currency,) if money else ()),
    )
    yield from _behind(catalog, definition, catalog.facts.get(definition.of), also)


def _behind(
    catalog: Catalog, definition: Definition, fact: Fact | None, also: tuple[str, ...]
) -> Iterator[Node]:
    """Give the facts behind the references that a definition's expressions and dimensions follow."""
    used = {
        column
        for (kind, name, _), expression in catalog.expressions.items()
        if (kind, name) == (definition.kind, definition.name)
        for column in expression.columns
    }
    for column in sorted(used.union(also)):
        reference, dot, _ = column.partition(".")
        if fact and dot and reference in fact.columns and fact.columns[reference].references:
            yield "fact", str(fact.columns[reference].references)
