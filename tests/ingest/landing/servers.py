"""The databases that are read in tests: a real PostgreSQL, a real MariaDB, and SQLite."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.store import mariadb, postgres

KINDS = ("postgresql", "mariadb", "sqlite")


@dataclass
class Server:
    """One database, written by its owner and read by Leadline."""

    kind: str
    url: str
    password: str
    owner: Any
    name: str

    def run(self, *statements: str) -> list[Any]:
        """Run statements as the owner; give the rows of the last."""
        if self.kind == "mariadb":
            return list(self.owner.run(*statements, database=self.name))
        if self.kind == "postgresql":
            with psycopg.connect(self.owner, autocommit=True) as connection:
                for statement in statements:
                    cursor = connection.execute(statement.encode())
                return list(cursor.fetchall()) if cursor.description else []
        with closing(sqlite3.connect(self.name)) as connection, connection:
            for statement in statements:
                found = connection.execute(statement).fetchall()
            return found


@contextmanager
def postgresql(running: postgres.Server) -> Iterator[Server]:
    """A database in PostgreSQL. Its reader needs no password: the socket's folder is the test's own."""
    with running.database() as url:
        yield Server("postgresql", url, "", url, running.name(url))


@contextmanager
def maria(running: mariadb.MariaDB) -> Iterator[Server]:
    """A database in MariaDB."""
    with running.database() as name:
        yield Server("mariadb", running.url(name), mariadb.PASSWORD, running, name)


def sqlite(folder: Path) -> Server:
    """A file."""
    folder.mkdir(parents=True, exist_ok=True)
    return Server("sqlite", f"sqlite:///{folder / 'a b%.db'}", "", None, os.fspath(folder / "a b%.db"))
