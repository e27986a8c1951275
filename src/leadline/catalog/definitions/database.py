"""`database:` a table, or a SELECT, of any SQL database."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from leadline.catalog.definitions.base import Name
from leadline.catalog.definitions.landing import Lands

Span = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4} (minute|hour|day|week)s?$")]
"""A length of time: `10 minutes`."""


class Database(Lands):
    """Rows of a table or of one SELECT.

    The address is `url` with the password by `secret`, or `secret` alone, which then holds the whole address. With
    `updated` (a column that grows with every change) a run reads only what changed since the last one, and again the
    `overlap` before that, for changes that were committed late; without it every run reads everything. `deletions:
    compare_keys` compares all keys at every n-th run (`compare_every`).
    """

    tuning: ClassVar[frozenset[str]] = frozenset(
        {"secret", "overlap", "deletions", "compare_every", "parallel", "deleted"}
    )

    url: Annotated[str, Field(min_length=1)] | None = None
    secret: Name | None = None
    table: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    query: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    overlap: Span | Annotated[int, Field(ge=0)] | None = None
    deletions: Literal["compare_keys"] | None = None
    compare_every: Annotated[int, Field(ge=1, le=1000)] = 1
    parallel: Annotated[int, Field(ge=1, le=16)] = 2
