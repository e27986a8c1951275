"""What every connector says of the records that it lands: what tells them apart, which is newer, which are gone."""

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from leadline.catalog.definitions.base import ExpressionText, Model

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""A column as the source names it; nested values are joined by two underscores: `satisfaction__score`."""


class Lands(Model):
    """Records that are fetched, and kept in files of Leadline's own until a later fetch replaces them.

    Of records with the same `key` one is kept: the one whose `updated` is greatest; without `updated`, the one that
    came last. A record for which `deleted` holds takes its key's record away. `tuning` names what may change without
    everything being fetched anew.
    """

    tuning: ClassVar[frozenset[str]] = frozenset()

    key: tuple[ColumnName, ...] = Field(default=(), strict=False)
    updated: ColumnName | None = None
    deleted: ExpressionText | None = None

    @property
    def record_key(self) -> tuple[str, ...]:
        """The columns that tell records apart: as declared, or as a connector has them by itself."""
        return self.key

    @property
    def record_updated(self) -> str | None:
        """The column that tells which of two records is newer."""
        return self.updated
