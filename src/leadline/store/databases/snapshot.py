"""One consistent moment of a database of others: a read-only transaction, and others beside it that see the same.

PostgreSQL gives its snapshot to other connections, so ranges are read side by side. MySQL, MariaDB and SQLite do not:
there one connection reads everything, one range after the other.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import exc

from leadline.store.databases import values
from leadline.store.databases.failing import reading

ROWS = 20_000
"""Rows in a batch."""


@dataclass(slots=True)
class Snapshot:
    """A database as it was at one moment. `exported` lets other connections see it too."""

    engine: sa.Engine
    connection: sa.Connection
    exported: str = ""

    @property
    def backend(self) -> str:
        """The kind of database."""
        return str(self.engine.dialect.name)

    def one(self, query: sa.Select[*tuple[Any, ...]]) -> tuple[Any, ...]:
        """Give the only row of a query."""
        with reading(begun=True):
            return tuple(self.connection.execute(query).one())

    def column(self, query: sa.Select[Any]) -> list[Any]:
        """Give the only column of a query."""
        with reading(begun=True):
            return list(self.connection.execute(query).scalars())

    def names(self, query: sa.Select[Any]) -> list[str]:
        """Give the names of a query's columns."""
        with reading(begun=True):
            return list(self.connection.execute(query.limit(0)).keys())

    def batches(self, query: sa.Select[Any]) -> Generator[pa.Table, None, None]:
        """Give a query's rows, batch by batch, as the server gives them; at least one batch."""
        yield from _batches(self.connection, self.backend, query)

    def beside(self, query: sa.Select[Any]) -> Generator[pa.Table, None, None]:
        """Give a query's rows through a connection of its own that sees the same moment."""
        with reading(begun=True):
            connection = self.engine.connect()
            try:
                _begin(connection, self.backend, self.exported)
                yield from _batches(connection, self.backend, query)
            finally:
                connection.invalidate()
                connection.close()


@contextmanager
def snapshot(engine: sa.Engine, *, share: bool) -> Iterator[Snapshot]:
    """Open a moment of a database; `share` if others are to read it beside.

    Raises:
        SourceError: the database cannot be reached, or does not let us in.
    """
    with reading(begun=False):
        connection = engine.connect()
    try:
        with reading(begun=True):
            _begin(connection, engine.dialect.name, "")
            exported = ""
            if share and engine.dialect.name == "postgresql":
                exported = str(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar())
        yield Snapshot(engine, connection, exported)
    finally:
        connection.invalidate()  # it only read: nothing is to be ended, and a server that hangs is not asked
        connection.close()


def _begin(connection: sa.Connection, backend: str, exported: str) -> None:
    """Begin a transaction that sees one moment and writes nothing."""
    if backend == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        _plain_texts(connection)
        if exported:
            quoted = sa.literal(exported).compile(
                dialect=connection.dialect, compile_kwargs={"literal_binds": True}
            )
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT {quoted}")
    elif backend in {"mysql", "mariadb"}:
        connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")
        connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    elif backend == "sqlite":
        connection.exec_driver_sql("BEGIN")


def _plain_texts(connection: sa.Connection) -> None:
    """Let psycopg give JSON as it is written, and dates that Python has not (infinity, before Christ) as texts."""
    from psycopg import DataError  # noqa: PLC0415 only where PostgreSQL is read
    from psycopg.types import datetime as dates  # noqa: PLC0415 - the same
    from psycopg.types.string import TextLoader  # noqa: PLC0415 - the same

    driver: Any = connection.connection.driver_connection

    def lenient(strict: type[Any]) -> type[Any]:
        class Lenient(strict):  # type: ignore[misc]  # of a class that is known when it runs
            def load(self, data: Any) -> object:
                try:
                    return super().load(data)
                except DataError:
                    return bytes(data).decode()

        return Lenient

    for name in ("json", "jsonb", "uuid"):
        driver.adapters.register_loader(name, TextLoader)
    driver.adapters.register_loader("date", lenient(dates.DateLoader))
    driver.adapters.register_loader("timestamp", lenient(dates.TimestampLoader))
    driver.adapters.register_loader("timestamptz", lenient(dates.TimestamptzLoader))


def _batches(connection: sa.Connection, backend: str, query: sa.Select[Any]) -> Iterator[pa.Table]:
    with reading(begun=True):
        streaming = connection.execution_options(stream_results=True, max_row_buffer=ROWS)
        result = streaming.execute(query)
        cursor: Any = result.cursor
        description: Sequence[Any] = cursor.description
        names = [str(column[0]) for column in description]
        types = values.types_of(backend, description, cursor)
        bits = values.bits_of(backend, description)
        empty = True
        try:
            while rows := result.fetchmany(ROWS):
                empty = False
                yield values.table(names, types, rows, bits)
            if empty:
                yield values.table(names, types, [], bits)
        finally:
            if not backend.startswith(("mysql", "mariadb")):  # it would send all the rest first
                with suppress(exc.SQLAlchemyError):
                    result.close()
