"""What every definition has in common: a kind, a name, and what people need to find and own it."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A name: lower-case letters, digits and underscores, starting with a letter, at most 63 characters."""

ColumnPath = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$")]
"""A column of a fact, or `reference.column`: one of the fact behind a reference."""

ExpressionText = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
"""A SQL scalar or predicate over a fact's (or a source's) columns, as the user wrote it."""

TimeSpan = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,4} (minute|hour|day|week)s?$")]
"""A length of time in words: `90 minutes`, `24 hours`, `7 days`, `2 weeks`."""


def seconds(span: str) -> int:
    """Give the length of a time span in seconds: `7 days` is 604800."""
    number, unit = span.split()
    return int(number) * {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}[unit.rstrip("s")]


class Model(BaseModel):
    """A frozen part of a definition; an unknown key is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Raci(Model):
    """Who does, answers for, is asked about and is told of a definition."""

    responsible: str | None = None
    accountable: str | None = None
    consulted: tuple[str, ...] = Field(default=(), strict=False)
    informed: tuple[str, ...] = Field(default=(), strict=False)


class Definition(Model):
    """A typed, named, owned document. `meaning` fields decide figures; the others only describe.

    `described_by` names the fields whose change never changes a figure (the metadata).
    """

    described_by: ClassVar[frozenset[str]] = frozenset(
        {"title", "description", "owner", "raci", "because", "tags", "domain"}
    )

    kind: str
    name: Name
    title: str | None = None
    description: str | None = None
    owner: str | None = None
    raci: Raci | None = None
    because: str | None = None
    tags: tuple[str, ...] = Field(default=(), strict=False)
    domain: Name | None = None
    """The part of what is measured that it belongs to; its stewards and its board look after it."""

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()
