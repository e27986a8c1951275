"""`kind: fact`: the columns of one kind of row of the customer model, loaded from sources or derived from a fact."""

from typing import ClassVar, Literal, get_args

from pydantic import Field

from leadline.catalog.definitions.base import Definition, ExpressionText, Model, Name
from leadline.catalog.definitions.history import Recoding, Versions
from leadline.catalog.definitions.spread import Spread
from leadline.catalog.definitions.stitch import Stitch

ColumnType = Literal["text", "integer", "number", "boolean", "date", "instant", "unit"]
"""`instant` is a point in time (stored in UTC); `unit` is text that must name an organisational unit."""

Classification = Literal["public", "internal", "confidential", "personal", "sensitive"]
CLASSIFICATIONS: tuple[Classification, ...] = get_args(Classification)
"""From what anybody may know to what the law protects most (health, belief, union, biometrics …)."""

MaskedAs = Literal["identifier", "name", "email", "phone", "text", "suppressed"]


class Column(Model):
    """One column of a fact. `required`, `minimum`, `maximum`, `one_of` and the type are checked row by row.

    `classification` says how far its values may go, `purposes` what they may be used for (none given: every purpose
    that may use the classification), `masked_as` what a masked copy puts in the place of personal values.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {
        "classification", "purposes", "masked_as",
    }  # fmt: skip

    type: ColumnType
    classification: Classification | None = None
    purposes: tuple[Name, ...] | None = Field(default=None, strict=False)
    masked_as: MaskedAs | None = None
    title: str | None = None
    description: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[str, ...] | None = Field(default=None, strict=False)
    references: Name | None = None
    """Name of a fact with a one-column key: its columns become readable as `this_column.their_column`."""
    recoded: tuple[Recoding, ...] = Field(default=(), strict=False)
    """From when on a source writes other codes for the same things, in the order of their days."""
    as_: ExpressionText | None = Field(default=None, alias="as")
    """Derived facts only: an aggregate over the rows of one key, e.g. `max(reopen_count)`, `last(state, moved_at)`."""


class ResolvedColumn(Column):
    """A column that no source fills: the person (household, account …) of the row, as an identity resolves it.

    A project does not write it; its `kind: identity` document gives it to the fact.
    """

    resolved_by: Name


class Validity(Model):
    """From when until when a row holds: columns of the same type, instant or date; the end itself is outside.

    A row without an end holds until the next row of its entity begins.
    """

    from_: Name = Field(alias="from")
    until: Name | None = None


class Fact(Definition):
    """A kind of row: its key, its columns, the instant and the unit that place it.

    Loaded from sources, or derived (`from_`): one row per `key` of another fact, every column an aggregate.
    With `stitch`, one column of the key is no column of that fact: it names the chain that rows are of. With `spread`,
    one is the beginning of an interval that a row's time touched.
    With `extends`, starts from another fact's columns; the same name as the extended one adds columns to it.
    """

    kind: Literal["fact"]
    extends: Name | None = None
    from_: Name | None = Field(default=None, alias="from")
    where: ExpressionText | None = None
    stitch: Stitch | None = None
    spread: Spread | None = None
    key: tuple[Name, ...] = Field(default=(), strict=False)
    at: Name | None = None
    unit: Name | None = None
    valid: Validity | None = None
    """Its rows are versions: what an entity (the rest of the key) was like from one instant to another."""
    versions: Versions | None = None
    """Derived facts only: its versions are made of another fact's snapshots or changes."""
    columns: dict[Name, Column] = Field(default_factory=dict)

    @property
    def loaded(self) -> dict[str, Column]:
        """Give the columns that rows at rest have: all but those that an identity resolves."""
        return {name: c for name, c in self.columns.items() if not isinstance(c, ResolvedColumn)}

    @property
    def entity(self) -> str | None:
        """Name the one column by which rows are referenced: the key, without where a version begins."""
        begin = self.valid.from_ if self.valid else None
        rest = [name for name in self.key if name != begin]
        return rest[0] if len(rest) == 1 else None
