"""What lays a row's time over the intervals of the clock that it touched: handle time by the quarter of an hour."""

from typing import Literal

from leadline.catalog.definitions.base import ExpressionText, Model, Name


class Spread(Model):
    """A row that took time is one row for each interval of the clock that its time touched.

    Its time ended at `until` (an instant column of the rows) after `lasting` seconds (an expression). The intervals are
    `every` so long: a quarter of an hour begins at the same instants by every clock there is, and quarters add up to
    hours and days. `seconds` names the column that holds the seconds within the interval; `ended` the one that is 1 in
    the interval in which the time ended and 0 in the others, so that its sum counts rows where they end.
    A row without `until` or `lasting` touches none.
    """

    until: Name
    lasting: ExpressionText
    every: Literal["5 minutes", "15 minutes"] = "15 minutes"
    seconds: Name = "seconds"
    ended: Name = "ended"

    @property
    def told(self) -> tuple[str, str]:
        """The columns that spreading makes, besides the interval."""
        return self.seconds, self.ended
