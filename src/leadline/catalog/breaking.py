"""What breaks those who rely on a definition: something they could ask for is gone, or now says another thing.

A new meaning alone is no break: its figures are new, and the plan says so. Each rule gives its reasons in words.
"""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import dimensions, facts, finest_shown, has_units
from leadline.catalog.definitions import (
    GRAINS,
    Calendar,
    Definition,
    Fact,
    MetricBase,
    Project,
    Scorecard,
    Unit,
    UnitNode,
)

Side = tuple[Catalog, Definition]

_SAID = {"type": "its type", "measured_in": "its unit of measure", "sensitivity": "its sensitivity"}
"""Fields of a metric whose every change breaks."""


def reasons(before: Side, after: Side) -> tuple[str, ...]:
    """Say why a change breaks what relies on the definition; nothing where it does not."""
    catalog, one = before
    now, other = after
    match one, other:
        case MetricBase(), MetricBase():
            return tuple(_metric(catalog, one, now, other))
        case Fact(), Fact():
            return tuple(_fact(one, other))
        case Scorecard(), Scorecard():
            return tuple(_scorecard(one, other))
        case Unit(), Unit():
            return tuple(_unit(one, other))
        case Calendar(), Calendar():
            return tuple(_calendar(one, other))
        case Project(), Project():
            return tuple(_project(one, other))
        case _:
            return ()


def _metric(before: Catalog, one: MetricBase, after: Catalog, other: MetricBase) -> Iterator[str]:
    was, now = before.metrics[one.name], after.metrics[other.name]
    for name, said in _SAID.items():
        if getattr(was, name) != getattr(now, name):
            yield f"{said} was {getattr(was, name)} and is {getattr(now, name)}"
    if was.direction and was.direction != now.direction:
        yield f"{was.direction} was better, and now {now.direction or 'nothing'} is"
    for column in dimensions(before, was):
        if column not in dimensions(after, now):
            yield f"it can no longer be sliced by {column}"
    if has_units(before, was) and not has_units(after, now):
        yield "it can no longer be told apart by unit"
    coarse = finest_shown(before, was), finest_shown(after, now)
    if GRAINS.index(coarse[1]) > GRAINS.index(coarse[0]):
        yield f"its finest period was the {coarse[0]} and is the {coarse[1]}"
    if now.minimum_n > was.minimum_n:
        yield f"figures of fewer than {now.minimum_n} rows are suppressed, until now of fewer than {was.minimum_n}"
    gone = set(facts(before, was)) - set(facts(after, now))
    if gone and facts(after, now):
        yield f"it no longer reads {', '.join(sorted(gone))}"


def _fact(one: Fact, other: Fact) -> Iterator[str]:
    for name, column in one.columns.items():
        if name not in other.columns:
            yield f"the column {name} is gone"
        elif column.type != other.columns[name].type:
            yield f"the column {name} was {column.type} and is {other.columns[name].type}"
    if one.key != other.key:
        yield f"its key was {', '.join(one.key)} and is {', '.join(other.key)}"
    for name, what in (("at", "instant"), ("unit", "unit")):
        was, now = getattr(one, name), getattr(other, name)
        if was and was != now:
            yield f"its {what} was {was} and is {now or 'nothing'}"


def _scorecard(one: Scorecard, other: Scorecard) -> Iterator[str]:
    if one.period != other.period:
        yield f"its period was the {one.period} and is the {other.period}"
    if one.unit != other.unit:
        yield f"its unit was {one.unit or 'the whole'} and is {other.unit or 'the whole'}"
    for objective, measure in sorted(_measures(one) - _measures(other)):
        yield (
            f"{measure} is no longer measured under {objective}"
            if measure
            else f"{objective} is gone from it"
        )


def _measures(scorecard: Scorecard) -> set[tuple[str, str]]:
    found = set()
    for perspective in scorecard.perspectives:
        for objective in perspective.objectives:
            found.add((objective.objective, ""))
            found |= {(objective.objective, measure.metric) for measure in objective.measures}
    return found


def _unit(one: Unit, other: Unit) -> Iterator[str]:
    if one.parent != other.parent:
        yield f"it stood under {one.parent or 'nothing'} and stands under {other.parent or 'nothing'}"
    for name in sorted(_nodes(one) - _nodes(other)):
        yield f"the unit {name} is gone from it"


def _nodes(unit: Unit | UnitNode) -> set[str]:
    return {unit.name}.union(*(_nodes(child) for child in unit.children))


def _calendar(one: Calendar, other: Calendar) -> Iterator[str]:
    for name in ("year_starts_in", "week_starts_on", "week_years"):
        if getattr(one, name) != getattr(other, name):
            yield f"{name.replace('_', ' ')} is another: periods have other days"


def _project(one: Project, other: Project) -> Iterator[str]:
    if one.time_zone != other.time_zone:
        yield f"days were those of {one.time_zone} and are those of {other.time_zone}"
    for kind, names in one.governed.items():
        now = other.governed.get(kind, ())
        lifted = names if now != "all" and names == "all" else set(names) - set(now) if now != "all" else ()
        if lifted:
            said = "all" if lifted == "all" else ", ".join(sorted(lifted))
            yield f"{kind} are no longer governed: {said}"
