"""Connections to one PostgreSQL database: a few, kept open, one for each call; what the driver raises, in our words.

No message shows the address: it may hold a password, and it names machines and people.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import errors

from leadline.errors import LeadlineError, StoreError

KEPT_OPEN = 4
LIMITS = "-c statement_timeout=1h -c lock_timeout=30s -c idle_in_transaction_session_timeout=1h"
"""Used unless the address brings `options` of its own."""

SESSION = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET extra_float_digits = 1",
    "SET standard_conforming_strings = on",
    "SET client_encoding = 'UTF8'",
    "SET client_min_messages = 'warning'",
)
"""What an administrator may have set otherwise, and figures or texts would show."""


class Connections:
    """A pool; threads share it. A connection that failed is not used again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[psycopg.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def transaction(self, *, reading: bool = False) -> Iterator[psycopg.Connection]:
        """Give a connection in a transaction; it is committed at the end of the context, or not at all."""
        connection = self._taken()
        try:
            with failing(), connection.transaction():
                if reading:
                    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield connection
        except BaseException:
            connection.close()
            raise
        self._put_back(connection)

    def close(self) -> None:
        """Close every connection that is not in use; those in use close when they are put back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _taken(self) -> psycopg.Connection:
        while True:
            with self._lock:
                if not self._idle:
                    break
                connection = self._idle.pop()
            if _alive(connection):
                return connection
            connection.close()
        return self._opened()

    def _put_back(self, connection: psycopg.Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < KEPT_OPEN:
                self._idle.append(connection)
                return
        connection.close()

    def _opened(self) -> psycopg.Connection:
        try:
            given: dict[str, Any] = {"connect_timeout": 30, "options": LIMITS, "application_name": "leadline"}
            given |= psycopg.conninfo.conninfo_to_dict(self._url)
            connection = psycopg.connect(autocommit=True, prepare_threshold=None, **given)
            try:
                for statement in SESSION:
                    connection.execute(statement)
            except BaseException:
                connection.close()
                raise
        except (psycopg.Error, UnicodeError, ValueError):
            raise StoreError(
                "The warehouse's database cannot be reached.",
                code="store-warehouse",
                hint="See that psql reaches it with the address in LEADLINE_WAREHOUSE.",
            ) from None  # what the driver says holds the address
        return connection


def _alive(connection: psycopg.Connection) -> bool:
    """Tell whether a connection that lay idle still leads somewhere."""
    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


_GONE = (errors.UndefinedTable, errors.InvalidSchemaName)
_ROOM = (errors.DiskFull, errors.OutOfMemory, errors.ConfigurationLimitExceeded)


@contextmanager
def failing() -> Iterator[None]:
    """Turn what the driver raises into a StoreError."""
    try:
        yield
    except LeadlineError:
        raise
    except _GONE as error:
        raise StoreError(
            "What the query reads is no longer in the warehouse.",
            code="store-generation",
            hint="A newer state has been published since: ask for the latest.",
        ) from error
    except _ROOM as error:
        raise StoreError(
            f"The warehouse refuses: {_first_line(error)}.",
            code="store-memory",
            hint="Give PostgreSQL more memory or disk.",
        ) from error
    except errors.QueryCanceled as error:
        raise StoreError(
            "The warehouse gave up a statement that took too long.",
            code="store-limit",
            hint="Ask for less, or raise statement_timeout in the options of LEADLINE_WAREHOUSE.",
        ) from error
    except (psycopg.Error, pa.ArrowException) as error:
        raise StoreError(f"The warehouse refuses: {_first_line(error)}.", code="store-engine") from error


def _first_line(error: BaseException) -> str:
    """Give the first line of a driver's message, without its full stop."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
