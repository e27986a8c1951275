"""The ledger's database, SQLite or PostgreSQL: transactions for reading and for writing, and its schema brought up.

A writing transaction is alone from its first moment on both databases, so nothing it reads can change under it.
No message shows a connection string: it may hold a password.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from leadline.errors import BusyError, LeadlineError, StoreError
from leadline.store.journal import canonical

SCHEMA = "0006"
"""The newest migration. A ledger that has it is opened without loading Alembic."""

PATIENCE = 30
"""Seconds that a writer waits for another's transaction to end."""

HURRIED = 2
"""Seconds that a page waits where it must write a line of its own."""

ADVISORY_LOCK = 7233163911402210
"""Any number: what PostgreSQL locks while one process upgrades a ledger."""

WRITING = "leadline_writing"


class Database:
    """A pool of connections to one ledger; threads share it."""

    def __init__(self, url: str) -> None:
        self._address = _address(url)
        self._is_sqlite = self._address.get_backend_name() == "sqlite"
        with failing():
            self._engine = _sqlite(self._address) if self._is_sqlite else _postgresql(self._address)
        readonly: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self._engine if self._is_sqlite else self._engine.execution_options(**readonly)
        self._writer = self._engine.execution_options(**{WRITING: True})
        self._hurried = self._in_a_hurry()
        try:
            with failing():
                if self._schema() != SCHEMA:
                    self._upgrade()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give one consistent view of the ledger, through which nothing can be written."""
        with failing(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, hurried: bool = False) -> Iterator[sa.Connection]:
        """Give the one writing transaction; it is committed at the end of the context, or not at all.

        `hurried`: wait for another's no longer than a person waits for a page.
        """
        writer = self._hurried if hurried else self._writer
        with failing(), writer.connect() as connection, connection.begin():
            if not self._is_sqlite:
                seconds = HURRIED if hurried else PATIENCE
                wait = sa.func.set_config("lock_timeout", f"{seconds}s", sa.true())
                connection.execute(sa.select(wait))
                connection.execute(sa.text("LOCK TABLE journal IN SHARE ROW EXCLUSIVE MODE"))
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
        self._hurried.dispose()

    def _in_a_hurry(self) -> sa.Engine:
        """Give an engine that writes, and waits briefly: SQLite is told when it is connected, PostgreSQL each time."""
        engine = _sqlite(self._address, HURRIED) if self._is_sqlite else self._engine
        return engine.execution_options(**{WRITING: True})

    def _schema(self) -> str | None:
        """Give the migration that the ledger has, None when it is new."""
        with self._engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()

    def _upgrade(self) -> None:
        """Bring the schema up; of several processes one does it and the others wait."""
        from leadline.store.migrations import upgrade  # noqa: PLC0415 Alembic takes half a second: only when needed

        with self._alone(), self._writer.connect() as connection, connection.begin():
            upgrade(connection)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from upgrading at the same time."""
        if self._is_sqlite:
            file = Path(str(self._address.database))
            with file.with_name(f"{file.name}.upgrading").open("w", encoding="utf-8") as guard:
                fcntl.flock(guard, fcntl.LOCK_EX)
                with self._engine.connect() as connection:
                    connection.exec_driver_sql("COMMIT")
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                    connection.exec_driver_sql("BEGIN")
                yield
        else:
            with self._engine.connect() as connection:
                connection.execute(sa.select(sa.func.pg_advisory_lock(ADVISORY_LOCK)))
                try:
                    yield
                finally:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(ADVISORY_LOCK)))


@contextmanager
def failing() -> Iterator[None]:
    """Turn what the driver raises into a StoreError, without what it would tell of the connection."""
    try:
        yield
    except LeadlineError:
        raise
    except exc.DBAPIError as error:
        raise _said(error) from error
    except UnicodeEncodeError as error:
        raise StoreError(f"This text cannot be kept: {error.object[:60]!r}.", code="ledger-text") from error
    except exc.SQLAlchemyError as error:
        raise StoreError(f"The ledger refuses: {type(error).__name__}.", code="ledger") from error


def _said(error: exc.DBAPIError) -> StoreError:
    """Say what a driver's error means."""
    words = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if "database is locked" in words or "lock timeout" in words:
        return BusyError(
            "Another process is writing to the ledger, and has been for too long.",
            hint="Wait until it ends and run the command again.",
        )
    if "unable to open database file" in words or "readonly database" in words:
        return StoreError(
            "The ledger's file cannot be opened for writing.",
            code="ledger-file",
            hint="Look at who may write there.",
        )
    return StoreError(f"The ledger refuses: {words}.", code="ledger")


def _address(url: str) -> sa.URL:
    """Read a connection string."""
    try:
        address = sa.make_url(url)
    except exc.ArgumentError:
        raise StoreError(
            "The ledger's address is no database URL.",
            code="ledger-url",
            hint="Unset LEADLINE_LEDGER, or give postgresql://user@host/database.",
        ) from None
    kind = address.get_backend_name()
    if kind not in {"sqlite", "postgresql"} or address.database in {None, "", ":memory:"}:
        raise StoreError(
            f"A ledger cannot be kept in {kind}{' without a name' if not address.database else ''}.",
            code="ledger-url",
            hint="Use postgresql://user@host/database or sqlite:////path/to/file.",
        )
    return address.set(drivername="postgresql+psycopg") if address.drivername == "postgresql" else address


def _sqlite(address: sa.URL, patience: float | None = None) -> sa.Engine:
    """Open SQLite with transactions of our own making: the driver's would begin too late."""
    engine = sa.create_engine(
        address, connect_args={"timeout": patience or PATIENCE}, json_serializer=canonical
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON").close()
        connection.execute("PRAGMA synchronous = FULL").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = bool(connection.get_execution_options().get(WRITING))
        connection.exec_driver_sql("PRAGMA query_only = OFF" if writes else "PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(address: sa.URL) -> sa.Engine:
    """Open PostgreSQL."""
    try:
        return sa.create_engine(
            address, pool_pre_ping=True, connect_args={"connect_timeout": PATIENCE}, json_serializer=canonical
        )
    except ImportError:
        raise StoreError(
            "The driver for PostgreSQL is not installed.",
            code="ledger-driver",
            hint="Install it with: pip install 'leadline[postgres]'",
        ) from None
