"""What is suspended is not a finding: the figure says why it cannot be relied on, and it comes back afterwards."""

from leadline.catalog.definitions import Metric
from leadline.metrics.periods import Period
from leadline.metrics.published import Published


def is_suspended(published: Published, metric: Metric, unit: str | None, period: Period) -> bool:
    """Tell whether a metric's figure of a period and unit is suspended by an outage."""
    if not published.marks.suspensions:
        return False
    return (
        published.marks.suspended(published.catalog, metric.name, unit, period.start, period.end) is not None
    )
