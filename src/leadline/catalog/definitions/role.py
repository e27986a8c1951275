"""`kind: role`: what people who hold it may do, how far it lets them see, and what is kept from them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from leadline.catalog.definitions.base import ColumnPath, Definition, Name

Tier = Literal["public", "internal", "confidential"]
"""How far a metric's figures may go: its `sensitivity`."""

TIERS: tuple[Tier, ...] = ("public", "internal", "confidential")

Pattern = Annotated[str, StringConstraints(pattern=r"^[a-z_*]+:[a-z_*]+:[a-z_*]+$")]
"""A permission, or several: `ingest:source:read`, `workflow:item:*`."""


class Role(Definition):
    """What a grant of it brings. A grant names the unit it holds for, with all below it, or holds everywhere.

    `sensitivity` is the highest tier of metrics whose figures are shown. `own` names columns by which only the figure
    of the person's own value is shown: `agent_id: agent` shows the slice that is the person's attribute `agent`, and of
    the others only what all come to. Figures of fewer rows than `minimum_n` are not shown, nor is one from which the
    person could work out that of so few others.
    """

    kind: Literal["role"]
    may: Annotated[tuple[Pattern, ...], Field(strict=False, min_length=1)]
    sensitivity: Tier = "internal"
    own: dict[ColumnPath, Name] = Field(default_factory=dict)
    minimum_n: Annotated[int, Field(ge=0)] = 0
