"""`kind: source`: where records come from, and how their columns become a fact's columns."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.api import Api
from leadline.catalog.definitions.base import Definition, ExpressionText, Model, Name
from leadline.catalog.definitions.database import Database
from leadline.catalog.definitions.expectation import Expected
from leadline.catalog.definitions.landed import Landed
from leadline.catalog.definitions.landing import Lands
from leadline.catalog.definitions.stream import Stream
from leadline.catalog.definitions.webhook import Webhook


class Rejection(Model):
    """Rows that the owner declares not to be facts; they are quarantined with this reason, never dropped."""

    when: ExpressionText
    reason: Annotated[str, Field(min_length=3, max_length=200)]


class Source(Definition):
    """Records mapped to one fact: of files by pattern (relative to the project, `*` and `**` allowed), or of exactly
    one connector, which lands them first.

    `columns` maps each column of the fact to an expression over the file's columns (all text for CSV, JSONL, Excel,
    APIs, webhooks and streams; typed for Parquet, databases and what others landed). A fact column that is not mapped
    takes the file's column of the same name, if any.
    Instants written without an offset are wall-clock time in `time_zone` (default: the project's).
    """

    connectors: ClassVar[tuple[str, ...]] = ("database", "api", "webhook", "stream", "landed")
    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"expected"}

    kind: Literal["source"]
    fact: Name
    files: Annotated[str, Field(min_length=1)] | None = None
    database: Database | None = None
    api: Api | None = None
    webhook: Webhook | None = None
    stream: Stream | None = None
    landed: Landed | None = None
    format: Literal["csv", "jsonl", "parquet", "excel"] | None = None
    delimiter: str | None = None
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    file_name_as: str | None = None
    """A column to be that holds the name of the file that a row stands in."""
    header_names: tuple[str, ...] = Field(default=(), strict=False)
    skip_lines: Annotated[int, Field(ge=0)] = 0
    sheet: str | None = None
    null_values: tuple[str, ...] = Field(default=("",), strict=False)
    time_zone: str | None = None
    reject: tuple[Rejection, ...] = Field(default=(), strict=False)
    columns: dict[Name, ExpressionText] = Field(default_factory=dict)
    expected: Expected | None = None

    @property
    def connector(self) -> str:
        """The name of the connector that it declares; empty for files."""
        return next((name for name in self.connectors if getattr(self, name) is not None), "")

    @property
    def lands(self) -> Lands | None:
        """What lands its records; None for files."""
        found: Lands | None = getattr(self, self.connector) if self.connector else None
        return found

    @property
    def typed(self) -> bool:
        """Whether its records have types of their own, which only they know; else they are texts."""
        if self.connector:
            return self.connector in {"database", "landed"}
        parquet = (self.files or "").lower().endswith(".parquet")
        return self.format == "parquet" or (self.format is None and parquet)
