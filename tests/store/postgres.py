"""A PostgreSQL of our own for the length of a test run: made by initdb, reached by a unix socket, gone afterwards.

It is Debian's (`apt-get install postgresql`); its programs refuse root, so root hands it to the user postgres.
"""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

OWNER = "postgres"
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=40",
    "listen_addresses=",
)


def programs() -> Path | None:
    """Find the folder of initdb and pg_ctl, the newest version first; None when PostgreSQL is not installed."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    return next((folder for folder in [*known, *on_path] if (folder / "initdb").exists()), None)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; every database in it is used by one test."""

    socket: Path

    def url(self, database: str) -> str:
        """Give the address of a database as a user of Leadline would write it."""
        return f"postgresql://{OWNER}@/{database}?host={self.socket}"

    def name(self, url: str) -> str:
        """Give the name of the database at an address of this server."""
        return url.partition("@/")[2].partition("?")[0]

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database, give its address, and remove it with all who are still connected."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        try:
            yield self.url(name)
        finally:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.socket), user=OWNER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


@contextmanager
def server() -> Iterator[Server]:
    """Start a server in a folder of its own and stop it at the end."""
    found = programs()
    assert found is not None
    with tempfile.TemporaryDirectory(prefix="leadline-pg-") as made:  # short: a socket's path has 107 letters
        folder = Path(made)
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER, OWNER)
        data = folder / "data"
        _as_owner(
            [
                found / "initdb",
                "-D",
                data,
                "-U",
                OWNER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ]
        )
        options = " ".join(f"-c {option}" for option in (*FAST, f"unix_socket_directories={folder}"))
        _as_owner([found / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start"])
        try:
            yield Server(folder)
        finally:
            _as_owner([found / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])


def _as_owner(command: Sequence[str | Path]) -> None:
    """Run a program as a user that PostgreSQL accepts."""
    user = OWNER if os.geteuid() == 0 else None
    subprocess.run(
        command, check=True, capture_output=True, user=user, cwd="/", env={"PATH": os.environ["PATH"]}
    )
