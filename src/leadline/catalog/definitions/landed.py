"""`landed:` a table that dlt or Airbyte landed, in a database or in files."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Name
from leadline.catalog.definitions.landing import Lands


class Landed(Lands):
    """A table as dlt or Airbyte (`by`) wrote it: only loads that ended are read, and records marked as deleted go.

    With `key`, of several rows with one key the one that was loaded last counts; without, each of the tool's rows does.

    In a database: `url`, `secret` and `table` as for `database:`. In files: `folder`, where the dataset stands, and
    `table`, its name there.
    """

    tuning: ClassVar[frozenset[str]] = frozenset({"secret", "deleted"})

    by: Literal["dlt", "airbyte"]
    url: Annotated[str, Field(min_length=1)] | None = None
    secret: Name | None = None
    folder: Annotated[str, Field(min_length=1)] | None = None
    table: Annotated[str, Field(min_length=1, max_length=300)]

    @property
    def record_key(self) -> tuple[str, ...]:
        """As declared, or what the tool tells its rows apart by."""
        return self.key or (("_dlt_id",) if self.by == "dlt" else ("_airbyte_raw_id",))

    @property
    def record_updated(self) -> str | None:
        """As declared, or when the tool loaded a row."""
        return self.updated or ("_dlt_load_id" if self.by == "dlt" else "_airbyte_extracted_at")
