"""`kind: reconciliation`: two metrics that should say the same, how far they may differ, and where to look if not."""

from typing import Annotated, Literal

from pydantic import Field

from leadline.catalog.definitions.base import ColumnPath, Definition, Model, Name
from leadline.catalog.definitions.expectation import PERCENT


class Tolerance(Model):
    """How far two sides may differ: by `absolute`, or `relative` to the larger one, whichever is more.

    With `statistical`, both sides are estimates: what chance explains is no difference either (false discoveries among
    all cells of a reconciliation are held at 5 %).
    """

    absolute: Annotated[float, Field(ge=0)] = 0.0
    relative: Annotated[str, Field(pattern=PERCENT)] = "0 %"
    statistical: bool = False

    def allows(self, left: float, right: float) -> float:
        """Give by how much two values may differ."""
        share = float(self.relative.rstrip(" %")) / 100
        return max(self.absolute, share * max(abs(left), abs(right)))


class Reconciliation(Definition):
    """Two metrics, compared by period, by each of `units` (or as a whole) and by the values of the columns `by`.

    With `right_whole`, each slice of the left side is set against the right side's whole: the satisfaction with each
    channel against the satisfaction over all.

    Rows that differ are found by `key`: columns of the left metric's fact, and of the right one's by the same names,
    or those in `right_key`. Each side's rows of a key are added up, so a key need not be unique.
    """

    kind: Literal["reconciliation"]
    left: Name
    right: Name
    grain: Literal["day", "week", "month", "quarter", "year"] = "month"
    units: tuple[Name, ...] = Field(default=(), strict=False)
    by: tuple[ColumnPath, ...] = Field(default=(), strict=False)
    right_whole: bool = False
    tolerance: Tolerance = Tolerance()
    key: tuple[ColumnPath, ...] = Field(default=(), strict=False)
    right_key: tuple[ColumnPath, ...] = Field(default=(), strict=False)

    @property
    def right_by(self) -> tuple[str, ...]:
        """The columns by which the right side is sliced."""
        return () if self.right_whole else self.by

    @property
    def keys(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The columns of the key on the left, and those on the right."""
        return self.key, self.right_key or self.key
