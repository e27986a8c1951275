"""`kind: source`: files, and how their columns become a fact's columns."""

from typing import Annotated, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, ExpressionText, Model, Name


class Rejection(Model):
    """Rows that the owner declares not to be facts; they are quarantined with this reason, never dropped."""

    when: ExpressionText
    reason: Annotated[str, Field(min_length=3, max_length=200)]


class Source(Definition):
    """Files by pattern (relative to the project, `*` and `**` allowed), mapped to one fact.

    `columns` maps each column of the fact to an expression over the file's columns (all text for CSV, JSONL and
    Excel; typed for Parquet). A fact column that is not mapped takes the file's column of the same name, if any.
    Instants written without an offset are wall-clock time in `time_zone` (default: the project's).
    """

    kind: Literal["source"]
    fact: Name
    files: Annotated[str, Field(min_length=1)]
    format: Literal["csv", "jsonl", "parquet", "excel"] | None = None
    delimiter: str | None = None
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    header_names: tuple[str, ...] = Field(default=(), strict=False)
    skip_lines: Annotated[int, Field(ge=0)] = 0
    sheet: str | None = None
    null_values: tuple[str, ...] = Field(default=("",), strict=False)
    time_zone: str | None = None
    reject: tuple[Rejection, ...] = Field(default=(), strict=False)
    columns: dict[Name, ExpressionText] = Field(default_factory=dict)
