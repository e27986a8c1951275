"""What makes rows one chain: contacts of one matter across channels, events of one session across devices."""

from typing import Annotated

from pydantic import Field

from leadline.catalog.definitions.base import Model, Name, TimeSpan


class Link(Model):
    """Rows that have the same in all these columns are linked; with `within`, while they follow each other that soon.

    A row that has nothing in one of the columns (or no instant, where there is a `within`) is not linked by it.
    """

    same: Annotated[tuple[Name, ...], Field(min_length=1, strict=False)]
    within: TimeSpan | None = None


class Stitch(Model):
    """Rows that are linked, directly or through others, are one chain; a row that nothing links is a chain alone.

    The time between two rows is counted from the first one's end (`until`, a column; else its instant) to the next
    one's instant. `paths` names columns of the chain that tell the values of a column of its rows in their order.
    """

    links: Annotated[tuple[Link, ...], Field(min_length=1, strict=False)]
    until: Name | None = None
    paths: dict[Name, Name] = Field(default_factory=dict)

    @property
    def columns(self) -> frozenset[str]:
        """Every column of the rows that decides which chain they are of, or is told by it."""
        named = {column for link in self.links for column in link.same} | set(self.paths.values())
        return frozenset(named | ({self.until} if self.until else set()))
