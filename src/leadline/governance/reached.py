"""Which metrics a plan reaches, and how they must be computed to see it.

By their own text, by another calendar over the same rows, or over rows that are loaded anew.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from leadline.catalog import Catalog
from leadline.catalog.definitions import CheckBase, DetectorBase, Fact, Identity, Metric, Source
from leadline.catalog.graph import upstream
from leadline.catalog.plan import Change, Plan

Reached = Literal["own", "calendar", "anew"]
ANEW: Reached = "anew"
_SAME_ROWS = ("metric ", "the calendar", "time zones")


def reached(plan: Plan, in_force: Catalog, working: Catalog) -> dict[str, Reached]:
    """Give every metric whose figures a plan may change, in the plan's order, with how it must be computed."""
    found: dict[str, Reached] = {}
    facts = set(_facts(plan, in_force, working))
    by_rows = {
        name
        for catalog in (in_force, working)
        for name, metric in catalog.metrics.items()
        if facts and any(d.kind == "fact" and d.name in facts for d in upstream(catalog, metric))
    }
    for change in plan.changes:
        if change.kind == "metric" and change.what == "meaning":
            found[change.name] = ANEW if change.name in by_rows else _how(change)
    for name in in_force.metrics:
        if name in by_rows and name in working.metrics:
            found.setdefault(name, ANEW)
    return _through_parts(found, in_force, working)


def _how(change: Change) -> Reached:
    others = [below for below in change.beneath if not below.startswith("metric ")]
    if any(not below.startswith(_SAME_ROWS) for below in others):
        return ANEW
    return "calendar" if others else "own"


def _through_parts(found: dict[str, Reached], in_force: Catalog, working: Catalog) -> dict[str, Reached]:
    """What is made of metrics over other rows, or another calendar, is computed as these are."""

    def beneath(metric: Metric, catalog: Catalog) -> Iterator[Reached]:
        yield from (
            found[d.name] for d in upstream(catalog, metric) if d.kind == "metric" and d.name in found
        )

    order: tuple[Reached, ...] = ("own", "calendar", "anew")
    made: dict[str, Reached] = {}
    for name, how in found.items():
        catalogs = [c for c in (in_force, working) if name in c.metrics]
        below = [one for c in catalogs for one in beneath(c.metrics[name], c)]
        made[name] = max((how, *below), key=order.index)
    return made


def _facts(plan: Plan, in_force: Catalog, working: Catalog) -> Iterator[str]:
    """Name the facts whose rows a plan changes: what they are loaded from, checked, resolved or left out by."""
    for change in plan.changes:
        if change.what == "words":
            continue
        for catalog in (in_force, working):
            one = _definitions(catalog).get((change.kind, change.name))
            match one:
                case Fact():
                    yield one.name
                case Source():
                    yield one.fact
                case Identity() | CheckBase() | DetectorBase():
                    yield one.of
                case _:
                    pass


def _definitions(catalog: Catalog) -> Mapping[tuple[str, str], object]:
    return {(d.kind, d.name): d for d in catalog.definitions()}
