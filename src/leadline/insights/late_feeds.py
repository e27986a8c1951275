"""Findings of kind `late_feed`: rows of a source were due by its own objective, and are not there.

The one rule: what was promised and when is declared (`expected:`), so there is no chance in it and nothing is tested.
"""

from leadline.catalog.definitions import Grain
from leadline.catalog.graph import downstream
from leadline.insights.targets import DEFAULT_GRAIN
from leadline.metrics.lateness import Late
from leadline.metrics.published import Published
from leadline.store.entries import NewFinding

KIND = "late_feed"


def late_feeds(published: Published) -> list[NewFinding]:
    """Give one finding for each part of a source that is late; it is about the source, not about a metric.

    `metric` holds the source's name; the metrics whose figures wait for it are in the evidence.
    """
    catalog = published.catalog
    said = published.generation.tables.get("late", ())
    found: dict[str, NewFinding] = {}
    for told in said:
        part = Late.of(told)
        grain: Grain = DEFAULT_GRAIN
        waiting = sorted(
            one.name for one in downstream(catalog, catalog.sources[part.source]) if one.kind == "metric"
        )
        count = f"{told['periods']} {told['every']}{'' if told['periods'] == 1 else 's'}"
        label = published.periods.period(grain, part.since).label
        finding = NewFinding(
            kind=KIND,
            metric=part.source,
            period=label,
            grain=grain,
            unit=part.unit,
            slice="",
            statement=f"{part.words(catalog)} {count} due; {len(waiting)} metrics wait for them.",
            evidence={
                **told,
                "metrics": waiting,
                "test": "rows that were due by the source's objective are not there",
                "p": None,
                "adjusted_p": None,
            },
            severity="high" if told["periods"] > 1 else "medium",
            direction="bad",
        )
        found.setdefault(finding.id, finding)
    return list(found.values())
