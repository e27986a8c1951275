"""`kind: unit`: the organisation tree, one node or a whole subtree a document."""

from typing import ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Model, Name
from leadline.catalog.definitions.calendar import Day


class UnitNode(Model):
    """One organisational unit written inside its parent. `codes` are the values by which sources mean it."""

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"closed"}

    name: Name
    title: str | None = None
    time_zone: str | None = None
    codes: tuple[str, ...] = Field(default=(), strict=False)
    owner: str | None = None
    closed: Day | None = None
    children: tuple["UnitNode", ...] = Field(default=(), strict=False)

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()


class Unit(Definition):
    """An organisational unit; its parent is another unit's name, its children may stand inside it.

    `closed` is the first day on which it is no longer there; its rows of before stay its own.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"closed"}

    kind: Literal["unit"]
    parent: Name | None = None
    time_zone: str | None = None
    codes: tuple[str, ...] = Field(default=(), strict=False)
    closed: Day | None = None
    children: tuple[UnitNode, ...] = Field(default=(), strict=False)
