"""Stretches of days whose states are published together: fixed months, or years where there are few rows.

They are those of the common calendar whatever the project's own is: states inside have the grain of a day, and a
period that lies in two partitions is the sum of both. Days before 2000 are in one partition, those after 2099 too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlglot import exp

from leadline.store.casts import as_type

Width = Literal["month", "year"]

_FIRST_YEAR, _YEAR_AFTER = 2000, 2100


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """Local days [since, until); `date.min` and `date.max` stand for no end."""

    since: date
    until: date
    label: str

    @classmethod
    def of(cls, day: date, width: Width) -> "Partition":
        """Give the partition that a day lies in."""
        if day.year < _FIRST_YEAR:
            return cls(date.min, date(_FIRST_YEAR, 1, 1), "early")
        if day.year >= _YEAR_AFTER:
            return cls(date(_YEAR_AFTER, 1, 1), date.max, "late")
        if width == "year":
            return cls(date(day.year, 1, 1), date(day.year + 1, 1, 1), f"{day.year}")
        first = day.replace(day=1)
        return cls(first, (first + timedelta(days=31)).replace(day=1), f"{day:%Y-%m}")

    @classmethod
    def named(cls, label: str) -> "Partition":
        """Give the partition of a label."""
        if label in {"early", "late"}:
            return cls.of(date.min if label == "early" else date.max, "month")
        year, _, month = label.partition("-")
        return cls.of(date(int(year), int(month or 1), 1), "month" if month else "year")

    def has(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return self.since <= day < self.until

    def touches(self, since: date | None, until: date | None) -> bool:
        """Tell whether a day of [since, until) may lie in it; None is no end."""
        return (until is None or self.since < until) and (since is None or since < self.until)

    def around(self, before: int = 0, after: int = 0) -> tuple[date | None, date | None]:
        """Give the first day and the day after the last, moved outward by so many days; None is no end."""
        return (
            None if self.since == date.min else self.since - timedelta(days=before),
            None if self.until == date.max else self.until + timedelta(days=after),
        )


def lying(piles: Mapping[str, Sequence[str]], since: date | None, until: date | None) -> list[Sequence[str]]:
    """Give the publications of each partition in which a day of [since, until) may lie, by their labels, in order."""
    labelled = sorted((Partition.named(label), label) for label in piles)
    return [piles[label] for partition, label in labelled if partition.touches(since, until)]


Bound = date | str | None
"""A day, or a text that stands for one (a slot); None is no end."""


def between(value: exp.Expr, since: Bound, until: Bound, kind: str = "date") -> list[exp.Expr]:
    """Give the conditions under which a date (by `kind` an instant, at midnight UTC) is in [since, until)."""
    found: list[exp.Expr] = []
    for bound, order in ((since, exp.GTE), (until, exp.LT)):
        if bound is not None:
            day = bound if isinstance(bound, str) else bound.isoformat()
            text = day if kind == "date" else f"{day} 00:00:00+00:00"
            found.append(order(this=value.copy(), expression=as_type(exp.Literal.string(text), kind)))
    return found
