"""History from what a source delivers: versions from snapshots or change logs, and codes that were redefined."""

from typing import Annotated

from pydantic import Field

from leadline.catalog.definitions.base import ExpressionText, Model, Name
from leadline.catalog.definitions.calendar import Day


class Versions(Model):
    """How the rows of another fact become versions of an entity, each with its begin and its end.

    `taken`: its rows are snapshots of a whole table, each row with the day or instant of its snapshot. An entity whose
    `columns` are as in the snapshot before has no new version; one that is missing from a snapshot ended there.
    `changed`: its rows are a log, each with the instant of a change; `ended` tells the rows that say an entity ended.
    """

    taken: Name | None = None
    changed: Name | None = None
    ended: ExpressionText | None = None
    columns: tuple[Name, ...] = Field(min_length=1, strict=False)

    @property
    def instant(self) -> str:
        """The parent's column that says when a row was taken, or when it changed."""
        return self.taken or self.changed or ""


class Recoding(Model):
    """From a day on, a source writes other codes for the same things: old code to new code.

    Rows dated before `from` are read in the new codes, so a series runs over the boundary. For `grace` longer old codes
    are still understood; after that they are what the column's other conditions say of them.
    """

    from_: Day = Field(alias="from")
    grace: Annotated[str, Field(pattern=r"^\d{1,4} (day|week)s?$")] = "0 days"
    codes: Annotated[dict[str, str], Field(min_length=1)]

    @property
    def sentence(self) -> str:
        """Say it: `A is read as Gold, B as Silver`."""
        pairs = list(self.codes.items())
        first = f"{pairs[0][0]} is read as {pairs[0][1]}"
        return ", ".join([first, *(f"{old} as {new}" for old, new in pairs[1:])])
