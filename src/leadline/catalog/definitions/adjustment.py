"""What a metric declares of figures to stand beside the raw ones: a reference mix, margins, clusters of rows."""

from typing import Annotated

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
