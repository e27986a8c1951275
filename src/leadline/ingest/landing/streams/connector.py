"""The connector of a stream: takes what the broker has, unless a listener does, and gives what the log has."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadline.catalog.definitions import Source
from leadline.errors import BusyError, SourceError
from leadline.ingest.landing.manifest import landed_folder
from leadline.ingest.landing.page import Heed, Json, Page
from leadline.ingest.landing.streams.brokers import source_of
from leadline.ingest.landing.streams.listening import Listener, Told
from leadline.ingest.landing.streams.log import Log, Writer
from leadline.secret import Secrets

FOLDER = "messages"


def log_of(root: Path, source: Source) -> Log:
    """Give the log of a source's messages."""
    return Log(landed_folder(root, source.name) / FOLDER)


def listener(source: Source, secrets: Secrets, writer: Writer, told: Told) -> Listener:
    """Give what listens for a source.

    Raises:
        LeadlineError: the password is not there.
    """
    stream = source_of(source)
    secret = secrets.get(stream.secret) if stream.secret else None
    return Listener(source.name, stream, secret, writer, told)


@dataclass(frozen=True, slots=True)
class Messages:
    """Gives the messages of a source as records."""

    root: Path
    source: Source
    secrets: Secrets
    whole: bool = False

    def pages(self, cursor: Json, heed: Heed) -> Iterator[Page]:
        """Give what came since the cursor.

        Raises:
            SourceError: the broker cannot be reached, and nothing came that has not landed yet.
        """
        log = log_of(self.root, self.source)
        heed()
        unreachable: SourceError | None = None
        try:
            with log.writing() as writer:
                asyncio.run(listener(self.source, self.secrets, writer, _quietly).drain())
        except BusyError:
            pass  # a listener takes what comes
        except SourceError as error:
            unreachable = error
        topic, gave = source_of(self.source).topic, False
        for messages, behind in log.pages(cursor):
            heed()
            gave = True
            yield Page(records=[m.record() for m in messages if m.of == topic], cursor=behind)
        if unreachable is not None and not gave:
            raise unreachable


def _quietly(_source: str, _doing: str, _came: int) -> None:
    """Tell nobody."""
