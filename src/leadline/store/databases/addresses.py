"""From a URL and a secret to a way in: drivers by name, SQLite for reading only, and no password in any text."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event, exc, pool

from leadline.errors import SourceError
from leadline.secret import Secret, protect

PATIENCE = 30
"""Seconds that a connection may take to stand."""

_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_EXTRAS = {"postgresql": "postgres", "mysql": "connectors", "mariadb": "connectors"}


def address(url: str | None, secret: Secret | None, root: Path) -> sa.URL:
    """Give a database's address: `url` with the secret as its password, or the secret alone.

    Raises:
        SourceError: it is no database URL; the message does not show it.
    """
    text = url if url is not None else secret.reveal() if secret else ""
    try:
        found = sa.make_url(text)
    except exc.ArgumentError:
        raise SourceError(
            "The database's address is no database URL.", code="database-url",
            hint="Like postgresql://user@host/database, mysql://user@host/database, sqlite:///file.db.",
        ) from None  # fmt: skip
    if url is not None and secret is not None:
        found = found.set(password=secret.reveal())
    if found.password:
        protect(str(found.password))
    if url is None and found.host:
        protect(found.host)  # where the secret is no address after all, drivers take a piece of it for a host
    found = found.set(drivername=_DRIVERS.get(found.drivername, found.drivername))
    return _file(found, root) if found.get_backend_name() == "sqlite" else found


def _file(found: sa.URL, root: Path) -> sa.URL:
    """Open SQLite's file for reading only; a relative one is the project's."""
    if not found.database or found.database == ":memory:":
        raise SourceError(
            "The database's address names no file.", code="database-url", hint="Write sqlite:///file.db."
        )
    path = root / found.database
    if not path.is_file():
        raise SourceError(
            f"There is no database file {found.database}.", code="database-unreachable",
            hint="Paths are relative to the project: sqlite:///file.db; absolute ones have four slashes.",
        )  # fmt: skip
    return found.set(database=f"file:{quote(str(path.resolve()))}", query={"mode": "ro", "uri": "true"})


def engine(found: sa.URL) -> sa.Engine:
    """Give what connects to an address; nothing is kept open between uses.

    Raises:
        SourceError: the driver is not installed.
    """
    backend = found.get_backend_name()
    timeouts: dict[str, dict[str, Any]] = {
        "postgresql": {"connect_timeout": PATIENCE},
        "mysql": {"connect_timeout": PATIENCE, "read_timeout": 600, "charset": "utf8mb4"},
        "mariadb": {"connect_timeout": PATIENCE, "read_timeout": 600, "charset": "utf8mb4"},
        "sqlite": {"timeout": PATIENCE},
    }
    try:
        made = sa.create_engine(
            found, poolclass=pool.NullPool, connect_args=timeouts.get(backend, {}), hide_parameters=True
        )
    except (ImportError, exc.NoSuchModuleError):
        extra = _EXTRAS.get(backend)
        raise SourceError(
            f"The driver for {backend} is not installed.", code="database-driver",
            hint=f"Install it with: pip install 'leadline[{extra}]'" if extra else "Install its SQLAlchemy dialect.",
        ) from None  # fmt: skip
    if backend == "sqlite":
        event.listen(made, "connect", _own_transactions)
    return made


def _own_transactions(connection: Any, _record: object) -> None:
    """Let SQLite begin a transaction when we say so: its driver would read without one."""
    connection.isolation_level = None
    connection.execute("PRAGMA query_only = ON").close()
