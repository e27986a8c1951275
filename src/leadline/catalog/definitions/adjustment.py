"""What a metric declares of its figures: those that stand beside the raw ones, and in what its values are given."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from leadline.catalog.definitions.base import ColumnPath, Model

Weight = Annotated[float, Field(gt=0, strict=False)]
Mix = Annotated[dict[str, Weight], Field(min_length=1)]
"""How much of the whole each value of a column should be: percents, shares or heads; only proportions count."""


class Standardised(Model):
    """What the figure would be if the values of `by` were mixed as in `to`, and not as they happen to be.

    `covering`: a figure is given where strata with at least this share of the mix have rows.
    """

    by: ColumnPath
    to: Mix
    covering: Annotated[float, Field(gt=0, le=1, strict=False)] = 1.0


class Raked(Model):
    """Weights under which each column in `to` has its margin; `bounds` of a weight, relative to the mean."""

    to: Annotated[dict[ColumnPath, Mix], Field(min_length=1)]
    bounds: Annotated[tuple[Weight, Weight] | None, Field(strict=False)] = None

    @model_validator(mode="after")
    def _bounds_hold_the_mean(self) -> "Raked":
        if self.bounds is not None and not self.bounds[0] < 1 < self.bounds[1]:
            raise ValueError("bounds are of a weight relative to the mean: one below 1, one above")
        return self


class Money(Model):
    """Amounts in the currency that a column of each row names, converted by dated rates (fact `exchange_rate`).

    The rate is the one that held on the row's own day. `to`: the currency that the figure is in, where `measured_in`
    is more than that; `of`: the expressions that are amounts; `no_older_than`: how long a rate holds at most.
    """

    currency: ColumnPath
    to: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    of: Annotated[
        tuple[Literal["value", "numerator", "denominator"], ...], Field(strict=False, min_length=1)
    ] = ("value", "numerator")
    no_older_than: Annotated[str, Field(pattern=r"^[1-9]\d{0,3} (day|week)s?$")] | None = None
