"""A MariaDB of our own for the length of a test run: made in a folder, reached by a free port, gone afterwards.

It is Debian's (`apt-get install mariadb-server`). Nothing of the machine's own server, if it has one, is read.
"""

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

PASSWORD = "marias-p@ssword/81"  # noqa: S105 of a server that lives for a test


def program() -> str | None:
    """Find the server; None when MariaDB is not installed."""
    return shutil.which("mariadbd") or next(
        (str(p) for p in [Path("/usr/sbin/mariadbd")] if p.exists()), None
    )


@dataclass(frozen=True, slots=True)
class MariaDB:
    """A running server with a user `reader`, who has a password."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str, user: str = "reader") -> str:
        """Give the address of a database, without a password."""
        return f"mysql://{user}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str | None = None) -> list[Any]:
        """Run statements as the owner; give the rows of the last."""
        connection = pymysql.connect(
            unix_socket=str(self.folder / "s"),
            user="root",
            database=database,
            autocommit=True,
            charset="utf8mb4",
            init_command="SET time_zone = '+00:00'",
        )
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make a database that `reader` may read; give its name."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name}", f"GRANT SELECT ON {name}.* TO reader@'%'")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name}")


@contextmanager
def server() -> Iterator[MariaDB]:
    """Start a server in a folder of its own and stop it at the end."""
    found = program()
    assert found is not None
    with tempfile.TemporaryDirectory(prefix="leadline-my-") as made:  # short: a socket's path has 107 letters
        folder = Path(made)
        data = folder / "data"
        user = f"--user={getpass.getuser()}"
        install = [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
        ]
        subprocess.run([*install, "--skip-test-db", user], check=True, capture_output=True)
        port = _free_port()
        options = [
            "--no-defaults", f"--datadir={data}", f"--socket={folder / 's'}", f"--port={port}", user,
            "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M",
            "--sql-mode=", "--skip-log-bin", f"--pid-file={folder / 'pid'}",
        ]  # fmt: skip
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen([found, *options], stdout=log, stderr=log) as process,
        ):
            try:
                running = MariaDB(port, folder, process)
                _wait(running)
                running.run(f"CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}'")
                yield running
            finally:
                process.kill()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(running: MariaDB) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + 60
    while True:
        if "ready for connections" in (said := (running.folder / "log").read_text(errors="replace")):
            return
        assert running.process.poll() is None, said
        assert time.monotonic() < until, said
        time.sleep(0.1)
