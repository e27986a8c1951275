"""Who answers for definitions: `kind: person` (or team), `kind: board`, and `kind: domain` with its stewards.

None of these ever decides a figure: every key describes.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Name
from leadline.catalog.definitions.calendar import Day


class Person(Definition):
    """Someone of the company, or, with `members`, a team: whoever is among its members acts for it.

    `left` is the first day on which the person is no longer there. Owners and actors are compared with names without
    regard to case, hyphens, dots and spaces: `Service-Planning` is `service_planning`.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"unit", "left", "members"}

    kind: Literal["person"]
    unit: Name | None = None
    left: Day | None = None
    members: tuple[Name, ...] = Field(default=(), strict=False)


class Board(Definition):
    """People who decide together: at least `quorum` of the members must have voted for what is decided.

    It decides on the definitions of its `domains`; without any, on all.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {
        "members", "quorum", "chair", "domains", "meets",
    }  # fmt: skip

    kind: Literal["board"]
    members: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
    quorum: Annotated[int, Field(ge=1)]
    chair: Name | None = None
    domains: tuple[Name, ...] = Field(default=(), strict=False)
    meets: Literal["week", "month", "quarter", "year"] | None = None


class Domain(Definition):
    """A part of what is measured (`domain:` of a definition), with a steward; `units` says who it is where, if another.

    A unit that is not named has the steward of the nearest unit above it, and in the end the domain's.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"steward", "units"}

    kind: Literal["domain"]
    steward: Name | None = None
    units: dict[Name, Name] = Field(default_factory=dict)
