"""What reads of the ledger have in common, and what an area of it is.

An area is a part of the ledger with its own tables, verbs and entries: a reader and a writer in a module of their own,
reached as properties of `LedgerReader` and `LedgerWriter`, which name it among their areas.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol, TypeVar

import sqlalchemy as sa

AReading = TypeVar("AReading", bound="Reading")


class Reading:
    """Reads through one connection, which shows one moment."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def _reader_of(self, area: type[AReading]) -> AReading:
        """Give an area's reader, at the same moment."""
        return area(self._connection)

    def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """Run a query and give its rows by column name."""
        return [dict(row) for row in self._connection.execute(query).mappings()]


class Area(Protocol):
    """What verifying the journal needs of an area."""

    VERBS: ClassVar[frozenset[str]]
    """The verbs whose journal rows say what an entry of the area is."""

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every entry: its subject in the journal, and what the journal must have said of it in sum."""
        ...
