"""A metric over a longer window that ends with a period, to date or rolling, whether or not the project declares it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from leadline.catalog.composition import finest_shown
from leadline.catalog.definitions import GRAINS, Cumulative, Grain, Metric, MetricBase, Stock
from leadline.metrics.evaluate import evaluate_many
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
    return longer_many(published, [(query, period)], kind)[0]


def longer_many(
    published: Published, asked: Sequence[tuple[Query, Period]], kind: Longer
) -> list[Observation | None]:
    """Answer several questions as `longer` does, with as few statements as their states allow."""
    given: dict[int, _Windowed] = {}
    for n, (query, period) in enumerate(asked):
        over = span(kind, period.grain)
        if over is not None and has_longer(published.catalog.metrics[query.metric]):
            rolling = f"{over.count} {over.grain}s" if over.count else None
            given[n] = _Windowed(query, period, rolling)
    found = dict(zip(given, _windowed(published, list(given.values())), strict=True))
    return [found.get(n) for n in range(len(asked))]


def stretches(published: Published, queries: Sequence[Query], over: Period) -> list[Observation | None]:
    """Answer questions over whole weeks that are no period of the calendar: the like of one, 52 weeks before.

    None where a metric cannot be added up over weeks, or they have no rows.
    """
    last = published.periods.period("week", over.end - timedelta(days=1))
    weeks, rest = divmod((over.end - over.start).days, 7)
    if rest or last.end != over.end:
        return [None] * len(queries)
    given = {
        n: _Windowed(query, last, f"{weeks} weeks")
        for n, query in enumerate(queries)
        if has_longer(published.catalog.metrics[query.metric])
        and GRAINS.index(finest_shown(published.catalog, published.catalog.metrics[query.metric]))
        <= GRAINS.index("week")
    }
    found = dict(zip(given, _windowed(published, list(given.values())), strict=True))
    return [
        replace(one, start=over.start, end=over.end, period=over.label, grain=over.grain) if one else None
        for one in map(found.get, range(len(queries)))
    ]


@dataclass(frozen=True, slots=True)
class _Windowed:
    """A question over the window that ends with a period: rolling (`12 months`), or None: since the year began."""

    query: Query
    period: Period
    rolling: str | None


def _windowed(published: Published, asked: Sequence[_Windowed]) -> list[Observation | None]:
    """Answer by cumulative metrics that nobody declared, as they are judged today."""
    made: dict[tuple[str, str | None], Cumulative] = {}
    for one in asked:
        metric, key = published.catalog.metrics[one.query.metric], (one.query.metric, one.rolling)
        if key in made:
            continue
        shared = {field: getattr(metric, field) for field in MetricBase.model_fields if field not in _OWN}
        made[key] = Cumulative(
            **shared, name=f"{metric.name[:44]}__{len(made)}_longer", type="cumulative", metric=metric.name,
            to_date=None if one.rolling else "year", rolling=one.rolling,
        )  # fmt: skip
    new = {one.name: one for one in made.values()}
    versions = {("metric", one.name): published.versions["metric", one.metric] for one in new.values()}
    wider = replace(
        published,
        catalog=replace(published.catalog, metrics={**published.catalog.metrics, **new}),
        versions={**published.versions, **versions},
    )
    queries = [
        replace(
            one.query, metric=made[one.query.metric, one.rolling].name, grain=one.period.grain,
            since=one.period.start, until=one.period.end, by=(),
        )
        for one in asked
    ]  # fmt: skip
    answers = evaluate_many(wider, queries)
    return [
        next((o for o in answer if o.start == one.period.start), None)
        for one, answer in zip(asked, answers, strict=True)
    ]
