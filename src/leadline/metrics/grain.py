"""Why a figure cannot be computed as it is asked for, by name: refused before anything is compiled."""

from leadline.catalog.composition import dimensions, finest_shown, has_units, purpose
from leadline.catalog.definitions import GRAINS, Manual, Metric, RowMetrics
from leadline.catalog.federation import held_in, holds_in
from leadline.errors import QueryError, suggest
from leadline.metrics.published import Published
from leadline.metrics.query import Query

_SIZE = {grain: size for size, grain in enumerate(GRAINS)}


def check(published: Published, metric: Metric, query: Query) -> None:
    """Refuse what cannot be computed, or would be wrong. Raises QueryError with what to do."""
    if query.grain not in GRAINS:
        raise QueryError(
            f"{query.grain!r} is not a grain.", code="unknown-grain", hint=f"Choose from {', '.join(GRAINS)}."
        )
    for leaf in published.rows(metric.name):
        _purpose(published, leaf, query)
        _time(metric, leaf, query)
    finest = finest_shown(published.catalog, metric)
    if _SIZE[query.grain] < _SIZE[finest]:
        raise QueryError(
            f"{metric.name} is measured every {finest}; it has no figures by {query.grain}.",
            code="measured-less-often",
            hint=f"Ask for it by {finest}.",
        )
    for column in query.columns:
        _slice(published, metric, column)
    _place(published, metric, query)
    if query.since and query.until and query.since >= query.until:
        raise QueryError("The time asked for ends before it begins.", code="empty-time")


def _purpose(published: Published, leaf: RowMetrics, query: Query) -> None:
    """Refuse figures that are measured for one purpose to whoever wants them for another."""
    policy, serves = published.catalog.policy, purpose(published.catalog, leaf)
    if policy and query.purpose in policy.purposes and query.purpose != serves:
        raise QueryError(
            f"{leaf.name} is measured for the purpose {serves}, not for {query.purpose}.",
            code="other-purpose",
            hint=f"Which rows count depends on it: measure it in a metric with `purpose: {query.purpose}`.",
        )


def _time(metric: Metric, leaf: RowMetrics, query: Query) -> None:
    if query.grain == "hour" and leaf.finest != "hour":
        raise QueryError(
            f"{leaf.name} is kept by day; it has no figures by hour.",
            code="grain-too-fine",
            hint="Add `finest: hour` to the metric and refresh.",
        )
    if not isinstance(leaf, Manual):
        return
    if _SIZE[query.grain] < _SIZE[leaf.every]:
        raise QueryError(
            f"{leaf.name} is entered by {leaf.every}; it has no figures by {query.grain}.",
            code="grain-too-fine",
            hint=f"Ask for it by {leaf.every}.",
        )
    if query.grain != leaf.every and leaf.over_time == "none":
        raise QueryError(
            f"{metric.name} has no figures by {query.grain}: {leaf.name} is entered by {leaf.every}, and nothing says "
            "how its figures are put together.",
            code="not-additive-over-time",
            hint=f"Ask for it by {leaf.every}, or declare `over_time: sum`, `mean` or `last`.",
        )


def _slice(published: Published, metric: Metric, column: str) -> None:
    catalog = published.catalog
    known = dimensions(catalog, metric)
    if column in known:
        return
    lacking = [leaf for leaf in published.rows(metric.name) if column not in leaf.by]
    having = [leaf for leaf in published.rows(metric.name) if column in leaf.by]
    if having:
        raise QueryError(
            f"{metric.name} cannot be sliced by {column!r}: {having[0].name} is, and {lacking[0].name} is not, so a "
            "part of one would be set against the whole of the other.",
            code="chasm",
            hint=f"Add the column to the `by` of {', '.join(leaf.name for leaf in lacking)}, or leave it out.",
        )
    for leaf in lacking:
        other = catalog.facts.get(column.partition(".")[0])
        if other is not None and any(c.references == leaf.of for c in other.columns.values()):
            raise QueryError(
                f"{metric.name} cannot be sliced by {column!r}: a row of {leaf.of} may have several rows of "
                f"{other.name}, and would count once for each of them.",
                code="fan-out",
                hint=f"Define the metric over `{other.name}`, or derive a fact with one row per key.",
            )
    declared = ", ".join(known) or "no column at all"
    raise QueryError(
        f"{metric.name} is not sliced by {column!r}; it declares {declared}.",
        code="unknown-slice",
        hint=suggest(column, known) or "Add the column to the metric's `by` and refresh.",
    )


def _place(published: Published, metric: Metric, query: Query) -> None:
    units = published.catalog.units
    if query.unit is not None and query.unit not in units.names:
        raise QueryError(
            f"There is no unit {query.unit!r}.", code="unknown-unit", hint=suggest(query.unit, units.names)
        )
    if not holds_in(published.catalog, metric.name, query.unit):
        where = " and ".join(held_in(published.catalog, metric.name))
        raise QueryError(
            f"{metric.name} is a local variant of {metric.adapts or 'another metric'}, and holds in {where} alone.",
            code="adaptation-elsewhere",
            hint=f"Ask for it there, or for {metric.adapts or 'the global metric'}.",
        )
    if (query.unit or query.by_unit) and not has_units(published.catalog, metric):
        fact = next(
            leaf.of for leaf in published.rows(metric.name) if published.catalog.facts[leaf.of].unit is None
        )
        raise QueryError(
            f"{metric.name} cannot be told apart by unit: the fact {fact!r} has no unit column.",
            code="no-unit",
            hint=f"Give `{fact}` a `unit:` column, or ask without a unit.",
        )
