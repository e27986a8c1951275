"""Windows that end with a period: to date, or rolling; and the row metrics of a metric, each with its window."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from leadline.catalog import Catalog
from leadline.catalog.composition import parts
from leadline.catalog.definitions import COMPOSED, Cumulative, Grain, Metric
from leadline.metrics.periods import Period
from leadline.metrics.published import Published


@dataclass(frozen=True, slots=True)
class Span:
    """A window that ends with the period: to date of a grain, or rolling over so many of a grain."""

    grain: Grain
    count: int
    """How many of them, or 0: to date."""


LeafKey = tuple[str, Span | None]
"""A row metric and the window it is added up over."""


def span_of(metric: Cumulative) -> Span:
    """Give the window of a cumulative metric."""
    if metric.to_date is not None:
        return Span(metric.to_date, 0)
    number, grain = (metric.rolling or "").split()
    return Span(grain.rstrip("s"), int(number))  # type: ignore[arg-type]  # the pattern allows grains only


def leaves(catalog: Catalog, metric: Metric) -> tuple[LeafKey, ...]:
    """Give every row metric of a metric with its window, each once."""
    return tuple(dict.fromkeys(_leaves(catalog, metric, None)))


def _leaves(catalog: Catalog, metric: Metric, span: Span | None) -> Iterator[LeafKey]:
    if not isinstance(metric, COMPOSED):
        yield metric.name, span
        return
    inner = span_of(metric) if isinstance(metric, Cumulative) else span
    for name in parts(catalog, metric):
        yield from _leaves(catalog, catalog.metrics[name], inner)


def window(published: Published, span: Span, period: Period) -> tuple[date, date]:
    """Give the days of a span that ends with a period: the first, and the day after the last."""
    calendar, last = published.periods, period.end - timedelta(days=1)
    if span.count == 0:
        return calendar.start(span.grain, last), period.end
    if span.grain == "day":
        return period.end - timedelta(days=span.count), period.end
    if span.grain == "week":
        return period.end - timedelta(weeks=span.count), period.end
    whole = calendar.period(span.grain, last)
    if whole.end == period.end:
        return calendar.back(whole, span.count - 1).start, period.end
    return _same_day(calendar.back(whole, span.count), whole, period.end), period.end


def _same_day(earlier: Period, whole: Period, end: date) -> date:
    """Give the day in an earlier period that is as far from its start as `end` is in its own, or its last."""
    return min(earlier.start + (end - whole.start), earlier.end)
