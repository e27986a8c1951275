"""The ledger: what is known, what was published, and who did it. Readers see one moment; a writer is one transaction.

Every verb of a writer writes its journal row in the same transaction, and everything is committed at the end of the
`write` context or not at all. Publishing is one such transaction: after it, and not before, readers see the new state.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from leadline.clock import Clock
from leadline.store.database import Database
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter


class Ledger:
    """A ledger in SQLite or PostgreSQL, brought to the newest schema on opening; threads share one."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._database = Database(url)
        self._clock = clock

    @contextmanager
    def read(self) -> Iterator[LedgerReader]:
        """Give a reader of one consistent moment."""
        with self._database.reading() as connection:
            yield LedgerReader(connection)

    @contextmanager
    def write(self, *, actor: str, hurried: bool = False) -> Iterator[LedgerWriter]:
        """Give a writer whose verbs are committed together at the end; what raises inside undoes them all.

        `hurried`: wait for another's transaction no longer than a person waits for a page.

        Raises:
            BusyError: another process has been writing for too long.
        """
        with self._database.writing(hurried=hurried) as connection:
            yield LedgerWriter(connection, actor=actor, clock=self._clock)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
