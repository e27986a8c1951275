"""What of a period's record a viewer sees: frozen figures pass the same doors as those that are computed."""

from collections.abc import Sequence
from dataclasses import replace

from leadline.errors import QueryError
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Sight, Viewer
from leadline.metrics.viewing import sees, shown_by
from leadline.scorecards.readiness import Readiness
from leadline.scorecards.tree import PURPOSE
from leadline.store.closings import Frozen
from leadline.store.entries import Finding, NewFinding

EVERYTHING = "the record"
"""A viewer that is nobody: what is frozen, and what is missing, depend on no person."""
ALL = Sight("confidential")
"""The sight of who sees every figure."""
HIDDEN = "It is not yours to see."


def shown(published: Published, viewer: str | Viewer, figure: Frozen, period: Period) -> bool:
    """Tell whether a viewer sees a figure: its sensitivity, its unit, and enough rows. A score is asked of below."""
    if isinstance(viewer, str):
        return True
    if figure.metric is None or figure.metric not in published.catalog.metrics:
        return False
    unit = figure.of_unit
    query = Query(
        figure.metric, viewer, PURPOSE, period.grain, unit=unit, since=period.start, until=period.end
    )
    if not sees(published, query):
        return False
    least = shown_by(published, query).minimum_n
    return figure.n is None or figure.n >= least


def hidden(
    published: Published, viewer: str | Viewer, figures: Sequence[Frozen], period: Period
) -> frozenset[int]:
    """Give the places of what is not shown: measures, and every score above one, which would tell of it.

    Raises:
        QueryError: nothing of these figures is for the viewer to see.
    """
    measures = [n for n, figure in enumerate(figures) if figure.metric]
    dark = {n for n in measures if not shown(published, viewer, figures[n], period)}
    if measures and len(dark) == len(measures):
        raise QueryError(
            "None of these figures is yours to see.", code="not-yours", hint="Ask for a unit of your own."
        )
    above = {
        n
        for n, node in enumerate(figures)
        if not node.metric
        and any(figures[d].unit == node.unit and figures[d].path.startswith(node.path) for d in dark)
    }
    return frozenset(dark | above)


def tells(published: Published, viewer: str | Viewer, one: Finding | NewFinding) -> bool:
    """Tell whether a finding is about a figure that a viewer may see; of data in general, who sees every figure."""
    if isinstance(viewer, str) or ALL in viewer.sights:
        return True
    if one.metric not in published.catalog.metrics:
        return False
    where = dict(part.partition("=")[::2] for part in one.slice.split(", ") if part)
    return sees(published, Query(one.metric, viewer, PURPOSE, unit=one.unit, where=where))


def emptied(figure: Frozen) -> Frozen:
    """Give a figure of which is said that there is one, and no more."""
    return replace(
        figure, value=None, low=None, high=None, n=None, status="suppressed", score=None, score_low=None,
        score_high=None, verdict="suppressed", reason=HIDDEN,
    )  # fmt: skip


def ready_for(published: Published, viewer: str | Viewer, ready: Readiness) -> Readiness:
    """Give a readiness without the units and measures that the viewer does not see."""
    if isinstance(viewer, str):
        return ready
    names = list(published.catalog.metrics)

    def open_(metric: str, unit: str | None) -> bool:
        period = ready.period
        return sees(
            published,
            Query(metric, viewer, PURPOSE, period.grain, unit=unit, since=period.start, until=period.end),
        )

    units = [
        replace(one, gaps=tuple(g for g in one.gaps if g.metric is None or open_(g.metric, g.unit)))
        for one in ready.units
        if any(open_(name, one.unit) for name in names)
    ]
    return replace(ready, units=tuple(units))
