"""A small published company for tests of findings: definitions are real, figures are given by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np

from leadline.catalog.definitions import (
    Balance,
    Count,
    Fact,
    Mean,
    Metric,
    Project,
    Quantile,
    Ratio,
    Scorecard,
    Share,
    Sum,
)
from leadline.metrics.comparison import DayTotals
from leadline.metrics.marks import Marks
from leadline.metrics.month_periods import MonthPeriods
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period

KINDS: dict[str, type[Any]] = {
    "share": Share, "balance": Balance, "ratio": Ratio, "mean": Mean, "sum": Sum, "count": Count, "quantile": Quantile,
}  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {
    "share": {"when": "score >= 4"},
    "balance": {"plus": "score >= 9", "minus": "score <= 6"},
    "ratio": {"numerator": "late", "denominator": "items", "measured_in": "percent"},
    "mean": {"value": "seconds", "measured_in": "s"},
    "sum": {"value": "amount", "measured_in": "EUR"},
    "count": {},
    "quantile": {"value": "seconds", "quantile": 0.9, "measured_in": "s"},
}
LABELS = {"emea": "EMEA", "apac": "APAC"}


def metric(kind: str, name: str, **more: Any) -> Metric:
    found: Metric = KINDS[kind].model_validate(
        {"kind": "metric", "name": name, "type": kind, "of": "row", **FIELDS[kind], **more}
    )
    return found


def card(period: str, *measures: Mapping[str, Any], **more: Any) -> Scorecard:
    objective = {"objective": "o", "measures": list(measures)}
    return Scorecard.model_validate(
        {
            "kind": "scorecard",
            "name": "service",
            "period": period,
            "perspectives": [{"name": "customer", "objectives": [objective]}],
            **more,
        }
    )


class Defined(SimpleNamespace):
    """What is defined; like a catalog, each is one of its own."""

    __hash__ = object.__hash__


@dataclass
class Company:
    """What findings read of a published generation; `figures` answer queries, `days` are totals by metric."""

    metrics: Sequence[Metric]
    cards: Sequence[Scorecard] = ()
    first: date = date(2025, 1, 1)
    until: date = date(2026, 4, 1)
    days: dict[str, list[DayTotals]] = field(default_factory=dict)
    figures: dict[tuple[str, str | None], list[Observation]] = field(default_factory=dict)
    periods: MonthPeriods = field(default_factory=MonthPeriods)
    hidden: set[tuple[str | None, str]] = field(default_factory=set)
    marks: Marks = field(default_factory=Marks)

    @property
    def generation(self) -> Any:
        return SimpleNamespace(tables={})

    @property
    def catalog(self) -> Any:
        return Defined(
            metrics={m.name: m for m in self.metrics},
            scorecards={c.name: c for c in self.cards},
            facts={"row": Fact.model_validate({"kind": "fact", "name": "row", "unit": "team"})},
            sources={},
            reconciliations={},
            policy=None,
            detectors={},
            trade_offs={},
            objectives={},
            project=Project.model_validate({"kind": "project", "name": "test"}),
            units=SimpleNamespace(label=lambda name: LABELS[name], names=tuple(LABELS)),
        )

    def is_final(self, metric: str, period: Period) -> bool:
        del metric
        return period.end <= self.until

    def latest_complete(self, metric: str, grain: Any) -> Period:
        del metric
        return self.periods.period(grain, self.periods.period(grain, self.until).start - timedelta(days=1))

    def observe(
        self, metric: str, months_ago: int, *numbers: float | None, unit: str | None = None, **more: Any
    ) -> None:
        """Give a month's figure: value, low, high."""
        period = self.periods.back(self.latest_complete(metric, "month"), months_ago)
        value, low, high = numbers
        fields: dict[str, Any] = {"n": 100, "status": "final", "method": "Wilson", "note": "", **more}
        self.figures.setdefault((metric, unit), []).append(
            Observation(
                metric=metric, version=1, period=period.label, grain="month", unit=unit, slice="",
                value=value, low=low, high=high, start=period.start, end=period.end, **fields,
            )
        )  # fmt: skip

    def answer(self, published: Any, queries: Sequence[Any]) -> list[list[Observation]]:
        """Stand for evaluate_many."""
        assert published is self
        return [
            sorted(
                (o for o in self.figures.get((q.metric, q.unit), []) if q.since <= o.start < q.until),
                key=lambda o: o.start,
            )
            for q in queries
        ]

    def totals(self, published: Any, name: str, *, viewer: str) -> list[DayTotals]:
        """Stand for day_totals."""
        assert published is self
        assert viewer == "tester"
        return self.days.get(name, [])

    def hides(self, published: Any, metric: Any, places: Any, period: Any) -> Any:
        """Stand for hidden_places."""
        assert published is self
        assert metric.name in self.days
        assert period.start < self.until
        return np.array([place in self.hidden for place in places])


def shares(
    rng: np.random.Generator,
    first: date,
    levels: Mapping[tuple[str | None, str], Sequence[tuple[int, float]]],
    volume: int,
) -> DayTotals:
    """Give day totals of a share: for each place its (days, level) stretches, `volume` rows a day."""
    chance = np.array([[p for days, p in stretches for _ in range(days)] for stretches in levels.values()]).T
    n = rng.poisson(volume, chance.shape).astype(float)
    return DayTotals(first, list(levels), n, rng.binomial(n.astype(int), chance).astype(float), n)
