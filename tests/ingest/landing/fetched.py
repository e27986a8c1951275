"""A project whose fact comes from a database, and what fetching and loading makes of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from leadline.ingest.landing.fetch import Fetched, Fetching, fetch
from leadline.secret import Secrets
from leadline.store.home import Home
from tests.ingest.landing.servers import Server
from tests.ingest.room import Room

FACT = {
    "kind": "fact", "name": "sale", "key": ["id"],
    "columns": {
        "id": {"type": "integer"}, "status": {"type": "text"}, "amount": {"type": "number"},
        "changed": {"type": "instant"}, "note": {"type": "text"},
    },
}  # fmt: skip


def project(server: Server, columns: Mapping[str, str] | None = None, **database: Any) -> str:
    """Give a project whose tickets come from a server; None leaves an option out."""
    declared = {
        "url": server.url,
        "table": "tickets",
        "key": ["id"],
        **({"secret": "theirs"} if server.password else {}),
    }
    declared |= database
    source = {
        "kind": "source", "name": "tickets", "fact": "sale", "columns": dict(columns or {}), "time_zone": "UTC",
        "database": {k: v for k, v in declared.items() if v is not None},
    }  # fmt: skip
    documents = [{"kind": "project", "name": "read", "time_zone": "Europe/Berlin"}, FACT, source]
    return "---\n".join(yaml.safe_dump(document, sort_keys=False) for document in documents)


def secrets(server: Server) -> Secrets:
    """Give the secrets of a server."""
    return Secrets({"LEADLINE_SECRET_THEIRS": server.password}, None)


def fetching(room: Room, server: Server) -> Fetching:
    """Give what fetching needs in a project."""
    home = Home(room.root / ".leadline").prepare()
    return Fetching(room.catalog, home, secrets(server), room.clock, room.staging)


def fetched(room: Room, server: Server, *, anew: bool = False) -> Fetched:
    """Fetch the tickets; what fails is raised."""
    (found,) = fetch(fetching(room, server), anew=anew)
    if found.error:
        raise found.error
    return found


def manifest_folder(room: Room) -> Path:
    """Give where the tickets land."""
    return room.root / ".leadline" / "landed" / "tickets"
