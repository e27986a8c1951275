"""What writers of the ledger have in common: an actor, a clock, and a journal row for every verb."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from leadline.clock import Clock
from leadline.errors import StoreError
from leadline.store import journal
from leadline.store.reading import Reading

AWriting = TypeVar("AWriting", bound="Writing")


class Writing(Reading):
    """Writes through one connection, whose transaction is the ledger's only writing one."""

    def __init__(self, connection: sa.Connection, *, actor: str, clock: Clock) -> None:
        super().__init__(connection)
        if not actor:
            raise StoreError("Nobody cannot write to the ledger: name an actor.", code="ledger-actor")
        self._actor = actor
        self._clock = clock

    @property
    def actor(self) -> str:
        """Who writes."""
        return self._actor

    @property
    def now(self) -> datetime:
        """The present instant, by the ledger's clock."""
        return self._clock.now()

    def _writer_of(self, area: type[AWriting]) -> AWriting:
        """Give an area's writer, in the same transaction and for the same actor."""
        return area(self._connection, actor=self._actor, clock=self._clock)

    def _say(
        self,
        verb: str,
        subject: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the journal row of a verb."""
        journal.append(
            self._connection,
            at=self._clock.now(),
            actor=self._actor,
            verb=verb,
            subject=subject,
            before=before,
            after=after,
        )

    def _insert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        """Insert rows, if there are any."""
        if rows:
            self._connection.execute(sa.insert(table), rows)

    def _next(self, column: sa.Column[Any]) -> int:
        """Give the next number of a column; no other transaction is writing."""
        return int(self._connection.scalar(sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1)) or 1)
