"""`kind: metric`: what is counted, one class per type, told apart by `type`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, ExpressionText, Model, Name

Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month", "quarter", "year")


class Collected(Model):
    """How often facts arrive, and how long after a period's end it may be called final."""

    every: Grain = "day"
    available_after: Annotated[str, Field(pattern=r"^\d+ (hour|day|week)s?$")] = "0 days"


class MetricBase(Definition):
    """What every metric has: the fact it reads, which rows, when they count, and how a figure is to be read.

    `by` lists the columns (or `reference.column`) whose states are kept. `weight` is a row weight (surveys).
    `minimum_n`: fewer rows than this and the figure is suppressed.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {
        "direction", "indicator", "sensitivity", "decimals",
    }  # fmt: skip

    kind: Literal["metric"]
    of: Name
    where: ExpressionText | None = None
    at: Name | None = None
    clock: Literal["project", "unit"] = "project"
    finest: Literal["hour", "day"] = "day"
    by: tuple[str, ...] = Field(default=(), strict=False)
    weight: ExpressionText | None = None
    measured_in: str
    decimals: Annotated[int, Field(ge=0, le=9)] | None = None
    direction: Literal["higher", "lower"] | None = None
    indicator: Literal["leading", "lagging"] | None = None
    collected: Collected = Collected()
    minimum_n: Annotated[int, Field(ge=0)] = 0
    sensitivity: Literal["public", "internal", "confidential"] = "internal"


class Share(MetricBase):
    """Rows `when` holds, of all rows: a proportion, in percent (`measured_in: percent`) or as a fraction."""

    type: Literal["share"]
    when: ExpressionText
    measured_in: Literal["percent", "fraction"] = "percent"


class Balance(MetricBase):
    """Share of rows in `plus` less share in `minus`, in points from -100 to 100 (NPS, net balance)."""

    type: Literal["balance"]
    plus: ExpressionText
    minus: ExpressionText
    measured_in: Literal["points"] = "points"


class Ratio(MetricBase):
    """Sum of `numerator` over sum of `denominator`, times 100 if measured in percent. Never an average of ratios."""

    type: Literal["ratio"]
    numerator: ExpressionText
    denominator: ExpressionText


class Mean(MetricBase):
    """Mean of `value` over the rows where it is known."""

    type: Literal["mean"]
    value: ExpressionText


class Sum(MetricBase):
    """Sum of `value` over the rows where it is known."""

    type: Literal["sum"]
    value: ExpressionText


class Count(MetricBase):
    """Number of rows."""

    type: Literal["count"]
    measured_in: str = "count"


class Quantile(MetricBase):
    """The `quantile` (0.5 = median) of `value`, within 0.5 % of the exact order statistic."""

    type: Literal["quantile"]
    value: ExpressionText
    quantile: Annotated[float, Field(gt=0, lt=1)]


Metric = Annotated[Share | Balance | Ratio | Mean | Sum | Count | Quantile, Field(discriminator="type")]
