"""Which unit or slice a figure's gap to its goal mostly lies in: parts that are worse than the whole, for sure.

The one rule: shares of a gap are said only where the parts, by their rows, make up the whole; and a part stands
out only where its interval, widened for how many parts were looked at (Bonferroni), leaves out the whole's value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from leadline.catalog.cascade import agent_columns
from leadline.catalog.composition import dimensions, has_units
from leadline.catalog.definitions import Count, Metric, Sum
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.metrics.viewing import sees

PURPOSE = "findings"
COLUMNS = 4
"""Columns looked at, the first that a metric declares."""
_Z = 1.959963984540054
_WHOLE = 1e-6
_MORE = 1.2
"""How many times its part of the rows a part's share of the gap must be."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A figure that misses its goal: its observation and the goal, in the metric's unit of measure."""

    now: Observation
    goal: float


@dataclass(frozen=True, slots=True)
class Part:
    """A part that stands out. `of_gap` and `of_rows` are shares 0..1, `of_gap` None where parts make up no whole."""

    observation: Observation
    of_gap: float | None
    of_rows: float
    looked_at: int


def standing_out(published: Published, gaps: Sequence[Gap], *, viewer: str | Viewer) -> list[Part | None]:
    """Give for each gap the part that it mostly lies in, or None where none stands out or parts say nothing."""
    asked = [
        (n, query)
        for n, gap in enumerate(gaps)
        for query in _queries(published, gap.now, viewer)
        if sees(published, query)
    ]
    answers = evaluate_many(published, [query for _, query in asked])
    by_gap: dict[int, list[list[Observation]]] = {}
    for (n, _), answer in zip(asked, answers, strict=True):
        by_gap.setdefault(n, []).append(answer)
    return [found_in(gap, by_gap.get(n, [])) for n, gap in enumerate(gaps)]


def found_in(gap: Gap, breakdowns: Sequence[Sequence[Observation]]) -> Part | None:
    """Give the part, of several ways to part a whole, that the gap mostly lies in."""
    whole, goal = gap.now.value, gap.goal
    if whole is None or whole == goal:
        return None
    sign = 1 if goal > whole else -1
    looked = sum(len(parts) for parts in breakdowns)
    wider = NormalDist().inv_cdf(1 - 0.025 / max(looked, 1)) / _Z
    found: list[tuple[float, Part]] = []
    for parts in breakdowns:
        rows = sum(one.n or 0 for one in parts)
        told = [one for one in parts if one.value is not None and one.n]
        if len(told) < 2 or not rows:
            continue
        middle = sum((one.value or 0.0) * (one.n or 0) for one in told) / rows
        adds_up = len(told) == len(parts) and abs(middle - whole) <= _WHOLE * max(abs(whole), 1.0)
        for one in told:
            better = one.high if sign > 0 else one.low
            if one.value is None or better is None:
                continue
            reach = (better - one.value) * wider
            if (whole - (one.value + reach)) * sign <= 0:
                continue
            weight = (one.n or 0) / rows
            share = weight * (one.value - goal) / (whole - goal) if adds_up else None
            if share is None or share > weight * _MORE:
                found.append((weight * abs(one.value - whole), Part(one, share, weight, looked)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _queries(published: Published, one: Observation, viewer: str | Viewer) -> list[Query]:
    catalog = published.catalog
    metric: Metric = catalog.metrics[one.metric]
    if isinstance(metric, Count | Sum) or one.slice:
        return []
    when = {"grain": one.grain, "since": one.start, "until": one.end}
    found = [
        Query(one.metric, viewer, PURPOSE, by=(column,), unit=one.unit, **when)  # type: ignore[arg-type]  # the three of `when`
        for column in [one for one in dimensions(catalog, metric) if one not in agent_columns(catalog)][
            :COLUMNS
        ]
    ]
    tree = catalog.units
    inside = one.unit
    while inside is None and len(tree.roots) == 1:
        inside = tree.roots[0]
    if has_units(catalog, metric) and (tree.children(inside) if inside else tree.roots):
        found.append(Query(one.metric, viewer, PURPOSE, unit=inside, by_unit=True, **when))  # type: ignore[arg-type]  # likewise
    return found
