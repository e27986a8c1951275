"""Where events wait until they land: a file each, on disk before its sender is told that it came.

The name is the hash of the event's identity, and is taken with a link: of the same event sent twice, at once or a
year apart, one is kept. Landed events move into an archive, from which they land again when the source's definition
changes; the emptied file stays as the memory of the event's identity, and goes after a day where the scheme signs the
time, by which a replay is then refused. No lock is taken: an event can come while a refresh runs.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from leadline.catalog.definitions.webhook import SIGNED_AT, Webhook
from leadline.clock import Clock
from leadline.errors import SourceError
from leadline.ingest.landing.api import answers
from leadline.ingest.landing.page import Heed, Json, Page
from leadline.store.home import arriving, force, touching

_AT_ONCE = 500
_ARCHIVE = "archive"
_REMEMBERED = timedelta(days=1)
_HALVES = timedelta(hours=1)
"""So long a hidden file may be an event that is being received; an older one a killed server left, unacknowledged."""


class NotJson(Exception):
    """An event is no JSON: it could never land."""


def folder_of(home: Path, source: str) -> Path:
    """Give where a source's events wait, in a project's `.leadline`."""
    return home / "hooks" / source


def keep(folder: Path, hook: Webhook, body: bytes, signed: str | None, received: datetime) -> bool:
    """Keep an event; tell whether it is new. It is on disk when this returns.

    Raises:
        NotJson: it could never land.
        StoreError: it cannot be written.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotJson from None
    found = signed or (hook.event_id and answers.value(document, hook.event_id))
    told = json.dumps(found) if found not in (None, "") else body.decode("utf-8", "replace")
    name = hashlib.sha256(told.encode()).hexdigest()
    shelf = folder / name[:2]
    with touching(folder):
        shelf.mkdir(parents=True, exist_ok=True)
    temporary = shelf / f".{uuid.uuid4().hex}"
    written = {"id": found, "received_at": received.isoformat(), "body": body.decode("utf-8", "replace")}
    try:
        with touching(folder):
            temporary.write_text(json.dumps(written), encoding="utf-8")
            force(temporary)
            try:
                os.link(temporary, shelf / name)
            except FileExistsError:
                return False
            force(shelf)
            force(folder)
    finally:
        temporary.unlink(missing_ok=True)
    return True


@dataclass(frozen=True, slots=True)
class _Event:
    name: str
    received: str
    told: Any
    body: str


@dataclass(frozen=True, slots=True)
class InboxConnector:
    """Lands the events that wait. What a run has taken is named in the cursor, and archived by the next one: a killed
    run's events are still there."""

    folder: Path
    hook: Webhook
    clock: Clock

    @property
    def whole(self) -> bool:
        """Say that events are only ever added."""
        return False

    def pages(self, cursor: Json, heed: Heed) -> Iterator[Page]:
        """Give the events that have not landed, in the order in which they came."""
        taken = _names(cursor)
        self._archive(taken)
        if cursor is None:
            for path in sorted((self.folder / _ARCHIVE).glob("*.jsonl"), key=_begins):
                heed()
                with path.open(encoding="utf-8") as lines:
                    yield Page(
                        [row for line in lines for row in self._records(_event(path, path.stem, line))]
                    )
        waiting = sorted(self._events(taken), key=lambda event: (event.received, event.name))
        done: list[Json] = []
        for start in range(0, len(waiting), _AT_ONCE):
            heed()
            some = waiting[start : start + _AT_ONCE]
            done += [event.name for event in some]
            yield Page([record for event in some for record in self._records(event)], {"taken": [*done]})
        if not waiting:
            yield Page((), {"taken": []})

    def _archive(self, taken: set[str]) -> None:
        """Move what the manifest says has landed into the archive; remove memories that nothing needs any more."""
        landed = [path for name in sorted(taken) if (path := self.folder / name[:2] / name).exists()]
        full = [path for path in landed if path.stat().st_size]
        if full:
            named = hashlib.sha256("".join(path.name for path in full).encode()).hexdigest()
            texts = [path.read_text(encoding="utf-8") for path in full]
            lines = sorted(
                (_event(path, path.name, text).received, text) for path, text in zip(full, texts, strict=True)
            )  # as they came: of the same key, the one that came last counts
            with arriving(
                self.folder / _ARCHIVE / f"{named}.jsonl"
            ) as temporary:  # the same again after a kill
                temporary.write_text("".join(f"{text}\n" for _, text in lines), encoding="utf-8")
            for path in full:
                with touching(path):
                    os.truncate(path, 0)
        dead = (self.clock.now() - _HALVES).timestamp()
        for path in self.folder.glob("??/.*"):
            with suppress(FileNotFoundError):  # it has been received meanwhile
                if path.stat().st_mtime < dead:
                    path.unlink()
        if self.hook.scheme in SIGNED_AT:
            oldest = (self.clock.now() - _REMEMBERED).timestamp()
            for path in self._files():
                if path.stat().st_size == 0 and path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        return (path for path in self.folder.glob("??/*") if not path.name.startswith("."))

    def _events(self, taken: set[str]) -> Iterator[_Event]:
        for path in self._files():
            if path.name not in taken and path.stat().st_size:
                yield _event(path, path.name, path.read_text(encoding="utf-8"))

    def _records(self, event: _Event) -> list[dict[str, Any]]:
        """Give an event's records; one that has none where they should be lands as its text, so that a row tells."""
        told = (
            hashlib.sha256(event.body.encode()).hexdigest() if event.told in (None, "") else str(event.told)
        )
        about = {"id": told, "received_at": event.received}
        try:
            found = answers.values(json.loads(event.body), self.hook.records)
        except SourceError:
            found = []
        rows = [
            {**(one if isinstance(one, dict) else {"value": one}), "event": {**about, "position": n}}
            for n, one in enumerate(found)
        ]
        return rows or [{"event": {**about, "position": 0, "body": event.body}}]


def _begins(path: Path) -> tuple[str, str]:
    """Give when the first event of an archive came: archives are read in that order."""
    with path.open(encoding="utf-8") as lines:
        return _event(path, path.stem, next(lines, "")).received, path.stem


def _event(path: Path, name: str, text: str) -> _Event:
    """Read an event as it was kept."""
    try:
        kept = json.loads(text)
        return _Event(name, kept["received_at"], kept["id"], kept["body"])
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"The event {path} cannot be read.", code="hook-damaged", hint="Look at the disk; move it away."
        ) from error


def _names(cursor: Json) -> set[str]:
    taken = cursor.get("taken") if isinstance(cursor, dict) else None
    return {name for name in taken if isinstance(name, str)} if isinstance(taken, list) else set()
