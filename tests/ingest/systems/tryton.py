"""A real Tryton on a free port with a database of its own, spoken to as its own clients do: by JSON-RPC."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ingest.streams.brokers import Server, free_port

PROGRAMS = Path(__file__).parents[3] / ".venv-tryton"
PASSWORD = "a-word-to-pass"  # noqa: S105  # of a server that lives as long as a test


@dataclass
class Tryton:
    """A running server. `database` is the file in which it keeps everything."""

    port: int
    database: Path
    session: str = ""

    def call(self, method: str, *params: object) -> Any:
        """Call a method of a model, as Tryton's clients do."""
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        headers = {"Content-Type": "application/json"}
        if self.session:
            headers["Authorization"] = f"Session {self.session}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/crm/rpc/", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # the address is http, above
            said = json.load(answer)
        assert "error" not in said, said
        return said["result"]

    def log_in(self) -> None:
        """Begin a session as the administrator."""
        user, key, *_ = self.call("common.db.login", "admin", {"password": PASSWORD}, "en")
        self.session = base64.b64encode(f"admin:{user}:{key}".encode()).decode()


@contextmanager
def tryton() -> Iterator[Tryton]:
    """Make a database with the module party, start the server, and remove both."""
    with tempfile.TemporaryDirectory(prefix="leadline-tryton-") as made:
        folder, port = Path(made), free_port()
        conf, database = folder / "trytond.conf", folder / "crm.sqlite"
        conf.write_text(f"[database]\nuri = sqlite://\npath = {made}\n[web]\nlisten = 127.0.0.1:{port}\n")
        (folder / "password").write_text(PASSWORD)
        database.touch()
        environment = {"PYTHONPATH": str(PROGRAMS), "TRYTONPASSFILE": str(folder / "password")}
        started = [sys.executable, "-W", "ignore", str(PROGRAMS / "bin" / "trytond")]
        setup = [*started[:-1], f"{started[-1]}-admin", "-c", str(conf), "-d", "crm", "-u", "party",
                 "--activate-dependencies", "--email", "admin@crm.example"]  # fmt: skip
        subprocess.run(setup, check=True, capture_output=True, env={**os.environ, **environment}, timeout=170)
        server = Server([*started, "-c", str(conf), "-d", "crm"], port, folder, environment)
        server.start()
        try:
            running = Tryton(port, database)
            running.log_in()
            yield running
        finally:
            server.stop()
