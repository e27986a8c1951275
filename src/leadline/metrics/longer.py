"""A metric over a longer window that ends with a period, to date or rolling, whether or not the project declares it."""

from dataclasses import replace
from typing import Literal

from leadline.catalog.definitions import Cumulative, Grain, Metric, MetricBase, Stock
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.windows import Span, window

Longer = Literal["to_date", "rolling"]
_OWN = frozenset({"name", "adapts", "adaptable", "in_unit"})
ROLLING: dict[Grain, int] = {"day": 28, "week": 13, "month": 12, "quarter": 4}
"""So many periods of each grain roll."""


def span(kind: Longer, grain: Grain) -> Span | None:
    """Give the window of a kind that ends with a period of a grain; None where it would be the period itself."""
    if grain not in ROLLING:
        return None
    return Span("year", 0) if kind == "to_date" else Span(grain, ROLLING[grain])


def has_longer(metric: Metric) -> bool:
    """Tell whether a metric can be added up over a longer window: not one that is so already, and no level."""
    return not isinstance(metric, Cumulative | Stock)


def periods_in(published: Published, kind: Longer, period: Period) -> tuple[Period, ...]:
    """Give the periods of a window, oldest first: those of its grain that begin in it."""
    asked = span(kind, period.grain)
    if asked is None:
        return ()
    first, end = window(published, asked, period)
    return tuple(one for one in published.periods.between(period.grain, first, end) if one.start >= first)


def longer(published: Published, query: Query, kind: Longer, period: Period) -> Observation | None:
    """Answer a question over a longer window that ends with a period, merged from states like any other figure.

    It is what a cumulative metric of the same would give, as it is judged today. None where there is no such window.

    Raises:
        QueryError: the figure is not for who asks to see.
    """
    metric, asked = published.catalog.metrics[query.metric], span(kind, period.grain)
    if asked is None or not has_longer(metric):
        return None
    name = f"{metric.name[:50]}__{kind}"
    shared = {field: getattr(metric, field) for field in MetricBase.model_fields if field not in _OWN}
    made = Cumulative(
        **shared, name=name, type="cumulative", metric=metric.name,
        to_date="year" if kind == "to_date" else None,
        rolling=f"{asked.count} {asked.grain}s" if kind == "rolling" else None,
    )  # fmt: skip
    version = published.versions["metric", metric.name]
    found = evaluate(
        replace(
            published,
            catalog=replace(published.catalog, metrics={**published.catalog.metrics, name: made}),
            versions={**published.versions, ("metric", name): version},
        ),
        replace(query, metric=name, grain=period.grain, since=period.start, until=period.end, by=()),
    )
    return next((one for one in found if one.start == period.start), None)
