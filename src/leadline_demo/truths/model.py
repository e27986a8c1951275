"""What a planted truth is: declared once, read by the generator that plants it and written to truths.yaml.

`expect` is what a perfect system reports; `signs` are symptoms that a plainer finding may show without naming the
cause; `silent` are findings that would be wrong (a season is not news). `direction` is the figure's: up or down; a
place without `unit` is the whole company.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leadline_demo.timeline import DAYS, day

Expectation = dict[str, str | float]


def finding(kind: str, **place: str | float) -> Expectation:
    """Give one expected finding: its kind and any of metric, unit, slice, period, direction, source, minimum."""
    return {"finding": kind, **place}


def stepped(direction: str, metric: str, period: str, **place: str) -> Expectation:
    """Give the finding that a figure went up or down against the period before."""
    return finding("changed_from_previous", metric=metric, period=period, direction=direction, **place)


def yearly(direction: str, metric: str, period: str, **place: str) -> Expectation:
    """Give the finding that a figure went up or down against the same period a year before."""
    return finding("changed_from_last_year", metric=metric, period=period, direction=direction, **place)


@dataclass(frozen=True, slots=True)
class Truth:
    """One planted truth. `size` holds the numbers that the generator uses (counts at size 1.0); `since` and `until`
    are both included."""

    id: str
    title: str
    kind: str
    where: Mapping[str, str]
    since: str
    until: str
    size: Mapping[str, float]
    says: str
    expect: tuple[Expectation, ...] = ()
    signs: tuple[Expectation, ...] = ()
    silent: tuple[Expectation, ...] = ()

    @property
    def days(self) -> slice:
        """The day indexes it covers, cut to the company's eighteen months."""
        return slice(max(0, day(self.since)), min(DAYS, day(self.until) + 1))

    @property
    def first_day(self) -> int:
        """The index of its first day."""
        return day(self.since)


@dataclass(slots=True)
class Ledger:
    """Facts about planted truths that are only known once the files are written: rows, files, lines."""

    planted: dict[str, dict[str, object]] = field(default_factory=dict)

    def note(self, truth: Truth, **facts: object) -> None:
        """Record facts of one truth, e.g. `rows=412`; numbers noted twice add up, lists are joined."""
        known = self.planted.setdefault(truth.id, {})
        for name, fact in facts.items():
            before = known.get(name)
            match before, fact:
                case (int(), int()) | (list(), list()):
                    known[name] = before + fact  # type: ignore[operator]  # both are of one kind here
                case _:
                    known[name] = fact
