"""Who sees which figures: decided for a query before it is read, and refused_unless_seen again where its plan is made.

A viewer has one sight for each role held: how sensitive figures may be, of which units, by which columns only the own
value, and of how many rows at least. A name alone is somebody at this machine, who has the files anyway.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from leadline.catalog import Catalog
from leadline.catalog.cascade import agent_columns
from leadline.catalog.composition import rows
from leadline.catalog.definitions import TIERS, Metric, Tier
from leadline.errors import QueryError
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Sight, Viewer

P = TypeVar("P", bound=Published)


def as_seen(published: Published, query: Query) -> tuple[Published, Query]:
    """Give the query as its viewer may ask it, and what answers it.

    Of units, only those the viewer sees remain as parts; a column of which only the own value is shown becomes that
    value. Figures of too few rows are suppressed by the metrics themselves, as the answering state declares them.

    Raises:
        QueryError: nothing of what is asked is to be seen.
    """
    if isinstance(query.viewer, str):
        return published, query
    metric = published.metric(query.metric)
    sight, asked = _best(published, query, metric)
    own = any(column in asked.where for column, _ in sight.own)
    return (published if own else at_least(published, sight.minimum_n)), asked


def refused_unless_seen(published: Published, query: Query) -> None:
    """Refuse a query that is not as its viewer may ask it: the last door before a plan is made."""
    if isinstance(query.viewer, str):
        return
    if (
        query.metric not in published.catalog.metrics
        or _best(published, query, published.metric(query.metric))[1] != query
    ):
        raise _refusal(query, "the query is wider than what is seen")


def sees(published: Published, query: Query) -> bool:
    """Tell whether a viewer may ask a query just as it is."""
    if isinstance(query.viewer, str):
        return True
    try:
        return _best(published, query, published.metric(query.metric))[1] == query
    except QueryError:
        return False


def shown_by(published: Published, query: Query) -> Sight:
    """Give the sight that shows a query to its viewer. Raises QueryError when none does."""
    return _best(published, query, published.metric(query.metric))[0]


def tier(catalog: Catalog, metric: Metric) -> Tier:
    """Give how sensitive a metric's figures are: as much as the most sensitive of what it is made of."""
    own = catalog.metrics.get(metric.name) is metric
    return _declared_tier(catalog, metric.name) if own else _tier(catalog, metric)


@lru_cache(maxsize=4096)
def _declared_tier(catalog: Catalog, name: str) -> Tier:
    return _tier(catalog, catalog.metrics[name])


def _tier(catalog: Catalog, metric: Metric) -> Tier:
    found = (metric.sensitivity, *(leaf.sensitivity for leaf in rows(catalog, metric)))
    return max(found, key=TIERS.index)


def seen_by(viewer: str | Viewer, catalog: Catalog) -> tuple[str, ...] | None:
    """Name the topmost units whose figures a viewer sees; None where the whole company's are."""
    if isinstance(viewer, str) or any(sight.units is None for sight in viewer.sights):
        return None
    seen = frozenset(unit for sight in viewer.sights for unit in sight.units or ())
    return tuple(u for u in catalog.units.names if u in seen and catalog.units.parent(u) not in seen)


def at_least(published: P, n: int) -> P:
    """Give the same state with every metric suppressing figures of fewer rows than `n`, protected as if declared so."""
    if n <= 0:
        return published
    known: dict[int, P] = vars(published).setdefault("_at_least", {})
    if n not in known:
        metrics: Mapping[str, Metric] = {
            name: metric.model_copy(update={"minimum_n": max(metric.minimum_n, n)})
            for name, metric in published.catalog.metrics.items()
        }
        made = replace(published, catalog=replace(published.catalog, metrics=metrics))
        if published.at_rest:
            vars(made)["sources"] = published.sources  # what is suppressed is no matter of states
        known[n] = made
    return known[n]


def _best(published: Published, query: Query, metric: Metric) -> tuple[Sight, Query]:
    """Give the sight by which most of a query is seen, and what of the query that is."""
    assert isinstance(query.viewer, Viewer)  # noqa: S101 - asked by those that have looked
    asked = tier(published.catalog, metric)
    if agent_columns(published.catalog).intersection(query.columns):
        asked = "confidential"  # a person's figures, whatever the metric's are
    high = [s for s in query.viewer.sights if TIERS.index(s.sensitivity) >= TIERS.index(asked)]
    if not high:
        raise _refusal(query, f"it is {asked}, and no role shows figures that are")
    found = [one for sight in high if (one := _within(published, query, sight)) is not None]
    if not found:
        where = f"of {query.unit}" if query.unit else "of the whole company"
        raise _refusal(
            query, f"no role shows figures {where}" + (" by these columns" if query.columns else "")
        )
    return min(found, key=lambda one: (one[1] != query, one[0].minimum_n, -len(one[1].parts or ())))


def _within(published: Published, query: Query, sight: Sight) -> tuple[Sight, Query] | None:
    """Give what of a query one sight shows; None when that is nothing."""
    if sight.units is not None and query.unit not in sight.units:
        below = published.catalog.units
        every = below.children(query.unit) if query.unit else below.roots
        parts = tuple(p for p in (query.parts if query.parts is not None else every) if p in sight.units)
        if not (query.by_unit and parts):
            return None
        query = replace(query, parts=parts)
    for column, value in sight.own:
        if column in query.where and (value is None or query.where[column] != value):
            return None
        if column in query.by:
            if value is None:
                return None
            where = {**query.where, column: value}
            query = replace(query, by=tuple(c for c in query.by if c != column), where=where)
    return sight, query


def _refusal(query: Query, why: str) -> QueryError:
    name = query.viewer if isinstance(query.viewer, str) else query.viewer.name
    return QueryError(
        f"{name} may not see this figure of {query.metric}: {why}.", code="not-yours",
        hint="Ask for a unit of your own, or for access.",
    )  # fmt: skip
