"""What is expected of a source: how often its rows come, by when, how surely, and which part of the whole they are."""

from typing import Annotated, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Model, Name

PERCENT = r"^(100|\d{1,2}(\.\d+)?) ?%$"
MORNING = r"^([01]\d|2[0-3]):[0-5]\d$"

Every = Literal["day", "week", "month", "quarter", "year"]


class Expected(Model):
    """A source's freshness objective: rows of every period, `after` its end and `by` a time of that day.

    A day's rows `by: '06:00'` are due at six on the next morning, with `after: 1 day` a day later; clocks are those of
    the source. `within` is the share of refreshes that should find them there. `brings` are values that all rows of
    the source have (`channel: chat`), `units` those whose rows are awaited each by itself: figures that do not count
    them are not provisional when they are late. Below `reliable_from` of 100 the source is called unreliable.
    """

    every: Every = "day"
    on: Literal["every day", "weekdays"] = "every day"
    after: Annotated[str, Field(pattern=r"^\d{1,4} (hour|day|week)s?$")] = "0 days"
    by: Annotated[str, Field(pattern=MORNING)] = "00:00"
    within: Annotated[str, Field(pattern=PERCENT)] = "100 %"
    brings: dict[Name, str] = Field(default_factory=dict)
    units: tuple[Name, ...] = Field(default=(), strict=False)
    reliable_from: Annotated[float, Field(ge=0, le=100)] = 80.0

    @property
    def share(self) -> float:
        """The objective as a share between 0 and 1."""
        return float(self.within.rstrip(" %")) / 100
