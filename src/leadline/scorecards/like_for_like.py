"""The like of a period a year before, where a calendar of weeks has none: after a long year, what lies 52 weeks earlier
is no period of the calendar, but a stretch of whole weeks. Its figure is merged from states as any other."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

from leadline.metrics.longer import stretches
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period, Periods
from leadline.metrics.published import Published
from leadline.metrics.query import Query

K = TypeVar("K")


def is_stretch(label: str) -> bool:
    """Tell whether a label names no period but its days: `2023-02-05 to 2023-03-04`."""
    return " to " in label


def with_year_ago(
    published: Published, asked: Mapping[K, Query], answers: dict[K, list[Observation]], period: Period
) -> dict[K, list[Observation]]:
    """Give the answers, and, where the like of the period a year before is such a stretch, its figures behind them."""
    ago = published.periods.year_ago(period)
    if not is_stretch(ago.label):
        return answers
    found = dict(zip(asked, stretches(published, list(asked.values()), ago), strict=True))
    return {key: [*answer, *filter(None, [found.get(key)])] for key, answer in answers.items()}


def by_start(answer: Sequence[Observation]) -> dict[date, Observation]:
    """Give the figures of periods by their first day, without that of a stretch."""
    return {one.start: one for one in answer if not is_stretch(one.period)}


def year_ago(periods: Periods, period: Period, answer: Sequence[Observation]) -> Observation | None:
    """Give the figure of a period's like a year before: of just its days, and of none that only begins with it."""
    ago = periods.year_ago(period)
    return next((one for one in answer if (one.start, one.end) == (ago.start, ago.end)), None)
