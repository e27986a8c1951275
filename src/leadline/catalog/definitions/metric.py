"""`kind: metric`: what is counted, one class per type, told apart by `type`.

Row metrics read the rows of one fact; composed metrics are made of other metrics and have no rows of their own.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.adjustment import Money, Raked, Standardised
from leadline.catalog.definitions.base import ColumnPath, Definition, ExpressionText, Model, Name, TimeSpan
from leadline.catalog.definitions.fact import Fact

Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month", "quarter", "year")

Measured = Annotated[str, Field(pattern=r"^every (day|week|month|quarter|year)$")]
"""The finest period for which a metric is shown: `every month`."""

DurationUnit = Literal["seconds", "minutes", "hours", "days"]


class Collected(Model):
    """How often facts arrive, and how long after a period's end it may be called final."""

    every: Grain = "day"
    real_time: bool = False
    """Its rows come as they happen (a stream, a webhook); figures of such and of periodic rows are never mixed."""
    available_after: Annotated[str, Field(pattern=r"^\d+ (hour|day|week)s?$")] = "0 days"


class MetricBase(Definition):
    """What every metric has: how a figure is measured and read.

    `minimum_n`: fewer rows than this and the figure is suppressed. `measured: every quarter` refuses finer periods.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {
        "direction", "indicator", "sensitivity", "decimals", "measured", "adaptable", "term",
    }  # fmt: skip

    kind: Literal["metric"]
    measured_in: str
    decimals: Annotated[int, Field(ge=0, le=9)] | None = None
    direction: Literal["higher", "lower"] | None = None
    indicator: Literal["leading", "lagging"] | None = None
    term: Literal["short", "long"] | None = None
    """Whether it pays off soon or in years (retention, lifetime value); not said counts as short."""
    minimum_n: Annotated[int, Field(ge=0)] = 0
    measured: Measured | None = None
    sensitivity: Literal["public", "internal", "confidential"] = "internal"
    adaptable: tuple[str, ...] = Field(default=(), strict=False)
    """The keys that a local variant may say otherwise; nothing else of the meaning may differ."""
    adapts: Name | None = None
    """The global metric of which this is the local variant, and `in_unit` where it holds."""
    in_unit: Name | None = None


class RowMetric(MetricBase):
    """What every metric over rows has: the fact it reads, which rows, and when they count.

    `at` is the instant (or date) that decides a row's period, `clock` whose wall clock says on which day that is: the
    project's, its unit's (`unit`), or that of the zone named in a column. Rows without an instant, or whose zone is
    not known, are in no period. `by` lists the columns whose states are kept. All three may be `reference.column`.
    `weight` is a row weight (surveys). `dimensions` says which version is read behind a reference to a fact with
    history: the one that held at the row's instant (`as_was`), or the one that holds at the refresh (`as_is`).
    `standardised`, `raked` and `cluster` (the column that says which rows are of one customer, say) give figures
    beside the raw one.
    """

    of: Name
    where: ExpressionText | None = None
    at: ColumnPath | None = None
    clock: ColumnPath = "project"
    finest: Literal["hour", "day"] = "day"
    by: tuple[str, ...] = Field(default=(), strict=False)
    dimensions: Literal["as_was", "as_is"] = "as_was"
    weight: ExpressionText | None = None
    collected: Collected = Collected()
    standardised: Standardised | None = None
    raked: Raked | None = None
    cluster: ColumnPath | None = None
    purpose: Name | None = None
    """What the figure is for: only rows that may be used for it count. Not said: what the project says."""

    def instant(self, fact: Fact) -> str | None:
        """Name the column that decides a row's period."""
        return self.at or fact.at


class Valued(RowMetric):
    """A metric over numbers. `given_in`: in what they are given (`seconds`; a ratio's numerator), where the figure is
    measured in something else, or which currency each row's amounts are in."""

    given_in: str | Money | None = None

    @property
    def money(self) -> Money | None:
        """Give how amounts are converted, if they are."""
        return self.given_in if isinstance(self.given_in, Money) else None


class Share(RowMetric):
    """Rows `when` holds, of all rows: a proportion, in percent (`measured_in: percent`) or as a fraction."""

    type: Literal["share"]
    when: ExpressionText
    measured_in: Literal["percent", "fraction"] = "percent"


class Balance(RowMetric):
    """Share of rows in `plus` less share in `minus`, in points from -100 to 100 (NPS, net balance)."""

    type: Literal["balance"]
    plus: ExpressionText
    minus: ExpressionText
    measured_in: Literal["points"] = "points"


class Ratio(Valued):
    """Sum of `numerator` over sum of `denominator`, times 100 if measured in percent. Never an average of ratios."""

    type: Literal["ratio"]
    numerator: ExpressionText
    denominator: ExpressionText


class Mean(Valued):
    """Mean of `value` over the rows where it is known."""

    type: Literal["mean"]
    value: ExpressionText


class Sum(Valued):
    """Sum of `value` over the rows where it is known."""

    type: Literal["sum"]
    value: ExpressionText


class Count(RowMetric):
    """Number of rows."""

    type: Literal["count"]
    measured_in: str = "count"


class Quantile(Valued):
    """The `quantile` (0.5 = median) of `value`, within 0.5 % of the exact order statistic."""

    type: Literal["quantile"]
    value: ExpressionText
    quantile: Annotated[float, Field(gt=0, lt=1)]


class Stock(Valued):
    """Level at an instant: the rows (or the sum of their `value`) that have entered and not left.

    A row enters at `from` and leaves at `until` (null: it is still in). The level of a period is the one at its end,
    or at its start; levels are never summed over time.
    """

    type: Literal["stock"]
    from_: Name = Field(alias="from")
    until: Name
    value: ExpressionText | None = None
    level: Literal["end", "start"] = "end"
    measured_in: str = "count"

    def instant(self, fact: Fact) -> str | None:
        """Name the column that says when a row enters."""
        del fact
        return self.from_


class Distinct(RowMetric):
    """Number of different `entity` values among the rows of any window: exact, and never a sum of parts."""

    type: Literal["distinct"]
    entity: ColumnPath
    measured_in: str = "count"


class Following(Model):
    """The later event of a conversion: of which fact, which rows, whose (`entity`), when, and alike in what (`same`).

    `entity`, `at` and the columns in `same` are those of the metric where they are not given.
    """

    fact: Name
    where: ExpressionText | None = None
    entity: Name | None = None
    at: Name | None = None
    same: tuple[Name, ...] = Field(default=(), strict=False)


class Conversion(RowMetric):
    """Share of rows followed (or not followed) by another event of the same entity `within` a horizon.

    A row counts once its horizon has passed; until then its period is provisional. An event at the very instant of
    the row does not follow it. Churn, repeat contact and first contact resolution by window are of this type.
    """

    type: Literal["conversion"]
    entity: Name
    followed_by: Following
    within: TimeSpan
    counts: Literal["followed", "not_followed"] = "followed"
    measured_in: Literal["percent", "fraction"] = "percent"


class Duration(RowMetric):
    """Kaplan-Meier `quantile` of the time from `from` to `until`; a row without `until` is censored at the refresh.

    A row belongs to the period of its `from` (a cohort). Rows that end before they begin are left out.
    """

    type: Literal["duration"]
    from_: Name = Field(alias="from")
    until: Name
    quantile: Annotated[float, Field(gt=0, lt=1)] = 0.5
    hours: Literal["all", "business"] = "all"
    """All time, or only the business hours of the project's calendar, on the project's clock."""
    measured_in: DurationUnit

    def instant(self, fact: Fact) -> str | None:
        """Name the column that says when the time begins to run."""
        del fact
        return self.from_


class Manual(RowMetric):
    """A figure that a person enters for a period and a unit, with note and evidence: rows of `manual_figure`.

    `every` is the period that is entered; `over_time` says how coarser periods are made (`none`: they are refused).
    A unit's figure is the one entered for that very unit.
    """

    type: Literal["manual"]
    of: Literal["manual_figure"] = "manual_figure"
    every: Literal["day", "week", "month", "quarter", "year"]
    over_time: Literal["none", "sum", "mean", "last"] = "none"


class Derived(MetricBase):
    """A formula over other metrics, each in the unit it is measured in: `cost_total / resolved_contacts`."""

    type: Literal["derived"]
    formula: ExpressionText
    mixes_real_time: bool = False
    """Says that metrics of real time and of periodic rows are put together on purpose."""


class IndexPart(Model):
    """A metric in an index: 0 at its `worst`, 100 at its `best` (clipped beyond), weighing `weight`."""

    metric: Name
    worst: float
    best: float
    weight: Annotated[float, Field(gt=0)] = 1


class Index(MetricBase):
    """Weighted mean, 0 to 100, of metrics that are each normalised between a worst and a best value."""

    type: Literal["index"]
    parts: Annotated[tuple[IndexPart, ...], Field(strict=False, min_length=1)]
    measured_in: Literal["points"] = "points"


class Cumulative(MetricBase):
    """Another metric over a longer window that ends with the period: to date, or rolling.

    `to_date: year` runs from the start of the (fiscal) year; `rolling: 28 days` covers that much up to the period's
    end. Give one of the two.
    """

    type: Literal["cumulative"]
    metric: Name
    to_date: Literal["month", "quarter", "year"] | None = None
    rolling: Annotated[str, Field(pattern=r"^[1-9]\d{0,3} (day|week|month|quarter|year)s?$")] | None = None


RowMetrics = (
    Share
    | Balance
    | Ratio
    | Mean
    | Sum
    | Count
    | Quantile
    | Stock
    | Distinct
    | Conversion
    | Duration
    | Manual
)
Composed = Derived | Index | Cumulative
Metric = Annotated[RowMetrics | Composed, Field(discriminator="type")]

COMPOSED = (Derived, Index, Cumulative)
"""The types of metric that have no rows of their own."""
