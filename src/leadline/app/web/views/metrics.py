"""The list of metrics with their latest figures, narrowed by a search."""

from leadline.app.web.asked import Asked
from leadline.app.web.contexts import MetricsPage
from leadline.app.web.contexts.metrics import MetricLine
from leadline.app.web.reading import PURPOSE, Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import changes, figures, targets
from leadline.app.web.wording.documents import link
from leadline.catalog import Catalog
from leadline.catalog.composition import facts
from leadline.catalog.definitions import Metric
from leadline.insights import targets as watched
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.query import Query

HISTORY = 13


def metrics(reading: Reading, asked: Asked) -> MetricsPage:
    """List the metrics that hold every word of the search in their name, title, description, owner or tags."""
    everything = sorted(reading.catalog.metrics.values(), key=lambda metric: metric.label.lower())
    words = (asked.q or "").lower().split()
    found = [metric for metric in everything if all(word in _text(reading.catalog, metric) for word in words)]
    key = "metrics.found" if words else "metrics.count"
    return MetricsPage(
        shell=shell(reading, say("metrics.title"), "metrics", search=asked.q or ""),
        count=say(key, found=len(found), count=len(everything)),
        lines=_lines(reading, found, asked.unit),
        column=say("metrics.versus"),
    )


def _text(catalog: Catalog, metric: Metric) -> str:
    parts = (
        metric.name,
        metric.title,
        metric.description,
        metric.owner,
        *facts(catalog, metric),
        *metric.tags,
    )
    return " ".join(part for part in parts if part).lower()


def _lines(reading: Reading, found: list[Metric], unit: str | None) -> tuple[MetricLine, ...]:
    latest = {m.name: _latest(reading, m) for m in found}
    asked = [(m, period) for m in found if (period := latest[m.name])]
    answers = (
        reading.shown(*(_query(reading, metric, period, unit) for metric, period in asked)) if asked else []
    )
    series = {metric.name: answer for (metric, _), answer in zip(asked, answers, strict=True)}
    return tuple(_line(reading, metric, series.get(metric.name, [])) for metric in found)


def _latest(reading: Reading, metric: Metric) -> Period | None:
    return reading.published.latest_complete(metric.name, watched.grains(reading.catalog, metric.name)[0])


def _query(reading: Reading, metric: Metric, period: Period, unit: str | None) -> Query:
    since = reading.published.periods.back(period, HISTORY - 1).start
    return Query(
        metric.name, reading.viewer, PURPOSE, grain=period.grain, unit=unit, since=since, until=period.end
    )


def _line(reading: Reading, metric: Metric, history: list[Observation]) -> MetricLine:
    now = history[-1] if history else None
    before = history[-2] if len(history) > 1 else None
    sign = watched.better(reading.catalog, metric)
    higher = None if sign == 0 else sign > 0
    nowhere = reading.published.periods.period("month", reading.published.generation.as_of.date())
    return MetricLine(
        metric=link(metric),
        description=metric.description or "",
        type=say(f"type.{metric.type}"),
        facts=tuple(link(reading.catalog.facts[name]) for name in facts(reading.catalog, metric)),
        owner=targets.owner(metric),
        figure=figures.figure(figures.style(metric, now), now, narrow=True)
        if now
        else figures.absent(metric, nowhere, None, say("figure.no_rows")),
        spark=targets.sparkline(metric, history),
        previous=changes.change(
            reading.judge(), metric, now, before, kind="changed_from_previous", higher=higher
        ),
    )
