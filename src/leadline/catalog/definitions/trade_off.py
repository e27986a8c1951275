"""`kind: trade_off`: two metrics of which one is easily bought with the other, and how far each may go."""

from typing import Annotated, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Model, Name


class Bounded(Model):
    """One of the two metrics, and the range that is acceptable; an end that is not given is open."""

    metric: Name
    at_least: float | None = None
    at_most: float | None = None


class TradeOff(Definition):
    """Two metrics that pull against each other, such as resolution time and first contact resolution.

    They are set side by side by period, for each of `units` (or as a whole). Which way each is better is what the
    metric's `direction` says, else the one end of its range that is given.
    """

    kind: Literal["trade_off"]
    between: Annotated[tuple[Bounded, ...], Field(strict=False, min_length=2, max_length=2)]
    grain: Literal["week", "month", "quarter", "year"] = "month"
    units: tuple[Name, ...] = Field(default=(), strict=False)

    @property
    def sides(self) -> tuple[Bounded, Bounded]:
        """The two sides."""
        one, other = self.between
        return one, other
